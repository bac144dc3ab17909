"""How GDAL is to read, in one place: patience with networks, and a small cache.

Only what the environment does not say already is set, so that GDAL's own variables (credentials
among them) go before. Nothing here imports GDAL.
"""

from __future__ import annotations

import os

USER_AGENT = "landloom"
"""What servers are told: some refuse the names of libraries."""

OPTIONS = {
    # Blocks of rasters that GDAL may keep (MB); by itself it takes 5 % of the machine.
    "GDAL_CACHEMAX": "32",
    # A network fails: try again, pausing longer each time; a server fallen silent, or all but
    # silent (B/s over s), is left. By itself GDAL tries again what may pass: 429, 500, 502 to 504,
    # and connections that time out or are reset. GDAL_HTTP_RETRY_CODES would not add to these, but
    # replace them, and take names that do not resolve for one of its codes.
    "GDAL_HTTP_MAX_RETRY": "3",
    "GDAL_HTTP_RETRY_DELAY": "2",
    "GDAL_HTTP_CONNECTTIMEOUT": "30",
    "GDAL_HTTP_LOW_SPEED_LIMIT": "5000",
    "GDAL_HTTP_LOW_SPEED_TIME": "60",
    "GDAL_HTTP_USERAGENT": USER_AGENT,
    # What was fetched is kept, so that neighbouring windows do not fetch it again. VSI_CACHE would
    # keep 25 MB more of each open file, of those that lie here as well.
    "CPL_VSIL_CURL_CACHE_SIZE": str(64 * 2**20),
}
"""GDAL's configuration options for every job."""


_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
_GOOGLES_CREDENTIALS = (
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GS_ACCESS_KEY_ID",
    "GS_OAUTH2_REFRESH_TOKEN",
    "GS_OAUTH2_PRIVATE_KEY",
    "GS_OAUTH2_PRIVATE_KEY_FILE",
    "CPL_GS_CREDENTIALS_FILE",
)

_AUTHORITIES = ("CURL_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


def set_gdal_options() -> None:
    """Set GDAL's options through the environment, for this process and those that it starts.

    Buckets are taken for public ones unless credentials are about. The authorities whose
    certificates other programs trust count for GDAL too: rasterio, left alone, trusts only those
    that it brings along, so that networks with an authority of their own would be shut out.
    """
    for name, value in OPTIONS.items():
        os.environ.setdefault(name, value)
    if not names_an_account():
        os.environ.setdefault("AWS_NO_SIGN_REQUEST", "YES")
    if not any(name in os.environ for name in _GOOGLES_CREDENTIALS):
        os.environ.setdefault("GS_NO_SIGN_REQUEST", "YES")
    if named := authorities():
        os.environ.setdefault("GDAL_CURL_CA_BUNDLE", named)


def names_an_account() -> bool:
    """Return whether the environment names an account for S3."""
    return any(name in os.environ for name in _CREDENTIALS)


def authorities() -> str | None:
    """Return the file of the authorities that programs are told to trust; None for their own."""
    return next((os.environ[name] for name in _AUTHORITIES if os.environ.get(name)), None)

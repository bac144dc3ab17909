"""Rasters on object stores: how GDAL is to read them, in one place.

Only what the environment does not say already is set, so that GDAL's own variables (credentials
among them) go before. Nothing here imports GDAL.
"""

from __future__ import annotations

import os
import re

OPTIONS = {
    # Blocks of rasters that GDAL may keep (MB); by itself it takes 5 % of the machine.
    "GDAL_CACHEMAX": "32",
    # A network fails: try again, pausing longer each time; a server fallen silent is left.
    "GDAL_HTTP_MAX_RETRY": "3",
    "GDAL_HTTP_RETRY_DELAY": "2",
    "GDAL_HTTP_CONNECTTIMEOUT": "30",
    "GDAL_HTTP_LOW_SPEED_LIMIT": "1",
    "GDAL_HTTP_LOW_SPEED_TIME": "60",
    # What was fetched is kept, so that neighbouring windows do not fetch it again.
    "VSI_CACHE": "TRUE",
    "CPL_VSIL_CURL_CACHE_SIZE": str(64 * 2**20),
}
"""GDAL's configuration options for every job."""

REMOTE_OPTIONS = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR"}
"""For opening a single remote file: it is not looked for companions, each a request that fails.
Local files and archives may have some, such as world files."""

_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


_AUTHORITIES = ("CURL_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


def set_gdal_options() -> None:
    """Give GDAL its options through the environment, for this process and those that it starts.

    Buckets are taken for public ones unless credentials are about. The authorities whose
    certificates other programs trust count for GDAL too: rasterio, left alone, trusts only those
    that it brings along, so that networks with an authority of their own would be shut out.
    """
    for name, value in OPTIONS.items():
        os.environ.setdefault(name, value)
    if not any(name in os.environ for name in _CREDENTIALS):
        os.environ.setdefault("AWS_NO_SIGN_REQUEST", "YES")
    for name in _AUTHORITIES:
        if os.environ.get(name):
            os.environ.setdefault("GDAL_CURL_CA_BUNDLE", os.environ[name])


def is_remote(path: str) -> bool:
    """Tell whether a raster is reached through GDAL only, and so is no file to depend on."""
    driver = re.match(r"[A-Z][A-Z0-9_]+:", path)  # as in NETCDF:file.nc:variable
    return path.startswith("/vsi") or "://" in path or driver is not None


def gdal_path(path: str) -> str:
    """Return the name under which GDAL reads an ``https://`` or ``s3://`` address in windows.

    Other paths stay. (Given the address itself, GDAL would fetch the whole file first.)
    """
    for scheme, prefix in (("s3://", "/vsis3/"), ("gs://", "/vsigs/"), ("az://", "/vsiaz/")):
        if path.startswith(scheme):
            return prefix + path.removeprefix(scheme)
    return f"/vsicurl/{path}" if re.match(r"(https?|ftp)://", path) else path


def has_credentials(path: str) -> bool:
    """Tell whether an address carries a user or password, a key, or a private link's signature."""
    secret = r"[?&][\w.-]*(signature|credential|token|passw|secret|api_?-?key|subscription-?key"
    secret += r"|accesskey|authorization)[\w.-]*=|[?&](sig|key|auth)=|%40"
    return re.search(rf"://[^/@?]*@|{secret}|\bpassword=", path, re.IGNORECASE) is not None


def without_secrets(text: str) -> str:
    """Return a text with the user information and the queries of its addresses left out."""
    text = re.sub(r"(\w://)[^/@\s]+@", r"\1", text)
    return re.sub(r"\?[^\s'\",:;)]*=[^\s'\",:;)]*", "", text)

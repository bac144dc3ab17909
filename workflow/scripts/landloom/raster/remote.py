"""Rasters on object stores: how GDAL is to read them, in one place.

Only what the environment does not say already is set, so that GDAL's own variables (credentials
among them) go before. Nothing here imports GDAL.
"""

from __future__ import annotations

import re
from urllib.parse import quote

REMOTE_OPTIONS = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR"}
"""For opening a single remote file: it is not looked for companions, each a request that fails.
Local files and archives may have some, such as world files."""


def is_remote(path: str) -> bool:
    """Return whether a raster is reached through GDAL only, and so is no file to depend on."""
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


def gdal_piece(path: str) -> str:
    """Return the name under which a VRT reads an address: as `REMOTE_OPTIONS` would have it.

    They concern what is opened by name; the pieces of a VRT are opened later.
    """
    if re.match(r"https?://", path) and "?" not in path:
        return f"/vsicurl?empty_dir=yes&url={quote(path, safe=':/')}"
    return gdal_path(path)


def has_credentials(path: str) -> bool:
    """Return whether an address carries a user or password, a key, or a link's signature."""
    secret = r"[?&][\w.-]*(signature|credential|token|passw|secret|api_?-?key|subscription-?key"
    secret += r"|accesskey|authorization)[\w.-]*=|[?&](sig|key|auth)=|%40"
    return re.search(rf"://[^/@?]*@|{secret}|\bpassword=", path, re.IGNORECASE) is not None


def without_secrets(text: str) -> str:
    """Return a text with the user information and the queries of its addresses left out."""
    text = re.sub(r"(\w://)[^/@\s]+@", r"\1", text)
    query = r"\?[^\s'\"<>]*?(?=[).,:;]*(?:[\s'\"<>]|$))"
    text = re.sub(rf"((?:://|/vsi\w+/)[^\s'\"<>?]*){query}", r"\1", text)
    return re.sub(r"\?[^\s'\",:;)]*=[^\s'\",:;)]*", "", text)  # of a file's mere name, too

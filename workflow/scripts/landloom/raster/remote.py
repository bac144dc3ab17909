"""Rasters on object stores: how GDAL is to read them, in one place.

Only what the environment does not say already is set, so that GDAL's own variables (credentials
among them) go before. Nothing here imports GDAL.
"""

from __future__ import annotations

import re
from html import escape, unescape
from urllib.parse import quote

from landloom.addresses import is_stand_in, restored

REMOTE_OPTIONS = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR"}
"""For opening a single remote file: it is not looked for companions, each a request that fails.
Local files and archives may have some, such as world files."""


def gdal_path(path: str) -> str:
    """Return the name under which GDAL reads an ``https://`` or ``s3://`` address in windows.

    Other paths stay, and what a stand-in stands for takes its place. (Given the address itself,
    GDAL would fetch the whole file first.)
    """
    path = restored(path)
    for scheme, prefix in (("s3://", "/vsis3/"), ("gs://", "/vsigs/"), ("az://", "/vsiaz/")):
        if path.startswith(scheme):
            return prefix + path.removeprefix(scheme)
    return f"/vsicurl/{path}" if re.match(r"(https?|ftp)://", path) else path


def gdal_piece(path: str) -> str:
    """Return the name under which a VRT reads an address: as `REMOTE_OPTIONS` would have it.

    They concern what is opened by name; the pieces of a VRT are opened later. A stand-in stays
    one, since a VRT is a file: `with_addresses` gives what GDAL is to open.
    """
    if is_stand_in(path):
        return path
    if re.match(r"https?://", path) and "?" not in path:
        return f"/vsicurl?empty_dir=yes&url={quote(path, safe=':/')}"
    return gdal_path(path)


def with_addresses(xml: str) -> str:
    """Return the XML of a VRT with the addresses themselves in the place of their stand-ins."""

    def piece(found: re.Match[str]) -> str:
        return f">{escape(gdal_piece(restored(unescape(found[1]))), quote=False)}<"

    return re.sub(r">([^<>]+#[0-9a-f]{16})<", piece, xml)


_SECRET = (
    r"signature|credential|token|passw|pwd|secret|(api|auth)_?-?key|subscription-?key|access_?-?key"
    r"|authori[sz]ation|cookie|hmac|jwt"
)


def has_credentials(path: str) -> bool:
    """Return whether an address clearly carries a user or password, a key, or a signature.

    What only may be one is taken, and not shown: see `landloom.addresses`.
    """
    option = rf"[?&,;:=\s][\w.-]*({_SECRET})[\w.-]*=|[?&](sig|key|auth|header\.[\w-]+)="
    user = r"://[^/@?]*@|%40|\b(oci|geor(aster)?):[^/]+/[^@]+@"
    return re.search(f"{user}|{option}", path, re.IGNORECASE) is not None

"""Addresses: what is shown of them, and what stands for those that must not be written down.

Of an address only scheme, host and path are ever told. A query, user information or an option may
be as good as a password whatever it is called, so nothing here lists secrets: what is shown is
listed. An address of which something is not shown travels through parameters, products and messages
as a stand-in, the shown part and a digest; only what opens it puts the address itself in its place,
which the environment of the run's processes holds.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs

from landloom.copies import in_words

_VARIABLE = "LANDLOOM_ADDRESS_"
"""Environment variables of this name and a digest hold addresses; jobs inherit them."""

_LEFT_OUT = "…"
_TELLING = 8
"""Letters of a query that is found in a text by itself; shorter ones may be words of it."""
_MARK = re.compile(r"#([0-9a-f]{16})(?![0-9a-f])")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_FILE_SYSTEM = re.compile(r"(/vsi\w+)([/?].*)", re.DOTALL | re.IGNORECASE)
_DRIVER = re.compile(r"([A-Za-z]\w+:)(?!//)(.*)", re.DOTALL | re.ASCII)
_HOST = re.compile(r"([\w.~{}-]*|\[[0-9A-Fa-f:.]+\])(:\d*)?")
_NESTED = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|/vsi\w+[/?]", re.IGNORECASE)
_IN_TEXT = re.compile(rf"(?:{_NESTED.pattern})[^\s'\"<>`]*", re.IGNORECASE)
_QUERY = re.compile(r"(?<=[^\s'\"<>`(])\?[^\s'\"<>`]*=[^\s'\"<>`]*")
_XML = re.compile(r"<(VRTDataset|GDAL_WMS|\?xml)\b.*>", re.DOTALL)


def is_remote(path: str) -> bool:
    """Return whether a raster is reached through GDAL only, and so is no file to depend on."""
    return path.startswith("/vsi") or "://" in path or driver_and_rest(path) is not None


def driver_and_rest(name: str) -> tuple[str, str] | None:
    """Cut a name such as ``NETCDF:file.nc:variable`` after its driver; None where none is named.

    Parameters
    ----------
    name
        Whatever GDAL opens.

    Returns
    -------
    tuple of (str, str), or None
        The driver in capitals, since GDAL takes any letters for most, without the colon; and what
        follows. One letter is no driver.
    """
    found = _DRIVER.fullmatch(name)
    return (found[1][:-1].upper(), found[2]) if found else None


def shown(address: str) -> str:
    """Return an address as it may be told: scheme, host and path.

    Parameters
    ----------
    address
        Whatever GDAL opens, or a download's address. The path of a local file is shown whole.
    """
    address = _MARK.sub(_unmarked, address)
    if address.startswith("<"):
        return f"XML:{_LEFT_OUT}"
    if found := _FILE_SYSTEM.fullmatch(address):
        return _of_file_system(found[1], found[2])
    if found := _URL.fullmatch(address):
        return _of_url(found[1], found[2])
    if found := _DRIVER.fullmatch(address):
        return _of_driver(found[1], found[2])
    # Of an address behind something unknown nothing tells where its query ends.
    nested = _NESTED.search(address)
    return address[: nested.start()] + shown(address[nested.start() :]) if nested else address


def _of_file_system(name: str, rest: str) -> str:
    """Return what is shown of ``/vsi…/rest`` or ``/vsi…?options``."""
    if name.lower() == "/vsicrypt":
        return f"{name}/{_LEFT_OUT}"
    if rest.startswith("?"):
        options = parse_qs(rest[1:])
        inner = next(iter(options.get("url", []) + options.get("file", [])), "")
        return f"{name}/{shown(inner) if _NESTED.match(inner) else _LEFT_OUT}"
    rest = rest[1:]
    if rest.startswith("{") and "}" in rest:
        inner, _, tail = rest[1:].rpartition("}")
        return f"{name}/{{{shown(inner)}}}{_of_path(tail)}"
    return f"{name}/{shown(rest) if _NESTED.match(rest) else _of_path(rest)}"


def _of_url(scheme: str, rest: str) -> str:
    if scheme.lower() == "vrt":  # GDAL's, of any raster
        inner = rest.partition("?")[0]
        return f"{scheme}://{shown(inner) if _NESTED.match(inner) else _of_path(inner)}"
    found = re.match(r"([^/?#]*)([^?#]*)", rest)
    server, path = found.groups() if found else ("", "")
    host = server.rpartition("@")[2]
    if not _HOST.fullmatch(host):
        return f"{scheme}://{_LEFT_OUT}"  # a password with a slash in it, or the like
    return f"{scheme}://{host}{_of_path(path)}"


def _of_driver(prefix: str, rest: str) -> str:
    """Return what is shown of ``DRIVER:rest``."""
    if rest.startswith('"'):
        inner, _, tail = rest[1:].partition('"')
        tail = tail if re.fullmatch(r"[:\w/.-]*", tail) else _LEFT_OUT
        return f'{prefix}"{shown(inner)}"{tail}'
    if _NESTED.match(rest):
        return prefix + shown(rest)
    return prefix + (_LEFT_OUT if re.search("[=@?<]", rest) else rest)


def _of_path(path: str) -> str:
    """Return a path without what may hide in one: parameters, another address, a password."""
    path = re.split(r"\?|%3f|;[\w.-]+=", path, maxsplit=1, flags=re.IGNORECASE)[0]
    if nested := _NESTED.search(path, 1):
        return path[: nested.start()] + shown(path[nested.start() :])
    return re.sub(r"[^/@]*:[^/@]*@(?=[^/])", "", path) if ":/" in path else path


def stand_in(address: str) -> str:
    """Return what stands for an address wherever it is kept: itself, where all of it is shown.

    The address is put into the environment, where this process and those that it starts find it.
    """
    told = shown(address)
    known = _MARK.sub(_unmarked, address) != address  # a stand-in already
    if told == address or known or not is_remote(address):
        return address
    digest = sha256(address.encode()).hexdigest()[:16]
    os.environ[_VARIABLE + digest] = address
    return f"{told}#{digest}"


def is_stand_in(address: str) -> bool:
    """Return whether a text ends as stand-ins do."""
    return re.search(rf"{_MARK.pattern}$", address) is not None


def restored(address: str) -> str:
    """Return the address for which a text stands; one that stands for itself is given back.

    One that this environment does not know comes without what was left out of it.
    """
    mark = re.search(rf"{_MARK.pattern}$", address)
    if mark is None:
        return address
    return os.environ.get(_VARIABLE + mark[1], address[: mark.start()])


def hide_within(values: Any) -> Any:  # noqa: ANN401
    """Put stand-ins in the place of the addresses in lists and dictionaries, which are changed."""
    if isinstance(values, dict):
        values.update({key: hide_within(value) for key, value in values.items()})
    elif isinstance(values, list):
        values[:] = map(hide_within, values)
    return stand_in(values) if isinstance(values, str) else values


def without_secrets(text: str) -> str:
    """Return a text in which addresses are shown as `shown` does.

    What is left out of addresses that stand-ins stand for is left out wherever it occurs, since
    GDAL tells parts of them, and addresses with blanks. Files are called by their names, not by the
    paths of copies: see `landloom.copies`.
    """
    text = in_words(text)
    for secret, instead in sorted(_kept_secret(), key=lambda pair: -len(pair[0])):
        text = text.replace(secret, instead)
    text = _XML.sub(f"XML:{_LEFT_OUT}", text)
    text = _MARK.sub(_unmarked, _IN_TEXT.sub(_shown_in_text, text))
    return _QUERY.sub(lambda found: _punctuation_after(found[0]), text)  # of a mere path


def _kept_secret() -> Iterator[tuple[str, str]]:
    for name, address in os.environ.items():
        if name.startswith(_VARIABLE):
            yield address, shown(address)
            if query := address.partition("?")[2]:
                yield f"?{query}", ""
                if len(query) >= _TELLING:
                    yield query, _LEFT_OUT
            if user := re.search(r"://([^/?#@]+@)", address):
                yield user[1], ""


def _unmarked(mark: re.Match[str]) -> str:
    return "" if _VARIABLE + mark[1] in os.environ else mark[0]


def _shown_in_text(found: re.Match[str]) -> str:
    after = _punctuation_after(found[0])
    return shown(found[0].removesuffix(after)) + after


def _punctuation_after(text: str) -> str:
    return text[len(text.rstrip(").,:;")) :]

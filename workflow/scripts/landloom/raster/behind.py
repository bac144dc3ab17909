"""The files behind a raster's name: what GDAL reads of this machine when it opens the name.

A run depends on files. So whoever names a raster through something else, an archive
(``/vsizip/a.zip/b.tif``), GDAL's own scheme (``vrt://a.tif?bands=1``), a part of a file
(``NETCDF:"a.nc":cover``), a VRT or an index of tiles, depends on what lies behind. Planning a run
asks for it, so names and XML are read here without GDAL, and nothing goes over a network. What a
name leads to that is not known here is left to GDAL.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path, PurePath
from xml.etree import ElementTree as ET

from landloom.addresses import driver_and_rest, is_remote, restored, shown
from landloom.errors import LandloomError

DEEPEST = 16
"""Steps from a name to a file."""

MOST_FILES = 10_000
"""Files behind one name: each is looked at whenever a run is planned."""

LARGEST = 64 * 2**20
"""Bytes of a VRT."""

_ARCHIVES = {"zip", "tar", "7z", "rar"}
_ARCHIVE = re.compile(r"\.(zip|kmz|lpk|mpk|ods|xlsx|tar|tgz|tar\.gz|7z|rar)$", re.IGNORECASE)
_FILES = re.compile(
    r"(NETCDF|BAG|ZARR|GPKG|NITF_IM|PDF|DERIVED_SUBDATASET)$|(GTIFF_|HDF[45]|SENTINEL2_|JPEG_)"
)
"""The names of those drivers that read files and nothing else, or how they begin."""

_DATABASES = {"PG", "POSTGRESQL", "MYSQL", "MSSQL", "ODBC", "OCI", "GEOR", "GEORASTER", "MONGODBV3"}
_VRT = re.compile("vrt://", re.IGNORECASE)
_NAMES = {"sourcefilename", "sourcedataset"}
"""Elements of a VRT that name rasters, in lower case: GDAL takes any."""

_ELEMENT = re.compile(r"<(SourceFilename|SourceDataset)\b([^>]*)>([^<]*)<", re.IGNORECASE)
_RELATIVE = re.compile(r"""relativeToVRT\s*=\s*["']1["']""", re.IGNORECASE)


def files_behind(path: str) -> list[str]:
    """Return the files of this machine that are read when a raster is opened, but for itself.

    Parameters
    ----------
    path
        Whatever GDAL opens, from the working directory.

    Returns
    -------
    list of str
        Paths from the working directory, where they lie below it, in the order in which they are
        named; files that are missing among them. None for a file that is no VRT and no index, and
        for what lies on a network.

    Raises
    ------
    LandloomError
        Where too many files lie behind it, too deep, or a VRT is too large.
    """
    found = _Found()
    name = restored(path)
    found.add(name, "", 0)
    if not is_remote(name):
        found.files.pop(_named(name), None)
    return list(found.files)


@dataclass
class _Found:
    """The files that were found so far; none is looked into twice."""

    files: dict[str, None] = field(default_factory=dict)

    def add(self, name: str, folder: str, depth: int) -> None:
        """Add what lies behind a name; relative paths of files are taken from a folder."""
        if depth > DEEPEST:
            raise LandloomError(
                f"leads through more than {DEEPEST} others, the last of them {shown(name)}; name "
                "the raster itself"
            )
        for file in _step(name, folder, lambda name, folder: self.add(name, folder, depth + 1)):
            path = _named(file)
            if path in self.files or _is_folder(path):  # a folder's time tells little
                continue
            if len(self.files) > MOST_FILES:
                raise LandloomError(
                    f"leads to more than {MOST_FILES:,} files; make one raster of them, or fewer"
                )
            self.files[path] = None
            for inner, home in _inside(path):
                self.add(inner, home, depth + 1)


_Follow = Callable[[str, str], None]


def _step(name: str, folder: str, follow: _Follow) -> Iterator[str]:
    """Yield the files that a name leads to at once, and follow the names that are within it."""
    if name.startswith("<"):
        for inner, home in _sources(name, folder):
            follow(inner, home)
    elif vrt := _VRT.match(name):
        follow(name[vrt.end() :].partition("?")[0], "")
    elif system := re.match(r"/vsi(\w+)([/?])", name):
        yield from _file_system(system[1], name[system.end() :], follow)
    elif found := driver_and_rest(name):
        _follow_driver(*found, folder, follow)
        if _is_file(whole := str(PurePath(folder, name))):  # no driver, but a name with a colon
            yield whole
    elif name and not is_remote(name):
        yield str(PurePath(folder, name))


def _file_system(kind: str, rest: str, follow: _Follow) -> Iterator[str]:
    """Yield the file behind ``/vsi<kind>/<rest>``; other file systems are on networks."""
    if kind in _ARCHIVES:
        archive = _braced(rest) if rest.startswith("{") else _archive(rest)
        follow(archive, "")
    elif kind == "gzip":
        follow(rest, "")
    elif kind == "subfile":
        follow(rest.partition(",")[2], "")
    elif kind in ("cached", "crypt"):
        found = re.search(r"(?:^|[&,])file=(.*)", rest)
        if found:
            follow(found[1], "")
    elif kind == "sparse":
        yield rest


def _braced(text: str) -> str:
    """Return what lies within the first pair of braces, which may hold others."""
    depth = 0
    for place, letter in enumerate(text):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if depth == 0:
            return text[1:place]
    return ""


def _archive(path: str) -> str:
    """Return the archive of which a path names a member: the first part of it that is a file."""
    parts = path.split("/")
    whole = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    there = (part for part in whole if part and _is_file(part))
    closed = (part for part in whole if part.count("{") == part.count("}"))
    called = (part for part in closed if _ARCHIVE.search(part))
    return next(there, None) or next(called, path)


def _follow_driver(driver: str, rest: str, folder: str, follow: _Follow) -> None:
    """Follow the file of ``DRIVER:rest``: what is quoted, or the longest part that is a file."""
    if driver in _DATABASES:
        return
    if driver == "GTI":
        index = str(PurePath(folder, rest))
        follow(index, "")
        for inner, home in _tiles(index):
            follow(inner, home)
        return
    if quoted := re.search(r'"([^"]+)"', rest):
        follow(quoted[1], folder)
        return
    parts = rest.split(":")
    spans = [
        ":".join(parts[first:last])
        for first in range(len(parts))
        for last in range(len(parts), first, -1)
    ][:100]
    for span in spans:
        if span.startswith("/vsi") or _VRT.match(span):
            follow(span, "")
            return
    there = [span for span in spans if span and _is_file(str(PurePath(folder, span)))]
    if there:
        follow(max(there, key=len), folder)
    elif _FILES.match(driver) and "://" not in rest:
        called = [part for part in parts if re.search(r"[/.]", part)]
        follow(max(called, key=len, default=""), folder)


def _inside(path: str) -> Iterator[tuple[str, str]]:
    """Yield the names that a file holds, and the folder from which they are taken."""
    head, home = _head(path), _home(path)
    if b"<VRTDataset" in head:
        yield from _sources(_text(path), home)
    elif b"<GDALTileIndexDataset" in head:
        yield from _tile_index(_text(path), home)
    elif head and path.lower().endswith(".gti.gpkg"):
        yield from _tiles(path)


def _head(path: str) -> bytes:
    """Return the bytes by which GDAL tells a description; none of what is no file to be read."""
    if not _is_file(path):
        return b""
    with suppress(OSError), Path(path).open("rb") as file:
        return file.read(1024)
    return b""


def _text(path: str) -> str:
    size = Path(path).stat().st_size
    if size > LARGEST:
        raise LandloomError(
            f"{path}: is of {size / 2**20:.0f} MB, and {LARGEST // 2**20} are the most that are "
            "read of a description; make one raster of what it describes"
        )
    return Path(path).read_bytes().decode("utf-8", errors="replace")


def _sources(xml: str, home: str) -> Iterator[tuple[str, str]]:
    """Yield the names in a VRT's XML, and the folder from which each is taken."""
    for name, relative in _elements(xml):
        if name := name.strip():
            yield name, home if relative else ""


def _elements(xml: str) -> Iterator[tuple[str, bool]]:
    root = _parsed(xml)
    if root is None:  # GDAL is not as strict
        for _, attributes, text in _ELEMENT.findall(xml):
            yield unescape(text), _RELATIVE.search(attributes) is not None
        return
    for element in root.iter():
        if element.tag.lower() in _NAMES:
            attributes = {name.lower(): value for name, value in element.attrib.items()}
            yield element.text or "", attributes.get("relativetovrt", "0").strip() == "1"


def _parsed(xml: str) -> ET.Element | None:
    """Return the XML's root; none where it is no XML, or might grow: no VRT declares entities."""
    if re.search(r"<!(DOCTYPE|ENTITY)", xml, re.IGNORECASE):
        return None
    try:
        return ET.fromstring(xml.lstrip("\ufeff \t\r\n"))
    except (ET.ParseError, ValueError):
        return None


def _tile_index(xml: str, home: str) -> Iterator[tuple[str, str]]:
    """Yield the index that a description of one names."""
    root = _parsed(xml)
    name = (root.findtext("IndexDataset") or "").strip() if root is not None else ""
    if name:
        yield name, home if _is_file(str(PurePath(home, name))) else ""


def _tiles(path: str) -> Iterator[tuple[str, str]]:
    """Yield the tiles that an index lists, and the folder from which each is taken."""
    if not _is_file(path):
        return
    home = _home(path)
    for name in _locations(path):
        yield name, home if _is_file(str(PurePath(home, name))) else ""


def _locations(path: str) -> list[str]:
    """Return the tiles that an index in a GeoPackage lists; none where it is laid out otherwise."""
    address = f"{Path(path).absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as index:
            (table,) = index.execute(
                "SELECT table_name FROM gpkg_contents WHERE data_type = 'features' LIMIT 1"
            ).fetchone()
            column = table.replace('"', '""')
            rows = index.execute(f'SELECT location FROM "{column}" LIMIT {MOST_FILES + 2}')
            return [str(row[0]) for row in rows if row[0]]
    except (sqlite3.Error, TypeError):
        return []


def _home(path: str) -> str:
    """Return the folder from which a file's relative paths are taken: that of what it links to."""
    place = Path(path)
    for _ in range(DEEPEST):
        if not place.is_symlink():
            break
        place = place.parent / place.readlink()
    return str(place.parent)


def _named(path: str) -> str:
    """Return a path as rules name it: from the working directory, where it lies below that."""
    pure, here = PurePath(path), Path.cwd()
    return str(pure.relative_to(here) if pure.is_relative_to(here) else pure)


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False

"""The index of AlphaEarth's tiles: which of them a region touches, since their names do not say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from affine import Affine
from rasterio.crs import CRS
from rasterio.errors import CRSError

from landloom.errors import LandloomError
from landloom.map.embedding import KEY
from landloom.map.named.windows import NamedWindow
from landloom.raster.bounds import Bounds
from landloom.raster.pixel_grid import PixelGrid
from landloom.sources.copies import download_first
from landloom.sources.patience import Patience

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from landloom.sources.catalogue import PublicSource
    from landloom.sources.part import Downloaded

_DEGREES = ("wgs84_west", "wgs84_south", "wgs84_east", "wgs84_north")
_METRES = ("utm_west", "utm_south", "utm_east", "utm_north")
_COLUMNS = ("path", "year", "crs", *_DEGREES, *_METRES, "geom")

_ROWS = 4096
"""Rows that are looked at at a time: the index of all years has 300,000."""

_SAG = 0.01
"""Degrees of latitude by which the edge of a tile, straight in its own CRS, may leave that of its
footprint, which is straight in degrees."""


def fetch_index(addresses: Sequence[str], target: Path) -> Downloaded:
    """Fetch the index from the first of its addresses that gives it.

    Raises
    ------
    PassingError
        Where none gives it, and one may a moment later: what was said of each.
    LandloomError
        Where none gives it, nor will.
    """
    patience = Patience().hurried()  # there are other addresses
    try:
        return download_first(addresses, target, patience, check_index)
    except LandloomError as error:
        raise type(error)(f"{KEY}: no address gives the index of its tiles ({error})") from None


def check_index(path: Path) -> None:
    """Refuse a file that is not the index.

    Raises
    ------
    LandloomError
        Where it is no Parquet file, or lacks a column.
    """
    try:
        columns = pq.read_schema(path).names
    except (pa.ArrowInvalid, OSError) as error:
        raise LandloomError(f"is no index of tiles in Parquet ({error})") from None
    missing = [name for name in _COLUMNS if name not in columns]
    if missing:
        raise LandloomError(
            f"is no index of AlphaEarth's tiles: the column {missing[0]} is missing (it has "
            f"{', '.join(columns)})"
        )


def windows_of(index: Path, source: PublicSource, bounds: Bounds) -> list[NamedWindow]:
    """Return what a region needs of AlphaEarth's tiles: of each tile the pixels that it touches.

    Parameters
    ----------
    index
        The table of the tiles, in Parquet: ``path`` (below ``/annual/`` the same for all
        addresses), ``year``, ``crs``, the bounds in degrees and in metres, and ``geom``, the
        footprint as WKB or WKT.
    source
        The dataset, of one year.
    bounds
        Lon/lat box of the region.

    Returns
    -------
    list of NamedWindow
        By name. Rows without an area and tiles whose footprint the region does not touch are left
        out.

    Raises
    ------
    LandloomError
        Where the region touches no tile, or the index cannot be read.
    """
    found: dict[str, NamedWindow] = {}
    year = source.year
    try:
        for row in _rows(index, year, bounds):
            window = _window(row, source.promise.pixel or 10.0, bounds)
            if window:
                found[window.name] = window
    except (pa.ArrowException, shapely.errors.ShapelyError, CRSError, OSError) as error:
        raise _unreadable(index, str(error)) from None
    if not found:
        edges = ", ".join(f"{edge:g}" for edge in bounds)
        raise LandloomError(
            f"map.region: {source.name} has no tile at {edges} (w, s, e, n); correct the region, "
            "or name another year"
        )
    return [found[name] for name in sorted(found)]


def _unreadable(index: Path, reason: str) -> LandloomError:
    return LandloomError(
        f"{index}: cannot be read as the index of AlphaEarth's tiles ({reason}); delete it and "
        "start again: it is fetched anew"
    )


def _rows(index: Path, year: int, bounds: Bounds) -> Iterator[dict[str, Any]]:
    """Yield the rows of a year whose bounds touch a region, but for those without an area."""
    table = pq.ParquetFile(index, pre_buffer=False)
    for batch in table.iter_batches(_ROWS, columns=list(_COLUMNS)):
        yield from batch.filter(_touching(batch, year, bounds)).to_pylist()


def _touching(batch: pa.RecordBatch, year: int, bounds: Bounds) -> pa.Array:
    west, south, east, north = (batch[name] for name in _DEGREES)
    inside = pc.and_(pc.less(west, bounds[2]), pc.greater(east, bounds[0]))
    over_seam = pc.and_(  # across the 180th meridian
        pc.greater(west, east), pc.or_(pc.less(west, bounds[2]), pc.greater(east, bounds[0]))
    )
    conditions = [
        pc.equal(batch["year"].cast(pa.int64()), year),
        pc.or_(inside, over_seam),
        pc.less(south, bounds[3] + _SAG),
        pc.greater(north, bounds[1] - _SAG),
        pc.less(batch["utm_west"], batch["utm_east"]),
        pc.less(batch["utm_south"], batch["utm_north"]),
    ]
    mask = conditions[0]
    for condition in conditions[1:]:
        mask = pc.and_(mask, condition)
    return mask


def _window(row: dict[str, Any], pixel: float, bounds: Bounds) -> NamedWindow | None:
    """Return the window of a tile; None where the region does not touch it."""
    footprint = _footprint(row["geom"])
    if footprint is not None and not _shares_ground(footprint, bounds):
        return None
    grid = _grid(row, pixel)
    box = grid.touched_by(bounds)
    if not box.area:
        return None
    name, place = _name_and_place(row["path"])
    return NamedWindow(name, place, grid, box, footprint.wkt if footprint is not None else "")


def _footprint(stored: bytes | str | None) -> BaseGeometry | None:
    if stored is None:
        return None
    read = shapely.from_wkt if isinstance(stored, str) else shapely.from_wkb
    return shapely.make_valid(read(stored))


def _shares_ground(footprint: BaseGeometry, bounds: Bounds) -> bool:
    """Return whether a footprint shares an area with a region; merely to touch does not count."""
    west, south, east, north = bounds
    region = shapely.box(west, south - _SAG, east, north + _SAG)
    return bool(shapely.intersection(footprint, region).area > 0)


def _grid(row: dict[str, Any], pixel: float) -> PixelGrid:
    """Return the pixels of a tile, bottom-up, as all of them are stored."""
    west, south, east, north = (row[name] for name in _METRES)
    width, height = round((east - west) / pixel), round((north - south) / pixel)
    return PixelGrid(_wkt(row["crs"]), Affine(pixel, 0, west, 0, pixel, south), width, height)


@cache
def _wkt(crs: str) -> str:
    text: str = CRS.from_user_input(crs).to_wkt()
    return text


def _name_and_place(path: str) -> tuple[str, str]:
    """Return what to call a tile's window, and where it is found below any of the addresses."""
    found = re.search(r"/annual/(\d{4}/(\d\d?[NS])/([\w.-]+)\.tiff?)$", path)
    if not found:
        raise OSError(f"the path {path!r} is not laid out as .../annual/YEAR/ZONE/NAME.tiff")
    place, zone, stem = found.groups()
    return re.sub(r"[^A-Za-z0-9.-]", "-", f"{zone}-{stem}"), place

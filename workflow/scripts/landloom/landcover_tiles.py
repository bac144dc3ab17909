"""Tiles of land cover described as one raster, wherever they are stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pyproj import CRS

from landloom.catalogue import named
from landloom.coverage import PixelGrid
from landloom.errors import LandloomError, NotThereError
from landloom.grid import Bounds
from landloom.raster import open_dataset
from landloom.vrt import Band, Piece, Whole, vrt

_NODATA = 0
"""What stands for no data where the files name none: both NLCD and WorldCover leave it free."""


def find_tiles(paths: Sequence[str], bounds: Bounds, key: str) -> tuple[list[str], list[str]]:
    """Put in place of public datasets' names the tiles that a box needs and that exist.

    Parameters
    ----------
    paths
        Names of public datasets, or anything that GDAL opens.
    bounds
        Lon/lat box.
    key
        The configuration's, for messages.

    Returns
    -------
    found, missing : list of str
        All rasters, in order; the tiles that the server does not have, as over open sea.

    Raises
    ------
    LandloomError
        Where a dataset has no tile there at all, or its server cannot be reached.
    """
    found, missing = [], []
    for path in paths:
        source = named(path, "landcover")
        if not source or not source.degrees:
            found.append(source.url if source else path)
            continue
        tiles = {tile: _exists(tile, f"{key}: {path}: {tile}") for tile in source.rasters(bounds)}
        if not any(tiles.values()):
            raise LandloomError(
                f"{key}: {path}: has no tile at {', '.join(f'{edge:g}' for edge in bounds)} "
                "(w, s, e, n); correct the region, or name another dataset"
            )
        found += [tile for tile, there in tiles.items() if there]
        missing += [tile for tile, there in tiles.items() if not there]
    return found, missing


def _exists(path: str, label: str) -> bool:
    try:
        open_dataset(path, label).close()
    except NotThereError:
        return False
    return True


@dataclass(frozen=True)
class _Header:
    path: str
    grid: PixelGrid
    dtype: str
    nodata: float | None


def join_landcover(paths: Sequence[str]) -> str:
    """Describe tiles on one pixel grid as one raster.

    Parameters
    ----------
    paths
        Single-band rasters of class codes.

    Returns
    -------
    str
        The XML of a GDAL VRT. Where tiles overlap, the last that has data shows.

    Raises
    ------
    LandloomError
        Where tiles differ in CRS, pixels, type or nodata.
    """
    headers = [_header(path) for path in paths]
    first = headers[0]
    places = [_place(first, header) for header in headers]
    top, left = (min(axis) for axis in zip(*places, strict=True))
    bottom = max(row + h.grid.height for (row, _), h in zip(places, headers, strict=True))
    right = max(col + h.grid.width for (_, col), h in zip(places, headers, strict=True))
    origin = first.grid.transform @ type(first.grid.transform).translation(left, top)
    whole = Whole(first.grid.crs.to_wkt(), origin, right - left, bottom - top)
    pieces = []
    for (row, col), header in zip(places, headers, strict=True):
        size = header.grid.width, header.grid.height
        pieces.append(Piece(header.path, *size, col - left, row - top, *size))
    nodata = _NODATA if first.nodata is None else int(first.nodata)
    return vrt(whole, [Band(1, first.dtype, nodata)], pieces)


def _header(path: str) -> _Header:
    with open_dataset(path) as tile:
        if np.dtype(tile.dtypes[0]).kind not in "iu":
            raise LandloomError(f"{path}: holds {tile.dtypes[0]}, not whole-number class codes")
        grid = PixelGrid(CRS.from_wkt(tile.crs.to_wkt()), tile.transform, tile.width, tile.height)
        return _Header(path, grid, tile.dtypes[0], tile.nodata)


def _place(first: _Header, other: _Header) -> tuple[int, int]:
    """Return row and column of a tile's first pixel, counted from those of the first tile."""
    for what, values in (
        ("CRS", (first.grid.crs.to_string(), other.grid.crs.to_string())),
        ("type", (first.dtype, other.dtype)),
        ("nodata", (first.nodata, other.nodata)),
    ):
        if values[0] != values[1]:
            raise LandloomError(
                f"dataset.landcover.raster: {first.path} and {other.path} differ in {what} "
                f"({values[0]} and {values[1]}); list tiles of one dataset only"
            )
    shift = first.grid.shift(other.grid)
    if shift is None:
        raise LandloomError(
            f"dataset.landcover.raster: {first.path} and {other.path} do not lie on one pixel "
            "grid; resample them to one"
        )
    return shift

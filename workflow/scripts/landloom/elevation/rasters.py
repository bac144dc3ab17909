"""Rasters of elevation on one pixel grid, described as one: what one lacks, the next one fills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rasterio.enums import MaskFlags

from landloom.elevation.tiles import VOID, check_heights
from landloom.raster.numbers import kind_of
from landloom.raster.opening import open_raster
from landloom.raster.pixel_grid import PixelGrid
from landloom.raster.tiles_on_grid import join_grids
from landloom.raster.vrt import Band, Piece, vrt

_KEY = "dataset.elevation.source"


@dataclass(frozen=True)
class _Header:
    grid: PixelGrid
    dtype: str
    void: float | None
    masked: bool


def join_rasters(paths: Sequence[str], nodata: float | None) -> str:
    """Describe rasters on one pixel grid as one raster.

    Parameters
    ----------
    paths
        Rasters of heights in metres, the first of which shows wherever it is not void.
    nodata
        The void value, in place of the rasters' own; it is the whole's then.

    Returns
    -------
    str
        The XML of a GDAL VRT.

    Raises
    ------
    LandloomError
        Where rasters differ in CRS or pixels, or one holds no plain heights.
    """
    headers = {path: _header(path, nodata) for path in paths}
    whole, places = join_grids({path: header.grid for path, header in headers.items()}, _KEY)
    void = VOID if nodata is None else nodata
    small = all(np.can_cast(header.dtype, np.int16) for header in headers.values())
    fits = float(void).is_integer() and -(2**15) <= void < 2**15
    dtype = "int16" if small and fits else "float32"
    # Of pieces the last one shows.
    pieces = [_piece(path, headers[path], places[path]) for path in reversed(paths)]
    return vrt(whole, [Band(1, dtype, void)], pieces)


def _header(path: str, nodata: float | None) -> _Header:
    with open_raster(path) as raster:
        check_heights(raster)
        dtype = raster.dtypes[0]
        void = raster.nodata if nodata is None else nodata
        if void is None and kind_of(dtype) == "f":
            void = float("nan")
        masked = MaskFlags.per_dataset in raster.mask_flag_enums[0]
        return _Header(PixelGrid.of(raster), dtype, void, masked)


def _piece(path: str, header: _Header, place: tuple[int, int]) -> Piece:
    row, col = place
    grid = header.grid
    size = grid.width, grid.height
    return Piece(path, *size, col, row, *size, void=header.void, masked=header.masked)

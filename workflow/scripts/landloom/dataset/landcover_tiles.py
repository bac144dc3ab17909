"""Tiles of land cover described as one raster, wherever they are stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rasterio.enums import ColorInterp, MaskFlags

from landloom.errors import LandloomError
from landloom.raster.numbers import kind_of
from landloom.raster.opening import open_dataset
from landloom.raster.pixel_grid import PixelGrid
from landloom.raster.tiles_on_grid import difference_error, join_grids
from landloom.raster.vrt import Band, Piece, vrt

_KEY = "dataset.landcover.raster"

_NODATA = 0
"""What stands for no data where the files name none: both NLCD and WorldCover leave it free."""


@dataclass(frozen=True)
class _Header:
    path: str
    grid: PixelGrid
    dtype: str
    nodata: float | None
    masked: bool


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
        Where tiles differ in CRS, pixels, type or nodata, or have both nodata and alpha.
    """
    headers = [_header(path) for path in paths]
    first = headers[0]
    for header in headers[1:]:
        _check_alike(first, header)
    whole, places = join_grids({header.path: header.grid for header in headers}, _KEY)
    pieces = [
        Piece.at(header.path, header.grid, *places[header.path], header.masked)
        for header in headers
    ]
    nodata = _NODATA if first.nodata is None else int(first.nodata)
    return vrt(whole, [Band(1, first.dtype, nodata)], pieces)


def _header(path: str) -> _Header:
    with open_dataset(path) as tile:
        if kind_of(tile.dtypes[0]) not in "iu":
            raise LandloomError(
                f"{_KEY}: {path} holds {tile.dtypes[0]}, not whole-number class codes; name "
                "rasters of classes only"
            )
        if tile.nodata is not None and ColorInterp.alpha in tile.colorinterp:
            raise LandloomError(
                f"{_KEY}: {path} has nodata ({tile.nodata:g}) and an alpha band, of which tiles "
                "have one; write void pixels as nodata, and drop the band ('gdal_translate -b 1')"
            )
        masked = tile.mask_flag_enums[0] not in ([MaskFlags.all_valid], [MaskFlags.nodata])
        return _Header(path, PixelGrid.of(tile), tile.dtypes[0], tile.nodata, masked)


def _check_alike(first: _Header, other: _Header) -> None:
    for what, one, two in (
        ("types", first.dtype, other.dtype),
        ("nodata", first.nodata, other.nodata),
    ):
        if one != two:
            values = {first.path: one, other.path: two}
            raise difference_error(what, values, _KEY, "list tiles of one dataset only")

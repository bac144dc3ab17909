"""Elevation tiles joined without copying, and merged for people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import rasterio.shutil
from affine import Affine
from pyproj import CRS
from rasterio.io import DatasetReader
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds
from rasterio.windows import Window

from landloom.elevation.tiles import VOID, check_heights, in_degrees
from landloom.errors import LandloomError
from landloom.legend.qgis import style_of_heights
from landloom.raster.bounds import METRES_PER_DEGREE, Bounds
from landloom.raster.coordinates import apply_affine
from landloom.raster.numbers import kind_of
from landloom.raster.opening import open_raster
from landloom.raster.pixel_grid import PixelGrid
from landloom.raster.vrt import Band, Piece, vrt


def join_tiles(paths: Sequence[str | Path]) -> str | None:
    """Describe some uniform tiles as one raster.

    Neighbours meet without a seam, since the raster is read as a whole; those that are up to a
    hundredth of a pixel off one grid are taken to lie on it. Where tiles of coarser pixels lie
    beside finer ones (those of Copernicus grow wider towards the poles), they are read
    bilinearly at the finest ones', each for itself: where two of them meet there, heights are off
    by up to half of their pixels.

    Parameters
    ----------
    paths
        Tiles as `make_tile` writes them.

    Returns
    -------
    str or None
        The XML of a GDAL VRT, to be opened like a path; None where every tile is void.

    Raises
    ------
    LandloomError
        Where tiles differ in CRS.
    """
    tiles = {path: tile for path in map(str, paths) if (tile := _tile(path))}
    if not tiles:
        return None
    (name, first), *_ = tiles.items()
    for path, tile in tiles.items():
        if tile.grid.wkt != first.grid.wkt:
            raise LandloomError(f"{path} and {name} differ in CRS; make all elevation tiles alike")
    whole = _common_grid([tile.grid for tile in tiles.values()])
    dtype = "int16" if all(tile.dtype == "int16" for tile in tiles.values()) else "float32"
    pieces = [_piece(path, tile.grid, whole) for path, tile in tiles.items()]
    return vrt(whole, [Band(1, dtype, VOID, description="elevation", unit="m")], pieces)


class _Tile(NamedTuple):
    grid: PixelGrid
    dtype: str


def _tile(path: str) -> _Tile | None:
    with open_raster(path) as tile:
        void = tile.shape == (1, 1)
        return None if void else _Tile(PixelGrid.of(tile), tile.dtypes[0])


def _common_grid(tiles: Sequence[PixelGrid]) -> PixelGrid:
    """Return the grid of the finest pixels, where they are, round all tiles."""
    across = min(tiles, key=lambda tile: tile.transform.a).transform
    down = max(tiles, key=lambda tile: tile.transform.e).transform
    finest = Affine(across.a, 0.0, across.c, 0.0, down.e, down.f)
    starts = [~finest @ (tile.transform.c, tile.transform.f) for tile in tiles]
    ends = [~finest @ (tile.transform @ (tile.width, tile.height)) for tile in tiles]
    west, north = (math.floor(min(places) + 1e-6) for places in zip(*starts, strict=True))
    east, south = (math.ceil(max(places) - 1e-6) for places in zip(*ends, strict=True))
    origin = finest @ Affine.translation(west, north)
    return PixelGrid(tiles[0].wkt, origin, east - west, south - north)


def _piece(path: str, tile: PixelGrid, whole: PixelGrid) -> Piece:
    shift = whole.shift(tile)
    if shift:
        return Piece.at(path, tile, *shift)
    col, row = ~whole.transform @ (tile.transform.c, tile.transform.f)
    right, bottom = ~whole.transform @ (tile.transform @ (tile.width, tile.height))
    return Piece(path, tile.width, tile.height, col, row, right - col, bottom - row)


def write_mosaic(source: str, target: Path, region: Bounds | None = None) -> None:
    """Write elevation as one Cloud Optimized GeoTIFF with overviews, in bounded memory.

    Parameters
    ----------
    source
        A raster, or joined tiles.
    target
        File to write.
    region
        Lon/lat bounds to cut out, to whole pixels; all of the source when left out.

    Raises
    ------
    LandloomError
        Where the source does not touch the region.
    """
    with open_raster(source, "elevation") as dataset, _cut(dataset, region) as cut:
        check_heights(dataset)
        floating = kind_of(dataset.dtypes[0]) == "f"
        rasterio.shutil.copy(
            cut,
            target,
            driver="COG",
            compress="deflate",
            predictor="FLOATING_POINT" if floating else "STANDARD",
            overview_resampling="average",
            bigtiff="if_safer",
        )


def check_raster(source: str, region: Bounds) -> None:
    """Refuse, by its header alone, a raster of elevation of which no mosaic can be cut.

    Parameters
    ----------
    source
        A raster, or the description of several as one.
    region
        Lon/lat bounds.

    Raises
    ------
    LandloomError
        Where it holds no heights, or does not touch the region.
    """
    with open_raster(source, "elevation") as dataset:
        check_heights(dataset)
        _window_of(dataset, region)


def describe_mosaic(path: str | Path) -> dict[str, Any]:
    """Return what a mosaic is, without its pixels.

    Parameters
    ----------
    path
        The mosaic, as `write_mosaic` writes it; read a row of blocks at a time.

    Returns
    -------
    dict
        ``crs`` (WKT); ``bounds`` (west, south, east, north) and ``resolution`` (of a pixel, across
        and down) in units of the CRS; ``shape`` (rows, columns); ``void_share`` (0 to 1).
    """
    with open_raster(str(path)) as mosaic:
        high = mosaic.block_shapes[0][0]
        void = 0
        for row in range(0, mosaic.height, high):
            window = Window(0, row, mosaic.width, min(high, mosaic.height - row))
            void += int((mosaic.read_masks(1, window=window) == 0).sum())
        return {
            "crs": mosaic.crs.to_wkt(),
            "bounds": list(mosaic.bounds),
            "shape": list(mosaic.shape),
            "resolution": list(mosaic.res),
            "void_share": void / (mosaic.height * mosaic.width),
        }


def mosaic_style(about: Mapping[str, Any]) -> str:
    """Return the style that QGIS takes for a mosaic: hills in a light.

    Parameters
    ----------
    about
        What `describe_mosaic` tells of it.
    """
    crs = CRS.from_wkt(about["crs"])
    metres = METRES_PER_DEGREE if crs.is_geographic else crs.axis_info[0].unit_conversion_factor
    return style_of_heights(metres)


@contextmanager
def _cut(dataset: DatasetReader, region: Bounds | None) -> Iterator[DatasetReader | WarpedVRT]:
    """Yield the part of a raster that lies in a region; the raster itself where none is named."""
    if region is None:
        yield dataset  # straight: going through a warper costs a quarter more CPU time
        return
    window = _window_of(dataset, region)
    with WarpedVRT(
        dataset,
        crs=dataset.crs,
        transform=dataset.window_transform(window),
        width=int(window.width),
        height=int(window.height),
    ) as cut:
        yield cut


def _window_of(dataset: DatasetReader, region: Bounds) -> Window:
    bounds = transform_bounds("EPSG:4326", dataset.crs, *region)
    corners_x, corners_y = np.array(bounds)[[0, 2, 0, 2]], np.array(bounds)[[1, 1, 3, 3]]
    cols, rows = apply_affine(~dataset.transform, corners_x, corners_y)
    col, row = max(int(np.floor(cols.min())), 0), max(int(np.floor(rows.min())), 0)
    right = min(int(np.ceil(cols.max())), dataset.width)
    bottom = min(int(np.ceil(rows.max())), dataset.height)
    if right <= col or bottom <= row:
        raise LandloomError(
            f"{dataset.name}: does not touch the region {in_degrees(region)} (w, s, e, n); correct "
            "dataset.elevation.source or dataset.region"
        )
    return Window(col, row, right - col, bottom - row)

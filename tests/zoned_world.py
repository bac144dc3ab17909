"""A small world across an edge of UTM zones, and the slow way to map it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from pyproj import CRS, Transformer
from rasters import write

Predict = Callable[[np.ndarray], np.ndarray]

BANDS = 8
OVERLAP = 0.004
"""Degrees beyond its edge in which a zone has data."""

ACROSS_6_E = (5.982, 49.993, 6.021, 50.012)
ACROSS_THE_EQUATOR = (2.99, -0.011, 3.012, 0.013)


def fields(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Return vectors, shape (BANDS, ...): waves of some 500 m, so that a pixel's shift shows."""
    angles = np.linspace(0.0, np.pi, BANDS, endpoint=False).reshape(-1, *[1] * lon.ndim)
    return np.sin((lon * np.cos(angles) + lat * np.sin(angles)) * 1200.0 + 7.0 * angles) + 2.0


def classes(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Return the land cover of places: 10, 30 or 80."""
    first, second, third, *_ = fields(lon, lat)
    return np.select([first > 2.3, second + third > 4.2], [10, 80], 30).astype(np.uint8)


def strip_of(epsg: int, halves: bool) -> tuple[float, float, float, float]:
    """Return west, south, east, north of a UTM zone, to the equator where both halves are used."""
    west = 6.0 * (epsg % 100) - 186.0
    south, north = (0.0, 90.0) if epsg < 32700 else (-90.0, 0.0)
    return west, south if halves else -90.0, west + 6.0, north if halves else 90.0


def write_zone(
    path: Path,
    epsg: int,
    bounds: Sequence[float],
    *,
    up: bool = False,
    halves: bool = False,
    hole: bool = False,
) -> Path:
    """Write the part of a zone that lies in a lon/lat box as an embedding of 10 m.

    Parameters
    ----------
    up
        Whether rows run northwards.
    halves
        Whether it ends at the equator.
    hole
        Whether a part of its own ground is void, some of it where the neighbour has data.
    """
    onto = Transformer.from_crs(4326, epsg, always_xy=True)
    west, south, east, north = onto.transform_bounds(*bounds, densify_pts=51)
    west, south = np.floor(west / 10) * 10, np.floor(south / 10) * 10
    width, height = int((east - west) // 10) + 1, int((north - south) // 10) + 1
    top = south + height * 10
    transform = Affine(10, 0, west, 0, 10, south) if up else Affine(10, 0, west, 0, -10, top)
    rows, cols = np.mgrid[:height, :width]
    x, y = transform @ (cols + 0.5, rows + 0.5)
    lon, lat = Transformer.from_crs(epsg, 4326, always_xy=True).transform(x, y)
    vectors = fields(lon, lat).astype(np.float32)
    edges = strip_of(epsg, halves)
    inside = (lon > edges[0] - OVERLAP) & (lon < edges[2] + OVERLAP)
    inside &= (lat > edges[1] - OVERLAP) & (lat < edges[3] + OVERLAP)
    if hole:
        inside &= (rows // 40 + cols // 40) % 3 > 0
    vectors[:, ~inside] = np.nan
    return write(path, vectors, transform, f"EPSG:{epsg}", nodata=np.nan, tiled=True,
                 blockxsize=64, blockysize=64)  # fmt: skip


def write_reference(path: Path, bounds: Sequence[float]) -> Path:
    """Write the classes of a lon/lat box as a raster in degrees."""
    west, south, east, north = (*np.subtract(bounds[:2], 0.003), *np.add(bounds[2:], 0.003))
    side = 1e-4
    width, height = round((east - west) / side), round((north - south) / side)
    transform = Affine(side, 0, west, 0, -side, north)
    rows, cols = np.mgrid[:height, :width]
    lon, lat = transform @ (cols + 0.5, rows + 0.5)
    return write(path, classes(lon, lat), transform, "EPSG:4326", nodata=0)


def slow_map(
    target: Any, zones: Sequence[Path], predict: Predict, halves: bool = False
) -> np.ndarray:
    """Warp all bands to a raster's pixels by nearest neighbour, zone by zone, and then predict.

    Parameters
    ----------
    target
        An open raster, of which the grid is taken.
    zones
        Embeddings; a pixel takes the first whose six degrees hold its centre, and where that has no
        data the first other that has.
    predict
        Returns the labels of vectors, shape (pixels, bands).
    """
    rows, cols = np.mgrid[: target.height, : target.width]
    x, y = target.transform @ (cols + 0.5, rows + 0.5)
    crs = CRS.from_wkt(target.crs.to_wkt())
    lon, lat = Transformer.from_crs(crs, 4326, always_xy=True).transform(x, y)
    with rasterio.open(zones[0]) as source:
        bands = source.count
    warped = np.full((bands, *x.shape), np.nan, np.float32)
    for own in (True, False):
        for path in zones:
            with rasterio.open(path) as source:
                vectors, epsg = source.read(), source.crs.to_epsg()
                there = Transformer.from_crs(crs, epsg, always_xy=True).transform(x, y)
                col, row = (np.floor(axis).astype(int) for axis in ~source.transform @ there)
            edges = strip_of(epsg, halves)
            of_zone = (lon >= edges[0]) & (lon < edges[2]) & (lat >= edges[1]) & (lat < edges[3])
            on = (row >= 0) & (row < vectors.shape[1]) & (col >= 0) & (col < vectors.shape[2])
            wanted = np.isnan(warped[0]) & on & (of_zone == own)
            warped[:, wanted] = vectors[:, row[wanted], col[wanted]]
    labels = np.full(x.shape, 255, np.uint8)
    known = np.isfinite(warped).all(axis=0)
    labels[known] = predict(warped[:, known].T)
    return labels

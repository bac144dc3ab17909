"""The squares that points stand for."""

from __future__ import annotations

import numpy as np
import shapely
from pyproj import CRS

from landloom.arrays import Float64s
from landloom.audit.footprints import Shapes, metres_of_unit
from landloom.audit.ground import GEOD, way
from landloom.audit.request import Size
from landloom.raster.coordinates import apply_affine
from landloom.raster.pixel_grid import PixelGrid


def squares(points: Float64s, crs: CRS, size: Size, grid: PixelGrid | None) -> tuple[Shapes, CRS]:
    """Return the square about each point, and the CRS that it is in.

    Parameters
    ----------
    points : float64, (n, 2)
        In the CRS, x (lon) first.
    crs
        Of the points.
    size
        In metres: along the axes of the CRS; of degrees, east and north. In pixels: whole ones of
        the grid, those whose middle is nearest to the point.
    grid
        For a size in pixels.
    """
    if size.in_pixels and grid is not None:
        col, row = apply_affine(~grid.transform, *way(crs, grid.crs)(*points.T))
        left, top = np.rint(col - size.value / 2), np.rint(row - size.value / 2)
        cols = np.stack([left, left + size.value, left + size.value, left], axis=-1)
        rows = np.stack([top, top, top + size.value, top + size.value], axis=-1)
        corners = np.stack(apply_affine(grid.transform, cols, rows), axis=-1)
        return _polygons(corners), grid.crs
    half = np.full((len(points), 2), size.value / 2 / metres_of_unit(crs))
    if crs.is_geographic:
        radians = crs.axis_info[0].unit_conversion_factor
        sine, cosine = (f(points[:, 1] * radians) for f in (np.sin, np.cos))
        curve = 1 - GEOD.es * sine**2
        east = GEOD.a / np.sqrt(curve) * np.maximum(cosine, 1e-6)
        north = GEOD.a * (1 - GEOD.es) / curve**1.5
        half = size.value / 2 / np.stack([east, north], axis=-1) / radians
    (west, south), (east, north) = (points - half).T, (points + half).T
    corners = np.stack([[west, east, east, west], [north, north, south, south]], axis=-1)
    return _polygons(np.swapaxes(corners, 0, 1)), crs


def _polygons(corners: Float64s) -> Shapes:
    """Return polygons of corners, (n, 4, 2); empty ones where these lie nowhere."""
    known = np.isfinite(corners).all(axis=(1, 2))
    shapes: Shapes = np.full(len(corners), shapely.Polygon(), np.object_)
    shapes[known] = shapely.polygons(corners[known])
    return shapes

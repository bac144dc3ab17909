"""The pixels of an embedding whose centres polygons hold.

A polygon is not warped: the centres are led to its CRS, where its edges are straight. A centre
right on an edge is in no polygon. So neighbours that share an edge share no pixel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from landloom.arrays import Float64s, Int64s, Mask
from landloom.errors import LandloomError
from landloom.map.locating import locate
from landloom.map.pixel_keys import pixel_keys, start_of
from landloom.map.zones import Owners, ZonedEmbedding
from landloom.raster.coordinates import LONLAT, Coordinates, coordinates
from landloom.raster.pixel_grid import Box, PixelGrid

MOST_PIXELS = 10_000_000
"""Pixels of all polygons: with the vectors of 64 bands they are 2.6 GB."""

_AT_ONCE = 2**20
_WINDOW = 1024
_SIDE = 21
_BOXES = 4096
_PIXEL = np.dtype([("polygon", "i8"), ("key", "u8"), ("zone", "i2"), ("row", "i4"), ("col", "i4")])


@dataclass(frozen=True)
class PolygonPixels:
    """Pixels of polygons, in the order of the polygons, then of zone, row and column.

    Attributes
    ----------
    polygon : int64, (n,)
        The polygon's place in the list.
    zone : int16, (n,)
        The number of the zone.
    x, y : float64, (n,)
        The pixel's centre in the CRS of the zone.
    counts : int64, (polygons,)
        How many each polygon holds, before any are chosen.
    outside : int
        Polygons whose boxes do not meet the embedding.
    """

    polygon: Int64s
    zone: Owners
    x: Float64s
    y: Float64s
    counts: Int64s
    outside: int


def pixels_of(
    embedding: ZonedEmbedding,
    crs: CRS,
    polygons: npt.NDArray[np.object_],
    per_polygon: int | None = None,
    seed: int = 42,
) -> PolygonPixels:
    """Return the pixels whose centres lie in polygons.

    Where the embedding has several zones, a pixel counts on the grid of the zone that gives the
    place its data (see `landloom.map.locating.locate`), so no place counts twice.

    Parameters
    ----------
    embedding : ZonedEmbedding
        Whose pixels.
    crs : CRS
        Of the polygons, in two dimensions.
    polygons : ndarray of polygons
        Valid ones.
    per_polygon : int, optional
        How many pixels of each at most: those with the lowest of random keys (see
        `landloom.map.pixel_keys`); all of them, if it is left out.
    seed : int
        Of the keys.

    Raises
    ------
    LandloomError
        There are more than `MOST_PIXELS`.

    Notes
    -----
    A window of 1024 by 1024 pixels of one polygon is looked at at a time, and 25 bytes are kept of
    each pixel that counts.
    """
    shapely.prepare(polygons)
    grids = [zone.info.grid for zone in embedding.zones]
    counts = np.zeros(polygons.size, np.int64)
    met = np.zeros(polygons.size, np.bool_)
    kept: list[npt.NDArray[np.void]] = []
    for pixels in _together(_candidates(grids, crs, polygons, seed, met)):
        own = pixels if len(grids) == 1 else pixels[_is_own(embedding, pixels)]
        counts += np.bincount(own["polygon"], minlength=counts.size)
        kept.append(own)
        if per_polygon is not None:
            kept = [_lowest(np.concatenate(kept), per_polygon)]
        if (number := sum(part.size for part in kept)) > MOST_PIXELS:
            remedy = "choose some by map.reference.per_polygon"
            if per_polygon is not None:
                remedy = f"lower map.reference.per_polygon, which is {per_polygon:,}"
            raise LandloomError(
                f"map.reference.table: its polygons hold over {number:,} pixels of the embedding "
                f"that count; {MOST_PIXELS:,} are the most, {remedy}"
            )
    chosen = np.concatenate([np.empty(0, _PIXEL), *kept])
    kept.clear()
    chosen = chosen[np.lexsort([chosen[name] for name in ("col", "row", "zone", "polygon")])]
    x, y = _centres(grids, chosen)
    outside = int(np.count_nonzero(~met))
    return PolygonPixels(chosen["polygon"], chosen["zone"], x, y, counts, outside)


def _candidates(
    grids: list[PixelGrid], crs: CRS, polygons: npt.NDArray[np.object_], seed: int, met: Mask
) -> Iterator[npt.NDArray[np.void]]:
    """Yield the pixels in each polygon on each grid; take note of polygons that meet a grid."""
    bounds = shapely.bounds(polygons)
    for zone, grid in enumerate(grids):
        start = start_of(seed, zone)
        back = coordinates(grid.crs, crs)
        for number, (polygon, box) in enumerate(
            zip(polygons, _boxes(grid, crs, bounds), strict=True)
        ):
            met[number] |= box.area > 0
            turn = _turn(crs, bounds[number])
            for window in box.windows(_WINDOW):
                rows, cols = _within(polygon, grid, window, back, turn)
                if rows.size:
                    pixels = np.empty(rows.size, _PIXEL)
                    pixels["polygon"], pixels["zone"] = number, zone
                    pixels["row"], pixels["col"] = rows, cols
                    keys = pixel_keys(
                        start,
                        np.arange(window.top, window.bottom),
                        np.arange(window.left, window.right),
                    )
                    pixels["key"] = keys[rows - window.top, cols - window.left]
                    yield pixels


def _within(
    polygon: Any,  # noqa: ANN401
    grid: PixelGrid,
    window: Box,
    back: Coordinates,
    turn: tuple[float, float],
) -> tuple[Int64s, Int64s]:
    """Return the rows and columns of a window's pixels whose centres a polygon holds."""
    rows, cols = (
        axis.ravel() for axis in np.mgrid[window.top : window.bottom, window.left : window.right]
    )
    x, y = back(*grid.centres(rows, cols))
    west, once_round = turn
    if once_round:
        with np.errstate(invalid="ignore"):
            x = x - once_round * np.floor((x - west) / once_round)
    inside = np.isfinite(x) & np.isfinite(y)
    inside[inside] = shapely.contains_xy(polygon, x[inside], y[inside])
    return rows[inside], cols[inside]


def _turn(crs: CRS, bounds: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return from where a polygon's longitudes count, and once round the Earth; 0 on a plane."""
    once_round = _once_round(crs)
    middle = (bounds[0] + bounds[2]) / 2
    return (float(middle - once_round / 2), once_round) if once_round else (0.0, 0.0)


def _once_round(crs: CRS) -> float:
    """Return once round the Earth in units of longitudes; 0 where there are none."""
    return 2 * np.pi / crs.axis_info[0].unit_conversion_factor if crs.is_geographic else 0.0


def _boxes(grid: PixelGrid, crs: CRS, bounds: npt.NDArray[np.float64]) -> Iterator[Box]:
    """Yield the pixels that lie about each polygon, none of them off the grid.

    The outline of a polygon's box encloses it wherever the way between the CRSs is continuous; and
    where some of it leads nowhere, all of the grid may. Round a pole, and from one edge of the map
    to the other, the outline tells less: rows or columns are taken as far as they go.
    """
    steps = np.linspace(0, 1, _SIDE)
    low, high = np.zeros(_SIDE), np.ones(_SIDE)
    across, along = np.hstack([steps, steps, low, high]), np.hstack([low, high, steps, steps])
    onto = coordinates(crs, grid.crs)
    for first in range(0, len(bounds), _BOXES):
        some = bounds[first : first + _BOXES]
        west, south, east, north = (axis[:, None] for axis in some.T)
        x, y = onto(west + (east - west) * across, south + (north - south) * along)
        rows, cols = grid.pixels(x, y)
        known: Mask = np.isfinite((x + y).sum(axis=1))
        round_all, polar = _round_all(crs, some), _polar(grid, crs, some)
        if not grid.crs.is_geographic:
            known &= ~(round_all | polar.any(axis=0))
        poles = _pole_rows(grid)
        for number in range(len(x)):
            if not known[number]:
                yield grid.box
                continue
            about_pole = polar[:, number]
            top, bottom = _span([rows[number], poles[about_pole]], grid.height)
            left, right = _span([cols[number]], grid.width)
            if about_pole.any() or round_all[number]:
                left, right = 0, grid.width
            spare = 2 + max(bottom - top, right - left) // 50  # it bends between its points
            box = Box(top - spare, bottom + spare + 1, left - spare, right + spare + 1)
            yield box.clip(grid.box)


def _span(outline: list[Int64s], size: int) -> tuple[int, int]:
    """Return the first and last row or column of an outline; all of them, where it jumps."""
    every = np.concatenate(outline)
    first, last = int(every.min()), int(every.max())
    jump = np.abs(np.diff(outline[0].reshape(4, _SIDE), axis=1)).max()
    if last - first > 2 * _SIDE and 2 * jump > last - first:
        return min(first, 0), max(last, size)
    return first, last


def _round_all(crs: CRS, bounds: npt.NDArray[np.float64]) -> Mask:
    """Return which boxes of degrees go over more than half the Earth, as those cut at a seam do."""
    if not crs.is_geographic:
        return np.zeros(len(bounds), np.bool_)
    wide: Mask = bounds[:, 2] - bounds[:, 0] > _once_round(crs) / 2
    return wide


def _polar(grid: PixelGrid, crs: CRS, bounds: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Return which boxes on a plane hold the south pole, and which the north one, (2, n)."""
    if crs.is_geographic or crs == grid.crs:
        return np.zeros((2, len(bounds)), np.bool_)
    x, y = coordinates(CRS.from_user_input(LONLAT), crs)(np.zeros(2), np.array([-90.0, 90.0]))
    west, south, east, north = bounds.T
    held = [
        (west <= x) & (x <= east) & (south <= y) & (y <= north) for x, y in zip(x, y, strict=True)
    ]
    return np.array(held)


def _pole_rows(grid: PixelGrid) -> Int64s:
    """Return the rows where the poles would be on a grid of degrees, the south one's first."""
    quarter = _once_round(grid.crs) / 4
    x = np.full(2, sum(grid.own_bounds[::2]) / 2)
    return grid.pixels(x, np.array([-quarter, quarter]))[0]


def _together(parts: Iterator[npt.NDArray[np.void]]) -> Iterator[npt.NDArray[np.void]]:
    """Join what polygon after polygon gives, so that a thousand small ones are one step."""
    waiting: list[npt.NDArray[np.void]] = []
    size = 0
    for part in parts:
        waiting.append(part)
        size += part.size
        if size >= _AT_ONCE:
            yield np.concatenate(waiting)
            waiting, size = [], 0
    if waiting:
        yield np.concatenate(waiting)


def _is_own(embedding: ZonedEmbedding, pixels: npt.NDArray[np.void]) -> Mask:
    """Return which pixels are of the zone that gives their places data."""
    own = np.zeros(pixels.size, np.bool_)
    for number, zone in enumerate(embedding.zones):
        here = np.flatnonzero(pixels["zone"] == number)
        x, y = zone.info.grid.centres(pixels["row"][here], pixels["col"][here])
        own[here] = locate(embedding, zone.info.grid.crs, x, y)[0] == number
    return own


def _lowest(pixels: npt.NDArray[np.void], most: int) -> npt.NDArray[np.void]:
    """Return the pixels with the lowest keys of each polygon, at most so many."""
    order = np.lexsort(
        [pixels["col"], pixels["row"], pixels["zone"], pixels["key"], pixels["polygon"]]
    )
    polygon = pixels["polygon"][order]
    first = np.searchsorted(polygon, polygon)
    return pixels[order[np.arange(polygon.size) - first < most]]


def _centres(grids: list[PixelGrid], pixels: npt.NDArray[np.void]) -> tuple[Float64s, Float64s]:
    x, y = np.empty((2, pixels.size))
    for number, grid in enumerate(grids):
        own = np.flatnonzero(pixels["zone"] == number)
        x[own], y[own] = grid.centres(pixels["row"][own], pixels["col"][own])
    return x, y

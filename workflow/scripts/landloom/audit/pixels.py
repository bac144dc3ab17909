"""What two footprints share of the pixels of one raster: counted, not measured.

A footprint that is a box of whole pixels holds these. Of another one a rule decides: it holds the
pixels whose centre lies in it, those that it touches, or those of the box round it. The grid is
thought to go on beyond the raster's edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import shapely

from landloom.arrays import Float64s, Indices, Int64s, Mask
from landloom.audit.footprints import Footprints, Shapes, moved
from landloom.audit.ground import ROUNDING, lonlat_of, way
from landloom.audit.sharing import SHARED, Shares, areas
from landloom.raster.coordinates import apply_affine
from landloom.raster.pixel_grid import Box, PixelGrid

Rule = Literal["centre", "touched", "box"]

_HAIR = 1e-6
"""Pixels: a centre so near an edge lies in no footprint, so that neighbours never share it."""
_FINEST = 0.01
"""Pixels by which pieces of an edge may miss it."""
_MOST_PIECES = 1000
_WINDOW = 256
_FAR = 2.0**40


@dataclass(frozen=True)
class OnPixels:
    """Compares footprints by the pixels that they hold.

    Attributes
    ----------
    footprints
        Of all sets.
    grid
        The raster's pixels.
    rule
        Which pixels a footprint holds that is no box of whole ones.
    boxes : int64, (n, 4)
        First row and column, and those after the last, of the box that each footprint holds, or in
        which its pixels lie.
    whole : bool, (n,)
        Whether it holds all of its box.
    ragged : bool, (n,)
        Whether it is no box of whole pixels.
    placed : bool, (n,)
        Whether the grid's CRS has a place for it.
    outlines : ndarray of polygons, (n,)
        In columns and rows, of those that do not hold all of their box; else None.
    """

    footprints: Footprints
    grid: PixelGrid
    rule: Rule
    boxes: Int64s
    whole: Mask
    ragged: Mask
    placed: Mask
    outlines: Shapes
    counts_pixels: ClassVar[bool] = True

    @classmethod
    def of(cls, footprints: Footprints, grid: PixelGrid, rule: Rule = "centre") -> OnPixels:
        """Find the pixels of footprints."""
        shapes, placed = _in_pixels(
            footprints, grid, footprints.shapes, np.arange(len(footprints.shapes))
        )
        box = shapely.bounds(shapes)
        near = np.rint(box)
        ragged = np.abs(box - near).max(axis=1) > ROUNDING
        sides = box[:, 2:] - box[:, :2]
        missing = sides.prod(axis=1) - shapely.area(shapes)
        ragged |= ~(missing <= ROUNDING * sides.sum(axis=1)) | (near[:, :2] >= near[:, 2:]).any(1)
        odd = np.flatnonzero(ragged & placed)
        outlines = np.full(len(shapes), None, np.object_)
        if odd.size:
            outlines[odd], placed[odd] = _finely(footprints, grid, odd)
            box[odd] = shapely.bounds(outlines[odd])
            near[odd] = np.hstack(
                [np.floor(box[odd, :2] + ROUNDING), np.ceil(box[odd, 2:] - ROUNDING)]
            )
        whole = placed & (~ragged | (rule == "box"))
        outlines[whole] = None
        if odd.size and rule != "box":
            by = _HAIR if rule == "centre" else ROUNDING
            outlines[odd] = shapely.buffer(outlines[odd], -by, join_style="mitre")
            shapely.prepare(outlines)
        boxes = near[:, [1, 0, 3, 2]].astype(np.int64)
        return cls(footprints, grid, rule, boxes, whole, ragged, placed, outlines)

    def on_raster(self) -> Mask:
        """Return which footprints have a pixel on the raster itself, (n,)."""
        top, left, bottom, right = self.boxes.T
        on: Mask = self.placed & (top < self.grid.height) & (bottom > 0)
        across: Mask = (left < self.grid.width) & (right > 0) | (self._around > 0)
        return on & across

    @property
    def _around(self) -> int:
        """Columns once round the Earth; 0 where that is no whole number of them."""
        if not self.grid.crs.is_geographic or self.grid.transform.b or self.grid.transform.d:
            return 0
        degrees = 2 * np.pi / self.grid.crs.axis_info[0].unit_conversion_factor
        columns = degrees / abs(self.grid.transform.a)
        return int(np.rint(columns)) if abs(columns - np.rint(columns)) < ROUNDING else 0

    def shares(self, one: Indices, other: Indices) -> Shares:
        """Return which pixels pairs share, of those that share any.

        Parameters
        ----------
        one, other : int, (n,)
            Footprints that may meet.
        """
        mine, turn = self.boxes[one], np.zeros(len(one), np.int64)
        if around := self._around:
            turn = np.rint((self.boxes[other, 1] - mine[:, 1]) / around).astype(np.int64) * around
        theirs = self.boxes[other] - np.stack([0 * turn, turn, 0 * turn, turn], axis=-1)
        low, high = np.maximum(mine[:, :2], theirs[:, :2]), np.minimum(mine[:, 2:], theirs[:, 2:])
        kept = np.flatnonzero((low < high).all(axis=1) & self.placed[one] & self.placed[other])
        one, other, low, high, turn = one[kept], other[kept], low[kept], high[kept], turn[kept]
        pixels, first = (high - low).prod(axis=1), low.copy()
        for pair in np.flatnonzero(~(self.whole[one] & self.whole[other])).tolist():
            box = Box(low[pair, 0], high[pair, 0], low[pair, 1], high[pair, 1])
            held = self._common(one[pair], other[pair], box, int(turn[pair]))
            pixels[pair], first[pair], low[pair], high[pair] = held
        kept = np.flatnonzero(pixels)
        one, other, low, high = one[kept], other[kept], low[kept], high[kept]
        same = self._is_same(one, other, turn[kept])
        shares = Shares.of(one, other, np.full(len(one), SHARED), same)
        shares.pixels[:], shares.row[:], shares.col[:] = pixels[kept], *first[kept].T
        across = np.flatnonzero(self.footprints.owner[one] != self.footprints.owner[other])
        shares.outlines[across] = self._lonlat(low[across], high[across])
        part = shares.pixels[across] / (high - low)[across].prod(axis=1)
        shares.square_metres[across] = areas(shares.outlines[across]) * part
        return shares

    def _is_same(self, one: Indices, other: Indices, turn: Int64s) -> Mask:
        """Return which pairs hold the same pixels, or have like outlines, (n,)."""
        boxes = self.boxes[other].copy()
        boxes[:, [1, 3]] -= turn[:, None]
        same: Mask = (self.boxes[one] == boxes).all(axis=1)
        same &= self.whole[one] == self.whole[other]
        odd = np.flatnonzero(same & ~self.whole[one])
        areas = (shapely.area(self.outlines[some[odd]]) for some in (one, other))
        same[odd] = np.abs(next(areas) - next(areas)) < _HAIR
        return same

    def _common(
        self, one: int, other: int, box: Box, turn: int
    ) -> tuple[int, Int64s, Int64s, Int64s]:
        """Return how many pixels of a box both hold, the first, and the box of all of these."""
        count, first = 0, np.zeros(2, np.int64)
        low, high = np.full(2, 2**40), np.full(2, -(2**40))
        for window in box.windows(_WINDOW):
            held = self._held(one, window, 0)
            if held.any():
                held &= self._held(other, window, turn)
            rows, cols = np.nonzero(held)
            if rows.size:
                places = np.stack([rows + window.top, cols + window.left], axis=-1)
                first = places[0] if not count else first
                low = np.minimum(low, places.min(axis=0))
                high = np.maximum(high, places.max(axis=0) + 1)
                count += rows.size
        return count, first, low, high

    def _held(self, number: int, window: Box, turn: int) -> Mask:
        """Return which pixels of a window a footprint holds."""
        outline: Any = self.outlines[number]
        if outline is None:
            return np.ones(window.shape, np.bool_)
        left, right = window.left + turn, window.right + turn
        whole = shapely.box(left, window.top, right, window.bottom)
        if not shapely.intersects(outline, whole):
            return np.zeros(window.shape, np.bool_)
        if shapely.contains_properly(outline, whole):
            return np.ones(window.shape, np.bool_)
        col, row = np.meshgrid(np.arange(left, right), np.arange(window.top, window.bottom))
        held: Mask
        if self.rule == "centre":
            held = shapely.contains_xy(outline, col + 0.5, row + 0.5)
        else:
            held = shapely.intersects(outline, shapely.box(col, row, col + 1, row + 1))
        return held

    def _lonlat(self, low: Int64s, high: Int64s) -> Shapes:
        """Return boxes of pixels in degrees (EPSG:4326), whole across the antimeridian."""
        rows = np.stack([low[:, 0], low[:, 0], high[:, 0], high[:, 0]], axis=-1)
        cols = np.stack([low[:, 1], high[:, 1], high[:, 1], low[:, 1]], axis=-1)
        x, y = apply_affine(self.grid.transform, cols.astype(float), rows.astype(float))
        lon, lat = lonlat_of(self.grid.crs, x, y)
        lon = lon - 360 * np.rint((lon - lon[:, :1]) / 360)
        outlines: Shapes = shapely.polygons(np.stack([lon, lat], axis=-1))
        return outlines


def _in_pixels(
    footprints: Footprints, grid: PixelGrid, shapes: Shapes, numbers: Indices
) -> tuple[Shapes, Mask]:
    """Return shapes of footprints of some numbers in columns and rows; and which have a place.

    Of the others nothing but a point is left.
    """
    points, of = shapely.get_coordinates(shapes, return_index=True)
    flat = _pixels(footprints, grid, points, numbers[of])
    placed = np.ones(len(shapes), np.bool_)
    with np.errstate(invalid="ignore"):
        placed[of[~(np.abs(flat) < _FAR).all(axis=1)]] = False
    flat[~placed[of]] = 0.0
    return moved(shapes, flat), placed


def _pixels(footprints: Footprints, grid: PixelGrid, points: Float64s, of: Indices) -> Float64s:
    """Return points, (k, 2), of the footprints of some numbers, (k,), in columns and rows.

    Longitudes are met near the raster's middle, each footprint's with those of its first point.
    """
    flat = np.empty_like(points)
    zone = footprints.zone[of]
    for number in np.unique(zone).tolist():
        here = zone == number
        to_grid = way(footprints.crss[number], grid.crs)
        flat[here] = np.stack(to_grid(*points[here].T), axis=-1)
    if grid.crs.is_geographic:
        around = 2 * np.pi / grid.crs.axis_info[0].unit_conversion_factor
        middle = (grid.own_bounds[0] + grid.own_bounds[2]) / 2
        start = np.zeros(of.max(initial=-1) + 1)
        start[of[::-1]] = flat[::-1, 0]
        with np.errstate(invalid="ignore"):
            first = start - around * np.rint((start - middle) / around)
            flat[:, 0] -= around * np.rint((flat[:, 0] - first[of]) / around)
    return np.stack(apply_affine(~grid.transform, *flat.T), axis=-1)


def _finely(footprints: Footprints, grid: PixelGrid, odd: Indices) -> tuple[Shapes, Mask]:
    """Return some footprints likewise, their edges cut as finely as these bend there."""
    shapes = footprints.shapes[odd]
    points, own = shapely.get_coordinates(shapes, return_index=True)
    following = np.vstack([points[1:], points[:1]])
    ends, middles = (
        _pixels(footprints, grid, some, odd[own]) for some in (points, (points + following) / 2)
    )
    bends = np.hypot(*(middles - (ends + np.vstack([ends[1:], ends[:1]])) / 2).T)
    lengths = np.hypot(*(following - points).T)
    last = np.cumsum(shapely.get_num_coordinates(shapely.get_rings(shapely.get_parts(shapes)))) - 1
    bends[last] = lengths[last] = 0.0
    bend, longest = np.zeros((2, len(shapes)))
    np.maximum.at(bend, own, np.nan_to_num(bends, posinf=0.0))
    np.maximum.at(longest, own, lengths)
    pieces = np.clip(np.ceil(np.sqrt(bend / _FINEST)), 1, _MOST_PIECES)
    fine = shapely.segmentize(shapes, longest / pieces * (1 + 1e-9))
    return _in_pixels(footprints, grid, fine, odd)

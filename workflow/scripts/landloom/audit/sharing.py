"""What two footprints share of the ground, where nothing tells of pixels.

What overlaps less deeply than a tolerance is taken for rounding; the depth is the width of the
widest circle that the overlap holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, Self

import numpy as np
import shapely

from landloom.arrays import Float64s, Indices, Int64s, Mask
from landloom.audit.beside import Beside, between, in_own_crs
from landloom.audit.footprints import Footprints, Shapes
from landloom.audit.ground import GEOD, Ground

UNDECIDED, SHARED = 1, 2
"""What is known of a pair that overlaps; undecided is what the bend of edges may explain."""

_ALIKE = 0.99
"""Share of the smaller footprint that both have to have in common to be the same."""


@dataclass(frozen=True)
class Shares:
    """What pairs of footprints share.

    Attributes
    ----------
    one, other : int, (n,)
        The numbers of both footprints.
    state : int64, (n,)
        `UNDECIDED` or `SHARED`.
    same : bool, (n,)
        Whether both are the same footprint.
    pixels : int64, (n,)
        Pixels that both have; -1 where there are none to count.
    row, col : int64, (n,)
        The first of these; -1 likewise.
    square_metres : float64, (n,)
        The area that both have, on the ellipsoid; NaN where it was not asked for.
    outlines : ndarray of geometries, (n,)
        What both have, in degrees (EPSG:4326), or the box of its pixels; None likewise.
    """

    one: Indices
    other: Indices
    state: Int64s
    same: Mask
    pixels: Int64s
    row: Int64s
    col: Int64s
    square_metres: Float64s
    outlines: Shapes

    @classmethod
    def of(cls, one: Indices, other: Indices, state: Int64s, same: Mask) -> Self:
        """Return what is known of pairs before pixels are counted and areas measured."""
        pixels, row, col = np.full((3, len(one)), -1, np.int64)
        area, outlines = np.full(len(one), np.nan), np.full(len(one), None, np.object_)
        return cls(one, other, state, same, pixels, row, col, area, outlines)

    @classmethod
    def joined(cls, parts: Sequence[Shares]) -> Self:
        """Join what is known of pairs."""
        nothing = np.empty(0, np.intp)
        empty = cls.of(nothing, nothing, nothing.astype(np.int64), nothing.astype(np.bool_))
        every = [empty, *parts]
        return cls(
            *(np.concatenate([getattr(part, f.name) for part in every]) for f in fields(cls))
        )

    def take(self, some: Mask | Indices) -> Shares:
        """Return the pairs that a mask or numbers choose."""
        return Shares(*(getattr(self, f.name)[some] for f in fields(self)))


@dataclass(frozen=True)
class OnGround:
    """Compares footprints by the ground that they cover.

    Parameters
    ----------
    footprints
        Of all sets.
    ground
        The same on the ellipsoid.
    """

    footprints: Footprints
    ground: Ground
    counts_pixels: ClassVar[bool] = False

    def shares(self, one: Indices, other: Indices) -> Shares:
        """Return what pairs share that share anything; area and outline of those of two sets.

        Parameters
        ----------
        one, other : int, (n,)
            Footprints that may meet.
        """
        zone = self.footprints.zone
        alike = zone[one] == zone[other]
        parts = []
        for number in np.unique(zone[one][alike]).tolist():
            some = np.flatnonzero(alike & (zone[one] == number))
            beside, near = in_own_crs(self.footprints, self.ground, one[some], other[some])
            parts.append(self._judged(beside, one[some][near], other[some][near]))
        some = np.flatnonzero(~alike)
        if some.size:
            beside = between(self.ground, one[some], other[some])
            parts.append(self._judged(beside, one[some], other[some]))
        return Shares.joined(parts)

    def _judged(self, beside: Beside, one: Indices, other: Indices) -> Shares:
        """Return what pairs share that overlap by more than the tolerance."""
        slack = np.minimum(self.ground.tolerance[one], self.ground.tolerance[other])
        bend = self.ground.doubt(self.footprints)
        common = shapely.intersection(beside.one, beside.other)
        kept = np.flatnonzero(_is_deeper(common, slack))
        beside, common, one, other = beside.take(kept), common[kept], one[kept], other[kept]
        sure = _is_deeper(common, slack[kept] + bend[one] + bend[other])
        state = np.where(sure, SHARED, UNDECIDED)
        shares = Shares.of(one, other, state, _is_same(beside, common, slack[kept]))
        across = np.flatnonzero(self.footprints.owner[one] != self.footprints.owner[other])
        outlines = beside.take(across).to_lonlat(_areal(common[across]))
        shares.outlines[across] = outlines
        shares.square_metres[across] = areas(outlines)
        return shares


def areas(outlines: Shapes) -> Float64s:
    """Return the areas of polygons of degrees (EPSG:4326) on the ellipsoid, in m², (n,)."""
    turned = shapely.orient_polygons(outlines)
    return np.array([abs(GEOD.geometry_area_perimeter(shape)[0]) for shape in turned], np.float64)


def _is_deeper(shapes: Shapes, depth: Float64s) -> Mask:
    deep: Mask = ~shapely.is_empty(shapely.buffer(shapes, -depth / 2, join_style="mitre"))
    return deep


def _is_same(beside: Beside, common: Shapes, slack: Float64s) -> Mask:
    """Return which pairs have one box, and nearly all in common, (n,)."""
    apart = np.abs(shapely.bounds(beside.one) - shapely.bounds(beside.other)).max(axis=1)
    least = np.minimum(shapely.area(beside.one), shapely.area(beside.other))
    same: Mask = (apart <= slack) & (shapely.area(common) >= _ALIKE * least)
    return same


def _areal(shapes: Shapes) -> Shapes:
    """Return shapes without the points and lines that come with areas in an overlap."""
    mixed = shapely.get_type_id(shapes) == 7
    shapes = shapes.copy()
    shapes[mixed] = shapely.buffer(shapes[mixed], 0)
    return shapes

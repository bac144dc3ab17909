"""Pixels on the Earth: boxes of them, the grid of a raster, and the way from one grid to another.

Rasters meet by the centres of their pixels, whatever their CRSs, axes and sizes: nothing is warped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from affine import Affine

from landloom.arrays import Float64s, Int64s, Mask
from landloom.raster.bounds import WIDE, Bounds, parts_near
from landloom.raster.coordinates import LONLAT, Coordinates, apply_affine, coordinates

if TYPE_CHECKING:
    from pyproj import CRS
    from rasterio.io import DatasetReader
    from rasterio.windows import Window

_FAR = -(2**40)  # a pixel index that no raster has: the point lies nowhere on the grid's CRS
_SNAP = 1e-6  # pixels: centres on a pixel's edge belong to the next one, whatever the rounding
_ALIGNED = 0.01  # pixels: what rounding in a header may amount to over a raster's whole width


class Box(NamedTuple):
    """Half-open ranges of pixel rows and columns."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.bottom - self.top, self.right - self.left

    @property
    def area(self) -> int:
        """Pixels; 0 for a box that ends before it begins."""
        return max(0, self.bottom - self.top) * max(0, self.right - self.left)

    @property
    def window(self) -> Window:
        """The box as a rasterio window."""
        from rasterio.windows import Window

        return Window.from_slices((self.top, self.bottom), (self.left, self.right))

    def clip(self, other: Box) -> Box:
        """Return the part that lies in another box; its area is 0 if there is none."""
        return Box(
            max(self.top, other.top),
            min(self.bottom, other.bottom),
            max(self.left, other.left),
            min(self.right, other.right),
        )

    def around(self, other: Box) -> Box:
        """Return the smallest box that holds this one and another."""
        return Box(
            min(self.top, other.top),
            max(self.bottom, other.bottom),
            min(self.left, other.left),
            max(self.right, other.right),
        )

    def within(self, other: Box) -> tuple[slice, slice]:
        """Return the box as an index into an array of a larger box."""
        return (
            slice(self.top - other.top, self.bottom - other.top),
            slice(self.left - other.left, self.right - other.left),
        )

    def quarters(self) -> Iterator[Box]:
        """Cut the box in four."""
        row, col = (self.top + self.bottom) // 2, (self.left + self.right) // 2
        for top, bottom in ((self.top, row), (row, self.bottom)):
            for left, right in ((self.left, col), (col, self.right)):
                yield Box(top, bottom, left, right)

    def windows(self, size: int) -> Iterator[Box]:
        """Cut the box along the multiples of a size; one without pixels into nothing."""
        if not self.area:
            return
        for row in range(self.top // size * size, self.bottom, size):
            for col in range(self.left // size * size, self.right, size):
                yield Box(row, row + size, col, col + size).clip(self)


@dataclass(frozen=True)
class PixelGrid:
    """The pixels of a raster on the Earth.

    Parameters
    ----------
    wkt
        The coordinate reference system as WKT.
    transform
        Affine from (column, row) to coordinates (x, y) of the CRS, x = lon in geographic ones;
        any: bottom-up, rotated and sheared rasters need no special case.
    width, height
        Columns and rows.
    """

    wkt: str
    transform: Affine
    width: int
    height: int

    @classmethod
    def of(cls, dataset: DatasetReader) -> PixelGrid:
        """Return the grid of an open raster."""
        return cls(dataset.crs.to_wkt(), dataset.transform, dataset.width, dataset.height)

    @classmethod
    def from_plain(cls, fields: Mapping[str, Any]) -> PixelGrid:
        """Return the grid that `plain` described."""
        transform = Affine(*fields["transform"])
        return cls(fields["crs"], transform, fields["width"], fields["height"])

    def plain(self) -> dict[str, Any]:
        """Return the grid as plain data: CRS as WKT, a, b, c, d, e, f of the affine, and size."""
        size = {"width": self.width, "height": self.height}
        return {"crs": self.wkt, "transform": list(self.transform[:6]), **size}

    @cached_property
    def crs(self) -> CRS:
        """The coordinate reference system."""
        from pyproj import CRS

        return CRS.from_wkt(self.wkt)

    @property
    def box(self) -> Box:
        """All pixels."""
        return Box(0, self.height, 0, self.width)

    def centres(self, rows: Int64s, cols: Int64s) -> tuple[Float64s, Float64s]:
        """Return x and y of pixel centres."""
        return apply_affine(self.transform, cols.astype(float) + 0.5, rows.astype(float) + 0.5)

    def pixels(self, x: Float64s, y: Float64s) -> tuple[Int64s, Int64s]:
        """Return the row and column of the pixels in which points lie, on or off the raster.

        Longitudes are met as the raster writes them, whether in -180..180, 0..360 or otherwise.
        """
        if self._turn:
            x = x - self._turn * self._turns(x)
        return self._pixels(x, y)

    def _pixels(self, x: Float64s, y: Float64s) -> tuple[Int64s, Int64s]:
        col, row = (
            np.floor(np.clip(np.where(np.isfinite(axis), axis, _FAR), _FAR, -_FAR) + _SNAP)
            for axis in apply_affine(~self.transform, x, y)
        )
        return row.astype(np.int64), col.astype(np.int64)

    @cached_property
    def _turn(self) -> float:
        """Once round the Earth, in units of x; 0 where x is no longitude."""
        if not self.crs.is_geographic:
            return 0.0
        return 2 * np.pi / self.crs.axis_info[0].unit_conversion_factor

    def _turns(self, x: Float64s) -> Float64s:
        """Return the turns by which longitudes lie off the one round the raster's middle.

        So the seam is as far from the raster as can be: what reaches over its edge stays whole.
        """
        west, _, east, _ = self.own_bounds
        first = (west + east - self._turn) / 2
        slack = _SNAP * (east - west) / self.width
        with np.errstate(invalid="ignore"):
            turns = np.floor((x - first + slack) / self._turn)
        turns[~np.isfinite(turns)] = 0.0
        return turns

    def holds(self, rows: Int64s, cols: Int64s) -> Mask:
        """Return which pixels are on the raster."""
        inside: Mask = (rows >= 0) & (rows < self.height) & (cols >= 0) & (cols < self.width)
        return inside

    def bounds(self, crs: CRS | str) -> Bounds:
        """Return west, south, east, north in a CRS; infinite where it has no place for it."""
        from pyproj import Transformer
        from pyproj.exceptions import ProjError

        box = self.own_bounds
        if self.crs == crs:
            return box
        try:
            transformer = Transformer.from_crs(self.crs, crs, always_xy=True)
            west, south, east, north = transformer.transform_bounds(*box, densify_pts=101)
        except ProjError:
            return (np.inf,) * 4
        return west, south, east, north

    @cached_property
    def own_bounds(self) -> Bounds:
        """West, south, east, north in the raster's own CRS, of one that is bottom-up too."""
        corners = np.array([[0, 0], [self.width, 0], [0, self.height], [self.width, self.height]]).T
        x, y = self.transform @ (corners[0], corners[1])
        return float(x.min()), float(y.min()), float(x.max()), float(y.max())

    def reach(self, other: PixelGrid) -> list[Box]:
        """Return the pixels that can lie on another grid: boxes with a margin to spare.

        There are two where the other one lies across the meridian at which this one begins.
        """
        west, south, east, north = other.bounds(LONLAT)
        east += 360.0 if west > east else 0.0  # across the antimeridian
        if not (east - west < WIDE and north - south < WIDE):
            return [self.box]  # over much of the globe, a box's edge does not enclose its image
        west, south, east, north = other.bounds(self.crs)
        east += self._turn if west > east else 0.0
        if not np.isfinite([west, south, east, north]).all():
            return [self.box]
        boxes = []
        for turn in self._other_turns():
            x, y = np.array([west, west, east, east]) + turn, np.array([south, north, south, north])
            box = around(*self._pixels(x, y))
            rows, cols = (size // 100 for size in box.shape)
            wide = Box(box.top - rows, box.bottom + rows, box.left - cols, box.right + cols)
            boxes.append(wide.clip(self.box))
        return [box for box in boxes if box.area]

    def _other_turns(self) -> tuple[float, ...]:
        """Return what to add to any x to meet this raster, however longitudes are written."""
        return (-self._turn, 0.0, self._turn) if self._turn else (0.0,)

    def touched_by(self, bounds: Bounds, margin: int = 0) -> Box:
        """Return the pixels that a lon/lat box touches, and some more on each side.

        Its area is 0 where there are none. Where the box lies across the meridian at which the
        raster begins, all that lies between its two parts is among them.
        """
        parts = [bounds] if self._turn else parts_near(bounds, self.bounds(LONLAT))
        boxes = [self._touched_by(part, margin) for part in parts]
        return reduce(Box.around, [box for box in boxes if box.area] or [Box(0, 0, 0, 0)])

    def _touched_by(self, bounds: Bounds, margin: int) -> Box:
        from pyproj import Transformer
        from pyproj.exceptions import ProjError

        transformer = Transformer.from_crs(LONLAT, self.crs, always_xy=True)
        try:
            west, south, east, north = transformer.transform_bounds(*bounds, densify_pts=101)
        except ProjError:
            return Box(0, 0, 0, 0)
        if not np.isfinite([west, south, east, north]).all():
            return Box(0, 0, 0, 0)
        found, shared = [], []
        for turn in self._other_turns():
            x, y = np.array([west, east, west, east]) + turn, np.array([south, south, north, north])
            cols, rows = ~self.transform @ (x, y)
            box = Box(
                int(np.floor(rows.min())) - margin,
                int(np.ceil(rows.max())) + margin,
                int(np.floor(cols.min())) - margin,
                int(np.ceil(cols.max())) + margin,
            )
            found.append(box.clip(self.box))
            if found[-1].area and min(cols.max(), self.width) - max(cols.min(), 0) > _SNAP:
                shared.append(found[-1])
        return reduce(Box.around, shared or [max(found, key=lambda box: box.area)])

    def meets(self, other: PixelGrid) -> bool:
        """Return whether the grid may share ground with another; those that merely touch do not."""
        west, south, east, north = self.bounds(other.crs)
        own = other.bounds(other.crs)
        if west > east:  # across the antimeridian; without a meaning on a plane
            east += other._turn
        if not np.isfinite([west, south, east, north]).all() or west > east:
            return True
        a, b, _, d, e, _ = tuple(other.transform)[:6]
        slack = 1e-3 * max(abs(a) + abs(b), abs(d) + abs(e))
        across = max(
            min(east + turn, own[2]) - max(west + turn, own[0]) for turn in other._other_turns()
        )
        along = min(north, own[3]) - max(south, own[1])
        return bool(min(across, along) > slack)

    def has_crs_of(self, other: PixelGrid) -> bool:
        """Return whether another grid has the same CRS."""
        return self.wkt == other.wkt or self.crs == other.crs

    def shift(self, other: PixelGrid) -> tuple[int, int] | None:
        """Return rows and columns to another grid's first pixel; None if the pixels differ."""
        if not self.has_crs_of(other):
            return None
        drift = Drift.between(self, other)
        return drift.place if drift.same_pixels and drift.whole else None


class Drift(NamedTuple):
    """How another grid lies on one of the same CRS, in pixels of the latter.

    Attributes
    ----------
    rows, cols
        To the other grid's origin.
    spread
        How far the other grid's last pixel lies from where it would if the pixels were the same.
    """

    rows: float
    cols: float
    spread: float

    @classmethod
    def between(cls, grid: PixelGrid, other: PixelGrid) -> Drift:
        """Return how another grid lies on one."""
        axes = ~grid.transform @ other.transform  # 1, 0, 0, 1 where steps and directions agree
        drift = max(abs(axes.a - 1), abs(axes.b), abs(axes.d), abs(axes.e - 1))
        return cls(axes.f, axes.c, drift * max(other.width, other.height))

    @property
    def same_pixels(self) -> bool:
        """Whether the pixels are of one size and direction."""
        return self.spread <= _ALIGNED

    @property
    def whole(self) -> bool:
        """Whether the origins lie whole pixels apart."""
        row, col = self.place
        return max(abs(self.rows - row), abs(self.cols - col)) <= _ALIGNED

    @property
    def place(self) -> tuple[int, int]:
        """Row and column nearest to the other grid's origin."""
        return round(self.rows), round(self.cols)


@dataclass(frozen=True)
class Pixels:
    """The way from pixels of one grid to those of another that hold their centres.

    Attributes
    ----------
    source, target : PixelGrid
        The grids.
    poles : tuple of (int, int)
        Pixels of the source grid, on the raster or off it, that the Earth's poles lie in.
    """

    source: PixelGrid
    target: PixelGrid
    poles: tuple[tuple[int, int], ...]
    _onto: Coordinates

    def __call__(self, rows: Int64s, cols: Int64s) -> tuple[Int64s, Int64s]:
        """Return rows and columns of the target's pixels."""
        return self.target.pixels(*self._onto(*self.source.centres(rows, cols)))

    def cover(self, box: Box) -> Box | None:
        """Bound the target's pixels that a box of the source's leads to; None if unknown.

        Where the way is continuous, the box's outline bounds all that lies within. It is not where
        the target's CRS has a seam, which the outline leaps over, and round a pole, which may be
        the one place at the far end of a whole row of pixels.
        """
        if any(
            box.top - 2 <= row <= box.bottom + 1 and box.left - 2 <= col <= box.right + 1
            for row, col in self.poles
        ):
            return None
        sides = [self(*side) for side in _outline(box)]
        rows, cols = (np.concatenate(axis) for axis in zip(*sides, strict=True))
        if not (rows > _FAR).all():
            return None
        for axis, whole in enumerate((rows, cols)):
            leap = max(int(np.abs(np.diff(side[axis])).max(initial=0)) for side in sides)
            if leap > 2 and 2 * leap > int(np.ptp(whole)):
                return None
        return around(rows, cols)


def part_of(grid: PixelGrid, box: Box) -> PixelGrid:
    """Return the grid of a part of a raster, along the raster's own pixel axes."""
    transform = grid.transform @ Affine.translation(box.left, box.top)
    return PixelGrid(grid.wkt, transform, box.shape[1], box.shape[0])


def pixels_onto(source: PixelGrid, target: PixelGrid) -> Pixels:
    """Return the way from pixels of one grid to those of another that hold their centres."""
    from pyproj import CRS

    there = coordinates(CRS.from_user_input(LONLAT), source.crs)
    rows, cols = source.pixels(*there(np.array([0.0, 0.0]), np.array([90.0, -90.0])))
    poles = tuple(zip(rows.tolist(), cols.tolist(), strict=True))
    return Pixels(source, target, poles, coordinates(source.crs, target.crs))


def _outline(box: Box) -> list[tuple[Int64s, Int64s]]:
    """Return rows and columns of the pixels along each of a box's edges."""
    rows, cols = np.arange(box.top, box.bottom), np.arange(box.left, box.right)
    along_rows = [(rows, np.full_like(rows, col)) for col in (box.left, box.right - 1)]
    return along_rows + [(np.full_like(cols, row), cols) for row in (box.top, box.bottom - 1)]


def around(rows: Int64s, cols: Int64s) -> Box:
    """Return the smallest box of pixels, with a margin of one for rounding."""
    return Box(int(rows.min()) - 1, int(rows.max()) + 2, int(cols.min()) - 1, int(cols.max()) + 2)

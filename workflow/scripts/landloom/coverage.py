"""Pixels of one raster on another: boxes, grids, and where a raster has data.

Rasters meet by the centres of their pixels, whatever their CRSs, axes and sizes: nothing is warped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from affine import Affine
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError
from rasterio.windows import Window

from landloom.embedding import EmbeddingInfo
from landloom.encoding import Mask
from landloom.raster import Floats, apply_affine

Integers = npt.NDArray[np.int64]
Coordinates = Callable[[Floats, Floats], tuple[Floats, Floats]]

LONLAT = "EPSG:4326"

_FAR = -(2**40)  # a pixel index that no raster has: the point lies nowhere on the grid's CRS
_SNAP = 1e-6  # pixels: centres on a pixel's edge belong to the next one, whatever the rounding


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
        return Window.from_slices((self.top, self.bottom), (self.left, self.right))

    def clip(self, other: Box) -> Box:
        """Give the part that lies in another box; its area is 0 if there is none."""
        return Box(
            max(self.top, other.top),
            min(self.bottom, other.bottom),
            max(self.left, other.left),
            min(self.right, other.right),
        )

    def within(self, other: Box) -> tuple[slice, slice]:
        """Give the box as an index into an array of a larger box."""
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
        """Cut the box along the multiples of a size."""
        for row in range(self.top // size * size, self.bottom, size):
            for col in range(self.left // size * size, self.right, size):
                yield Box(row, row + size, col, col + size).clip(self)


@dataclass(frozen=True)
class PixelGrid:
    """The pixels of a raster on the Earth."""

    crs: CRS
    transform: Affine
    width: int
    height: int

    @classmethod
    def of(cls, info: EmbeddingInfo) -> PixelGrid:
        """Give the grid of an embedding."""
        return cls(CRS.from_wkt(info.crs), info.affine, info.width, info.height)

    @property
    def box(self) -> Box:
        """All pixels."""
        return Box(0, self.height, 0, self.width)

    def centres(self, rows: Integers, cols: Integers) -> tuple[Floats, Floats]:
        """Give x and y of pixel centres."""
        return apply_affine(self.transform, cols.astype(float) + 0.5, rows.astype(float) + 0.5)

    def pixels(self, x: Floats, y: Floats) -> tuple[Integers, Integers]:
        """Give the row and column of the pixels in which points lie, on or off the raster.

        Longitudes are met as the raster writes them, whether in -180..180, 0..360 or otherwise.
        """
        if self._turn:
            x = x - self._turn * self._turns(x)
        return self._pixels(x, y)

    def _pixels(self, x: Floats, y: Floats) -> tuple[Integers, Integers]:
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

    def _turns(self, x: Floats) -> Floats:
        """Give the turns by which longitudes lie off the one round the raster's middle.

        So the seam is as far from the raster as can be: what reaches over its edge stays whole.
        """
        west, _, east, _ = self._box
        first = (west + east - self._turn) / 2
        slack = _SNAP * (east - west) / self.width
        with np.errstate(invalid="ignore"):
            turns = np.floor((x - first + slack) / self._turn)
        turns[~np.isfinite(turns)] = 0.0
        return turns

    def holds(self, rows: Integers, cols: Integers) -> Mask:
        """Say which pixels are on the raster."""
        inside: Mask = (rows >= 0) & (rows < self.height) & (cols >= 0) & (cols < self.width)
        return inside

    def bounds(self, crs: CRS | str) -> tuple[float, float, float, float]:
        """Give west, south, east, north in a CRS; infinite where it has no place for it."""
        box = self._box
        if self.crs == crs:
            return box
        try:
            transformer = Transformer.from_crs(self.crs, crs, always_xy=True)
            west, south, east, north = transformer.transform_bounds(*box, densify_pts=101)
        except ProjError:
            return (np.inf,) * 4
        return west, south, east, north

    @cached_property
    def _box(self) -> tuple[float, float, float, float]:
        """The bounds in the raster's own CRS, in order for one that is bottom-up too."""
        corners = np.array([[0, 0], [self.width, 0], [0, self.height], [self.width, self.height]]).T
        x, y = self.transform @ (corners[0], corners[1])
        return float(x.min()), float(y.min()), float(x.max()), float(y.max())

    def reach(self, other: PixelGrid) -> list[Box]:
        """Give the pixels that can lie on another grid: boxes with a margin to spare.

        There are two where the other one lies across the meridian at which this one begins.
        """
        west, south, east, north = other.bounds(LONLAT)
        east += 360.0 if west > east else 0.0  # across the antimeridian
        if not (east - west < 90 and north - south < 90):
            return [self.box]  # over much of the globe, a box's edge does not enclose its image
        west, south, east, north = other.bounds(self.crs)
        east += self._turn if west > east else 0.0
        if not np.isfinite([west, south, east, north]).all():
            return [self.box]
        boxes = []
        for turn in self._other_turns():
            x, y = np.array([west, west, east, east]) + turn, np.array([south, north, south, north])
            box = _around(*self._pixels(x, y))
            rows, cols = (size // 100 for size in box.shape)
            wide = Box(box.top - rows, box.bottom + rows, box.left - cols, box.right + cols)
            boxes.append(wide.clip(self.box))
        return [box for box in boxes if box.area]

    def _other_turns(self) -> tuple[float, ...]:
        """Give what is to be added to any x to meet this raster, however longitudes are written."""
        return (-self._turn, 0.0, self._turn) if self._turn else (0.0,)

    def meets(self, other: PixelGrid) -> bool:
        """Say whether the grid may share ground with another; those that merely touch do not."""
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

    def shift(self, other: PixelGrid) -> tuple[int, int] | None:
        """Give rows and columns to another grid's first pixel; None if the pixels differ."""
        if self.crs != other.crs:
            return None
        axes = ~self.transform @ other.transform
        drift = max(abs(axes.a - 1), abs(axes.b), abs(axes.d), abs(axes.e - 1))
        row, col = round(axes.f), round(axes.c)
        off = max(abs(axes.f - row), abs(axes.c - col))
        aligned = drift * max(other.width, other.height) <= 0.01 and off <= 0.01
        return (row, col) if aligned else None


def coordinates(source: CRS, target: CRS) -> Coordinates:
    """Give the function from a CRS to another, x (lon) before y (lat); equal ones cost nothing."""
    if source == target:
        return lambda x, y: (x, y)
    transform = Transformer.from_crs(source, target, always_xy=True).transform
    return lambda x, y: tuple(transform(x, y))


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

    def __call__(self, rows: Integers, cols: Integers) -> tuple[Integers, Integers]:
        """Give rows and columns of the target's pixels."""
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
        return _around(rows, cols)


def pixels_onto(source: PixelGrid, target: PixelGrid) -> Pixels:
    """Give the way from pixels of one grid to those of another that hold their centres."""
    there = coordinates(CRS.from_user_input(LONLAT), source.crs)
    rows, cols = source.pixels(*there(np.array([0.0, 0.0]), np.array([90.0, -90.0])))
    poles = tuple(zip(rows.tolist(), cols.tolist(), strict=True))
    return Pixels(source, target, poles, coordinates(source.crs, target.crs))


class Coverage:
    """A raster that answers for every pixel of another one: is there data at its centre?

    Where data are is read in aligned blocks, each once while it is in use, and kept as a byte per
    pixel in a cache of bounded size.

    Parameters
    ----------
    grid : PixelGrid
        The raster's pixels.
    side : int
        The side of the blocks, in pixels.
    valid : callable
        Reads which pixels of a window have data.

    Attributes
    ----------
    void : int
        How many pixels asked for so far lay on the raster, but not on data.
    """

    _cached = 128 * 2**20  # pixels
    _most = 2**24  # pixels looked at for one window

    def __init__(self, grid: PixelGrid, side: int, valid: Callable[[Window], Mask]) -> None:
        self.grid = grid
        self.void = 0
        self._side = side
        self._valid = valid
        self._block = lru_cache(maxsize=self._cached // side**2)(self._read)

    def has_data(self, box: Box, wanted: Mask, locate: Pixels) -> Mask:
        """Say which pixels of the other raster have their centre on data here.

        Parameters
        ----------
        box : Box
            Pixels of the other raster.
        wanted : bool ndarray, of the box's shape
            The pixels in question; the answer for the others is no.
        locate : Pixels
            Leads from the other raster's pixels to this one's.
        """
        answer = np.zeros_like(wanted)
        if not wanted.any():
            return answer
        outline = locate.cover(box)
        cover = outline.clip(self.grid.box) if outline else self.grid.box
        if not cover.area:
            return answer
        if max(box.shape) > 64 and (outline is None or cover.area > self._most):
            for part in box.quarters():
                view = part.within(box)
                answer[view] = self.has_data(part, wanted[view], locate)
            return answer
        if cover == outline and cover.area <= self._most:
            mask = self._mask(cover)
            if mask.all():
                return wanted
            if not mask.any():
                self.void += int(np.count_nonzero(wanted))
                return answer
        rows, cols = np.nonzero(wanted)
        there = self._at(*locate(rows + box.top, cols + box.left))
        answer[rows[there], cols[there]] = True
        return answer

    def _at(self, rows: Integers, cols: Integers) -> Mask:
        there = self.grid.holds(rows, cols)
        if there.any():
            found = self._look_up(rows[there], cols[there])
            self.void += int(np.count_nonzero(~found))
            there[there] = found
        return there

    def _look_up(self, rows: Integers, cols: Integers) -> Mask:
        cover = _around(rows, cols).clip(self.grid.box)
        if cover.area <= self._most:
            return self._mask(cover)[rows - cover.top, cols - cover.left]
        # Few pixels far apart: block by block, for what lies between them has no bound.
        found = np.empty(rows.shape, dtype=np.bool_)
        tops, lefts = rows // self._side * self._side, cols // self._side * self._side
        order = np.lexsort([lefts, tops])
        ends = np.flatnonzero(np.diff(tops[order]) | np.diff(lefts[order])) + 1
        for group in np.split(order, ends):
            top, left = int(tops[group[0]]), int(lefts[group[0]])
            found[group] = self._block(top, left)[rows[group] - top, cols[group] - left]
        return found

    def _mask(self, box: Box) -> Mask:
        mask = np.empty(box.shape, dtype=np.bool_)
        side = self._side
        for row in range(box.top // side * side, box.bottom, side):
            for col in range(box.left // side * side, box.right, side):
                block = Box(row, row + side, col, col + side)
                part = block.clip(box)
                mask[part.within(box)] = self._block(row, col)[part.within(block)]
        return mask

    def _read(self, row: int, col: int) -> Mask:
        box = Box(row, row + self._side, col, col + self._side).clip(self.grid.box)
        return self._valid(box.window)


def _outline(box: Box) -> list[tuple[Integers, Integers]]:
    """Give rows and columns of the pixels along each of a box's edges."""
    rows, cols = np.arange(box.top, box.bottom), np.arange(box.left, box.right)
    along_rows = [(rows, np.full_like(rows, col)) for col in (box.left, box.right - 1)]
    return along_rows + [(np.full_like(cols, row), cols) for row in (box.top, box.bottom - 1)]


def _around(rows: Integers, cols: Integers) -> Box:
    """Give the smallest box of pixels, with a margin of one for rounding."""
    return Box(int(rows.min()) - 1, int(rows.max()) + 2, int(cols.min()) - 1, int(cols.max()) + 2)

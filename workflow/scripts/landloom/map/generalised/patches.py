"""Patches of a map, strip by strip: connected pixels of one class, told as soon as they end.

Of a raster of any height only a strip is held, and what has been seen of the patches that reach its
lower edge. Patches that meet across the border of two strips become one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from affine import Affine
from rasterio.features import shapes
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from landloom.arrays import Float64s, Int32s, Int64s, UInt8s
from landloom.legend.values import NODATA


@dataclass(frozen=True)
class Patch:
    """A patch, or what has been seen of one.

    Attributes
    ----------
    value
        Its class.
    pixels
        How many.
    square_metres
        Their true area.
    first
        Its first pixel in reading order: (row, column).
    parts
        Its outlines in the strips that it runs through, x = column and y = row.
    """

    value: int
    pixels: int
    square_metres: float
    first: tuple[int, int]
    parts: tuple[shapely.Polygon, ...]

    @property
    def outline(self) -> shapely.Polygon:
        """The patch as one polygon along its pixels' edges, x = column and y = row."""
        if len(self.parts) == 1:
            return self.parts[0]
        # Corners where strips met lie on straight edges.
        return shapely.union_all(self.parts).simplify(0.0)


@dataclass(frozen=True)
class Strip:
    """Some rows of a map.

    Attributes
    ----------
    top
        The first row.
    codes
        Class values, 255 is no data, (rows, width).
    square_metres
        Areas of the pixels, (rows, width).
    """

    top: int
    codes: UInt8s
    square_metres: Float64s


def patches(strips: Iterable[Strip]) -> Iterator[list[Patch]]:
    """Yield the patches of a map: after each strip those that are known to end.

    Parameters
    ----------
    strips
        The map from top to bottom, without a gap.

    Yields
    ------
    list of Patch
        Pixels of one class that meet along their edges, by their first pixels. Of equal maps they
        are the same however they are cut, but for the lists into which they come.
    """
    growing = list[Patch]()
    above: Int32s | None = None  # of the last row, the place in `growing`, from 1; 0 is void
    for strip in strips:
        numbers, found = _in_strip(strip)
        touching = _touching(above, numbers[0], growing, found)
        whole, place = _merged([*growing, *found], touching)
        numbers = np.concatenate([[0], place[len(growing) :] + 1])[numbers]
        ends = np.ones(len(whole) + 1, np.bool_)
        ends[numbers[-1]] = False
        ended = [patch for patch, end in zip(whole, ends[1:], strict=True) if end]
        growing = [patch for patch, end in zip(whole, ends[1:], strict=True) if not end]
        above = np.concatenate([[0], np.cumsum(~ends[1:])])[numbers[-1]]
        yield _in_order(ended)
    yield _in_order(growing)


def _in_order(found: Iterable[Patch]) -> list[Patch]:
    return sorted(found, key=lambda patch: patch.first)


def _in_strip(strip: Strip) -> tuple[Int32s, list[Patch]]:
    """Return the number of each pixel's patch, from 1, 0 for void; and the patches in order."""
    numbers: Int32s = np.zeros(strip.codes.shape, np.int32)
    values = [NODATA]
    for value in np.unique(strip.codes[strip.codes != NODATA]).tolist():
        own = np.empty(numbers.shape, np.int32)
        count = ndimage.label(strip.codes == value, output=own)
        numbers[own > 0] = own[own > 0] + len(values) - 1
        values += [value] * count
    pixels = np.bincount(numbers.ravel(), minlength=len(values))
    areas = np.bincount(numbers.ravel(), strip.square_metres.ravel(), len(values))
    first = np.full(len(values), numbers.size)
    np.minimum.at(first, numbers.ravel(), np.arange(numbers.size))
    outlines = dict(_outlines(numbers, strip.top))
    found = []
    for number in range(1, len(values)):
        row, col = divmod(int(first[number]), numbers.shape[1])
        found.append(
            Patch(
                values[number],
                int(pixels[number]),
                float(areas[number]),
                (row + strip.top, col),
                (outlines[number],),
            )
        )
    return numbers, found


def _outlines(numbers: Int32s, top: int) -> Iterator[tuple[int, shapely.Polygon]]:
    # In whole numbers, so that strips meet exactly whatever the raster's transform.
    for outline, number in shapes(numbers, numbers > 0, transform=Affine.translation(0, top)):
        yield int(number), shapely.geometry.shape(outline)


def _touching(
    above: Int32s | None, below: Int32s, growing: Sequence[Patch], found: Sequence[Patch]
) -> Int64s:
    """Return pairs of patches of one class that meet across the border, (pairs, 2), from 0."""
    if above is None:
        return np.empty((0, 2), np.int64)
    there = (above > 0) & (below > 0)
    pairs = np.unique(np.stack([above[there], below[there]], axis=1).astype(np.int64), axis=0)
    same = [growing[a - 1].value == found[b - 1].value for a, b in pairs.tolist()]
    found_pairs: Int64s = pairs[np.array(same, np.bool_)] + np.array([-1, len(growing) - 1])
    return found_pairs


def _merged(parts: Sequence[Patch], touching: Int64s) -> tuple[list[Patch], Int64s]:
    """Return the patches that parts make up, and for each part which one it belongs to."""
    n = len(parts)
    links = coo_array((np.ones(len(touching)), touching.T), shape=(n, n))
    count, place = connected_components(links, directed=False) if n else (0, np.empty(0))
    members: list[list[Patch]] = [[] for _ in range(count)]
    for part, number in zip(parts, place.tolist(), strict=True):
        members[number].append(part)
    return [_one(group) for group in members], place.astype(np.int64)


def _one(parts: Sequence[Patch]) -> Patch:
    if len(parts) == 1:
        return parts[0]
    return Patch(
        value=parts[0].value,
        pixels=sum(part.pixels for part in parts),
        square_metres=sum(part.square_metres for part in parts),
        first=min(part.first for part in parts),
        parts=tuple(outline for part in parts for outline in part.parts),
    )

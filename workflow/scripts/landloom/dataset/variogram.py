"""How far land cover resembles itself: indicator variograms of the classes.

Of pairs of pixels at some distance, the semivariance of a class is half the share of those of which
one pixel alone is of it (Goovaerts 1997); summed over the classes it is the share of pairs of two
classes. From the distance on at which it grows no more, the range, pixels tell nothing of each
other. Test places nearer to training places than that are easier than others (Roberts et al. 2017;
Valavi et al. 2019, who take the range for the size of blocks).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from pyproj import Geod

from landloom.arrays import Float64s, Int64s, Mask
from landloom.dataset.lattice import Lattice
from landloom.dataset.stack_view import StackView

_WGS84 = Geod(ellps="WGS84")

LAGS = 20
"""Classes of distance, each wider than the one before by the same factor."""

PAIRS_OF_A_LAG = 5000
"""Pairs that are drawn for each; fewer are of the dataset on both ends."""

_FEWEST_PAIRS = 100
"""Pairs without which a lag is left out, and a class's range is not told."""

_RANGES = 400
"""Ranges that are tried."""

_LAGS_WITHIN = 2
"""Lags that have to lie below a range."""

_LEAST_STRUCTURE = 0.05
"""Share of the sill that has to depend on distance, for a range to be told."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of pixels.

    Attributes
    ----------
    metres
        (n,) from one to the other, over the ground.
    one, other
        (n,) class indices.
    """

    metres: Float64s
    one: Int64s
    other: Int64s


@dataclass(frozen=True)
class Variogram:
    """Semivariances by distance.

    Attributes
    ----------
    metres
        (lags,) mean distance of the pairs of each lag.
    pairs
        (lags,) how many there are.
    classes
        (lags, classes) semivariance of each class.
    """

    metres: Float64s
    pairs: Int64s
    classes: Float64s

    @classmethod
    def of(cls, pairs: Pairs, edges: Float64s, count: int) -> Variogram:
        """Return the variogram of some pairs; lags of few pairs are left out.

        Parameters
        ----------
        pairs
            At any distance.
        edges
            Metres, ascending: a lag lies between two of them, the first included.
        count
            Classes.
        """
        lag = np.digitize(pairs.metres, edges) - 1
        inside = (lag >= 0) & (lag < len(edges) - 1)
        lag, lags = lag[inside], len(edges) - 1
        one, other = pairs.one[inside], pairs.other[inside]
        number = np.bincount(lag, minlength=lags)
        metres = np.bincount(lag, weights=pairs.metres[inside], minlength=lags)
        differ = one != other
        cells = np.concatenate([lag[differ] * count + side[differ] for side in (one, other)])
        single = np.bincount(cells, minlength=lags * count).reshape(lags, count)
        enough = number >= _FEWEST_PAIRS
        number = number[enough]
        return cls(metres[enough] / number, number, single[enough] / (2 * number[:, None]))

    @property
    def together(self) -> Float64s:
        """(lags,) semivariance of all classes: the chance that two pixels are of two classes."""
        total: Float64s = self.classes.sum(axis=1)
        return total


@dataclass(frozen=True)
class Fit:
    """A spherical model, fitted to semivariances.

    Attributes
    ----------
    nugget, sill
        Semivariance at no distance, and beyond the range.
    range
        Metres; None where there is none to tell.
    why
        Why not: ``none`` (semivariance hardly depends on distance), ``beyond`` (it still grows at
        the largest), ``within`` (it grows no more from the shortest range on that lags can tell),
        ``rare`` (too few pairs); None where there is a range.
    """

    nugget: float
    sill: float
    range: float | None
    why: str | None


def shortest_range(metres: Float64s) -> float:
    """Return the shortest range (m) that can be told from lags at some distances, (lags,)."""
    return float(metres[_LAGS_WITHIN])


def fit_spherical(metres: Float64s, values: Float64s, pairs: Int64s) -> Fit:
    """Fit ``nugget + part * (1.5 d/r - 0.5 (d/r)^3)``, constant from the range ``r`` on.

    By least squares, each lag weighted by its pairs: for each of many ranges nugget and part, which
    are not negative, follow at once; the best range is taken.

    Parameters
    ----------
    metres, values, pairs
        (lags,) distance, semivariance and number of pairs.
    """
    if len(metres) <= _LAGS_WITHIN or 2 * float(values @ pairs) < _FEWEST_PAIRS:
        return Fit(0.0, 0.0, None, "rare")
    ranges = np.geomspace(shortest_range(metres), metres[-1], _RANGES)
    nuggets, parts, misfits = _linear_fits(_spherical(metres, ranges), values, pairs / pairs.sum())
    best = int(np.argmin(misfits))
    nugget, part = float(nuggets[best]), float(parts[best])
    why = None
    if part < _LEAST_STRUCTURE * (nugget + part):
        why = "none"
    elif best in (0, _RANGES - 1):
        why = "beyond" if best else "within"
    return Fit(nugget, nugget + part, None if why else float(ranges[best]), why)


def _spherical(metres: Float64s, ranges: Float64s) -> Float64s:
    """Return the model of part 1 without nugget, (ranges, lags)."""
    share = np.minimum(metres / ranges[:, None], 1.0)
    shape: Float64s = 1.5 * share - 0.5 * share**3
    return shape


def _linear_fits(
    shapes: Float64s, values: Float64s, weights: Float64s
) -> tuple[Float64s, Float64s, Float64s]:
    """Return nugget, part and misfit of each shape, (ranges,); weights add up to 1."""
    mean, level = shapes @ weights, values @ weights
    spread = (shapes - mean[:, None]) ** 2 @ weights
    slope = ((shapes - mean[:, None]) * (values - level)) @ weights
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(spread > 0, slope / spread, 0.0)
    part = np.maximum(part, 0.0)
    nugget = level - part * mean
    # Without nugget the part is that of a line through nothing.
    below = nugget < 0
    part = np.where(below, (shapes * values) @ weights / (shapes**2 @ weights), part)
    nugget = np.where(below, 0.0, nugget)
    misfit = (nugget[:, None] + part[:, None] * shapes - values) ** 2 @ weights
    return nugget, part, misfit


class PixelField:
    """The pixels of all samples, found by their place.

    Parameters
    ----------
    views
        The splits, with their arrays.
    lattice
        Of the patches.
    """

    def __init__(self, views: Sequence[StackView], lattice: Lattice) -> None:
        places = [view.places() for view in views]
        self._lattice = lattice
        self._views = views
        self._split = np.repeat(np.arange(len(views)), [len(rows) for rows, _ in places])
        self._sample = np.concatenate([np.arange(len(rows)) for rows, _ in places])
        self._rows = np.concatenate([rows for rows, _ in places])
        self._cols = np.concatenate([cols for _, cols in places])
        self._order = np.argsort(self._keys(self._rows, self._cols))

    def _keys(self, rows: Int64s, cols: Int64s) -> Int64s:
        return rows * self._lattice.shape[1] + cols

    @cached_property
    def _sorted(self) -> Int64s:
        return self._keys(self._rows, self._cols)[self._order]

    def edges(self) -> Float64s:
        """Return the bounds of lags (m): from under a pixel to a third of the samples' diagonal.

        That is as far as gstat looks, unless it is told otherwise (Pebesma 2004).
        """
        top, bottom = self._rows.min(), self._rows.max() + 1
        left, right = self._cols.min(), self._cols.max() + 1
        across = self._metres(top, left, bottom, right), self._metres(bottom, left, top, right)
        return np.geomspace(0.9 * min(self._pixel_metres), max(across) / 3, LAGS + 1)

    def _metres(self, *places: float) -> float:
        row, col, other_row, other_col = np.asarray(places, float)
        lon, lat = self._lattice.lonlat([row, other_row], [col, other_col])
        return float(_WGS84.inv(lon[0], lat[0], lon[1], lat[1])[2])

    def pairs(self, rng: np.random.Generator, low: float, high: float, count: int) -> Pairs:
        """Draw pairs of pixels of the dataset some distance apart, in any direction.

        Parameters
        ----------
        rng
            Draws them.
        low, high
            Metres, about: a pixel has the size that it has in the middle.
        count
            Pairs that are drawn; those of which one lies in no sample are left out.
        """
        size = self._lattice.size
        across, down = self._pixel_metres
        patch = rng.integers(len(self._rows), size=count)
        y, x = rng.integers(size, size=(2, count))
        distance = rng.uniform(low, high, count)
        angle = rng.uniform(0.0, 2 * np.pi, count)
        dy = np.rint(distance * np.sin(angle) / down).astype(np.int64)
        dx = np.rint(distance * np.cos(angle) / across).astype(np.int64)
        row, y_there = np.divmod(self._rows[patch] * size + y + dy, size)
        col, x_there = np.divmod(self._cols[patch] * size + x + dx, size)
        there, found = self._find(row, col)
        found &= (dy != 0) | (dx != 0)
        patch, y, x = patch[found], y[found], x[found]
        there, y_there, x_there = there[found], y_there[found], x_there[found]
        here_place, there_place = self._place(patch, y, x), self._place(there, y_there, x_there)
        _, _, metres = _WGS84.inv(*here_place, *there_place)
        return Pairs(metres, self._labels(patch, y, x), self._labels(there, y_there, x_there))

    @cached_property
    def _pixel_metres(self) -> tuple[float, float]:
        """Width and height of a pixel on the ground, in the middle of the samples."""
        row, col = float(np.median(self._rows)), float(np.median(self._cols))
        size = self._lattice.size
        return (
            self._metres(row, col, row, col + 1) / size,
            self._metres(row, col, row + 1, col) / size,
        )

    def _find(self, rows: Int64s, cols: Int64s) -> tuple[Int64s, Mask]:
        """Return which patches lie at some places, and where there are any."""
        inside = (cols >= 0) & (cols < self._lattice.shape[1])
        keys = self._keys(rows, cols)
        at = np.minimum(np.searchsorted(self._sorted, keys), len(self._sorted) - 1)
        return self._order[at], inside & (self._sorted[at] == keys)

    def _place(self, patch: Int64s, y: Int64s, x: Int64s) -> tuple[Float64s, Float64s]:
        """Return lon and lat of pixels' centres."""
        size = self._lattice.size
        return self._lattice.lonlat(
            self._rows[patch] + (y + 0.5) / size, self._cols[patch] + (x + 0.5) / size
        )

    def _labels(self, patch: Int64s, y: Int64s, x: Int64s) -> Int64s:
        """Return the class indices of pixels, each read by itself."""
        found = np.empty(len(patch), np.int64)
        for number, view in enumerate(self._views):
            here = self._split[patch] == number
            found[here] = view.labels_at(self._sample[patch[here]], y[here], x[here])
        return found

"""Which samples a figure shows: neighbours of the lattice, so that one sees how they continue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landloom.arrays import Int64s


@dataclass(frozen=True)
class Neighbourhood:
    """A full rectangle of patches that lie side by side on the lattice.

    Attributes
    ----------
    row, col
        Lattice row and column of its upper left patch.
    samples
        (rows, columns): the sample of each place.
    """

    row: int
    col: int
    samples: Int64s


def find_neighbourhood(rows: Int64s, cols: Int64s, most: int, seed: int) -> Neighbourhood:
    """Choose a rectangle of patches of which none is missing, as large as there is.

    Parameters
    ----------
    rows, cols
        Lattice places of the samples, (n,) with n >= 1, each place once.
    most
        The most patches along a side.
    seed
        Of the choice among rectangles of the same size; of equal areas the squarest is taken.
    """
    index_of = _Lookup(rows, cols)
    right = index_of(rows, cols + 1)
    below = index_of(rows + 1, cols)
    across = _run_lengths(right, most)
    area = [0, 0]
    best: tuple[int, int, Int64s] | None = None
    width = across
    for height in range(1, most + 1):
        found = int(width.max(initial=0))
        if not found:
            break
        if [height * found, -abs(height - found)] > area:
            area = [height * found, -abs(height - found)]
            best = (height, found, np.flatnonzero(width == found))
        # One row more: as wide as it was, and no wider than what begins below.
        width = np.where(below >= 0, np.minimum(across, width[below]), 0)
    assert best is not None  # a single patch is a rectangle
    height, found, starts = best
    start = int(np.random.default_rng(seed).choice(starts))
    row, col = int(rows[start]), int(cols[start])
    down, along = np.mgrid[:height, :found]
    return Neighbourhood(row, col, index_of(row + down, col + along))


class _Lookup:
    """Where on the lattice there is which sample."""

    def __init__(self, rows: Int64s, cols: Int64s) -> None:
        self._origin = int(cols.min()) - 1
        self._width = int(cols.max()) - self._origin + 2
        places = self._places(rows, cols)
        self._order = np.argsort(places)
        self._sorted = places[self._order]

    def _places(self, rows: Int64s, cols: Int64s) -> Int64s:
        return rows.astype(np.int64) * self._width + (cols - self._origin)

    def __call__(self, rows: Int64s, cols: Int64s) -> Int64s:
        """Return the samples at some places, or beside those of samples; -1 where there is none."""
        places = self._places(rows, cols)
        spot = np.minimum(np.searchsorted(self._sorted, places), self._sorted.size - 1)
        return np.where(self._sorted[spot] == places, self._order[spot], -1)


def _run_lengths(following: Int64s, most: int) -> Int64s:
    """Return how many patches follow one another from each on, itself counted, up to a limit."""
    length = np.ones_like(following)
    for _ in range(most - 1):
        length = np.where(following >= 0, np.minimum(1 + length[following], most), 1)
    return length


def choose(count: int, most: int, seed: int) -> Int64s:
    """Draw at most so many of `count` samples without replacement, in ascending order."""
    drawn = np.random.default_rng(seed).choice(count, min(count, most), replace=False)
    return np.sort(drawn)

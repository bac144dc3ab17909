"""Which footprints can meet at all: those whose balls in space do."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from landloom.arrays import Float64s, Indices

_PAIRS_AT_ONCE = 200_000
_QUERIES = 20_000


def pairs_that_may_meet(
    centres: Float64s, radii: Float64s, most: int = _PAIRS_AT_ONCE
) -> Iterator[tuple[Indices, Indices]]:
    """Yield pairs of balls that meet, each pair once, some at a time.

    Balls of like size are looked for together, so that one large footprint among many small ones
    does not have all compared with all.

    Parameters
    ----------
    centres, radii : float64, (n, 3) and (n,)
        The balls, in metres.
    most
        About how many pairs are held at once, or those of one ball.

    Yields
    ------
    tuple of ndarray
        The numbers of the two of each pair, the first the lower.
    """
    size = np.floor(np.log2(np.maximum(radii, 1e-3))).astype(np.int64)
    groups = [np.flatnonzero(size == one) for one in np.unique(size)]
    trees = [cKDTree(centres[group]) for group in groups]
    for small, large in combinations_with_replacement(range(len(groups)), 2):
        asking, asked = groups[large], groups[small]
        reach = radii[asking] + radii[asked].max()
        for some, found in points_within(trees[small], centres[asking], reach, most):
            one, other = asking[some], asked[found]
            meet = (
                np.linalg.norm(centres[one] - centres[other], axis=1) <= radii[one] + radii[other]
            )
            meet &= (one < other) if small == large else True
            one, other = one[meet], other[meet]
            yield np.minimum(one, other), np.maximum(one, other)


def points_within(
    tree: cKDTree, places: Float64s, reach: Float64s, most: int = _PAIRS_AT_ONCE
) -> Iterator[tuple[Indices, Indices]]:
    """Yield which places have which points of a tree within their reach, some pairs at a time.

    Parameters
    ----------
    tree
        Points in space.
    places, reach : float64, (n, 3) and (n,)
        In metres.
    most
        About how many pairs are held at once, or those of one place.
    """
    for start in range(0, len(places), _QUERIES):
        some = slice(start, start + _QUERIES)
        counts = tree.query_ball_point(places[some], reach[some], return_length=True)
        for part in _parts(counts, most):
            own = np.arange(start + part.start, start + part.stop)
            lists = tree.query_ball_point(places[own], reach[own])
            found = np.concatenate([np.asarray(one, np.intp) for one in lists])
            yield np.repeat(own, counts[part]), found


def _parts(counts: npt.NDArray[np.integer], most: int) -> Iterator[slice]:
    """Yield slices of which the counts sum up to no more than some, or that are of one."""
    ends = np.cumsum(counts)
    start = 0
    while start < len(counts):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + most, side="right")))
        yield slice(start, stop)
        start = stop

"""Folds whose samples lie as far from those learned from as the places to be predicted do: kNNDM.

References
----------
Linnenbrink, J., Milà, C., Ludwig, M., Meyer, H. (2024), "kNNDM CV: k-fold nearest-neighbour
distance matching cross-validation for map accuracy estimation", Geosci. Model Dev. 17, 5897-5912.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import linkage
from scipy.spatial import cKDTree
from scipy.stats import ks_2samp, wasserstein_distance

from landloom.arrays import Float64s, Indices, Int64s
from landloom.map.crossval.distances import nearest, nearest_elsewhere, nearest_other

MOST_CLUSTERED = 5000
"""Points that are clustered: all pairs of them take 100 MB, twice."""

_TRIED = 100
"""Numbers of clusters that are tried; fewer where some are equal."""

SIGNIFICANT = 0.05
"""The p from which on distances count as alike."""

_EXACT = 10_000
"""Pairs of distances from which on the test takes the limit of its distribution, as R does."""


@dataclass(frozen=True)
class Matched:
    """Folds that match distances.

    Attributes
    ----------
    folds
        (points,), 0 to ``k - 1``; None where points lie no closer together than places lie to them,
        so that random folds serve, and where there are too few points to be clustered.
    p
        Of the test whether they lie closer together: one-sided Kolmogorov-Smirnov.
    clusters
        The number of clusters that the folds were merged from; None without folds.
    """

    folds: Int64s | None
    p: float
    clusters: int | None = None


def match_folds(
    points: Float64s, places: Float64s, k: int, *, largest: float = 0.5, seed: int = 0
) -> Matched:
    """Cut points into folds by kNNDM.

    Points are clustered (Ward). For each of up to 100 numbers of clusters, from `k` up, clusters of
    at least a k-th of the points are folds; the others are dealt out to the remaining folds in the
    order of their first principal component. Of all the folds that come of it, those are taken
    whose distances to the nearest point of another fold are most like the distances from places to
    the nearest point: that have the least `distance_gap`.

    Of more than 5,000 points as many are drawn and clustered, every other point goes with the
    nearest of these, and distances are compared from those drawn to all points.

    Parameters
    ----------
    points, places
        (n, axes) and (m, axes), in one unit of length.
    k
        Number of folds.
    largest
        The largest share of the points that a fold may have.
    seed
        Draws points where there are more than 5,000.
    """
    wanted = nearest(points, places)
    p = _closer(nearest_other(points), wanted)
    if p >= SIGNIFICANT:
        return Matched(None, p)
    drawn, owner = _drawn(points, seed)
    if len(drawn) - 2 < k:
        return Matched(None, p)
    merges = linkage(points[drawn], "ward")
    component = _first_component(points)
    best: tuple[float, Int64s, int] | None = None
    for clusters in _numbers(k, len(drawn)):
        labels = cut_tree(merges, clusters)[owner]
        folds = merge_clusters(labels, component, k)
        if np.bincount(folds, minlength=k).max() > largest * len(points):
            continue
        gap = distance_gap(points, folds, wanted, drawn)
        if best is None or gap < best[0]:
            best = gap, folds, clusters
    return Matched(best[1], p, best[2]) if best else Matched(None, p)


def distance_gap(
    points: Float64s, folds: Int64s, wanted: Float64s, asked: Indices | None = None
) -> float:
    """Return W: the area between the distribution of distances to other folds and a wanted one.

    Parameters
    ----------
    points, folds, asked
        As `landloom.map.crossval.distances.nearest_elsewhere` takes them.
    wanted
        Distances from places to the nearest point, (places,).

    Returns
    -------
    float
        In the unit of the points; Wasserstein's distance of order 1.
    """
    return float(wasserstein_distance(nearest_elsewhere(points, folds, asked), wanted))


def cut_tree(merges: Float64s, clusters: int) -> Int64s:
    """Return the clusters that a tree has before its last merges, (n,), 0 and on.

    Parameters
    ----------
    merges
        As `scipy.cluster.hierarchy.linkage` gives them, (n - 1, 4).
    clusters
        How many, 1 to n; where heights are equal, too.
    """
    n = len(merges) + 1
    done = n - clusters
    top = np.arange(n + done)
    for child in (0, 1):
        top[merges[:done, child].astype(np.int64)] = np.arange(n, n + done)
    while not np.array_equal(above := top[top], top):
        top = above
    found: Int64s = np.unique(top[:n], return_inverse=True)[1].astype(np.int64)
    return found


def merge_clusters(labels: Int64s, component: Float64s, k: int) -> Int64s:
    """Merge clusters into folds.

    Parameters
    ----------
    labels
        Clusters, (n,), from 0 on, at least `k`.
    component
        The points' first principal component, (n,).
    k
        Number of folds, each of which gets a cluster.

    Returns
    -------
    int64, (n,)
    """
    sizes = np.bincount(labels)
    centres = np.bincount(labels, component) / sizes
    order = np.argsort(centres, kind="stable")
    large = order[sizes[order] * k >= len(labels)]
    small = order[sizes[order] * k < len(labels)]
    fold_of = np.empty(len(sizes), np.int64)
    fold_of[large] = np.arange(len(large))
    if small.size:
        fold_of[small] = len(large) + np.arange(len(small)) % (k - len(large))
    return fold_of[labels]


def _closer(among: Float64s, wanted: Float64s) -> float:
    """Return the p of the test whether distances are shorter than those wanted."""
    method = "exact" if len(among) * len(wanted) < _EXACT else "asymp"
    return float(ks_2samp(among, wanted, alternative="greater", method=method).pvalue)


def _drawn(points: Float64s, seed: int) -> tuple[Indices, Indices]:
    """Return the points that are clustered, and for each point its place among them."""
    n = len(points)
    if n <= MOST_CLUSTERED:
        return np.arange(n), np.arange(n)
    drawn = np.sort(np.random.default_rng(seed).choice(n, MOST_CLUSTERED, replace=False))
    return drawn, cKDTree(points[drawn]).query(points)[1]


def _numbers(k: int, n: int) -> list[int]:
    numbers = np.round(np.exp(np.linspace(np.log(k), np.log(n - 2), _TRIED)))
    return [int(number) for number in np.unique(numbers)]


def _first_component(points: Float64s) -> Float64s:
    """Return the points' first principal component, whose largest loading is positive."""
    centred = points - points.mean(axis=0)
    axis = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    component: Float64s = centred @ (axis * np.sign(axis[np.argmax(np.abs(axis))]))
    return component

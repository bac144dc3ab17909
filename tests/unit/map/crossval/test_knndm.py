"""kNNDM: published cases, and a slow implementation that shares nothing with ours."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import cdist
from sklearn.cluster import AgglomerativeClustering

from landloom.map.crossval import knndm
from landloom.map.crossval.distances import nearest, nearest_elsewhere, nearest_other
from landloom.map.crossval.knndm import cut_tree, distance_gap, match_folds, merge_clusters

SIX = np.array([(1, 1), (1, 2), (2, 2), (2, 3), (1, 4), (5, 4)], dtype=float)
"""The training points of CAST's own tests, in an area of 10 by 10."""


def regular(n: int) -> np.ndarray:
    """Return what sf's `st_sample(type="regular")` draws there after R's `set.seed(1)`."""
    side = np.sqrt(100 / n)
    at = (np.arange(10 * r % side, 10 + 1e-9, side) for r in (0.2655086631421, 0.3721238996368))
    x, y = np.meshgrid(*at)
    return np.column_stack([x.ravel(), y.ravel()])


@pytest.mark.parametrize(("n", "w"), [(20, 1.091896), (1000, 1.200384)])
def test_the_published_cases_of_cast(n: int, w: float) -> None:
    places = regular(n)
    found = match_folds(SIX, places, 2, largest=0.8)
    assert found.clusters == 3
    assert found.folds is not None
    assert found.folds.tolist() in ([0, 0, 0, 0, 1, 1], [1, 1, 1, 1, 0, 0])
    assert distance_gap(SIX, found.folds, nearest(SIX, places)) == pytest.approx(w, abs=1e-6)


def test_a_fold_above_the_largest_share_is_refused() -> None:
    assert match_folds(SIX, regular(20), 2, largest=0.6).folds is None  # four of six are too many


def clustered(seed: int, n: int = 150, clumps: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Return clustered points in a square of 100, and places all over it."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, 100, (clumps, 2))
    points = centres[rng.integers(clumps, size=n)] + rng.normal(0, 2, (n, 2))
    return points, rng.uniform(0, 100, (400, 2))


def area_between(a: np.ndarray, b: np.ndarray) -> float:
    """Return the area between two empirical distribution functions, step by step."""
    steps = sorted({*a.tolist(), *b.tolist()})
    return sum(
        abs(np.mean(a <= low) - np.mean(b <= low)) * (high - low) for low, high in pairwise(steps)
    )


def slow_match(points: np.ndarray, places: np.ndarray, k: int) -> float:
    """Return the least W of all configurations, by distance matrices and plain loops."""
    n = len(points)
    among = cdist(points, points)
    wanted = cdist(places, points).min(axis=1)
    centred = points - points.mean(axis=0)
    component = centred @ np.linalg.svd(centred)[2][0]
    best = np.inf
    for clusters in sorted({round(np.exp(v)) for v in np.linspace(np.log(k), np.log(n - 2), 100)}):
        labels = AgglomerativeClustering(clusters, linkage="ward").fit_predict(points)
        order = sorted(range(clusters), key=lambda c, own=labels: component[own == c].mean())
        large = [c for c in order if np.sum(labels == c) >= n / k]
        fold = {c: number for number, c in enumerate(large)}
        left = [number for number in range(k) if number not in fold.values()]
        for turn, c in enumerate(c for c in order if c not in fold):
            fold[c] = left[turn % len(left)]
        folds = np.array([fold[c] for c in labels])
        if max(np.mean(folds == number) for number in range(k)) > 0.5:
            continue
        other = np.where(folds[:, None] != folds[None, :], among, np.inf).min(axis=1)
        best = min(best, area_between(other, wanted))
    return best


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("k", [3, 5])
def test_w_is_that_of_a_slow_implementation(seed: int, k: int) -> None:
    points, places = clustered(seed, 60, 9)
    found = match_folds(points, places, k)
    assert found.folds is not None
    w = distance_gap(points, found.folds, nearest(points, places))
    assert w == pytest.approx(slow_match(points, places, k), rel=0.01)


@pytest.mark.parametrize("seed", range(5))
def test_distances_are_matched_better_than_at_random(seed: int) -> None:
    points, places = clustered(seed)
    wanted = nearest(points, places)
    found = match_folds(points, places, 5)
    assert found.p < 0.05
    assert found.folds is not None
    sizes = np.bincount(found.folds, minlength=5)
    assert sizes.min() > 0
    assert sizes.max() <= len(points) / 2
    chance = np.random.default_rng(seed).permutation(np.arange(len(points)) % 5)
    gap, random_gap = (distance_gap(points, folds, wanted) for folds in (found.folds, chance))
    assert gap < random_gap / 2


def test_points_like_the_places_need_no_matching() -> None:
    rng = np.random.default_rng(1)
    found = match_folds(rng.uniform(size=(200, 2)), rng.uniform(size=(500, 2)), 5)
    assert found.folds is None
    assert found.p >= 0.05


@pytest.mark.parametrize("n", [4, 5, 6])
def test_too_few_points_to_be_clustered(n: int) -> None:
    points = np.random.default_rng(0).normal(0, 1e-3, (n, 2))
    assert match_folds(points, np.random.default_rng(1).uniform(50, 100, (100, 2)), 5).folds is None


def test_of_many_points_some_are_clustered(monkeypatch: pytest.MonkeyPatch) -> None:
    points, places = clustered(0, 900)
    wanted = nearest(points, places)
    whole = match_folds(points, places, 5)
    monkeypatch.setattr(knndm, "MOST_CLUSTERED", 300)
    some = match_folds(points, places, 5, seed=3)
    assert whole.folds is not None
    assert some.folds is not None
    assert np.bincount(some.folds, minlength=5).max() <= 450
    gaps = [distance_gap(points, found.folds, wanted) for found in (whole, some)]
    assert gaps[1] == pytest.approx(gaps[0], rel=0.25)
    again = match_folds(points, places, 5, seed=3)
    assert np.array_equal(some.folds, again.folds)


@given(st.integers(3, 40), st.integers(0, 10**6), st.booleans())
def test_a_tree_is_cut_into_as_many_clusters_as_are_asked_for(
    n: int, seed: int, ties: bool
) -> None:
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 3, (n, 2)).astype(float) if ties else rng.normal(size=(n, 2))
    merges = linkage(points, "ward")
    finer = np.arange(n)
    for clusters in range(n, 0, -1):
        labels = cut_tree(merges, clusters)
        assert np.unique(labels).tolist() == list(range(clusters))
        assert len({*zip(finer, labels, strict=True)}) == np.unique(finer).size  # none is parted
        finer = labels
        if not ties:
            expected = AgglomerativeClustering(clusters, linkage="ward").fit_predict(points)
            assert len({*zip(expected, labels, strict=True)}) == clusters


@given(st.data())
def test_merging_leaves_clusters_whole_and_no_fold_empty(data: st.DataObject) -> None:
    k = data.draw(st.integers(2, 6))
    sizes = data.draw(st.lists(st.integers(1, 9), min_size=k, max_size=15))
    labels = np.repeat(np.arange(len(sizes)), sizes)
    component = np.random.default_rng(len(labels)).normal(size=len(labels))
    folds = merge_clusters(labels, component, k)
    assert np.unique(folds).tolist() == list(range(k))
    assert len({*zip(labels.tolist(), folds.tolist(), strict=True)}) == len(sizes)
    for cluster, size in enumerate(sizes):
        if size >= len(labels) / k:
            own = folds[labels == cluster][0]
            assert np.count_nonzero(folds == own) == size  # alone


def test_clusters_are_dealt_out_along_the_component() -> None:
    labels = np.repeat(np.arange(7), [2, 2, 2, 2, 2, 2, 9])
    component = np.repeat([5.0, 1.0, 3.0, 0.0, 4.0, 2.0, 9.0], [2, 2, 2, 2, 2, 2, 9])
    folds = merge_clusters(labels, component, 3)
    assert [int(folds[labels == cluster][0]) for cluster in range(7)] == [2, 2, 2, 1, 1, 1, 0]


@settings(max_examples=40)
@given(st.integers(4, 40), st.integers(2, 4), st.integers(0, 10**6))
def test_distances_are_those_of_the_whole_matrix(n: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, 3))
    folds = rng.permutation(np.arange(n) % k)
    among = cdist(points, points)
    np.fill_diagonal(among, np.inf)
    assert nearest_other(points) == pytest.approx(among.min(axis=1))
    elsewhere = np.where(folds[:, None] != folds[None, :], among, np.inf).min(axis=1)
    assert nearest_elsewhere(points, folds) == pytest.approx(elsewhere)
    asked = rng.choice(n, n // 2, replace=False)
    assert nearest_elsewhere(points, folds, asked) == pytest.approx(elsewhere[asked])

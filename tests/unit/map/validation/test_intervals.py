"""Intervals: what they are, and that they hold the true figures as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landloom.map.validation.estimators import Counts, Estimate, estimate
from landloom.map.validation.intervals import Intervals, dirichlet, reaching, wald, wilson

SHARES = np.array([0.02, 0.08, 0.30, 0.60])
TRUE = np.array(
    [
        [0.88, 0.0, 0.07, 0.05],
        [0.0, 0.80, 0.08, 0.12],
        [0.004, 0.01, 0.90, 0.086],
        [0.003, 0.005, 0.035, 0.957],
    ]
)
"""Shares of the classes on the map, and of what each is in reference."""


def test_wald_stays_between_none_and_all() -> None:
    assert wald(Estimate(0.5, 0.1)) == pytest.approx((0.304004, 0.695996), abs=1e-6)
    assert wald(Estimate(0.99, 0.1)) == pytest.approx((0.794004, 1.0), abs=1e-6)
    assert wald(Estimate(0.5, None)) is None


@pytest.mark.parametrize(
    ("right", "of", "limits"),
    [  # Newcombe (1998), Statistics in Medicine 17, table I, method 3
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_wilsons_are_those_published(right: int, of: int, limits: tuple[float, float]) -> None:
    assert wilson(right, of) == pytest.approx(limits, abs=5e-5)


def test_wilsons_of_none_and_all() -> None:
    assert wilson(0, 0) is None
    low, high = wilson(29, 29) or (0, 0)
    assert high == pytest.approx(1)
    assert low == pytest.approx(1 - (wilson(0, 29) or (0, 0))[1])


def sample(rng: np.random.Generator, points: list[int]) -> Counts:
    cells = np.zeros((4, 4, 4), np.int64)
    for i, number in enumerate(points):
        cells[i, i] = rng.multinomial(number, TRUE[i])
    return Counts(cells, SHARES)


def test_the_draws_hang_on_the_seed_alone() -> None:
    counts = sample(np.random.default_rng(0), [75, 75, 165, 325])
    assert dirichlet(counts, 1) == dirichlet(counts, 1) != dirichlet(counts, 2)


def test_what_no_point_has_still_has_an_upper_limit() -> None:
    cells = np.zeros((2, 2, 2), np.int64)
    cells[0, 0, 0], cells[1, 1] = 50, [50, 0]
    found = dirichlet(Counts(cells, np.array([0.5, 0.5])), 0)
    low, high = found.shares[1] or (1, 0)
    assert low == pytest.approx(0, abs=1e-3)
    assert 0.005 < high < 0.1


def test_nothing_is_told_of_a_class_without_points_on_the_map() -> None:
    cells = np.zeros((1, 2, 2), np.int64)
    cells[0, 0] = [9, 1]
    assert dirichlet(Counts(cells, np.array([1.0])), 0).users[1] is None


def coverage(points: list[int], samples: int) -> dict[str, np.ndarray]:
    """Return how often both kinds of intervals hold OA, UA, PA and shares."""
    rng = np.random.default_rng(20260101)
    cells = SHARES[:, None] * TRUE
    right, reference = np.diag(cells), cells.sum(axis=0)
    truth = [np.trace(cells), *right / SHARES, *right / reference, *reference]
    held = {"wald": np.zeros(13), "dirichlet": np.zeros(13)}
    for number in range(samples):
        counts = sample(rng, points)
        found = estimate(counts)
        figures = [found.overall, *found.users, *found.producers, *found.shares]
        drawn: Intervals = dirichlet(counts, number, 2000)
        limits = [drawn.overall, *drawn.users, *drawn.producers, *drawn.shares]
        for place, true in enumerate(truth):
            for kind, interval in (("wald", wald(figures[place])), ("dirichlet", limits[place])):
                low, high = interval or (1, 0)
                held[kind][place] += low <= true <= high
    return {kind: hits / samples for kind, hits in held.items()}


@pytest.mark.slow
@pytest.mark.parametrize("points", [[75, 75, 165, 325], [234, 234, 516, 1016]])
def test_the_drawn_intervals_hold_what_is_true(points: list[int]) -> None:
    held = coverage(points, 2000)
    names = ["OA", *(f"{kind} {i}" for kind in ("UA", "PA", "area") for i in range(1, 5))]
    for row in zip(names, held["wald"], held["dirichlet"], strict=True):
        print("{:8} Wald {:.3f}  Dirichlet {:.3f}".format(*row))
    assert ((held["dirichlet"] >= 0.92) & (held["dirichlet"] <= 0.98)).all()
    assert held["wald"][names.index("PA 1")] < 0.92  # the class of 2 %


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 40), st.integers(0, 40), st.integers(1, 40), st.integers(0, 40))
def test_what_is_reported_never_shuts_out_the_estimate(a: int, b: int, c: int, d: int) -> None:
    cells = np.array([[[a, b], [0, 0]], [[0, 0], [d, c]]])
    counts = Counts(cells, np.array([0.9, 0.1]))
    figures, drawn = estimate(counts), dirichlet(counts, 3, 200)
    pairs = [(figures.overall, drawn.overall), *zip(figures.users, drawn.users, strict=True)]
    pairs += [*zip(figures.producers, drawn.producers, strict=True)]
    for figure, limits in [*pairs, *zip(figures.shares, drawn.shares, strict=True)]:
        assert figure.value is not None
        assert limits is not None
        low, high = reaching(limits, figure.value)
        assert low <= figure.value <= high
        assert low <= limits[0] <= limits[1] <= high
        if limits[0] <= figure.value <= limits[1]:
            assert (low, high) == limits


def test_where_no_point_disagrees_the_interval_reaches_one() -> None:
    """The case that was seen: 1.000 beside 0.545 to 0.998."""
    cells = np.array([[[3, 0], [0, 0]], [[0, 0], [0, 3]]])
    low, high = dirichlet(Counts(cells, np.ones(2)), 0).overall or (0, 0)
    assert 0 < low < high < 1
    assert reaching((low, high), 1.0) == (low, 1.0)

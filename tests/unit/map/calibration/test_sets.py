"""Sets: quantiles by their definition, and that they hold what they promise."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landloom.errors import LandloomError
from landloom.map.calibration.sets import (
    effective_numbers,
    fewest,
    mask_type,
    masks,
    members,
    quantiles,
    refuse_many,
    scores,
)

LEVELS = st.integers(1, 99).map(lambda percent: percent / 100)


def of_one(strange: Any, level: float, weight: Any = None) -> float:
    strange = np.asarray(strange, float)
    weight = np.ones(strange.size) if weight is None else np.asarray(weight, float)
    return float(quantiles(strange, np.zeros(strange.size, int), weight, level, 1)[0])


@pytest.mark.parametrize(
    ("n", "level", "rank"),
    [(9, 0.9, 9), (10, 0.9, 10), (19, 0.9, 18), (99, 0.9, 90), (100, 0.9, 91), (4, 0.8, 4),
     (99, 0.29, 29), (99, 0.07, 7), (1, 0.5, 1)],
)  # fmt: skip
def test_the_quantile_is_a_score_of_the_class_by_its_rank(n: int, level: float, rank: int) -> None:
    strange = np.random.default_rng(n).permutation(np.arange(1, n + 1) / 1000)
    assert of_one(strange, level) == rank / 1000


@given(LEVELS, st.integers(0, 200))
def test_too_few_are_those_whose_rank_is_beyond_the_last(level: float, n: int) -> None:
    rank = -(-(n + 1) * Fraction(round(100 * level), 100) // 1)
    assert (n >= fewest(level)) == (0 < rank <= n)
    assert np.isinf(of_one(np.arange(n), level)) == (n < fewest(level))


def test_the_fewest_by_hand() -> None:
    assert [fewest(level) for level in (0.5, 0.8, 0.9, 0.95, 0.99)] == [1, 4, 9, 19, 99]


def slow_quantile(strange: Any, weight: Any, level: Fraction) -> float:
    """Go through the scores from the least on, in fractions."""
    total, squares = sum(weight), sum(w * w for w in weight)
    for limit in sorted(strange):
        if sum(w for s, w in zip(strange, weight, strict=True) if s <= limit) >= level * (
            total + Fraction(squares, total)
        ):
            return float(limit)
    return float("inf")


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 9)), min_size=1, max_size=40),
    st.integers(1, 99),
)
def test_weighted_quantiles_are_those_of_a_slow_search(pairs: Any, percent: int) -> None:
    strange, weight = zip(*pairs, strict=True)
    expected = slow_quantile(strange, weight, Fraction(percent, 100))
    assert of_one(strange, percent / 100, weight) == expected
    assert of_one(strange, percent / 100, np.array(weight) / 7) == expected


def test_each_class_has_its_own() -> None:
    strange = np.concatenate([np.arange(9) / 10, np.arange(19) / 100, np.arange(8)])
    label = np.repeat([2, 0, 3], [9, 19, 8])
    found = quantiles(strange, label, np.ones(36), 0.9, 4)
    np.testing.assert_array_equal(found, [0.17, np.inf, 0.8, np.inf])


@pytest.mark.parametrize(("n", "level"), [(19, 0.9), (30, 0.9), (47, 0.8)])
def test_sets_hold_the_class_as_often_as_promised(n: int, level: float) -> None:
    """Mean coverage over draws lies in [level, level + 1 / (n + 1)], for scores without ties."""
    rng = np.random.default_rng(0)
    draws = 4000
    limits = np.array([of_one(rng.random(n), level) for _ in range(draws)])
    coverage = limits.mean()  # of a score that is drawn evenly from 0 to 1
    error = 4 * limits.std() / np.sqrt(draws)
    assert level - error <= coverage <= level + 1 / (n + 1) + error


def test_weights_mend_a_sample_that_was_drawn_unevenly() -> None:
    """A stratum of 9 tenths of a class has a fifth of its sample, and higher scores."""
    rng = np.random.default_rng(0)
    held = []
    for _ in range(600):
        strange = np.concatenate([rng.random(80) ** 2, rng.random(20)])
        weight = np.repeat([0.1 / 80, 0.9 / 20], [80, 20])
        limit = min(1.0, of_one(strange, 0.8, weight))
        held.append(0.1 * np.sqrt(limit) + 0.9 * limit)
    assert 0.8 - 0.01 <= np.mean(held) <= 0.8 + 0.05


def test_equal_weights_are_worth_their_number() -> None:
    label = np.array([0, 0, 0, 2, 2])
    np.testing.assert_allclose(effective_numbers(label, np.full(5, 7.0), 3), [3, 0, 2])
    found = effective_numbers(label, np.array([1.0, 1, 2, 1, 3]), 3)
    np.testing.assert_allclose(found, [16 / 6, 0, 16 / 10])


def test_scores_by_hand() -> None:
    shares = np.array([[60, 0, 33], [40, 100, 33], [0, 0, 33]], np.uint8)
    expected = [
        [1 - 120 / 201, 1 - 1 / 202, 2 / 3],
        [1 - 80 / 201, 1 - 200 / 202, 2 / 3],
        [1 - 1 / 201, 1 - 1 / 202, 2 / 3],
    ]
    np.testing.assert_allclose(scores(shares), expected, rtol=1e-15)


@given(st.lists(st.integers(0, 100), min_size=2, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_classes_changes_no_score_by_a_bit(shares: list[int], random: Any) -> None:
    order = list(range(len(shares)))
    random.shuffle(order)
    column = np.array(shares, np.uint8)[:, None]
    np.testing.assert_array_equal(scores(column)[order], scores(column[order]))
    assert scores(column).min() >= 0
    assert scores(column).max() < 1


def test_members_and_masks_by_hand() -> None:
    strange = np.array([[0.2, 0.9], [0.5, 0.9], [0.7, 0.9]])
    inside = members(strange, np.array([0.2, 0.4, np.inf]))
    np.testing.assert_array_equal(inside, [[True, False], [False, False], [True, True]])
    np.testing.assert_array_equal(masks(inside), [0b101, 0b100])
    assert masks(np.zeros((3, 1), bool))[0] == 0


@pytest.mark.parametrize(
    ("classes", "kind"), [(1, "uint8"), (7, "uint8"), (8, "uint16"), (15, "uint16"),
                          (16, "uint32"), (31, "uint32")],
)  # fmt: skip
def test_the_full_set_is_not_what_stands_for_no_data(classes: int, kind: str) -> None:
    assert mask_type(classes) == np.dtype(kind)
    full = masks(np.ones((classes, 1), bool))
    assert full.dtype == np.dtype(kind)
    assert full[0] == 2**classes - 1 < np.iinfo(kind).max


def test_more_classes_than_bits_are_refused() -> None:
    refuse_many(31)
    with pytest.raises(
        LandloomError, match=r"map\.calibration: the map has 32 classes.* 31; merge"
    ):
        refuse_many(32)

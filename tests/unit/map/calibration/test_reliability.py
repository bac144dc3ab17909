"""Figures of calibration: by hand, and by a slow count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landloom.map.calibration.reliability import BINS, brier, expected_error, reliability_bins


def test_the_error_by_hand() -> None:
    """Weights 1 and 1 at 0.9 and 0.92, half right; 2 at 0.3, right: (2·0.41 + 2·0.7) / 4."""
    bins = reliability_bins(
        np.array([0.9, 0.92, 0.3]), np.array([True, False, True]), np.array([1.0, 1.0, 2.0])
    )
    assert expected_error(bins) == pytest.approx((2 * 0.41 + 2 * 0.7) / 4)
    filled = {place: bin_ for place, bin_ in enumerate(bins) if bin_["n"]}
    assert filled.keys() == {4, 13}
    assert filled[13] == {
        "from": 13 / 15, "to": 14 / 15, "n": 2, "share": 0.5, "accuracy": 0.5,
        "confidence": pytest.approx(0.91),
    }  # fmt: skip
    assert bins[0]["confidence"] is None


@pytest.mark.parametrize(("confidence", "place"), [(0.0, 0), (0.2, 2), (0.21, 3), (1.0, 14)])
def test_a_bin_holds_its_upper_limit(confidence: float, place: int) -> None:
    bins = reliability_bins(np.array([confidence]), np.array([True]), np.ones(1))
    assert [bin_["n"] for bin_ in bins].index(1) == place


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.floats(0.1, 9)), min_size=1))
def test_the_error_is_that_of_a_slow_count(rows: list[tuple[float, bool, float]]) -> None:
    bins = reliability_bins(*(np.array(column) for column in zip(*rows, strict=True)))
    expected, total = 0.0, sum(row[2] for row in rows)
    for place in range(BINS):
        low, high = place / BINS, (place + 1) / BINS
        own = [r for r in rows if low < r[0] <= high or (place == 0 and r[0] == 0)]
        expected += abs(sum(w * (c - right) for c, right, w in own)) / total
    assert expected_error(bins) == pytest.approx(expected, abs=1e-12)
    assert sum(bin_["n"] for bin_ in bins) == len(rows)


def test_the_brier_score_by_hand() -> None:
    probabilities = np.array([[1.0, 0.5, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 1.0]])
    label = np.array([0, 1, 0])
    assert brier(probabilities, label, np.ones(3)) == pytest.approx((0 + 0.5 + 2) / 3)
    assert brier(probabilities, label, np.array([1.0, 4, 1])) == pytest.approx((0 + 2 + 2) / 6)

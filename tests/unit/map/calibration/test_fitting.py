"""Tables: what they are fitted to, and what they make of shares."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

from landloom.map.calibration.evidence import Evidence
from landloom.map.calibration.fitting import fit_tables, isotonic, temperature, tempered
from landloom.map.calibration.tables import probabilities


def evidence(shares: Any, label: Any, weight: Any = None) -> Evidence:
    """Return evidence of percents, (classes, n)."""
    shares, label = np.asarray(shares, np.uint8), np.asarray(label, np.int64)
    weight = np.ones(label.size) if weight is None else np.asarray(weight, float)
    part = np.arange(label.size) % 5
    classes = np.arange(len(shares)) * 10
    return Evidence(classes, shares, label, shares.argmax(axis=0), weight, part)


def drawn(n: int, classes: int = 4, sharp: float = 2.0, seed: int = 0) -> Evidence:
    """Return votes that are more timid (sharp above 1) or bolder than what happens."""
    rng = np.random.default_rng(seed)
    shares = np.rint(100 * rng.dirichlet(np.full(classes, 0.8), n)).astype(np.uint8)
    chance = np.maximum(shares / 100, 0.005) ** sharp
    chance /= chance.sum(axis=1, keepdims=True)
    label = (rng.random((n, 1)) > chance.cumsum(axis=1)[:, :-1]).sum(axis=1)
    return evidence(shares.T, label)


class Votes(ClassifierMixin, BaseEstimator):
    """Give the shares themselves as probabilities."""

    def fit(self, X: Any, y: Any) -> Self:  # noqa: ARG002
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X: Any) -> Any:
        return X / X.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> Any:
        return self.classes_[X.argmax(axis=1)]


def by_sklearn(found: Evidence, method: str) -> Any:
    X = found.percents.T.astype(float)
    frozen = FrozenEstimator(Votes().fit(X, found.label))
    return CalibratedClassifierCV(frozen, method=method).fit(X, found.label).predict_proba(X).T


def exact_percents(n: int, seed: int, least: int) -> Evidence:
    """Return shares that add up to 100, none below the least."""
    rng = np.random.default_rng(seed)
    shares = rng.multinomial(100 - 3 * least, rng.dirichlet(np.ones(3), n)).T + least
    label = (rng.random(n) > np.cumsum(shares, axis=0)[:-1] / 100).sum(axis=0)
    return evidence(shares, label)


@pytest.mark.parametrize("seed", range(3))
def test_without_a_hold_the_curves_are_those_of_sklearn(seed: int) -> None:
    found = exact_percents(400, seed, 0)
    ours = probabilities(isotonic(found, held=0), found.percents)
    np.testing.assert_allclose(ours, by_sklearn(found, "isotonic"), atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_temperature_is_that_of_sklearn(seed: int) -> None:
    found = exact_percents(400, seed, 1)
    tables = tempered(temperature(found), 3)
    ours = probabilities(tables, found.percents)
    np.testing.assert_allclose(ours, by_sklearn(found, "temperature"), atol=1e-6)


def slow_isotonic(x: Any, y: Any, weight: Any) -> Any:
    """Return the rising fit at 0 to 100 by its formula: the max of mins of means.

    Between places without weight it is a straight line, beyond the last ones level.
    """
    places = np.unique(x)
    total = np.array([0.0, *(weight[x == place].sum() for place in places)]).cumsum()
    right = np.array([0.0, *((weight * y)[x == place].sum() for place in places)]).cumsum()
    with np.errstate(invalid="ignore", divide="ignore"):  # mean from a place to another one
        mean = (right[None, 1:] - right[:-1, None]) / (total[None, 1:] - total[:-1, None])
    fitted = [mean[: at + 1, at:].min(axis=1).max() for at in range(places.size)]
    return np.interp(np.arange(101), places, fitted)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.5, 10.0]))
def test_each_curve_is_held_to_the_common_one(seed: int, held: float) -> None:
    rng = np.random.default_rng(seed)
    shares = rng.integers(0, 101, (2, 25))
    weight = rng.uniform(0.2, 3, 25)
    found = evidence(shares, rng.integers(0, 2, 25), weight)
    truth = found.truth.astype(float)
    common = slow_isotonic(shares.ravel(), truth.ravel(), np.tile(weight, 2))
    tables = isotonic(found, held)
    for own, right, table in zip(shares, truth, tables, strict=True):
        x, y = np.r_[own, np.arange(101)], np.r_[right, common]
        expected = slow_isotonic(x, y, np.r_[weight, np.full(101, held)])
        np.testing.assert_allclose(table, expected, atol=1e-9)


def test_a_curve_by_hand() -> None:
    """20 %: 1 of 4 right; 60 %: 2 of 4; 80 %: 1 of 4, which is joined to the one before."""
    shares = [[20] * 4 + [60] * 4 + [80] * 4, [80] * 4 + [40] * 4 + [20] * 4]
    label = [0, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 1]
    table = isotonic(evidence(shares, label), held=0)[0]
    expected = np.interp(np.arange(101), [20, 60, 80], [1 / 4, 3 / 8, 3 / 8])
    np.testing.assert_allclose(table, expected, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(2, 6),
    st.integers(1, 60),
    st.sampled_from(["isotonic", "temperature"]),
)
def test_tables_rise_and_probabilities_add_up(seed: int, classes: int, n: int, method: Any) -> None:
    rng = np.random.default_rng(seed)
    shares = rng.integers(0, 101, (classes, n))
    tables = fit_tables(method, evidence(shares, rng.integers(0, classes, n), rng.uniform(1, 5, n)))
    assert tables.shape == (classes, 101)
    assert tables.min() >= 0
    assert tables.max() <= 1
    assert (np.diff(tables, axis=1) >= -1e-12).all()
    made = probabilities(tables, rng.integers(0, 101, (classes, 40)).astype(np.uint8))
    np.testing.assert_allclose(made.sum(axis=0), 1)
    assert made.min() >= 0


def test_weights_count_like_copies() -> None:
    found = drawn(60)
    times = np.random.default_rng(1).integers(1, 4, 60)
    copies = evidence(found.percents.repeat(times, axis=1), found.label.repeat(times))
    weighted = evidence(found.percents, found.label, times)
    np.testing.assert_allclose(isotonic(copies), isotonic(weighted), atol=1e-12)
    assert temperature(copies) == pytest.approx(temperature(weighted), rel=1e-6)


@pytest.mark.parametrize("sharp", [0.5, 1.0, 2.0])
def test_the_temperature_that_shares_were_made_with_is_found(sharp: float) -> None:
    assert temperature(drawn(20_000, sharp=sharp)) == pytest.approx(1 / sharp, rel=0.05)


def test_a_class_of_many_samples_outvotes_the_hold() -> None:
    """Class 0 is right half as often as its votes say, the others make up for it."""
    rng = np.random.default_rng(0)
    own = rng.integers(0, 101, 200_000)
    label = np.where(rng.random(own.size) < own / 200, 0, rng.integers(1, 3, own.size))
    found = evidence([own, (100 - own) // 2, (100 - own) // 2], label)
    np.testing.assert_allclose(isotonic(found)[0][5:96], np.arange(5, 96) / 200, atol=0.03)


def test_what_no_table_holds_likely_is_equally_likely() -> None:
    tables = np.zeros((4, 101))
    tables[0, 50] = 0.2
    shares = np.array([[50, 0], [50, 100], [0, 0], [0, 0]], np.uint8)
    np.testing.assert_array_equal(probabilities(tables, shares).T, [[1, 0, 0, 0], [0.25] * 4])


def test_probabilities_by_hand() -> None:
    tables = np.array([np.arange(101) / 100, np.arange(101) / 200])
    made = probabilities(tables, np.array([[60, 20], [40, 80]], np.uint8))
    np.testing.assert_allclose(made, [[0.75, 1 / 3], [0.25, 2 / 3]])

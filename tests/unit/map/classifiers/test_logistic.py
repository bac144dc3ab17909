"""Logistic regression in blocks labels as scikit-learn does, and exactly where rounding decides."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from landloom.map.classifiers.kinds import load_classifier
from landloom.map.classifiers.logistic import (
    MOST_STEPS,
    FlatLogistic,
    fit_logistic,
    notes_on_logistic,
)
from landloom.map.encoding import decode

SEEDS = st.integers(0, 2**32 - 1)


def exact_scores(flat: FlatLogistic, row: np.ndarray) -> list[Fraction]:
    values = [Fraction(float(value)) for value in row]
    return [
        sum((Fraction(w) * x for w, x in zip(weights, values, strict=True)), Fraction(start))
        for weights, start in zip(flat.weights.tolist(), flat.intercepts.tolist(), strict=True)
    ]


def own(weights: np.ndarray, intercepts: np.ndarray) -> LogisticRegression:
    """Return scikit-learn's regression with these coefficients."""
    model = LogisticRegression()
    model.classes_ = 5 * np.arange(len(weights))
    model.coef_, model.intercept_ = weights, intercepts
    model.n_features_in_ = weights.shape[1]
    return model


def problem(
    classes: int = 5, bands: int = 12, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(classes, bands))
    y = rng.integers(0, classes, 400)
    y[:classes] = np.arange(classes)
    X = (centres[y] + rng.normal(size=(400, bands))).astype(np.float32)
    return X, 7 * y, rng.normal(size=(5000, bands)).astype(np.float32)


@given(classes=st.integers(2, 9), bands=st.integers(1, 70), seed=SEEDS)
@settings(max_examples=25)
def test_labels_are_those_of_scikit_learn(classes: int, bands: int, seed: int) -> None:
    X, y, rows = problem(classes, bands, seed)
    model = fit_logistic(X, y, {"C": 1.0})
    found = FlatLogistic.from_model(model).predict(rows, confidence=True, probabilities=True)
    np.testing.assert_array_equal(found.labels, model.predict(rows))
    np.testing.assert_allclose(found.probabilities, model.predict_proba(rows), atol=1e-14, rtol=0)
    np.testing.assert_array_equal(found.confidence, found.probabilities.max(axis=1))


@given(classes=st.integers(3, 8), bands=st.integers(1, 9), seed=SEEDS)
@settings(max_examples=40)
def test_of_equal_scores_the_first_wins(classes: int, bands: int, seed: int) -> None:
    # Whole numbers: no sum is rounded, and many scores are equal.
    rng = np.random.default_rng(seed)
    weights = rng.integers(-2, 3, (classes, bands)).astype(np.float64)
    model = own(weights, rng.integers(-1, 2, classes).astype(np.float64))
    rows = rng.integers(-2, 3, (300, bands)).astype(np.float32)
    found = FlatLogistic.from_model(model).predict(rows)
    np.testing.assert_array_equal(found.labels, model.predict(rows))


@given(bands=st.integers(2, 40), scale=st.floats(-8, 8), seed=SEEDS)
@settings(max_examples=25)
def test_exact_arithmetic_decides_where_rounding_would(bands: int, scale: float, seed: int) -> None:
    # Classes whose weights differ in their last bits: sums tell them apart by chance.
    rng = np.random.default_rng(seed)
    weights = np.repeat(rng.normal(size=(1, bands)), 4, axis=0) * 10**scale
    weights += rng.integers(-2, 3, weights.shape) * np.spacing(weights)
    flat = FlatLogistic(np.arange(4), weights, np.full(4, 1.0), "")
    rows = rng.normal(size=(40, bands)).astype(np.float32)
    exact = [exact_scores(flat, row) for row in rows]
    assert flat.predict(rows).labels.tolist() == [scores.index(max(scores)) for scores in exact]


def test_scikit_learn_is_contradicted_only_where_it_rounds() -> None:
    rng = np.random.default_rng(1)
    weights = np.repeat(rng.normal(size=(1, 30)), 5, axis=0)
    weights += rng.integers(-1, 2, weights.shape) * np.spacing(weights)
    model = own(weights, np.zeros(5))
    flat, rows = FlatLogistic.from_model(model), rng.normal(size=(800, 30)).astype(np.float32)
    differ = np.flatnonzero(flat.predict(rows).labels != model.predict(rows))
    assert differ.size > 20
    for row in rows[differ]:
        scores = exact_scores(flat, row)
        size = max(sum(abs(w * x) for w, x in zip(each, row, strict=True)) for each in weights)
        assert max(scores) - sorted(scores)[-2] < size * 32 * 2.0**-52


def test_classes_with_the_same_scores_everywhere_need_no_second_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X, y, rows = problem()
    flat = FlatLogistic.from_model(fit_logistic(X, y, {"C": 1.0}))
    twice = FlatLogistic(
        np.arange(10), np.tile(flat.weights, (2, 1)), np.tile(flat.intercepts, 2), ""
    )

    def never(*_: object) -> int:
        raise AssertionError

    monkeypatch.setattr(FlatLogistic, "_look_again", never)
    np.testing.assert_array_equal(
        flat.classes[twice.predict(rows).labels], flat.predict(rows).labels
    )


def test_it_is_a_regression_on_standardised_bands() -> None:
    X, y, rows = problem()
    X = X * np.float32(3) + np.float32(100)
    X[:, 4] *= np.float32(1e-5)
    X[:, 5] = 2.5
    regression = LogisticRegression(C=0.3, max_iter=MOST_STEPS, tol=1e-10)
    plain = make_pipeline(StandardScaler(), regression)
    exact = X.astype(np.float64)
    model = fit_logistic(X, y, {"C": 0.3})
    expected = plain.fit(exact, y).predict_proba(exact)
    np.testing.assert_allclose(model.predict_proba(exact), expected, atol=1e-6)
    np.testing.assert_array_equal(model.predict(exact), plain.predict(exact))
    assert rows.size


@given(seed=SEEDS)
@settings(max_examples=10)
def test_stored_bytes_are_predicted_as_what_they_mean(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.integers(-127, 128, (900, 9)).astype(np.int8)
    X = decode(codes[:200], "alphaearth")
    table = decode(np.arange(-128, 128).astype(np.int8), "alphaearth")
    model = fit_logistic(X, rng.integers(0, 4, 200), {"C": 10.0})
    found = FlatLogistic.from_model(model).with_codes(table, -128).predict(codes)
    np.testing.assert_array_equal(found.labels, model.predict(decode(codes, "alphaearth")))


def test_a_row_is_predicted_alike_whatever_is_beside_it() -> None:
    X, y, rows = problem()
    flat = FlatLogistic.from_model(fit_logistic(X, y, {"C": 1.0}))
    whole = flat.predict(rows, probabilities=True)
    chosen = np.random.default_rng(0).permutation(len(rows))[:701]
    part = flat.predict(np.ascontiguousarray(rows.T).T, chosen, probabilities=True)
    assert whole.probabilities is not None
    assert part.probabilities is not None
    assert part.probabilities.tobytes() == whole.probabilities[chosen].tobytes()


def test_scores_far_apart_give_probabilities_of_0_and_1() -> None:
    flat = FlatLogistic(np.arange(3), np.array([[0.0], [1e4], [-1e300]]), np.zeros(3), "")
    found = flat.predict(np.ones((1, 1), np.float32), probabilities=True).probabilities
    np.testing.assert_allclose(found, [[0, 1, 0]], atol=1e-300)


def test_one_class_is_all_there_is(tmp_path: Path) -> None:
    X, _, rows = problem()
    model = fit_logistic(X, np.full(len(X), 9), {"C": 1.0})
    assert set(model.predict(X)) == {9}
    flat = FlatLogistic.from_model(model)
    found = flat.predict(rows, confidence=True)
    assert set(found.labels) == {9}
    assert set(np.asarray(found.confidence)) == {1.0}
    flat.save(tmp_path / "one.npz")
    assert load_classifier(tmp_path / "one.npz").classes.tolist() == [9]


def test_it_comes_back_from_its_file(tmp_path: Path) -> None:
    X, y, rows = problem()
    flat = FlatLogistic.from_model(fit_logistic(X, y, {"C": 1.0}))
    flat.save(tmp_path / "a.npz")
    again = load_classifier(tmp_path / "a.npz")
    assert again.kind == "logistic"
    np.testing.assert_array_equal(again.predict(rows).labels, flat.predict(rows).labels)


def test_a_fit_that_has_not_settled_is_told() -> None:
    X, y, _ = problem()
    model = fit_logistic(X, y, {"C": 1.0})
    assert notes_on_logistic(model) == []
    model.n_iter_ = np.array([MOST_STEPS])
    (note,) = notes_on_logistic(model)
    assert "map.tuning.logistic.C" in note

"""Nearest neighbours in blocks say what scikit-learn's own say, to the last bit, ties included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from landloom.map.classifiers.kinds import load_classifier
from landloom.map.classifiers.knn import FlatNeighbours, as_pipeline, fit_knn
from landloom.map.encoding import decode

ENOUGH = 2100
"""Rows from which scikit-learn goes through the samples in their order on two processors, too."""

K = st.sampled_from([1, 2, 3, 5, 7, 8, 9, 12, 16, 17, 40])
WEIGHTS = st.sampled_from(["uniform", "distance"])


def same_as_scikit_learn(X: np.ndarray, y: np.ndarray, rows: np.ndarray, params: Any) -> None:
    model = fit_knn(X, y, params)
    found = FlatNeighbours.from_model(model).predict(rows, confidence=True, probabilities=True)
    enough = np.resize(rows.astype(np.float64), (max(ENOUGH, len(rows)), rows.shape[1]))
    shares = model.predict_proba(enough)[: len(rows)]
    np.testing.assert_array_equal(found.labels, model.predict(enough)[: len(rows)])
    assert found.probabilities is not None
    assert found.confidence is not None
    assert found.probabilities.tobytes() == shares.tobytes()
    np.testing.assert_array_equal(found.confidence, shares.max(axis=1))


@given(
    levels=st.integers(1, 6),
    bands=st.integers(1, 6),
    classes=st.integers(1, 12),
    k=K,
    weights=WEIGHTS,
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=30)
def test_ties_of_distances_and_of_votes(
    levels: int, bands: int, classes: int, k: int, weights: str, seed: int
) -> None:
    # Values of few levels: samples lie on one another, and pixels at equal distances of many.
    rng = np.random.default_rng(seed)
    X = rng.integers(0, levels, (150, bands)).astype(np.float32) / np.float32(3)
    y = 3 * rng.integers(0, classes, 150)
    rows = rng.integers(-1, levels + 1, (300, bands)).astype(np.float32) / np.float32(3)
    same_as_scikit_learn(X, y, rows, {"n_neighbors": k, "weights": weights})


@given(k=K, weights=WEIGHTS, scale=st.floats(-6, 6), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=15)
def test_distances_that_rounding_alone_tells_apart(
    k: int, weights: str, scale: float, seed: int
) -> None:
    # Far from zero for their spread, a few units in the last place apart, and mirrored.
    rng = np.random.default_rng(seed)
    middle = np.float32(10**scale)
    steps = rng.integers(-3, 4, (120, 5))
    X = np.concatenate([middle + steps * np.spacing(middle), middle - steps * np.spacing(middle)])
    rows = middle + rng.integers(-4, 5, (200, 5)) * np.spacing(middle)
    params = {"n_neighbors": k, "weights": weights}
    same_as_scikit_learn(X.astype(np.float32), np.arange(240) % 7, rows.astype(np.float32), params)


@given(k=K, weights=WEIGHTS, seed=st.integers(0, 2**32 - 1))
@settings(max_examples=12)
def test_stored_bytes_are_predicted_as_what_they_mean(k: int, weights: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.integers(-127, 128, (300, 9)).astype(np.int8)
    X = decode(codes[:100], "alphaearth")
    table = decode(np.arange(-128, 128).astype(np.int8), "alphaearth")
    model = fit_knn(X, rng.integers(0, 4, 100), {"n_neighbors": k, "weights": weights})
    flat = FlatNeighbours.from_model(model)
    found = flat.with_codes(table, -128).predict(codes, probabilities=True)
    plain = flat.predict(decode(codes, "alphaearth"), probabilities=True)
    np.testing.assert_array_equal(found.labels, plain.labels)
    assert found.probabilities is not None
    assert plain.probabilities is not None
    assert found.probabilities.tobytes() == plain.probabilities.tobytes()
    same_as_scikit_learn(X, model.classes_[model._y], decode(codes, "alphaearth"), {
        "n_neighbors": k, "weights": weights,
    })  # fmt: skip


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_numbers_of_all_sizes_and_bands_that_tell_nothing(weights: str) -> None:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(400, 6)).astype(np.float32)
    X[:, 2] = 7.25
    X[:, 3] *= np.float32(1e6)
    X[:, 4] *= np.float32(1e-6)
    rows = rng.normal(size=(500, 6)).astype(np.float32)
    rows[:100] = X[:100]
    rows[100:200, 1] = np.float32(1e20)
    rows[200:220] = np.float32(-3e38)
    rows[220:240] = 0.0
    y = rng.integers(0, 5, 400)
    same_as_scikit_learn(X, y, rows, {"n_neighbors": 6, "weights": weights})


def test_many_samples_alike_have_no_room_to_wait() -> None:
    # A thousand at nearly one distance: more than are put aside, so that all are gone through.
    rng = np.random.default_rng(4)
    X = (np.float32(1) + rng.integers(0, 2, (3000, 3)) * np.float32(1e-7)).astype(np.float32)
    X[0] = -500
    rows = (np.float32(1) + rng.integers(0, 3, (50, 3)) * np.float32(1e-7)).astype(np.float32)
    same_as_scikit_learn(
        X, rng.integers(0, 3, 3000), rows, {"n_neighbors": 4, "weights": "uniform"}
    )


def problem() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    centres = rng.normal(size=(4, 8))
    y = rng.integers(0, 4, 600)
    X = (centres[y] + rng.normal(size=(600, 8))).astype(np.float32)
    return X, y, rng.normal(size=(9000, 8)).astype(np.float32)


def test_it_is_what_standardised_bands_and_plain_distances_give() -> None:
    X, y, rows = problem()
    model = fit_knn(X, y, {"n_neighbors": 7, "weights": "distance"})
    plain = make_pipeline(StandardScaler(), KNeighborsClassifier(7, weights="distance"))
    expected = plain.fit(X.astype(np.float64), y).predict(rows.astype(np.float64))
    found = FlatNeighbours.from_model(model).predict(rows).labels
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(as_pipeline(model).predict(rows.astype(np.float64)), expected)


def test_a_row_is_predicted_alike_whatever_is_beside_it() -> None:
    X, y, rows = problem()
    flat = FlatNeighbours.from_model(fit_knn(X, y, {"n_neighbors": 5, "weights": "distance"}))
    whole = flat.predict(rows, probabilities=True)
    chosen = np.random.default_rng(0).permutation(len(rows))[:500]
    block = np.ascontiguousarray(rows.T).T
    part = flat.predict(block, chosen, confidence=True, probabilities=True)
    assert whole.probabilities is not None
    assert part.probabilities is not None
    assert part.probabilities.tobytes() == whole.probabilities[chosen].tobytes()
    np.testing.assert_array_equal(part.labels, whole.labels[chosen])


def test_it_comes_back_from_its_file_and_equal_ones_are_equal_bytes(tmp_path: Path) -> None:
    X, y, rows = problem()
    flat = FlatNeighbours.from_model(fit_knn(X, y, {"n_neighbors": 9, "weights": "uniform"}))
    for name in ("a.npz", "b.npz"):
        flat.save(tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    again = load_classifier(tmp_path / "a.npz")
    assert again.kind == "knn"
    assert not again.on_codes
    np.testing.assert_array_equal(again.predict(rows).labels, flat.predict(rows).labels)


def test_there_are_never_more_neighbours_than_samples() -> None:
    X, y, rows = problem()
    model = fit_knn(X[:3], y[:3], {"n_neighbors": 20, "weights": "uniform"})
    assert model.n_neighbors == 3
    FlatNeighbours.from_model(model).predict(rows[:10])


def test_rows_of_another_kind_are_refused() -> None:
    X, y, rows = problem()
    flat = FlatNeighbours.from_model(fit_knn(X, y, {"n_neighbors": 1, "weights": "uniform"}))
    with pytest.raises(TypeError, match=r"rows must be float32, \(rows, 8\), not float64"):
        flat.predict(rows.astype(np.float64))
    with pytest.raises(IndexError, match="rows must be within 0 and"):
        flat.predict(rows, np.array([len(rows)]))

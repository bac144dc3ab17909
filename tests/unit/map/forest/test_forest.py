"""The flat forest: what scikit-learn predicts, to the last bit."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier

from landloom.errors import LandloomError
from landloom.map.forest import forest, kernel
from landloom.map.forest.forest import FlatForest

pytestmark = pytest.mark.slow

CODES = np.arange(-127, 128)
DECODED = (np.sign(CODES) * (np.abs(CODES).astype(np.float32) / np.float32(127.5)) ** 2).astype(
    np.float32
)


def problem(n=300, bands=6, classes=5, seed=0, noise=1.0):
    """Return rows around a centre for each class, and integer labels."""
    rng = np.random.default_rng(seed)
    y = rng.choice(classes, n, p=np.arange(1, classes + 1) / np.arange(1, classes + 1).sum())
    X = rng.normal(size=(classes, bands))[y] + noise * rng.normal(size=(n, bands))
    return X.astype(np.float32), y * 10 + 3


def fitted(n_estimators=30, *, seed=0, noise=1.0, bands=6, classes=5, **params):
    X, y = problem(seed=seed, noise=noise, bands=bands, classes=classes)
    return RandomForestClassifier(n_estimators, random_state=seed, **params).fit(X, y)


def thresholds(model):
    return [
        tree.tree_.threshold[tree.tree_.children_left >= 0].astype(np.float32)
        for tree in model.estimators_
    ]


def near_thresholds(model, n, seed=0):
    """Return rows made of thresholds rounded to float32, and of their neighbours."""
    rng = np.random.default_rng(seed)
    on = np.unique(np.concatenate(thresholds(model)))
    at = np.concatenate([on, np.nextafter(on, np.float32(9)), np.nextafter(on, np.float32(-9))])
    extremes = np.array([0.0, -0.0, np.inf, -np.inf, 1e-45, -1e-45], dtype=np.float32)
    return rng.choice(np.concatenate([at, extremes]), (n, model.n_features_in_))


def proba(model, X):
    """Return scikit-learn's probabilities, infinite values too, which its own checks refuse."""
    return sum(tree.tree_.predict(X)[:, : len(model.classes_)] for tree in model.estimators_) / len(
        model.estimators_
    )


def assert_equal(model, flat, X, decoded=None, rows=None):
    """Compare all that can be predicted with scikit-learn, bit by bit, by all kernels there are."""
    for each in (flat, plainly(flat)):
        assert_predicts(model, each, X, decoded, rows)


def plainly(flat):
    """Return a forest that takes the kernel for any processor, whatever this one has."""
    plain = replace(flat)
    plain.__dict__["_parts"] = None
    return plain


def assert_predicts(model, flat, X, decoded, rows):
    expected = proba(model, np.ascontiguousarray(X if decoded is None else decoded))
    expected = expected if rows is None else expected[rows]
    labels = model.classes_.take(expected.argmax(axis=1))
    plain = flat.predict(X, rows)
    both = flat.predict(X, rows, confidence=True, probabilities=True)
    assert plain.labels.dtype == model.classes_.dtype
    assert np.array_equal(plain.labels, labels)
    assert np.array_equal(both.labels, labels)
    assert np.array_equal(both.probabilities, expected)
    assert np.array_equal(both.confidence, expected.max(axis=1))
    assert plain.confidence is None
    assert plain.probabilities is None
    share = flat.predict(X, rows, confidence=True)
    assert np.array_equal(share.confidence, both.confidence)
    assert share.probabilities is None


FORESTS = {
    "plain": {},
    "leaves of five": {"min_samples_leaf": 5},
    "shallow": {"max_depth": 3},
    "balanced": {"class_weight": "balanced", "min_samples_leaf": 2},
    "balanced_subsample": {"class_weight": "balanced_subsample", "max_depth": 6},
    "one tree": {"n_estimators": 1},
    "two trees": {"n_estimators": 2},
    "many trees": {"n_estimators": 150, "noise": 0.4},
    "many unsure trees": {"n_estimators": 100, "noise": 4.0, "max_depth": 4},
    "one band": {"bands": 1},
    "one class": {"classes": 1},
    "two classes": {"classes": 2},
    "stumps": {"max_depth": 1},
}


@pytest.mark.parametrize("name", FORESTS)
def test_predicts_as_scikit_learn(name):
    model = fitted(**FORESTS[name])
    flat = FlatForest.from_model(model)
    X = problem(n=700, seed=9, bands=model.n_features_in_)[0]
    assert np.array_equal(proba(model, X), model.predict_proba(X))
    assert_equal(model, flat, X)
    assert_equal(model, flat, near_thresholds(model, 700))


@pytest.mark.parametrize("weight", [None, "balanced"])
@pytest.mark.parametrize("n_estimators", [100, 400, 800, 1200])
def test_labels_are_those_of_predict_for_forests_as_large_as_are_tuned(n_estimators, weight):
    model = fitted(n_estimators, class_weight=weight, noise=3.0, max_depth=5)
    flat = FlatForest.from_model(model)
    X = problem(n=300, seed=9, noise=3.0)[0]
    assert np.array_equal(flat.predict(X).labels, model.predict(X))
    assert np.array_equal(flat.predict(X, probabilities=True).probabilities, model.predict_proba(X))


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 40),
    st.sampled_from([None, "balanced", "balanced_subsample"]),
    st.sampled_from([1, 2, 7]),
    st.integers(0, 4),
    st.integers(0, 63),
)
def test_predicts_as_scikit_learn_on_coarse_values(seed, size, weight, leaf, decimals, n):
    rng = np.random.default_rng(seed)
    X = np.round(rng.normal(size=(60, 3)), decimals).astype(np.float32)
    y = rng.integers(0, 4, 60)
    model = RandomForestClassifier(
        size, random_state=seed, class_weight=weight, min_samples_leaf=leaf
    ).fit(X, y)
    rows = rng.choice(X.ravel(), (n, 3))
    assert_equal(model, FlatForest.from_model(model), rows)
    assert_equal(model, FlatForest.from_model(model), near_thresholds(model, n, seed))


@pytest.mark.parametrize("n", [0, 1, kernel.LANES - 1, kernel.LANES, kernel.LANES + 1, 500])
def test_any_number_of_rows(n):
    model = fitted(60)
    assert_equal(model, FlatForest.from_model(model), problem(n=n, seed=3)[0])


@pytest.mark.parametrize("params", [{}, {"min_samples_leaf": 5}])
def test_portions_and_early_exit_change_nothing(monkeypatch, params):
    model = fitted(130, **params)
    flat = FlatForest.from_model(model)
    X = np.concatenate([problem(n=900, seed=4, noise=noise)[0] for noise in (0.1, 1.0, 3.0)])
    expected = flat.predict(X, confidence=True)
    monkeypatch.setattr(forest, "_ROWS_AT_ONCE", 377)
    assert_equal(model, flat, X)
    assert np.array_equal(flat.predict(X).labels, expected.labels)


def test_a_row_stops_only_when_its_lead_is_safe():
    # 24 trees for class 1, then 25 for class 0: a lead of all trees so far is not enough.
    leaf = np.array([[0xFFFFFFFF, 0, 0xFFFFFFFF, 1, 0, 0, 0, 0]], dtype=np.uint32)
    for first, second, winner in ((24, 24, 0), (24, 25, 0), (25, 24, 1), (48, 24, 1)):
        n = first + second
        nodes = np.repeat(leaf, n, axis=0)
        nodes[:, [1, 3]] += 4 * np.arange(n, dtype=np.uint32)[:, np.newaxis]
        nodes[:first, 5] = 1
        roots = 4 * np.arange(n, dtype=np.uint64)
        flat = FlatForest(np.array([7, 8]), 1, nodes, roots, np.empty((0, 2)), "")
        X = np.zeros((35, 1), dtype=np.float32)
        assert flat.predict(X).labels.tolist() == [7 + winner] * 35
        assert flat.predict(X, confidence=True).confidence[0] == max(first, second) / n


def test_rows_of_any_layout_and_choice():
    model = fitted(40)
    flat = FlatForest.from_model(model)
    X = problem(n=24 * 30, seed=5)[0]
    assert_equal(model, flat, X[::2])
    assert_equal(model, flat, X[::-1])
    block = np.ascontiguousarray(X.T.reshape(-1, 24, 30))
    assert_equal(model, flat, block.reshape(len(block), -1).T)
    X.flags.writeable = False
    assert_equal(model, flat, X)

    block[:, 3:9, 4:] = np.nan
    rows = np.flatnonzero(~np.isnan(block).any(axis=0))
    assert_equal(model, flat, block.reshape(len(block), -1).T, rows=rows)
    assert_equal(model, flat, X, rows=np.array([5, 1, 1, 700]))


def test_rows_of_the_wrong_kind_are_refused():
    flat = FlatForest.from_model(fitted(2))
    X = problem(n=5)[0]
    for wrong in (X.astype(np.float64), X[:, :4], X.view(np.int32), X.ravel()):
        with pytest.raises(TypeError):
            flat.predict(wrong)
    with pytest.raises(TypeError):
        flat.with_codes(DECODED, -127).predict(X)
    for wrong in ([5], [-1]):
        with pytest.raises(IndexError):
            flat.predict(X, np.array(wrong))


def test_memory_does_not_grow_with_the_rows():
    flat = FlatForest.from_model(fitted(2))
    X = np.broadcast_to(problem(n=1)[0], (400_000, 6))
    flat.predict(X[:1])
    tracemalloc.start()
    flat.predict(X, confidence=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Row numbers, winners, labels and shares take eight bytes each.
    assert peak < 4 * 8 * len(X) + 2_000_000 < X.nbytes * 2


def test_nan_does_no_harm():
    model = fitted(20)
    X = np.full((25, 6), np.nan, dtype=np.float32)
    X[::2] *= -1
    assert set(FlatForest.from_model(model).predict(X).labels) <= set(model.classes_)


@pytest.mark.parametrize("name", ["plain", "leaves of five", "balanced", "many trees", "one class"])
@pytest.mark.parametrize("trained_on", ["decoded", "other values"])
def test_codes_are_predicted_as_their_decoded_values(name, trained_on):
    rng = np.random.default_rng(1)
    params = {"n_estimators": 30, **FORESTS[name]}
    model = fitted(**params)  # its thresholds reach beyond every code
    if trained_on == "decoded":
        for unused in ("noise", "bands", "classes"):
            params.pop(unused, None)
        y = rng.integers(0, 1 if name == "one class" else 4, 300)
        centres = rng.integers(-90, 90, (4, 6))[y]
        X = np.clip(centres + rng.normal(0, 30, (300, 6)).astype(int), -127, 127)
        model = RandomForestClassifier(**params, random_state=2).fit(DECODED[X + 127], y)
    codes = rng.integers(-127, 128, (1500, model.n_features_in_)).astype(np.int8)
    flat = FlatForest.from_model(model).with_codes(DECODED, -127)
    decoded = DECODED[codes.astype(int) + 127]
    assert_equal(model, flat, codes, decoded)
    assert_equal(model, flat, np.asfortranarray(codes), decoded)
    codes[::3] = -128
    valid = np.flatnonzero(codes[:, 0] != -128)
    assert_equal(model, flat, codes, decoded, rows=valid)
    assert set(flat.predict(codes).labels) <= set(model.classes_)


@given(
    st.lists(st.floats(-2, 2, width=32), min_size=1, max_size=256, unique=True), st.integers(0, 256)
)
def test_any_increasing_table_of_codes(values, shift):
    decoded = np.unique(np.array(values, dtype=np.float32) + np.float32(0))
    first = -128 + shift % (257 - len(decoded))
    model = fitted(5, bands=1)
    flat = FlatForest.from_model(model).with_codes(decoded, first)
    codes = np.arange(first, first + len(decoded)).astype(np.int8)[:, np.newaxis]
    assert_equal(model, flat, codes, decoded[:, np.newaxis])


def test_unfit_tables_of_codes_are_refused():
    flat = FlatForest.from_model(fitted(2))
    for decoded, first in (
        (DECODED[::-1], -127),
        (DECODED.astype(np.float64), -127),
        (DECODED, -129),
        (DECODED, -126),
        (DECODED.clip(-0.5, 0.5), -127),
    ):
        with pytest.raises(ValueError, match="codes"):
            flat.with_codes(decoded, first)
    with pytest.raises(ValueError, match="codes"):
        flat.with_codes(DECODED, -127).with_codes(DECODED, -127)


@given(st.floats(-3.5e38, 3.5e38), st.floats(width=32, allow_nan=False))
def test_rounded_thresholds_decide_as_the_exact_ones(threshold, value):
    rounded = forest._round_down(np.array([threshold]))[0]
    with np.errstate(over="ignore"):
        above = np.nextafter(rounded, np.float32(np.inf))
    for v in (np.float32(value), rounded, above):
        assert (v <= rounded) == (float(v) <= threshold)


@given(*[st.floats(width=32, allow_nan=False)] * 2)
def test_keys_are_ordered_as_their_values(a, b):
    keys = forest._key_of(np.array([a, b], dtype=np.float32))
    assert (keys[0] <= keys[1]) == (a <= b)
    assert forest._value_of(keys).tolist() == [a, b]


# --- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("labels", [[3, 13, 23, 33, 43], ["a", "b", "crops, wet", "d", "é"]])
def test_a_saved_forest_comes_back(tmp_path, labels):
    X, y = problem()
    model = RandomForestClassifier(20, random_state=1, min_samples_leaf=3)
    model.fit(X, np.array(labels)[(y - 3) // 10])
    flat = FlatForest.from_model(model)
    for each, name in ((flat, "flat.npz"), (flat.with_codes(DECODED, -127), "codes.part")):
        each.save(tmp_path / name)
        back = FlatForest.load(tmp_path / name)
        for field in ("classes", "nodes", "roots", "fractions"):
            assert np.array_equal(getattr(back, field), getattr(each, field))
            assert getattr(back, field).dtype == getattr(each, field).dtype
        for field in ("n_features", "scikit_learn", "on_codes"):
            assert getattr(back, field) == getattr(each, field)
    assert_equal(model, FlatForest.load(tmp_path / "flat.npz"), X)


def test_a_saved_forest_has_no_clock(tmp_path):
    flat = FlatForest.from_model(fitted(3))
    flat.save(tmp_path / "a.npz")
    with zipfile.ZipFile(tmp_path / "a.npz") as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    FlatForest.load(tmp_path / "a.npz").save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_a_forest_of_another_layout_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(forest, "_LAYOUT", 0)
    FlatForest.from_model(fitted(1)).save(tmp_path / "old.npz")
    monkeypatch.undo()
    with pytest.raises(LandloomError, match=r"old\.npz.*another version of Landloom"):
        FlatForest.load(tmp_path / "old.npz")


def test_blocks_need_no_scikit_learn_and_share_a_kernel(tmp_path):
    model = fitted(10)
    FlatForest.from_model(model).save(tmp_path / "flat.npz")
    X = problem(n=50, seed=3)[0]
    np.save(tmp_path / "X.npy", X)
    script = """
import sys
import numpy as np
from landloom.map.forest import forest
from landloom.map.forest.compiled import PREDICTION, VECTORS
from landloom.map.kernel_cache import load_kernel
assert "numba" not in sys.modules
for kernel in (PREDICTION, VECTORS):
    if kernel.lacking() is None:
        load_kernel(kernel)
np.save("labels.npy", forest.FlatForest.load("flat.npz").predict(np.load("X.npy")).labels)
assert not {"sklearn", "joblib"} & set(sys.modules)
"""
    env = {
        "PYTHONPATH": str(Path(forest.__file__).parents[3]),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    kept = []
    for _ in range(2):
        subprocess.run([sys.executable, "-c", script], check=True, cwd=tmp_path, env=env)
        assert np.array_equal(np.load(tmp_path / "labels.npy"), model.predict(X))
        kept.append({f: f.stat().st_mtime_ns for f in (tmp_path / "cache").rglob("*.nbc")})
    assert kept[0]
    assert kept[0] == kept[1]


def test_the_model_does_not_know_the_threads(tmp_path):
    X, y = problem()
    params = {"n_estimators": 10, "class_weight": "balanced", "max_features": 2, "max_depth": None}
    for threads in (1, 2):
        model = forest.fit_final(X, y, params, seed=3, n_jobs=threads)
        forest.save_model(model, tmp_path / f"{threads}.joblib")
    assert (tmp_path / "1.joblib").read_bytes() == (tmp_path / "2.joblib").read_bytes()
    expected = RandomForestClassifier(random_state=3, **params).fit(X, y).predict_proba(X)
    back = joblib.load(tmp_path / "1.joblib")
    assert np.array_equal(back.predict_proba(X), expected)

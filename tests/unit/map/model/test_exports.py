"""Exports label as the forest does, are the same whenever they are made, or are refused."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from landloom.errors import LandloomError
from landloom.map.classifiers.kinds import Recipe
from landloom.map.model import exports
from landloom.map.model.parts import PARTS
from landloom.map.prediction import for_stored_values

RNG = np.random.default_rng(2)
X = RNG.normal(size=(400, 6)).astype(np.float32)
Y = np.array([3, 7, 20])[(X[:, 0] > 0).astype(int) + (X[:, 1] > X[:, 2])]


def fitted() -> RandomForestClassifier:
    return RandomForestClassifier(15, random_state=0, max_features=None).fit(X, Y)


MODEL = fitted()


def near_thresholds() -> np.ndarray:
    """Return vectors whose values are the forest's thresholds, rounded to float32, and beside."""
    rows = np.repeat(X, 3, axis=0)
    for tree in MODEL.estimators_:
        inner = np.flatnonzero(tree.tree_.children_left >= 0)
        for node in inner:
            row = RNG.integers(len(rows), size=3)
            value = np.float32(tree.tree_.threshold[node])
            rows[row, tree.tree_.feature[node]] = [
                np.nextafter(value, np.float32(-9)), value, np.nextafter(value, np.float32(9))
            ]  # fmt: skip
    return rows


def test_onnx_labels_as_the_forest_does() -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("skl2onnx")
    rows = near_thresholds()
    content = exports.onnx(MODEL, X)
    session = onnxruntime.InferenceSession(content)
    labels, shares = session.run(None, {"X": rows.astype(np.float64)})
    np.testing.assert_array_equal(labels, MODEL.predict(rows))
    np.testing.assert_allclose(shares, MODEL.predict_proba(rows), atol=1e-6)


def test_skops_labels_as_the_forest_does() -> None:
    io = pytest.importorskip("skops.io")
    content = exports.skops(MODEL, X)
    assert set(io.get_untrusted_types(data=content)) <= {"sklearn.tree._tree.Tree"}
    again = io.loads(content, trusted=["sklearn.tree._tree.Tree"])
    rows = near_thresholds()
    np.testing.assert_array_equal(again.predict_proba(rows), MODEL.predict_proba(rows))


INFO = SimpleNamespace(encoding="alphaearth", dtype="int8")


@pytest.mark.parametrize("kind", ["forest", "logistic", "knn"])
def test_what_is_given_away_is_the_very_classifier_of_the_map(kind: str) -> None:
    """Also where another machine fits another: of a forest the file does not tell it."""
    params = {
        "forest": {"n_estimators": 5},
        "logistic": {"C": 1.0},
        "knn": {"n_neighbors": 3, "weights": "uniform"},
    }[kind]
    own, other = (Recipe(params, 0, kind=kind).fit(rows, Y).classifier for rows in (X, X[:, ::-1]))
    made = for_stored_values(own, INFO)
    names = PARTS[kind].types
    for form in ("zip", "onnx"):
        told = exports.classifier_of_map(form, own, made, INFO)
        assert not told.on_codes
        for name in names:
            np.testing.assert_array_equal(getattr(told, name), getattr(own, name))
        if form == "onnx" or kind == "forest":
            with pytest.raises(LandloomError, match=f"given away as {form}: fitted anew"):
                exports.classifier_of_map(form, other, made, INFO)
        else:
            told = exports.classifier_of_map(form, other, made, INFO)
            for name in names:
                np.testing.assert_array_equal(getattr(told, name), getattr(own, name))


@pytest.mark.parametrize("kind", ["onnx", "skops"])
def test_equal_forests_are_equal_bytes(kind: str) -> None:
    pytest.importorskip("skl2onnx")
    pytest.importorskip("skops")
    assert getattr(exports, kind)(MODEL, X) == getattr(exports, kind)(fitted(), X)


def test_a_label_that_differs_is_refused() -> None:
    told = MODEL.predict(X)
    exports.refuse_other_labels("ONNX", MODEL, X, lambda _: told)
    other = np.where(np.arange(len(X)) == 3, 20 - told, told)
    with pytest.raises(LandloomError, match=f"as ONNX: it labels 1 of {len(X)} samples otherwise"):
        exports.refuse_other_labels("ONNX", MODEL, X, lambda _: other)


@pytest.mark.parametrize(
    ("kind", "package"), [("onnx", "skl2onnx"), ("onnx", "onnxruntime"), ("skops", "skops")]
)
def test_a_package_that_is_missing_is_named(
    kind: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    if kind == "onnx" and package != "onnxruntime":
        pytest.importorskip("onnxruntime")
    with pytest.raises(LandloomError, match=r"pip install .*"):
        getattr(exports, kind)(MODEL, X)

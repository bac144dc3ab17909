"""Models of other kinds come back from their files; what would lead them astray is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from landloom.errors import LandloomError
from landloom.map.classifiers.kinds import Recipe
from landloom.map.model import exports
from landloom.map.model.archive import write_archive
from landloom.map.model.card import BandCard, ClassCard, ModelCard, SamplesCard
from landloom.map.model.model import Model, digest_of_samples
from landloom.map.model.parts import PARTS

RNG = np.random.default_rng(6)
Y = np.array([3, 7, 20])[RNG.integers(0, 3, 200)]
X = (RNG.normal(size=(200, 5)) + Y[:, None] / 5).astype(np.float32)
PARAMS: dict[str, dict[str, Any]] = {
    "logistic": {"C": 1.0},
    "knn": {"n_neighbors": 5, "weights": "uniform"},
}


def card(kind: str, **changes: Any) -> ModelCard:
    return ModelCard(
        kind=kind,
        classes=[ClassCard(value=value, name=str(value)) for value in (3, 7, 20)],
        bands=[BandCard(name=f"b{n}", low=-9.0, high=9.0) for n in range(5)],
        encoding="float",
        named_bands=True,
        samples=SamplesCard(
            number=200,
            per_class={str(v): int((v == Y).sum()) for v in (3, 7, 20)},
            sha256=digest_of_samples(X, Y),
        ),
        parameters=PARAMS[kind] | changes,
        seed=0,
        agreement={"samples": 40, "accuracy": 0.5, "macro_f1": 0.4},
        labels=["mine"],
        versions={"scikit-learn": "1.9.1"},
    )


def model(kind: str) -> Model:
    return Model(card(kind), Recipe(PARAMS[kind], 0, kind=kind).fit(X, Y).classifier)


@pytest.mark.parametrize("kind", PARAMS)
def test_it_comes_back_as_it_was(kind: str, tmp_path: Path) -> None:
    made = model(kind)
    made.write(tmp_path / "model.zip")
    found = Model.read(tmp_path / "model.zip")
    assert found.card == made.card
    rows = RNG.normal(size=(400, 5)).astype(np.float32)
    one, other = (each.classifier.predict(rows, probabilities=True) for each in (made, found))
    np.testing.assert_array_equal(one.labels, other.labels)
    np.testing.assert_array_equal(one.probabilities, other.probabilities)
    found.write(tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "model.zip").read_bytes()


TAMPERED: dict[str, tuple[str, dict[str, Any], dict[str, Any], str]] = {
    "bands that are not there": ("logistic", {"weights": np.ones((3, 4))}, {}, "manifest makes it"),
    "a class too many": ("logistic", {"intercepts": np.ones(4)}, {}, r"intercepts in it is \(4,\)"),
    "no number": ("logistic", {"weights": np.full((3, 5), np.nan)}, {}, "not finite"),
    "other classes": ("logistic", {"classes": np.array([3, 7, 21])}, {}, "the manifest names"),
    "an array of another kind": ("logistic", {"nodes": np.ones(3)}, {}, "where a logistic has"),
    "a class beyond all": ("knn", {"codes": np.full(200, 3)}, {}, "class that there is not"),
    "a class before all": ("knn", {"codes": np.full(200, -1)}, {}, "class that there is not"),
    "no spread": ("knn", {"variances": np.zeros(5)}, {}, "variance in it is not above 0"),
    "no samples": ("knn", {"samples": np.zeros((0, 5), np.float32)}, {}, "manifest makes it"),
    "endless": ("knn", {"samples": np.full((200, 5), np.inf, np.float32)}, {}, "not finite"),
    "no neighbours": ("knn", {}, {"n_neighbors": 0}, "whole number of 1 to 100"),
    "a million neighbours": ("knn", {}, {"n_neighbors": 10**6}, "whole number of 1 to 100"),
    "neighbours in words": ("knn", {}, {"n_neighbors": "5"}, "n_neighbors is '5'"),
    "another way to vote": ("knn", {}, {"weights": "rank"}, "weights is 'rank'"),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_a_tampered_file_is_refused(case: str, tmp_path: Path) -> None:
    kind, arrays, params, message = TAMPERED[case]
    path = tmp_path / "model.zip"
    own = {name: getattr(model(kind).classifier, name) for name in PARTS[kind].types}
    write_archive(path, card(kind, **params).model_dump(), own | arrays)
    with pytest.raises(LandloomError, match=message) as raised:
        Model.read(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("kind", PARAMS)
def test_exports_label_as_the_model_does(kind: str) -> None:
    onnxruntime, skops = (pytest.importorskip(name) for name in ("onnxruntime", "skops.io"))
    pytest.importorskip("skl2onnx")
    fitted = Recipe(PARAMS[kind], 0, kind=kind).fit(X, Y)
    rows = RNG.normal(size=(3000, 5)).astype(np.float32) * 3
    expected, checked = fitted.predict(rows), exports.rows_to_check(X)
    content = exports.onnx(fitted.estimator, checked, fitted.stand_in)
    session = onnxruntime.InferenceSession(content)
    labels, shares = session.run(None, {"X": rows.astype(np.float64)})
    np.testing.assert_array_equal(labels, expected)
    np.testing.assert_allclose(shares, fitted.shares(rows), atol=1e-9)
    again = skops.loads(exports.skops(fitted.estimator, checked))
    np.testing.assert_array_equal(again.predict(rows.astype(np.float64)), expected)
    assert exports.skops(fitted.estimator, checked) == exports.skops(fitted.estimator, checked)


def test_samples_alone_would_not_tell_neighbours_apart() -> None:
    # Each is its own nearest: whoever knows them labels all of them well.
    checked = exports.rows_to_check(X)
    assert len(checked) == 2 * len(X) - 1
    np.testing.assert_allclose(checked[len(X)], (X[0] + X[1]) / 2)

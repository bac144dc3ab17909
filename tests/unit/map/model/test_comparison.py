"""A model brings its samples along, so that pixels elsewhere can be compared with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from small_models import FOLDS, X, applicability, model

from landloom.errors import LandloomError
from landloom.map.model.archive import Arrays, read_archive, write_archive
from landloom.map.model.card import ComparisonCard
from landloom.map.model.comparison import ARRAYS, folds_of, share_outside
from landloom.map.model.fit import Fit
from landloom.map.model.imported import about_model, read_model
from landloom.map.model.model import Model

PATH = "model.zip"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    model().write(tmp_path / PATH)
    return tmp_path / PATH


def test_it_comes_back_as_it_was(path: Path) -> None:
    found, made = Model.read(path).applicability, applicability()
    assert found is not None
    for name in ("samples", "training"):
        np.testing.assert_array_equal(getattr(found, name), getattr(made, name))
    np.testing.assert_array_equal(found.scaling.shift, made.scaling.shift)
    np.testing.assert_array_equal(found.scaling.scale, made.scaling.scale)
    assert (found.threshold, found.mean_distance) == (made.threshold, made.mean_distance)
    assert (found.paired, found.folds) == (made.paired, made.folds)


def test_its_file_for_the_blocks_is_the_same(path: Path, tmp_path: Path) -> None:
    found = Model.read(path).applicability
    assert found is not None
    found.write(tmp_path / "a.npz")
    applicability().write(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_its_folds_are_told_as_they_were(path: Path) -> None:
    card = Model.read(path).card.applicability
    assert card is not None
    found = folds_of(card)
    assert (found.scheme, found.n, found.by_chance, found.notes) == (
        FOLDS.scheme, FOLDS.n, FOLDS.by_chance, FOLDS.notes,
    )  # fmt: skip


def test_a_model_without_it_has_no_trace_of_it(tmp_path: Path) -> None:
    model(compares=False).write(tmp_path / PATH)
    told, arrays = read_archive(tmp_path / PATH)
    assert not {"applicability", "left_out", "proportional"} & told.keys()
    assert not set(ARRAYS) & arrays.keys()
    assert Model.read(tmp_path / PATH).applicability is None


def changed(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[..., None]:
    return lambda _, arrays: arrays.update({name: change(arrays[name])})


def with_nan(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.flat[0] = np.nan
    return array


def negative(array: np.ndarray) -> np.ndarray:
    return -array


def gone(_: dict[str, Any], arrays: Arrays) -> None:
    del arrays["applicability_samples"]


def uncalled(told: dict[str, Any], _: Arrays) -> None:
    del told["applicability"]


def no_distance(told: dict[str, Any], _: Arrays) -> None:
    told["applicability"]["mean_distance"] = 0.0


def two_lines(told: dict[str, Any], _: Arrays) -> None:
    told["applicability"]["notes"] = ["a\nb"]


TAMPERED: dict[str, tuple[Callable[..., None], str]] = {
    "an array gone": (gone, "lacks applicability_samples"),
    "an array that nothing calls for": (uncalled, "where a forest has"),
    "NaN": (changed("applicability_samples", with_nan), "has to be finite float64"),
    "too few rows": (changed("applicability_samples", lambda a: a[:-1]), r"\(60, 3\)"),
    "too few bands": (changed("applicability_shift", lambda a: a[:-1]), r"\(3,\)"),
    "another type": (changed("applicability_training", np.float32), "float32"),
    "negative weights": (changed("applicability_scale", negative), "negative"),
    "no weights": (changed("applicability_scale", np.zeros_like), "all of them 0"),
    "no distance": (no_distance, "mean_distance: Input should be greater than 0"),
    "a note of two lines": (two_lines, "holds a line end"),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_what_was_tampered_with_is_refused(path: Path, case: str) -> None:
    tamper, message = TAMPERED[case]
    told, arrays = read_archive(path)
    tamper(told, arrays)
    write_archive(path, told, arrays)
    with pytest.raises(LandloomError, match=message) as raised:
        read_model(str(path), compares=False)
    assert str(raised.value).startswith(f"map.model: {path}: ")


def test_a_share_is_that_of_a_brute_force() -> None:
    made = applicability()
    values = np.random.default_rng(2).normal(0, 2, (300, 3)).astype(np.float32)
    z = (values.astype(float) - X.astype(float).mean(axis=0)) * made.scaling.scale
    nearest = cdist(z, made.samples).min(axis=1) / made.mean_distance
    assert share_outside(made, values) == pytest.approx(np.mean(nearest > made.threshold))
    assert 0 < share_outside(made, values) < 1
    assert share_outside(made, X) == 0


def test_many_samples_are_taken_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(2).normal(0, 2, (300, 3)).astype(np.float32)
    whole = share_outside(applicability(), values)
    monkeypatch.setattr("landloom.map.model.comparison._AT_ONCE", 7)
    assert share_outside(applicability(), values) == whole


def test_a_model_that_cannot_compare_is_refused_where_that_is_asked_for(tmp_path: Path) -> None:
    model(compares=False).write(tmp_path / PATH)
    read_model(str(tmp_path / PATH), compares=False)
    with pytest.raises(LandloomError, match=r"map\.applicability: .*does not bring what pixels"):
        read_model(str(tmp_path / PATH), compares=True)


def test_what_is_told_of_it(path: Path) -> None:
    left_out = {"value": 9, "name": "Bog", "samples": 3, "share": 0.05}
    found = model(left_out=[left_out], proportional=False)
    told = about_model(found, str(path), "in/model.zip", Fit(9, 0.5, 9, 0.25, ("a note",)))
    assert told["file"] == "in/model.zip"
    assert len(told["sha256"]) == 64
    assert told["map_classes"] == [1, 2, 5]
    assert (told["left_out"], told["proportional"]) == ([left_out], False)
    assert told["labels"] == ["ESA WorldCover 2021: CC BY 4.0"]
    assert told["notes"] == ["a note"]
    assert ComparisonCard.model_validate(told["applicability"]) == found.card.applicability


def test_a_class_is_not_left_out_and_there() -> None:
    both = [{"value": 2, "name": "Water", "samples": 3, "share": 0.05}]
    with pytest.raises(ValueError, match="class 2 is told to be left out"):
        model(left_out=both)


def test_arrays_have_to_go_with_the_card() -> None:
    whole = model()
    told = whole.card.plain()
    assert told["applicability"]["threshold"] == whole.card.applicability.threshold  # type: ignore[union-attr]
    assert "applicability" not in replace(whole, card=model(compares=False).card).card.plain()

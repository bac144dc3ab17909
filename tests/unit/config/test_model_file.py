"""The key `map.model`: a finished model in place of labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from configurations import MAP, NO_RULE, changed, lines

from landloom.config.file_lookup import FileLookup
from landloom.config.model_file import SECTIONS
from landloom.config.resolved import config_text
from landloom.config.whole import load_config

WITH_MODEL: dict[str, Any] = {"map": {"embedding": {"raster": "e.tif"}, "model": "in/model.zip"}}


def test_a_model_takes_the_place_of_labels() -> None:
    section = load_config(WITH_MODEL).map
    assert section is not None
    assert (section.model, section.reference) == ("in/model.zip", None)
    assert load_config(MAP).map.model_file is None  # type: ignore[union-attr]


def test_one_of_the_two_is_needed() -> None:
    (line,) = lines({"map": {"embedding": {"raster": "e.tif"}}})
    assert line == (
        "config: map.reference: is missing, and so is 'model'; add labels to learn from, or name a "
        "finished model"
    )


GIVEN = {
    "reference": {"raster": "classes.tif"},
    "samples": {"n": 100},
    "tuning": {"folds": 3},
    "crossval": {},
    "calibration": {},
}


def test_every_section_that_makes_a_model_or_needs_samples_is_named() -> None:
    raw = WITH_MODEL
    for key, section in GIVEN.items():
        raw = changed(f"map.{key}", section, raw)
    found = lines(raw)
    assert [line.split(": ")[1] for line in found] == [f"map.{key}" for key in SECTIONS]
    assert all(line.endswith("; leave one of the two out") for line in found)
    assert "says how a model is made" in found[0]
    assert "a model does not bring along" in found[-1]


def test_null_is_no_section() -> None:
    load_config(changed("map.calibration", None, WITH_MODEL))


def test_where_the_map_applies_may_be_asked_but_not_by_which_folds() -> None:
    assert load_config(changed("map.applicability", {}, WITH_MODEL)).map.applicability  # type: ignore[union-attr]
    (line,) = lines(changed("map.applicability.folds", "random", WITH_MODEL))
    assert line == (
        "config: map.applicability.folds: comes with the model of 'map.model'; leave it out"
    )


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "must not be empty"),
        ("https://a.org/model.zip", "models are read from files; fetch it, or list it under 'down"),
        ("model.joblib", "is a model for other programs, which is not opened here; give the map/m"),
        ("model.onnx", "is a model for other programs"),
        ("model.ZIP/{x}.zip", "holds braces"),
        ("nowhere.zip", "no such file (looked in "),
        ("in", "is a folder, not a model; name a file"),
        ("results/map/model.zip", "lies in the folder of results, whose files are made anew"),
    ],
)
def test_what_is_no_model_is_refused(
    path: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("in", "results/map"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("e.tif", "results/map/model.zip", "model.onnx"):
        (tmp_path / name).touch()
    (line,) = lines(changed("map.model", path, WITH_MODEL), NO_RULE)
    assert line.startswith("config: map.model: ")
    assert message in line


def test_a_model_may_be_made_by_a_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "e.tif").touch()
    load_config(WITH_MODEL, FileLookup(lambda path: path == "in/model.zip"))
    load_config(WITH_MODEL, FileLookup(lambda _: False, shared=True))


@pytest.mark.parametrize("more", [{}, {"applicability": {}}])
def test_the_configuration_as_resolved_gives_the_same_again(more: dict[str, Any]) -> None:
    raw = {"map": WITH_MODEL["map"] | more}
    text = config_text(load_config(raw))
    assert not {*SECTIONS, "folds"} & yaml.safe_load(text)["map"].keys()
    assert "folds" not in text
    again = load_config(yaml.safe_load(text))
    assert config_text(again) == text
    assert "model:" not in config_text(load_config(MAP))


def test_it_is_one_of_the_sources() -> None:
    assert load_config(WITH_MODEL).uses == [
        ("map.embedding.raster", "e.tif", None),
        ("map.model", "in/model.zip", None),
    ]

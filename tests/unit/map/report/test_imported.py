"""What is told of a map that a finished model made."""

from __future__ import annotations

import re
from typing import Any

import pytest
from map_reports import APPLICABILITY, validation

from landloom.figures.tables import imported_parts
from landloom.map.report.imported import imported_report, imported_text
from landloom.map.report.text import last_words
from landloom.pages.look import Table

MODEL: dict[str, Any] = {
    "file": "in/model.zip",
    "sha256": "ab" * 32,
    "kind": "forest",
    "samples": {"number": 60, "per_class": {"1": 40, "2": 20}, "sha256": "cd" * 32},
    "parameters": {"max_depth": None, "n_estimators": 5},
    "seed": 1,
    "agreement": {"samples": 20, "accuracy": 0.75, "macro_f1": 0.7},
    "labels": ["ESA WorldCover 2021: CC BY 4.0"],
    "versions": {"scikit-learn": "1.9.0"},
    "left_out": [],
    "proportional": True,
    "applicability": None,
    "map_classes": [1, 2],
    "class_names": {"1": "Wood", "2": "2"},
    "fit": {"pixels": 2048, "values_within": 0.995, "pixels_compared": 683, "outside": 0.0625},
    "notes": ["bands by number"],
}
GONE = [{"value": 9, "name": "Bog", "samples": 5, "share": 0.2}]


def test_the_models_own_agreement_is_told_as_such() -> None:
    report = imported_report(MODEL, ["a note of the plan"])
    (own,) = report["estimates"]
    assert own["basis"] == "random split of the samples where the model was made"
    assert "tells nothing of this map" in own["what_it_tells"]
    assert own["overall"]["value"] == 0.75  # 15 of 20
    # Wilson's of 15 in 20, from a table.
    assert own["overall"]["interval"] == pytest.approx([0.531, 0.888], abs=5e-4)
    assert (own["samples"], own["macro_f1"], own["classes"]) == (20, 0.7, [])
    assert report["notes"] == ["bands by number", "a note of the plan"]
    assert (report["map_classes"], report["left_out"]) == ([1, 2], [])


def test_of_a_year_that_was_learned_from_it_is_told_so() -> None:
    (own,) = imported_report(MODEL, [], of_its_year=True)["estimates"]
    assert "nothing of this map" not in own["what_it_tells"]
    assert "of the year of this map" in own["what_it_tells"]
    assert own["overall"]["value"] == 0.75


def test_classes_that_the_model_left_out_come_first() -> None:
    report = imported_report(MODEL | {"left_out": GONE}, [])
    first = "1 class of the reference is not in this map: 9 Bog (20.00 %)"
    assert imported_text(report).startswith(first)
    assert last_words(report)[0] == first
    assert report["estimates"][0]["with_left_out"]["value"] == pytest.approx(0.75 * 0.8)
    unknown = imported_report(MODEL | {"left_out": GONE, "proportional": False}, [])
    assert unknown["estimates"][0]["with_left_out"]["value"] is None


def test_the_text_has_the_model_the_estimates_and_how_it_suits() -> None:
    report = imported_report(MODEL, [], validation({1: "Wood", 2: "Water"}, 2))
    text = imported_text(report)
    assert "file: in/model.zip\nSHA-256: abab" in text
    assert "samples: 60 (1 Wood: 40, 2: 20)" in text
    assert "max_depth null, n_estimators 5" in text
    assert "labels: ESA WorldCover 2021: CC BY 4.0" in text
    rows = [re.split(r"  +", line) for line in text.splitlines()]
    assert ["design-based, independent points", "300", "0.750 (0.700 to 0.800)", "-"] in rows
    assert "Majority" not in text
    flat = " ".join(text.split())
    assert "2048 pixels that were looked at, 99.5 % lie in the range" in flat
    assert "6.3 % of 683 pixels that were compared with the model's samples lie outside" in flat
    assert text.endswith("\n")


def test_what_is_mapped_takes_the_place_of_what_was_looked_at() -> None:
    told = last_words(imported_report(MODEL, [], applicability=APPLICABILITY))
    assert any(line.strip().startswith("Area of applicability: ") for line in told)
    assert not any("683 pixels" in line for line in told)


def test_a_model_without_samples_says_that_it_cannot_compare() -> None:
    fit = MODEL["fit"] | {"pixels_compared": 0, "outside": None}
    told = last_words(imported_report(MODEL | {"fit": fit}, []))
    assert any("is not known: the model does not bring them" in line for line in told)


def test_the_end_of_a_run_names_the_model() -> None:
    assert "  by the finished model in/model.zip" in last_words(imported_report(MODEL, []))


def test_tables_hold_the_same() -> None:
    parts = dict(imported_parts(imported_report(MODEL | {"left_out": GONE}, ["a note"])))
    assert next(iter(parts)) == "Classes of the reference that are not in this map"
    facts = parts["The finished model that made the map"]
    assert isinstance(facts, Table)
    assert dict(facts.rows)["file"] == "in/model.zip"  # type: ignore[arg-type]
    assert "<li>bands by number</li>\n<li>a note</li>" in str(parts["Notes"])


def test_no_sentence_takes_the_model_for_a_forest_or_for_another_runs() -> None:
    """The map of a further year is made in the run that learned, with samples of any kind."""
    knn = MODEL | {"kind": "knn", "parameters": {"n_neighbors": 5}}
    report = imported_report(knn, [], validation({1: "Wood", 2: "Water"}, 2), APPLICABILITY)
    told = " ".join([imported_text(report), *last_words(report)])
    assert "forest" not in told
    assert "a model that was finished before it" in told
    assert "elsewhere" not in told
    assert "learned nothing" not in told

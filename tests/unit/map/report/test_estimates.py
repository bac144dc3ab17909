"""Estimates side by side: what each rests on, and figures computed by hand."""

from __future__ import annotations

import pytest
from map_reports import APPLICABILITY, BASELINES, CALIBRATION, held_out, scores, validation

from landloom.map.left_out import LeftOut
from landloom.map.report.estimates import Findings, map_report

NAMES = {10: "Tree", 20: "Shrub", 30: "Rock"}
COUNTS = [[30, 4, 0], [2, 4, 0], [0, 0, 0]]
"""The truth in rows: no sample of rock is held out, and none is predicted."""


def test_the_random_split_alone() -> None:
    found = held_out(COUNTS, NAMES)
    report = map_report(Findings(found))
    assert {key: report[key] for key in found} == found
    assert report.keys() - found.keys() == {"estimates"}
    (split,) = report["estimates"]
    assert split["basis"] == "random split of the samples"
    assert split["samples"] == 40
    assert split["overall"]["value"] == pytest.approx(34 / 40)
    assert split["with_left_out"] == split["overall"]
    assert split["macro_f1"] == report["macro"]["f1"]
    assert split["baselines"] == BASELINES
    tree, shrub = split["classes"]
    assert (tree["value"], tree["name"]) == (10, "Tree")
    assert (tree["in_reference"], tree["on_map"]) == (34, 32)
    assert tree["precision"]["value"] == pytest.approx(30 / 32)
    assert tree["recall"]["value"] == pytest.approx(30 / 34)
    assert (shrub["in_reference"], shrub["on_map"]) == (6, 8)
    # Wilson's, by hand: (0.5 + z²/16 ± z √(0.25/8 + z²/256)) / (1 + z²/8), z² = 3.841459
    assert shrub["precision"]["interval"] == pytest.approx([0.2152161, 0.7847839], abs=1e-7)


def test_what_rests_on_no_sample_is_not_known() -> None:
    (split,) = map_report(Findings(held_out([[5, 1], [0, 0]], {1: "a", 2: "b"})))["estimates"]
    first, second = split["classes"]
    assert second["recall"] == {"value": None, "interval": None}
    assert second["precision"]["value"] == 0
    assert first["precision"]["value"] == 1


def test_samples_of_classes_left_out_count_as_wrong() -> None:
    """Of 1,000 points 20 were of two classes that left: 34 of 40 are right, 980 of 1,000 kept."""
    gone = [LeftOut(50, "City", 15, 0.015), LeftOut(95, "Bog", 5, 0.005)]
    (split,) = map_report(Findings(held_out(COUNTS, NAMES, gone)))["estimates"]
    assert split["overall"]["value"] == pytest.approx(0.85)
    assert split["with_left_out"]["value"] == pytest.approx(0.85 * 0.98)
    for kept, told in zip(
        split["overall"]["interval"], split["with_left_out"]["interval"], strict=True
    ):
        assert told == pytest.approx(0.98 * kept)


@pytest.mark.parametrize(
    ("scheme", "basis"),
    [
        ("random", "cross-validation, random folds"),
        ("knndm", "cross-validation, kNNDM folds"),
        ("blocks", "cross-validation, folds of blocks"),
        ("group", "cross-validation, folds of groups"),
    ],
)
def test_each_scheme_of_folds_is_an_estimate_of_its_own(scheme: str, basis: str) -> None:
    gone = [LeftOut(50, "City", 10, 0.1)]
    folds = scores([[60, 20], [10, 10]], {10: "Tree", 20: "Shrub"})
    folds |= {"scheme": scheme, "about": {}, "notes": ["fold 3 holds no Shrub"]}
    found = Findings(held_out(COUNTS, NAMES, gone), [folds])
    split, crossval = map_report(found)["estimates"]
    assert crossval["basis"] == basis
    assert crossval["what_it_tells"] != split["what_it_tells"]
    assert crossval["samples"] == 100
    assert crossval["notes"] == ["fold 3 holds no Shrub"]
    assert split["notes"] == []  # they stand in the report itself
    assert crossval["overall"]["value"] == pytest.approx(0.7)
    assert crossval["with_left_out"]["value"] == pytest.approx(0.63)
    assert crossval["classes"][1]["precision"]["value"] == pytest.approx(1 / 3)


def test_independent_points_count_what_is_left_out_already() -> None:
    gone = LeftOut(50, "City", 10, 0.1)
    names = NAMES | {50: "City"}
    report = map_report(Findings(held_out(COUNTS, NAMES, [gone]), (), validation(names, 50)))
    _, points = report["estimates"]
    assert points["basis"] == "design-based, independent points"
    assert points["overall"] == points["with_left_out"] == {"value": 0.75, "interval": [0.7, 0.8]}
    assert points["counts_left_out"]
    assert points["baselines"] is None
    city = points["classes"][-1]
    assert (city["in_reference"], city["on_map"]) == (40, 0)
    assert city["precision"] == {"value": None, "interval": None}
    assert city["recall"] == {"value": 0.0, "interval": [0.0, 0.1]}
    assert points["notes"] == ["the user's accuracy of City rests on no point"]


def test_other_sections_are_told_in_a_few_numbers() -> None:
    found = Findings(held_out(COUNTS, NAMES), applicability=APPLICABILITY, calibration=CALIBRATION)
    report = map_report(found)
    assert report["applicability"] == {
        "folds": "knndm",
        "folds_random": False,
        "threshold": 0.5,
        "share_of_area": 0.871,
        "notes": [],
    }
    assert report["calibration"] == {
        "on": "folds",
        "folds": "knndm",
        "folds_random": False,
        "method": "isotonic",
        "level": 0.9,
        "ece": {"before": 0.08, "after": 0.02},
        "brier": {"before": 0.3, "after": 0.25},
        "coverage": 0.905,
        "mean_set_size": 1.7,
        "notes": ["samples are not drawn from the map"],
    }


def test_folds_that_fell_back_to_random_ones_are_called_so() -> None:
    folds = scores(COUNTS, NAMES) | {"scheme": "knndm", "about": {"random": True}}
    plain = scores(COUNTS, NAMES) | {"scheme": "random", "about": {}}
    _, matched, random = map_report(Findings(held_out(COUNTS, NAMES), [folds, plain]))["estimates"]
    assert matched["basis"] == "cross-validation, kNNDM folds (random, as the notes tell)"
    assert matched["what_it_tells"] == random["what_it_tells"]


def test_what_classes_left_out_cost_is_not_known_of_samples_out_of_proportion() -> None:
    gone = [LeftOut(50, "City", 10, 0.1)]
    found = held_out(COUNTS, NAMES, gone) | {"proportional": False}
    folds = scores(COUNTS, NAMES) | {"scheme": "blocks"}
    for estimate in map_report(Findings(found, [folds]))["estimates"]:
        assert estimate["with_left_out"] == {"value": None, "interval": None}
    found = held_out(COUNTS, NAMES) | {"proportional": False}
    (split,) = map_report(Findings(found))["estimates"]
    assert split["with_left_out"] == split["overall"]


def test_none_is_called_the_accuracy() -> None:
    found = Findings(
        held_out(COUNTS, NAMES),
        [
            scores(COUNTS, NAMES) | {"scheme": scheme}
            for scheme in ("random", "knndm", "blocks", "group")
        ],
        validation(NAMES, 30),
    )
    estimates = map_report(found)["estimates"]
    assert len({each["basis"] for each in estimates}) == 6
    for each in estimates:
        told = " ".join([each["basis"], each["what_it_tells"], each["interval"]])
        assert "accuracy" not in told


def test_what_else_is_to_be_known_is_among_the_notes() -> None:
    found = held_out(COUNTS, NAMES)
    report = map_report(Findings(found, notes=["3.0% of map.region lies off the embedding"]))
    assert report["notes"] == [*found["notes"], "3.0% of map.region lies off the embedding"]

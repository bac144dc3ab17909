"""The report as text: its order, and the tables in it."""

from __future__ import annotations

import re

import pytest
from map_reports import APPLICABILITY, CALIBRATION, held_out, scores, validation

from landloom.map.left_out import LeftOut
from landloom.map.report.estimates import Findings, map_report
from landloom.map.report.text import last_words, report_text, shown

NAMES = {10: "Tree", 20: "Shrub"}
COUNTS = [[30, 4], [2, 4]]
GONE = [LeftOut(50, "City", 15, 0.015), LeftOut(95, "Bog", 5, 0.005)]


def parts(findings: Findings) -> list[list[str]]:
    text = report_text(map_report(findings))
    assert text.endswith("\n")
    return [part.split("\n") for part in text.removesuffix("\n").split("\n\n")]


def test_with_nothing_more_it_is_short() -> None:
    estimates, told, classes, dropped, notes = parts(Findings(held_out(COUNTS, NAMES)))
    assert re.split(r"  +", estimates[0]) == [
        "what the map is compared with", "samples", "agreement (95 %)", "macro F1",
        "majority class", "nearest centroid",
    ]  # fmt: skip
    assert re.split(r"  +", estimates[1]) == [
        "random split of the samples", "40", "0.850 (0.709 to 0.929)", "0.740", "0.450", "0.625",
    ]  # fmt: skip
    assert len(estimates) == 2
    assert told[0].startswith("Random split of the samples: how well")
    assert len(told) < 8
    assert [re.split(r"  +", line) for line in classes] == [
        ["By class, random split of the samples:"],
        ["class", "samples", "predicted", "precision (95 %)", "recall (95 %)", "F1"],
        ["10 Tree", "34", "32", "0.938 (0.799 to 0.983)", "0.882 (0.734 to 0.953)", "0.909"],
        ["20 Shrub", "6", "8", "0.500 (0.215 to 0.785)", "0.667 (0.300 to 0.903)", "0.571"],
        ["macro average", "40", "40", "0.719", "0.775", "0.740"],
        ["weighted average", "40", "40", "0.872", "0.850", "0.858"],
    ]
    assert dropped == ["Left out: 7 (embedding is NaN)"]
    assert notes == ["Note: one more"]


def test_what_is_left_out_comes_first_and_is_reckoned_with() -> None:
    found = Findings(held_out(COUNTS, NAMES, GONE), (), validation({**NAMES, 50: "City"}, 50))
    head, estimates, *_, notes = parts(found)
    assert head[0] == (
        "2 classes of the reference are not in this map: 50 City (1.50 %), 95 Bog (0.50 %)"
    )
    assert "map.samples.min_share" in " ".join(head)
    assert re.split(r"  +", estimates[0])[2:4] == ["its classes only (95 %)", "all classes (95 %)"]
    split, points = (re.split(r"  +", line) for line in estimates[1:])
    assert split[2:4] == ["0.850 (0.709 to 0.929)", "0.833 (0.695 to 0.911)"]
    assert points == [
        "design-based, independent points", "300", "-", "0.750 (0.700 to 0.800)", "-", "-", "-",
    ]  # fmt: skip
    # A class that was removed stands in the headline, and not once more among the notes.
    assert notes == ["Note: one more", "Note: the user's accuracy of City rests on no point"]


def test_all_estimates_stand_below_each_other() -> None:
    folds = [scores(COUNTS, NAMES) | {"scheme": scheme} for scheme in ("random", "knndm")]
    found = Findings(
        held_out(COUNTS, NAMES), folds, validation(NAMES, 20), APPLICABILITY, CALIBRATION
    )
    estimates, told, _, beyond, *_ = parts(found)
    assert [re.split(r"  +", line)[0] for line in estimates[1:]] == [
        "random split of the samples", "cross-validation, random folds",
        "cross-validation, kNNDM folds", "design-based, independent points",
    ]  # fmt: skip
    assert len({len(line) for line in estimates}) == 1
    assert max(map(len, [*told, *beyond])) <= 100
    said = " ".join(told)
    assert "Intervals (design-based, independent points): 95 %, Dirichlet" in said
    assert "as if samples were independent" in said
    said = " ".join(beyond)
    assert "87.1 % of the map" in said
    assert "error 0.080 before, 0.020 after, Brier score 0.300 before, 0.250 after" in said
    assert "true one in 90 % of all cases do so in 90.5 %, with 1.70 classes on average" in said


def test_levels_are_told_as_they_are_and_folds_by_what_they_are() -> None:
    fitted = CALIBRATION | {"level": 0.975, "folds_random": True}
    applies = APPLICABILITY | {"notes": ["its folds are random"]}
    found = Findings(held_out(COUNTS, NAMES), applicability=applies, calibration=fitted)
    *_, beyond, _, notes = parts(found)
    said = " ".join(beyond)
    assert "true one in 97.5 % of all cases" in said
    assert "as they are to one another in knndm folds; no" in said
    assert "calibrated on folds, knndm folds that are random (isotonic)" in said
    assert notes[-2:] == ["Note: its folds are random", "Note: samples are not drawn from the map"]


def test_what_the_validation_leaves_out_is_told() -> None:
    """Only what samples leave out is counted elsewhere."""
    points = validation(NAMES, 20) | {"notes": ["12 points outside the map or on void: left out"]}
    *_, notes = parts(Findings(held_out(COUNTS, NAMES), (), points))
    assert notes == ["Note: one more", "Note: 12 points outside the map or on void: left out"]


def test_of_samples_out_of_proportion_no_cost_of_what_is_left_out_is_told() -> None:
    report = map_report(Findings(held_out(COUNTS, NAMES, GONE) | {"proportional": False}))
    text = " ".join(report_text(report).split())
    assert "is not known, as samples are not in proportion to the labels" in text
    assert "count as wrong" not in text
    assert "with the classes left out" not in "\n".join(last_words(report))


def test_the_end_of_a_run_tells_each_estimate_in_a_line_and_no_note_twice() -> None:
    folds = [
        scores(COUNTS, NAMES) | {"scheme": scheme, "notes": ["few shrubs"]}
        for scheme in ("random", "knndm")
    ]
    report = map_report(Findings(held_out(COUNTS, NAMES, GONE), folds, None, APPLICABILITY))
    head, *lines = last_words(report)
    assert head.startswith("2 classes of the reference are not in this map: 50 City (1.50 %)")
    assert lines[0] == (
        "  random split of the samples: 0.850 (0.709 to 0.929), n = 40, with the classes left out "
        "0.833 (0.695 to 0.911), macro F1 0.740, majority class 0.450, nearest centroid 0.625"
    )
    assert [line.split(":")[0] for line in lines[1:4]] == [
        "  cross-validation, random folds", "  cross-validation, kNNDM folds",
        "  Area of applicability",
    ]  # fmt: skip
    assert lines[4:] == [
        "  note: 7 reference points: left out", "  note: one more", "  note: few shrubs",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("figure", "told"),
    [
        ({"value": None, "interval": None}, "-"),
        ({"value": 0.5, "interval": None}, "0.500"),
        ({"value": 0.5, "interval": [0.25, 1.0]}, "0.500 (0.250 to 1.000)"),
    ],
)
def test_what_is_not_known_is_a_dash(figure: dict, told: str) -> None:
    assert shown(figure) == told


def test_nobody_is_told_the_accuracy() -> None:
    found = Findings(held_out(COUNTS, NAMES, GONE), (), validation(NAMES, 20))
    report = map_report(found)
    for text in (report_text(report), "\n".join(last_words(report))):
        assert "the accuracy" not in text
        assert "overall accuracy" not in text
    assert last_words(report)[0].startswith("2 classes of the reference are not in this map")


OTHER = {
    "kind": "forest",
    "best_params": {"n_estimators": 40, "class_weight": None},
    "held_out": {"accuracy": 0.9, "macro_f1": 0.8},
    "crossval": [{"scheme": "knndm", "accuracy": 0.7, "macro_f1": 0.6}],
    "notes": ["a note of its own"],
}


def test_a_model_that_is_no_forest_is_named_and_spoken_of_as_one() -> None:
    own = held_out(COUNTS, {10: "Rain forest", 20: "Shrub"})
    own |= {"kind": "knn", "best_params": {"n_neighbors": 5, "weights": "uniform"}}
    del own["importances"], own["importances_of"]
    folds = [scores(COUNTS, NAMES) | {"scheme": "knndm"}]
    folds[0]["notes"] = ["10 Rain forest: in one fold, so that no model judged by them has"]
    report = map_report(Findings(own, folds))
    text = report_text(report)
    assert text.startswith("Model: nearest neighbours, n_neighbors = 5, weights = uniform.\n\n")
    told = " ".join(text.split())
    assert "how well a model agrees" in told
    assert "how well models agree" in told
    assert "or models share samples" in told
    assert "10 Rain forest: in one fold, so that no model judged by them has" in told
    assert told.count("forest") == told.count("Rain forest")
    assert "  Model: nearest neighbours, n_neighbors = 5, weights = uniform." in last_words(report)


def test_kinds_of_models_stand_side_by_side() -> None:
    own = held_out(COUNTS, NAMES) | {"kind": "logistic", "best_params": {"C": 1.0}}
    folds = [scores(COUNTS, NAMES) | {"scheme": "knndm"}]
    report = map_report(Findings(own, folds, compared=[OTHER]))
    part = next(
        part.split("\n") for part in report_text(report).split("\n\n") if part.startswith("Kinds")
    )
    assert [re.split(r"  +", line) for line in part[1:4]] == [
        ["agreement, macro F1", "random split", "kNNDM folds"],
        ["logistic regression", "0.850, 0.740", "0.850, 0.740"],
        ["random forest", "0.900, 0.800", "0.700, 0.600"],
    ]
    assert part[4:] == [
        "Logistic regression: C = 1.0.",
        "Random forest: n_estimators = 40, class_weight = null.",
        "Random forest: a note of its own.",
    ]
    assert (
        "  beside it: random forest, random split: 0.900, macro F1 0.800; kNNDM folds: 0.700, "
        "macro F1 0.600"
    ) in last_words(report)


def test_of_a_forest_alone_nothing_more_is_told() -> None:
    report = map_report(Findings(held_out(COUNTS, NAMES)))
    assert "comparison" not in report
    assert "Model:" not in report_text(report)

"""Calibration as a whole: on what it is fitted, and that its figures are honest."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from landloom.errors import LandloomError
from landloom.legend.legends import Entry
from landloom.map.calibration.evidence import Evidence, from_points, from_votes
from landloom.map.calibration.fitting import fit_tables
from landloom.map.calibration.report import Wanted, calibrate, choose, refuse_few
from landloom.map.calibration.sets import members, quantiles, scores
from landloom.map.calibration.tables import probabilities
from landloom.map.crossval.folds import Folds
from landloom.map.crossval.votes import Votes
from landloom.map.points import Points
from landloom.map.validation.estimators import Counts
from landloom.map.validation.strata import Places, Sample

CLASSES = np.array([10, 20, 40])
LEGEND = {10: Entry("Forest"), 20: Entry("Water"), 40: Entry("40")}


def timid_votes(n: int, seed: int = 0, folds: int = 5) -> Votes:
    """Return votes whose winner is right more often than its share says."""
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(3), n)
    chance = shares**3 / (shares**3).sum(axis=1, keepdims=True)
    label = CLASSES[(rng.random((n, 1)) > chance.cumsum(axis=1)[:, :-1]).sum(axis=1)]
    return Votes(np.arange(n), label, rng.integers(0, folds, n), CLASSES, shares)


def of_votes(votes: Votes, scheme: str = "knndm", *, proportional: bool = True) -> Evidence:
    folds = Folds(scheme, votes.fold, int(votes.fold.max()) + 1)
    return from_votes(votes, folds, proportional=proportional)


def on_folds(n: int, seed: int = 0) -> Evidence:
    return of_votes(timid_votes(n, seed))


def of_counts(counts: list[int], on: str = "folds") -> Evidence:
    """Return evidence with so many places of each class."""
    label = np.repeat(np.arange(3), counts)
    shares = np.where(np.arange(3)[:, None] == label, 80, 10).astype(np.uint8)
    scheme, chance = ("blocks", False) if on == "folds" else (None, None)
    about = {"on": on, "folds": scheme, "folds_random": chance}
    part = np.arange(label.size) % 5
    return Evidence(CLASSES, shares, label, label, np.ones(label.size), part, about)


def test_votes_become_percents_and_places_of_classes() -> None:
    shares = np.array([[0.125, 0.875, 0.0], [0.4, 0.4, 0.2]])
    votes = Votes(np.arange(2), np.array([40, 10]), np.array([3, 1]), CLASSES, shares)
    found = of_votes(votes, "blocks")
    np.testing.assert_array_equal(found.percents.T, [[12, 88, 0], [40, 40, 20]])
    assert (found.label.tolist(), found.predicted.tolist()) == ([2, 0], [1, 0])
    assert (found.part.tolist(), found.weight.tolist()) == ([3, 1], [1, 1])
    assert found.about == {"on": "folds", "folds": "blocks", "folds_random": False}


def test_folds_that_are_random_and_samples_out_of_proportion_are_told() -> None:
    votes = timid_votes(60)
    folds = Folds("knndm", votes.fold, 5, {"random": True}, ("its folds are random",))
    found = from_votes(votes, folds, proportional=False)
    assert found.about == {"on": "folds", "folds": "knndm", "folds_random": True}
    random, mixed = found.notes
    assert random == "its folds are random"
    assert "samples are not in proportion to the labels" in mixed
    assert of_votes(votes).notes == ()


def sample(stratum: list[int], reference: list[int], on_map: list[int]) -> Sample:
    """Return points in strata of 300 and 20 pixels."""
    places = Places(*(np.array(v) for v in ([0] * 6, [0] * 6, on_map, reference, stratum)))
    points = np.bincount(stratum)
    counts = Counts(points[:, None, None], np.array([300.0, 20.0]))
    return Sample(counts, ["a", "b"], [10], 1.0, False, places)


def test_points_weigh_what_they_stand_for_and_unknown_classes_are_left_out() -> None:
    drawn = sample([0, 0, 0, 1, 1, 0], [10, 20, 10, 40, 90, 10], [10, 10, 10, 20, 20, 10])
    shares = np.arange(18).reshape(3, 6).astype(np.uint8)
    found = from_points(drawn, CLASSES, shares)
    np.testing.assert_array_equal(found.percents, shares[:, [0, 1, 2, 3, 5]])
    assert found.label.tolist() == [0, 1, 0, 2, 0]
    assert found.predicted.tolist() == [0, 0, 0, 1, 0]
    np.testing.assert_allclose(found.weight, np.array([75, 75, 75, 10, 75]) / 62)
    assert "1 of 6 points, which stand for 3.1 % of the map, have a class" in found.notes[0]
    assert set(found.part.tolist()) == set(range(5))


@pytest.mark.parametrize("method", ["isotonic", "temperature"])
def test_the_error_is_at_least_halved(method: Any) -> None:
    told = calibrate(on_folds(4000), Wanted("auto", method, 0.9), LEGEND)
    assert told["ece"]["before"] > 0.1
    assert told["ece"]["after"] < told["ece"]["before"] / 2
    assert told["brier"]["after"] < told["brier"]["before"]
    assert (told["temperature"] is None) == (method == "isotonic")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("level", [0.7, 0.9])
def test_sets_hold_each_class_as_often_as_asked_for(seed: int, level: float) -> None:
    told = calibrate(on_folds(6000, seed), Wanted("auto", "isotonic", level), LEGEND)
    for about in told["classes"]:
        assert about["coverage"] == pytest.approx(level, abs=4 * (0.21 / about["n"]) ** 0.5)
    assert told["coverage"] == pytest.approx(level, abs=0.02)
    assert sum(told["set_sizes"].values()) == pytest.approx(1)
    mean = sum(int(number) * share for number, share in told["set_sizes"].items())
    assert told["mean_set_size"] == pytest.approx(mean)


def test_no_place_is_judged_by_what_was_fitted_to_it() -> None:
    """The figures are those of tables and quantiles fitted anew for each part, by hand."""
    found, level = on_folds(300), 0.8
    right, held, sizes = [], [], []
    for part in range(5):
        out = found.part == part
        rest = found.those(~out)
        made = probabilities(fit_tables("isotonic", rest), found.percents[:, out])
        truth = found.label[out] == np.arange(3)[:, None]
        right.append(np.square(made - truth).sum(axis=0))
        strange = scores(rest.percents)[rest.label, np.arange(rest.label.size)]
        limits = quantiles(strange, rest.label, rest.weight, level, 3)
        inside = members(scores(found.percents[:, out]), limits)
        held.append((inside & truth).any(axis=0))
        sizes.append(inside.sum(axis=0))
    told = calibrate(found, Wanted("folds", "isotonic", level), LEGEND)
    assert told["brier"]["after"] == pytest.approx(np.concatenate(right).mean())
    assert told["coverage"] == pytest.approx(np.concatenate(held).mean())
    assert told["mean_set_size"] == pytest.approx(np.concatenate(sizes).mean())


def test_labels_without_any_sense_are_not_praised() -> None:
    votes = timid_votes(3000)
    noise = np.random.default_rng(1).choice(CLASSES, 3000)
    found = of_votes(replace(votes, label=noise), "random")
    told = calibrate(found, Wanted("auto", "isotonic", 0.9), LEGEND)
    assert told["brier"]["after"] == pytest.approx(2 / 3, abs=0.02)
    assert told["mean_set_size"] > 2.6


def test_all_is_told_and_the_same_each_time() -> None:
    wanted = Wanted("auto", "isotonic", 0.9)
    told, again = (calibrate(on_folds(200), wanted, LEGEND) for _ in range(2))
    assert json.dumps(told, allow_nan=False) == json.dumps(again, allow_nan=False)
    assert (told["on"], told["folds"], told["asked"], told["n"]) == ("folds", "knndm", "auto", 200)
    rows = told["classes"]
    assert [(r["value"], r["name"], r["bit"]) for r in rows] == [
        (10, "Forest", 0), (20, "Water", 1), (40, "40", 2)
    ]  # fmt: skip
    assert all(len(row["table"]) == 101 for row in rows)
    assert "lie in clusters" in told["notes"][0]


def test_points_go_before_folds_where_there_are_enough() -> None:
    wanted = Wanted("auto", "isotonic", 0.9)
    points, folds = of_counts([12, 20, 12], "validation"), of_counts([50, 50, 50])
    assert choose(wanted, [points, folds], LEGEND).about["on"] == "validation"
    points = of_counts([12, 8, 0], "validation")
    found = choose(wanted, [points, folds], LEGEND)
    assert found.about["on"] == "folds"
    assert found.notes == (
        "not fitted on 20 points of map.validation.table, of which Water (20) has 8, 40 has 0, "
        "fewer than 9",
    )
    assert calibrate(found, wanted, LEGEND)["notes"][1:] == list(found.notes)


def test_all_classes_that_are_too_small_are_named_at_once() -> None:
    with pytest.raises(LandloomError) as caught:
        choose(Wanted("auto", "isotonic", 0.9), [of_counts([50, 4, 8])], LEGEND)
    assert str(caught.value) == (
        "map.calibration.level: 0.9 needs at least 9 places of each class to be fitted on, outside "
        "each fold, or fifth of the points, that is left out to judge it; there are 62 samples in "
        "folds (blocks), of which Water (20) has 4, 40 has 8. Take more samples or points "
        "(map.samples.n, map.validation), lower the level (0.75 would do), take folds that classes "
        "are spread over (map.calibration.folds: random), merge classes (map.reference.classes), "
        "or leave rare ones out (map.samples.min_share)"
    )
    assert choose(Wanted("auto", "isotonic", 0.75), [of_counts([50, 4, 8])], LEGEND)


def plots() -> Votes:
    """Return votes on four classes that are told apart well, the last of them in one fold only.

    Forests that had not learned of a class have no votes for it, as those of real folds.
    """
    rng = np.random.default_rng(0)
    label, fold = np.repeat(np.arange(4), 150), rng.integers(0, 5, 600)
    fold[label == 3] = 0
    likely = np.where(np.arange(4) == label[:, None], 6.0, 0.5)
    likely[label == 3] = 2.0
    shares = np.array([0.1 * rng.dirichlet(np.ones(4)) + 0.9 * rng.dirichlet(x) for x in likely])
    shares[fold == 0, 3] = 0
    shares /= shares.sum(axis=1, keepdims=True)
    return Votes(np.arange(600), label, fold, np.arange(4), shares)


@pytest.mark.parametrize("method", ["isotonic", "temperature"])
def test_a_class_in_one_fold_does_not_spoil_the_others(method: Any) -> None:
    """The forest of the map knows all four: where it votes as these do, it is right as often."""
    legend, wanted = {value: Entry(f"c{value}") for value in range(4)}, Wanted("folds", method, 0.9)
    votes = plots()
    found = choose(wanted, [of_votes(votes)], legend)
    told = calibrate(found, wanted, legend)
    assert found.absent == (3,)
    assert any(note.startswith("c3 (3): fewer than 9 samples outside") for note in told["notes"])
    assert told["n"] == 450
    others = of_votes(votes).those(votes.label != 3)
    made = probabilities(np.array([row["table"] for row in told["classes"]]), others.percents)
    right = others.predicted == others.label
    confidence = made[others.predicted, np.arange(right.size)]
    assert confidence.mean() == pytest.approx(right.mean(), abs=0.03)
    last = told["classes"][3]
    assert (last["quantile"], last["n"], last["coverage"]) == (1.0, 0, None)
    assert all(0 < row["quantile"] < 0.99 for row in told["classes"][:3])
    assert told["set_sizes"]["0"] == 0
    assert json.dumps(told, allow_nan=False)


def test_too_few_samples_are_refused_before_there_are_folds() -> None:
    frame = pd.DataFrame({"label": np.repeat([10, 20, 40], [50, 4, 8])})
    with pytest.raises(
        LandloomError,
        match=r"0\.9 needs at least 9 places of each class .* class 20 \(Water\) has 4, class 40",
    ):
        refuse_few(Points(frame, LEGEND), 0.9)
    refuse_few(Points(frame, LEGEND), 0.8)


def test_with_only_one_class_besides_nothing_is_set_aside() -> None:
    found = of_counts([50, 20, 20])
    part = np.where(found.label == 0, found.part, 0)
    with pytest.raises(LandloomError, match=r"Water \(20\) has 20, 0 of them outside a part"):
        choose(Wanted("folds", "isotonic", 0.9), [replace(found, part=part)], LEGEND)


def test_sets_are_judged_only_by_limits_that_there_are() -> None:
    """Nine points do not do where two of them are left out: twelve do."""
    wanted = Wanted("validation", "isotonic", 0.9)
    with pytest.raises(LandloomError, match=r"40 has 11, 8 of them outside a part"):
        choose(wanted, [of_counts([50, 50, 11], "validation")], LEGEND)
    told = calibrate(
        choose(wanted, [of_counts([50, 50, 12], "validation")], LEGEND), wanted, LEGEND
    )
    assert told["mean_set_size"] == 1


def test_points_of_each_class_are_dealt_out_evenly() -> None:
    reference = np.repeat([10, 20, 40], [12, 7, 23])
    places = Places(*(np.zeros(42, int),) * 2, reference, reference, np.zeros(42, int))
    counts = Counts(np.array([[[42]]]), np.array([300.0]))
    found = from_points(
        Sample(counts, ["a"], [10], 1.0, False, places), CLASSES, np.zeros((3, 42), np.uint8)
    )
    for place in range(3):
        dealt = np.bincount(found.part[found.label == place], minlength=5)
        assert np.ptp(dealt) <= 1


def test_weights_make_a_class_too_small() -> None:
    found = of_counts([50, 50, 12], "validation")
    weight = found.weight.copy()
    weight[-1] = 20
    with pytest.raises(LandloomError, match=r"40 has 12 \(by weight as if 2\.3\)\. Take"):
        choose(Wanted("validation", "isotonic", 0.9), [replace(found, weight=weight)], LEGEND)

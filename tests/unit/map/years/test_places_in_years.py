"""Samples of several years on one place are never parted."""

from __future__ import annotations

import runpy
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedKFold

from landloom.errors import LandloomError
from landloom.legend.legends import Entry
from landloom.map.crossval.schemes import Cut, cut_folds
from landloom.map.forest.scoring import Problem
from landloom.map.forest.tuning_units import stage1_units
from landloom.map.points import Points
from landloom.map.samples import select
from landloom.map.shares import Shares
from landloom.map.years.choosing import select_places
from landloom.map.years.places import (
    one_of_each,
    place_of,
    stratified,
    with_joined_groups,
)

CLASSES = {value: Entry(f"class {value}") for value in range(1, 6)}


def table(
    places: int, years: tuple[int, ...] = (2018, 2024), seed: int = 0, kept: float = 0.8
) -> pd.DataFrame:
    """Samples of most places in each year; some places change their class."""
    rng = np.random.default_rng(seed)
    frames = []
    label = rng.choice([1, 2, 3, 4], places, p=[0.4, 0.3, 0.2, 0.1])
    for year in years:
        changed = rng.random(places) < 0.2
        label = np.where(changed, rng.choice([1, 2, 3, 4], places), label)
        there = np.flatnonzero(rng.random(places) < kept)
        frames.append(
            pd.DataFrame(
                {
                    "lon": 5 + 0.01 * (there % 17), "lat": 50 + 0.01 * (there // 17),
                    "row": there // 17, "col": there % 17,
                    "source": [str(value) for value in label[there]],
                    "year": year, "label": label[there],
                    "b01": rng.normal(size=there.size).astype(np.float32),
                }
            )
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def parted(frame: pd.DataFrame, side: np.ndarray | pd.Series) -> int:
    """Count places whose samples lie on several sides."""
    return int((pd.Series(np.asarray(side)).groupby(place_of(frame)).nunique() > 1).sum())


def points(frame: pd.DataFrame) -> Points:
    return Points(frame, CLASSES, {"before": 1}, ("told before",))


def test_without_years_each_sample_is_a_place_of_its_own():
    frame = table(30, (2018,)).drop(columns="year")
    again = pd.concat([frame, frame], ignore_index=True)  # a pixel twice
    units, unit = one_of_each(again)
    assert units is again
    np.testing.assert_array_equal(unit, np.arange(len(again)))
    assert stratified(again, 5) == 5
    assert with_joined_groups(again) is again
    told = select_places(points(frame), 20, 0.01, 0.25, 3, Shares())
    expected = select(points(frame), 20, 0.01, 0.25, 3, Shares())
    pd.testing.assert_frame_equal(told.frame, expected.frame)
    assert told.notes == expected.notes


def test_a_place_stands_for_the_class_that_is_the_rarest():
    frame = pd.DataFrame(
        {
            "row": [0, 0, 0, 1, 0], "col": [0, 1, 2, 0, 0],
            "year": [1, 1, 1, 1, 2], "label": [1, 1, 1, 2, 2],
        }
    )  # fmt: skip
    units, unit = one_of_each(frame)
    np.testing.assert_array_equal(unit, [0, 1, 2, 3, 0])
    np.testing.assert_array_equal(units["label"], [2, 1, 1, 2])


def test_pixels_of_one_number_in_two_zones_are_two_places():
    frame = pd.DataFrame({"zone": ["a", "b"], "row": [1, 1], "col": [2, 2], "year": [1, 2]})
    np.testing.assert_array_equal(place_of(frame), [0, 1])


@given(seed=st.integers(0, 200), n=st.integers(20, 120), test=st.floats(0.15, 0.5))
def test_choosing_keeps_places_whole_and_parts_none(seed, n, test):
    frame = table(130, seed=seed)
    try:
        told = select_places(points(frame), n, 0.05, test, seed, Shares())
    except LandloomError:
        return  # too few for a test sample of each class
    chosen = told.frame
    assert parted(chosen, chosen["split"]) == 0
    places = chosen.groupby(["row", "col"], sort=False).ngroup()
    assert places.nunique() <= n
    assert (places.diff().fillna(0).isin([0, 1])).all()  # those of a place follow each other
    assert not (chosen["split"] == "test").to_numpy()[: (chosen["split"] == "train").sum()].any()
    gone = {each.value for each in told.left_out}
    for (row, col), own in chosen.groupby(["row", "col"]):
        before = frame[(frame["row"] == row) & (frame["col"] == col)]
        assert set(own["year"]) == set(before.loc[~before["label"].isin(gone), "year"])
    assert set(told.classes) == set(chosen["label"])
    assert "split" in chosen.columns[: list(chosen.columns).index("b01")]


def test_a_class_that_is_too_small_takes_none_of_its_places_other_samples_along():
    frame = table(100, kept=1.0)
    later = frame["year"] == 2024
    frame.loc[later & (frame["row"] == 0) & (frame["col"] < 3), ["label", "source"]] = [5, "5"]
    told = select_places(points(frame), 100, 0.05, 0.2, 1, Shares())
    assert [(each.value, each.samples, each.share) for each in told.left_out] == [(5, 3, 3 / 200)]
    assert len(told.frame) == 197
    assert told.frame.groupby(["row", "col"]).ngroups == 100
    assert told.dropped == {"before": 1, "class 5 (class 5): under 0.05 of all samples": 3}
    assert sum("class 5" in note for note in told.notes) == 1
    fewer = select_places(points(frame), 60, 0.05, 0.2, 1, Shares())
    assert fewer.frame.groupby(["row", "col"]).ngroups == 60
    assert fewer.dropped["more than map.samples.n"] == 197 - len(fewer.frame)


def test_that_samples_share_places_is_told():
    told = select_places(points(table(130)), 100, 0.01, 0.2, 1, Shares())
    frame = told.frame
    assert told.notes[-1].startswith(f"{len(frame)} samples of 100 places, some in several years")
    alone = select_places(points(table(130, (2018,))), 100, 0.01, 0.2, 1, Shares())
    assert alone.notes == ("told before",)


def test_folds_of_the_tuning_are_stratified_over_places():
    frame = table(200, (2018, 2021, 2024))
    folds = stratified(frame, 4)
    assert parted(frame, folds) == 0
    units, unit = one_of_each(frame)
    expected = np.empty(len(units), int)
    for number, (_, test) in enumerate(StratifiedKFold(4).split(units, units["label"])):
        expected[test] = number
    np.testing.assert_array_equal(folds, expected[unit])


PLACES = (np.linspace(5, 5.17, 40), np.linspace(50, 50.08, 40))


@pytest.mark.parametrize("scheme", ["random", "knndm", "blocks", "group"])
def test_no_scheme_parts_a_place(scheme):
    frame = table(130)
    frame["group"] = [f"{row // 2}-{year}" for row, year in frame[["row", "year"]].to_numpy()]
    frame = with_joined_groups(frame)
    folds = cut_folds(frame, Cut(scheme, 4, block_km=1.0), PLACES)
    assert parted(frame, folds.number) == 0
    assert folds.about["sizes"] == np.bincount(folds.number).tolist()
    assert sum(folds.about["sizes"]) == len(frame)
    if scheme == "group":
        assert pd.Series(folds.number).groupby(frame["group"].to_numpy()).nunique().max() == 1


SCRIPTS = Path(__file__).parents[4] / "workflow/scripts"
ASKED = {
    "tune": ("landloom.map.forest.scoring.score_unit", "forest"),
    "tune_kind": ("landloom.map.classifiers.tuning.search", "knn"),
}


class Asked(Exception):  # noqa: N818
    """What a script asks to be scored."""


def asked_by(script: str, samples: Path, monkeypatch: pytest.MonkeyPatch) -> Problem:
    """Run a script as Snakemake does, up to where candidates are scored."""

    def stop(problem: Problem, *_: object, **__: object) -> None:
        raise Asked(problem)

    function, kind = ASKED[script]
    monkeypatch.setattr(function, stop)
    grid = {"max_features": ["sqrt"], "max_depth": [None], "min_samples_leaf": [1]}
    units = [unit.plain() for unit in stage1_units(grid)]
    output = SimpleNamespace(result="result.json", best="best.txt")
    told = SimpleNamespace(
        input=type("Files", (dict,), {"samples": samples, "folds": []})(),
        output=[f"tuning/stage1/{kind}.json"] if script == "tune" else output,
        params=SimpleNamespace(folds=4, seed=1, units=units, scorer="s", grid={}),
        log=[f"{script}.log"], threads=1, wildcards=SimpleNamespace(kind=kind),
    )  # fmt: skip
    monkeypatch.setattr("landloom.job.runner.intact", lambda *_: nullcontext())
    monkeypatch.setattr("landloom.job.runner.notes_kept", lambda *_: nullcontext())
    with pytest.raises(Asked) as found:
        runpy.run_path(str(SCRIPTS / f"{script}.py"), {"snakemake": told})
    return found.value.args[0]


def test_all_kinds_are_tuned_on_equal_folds_which_part_no_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    chosen = select_places(points(table(130)), 100, 0.01, 0.2, 1, Shares())
    chosen.write(tmp_path / "samples.parquet")
    training = chosen.frame[chosen.frame["split"] == "train"]
    cut = [asked_by(script, tmp_path / "samples.parquet", monkeypatch).folds for script in ASKED]
    np.testing.assert_array_equal(cut[0], cut[1])
    assert np.unique(cut[1]).size == 4
    assert parted(training, cut[1]) == 0


def test_groups_that_share_a_place_are_one():
    """Polygons of two years: a and b on one ground, c with a pixel of b, d by itself."""
    frame = pd.DataFrame(
        {
            "row": [0, 1, 0, 1, 2, 2, 3, 9],
            "col": 0,
            "year": [1, 1, 2, 2, 2, 1, 1, 1],
            "group": ["a", "a", "b", "b", "b", "c", "c", "d"],
        }
    )
    assert with_joined_groups(frame)["group"].tolist() == ["a"] * 7 + ["d"]

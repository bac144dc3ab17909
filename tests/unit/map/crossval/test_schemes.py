"""Ways to cut samples into folds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer
from sklearn.model_selection import GroupKFold, StratifiedKFold

from landloom.errors import LandloomError
from landloom.legend.legends import Entry
from landloom.map.crossval.distances import geocentric
from landloom.map.crossval.folds import Folds
from landloom.map.crossval.schemes import Cut, cut_folds, dealt, fold_notes, squares

CLASSES = {1: Entry("1"), 2: Entry("water")}
PLACES = tuple(np.random.default_rng(5).uniform((8, 48), (12, 50), (300, 2)).T)


def samples(n: int = 120, seed: int = 0) -> pd.DataFrame:
    """Return clustered samples with classes and groups."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform((8, 48), (12, 50), (10, 2))
    clump = rng.integers(10, size=n)
    lon, lat = (centres[clump] + rng.normal(0, 0.02, (n, 2))).T
    group = [f"plot {number}" for number in clump]
    return pd.DataFrame({"lon": lon, "lat": lat, "label": rng.integers(1, 4, n), "group": group})


@pytest.mark.parametrize("scheme", ["random", "knndm", "blocks", "group"])
def test_each_sample_is_in_one_fold_and_each_fold_has_samples(scheme: str) -> None:
    frame = samples()
    folds = cut_folds(frame, Cut(scheme, 4, block_km=5.0, seed=1), PLACES)
    assert (folds.scheme, folds.n, folds.number.dtype) == (scheme, 4, np.int64)
    assert np.unique(folds.number).tolist() == [0, 1, 2, 3]
    assert folds.about["sizes"] == np.bincount(folds.number).tolist()
    again = cut_folds(frame, Cut(scheme, 4, block_km=5.0, seed=1), PLACES)
    assert again.number.tolist() == folds.number.tolist()
    assert again.about == folds.about


def test_random_folds_are_those_of_scikit_learn() -> None:
    frame = samples()
    number = cut_folds(frame, Cut("random", 5, seed=3), None).number
    splits = StratifiedKFold(5, shuffle=True, random_state=3).split(frame, frame["label"])
    for fold, (_, test) in enumerate(splits):
        assert np.flatnonzero(number == fold).tolist() == test.tolist()


def test_folds_are_read_as_they_were_written(tmp_path: Path) -> None:
    folds = Folds("knndm", np.array([1, 0, 1]), 2, {"random": True}, ("one", "two"))
    folds.write(tmp_path / "folds.json")
    back = Folds.read(tmp_path / "folds.json")
    assert (back.scheme, back.n, back.about, back.notes) == ("knndm", 2, folds.about, folds.notes)
    assert back.number.tolist() == [1, 0, 1]
    assert back.by_chance
    assert not Folds("blocks", back.number, 2).by_chance
    assert Folds("random", back.number, 2).by_chance


@pytest.mark.parametrize("spread", [False, True])
def test_many_small_classes_do_not_keep_samples_from_being_matched(spread: bool) -> None:
    """Random folds are for comparison only, or for samples that lie anyhow: no class is needed."""
    frame = samples().assign(label=np.arange(120) // 4)
    if spread:
        frame["lon"], frame["lat"] = np.random.default_rng(7).uniform((8, 48), (12, 50), (120, 2)).T
    folds = cut_folds(frame, Cut("knndm", 5), PLACES)
    assert folds.about["random"] is spread
    assert folds.about["w_random"] > 0
    assert np.ptp(np.bincount(folds.number)) <= (0 if spread else 120)
    with pytest.raises(LandloomError, match="the largest class has only 4 samples"):
        cut_folds(frame, Cut("random", 5), None)


def test_clustered_samples_are_matched_and_it_is_told_how() -> None:
    folds = cut_folds(samples(), Cut("knndm", 5), PLACES)
    about = folds.about
    assert about["random"] is False
    assert about["w"] < about["w_random"] / 2
    assert about["ks_p"] < 0.05
    assert 5 <= about["clusters"] <= 118
    assert (about["prediction_points"], about["clustered_samples"]) == (300, 120)
    assert max(about["sizes"]) <= 60
    assert fold_notes(samples()["label"].to_numpy(), folds, CLASSES) == []


def test_two_folds_need_not_be_equal_to_the_last_sample() -> None:
    sizes = cut_folds(samples(121), Cut("knndm", 2), PLACES).about["sizes"]
    assert max(sizes) <= 0.6 * 121


def test_samples_as_spread_as_the_map_get_random_folds_and_a_note() -> None:
    frame = samples()
    frame["lon"], frame["lat"] = np.random.default_rng(8).uniform((8, 48), (12, 50), (120, 2)).T
    folds = cut_folds(frame, Cut("knndm", 5, seed=2), PLACES)
    assert folds.about["random"] is True
    assert folds.about["w"] == folds.about["w_random"]
    assert folds.number.tolist() == cut_folds(frame, Cut("random", 5, seed=2), None).number.tolist()
    (note,) = fold_notes(frame["label"].to_numpy(), folds, CLASSES)
    assert note.startswith("knndm: samples lie no closer together than the map's pixels")


def test_samples_that_are_too_few_to_be_clustered_get_random_folds_and_another_note() -> None:
    frame = samples(6).assign(label=1)
    folds = cut_folds(frame.assign(lon=9.0 + frame.index * 1e-5, lat=49.0), Cut("knndm", 5), PLACES)
    assert (folds.about["random"], folds.about["clusters"]) == (True, None)
    note = fold_notes(np.arange(6) % 2, folds, CLASSES)[0]
    assert note.startswith("knndm: there are too few samples to keep apart")


def test_a_class_within_one_fold_is_told() -> None:
    folds = Folds("blocks", np.array([0, 0, 1, 1, 2]), 3)
    notes = fold_notes(np.array([1, 2, 1, 1, 2]), folds, CLASSES)
    assert notes == []
    notes = fold_notes(np.array([2, 2, 1, 1, 1]), folds, CLASSES)
    assert notes == [
        "class 2 (water): all 2 samples lie in one fold, so that no model judged by them has "
        "learned of it"
    ]


def test_groups_are_never_parted() -> None:
    frame = samples()
    folds = cut_folds(frame, Cut("group", 4), None)
    assert frame.assign(fold=folds.number).groupby("group")["fold"].nunique().max() == 1
    assert folds.about["groups"] == 10
    splits = GroupKFold(4).split(frame, groups=frame["group"])
    for fold, (_, test) in enumerate(splits):
        assert np.flatnonzero(folds.number == fold).tolist() == test.tolist()


def test_blocks_are_never_parted_and_folds_are_of_nearly_one_size() -> None:
    frame = samples(600)
    folds = cut_folds(frame, Cut("blocks", 5, block_km=2.0), None)
    block = squares(frame["lon"].to_numpy(), frame["lat"].to_numpy(), 2.0)
    assert len({*zip(block, folds.number, strict=True)}) == folds.about["blocks"]
    sizes = folds.about["sizes"]
    assert max(sizes) - min(sizes) <= np.bincount(block).max()
    other = cut_folds(frame, Cut("blocks", 5, block_km=2.0, seed=7), None)
    assert other.number.tolist() != folds.number.tolist()


@given(st.lists(st.integers(1, 9), min_size=4, max_size=30), st.integers(2, 4), st.integers(0, 99))
def test_dealt_blocks_stay_whole(sizes: list[int], n: int, seed: int) -> None:
    block = np.repeat(np.arange(len(sizes)), sizes)
    folds = dealt(block, n, seed)
    assert np.unique(folds).tolist() == list(range(n))
    assert len({*zip(block.tolist(), folds.tolist(), strict=True)}) == len(sizes)
    filled = np.bincount(folds)
    assert filled.max() - filled.min() <= max(sizes)


def test_equal_blocks_make_equal_folds() -> None:
    assert np.bincount(dealt(np.arange(20), 5, 0)).tolist() == [4] * 5
    assert dealt(np.arange(20), 5, 0).tolist() != dealt(np.arange(20), 5, 1).tolist()


@settings(max_examples=30)
@given(st.floats(-180, 180), st.floats(-85, 85), st.sampled_from([1.0, 10.0, 50.0]))
def test_squares_are_squares_of_the_ground(lon: float, lat: float, side: float) -> None:
    """Of points along a line, those of one square lie within about a side, north and east."""
    earth = Geod(ellps="WGS84")
    for azimuth in (0, 90):
        steps = np.arange(0, 4000 * side, 50 * side)
        ends = earth.fwd(
            np.full(steps.size, lon), np.full(steps.size, lat), np.full(steps.size, azimuth), steps
        )
        numbers = squares(np.asarray(ends[0]), np.asarray(ends[1]), side)
        longest = max(np.ptp(steps[numbers == number]) for number in np.unique(numbers))
        assert 0.9 * side * 1000 < longest < 1.2 * side * 1000


def test_squares_hold_together_across_the_180th_meridian_and_at_the_poles() -> None:
    lon = np.array([180.0, -180.0, 0.0, 90.0, 0.0])
    lat = np.array([10.0, 10.0, 90.0, 90.0, -90.0])
    numbers = squares(lon, lat, 20.0)
    assert numbers[0] == numbers[1]
    assert np.unique(squares(lon, lat, 20_000.0)).size <= 3


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_places_are_those_of_the_ellipsoid(lon: float, lat: float) -> None:
    expected = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True).transform(lon, lat, 0)
    assert geocentric(np.array([lon]), np.array([lat]))[0] == pytest.approx(expected, abs=1e-4)


def without_groups(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(columns="group")


def of_one_place(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(lon=9.0, lat=49.0)


def of_one_town(frame: pd.DataFrame) -> pd.DataFrame:
    lon, lat = np.random.default_rng(1).uniform((9.05, 49.02), (9.08, 49.04), (len(frame), 2)).T
    return frame.assign(lon=lon, lat=lat)


def few(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.iloc[:3]


def of_many_classes(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(label=np.arange(len(frame)) // 2)


@pytest.mark.parametrize(
    ("scheme", "n", "change", "said"),
    [
        ("group", 11, None, "map.reference.group: the 120 samples are of 10 groups, fewer than the "
         "11 folds; lower map.crossval.n, or name a column of more groups"),
        ("group", 2, without_groups, "map.reference.group: is missing, but folds by 'group'"),
        ("blocks", 5, of_one_place, "map.crossval.block_km: the 120 samples lie in 1 square of "
         "10 km, fewer than the 5 folds; make the squares smaller, or lower map.crossval.n"),
        ("blocks", 5, of_one_town, "map.crossval.block_km: the 120 samples lie in 2 squares of "
         "10 km, fewer than the 5 folds; make the squares smaller (0.62 km make enough), or"),
        ("random", 5, of_many_classes, "map.crossval.n: 5 folds, but the largest class has only 2 "
         "samples; lower it to 2, or give more labelled points"),
        *((scheme, 5, few, "map.crossval.n: 5 folds of 3 samples; lower it to 3 at most, or give")
          for scheme in ("random", "knndm", "blocks", "group")),
    ],
)  # fmt: skip
def test_what_cannot_be_cut_is_told(scheme: str, n: int, change: Any, said: str) -> None:
    frame = samples()
    with pytest.raises(LandloomError) as caught:
        cut_folds(change(frame) if change else frame, Cut(scheme, n), PLACES)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)

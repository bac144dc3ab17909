"""Cross-validation in spatial folds, of a tiny map and of clustered points in a table."""

from __future__ import annotations

import copy
import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import rasterio
from conftest import Place, digests
from rasterio.warp import transform as transform_places
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import PredefinedSplit, cross_val_score
from tiny_map import MAP_CONFIG

from landloom.map.crossval.folds import Folds
from landloom.map.crossval.votes import Votes
from landloom.map.sample_table import band_names

pytestmark = pytest.mark.slow

SECTION = {"schemes": ["random", "knndm", "blocks"], "n": 2, "block_km": 0.2}


def told(place: Place, scheme: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((place.results / f"map/crossval/{scheme}.json").read_text())
    return data


@pytest.fixture(scope="module")
def judged(mapped: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A finished map, to which cross-validation was added."""
    place = mapped.copy(tmp_path_factory.mktemp("judged") / "place")
    place.config["map"]["crossval"] = SECTION
    run = place.run()
    assert run.code == 0, run.output
    own = {"crossval_places": 1, "crossval_folds": 3, "crossval_fold": 6, "crossval": 3}
    told = ("all", "configuration", "run_tables", "notes", "index")
    told += ("map_report", "figure_report", "map_tables")
    assert run.jobs == own | dict.fromkeys(told, 1)
    return place


def test_all_votes_out_of_their_folds_are_judged_together(judged: Place) -> None:
    samples = pd.read_parquet(judged.results / "map/samples.parquet")
    for scheme in SECTION["schemes"]:
        folder = judged.results / "map/crossval" / scheme
        folds, votes = Folds.read(folder / "folds.json"), Votes.read(folder / "votes.npz")
        assert (folds.scheme, folds.n, len(folds.number)) == (scheme, 2, len(samples))
        assert votes.sample.tolist() == list(range(len(samples)))
        assert votes.label.tolist() == samples["label"].tolist()
        assert votes.fold.tolist() == folds.number.tolist()
        data = told(judged, scheme)
        assert data["accuracy"] == np.mean(votes.predicted == votes.label)
        assert data["accuracy"] > data["baselines"]["nearest_centroid"]["accuracy"] - 0.1
        assert data["baselines"]["nearest_centroid"]["accuracy"] > 0.5
        assert data["about"]["sizes"] == [fold["samples"] for fold in data["folds"]]
    assert told(judged, "knndm")["about"]["random"] is True  # a raster's points lie all over it
    assert told(judged, "blocks")["about"]["blocks"] > 9


def test_a_map_without_it_is_as_before(mapped: Place, judged: Place) -> None:
    before, after = digests(mapped), digests(judged)
    changed = {name for name in before if before[name] != after[name]}
    assert {name for name in changed if ".digests" not in name} <= {
        "config.yaml", "tables/run.html", "tables/map.html", "map/report.json", "map/report.txt",
        "notes.json", "index.html", "figures/map_report.png", "figures/map_estimates.png",
    }  # fmt: skip
    assert judged.run("-n").jobs == {}


def test_a_changed_key_reruns_what_it_concerns(judged: Place, tmp_path: Path) -> None:
    place = judged.copy(tmp_path / "place")
    place.config["map"]["crossval"]["block_km"] = 0.3
    told_anew = {"all", "configuration", "run_tables", "notes", "index"}
    told_anew |= {"map_report", "figure_report", "map_tables"}
    jobs = place.run("-n").jobs
    assert jobs.keys() - told_anew == {"crossval_folds", "crossval_fold", "crossval"}
    assert (jobs["crossval_folds"], jobs["crossval_fold"]) == (1, 2)


def write_table(place: Place, path: Path, groups: int = 12) -> None:
    """Write clustered points with the group that each clump is."""
    rng = np.random.default_rng(3)
    with rasterio.open(place.folder / "in/embedding.tif") as embedding:
        side = embedding.width
        spots = rng.uniform(5, side - 5, (groups, 2))[np.repeat(np.arange(groups), 25)]
        cols, rows = (spots + rng.normal(0, 1.5, spots.shape)).T
        x, y = embedding.transform @ (cols, rows)
        lon, lat = transform_places(embedding.crs, "EPSG:4326", x, y)
    with rasterio.open(place.folder / "in/worldcover.tif") as source:
        codes = [int(code) for (code,) in source.sample(zip(lon, lat, strict=True))]
    rows_out = zip(lon, lat, codes, np.repeat(np.arange(groups), 25), strict=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("lon", "lat", "class", "plot"), *rows_out])


@pytest.fixture(scope="module")
def tabled(map_inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Clustered points, cross-validated and tuned in spatial folds."""
    place = Place(map_inputs).copy(tmp_path_factory.mktemp("tabled") / "place")
    place.config = copy.deepcopy(MAP_CONFIG)
    write_table(place, place.folder / "in/points.csv")
    place.config["map"] |= {
        "reference": {"table": "in/points.csv", "group": "plot"},
        "crossval": {"schemes": ["knndm", "group"], "n": 3},
    }
    tuning = place.config["map"]["tuning"]
    tuning["folds"] = "spatial"
    tuning["stage1"]["max_features"] = ["sqrt"]
    tuning["stage2"]["class_weight"] = ["balanced"]
    run = place.run("results/map/crossval/knndm.json", "results/map/crossval/group.json")
    assert run.code == 0, run.output
    return place


def test_clustered_points_are_matched_and_groups_stay_whole(tabled: Place) -> None:
    about = told(tabled, "knndm")["about"]
    assert about["random"] is False
    assert about["w"] < about["w_random"]
    samples = pd.read_parquet(tabled.results / "map/samples.parquet")
    folds = Folds.read(tabled.results / "map/crossval/group/folds.json")
    assert told(tabled, "group")["about"] == folds.about
    assert samples.assign(fold=folds.number).groupby("group")["fold"].nunique().max() == 1


def test_candidates_are_scored_on_spatial_folds(tabled: Place) -> None:
    samples = pd.read_parquet(tabled.results / "map/samples.parquet")
    training = samples[samples["split"] == "train"]
    folds = Folds.read(tabled.results / "map/tuning/folds.json")
    assert (folds.scheme, folds.n, len(folds.number)) == ("knndm", 3, len(training))
    for stage in (1, 2):
        result = json.loads((tabled.results / f"map/stage{stage}.json").read_text())
        best = result["candidates"][result["best_index"]]
        forest = RandomForestClassifier(**best["resolved"], random_state=42)
        X, y = training[band_names(training)].to_numpy(np.float32), training["label"]
        scores = cross_val_score(forest, X, y, cv=PredefinedSplit(folds.number), scoring="f1_macro")
        assert best["split_test_scores"] == scores.tolist()


def test_more_folds_than_groups_are_told_in_one_message(tabled: Place, tmp_path: Path) -> None:
    place = tabled.copy(tmp_path / "place")
    place.config["map"]["crossval"] = {"schemes": ["group"], "n": 13}
    run = place.run("results/map/crossval/group/folds.json")
    assert run.code != 0
    assert "map.reference.group: the " in run.output
    assert "samples are of 12 groups, fewer than the 13 folds; lower map.crossval.n" in run.output
    assert "Traceback" not in run.output

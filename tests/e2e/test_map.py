"""The whole map on a tiny world, as a user runs it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import rasterio
from conftest import WORLD, Place

from landloom.demo import embedding_grid, write_embedding, write_worldcover
from landloom.encoding import decode, valid_mask
from landloom.legends import WORLDCOVER

SIZE = 96

CONFIG: dict[str, Any] = {
    "results": "results",
    "map": {
        "embedding": {"raster": "in/embedding.tif", "encoding": "alphaearth"},
        "reference": {"raster": "in/worldcover.tif", "classes": "worldcover", "n_points": 600},
        "samples": {"n": 300},
        "tuning": {
            "folds": 3,
            "stage1": {
                "max_features": ["sqrt", "n/8"],
                "max_depth": [None, 4],
                "min_samples_leaf": [1],
            },
            "stage2": {
                "n_estimators": [10, 20],
                "min_samples_split": [2],
                "class_weight": [None, "balanced"],
            },
        },
        "predict": {"block": 64},
    },
}


@pytest.fixture(scope="module")
def map_inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("map_inputs")
    (folder / "in").mkdir()
    write_embedding(WORLD, folder / "in/embedding.tif", SIZE)
    bounds = embedding_grid(WORLD, SIZE).lonlat_bounds(0.002)
    write_worldcover(WORLD, folder / "in/worldcover.tif", bounds)
    return folder


@pytest.fixture
def map_place(map_inputs: Path, tmp_path: Path) -> Place:
    place = Place(map_inputs).copy(tmp_path / "place")
    place.config = copy.deepcopy(CONFIG)
    return place


@pytest.fixture(scope="module")
def mapped(map_inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(map_inputs).copy(tmp_path_factory.mktemp("mapped") / "place")
    place.config = copy.deepcopy(CONFIG)
    run = place.run()
    assert run.code == 0, run.output
    return place


def test_the_map_is_what_the_model_predicts(mapped: Place) -> None:
    model = joblib.load(mapped.results / "map/model.joblib")
    with rasterio.open(mapped.folder / "in/embedding.tif") as embedding:
        stored = embedding.read()
    with rasterio.open(mapped.results / "map/landcover.tif") as raster:
        classes = raster.read(1)
        assert raster.nodata == 255
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        colors = raster.colormap(1)
    names = (mapped.results / "map/landcover.tif.aux.xml").read_text()
    for value in model.classes_.tolist():
        assert colors[value] == (*WORLDCOVER[value].rgb, 255)
        assert f"<Category>{WORLDCOVER[value].name}</Category>" in names
    with rasterio.open(mapped.results / "map/confidence.tif") as raster:
        confidence = raster.read(1)
    valid = valid_mask(stored, "alphaearth", -128)
    votes = model.predict_proba(decode(stored[:, valid], "alphaearth").T)
    np.testing.assert_array_equal(classes[valid], model.classes_[votes.argmax(axis=1)])
    np.testing.assert_array_equal(confidence[valid], np.rint(100 * votes.max(axis=1)))
    assert (classes[~valid] == 255).all()
    assert (confidence[~valid] == 255).all()


def test_the_report_and_samples_agree(mapped: Place) -> None:
    samples = pd.read_parquet(mapped.results / "map/samples.parquet")
    report = json.loads((mapped.results / "map/report.json").read_text())
    assert report["samples"] == samples["split"].value_counts().to_dict()
    assert np.sum(report["confusion"]["counts"]) == report["samples"]["test"]
    assert sum(report["importances"].values()) == pytest.approx(1)
    stage2 = json.loads((mapped.results / "map/stage2.json").read_text())
    assert report["best_params"] == stage2["best_params"]
    assert len(stage2["candidates"]) == 4


def test_a_second_run_has_nothing_to_do(mapped: Place) -> None:
    assert mapped.run("-n").jobs == {}


def test_the_bytes_do_not_depend_on_blocks_or_cores(mapped: Place, tmp_path: Path) -> None:
    place = mapped.copy(tmp_path / "place")
    place.config["map"]["predict"]["block"] = 80
    run = place.run(cores=1)
    assert run.code == 0, run.output
    for name in ("landcover.tif", "landcover.tif.aux.xml", "confidence.tif"):
        assert (place.results / "map" / name).read_bytes() == (
            mapped.results / "map" / name
        ).read_bytes()


def test_a_block_that_fails_leaves_no_map_and_is_all_that_runs_again(
    mapped: Place, tmp_path: Path
) -> None:
    place = mapped.copy(tmp_path / "place")
    (place.results / "map/blocks/r000-c001.tif").unlink()
    (place.results / "map/landcover.tif").unlink()
    run = place.run()
    assert run.code == 0, run.output
    assert run.jobs.get("predict_block", 0) == 1
    assert (place.results / "map/landcover.tif").read_bytes() == (
        mapped.results / "map/landcover.tif"
    ).read_bytes()


def _set(config: dict[str, Any], path: str, value: object) -> None:
    *sections, key = path.split(".")
    for section in sections:
        config = config[section]
    config[key] = value


RERUNS: dict[str, tuple[object, set[str], set[str]]] = {
    "map.predict.block": (80, {"predict_block", "landcover_map"}, {"model", "stage2", "samples"}),
    "map.predict.confidence": (False, {"predict_block"}, {"model", "report", "stage2"}),
    "map.tuning.stage2.n_estimators": (
        [10, 20, 30],
        {"tune_stage2", "stage2"},
        {"tune_stage1", "stage1", "samples"},
    ),
    "map.tuning.stage1.max_features": (
        ["sqrt", "n/8", "n/4"],
        {"tune_stage1", "stage1"},
        {"samples", "reference_points"},
    ),
    "map.samples.n": (200, {"samples", "tune_stage1"}, {"reference_points", "inspect_embedding"}),
}


@pytest.mark.parametrize("key", RERUNS)
def test_a_changed_key_reruns_what_it_concerns(mapped: Place, key: str, tmp_path: Path) -> None:
    value, runs, stays = RERUNS[key]
    place = mapped.copy(tmp_path / "place")
    _set(place.config, key, value)
    jobs = place.run("-n").jobs
    assert runs <= jobs.keys()
    assert not stays & jobs.keys()
    if key == "map.tuning.stage1.max_features":
        assert jobs["tune_stage1"] == 1


def test_a_grid_that_gains_a_value_fits_only_what_is_new(mapped: Place, tmp_path: Path) -> None:
    place = mapped.copy(tmp_path / "place")
    _set(place.config, "map.tuning.stage1.max_depth", [None, 4, 6])
    run = place.run("results/map/stage1.json")
    assert run.code == 0, run.output
    (log, *_) = sorted(place.results.glob("logs/tune_stage1/*sqrt*.log"))
    assert "3 candidates, 1 fitted" in log.read_text()


def rewrite(place: Place, **changes: Any) -> None:
    with rasterio.open(place.folder / "in/embedding.tif") as source:
        pixels, profile = source.read(), source.profile
    with rasterio.open(place.folder / "in/embedding.tif", "w", **profile | changes) as target:
        target.write(pixels)


def no_crs(place: Place) -> None:
    rewrite(place, crs=None)


def bytes_as_numbers(place: Place) -> None:
    """AlphaEarth's bytes, undecoded, and with -128 for an ordinary number."""
    rewrite(place, nodata=None)
    _set(place.config, "map.embedding.encoding", "float")


def too_few_bands(place: Place) -> None:
    _set(place.config, "map.tuning.stage1.max_features", ["n/100"])


def points_elsewhere(place: Place) -> None:
    (place.folder / "in/points.csv").write_text("lon,lat,class\n10,50,a\n11,51,b\n")
    _set(place.config, "map.reference", {"table": "in/points.csv"})


def no_such_column(place: Place) -> None:
    (place.folder / "in/points.csv").write_text("lon,lat,kind\n10,50,a\n11,51,b\n")
    _set(place.config, "map.reference", {"table": "in/points.csv"})


def no_such_crs(place: Place) -> None:
    (place.folder / "in/points.csv").write_text("lon,lat,class\n-116,43,a\n-116,43,b\n")
    _set(place.config, "map.reference", {"table": "in/points.csv", "crs": "EPSG:999999"})


BAD: dict[Callable[[Place], None], list[str]] = {
    no_crs: ["in/embedding.tif", "has no CRS"],
    bytes_as_numbers: ["map.embedding.", "encoding: alphaearth"],
    too_few_bands: ["map.tuning.stage1.max_features", "n/100 of 64 bands"],
    points_elsewhere: ["in/points.csv", "map.reference"],
    no_such_column: ["in/points.csv", "class", "kind"],
    no_such_crs: ["map.reference.crs", "EPSG:999999"],
}


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
def test_bad_input_is_told_in_one_message(map_place: Place, spoil: Callable[[Place], None]) -> None:
    spoil(map_place)
    run = map_place.run()
    assert run.code != 0
    assert "Traceback" not in run.output
    for words in BAD[spoil]:
        assert words in run.output
    assert not (map_place.results / "map/stage1.json").exists()

"""Calibrated probabilities and sets of classes on a tiny world whose truth is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import rasterio
from conftest import Place, digests
from rasterio.warp import transform as transform_places

pytestmark = pytest.mark.slow

MAPS = ("calibrated_confidence", "set_size", "class_set")
JOBS = {"check_calibration", "calibration", "calibrate_block", "calibrated_confidence_map",
        "set_size_map", "class_set_map", "figure_reliability", "map_item"}  # fmt: skip
TOLD = {
    "all",
    "configuration",
    "run_tables",
    "map_report",
    "map_tables",
    "figure_report",
    "notes",
    "index",
}


def truth_at(place: Place, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    with rasterio.open(place.folder / "in/worldcover.tif") as source:
        return np.array([int(code) for (code,) in source.sample(zip(lon, lat, strict=True))])


@pytest.fixture(scope="module")
def calibrated(mapped: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A finished map that was calibrated on folds."""
    place = mapped.copy(tmp_path_factory.mktemp("calibrated") / "place")
    place.config["map"]["crossval"] = {"schemes": ["random"], "n": 3}
    place.config["map"]["calibration"] = {"folds": "random", "level": 0.7}
    run = place.run()
    assert run.code == 0, run.output
    assert run.jobs.keys() >= JOBS
    assert not {"samples", "tune_stage1", "model", "probability_map"} & run.jobs.keys()
    return place


def bands(place: Place, name: str) -> np.ndarray:
    with rasterio.open(place.results / f"map/{name}.tif") as raster:
        return raster.read().astype(np.int64)


def test_the_maps_are_what_the_tables_say(calibrated: Place) -> None:
    told = json.loads((calibrated.results / "map/calibration.json").read_text())
    assert (told["on"], told["folds"], told["asked"]) == ("folds", "random", "auto")
    rows = told["classes"]
    with rasterio.open(calibrated.results / "map/blocks/r000-c000.tif") as block:
        shares = block.read()[2:].reshape(len(rows), -1)
    label, confidence, size, sets = (
        bands(calibrated, name)[0, :64, :64].ravel() for name in ("landcover", *MAPS)
    )
    data = label != 255
    assert data.any()
    assert (confidence[~data] == 255).all()
    shares, label = shares[:, data].astype(int), label[data]
    tables = np.array([row["table"] for row in rows])
    chance = tables[np.arange(len(rows))[:, None], shares]
    own = np.searchsorted([row["value"] for row in rows], label)
    chance = chance[own, np.arange(own.size)] / chance.sum(axis=0)
    np.testing.assert_allclose(confidence[data], 100 * chance, atol=0.5 + 1e-6)
    halves = np.maximum(2 * shares, 1)
    quantiles = np.array([[row["quantile"]] for row in rows])
    inside = 1 - halves / halves.sum(axis=0) <= quantiles
    np.testing.assert_array_equal(size[data], inside.sum(axis=0))
    np.testing.assert_array_equal(sets[data], (inside << np.arange(len(rows))[:, None]).sum(axis=0))


def test_a_map_without_it_is_as_before(mapped: Place, calibrated: Place) -> None:
    before, after = digests(mapped), digests(calibrated)
    changed = {name for name in before if before[name] != after[name] and ".digests" not in name}
    told = {"config.yaml", "notes.json", "tables/run.html", "tables/map.html", "SOURCES.md"}
    told |= {"index.html"}
    told |= {"map/report.json", "map/report.txt", "map/item.json"}
    told |= {"figures/map_report.png", "figures/map_estimates.png"}
    assert {name for name in changed if not name.startswith("map/blocks/")} <= told
    assert "map/probabilities.tif" not in after
    assert "map/calibration.json" not in before


def test_the_run_is_over_and_another_level_reruns_what_is_cheap(
    calibrated: Place, tmp_path: Path
) -> None:
    place = calibrated.copy(tmp_path / "place")
    assert place.run("-n").jobs == {}
    place.config["map"]["calibration"]["level"] = 0.6
    assert place.run("-n").jobs.keys() - TOLD == JOBS


def test_classes_that_are_too_small_are_named_in_one_message(
    calibrated: Place, tmp_path: Path
) -> None:
    place = calibrated.copy(tmp_path / "place")
    place.config["map"]["calibration"]["level"] = 0.999
    run = place.run("results/map/calibration.json")
    assert run.code != 0
    assert "map.calibration.level: 0.999 needs at least 999 places of each class" in run.output
    assert "Traceback" not in run.output


@pytest.fixture(scope="module")
def on_points(mapped: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A finished map that was calibrated on reference points, which the truth has labelled."""
    place = mapped.copy(tmp_path_factory.mktemp("on_points") / "place")
    draw: dict[str, Any] = {"n": 600, "per_class_min": 40, "allocation": "equal", "seed": 1}
    place.config["map"]["validation"] = {"draw": draw}
    assert place.run("results/map/validation_sample.gpkg").code == 0
    frame = geopandas.read_file(place.results / "map/validation_sample.gpkg")
    codes = truth_at(place, frame["lon"].to_numpy(), frame["lat"].to_numpy())
    frame["label"] = codes.astype(str)
    frame.to_file(place.folder / "in/labelled.gpkg", driver="GPKG")
    place.config["map"]["validation"] = {"table": "in/labelled.gpkg"}
    place.config["map"]["calibration"] = {"fit_on": "validation", "level": 0.7}
    run = place.run()
    assert run.code == 0, run.output
    assert JOBS | {"probability_map", "validation"} <= run.jobs.keys()
    return place


def test_points_calibrate_without_folds(on_points: Place) -> None:
    told = json.loads((on_points.results / "map/calibration.json").read_text())
    assert (told["on"], told["folds"]) == ("validation", None)
    assert not (on_points.results / "map/crossval").exists()
    rows = told["classes"]
    assert any(row["effective_n"] < row["n"] - 0.5 for row in rows)
    landcover, sets = bands(on_points, "landcover")[0], bands(on_points, "class_set")[0]
    with rasterio.open(on_points.results / "map/landcover.tif") as raster:
        at, col = np.nonzero(landcover != 255)
        x, y = raster.transform @ (col + 0.5, at + 0.5)
        lon, lat = (np.array(v) for v in transform_places(raster.crs, "EPSG:4326", x, y))
    values = [row["value"] for row in rows]
    truth = truth_at(on_points, lon, lat)
    known = np.isin(truth, values)
    bit = np.searchsorted(values, truth[known])
    held = (sets[at, col][known] >> bit) & 1
    assert held.mean() >= 0.65


def test_new_points_rerun_no_prediction(on_points: Place, tmp_path: Path) -> None:
    place = on_points.copy(tmp_path / "place")
    frame = geopandas.read_file(place.folder / "in/labelled.gpkg")
    frame.loc[3, "label"] = "10"
    frame.to_file(place.folder / "in/labelled.gpkg", driver="GPKG")
    run = place.run("-n")
    told = {"all", "validation", "map_report", "map_tables", "figure_report", "notes", "index"}
    assert run.jobs.keys() == told | JOBS - {"check_calibration"}

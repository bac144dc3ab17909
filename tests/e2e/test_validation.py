"""Design-based validation on a tiny world whose truth is known: drawn, labelled, estimated."""

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

from landloom.legend.legends import WORLDCOVER

pytestmark = pytest.mark.slow

SAMPLE = "results/map/validation_sample.gpkg"
DRAW = {"n": 300, "per_class_min": 20, "seed": 1}


def truth_at(place: Place, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Return the true class at places in degrees."""
    with rasterio.open(place.folder / "in/worldcover.tif") as source:
        return np.array([int(code) for (code,) in source.sample(zip(lon, lat, strict=True))])


def truth_of_map(place: Place) -> tuple[np.ndarray, np.ndarray]:
    """Return the map's class and the true one of every pixel of the map with data."""
    with rasterio.open(place.results / "map/landcover.tif") as raster:
        classes = raster.read(1)
        rows, cols = np.nonzero(classes != 255)
        x, y = raster.transform @ (cols + 0.5, rows + 0.5)
        lon, lat = (np.array(v) for v in transform_places(raster.crs, "EPSG:4326", x, y))
    return classes[rows, cols].astype(int), truth_at(place, lon, lat)


@pytest.fixture(scope="module")
def drawn(mapped: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A finished map with a sample of its pixels, not yet labelled."""
    place = mapped.copy(tmp_path_factory.mktemp("drawn") / "place")
    place.config["map"]["validation"] = {"draw": DRAW}
    run = place.run()
    assert run.code == 0, run.output
    assert run.jobs == {"all": 1, "index": 1, "class_areas": 1, "validation_sample": 1,
                        "configuration": 1, "run_tables": 1}  # fmt: skip
    return place


def label(place: Place, path: Path) -> geopandas.GeoDataFrame:
    """Label the sample by the truth, by name where that has one, and write it as QGIS does."""
    frame = geopandas.read_file(place.folder / SAMPLE)
    codes = truth_at(place, frame["lon"].to_numpy(), frame["lat"].to_numpy())
    frame["label"] = [
        str(code) if place_ % 2 else WORLDCOVER[code].name for place_, code in enumerate(codes)
    ]
    frame.to_file(path, layer="labelled", driver="GPKG")
    return frame


@pytest.fixture(scope="module")
def validated(drawn: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = drawn.copy(tmp_path_factory.mktemp("validated") / "place")
    label(place, place.folder / "in/labelled.gpkg")
    place.config["map"]["validation"]["table"] = "in/labelled.gpkg"
    run = place.run()
    assert run.code == 0, run.output
    estimate = {"validation", "map_report", "figure_report", "map_tables"}
    others = {"all", "own_files", "sources", "configuration", "run_tables", "notes", "index"}
    assert run.jobs.keys() - others == estimate
    said = run.output.split("Map: ")[1]
    assert "  random split of the samples: 0." in said
    assert "  design-based, independent points: 0." in said
    assert "results/map/validation.txt" in said
    return place


def test_the_sample_is_as_it_was_asked_for(drawn: Place) -> None:
    frame = geopandas.read_file(drawn.folder / SAMPLE)
    assert list(frame.columns) == [
        "id", "lon", "lat", "stratum", "weight", "label", "geometry",
    ]  # fmt: skip
    assert len(frame) == 300
    assert frame["stratum"].value_counts().min() >= 20
    assert frame.crs.to_epsg() == 4326
    on_map, _ = truth_of_map(drawn)
    with rasterio.open(drawn.results / "map/landcover.tif") as raster:
        x, y = transform_places("EPSG:4326", raster.crs, frame["lon"], frame["lat"])
        assert [int(v) for (v,) in raster.sample(zip(x, y, strict=True))] == frame[
            "stratum"
        ].tolist()
    assert on_map.size - 300 <= frame["weight"].sum() < on_map.size


def test_the_true_figures_lie_in_the_intervals(validated: Place) -> None:
    report = json.loads((validated.results / "map/validation.json").read_text())
    on_map, truth = truth_of_map(validated)
    hectares = on_map.size / 100

    def holds(figure: dict[str, Any], true: float) -> bool:
        low, high = figure["dirichlet"]
        return bool(low <= true <= high)

    assert holds(report["overall"], np.mean(on_map == truth))
    assert report["hectares"] == pytest.approx(hectares, rel=2e-3)  # the scale of UTM
    held = []
    for about in report["classes"]:
        value = about["value"]
        held.append(holds(about["hectares"], report["hectares"] * np.mean(truth == value)))
        if about["users"]["value"] is not None:
            held.append(holds(about["users"], np.mean(truth[on_map == value] == value)))
        if about["producers"]["value"] is not None:
            held.append(holds(about["producers"], np.mean(on_map[truth == value] == value)))
    assert len(held) >= 9
    assert np.mean(held) >= 0.9
    assert report["strata"]["are"] == "map classes"


def test_it_is_told_as_text_and_in_the_report(validated: Place) -> None:
    text = (validated.results / "map/validation.txt").read_text()
    assert text.startswith("Design-based estimates from 300 independent reference points")
    assert "user's accuracy" in text
    report = json.loads((validated.results / "map/report.json").read_text())
    validation = json.loads((validated.results / "map/validation.json").read_text())
    split, design = report["estimates"]
    assert split["overall"]["value"] == report["accuracy"]
    assert design["overall"]["value"] == validation["overall"]["value"]
    assert design["overall"]["interval"] == validation["overall"]["dirichlet"]
    text = (validated.results / "map/report.txt").read_text()
    assert "design-based, independent points      300" in text
    page = (validated.results / "tables/map.html").read_text()
    assert "Accuracy and areas, design-based" in page
    assert "Areas of the classes, by independent points" in page
    assert "Independent reference points" in page


def test_new_points_rerun_the_estimate_alone(validated: Place, tmp_path: Path) -> None:
    place = validated.copy(tmp_path / "place")
    assert place.run("-n").jobs == {}
    frame = geopandas.read_file(place.folder / "in/labelled.gpkg")
    frame.loc[3, "label"] = "10"
    frame.to_file(place.folder / "in/labelled.gpkg", layer="labelled", driver="GPKG")
    assert place.run("-n").jobs.keys() == {
        "all", "validation", "map_report", "figure_report", "map_tables", "notes", "index",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "runs"),
    [
        (
            "seed",
            1,
            {"all", "validation", "map_report", "figure_report", "map_tables", "notes", "index"},
        ),
        ("draw", DRAW | {"seed": 2}, {"all", "validation_sample"}),
    ],
)
def test_a_changed_key_reruns_what_it_concerns(
    validated: Place, key: str, value: object, runs: set[str], tmp_path: Path
) -> None:
    place = validated.copy(tmp_path / "place")
    place.config["map"]["validation"][key] = value
    told = {"configuration", "run_tables", "index"}
    assert place.run("-n").jobs.keys() - told == runs - told


def test_a_map_without_it_is_as_before(mapped: Place, validated: Place, tmp_path: Path) -> None:
    before, after = digests(mapped), digests(validated)
    told = {"config.yaml", "notes.json", "tables/run.html", "tables/map.html", "SOURCES.md"}
    told |= {"index.html"}
    told |= {"map/report.json", "map/report.txt"}
    told |= {"figures/map_report.png", "figures/map_estimates.png"}
    changed = {name for name in before if before[name] != after[name]}
    assert {name for name in changed if ".digests" not in name} <= told
    place = mapped.copy(tmp_path / "place")
    run = place.run("results/map/validation_sample.gpkg", "-n")
    assert run.jobs == {"class_areas": 1, "validation_sample": 1}


def test_an_unlabelled_sample_is_refused_in_one_message(drawn: Place, tmp_path: Path) -> None:
    place = drawn.copy(tmp_path / "place")
    (place.folder / "in/copy.gpkg").write_bytes((place.folder / SAMPLE).read_bytes())
    place.config["map"]["validation"]["table"] = "in/copy.gpkg"
    run = place.run("results/map/validation.json")
    assert run.code != 0
    assert "map.validation.table: in/copy.gpkg: 300 of 300 points have no label" in run.output
    assert "Traceback" not in run.output


def test_a_table_within_the_results_is_refused(drawn: Place, tmp_path: Path) -> None:
    place = drawn.copy(tmp_path / "place")
    place.config["map"]["validation"]["table"] = SAMPLE
    run = place.run("-n")
    assert run.code != 0
    assert f"config: map.validation.table: {SAMPLE}: lies in the folder of results" in run.output

"""The whole map on a tiny world, as a user runs it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine
from conftest import Place
from rasterio.warp import transform as transform_places
from stac_items import check

from landloom.job.files import sha256_of
from landloom.legend.legends import WORLDCOVER
from landloom.map.encoding import decode, valid_mask

pytestmark = pytest.mark.slow


def test_the_map_is_what_the_model_predicts(mapped: Place) -> None:
    model = joblib.load(mapped.results / "map/model.joblib")
    with rasterio.open(mapped.folder / "in/embedding.tif") as embedding:
        stored = embedding.read()
    with rasterio.open(mapped.results / "map/landcover.tif") as raster:
        classes = raster.read(1)
        assert raster.nodata == 255
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert raster.descriptions == ("land cover class",)
        colors = raster.colormap(1)
    names = (mapped.results / "map/landcover.tif.aux.xml").read_text()
    for value in model.classes_.tolist():
        assert colors[value] == (*WORLDCOVER[value].rgb, 255)
        assert f"<Category>{WORLDCOVER[value].name}</Category>" in names
    style = (mapped.results / "map/landcover.qml").read_text()
    assert style.count("<paletteEntry ") == len(model.classes_)
    with rasterio.open(mapped.results / "map/confidence.tif") as raster:
        confidence = raster.read(1)
        assert raster.units == ("%",)
    assert 'label="100 %"' in (mapped.results / "map/confidence.qml").read_text()
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
    held_out = json.loads((mapped.results / "map/held_out.json").read_text())
    assert {key: report[key] for key in held_out} == held_out


def test_what_the_map_leaves_out_is_told_wherever_it_is_told_of(mapped: Place) -> None:
    results = mapped.results
    report = json.loads((results / "map/report.json").read_text())
    points = pd.read_parquet(results / "map/points.parquet").drop_duplicates(["row", "col"])
    shares = points["label"].value_counts(normalize=True)
    rare = shares[shares < 0.01].to_dict()
    assert len(rare) > 1
    assert {each["value"]: each["share"] for each in report["left_out"]} == pytest.approx(rare)
    (split,) = report["estimates"]
    kept = 1 - sum(rare.values())
    assert split["with_left_out"]["value"] == pytest.approx(report["accuracy"] * kept)
    line = f"{len(rare)} classes of the reference are not in this map: 10 Tree cover ("
    assert (results / "map/report.txt").read_text().startswith(line)
    assert line in (results / "map/index.html").read_text()
    page = (results / "tables/map.html").read_text()
    assert "Classes of the reference that are not in this map" in page


def test_the_map_is_described_for_catalogues(mapped: Place) -> None:
    item = json.loads((mapped.results / "map/item.json").read_text())
    check(item)
    assert item["assets"].keys() == {"landcover", "names", "confidence"}
    for asset in item["assets"].values():
        path = mapped.results / "map" / asset["href"]
        assert asset["file:size"] == path.stat().st_size
        assert asset["file:checksum"] == f"1220{sha256_of(path)}"
    with rasterio.open(mapped.results / "map/landcover.tif") as raster:
        assert item["properties"]["proj:shape"] == list(raster.shape)
        assert item["properties"]["proj:transform"] == list(raster.transform)[:6]
    classes = json.loads((mapped.results / "map/classes.json").read_text())["classes"]
    told = item["assets"]["landcover"]["classification:classes"]
    assert [(each["value"], each["title"], each["color_hint"]) for each in told] == [
        (each["value"], each["name"], each["color"].upper()) for each in classes
    ]
    assert "href='map/item.json'" in (mapped.results / "index.html").read_text()


def test_a_second_run_has_nothing_to_do(mapped: Place, tmp_path: Path) -> None:
    assert mapped.copy(tmp_path / "place").run("-n").jobs == {}


def test_the_bytes_do_not_depend_on_blocks_or_cores(mapped: Place, tmp_path: Path) -> None:
    place = mapped.copy(tmp_path / "place")
    place.config["map"]["predict"]["block"] = 80
    run = place.run(cores=1)
    assert run.code == 0, run.output
    for name in ("landcover.tif", "landcover.tif.aux.xml", "confidence.tif"):
        assert (place.results / "map" / name).read_bytes() == (
            mapped.results / "map" / name
        ).read_bytes()


MAPS = ("landcover.tif", "confidence.tif", "probabilities.tif")
TARGETS = [f"results/map/{name}" for name in MAPS]


def write_tiles(folder: Path) -> None:
    """Write eight decoded bands as two tiles, side by side, and a CSV of points named in words."""
    with rasterio.open(folder / "in/embedding.tif") as source:
        values = decode(source.read(list(range(1, 9))), "alphaearth")
        valid = valid_mask(source.read(), "alphaearth", -128)
        values[:, ~valid] = np.nan
        profile, transform, crs = source.profile, source.transform, source.crs
        half = source.width // 2
    layout = {"tiled": True, "blockxsize": 16, "blockysize": 16, "interleave": "pixel"}
    layout |= {"dtype": "float32", "nodata": None, "count": 8, "compress": "deflate"}
    for name, start in (("west", 0), ("east", half)):
        place = {"width": half, "transform": transform @ Affine.translation(start, 0)}
        with rasterio.open(folder / f"in/{name}.tif", "w", **profile | place | layout) as target:
            target.write(values[:, :, start : start + half])
            target.descriptions = [f"axis {band}" for band in range(8)]
    rows, cols = np.nonzero(valid)
    chosen = np.random.default_rng(0).choice(len(rows), 250, replace=False)
    xs, ys = transform @ (cols[chosen] + 0.5, rows[chosen] + 0.5)
    lon, lat = (np.array(values) for values in transform_places(crs, "EPSG:4326", xs, ys))
    with rasterio.open(folder / "in/worldcover.tif") as source:
        codes = [int(code) for (code,) in source.sample(zip(lon, lat, strict=True))]
    kinds = [WORLDCOVER[code].name if code else None for code in codes]
    table = pd.DataFrame({"east": lon, "north": lat, "kind": kinds}).dropna()
    table.to_csv(folder / "in/points.csv", index=False)


@pytest.fixture(scope="module")
def tiled(mapped: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A finished map of two tiles of floats, from points with labels in words, with all shares."""
    place = mapped.copy(tmp_path_factory.mktemp("tiled") / "place")
    write_tiles(place.folder)
    changes: dict[str, object] = {
        "map.embedding": {"raster": ["in/east.tif", "in/west.tif"]},
        "map.reference": {"table": "in/points.csv", "x": "east", "y": "north", "label": "kind"},
        "map.tuning.stage1": {
            "max_features": ["sqrt"], "max_depth": [None], "min_samples_leaf": [1],
        },
        "map.tuning.stage2": {
            "n_estimators": [12], "min_samples_split": [2], "class_weight": ["balanced"],
        },
        "map.predict.probabilities": True,
    }  # fmt: skip
    for key, value in changes.items():
        _set(place.config, key, value)
    run = place.run(*TARGETS, "results/map/report.json")
    assert run.code == 0, run.output
    return place


def test_tiles_of_floats_and_points_in_words_give_what_the_model_predicts(tiled: Place) -> None:
    results = tiled.results / "map"
    model = joblib.load(results / "model.joblib")
    with rasterio.open(tiled.folder / "in/west.tif") as west:
        transform, halves = west.transform, [west.read()]
    with rasterio.open(tiled.folder / "in/east.tif") as east:
        halves.append(east.read())
    values = np.concatenate(halves, axis=2)
    valid = np.isfinite(values).all(axis=0)
    votes = model.predict_proba(values[:, valid].T)
    maps = {}
    for name in MAPS:
        with rasterio.open(results / name) as raster:
            assert raster.transform == transform
            maps[name] = raster.read()
            assert (maps[name][:, ~valid] == raster.nodata).all()
            described = raster.descriptions
    np.testing.assert_array_equal(
        maps["landcover.tif"][0, valid], model.predict(values[:, valid].T)
    )
    np.testing.assert_array_equal(
        maps["confidence.tif"][0, valid], np.rint(100 * votes.max(axis=1))
    )
    np.testing.assert_array_equal(maps["probabilities.tif"][:, valid], np.rint(100 * votes).T)
    samples = pd.read_parquet(results / "samples.parquet")
    names = samples.drop_duplicates("label").set_index("label")["source"]
    assert described == tuple(f"{names[value]} ({value})" for value in model.classes_)
    importances = json.loads((results / "report.json").read_text())["importances"]
    assert list(importances) == [f"axis {band}" for band in range(8)]


def test_a_block_that_fails_leaves_no_map_and_is_all_that_runs_again(
    tiled: Place, tmp_path: Path
) -> None:
    place = tiled.copy(tmp_path / "place")
    blocks, tile = place.results / "map/blocks", place.folder / "in/east.tif"
    made = {path.name for path in blocks.glob("*.tif")}
    for path in (*blocks.glob("*.tif"), *(place.results / "map" / name for name in MAPS)):
        path.unlink()
    sound, times = tile.read_bytes(), tile.stat()
    with rasterio.open(tile) as source:  # the stored block in the last corner
        start = int(source.get_tag_item("BLOCK_OFFSET_2_5", "TIFF", bidx=1))
    tile.write_bytes(sound[:start] + bytes(200) + sound[start + 200 :])
    os.utime(tile, ns=(times.st_atime_ns, times.st_mtime_ns))

    run = place.run(*TARGETS, "--keep-going")
    assert run.code != 0
    assert "block r001-c001: map.embedding.raster: in/east.tif: is damaged" in run.output
    assert "Traceback" not in run.output
    assert {path.name for path in blocks.glob("*.tif")} == made - {"r001-c001.tif"}
    assert not any((place.results / "map" / name).exists() for name in MAPS)

    tile.write_bytes(sound)
    os.utime(tile, ns=(times.st_atime_ns, times.st_mtime_ns))
    run = place.run(*TARGETS)
    assert run.code == 0, run.output
    joins = {"landcover_map": 1, "confidence_map": 1, "probability_map": 1}
    assert run.jobs == {"predict_block": 1, **joins}
    for name in MAPS:
        again = (place.results / "map" / name).read_bytes()
        assert again == (tiled.results / "map" / name).read_bytes()


def _set(config: dict[str, Any], path: str, value: object) -> None:
    *sections, key = path.split(".")
    for section in sections:
        config = config[section]
    config[key] = value


RERUNS: dict[str, tuple[object, set[str], set[str]]] = {
    "map.predict.block": (80, {"plan_map", "landcover_map"}, {"model", "stage2", "samples"}),
    "map.predict.confidence": (False, {"map_page"}, {"predict_block", "model", "stage2"}),
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


def test_a_grid_that_gains_a_value_fits_only_what_is_new(mapped: Place, tmp_path: Path) -> None:
    place = mapped.copy(tmp_path / "place")
    _set(place.config, "map.tuning.stage1.max_depth", [None, 4, 6])
    run = place.run("results/map/stage1.json")
    assert run.code == 0, run.output
    (log, *_) = sorted(place.results.glob("logs/tune_stage1/*sqrt*.log"))
    assert "3 candidates, 1 fitted" in log.read_text()


def test_a_new_unit_is_all_that_is_fitted(mapped: Place, tmp_path: Path) -> None:
    place = mapped.copy(tmp_path / "place")
    logs = place.results / "logs/tune_stage1"
    before = {log.name: log.stat().st_mtime_ns for log in logs.iterdir()}
    _set(place.config, "map.tuning.stage1.max_features", ["sqrt", "n/8", "n/4"])
    assert place.run("results/map/stage1.json").code == 0
    (new,) = [log for log in logs.iterdir() if log.stat().st_mtime_ns != before.get(log.name)]
    assert new.stem == "max_features=n_4+min_samples_leaf=1"
    assert "2 fitted" in new.read_text()

"""A map across the edges of UTM zones, as a user makes it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import geopandas
import joblib
import numpy as np
import pandas as pd
import pytest
import rasterio
from conftest import Place
from tiny_map import MAP_CONFIG
from zoned_world import (
    ACROSS_6_E,
    ACROSS_THE_EQUATOR,
    slow_map,
    write_reference,
    write_zone,
)

from landloom.map.applicability.samples import Applicability
from landloom.map.crossval.folds import Folds

pytestmark = pytest.mark.slow

WORLDS = {"6 E": (ACROSS_6_E, (32631, 32632)), "equator": (ACROSS_THE_EQUATOR, (32631, 32731))}


def place_of(folder: Path, world: str, **predict: Any) -> Place:
    """Write a world in two zones, the second one bottom-up and with holes."""
    bounds, codes = WORLDS[world]
    (folder / "in").mkdir(parents=True)
    for number, code in enumerate(codes):
        write_zone(
            folder / f"in/{code}.tif", code, bounds,
            up=number == 1, halves=world == "equator", hole=number == 1,
        )  # fmt: skip
    write_reference(folder / "in/classes.tif", bounds)
    place = Place(folder)
    place.config = copy.deepcopy(MAP_CONFIG)
    place.config["map"] |= {
        "embedding": {"raster": [f"in/{code}.tif" for code in codes]},
        "reference": {"raster": "in/classes.tif", "n_points": 600},
        "predict": {"block": 160, "probabilities": True, **predict},
    }
    return place


@pytest.mark.parametrize(
    ("world", "crs"), [("6 E", "auto"), ("6 E", "native"), ("equator", "EPSG:4326")]
)
def test_the_map_is_that_of_the_bands_warped(tmp_path: Path, world: str, crs: str) -> None:
    place = place_of(tmp_path / "place", world, crs=crs)
    run = place.run("map")
    assert run.code == 0, run.output
    model = joblib.load(place.results / "map/model.joblib")
    zones = [tmp_path / "place" / path for path in place.config["map"]["embedding"]["raster"]]
    with rasterio.open(place.results / "map/landcover.tif") as raster:
        found = raster.read(1)
        expected = slow_map(raster, zones, model.predict, world == "equator")
    np.testing.assert_array_equal(found, expected)
    assert (found != 255).mean() > 0.6
    for code in WORLDS[world][1]:
        name = f"utm{code % 100}{'n' if code < 32700 else 's'}"
        with rasterio.open(place.results / f"map/zones/{name}/landcover.tif") as raster:
            with rasterio.open(place.folder / f"in/{code}.tif") as source:
                assert raster.crs == source.crs
                assert (raster.transform, raster.shape) == (source.transform, source.shape)
                vectors = source.read()
            own = raster.read(1)
        assert "<paletteEntry " in (place.results / f"map/zones/{name}/landcover.qml").read_text()
        known = np.isfinite(vectors).all(axis=0)
        np.testing.assert_array_equal(own[known], model.predict(vectors[:, known].T))
        assert (own[~known] == 255).all()
    again = place.run("map", "-n")
    assert again.jobs == {}


def test_where_the_map_applies_is_that_of_the_bands_warped(tmp_path: Path) -> None:
    place = place_of(tmp_path / "place", "6 E", crs="auto")
    run = place.run("results/map/samples.parquet")
    assert run.code == 0, run.output
    n = len(pd.read_parquet(place.results / "map/samples.parquet"))
    (place.results / "map/crossval/random").mkdir(parents=True)
    Folds("random", np.arange(n) % 4, 4).write(place.results / "map/crossval/random/folds.json")
    place.config["map"]["applicability"] = {"folds": "random"}
    layers = ("landcover", "dissimilarity", "applicability", "point_density")
    run = place.run(*[f"results/map/{layer}.tif" for layer in layers])
    assert run.code == 0, run.output
    zones = [tmp_path / "place" / path for path in place.config["map"]["embedding"]["raster"]]
    warped: list[np.ndarray] = []

    def keep(vectors: np.ndarray) -> np.ndarray:
        warped.append(vectors)
        return np.zeros(len(vectors), np.uint8)

    with rasterio.open(place.results / "map/landcover.tif") as raster:
        known = slow_map(raster, zones, keep) == 0
        np.testing.assert_array_equal(raster.read(1) != 255, known)
    fitted = Applicability.read(place.results / "map/applicability/samples.npz")
    found = fitted.index().search(warped[0].T, fitted.mean_distance, fitted.threshold)
    expected = {
        "dissimilarity": (found.dissimilarity.astype(np.float32), -9999),
        "applicability": (found.dissimilarity <= fitted.threshold, 255),
        "point_density": (found.density, 2**32 - 1),
    }
    for layer, (values, void) in expected.items():
        with rasterio.open(place.results / f"map/{layer}.tif") as raster:
            pixels = raster.read(1)
            assert raster.nodata == void
        np.testing.assert_array_equal(pixels[known], values)
        assert (pixels[~known] == void).all()


def test_samples_come_from_each_zones_own_pixels(tmp_path: Path) -> None:
    place = place_of(tmp_path / "place", "6 E")
    run = place.run("results/map/samples.parquet")
    assert run.code == 0, run.output
    samples = pd.read_parquet(place.results / "map/samples.parquet")
    assert set(samples["zone"]) == {"utm31n", "utm32n"}
    west = samples["lon"] < 6
    assert (samples["zone"] == "utm31n")[west].all()
    assert (samples["zone"] == "utm32n")[~west].mean() > 0.5  # the rest fills its holes
    assert not samples.duplicated(["lon", "lat"]).any()
    for code, name in ((32631, "utm31n"), (32632, "utm32n")):
        own = samples[samples["zone"] == name]
        with rasterio.open(place.folder / f"in/{code}.tif") as source:
            vectors = source.read()[:, own["row"], own["col"]]
            rows, cols = rasterio.transform.rowcol(source.transform, own["x"], own["y"])
        np.testing.assert_array_equal(rows, own["row"])
        np.testing.assert_array_equal(cols, own["col"])
        names = [f"b{band:02d}" for band in range(1, 9)]
        np.testing.assert_array_equal(vectors.T, own[names])


@pytest.mark.parametrize(("world", "crs"), [("6 E", "auto"), ("equator", "EPSG:4326")])
def test_a_map_put_together_is_judged_by_a_sample_of_its_pixels(
    tmp_path: Path, world: str, crs: str
) -> None:
    place = place_of(tmp_path / "place", world, crs=crs, probabilities=False)
    place.config["map"]["validation"] = {"draw": {"n": 200, "per_class_min": 10}}
    run = place.run("validation_sample")
    assert run.code == 0, run.output
    frame = geopandas.read_file(place.results / "map/validation_sample.gpkg")
    with rasterio.open(place.folder / "in/classes.tif") as source:
        spots = zip(frame["lon"], frame["lat"], strict=True)
        frame["label"] = [str(int(code)) for (code,) in source.sample(spots)]
    columns = ["lon", "lat", "label", "stratum", "weight"]
    frame.loc[frame["label"] != "0", columns].to_csv(place.folder / "in/all.csv", index=False)
    place.config["map"]["validation"] = {"table": "in/all.csv", "stratum": None}
    run = place.run("results/map/validation.json")
    assert run.code == 0, run.output
    report = json.loads((place.results / "map/validation.json").read_text())
    assert report["overall"]["value"] > 0.5
    with rasterio.open(place.results / "map/landcover.tif") as raster:
        valid, transform = raster.read(1) != 255, raster.transform
    areas = np.full(valid.shape, abs(transform.determinant))
    if crs == "EPSG:4326":  # on the equator a degree is 111.3 km by 110.6 km
        areas *= 111_319.49 * 110_574.3
    assert report["hectares"] == pytest.approx(areas[valid].sum() / 1e4, rel=1e-3)
    samples = pd.read_parquet(place.results / "map/samples.parquet").head(3)
    table = samples[["lon", "lat", "label"]]
    table.to_csv(place.folder / "in/learned.csv", index=False)
    place.config["map"]["validation"] = {"table": "in/learned.csv"}
    run = place.run("results/map/validation.json")
    assert run.code != 0
    assert "in/learned.csv: 3 of 3 points lie on pixels that the model learned" in run.output


def test_sheets_of_blocks_make_the_same_maps(tmp_path: Path) -> None:
    place = place_of(tmp_path / "blocks", "6 E", crs="auto")
    place.config["map"]["crossval"] = {"schemes": ["random"], "n": 2}
    place.config["map"]["applicability"] = {"folds": "random"}
    layers = ("landcover", "probabilities", "dissimilarity", "zones/utm31n/landcover")
    targets = [f"results/map/{layer}.tif" for layer in layers]
    before = place.run(*targets)
    assert before.code == 0, before.output
    other = place.copy(tmp_path / "sheets")
    other.config["map"]["predict"]["sheet"] = 2
    after = other.run(*targets)
    assert after.code == 0, after.output
    for folder in ("blocks", "mosaic", "applicability/blocks", "applicability/mosaic"):
        many = len(list((place.results / "map" / folder).glob("*.tif")))
        assert 0 < len(list((other.results / "map" / folder).glob("*x2.tif"))) < many
    for layer in targets:
        assert (other.folder / layer).read_bytes() == (place.folder / layer).read_bytes()
    assert not list(other.results.rglob(".unfinished"))

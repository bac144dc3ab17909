"""Where the map applies, on a tiny map: its layers are those of a brute force over the samples."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from conftest import Place, digests
from scipy.spatial.distance import cdist

from landloom.map.crossval.folds import Folds
from landloom.map.encoding import decode
from landloom.map.points import Points
from landloom.map.sample_table import features

pytestmark = pytest.mark.slow

LAYERS = ("dissimilarity", "applicability", "point_density")


def write_folds(place: Place) -> Folds:
    """Cut the samples into three folds, as a cross-validation would."""
    n = len(Points.read(place.results / "map/samples.parquet").frame)
    folds = Folds("random", np.arange(n) % 3, 3)
    path = place.results / "map/crossval/random/folds.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    folds.write(path)
    return folds


@pytest.fixture(scope="module")
def compared(mapped: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = mapped.copy(tmp_path_factory.mktemp("compared") / "place")
    write_folds(place)
    place.config["map"]["applicability"] = {"folds": "random"}
    run = place.run()
    assert run.code == 0, run.output
    assert not {"predict_block", "landcover_map", "model", "accuracy"} & run.jobs.keys()
    return place


def read(place: Place, layer: str) -> np.ndarray:
    with rasterio.open(place.results / f"map/{layer}.tif") as source:
        return source.read(1)


def test_layers_are_those_of_a_brute_force(compared: Place) -> None:
    import joblib

    folds = Folds.read(compared.results / "map/crossval/random/folds.json").number
    X = features(Points.read(compared.results / "map/samples.parquet").frame).astype(float)
    weights = joblib.load(compared.results / "map/model.joblib").feature_importances_
    with rasterio.open(compared.folder / "in/embedding.tif") as source:
        pixels = decode(source.read(), "alphaearth").astype(float)
    spread = X.std(axis=0, ddof=1)
    z = (X - X.mean(axis=0)) / spread * weights
    own = cdist(z, z)
    unit = np.mean([np.delete(row, i).mean() for i, row in enumerate(own)])
    training = np.where(folds[:, None] == folds, np.inf, own).min(axis=1) / unit
    low, high = np.quantile(training, [0.25, 0.75])
    threshold = min(high + 1.5 * (high - low), training.max())

    valid = read(compared, "landcover") != 255
    found = (pixels[:, valid].T - X.mean(axis=0)) / spread * weights
    distance = cdist(found, z) / unit
    dissimilarity = read(compared, "dissimilarity")
    assert np.allclose(dissimilarity[valid], distance.min(axis=1), rtol=1e-6, atol=1e-6)
    assert (dissimilarity[~valid] == -9999).all()
    inside = read(compared, "applicability")
    # A pixel may lie on the threshold but for the rounding of the brute force.
    close = np.abs(distance.min(axis=1) - threshold) < 1e-9
    assert (inside[valid] == (distance.min(axis=1) <= threshold))[~close].all()
    assert (inside[~valid] == 255).all()
    density = read(compared, "point_density")
    sure = (np.abs(distance - threshold) > 1e-9).all(axis=1)
    assert sure.mean() > 0.99
    assert (density[valid] == (distance < threshold).sum(axis=1))[sure].all()
    assert (density[~valid] == 2**32 - 1).all()
    assert 0 < inside[valid].mean() < 1


def test_the_report_counts_them(compared: Place) -> None:
    told = json.loads((compared.results / "map/applicability.json").read_text())
    landcover, inside = read(compared, "landcover"), read(compared, "applicability")
    assert told["map"]["pixels"] == np.count_nonzero(landcover != 255)
    assert told["map"]["pixels_inside"] == np.count_nonzero(inside == 1)
    for about in told["classes"]:
        own = landcover == about["value"]
        assert about["pixels"] == np.count_nonzero(own)
        assert about["share_of_pixels"] == pytest.approx(np.mean(inside[own] == 1), rel=1e-12)
        assert about["hectares"] == pytest.approx(np.count_nonzero(own) / 100, rel=2e-3)
    assert told["folds"] == {"scheme": "random", "n": 3, "random": True}
    assert told["training_dissimilarity"]["1"] >= told["threshold"] > 0


def test_layers_say_what_they_are(compared: Place) -> None:
    types = {"dissimilarity": "float32", "applicability": "uint8", "point_density": "uint32"}
    for layer in LAYERS:
        with rasterio.open(compared.results / f"map/{layer}.tif") as source:
            assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
            assert source.dtypes == (types[layer],)
            assert source.descriptions[0]
            with rasterio.open(compared.results / "map/landcover.tif") as other:
                assert (source.crs, source.transform, source.shape) == (
                    other.crs, other.transform, other.shape,
                )  # fmt: skip
    with rasterio.open(compared.results / "map/applicability.tif") as source:
        assert source.colormap(1)[1][:3] == (0x56, 0xB4, 0xE9)
    names = (compared.results / "map/applicability.tif.aux.xml").read_text()
    assert "inside the area of applicability" in names
    style = (compared.results / "map/applicability.qml").read_text()
    assert 'label="inside the area of applicability"' in style
    assert (compared.results / "figures/map_applicability.png").stat().st_size > 5000


def test_blocks_of_another_size_give_the_same_layers(compared: Place, tmp_path: Path) -> None:
    place = compared.copy(tmp_path / "place")
    place.config["map"]["predict"]["block"] = 100
    run = place.run(*[f"results/map/{layer}.tif" for layer in LAYERS])
    assert run.code == 0, run.output
    for layer in LAYERS:
        name = f"map/{layer}.tif"
        assert (place.results / name).read_bytes() == (compared.results / name).read_bytes()


def test_a_map_without_it_is_as_before(mapped: Place, compared: Place) -> None:
    before, after = digests(mapped), digests(compared)
    told = {"config.yaml", "notes.json", "tables/run.html", "tables/map.html", "SOURCES.md"}
    told |= {"index.html"}
    told |= {"map/report.json", "map/report.txt", "map/item.json"}
    changed = {name for name in before if before[name] != after[name]}
    assert {name for name in changed if ".digests" not in name} <= told
    assert compared.run("-n").jobs == {}


def test_samples_in_one_fold_are_refused(mapped: Place, tmp_path: Path) -> None:
    place = mapped.copy(tmp_path / "place")
    folds = write_folds(place)
    Folds("random", folds.number * 0, 1).write(place.results / "map/crossval/random/folds.json")
    place.config["map"]["applicability"] = {"folds": "random"}
    run = place.run("results/map/applicability.json")
    assert run.code != 0
    assert "map.applicability.folds: all " in run.output
    assert "are in one fold of random" in run.output
    assert "Traceback" not in run.output

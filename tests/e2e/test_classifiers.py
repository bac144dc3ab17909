"""Maps by other kinds of models, and kinds of models compared, on a tiny world."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import rasterio
from conftest import Place, digests
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, PredefinedSplit, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from landloom.map.classifiers.words import CONFIDENCE
from landloom.map.crossval.folds import Folds
from landloom.map.encoding import decode, valid_mask
from landloom.map.model.model import Model
from landloom.map.sample_table import band_names

pytestmark = pytest.mark.slow

MAPS = ("landcover.tif", "confidence.tif", "probabilities.tif")
PLAIN: dict[str, Any] = {
    "logistic": LogisticRegression(max_iter=1000, tol=1e-8),
    "knn": KNeighborsClassifier(algorithm="brute"),
}
GRIDS: dict[str, dict[str, list[Any]]] = {
    "logistic": {"C": [0.01, 1.0]},
    "knn": {"n_neighbors": [3, 8], "weights": ["uniform", "distance"]},
}


def own_config(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    config = copy.deepcopy(config)
    config["map"] |= {
        "model": {"kind": kind},
        "crossval": {"schemes": ["random"], "n": 3},
        "applicability": {"folds": "random"},
        "calibration": {"folds": "random", "level": 0.6},
    }
    config["map"]["tuning"] |= GRIDS_OF[kind]
    config["map"]["predict"]["probabilities"] = True
    return config


GRIDS_OF = {kind: {kind: grid} for kind, grid in GRIDS.items()}


@pytest.fixture(scope="module", params=["logistic", "knn"])
def other(request: pytest.FixtureRequest, mapped: Place, tmp_path_factory: Any) -> Place:
    """A finished map by another kind of model, from the samples of the forest's."""
    place = mapped.copy(tmp_path_factory.mktemp(request.param) / "place")
    for path in (place.results / "map/forest.npz", place.results / "figures/map_importances.png"):
        path.unlink()
    place.config = own_config(request.param, mapped.config)
    run = place.run("map", "figures", "results/tables/map.html", "results/map/model.zip")
    assert run.code == 0, run.output
    assert not any(job.startswith(("tune_stage", "stage", "samples")) for job in run.jobs)
    return place


def kind_of(place: Place) -> str:
    return str(place.config["map"]["model"]["kind"])


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as raster:
        return np.asarray(raster.read())


def pixels(place: Place) -> tuple[np.ndarray, np.ndarray]:
    """Return the decoded vectors of the pixels with data, and which these are."""
    stored = read(place.folder / "in/embedding.tif")
    valid = valid_mask(stored, "alphaearth", -128)
    return decode(stored[:, valid], "alphaearth").T.astype(np.float64), valid


def samples(place: Place) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    frame = pd.read_parquet(place.results / "map/samples.parquet")
    X = frame[band_names(frame)].to_numpy(np.float64)
    return X, frame["label"].to_numpy(), (frame["split"] == "train").to_numpy()


def best(place: Place) -> dict[str, Any]:
    path = place.results / f"map/tuned_{kind_of(place)}.json"
    return dict(json.loads(path.read_text()))


def test_every_pixel_is_what_scikit_learn_predicts(other: Place) -> None:
    rows, valid = pixels(other)
    model = joblib.load(other.results / "map/model.joblib")
    classes, confidence, shares = (read(other.results / "map" / name) for name in MAPS)
    expected = model.predict_proba(rows)
    np.testing.assert_array_equal(classes[0, valid], model.predict(rows))
    np.testing.assert_array_equal(confidence[0, valid], np.rint(100 * expected.max(axis=1)))
    np.testing.assert_array_equal(shares[:, valid], np.rint(100 * expected).T)
    for raster in (classes, confidence, shares):
        assert (raster[:, ~valid] == 255).all()


def test_every_pixel_is_what_a_plain_pipeline_predicts(other: Place) -> None:
    X, y, _ = samples(other)
    plain = make_pipeline(
        StandardScaler(), PLAIN[kind_of(other)].set_params(**best(other)["best_params"])
    )
    rows, valid = pixels(other)
    found = read(other.results / "map/landcover.tif")[0, valid]
    np.testing.assert_array_equal(found, plain.fit(X, y).predict(rows))


def test_it_was_tuned_on_the_training_samples_as_an_exhaustive_search_would(other: Place) -> None:
    X, y, train = samples(other)
    plain = PLAIN[kind_of(other)]
    step = type(plain).__name__.lower()
    grid = {f"{step}__{name}": values for name, values in GRIDS[kind_of(other)].items()}
    search = GridSearchCV(make_pipeline(StandardScaler(), plain), grid, scoring="f1_macro", cv=3)
    search.fit(X[train], y[train])
    told = best(other)
    assert told["best_index"] == search.best_index_
    means = [each["mean_test_score"] for each in told["candidates"]]
    assert means == pytest.approx(search.cv_results_["mean_test_score"], abs=1e-12)


def test_it_is_judged_by_the_samples_held_out_and_on_the_folds(other: Place) -> None:
    X, y, train = samples(other)
    plain = make_pipeline(
        StandardScaler(), PLAIN[kind_of(other)].set_params(**best(other)["best_params"])
    )
    report = json.loads((other.results / "map/report.json").read_text())
    right = plain.fit(X[train], y[train]).predict(X[~train]) == y[~train]
    assert report["accuracy"] == right.mean()
    assert report["kind"] == kind_of(other)
    folds = Folds.read(other.results / "map/crossval/random/folds.json")
    voted = cross_val_predict(plain, X, y, cv=PredefinedSplit(folds.number))
    told = json.loads((other.results / "map/crossval/random.json").read_text())
    assert told["accuracy"] == (voted == y).mean()


def test_which_model_it_is_stands_wherever_it_is_told_of(other: Place) -> None:
    name = {"logistic": "logistic regression", "knn": "nearest neighbours"}[kind_of(other)]
    text = (other.results / "map/report.txt").read_text()
    assert f"Model: {name}, " in text
    with rasterio.open(other.results / "map/confidence.tif") as raster:
        assert raster.descriptions == (CONFIDENCE[kind_of(other)],)
    assert not re.search(r"\bforests?\b", text)
    assert f"Model: {name}, " in (other.results / "tables/map.html").read_text()
    assert not (other.results / "figures/map_importances.png").exists()
    assert not (other.results / "map/forest.npz").exists()
    applicability = json.loads((other.results / "map/applicability.json").read_text())
    assert applicability["weights"].startswith("equal")
    assert "model of its own" in " ".join(
        json.loads((other.results / "map/report.json").read_text())["calibration"]["notes"]
    )


def test_the_model_to_hand_on_makes_the_same_map(other: Place) -> None:
    model = Model.read(other.results / "map/model.zip")
    assert model.card.kind == kind_of(other)
    rows, valid = pixels(other)
    found = read(other.results / "map/landcover.tif")[0, valid]
    labels = model.classifier.predict(rows.astype(np.float32)).labels
    np.testing.assert_array_equal(found, labels)


def test_the_bytes_do_not_depend_on_blocks_or_cores(other: Place, tmp_path: Path) -> None:
    place = other.copy(tmp_path / "place")
    place.config["map"]["predict"]["block"] = 80
    run = place.run(*(f"results/map/{name}" for name in MAPS), cores=1)
    assert run.code == 0, run.output
    for name in MAPS:
        made, again = (each.results / "map" / name for each in (other, place))
        assert made.read_bytes() == again.read_bytes()


def test_kinds_are_compared_and_the_map_stays_as_it_is(mapped: Place, tmp_path: Path) -> None:
    place = mapped.copy(tmp_path / "place")
    before = digests(place)
    place.config["map"]["model"] = {"compare": ["logistic", "knn"]}
    place.config["map"]["tuning"] |= GRIDS
    run = place.run()
    assert run.code == 0, run.output
    assert run.jobs.keys() - {"all", "configuration", "run_tables", "index"} == {
        "tune_kind", "compare_kind", "compare_cpu", "compare_table",
        "map_report", "map_tables", "figure_report",
    }  # fmt: skip
    after = digests(place)
    changed = {name for name in before if before[name] != after.get(name)}
    assert not {name for name in changed if str(name).endswith((".tif", ".npz", ".joblib"))}
    report = json.loads((place.results / "map/report.json").read_text())
    assert [each["kind"] for each in report["comparison"]] == ["forest", "logistic", "knn"]
    X, y, train = samples(place)
    for each in report["comparison"][1:]:
        plain = make_pipeline(
            StandardScaler(), PLAIN[each["kind"]].set_params(**each["best_params"])
        )
        right = plain.fit(X[train], y[train]).predict(X[~train]) == y[~train]
        assert each["held_out"]["accuracy"] == right.mean()
    cpu = json.loads((place.results / "map/compare/cpu.json").read_text())
    assert cpu["kinds"].keys() == {"forest", "logistic", "knn"}
    assert "nearest neighbours" in (place.results / "tables/classifiers.html").read_text()
    assert "beside it: nearest neighbours, random split: " in run.output

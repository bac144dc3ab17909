"""The whole dataset on a tiny world, as a user runs it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
from conftest import REPOSITORY, Place, digests

from landloom.legend.decimals import percent

pytestmark = pytest.mark.slow

PROMISED = [
    "dataset/train.npy",
    "dataset/test.npy",
    "dataset/train.gpkg",
    "dataset/test.gpkg",
    "dataset/split.gpkg",
    "dataset/split.qml",
    "dataset/train.qml",
    "dataset/test.qml",
    "dataset/class_distribution.parquet",
    "dataset/certificate.json",
    "dataset/autocorrelation.json",
    "elevation/mosaic.tif",
    "elevation/mosaic.json",
    "elevation/mosaic.qml",
    "elevation/elevation_tiles.csv",
]


def clone(folder: Path) -> Path:
    """Copy what belongs to the repository."""
    for name in ("workflow", "config", "envs"):
        shutil.copytree(REPOSITORY / name, folder / name)
    for name in ("Snakefile", "README.md"):
        shutil.copy2(REPOSITORY / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def cloned(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Another clone of the repository, run in another folder on one core."""
    folder = tmp_path_factory.mktemp("cloned")
    place = Place(inputs).copy(folder / "place")
    place.repository = clone(folder / "repository")
    run = place.run(cores=1)
    assert run.code == 0, run.output
    return place


def test_builds_what_is_promised(finished: Place) -> None:
    for name in PROMISED:
        assert (finished.results / name).stat().st_size > 0
    certificate = json.loads((finished.results / "dataset/certificate.json").read_text())
    assert certificate["green"] is True
    assert certificate["patches_sharing_pixels"] == {"between_splits": 0, "within_a_split": 0}
    assert certificate["region_share_on_raster"] == 1.0
    assert certificate["cells"]["eligible"] == certificate["cells"]["all"] == 9
    assert certificate["versions"].keys() >= {"numpy", "rasterio", "GDAL", "PROJ", "OpenCV"}
    classes = pd.read_parquet(finished.results / "dataset/class_distribution.parquet")
    assert classes["percentage"].sum() == pytest.approx(100)
    for split in ("train", "test"):
        array = np.load(finished.results / f"dataset/{split}.npy", mmap_mode="r")
        places = geopandas.read_file(finished.results / f"dataset/{split}.gpkg")
        assert array.dtype == np.float32
        assert array.shape == (len(places), 2, 8, 8)
        assert array[:, 0].max() < len(classes)


def test_test_cells_lie_where_there_is_land_cover(place: Place) -> None:
    """And what lies off it is told in the certificate and in the run's last words."""
    region = place.config["dataset"]["region"]
    region["east"] += region["east"] - region["west"]
    place.config["dataset"]["grid"] |= {"n": 6, "test_fraction": 0.25}
    run = place.run("results/dataset/certificate.json")
    assert run.code == 0, run.output
    certificate = json.loads((place.results / "dataset/certificate.json").read_text())
    cells = certificate["cells"]
    assert cells["without_patch"] > 6
    assert cells["eligible"] == 36 - cells["without_patch"] - cells["without_land_cover"]
    assert cells["test"] == int(cells["eligible"] * 0.25)
    told = run.output.split("Dataset: ")[1]
    share = 1 - certificate["region_share_on_raster"]
    assert f"note: {percent(share)} of the region lies off the land-cover raster" in told
    assert f"were drawn among the other {cells['eligible']}" in told


def test_a_second_run_has_nothing_to_do(finished: Place, tmp_path: Path) -> None:
    run = finished.copy(tmp_path / "place").run("-n")
    assert run.code == 0
    assert run.jobs == {}


def test_bytes_do_not_depend_on_cores_or_clone(finished: Place, cloned: Place) -> None:
    assert digests(finished) == digests(cloned)


def test_bytes_do_not_depend_on_how_many_cells_a_job_makes(
    finished: Place, inputs: Path, tmp_path: Path
) -> None:
    place = Place(inputs).copy(tmp_path / "place")
    place.repository = clone(tmp_path / "repository")
    config = place.repository / "workflow/scripts/landloom/config/dataset.py"
    text, replaced = re.subn(
        r"^_PIXELS_WORTH_A_JOB = .*", "_PIXELS_WORTH_A_JOB = 1", config.read_text(), flags=re.M
    )
    assert replaced == 1
    config.write_text(text)
    run = place.run("results/dataset/train.npy", "results/dataset/test.npy")
    assert run.code == 0, run.output
    assert (run.jobs["extract_cells"], run.jobs["relief_cells"]) == (9, 9)
    made = digests(place)
    assert made == {name: digest for name, digest in digests(finished).items() if name in made}


def test_any_one_target_can_be_asked_for(finished: Place, tmp_path: Path) -> None:
    place = finished.copy(tmp_path / "place")
    before = digests(place)
    lost = ["landcover/cells/r001c001.npz", "elevation/cells/r001c001.npz", "elevation/mosaic.tif"]
    for name in lost:
        (place.results / name).unlink()
    run = place.run(*(f"results/{name}" for name in lost))
    assert run.code == 0, run.output
    assert run.jobs == {"extract_cells": 1, "relief_cells": 1, "elevation_mosaic": 1}
    assert digests(place) == before


def without_figures(jobs: dict[str, int]) -> dict[str, int]:
    """Leave out what all samples are drawn by; see `test_figures_are_drawn_again`.

    So is the report's account of the configuration and the tables, which follow every change.
    """
    account = ("figure", "configuration", "run_tables", "dataset_tables", "notes", "index")
    return {rule: count for rule, count in jobs.items() if not rule.startswith(account)}


LOOKED_AT_ANEW = {
    "inspect_landcover": 1,
    "extract_cells": 3,
    "class_distribution": 1,
    "relief_cells": 3,
    "split": 1,
    "stack": 2,
    "certificate": 1,
    "autocorrelation": 1,
}
"""The jobs of a run whose land cover is looked at anew."""

RERUNS = {
    "test_fraction": (
        {"grid": {"test_fraction": 0.5}},
        {"split": 1, "stack": 2, "certificate": 1, "autocorrelation": 1},
    ),
    "seed": (
        {"grid": {"seed": 1}},
        {"split": 1, "stack": 2, "certificate": 1, "autocorrelation": 1},
    ),
    "buffer_km": (
        {"grid": {"buffer_km": 1.0}},
        {"stack": 1, "certificate": 1, "autocorrelation": 1},
    ),
    "reject": (
        {"landcover": {"reject": {11: 0.5}}},
        {
            "extract_cells": 3,
            "class_distribution": 1,
            "relief_cells": 3,
            "split": 1,
            "stack": 2,
            "certificate": 1,
            "autocorrelation": 1,
        },
    ),
    "size": (
        {"patches": {"size": 6}},
        LOOKED_AT_ANEW,
    ),
    "resolution": (
        {"landcover": {"resolution": 31.0}},
        LOOKED_AT_ANEW,
    ),
    "max_nodata": (
        {"elevation": {"max_nodata": 0.1}},
        {"relief_cells": 3, "stack": 2, "certificate": 1, "autocorrelation": 1},
    ),
}


@pytest.mark.parametrize("key", RERUNS)
def test_a_changed_key_reruns_what_it_concerns(finished: Place, key: str, tmp_path: Path) -> None:
    change, expected = RERUNS[key]
    place = finished.copy(tmp_path / "place")
    for section, keys in change.items():
        place.config["dataset"][section] |= keys
    jobs = place.run("-n").jobs
    jobs.pop("all"), jobs.pop("total", None)
    assert without_figures(jobs) == expected


FIGURES = {
    "samples": ({"samples": 3}, {"figure_patches": 2, "figure_relief": 1}),
    "animation": ({"animation": {"rows": 1, "columns": 2, "frames": 4}}, {"figure_terrain": 1}),
}


@pytest.mark.parametrize("key", FIGURES)
def test_figures_are_drawn_again(finished: Place, key: str, tmp_path: Path) -> None:
    change, expected = FIGURES[key]
    place = finished.copy(tmp_path / "place")
    place.config["figures"] |= change
    jobs = place.run("-n").jobs
    for target in ("all", "figures", "configuration", "run_tables", "notes", "index"):
        jobs.pop(target, None)
    assert jobs == expected


def test_every_figure_is_made(finished: Place) -> None:
    names = {path.name for path in (finished.results / "figures").glob("*.*") if path.is_file()}
    assert names == {
        "dataset_split.png",
        "dataset_places.png",
        "dataset_patches_train.png",
        "dataset_patches_test.png",
        "dataset_classes.png",
        "dataset_relief.png",
        "elevation_mosaic.png",
        "terrain.gif",
    }


def test_a_larger_region_takes_only_new_tiles(finished: Place, tmp_path: Path) -> None:
    place = finished.copy(tmp_path / "place")
    place.config["dataset"]["region"]["west"] -= 1
    run = place.run("-n", "--quiet", "host")
    assert run.jobs["elevation_tile"] == 2
    for new in ("N42W118", "N43W118"):
        assert f"elevation tile {new}" in run.output
    assert "elevation tile N42W117" not in run.output


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            "workflow/scripts/landloom/dataset/patches.py",
            "if k == 1:",
            "if k == 1 or not patches.size:",
            {
                "extract_cells": 3,
                "class_distribution": 1,
                "relief_cells": 3,
                "split": 1,
                "stack": 2,
                "certificate": 1,
                "autocorrelation": 1,
            },
        ),
        (
            "workflow/scripts/landloom/dataset/patches.py",
            '"""Patches of a cell:',
            '"""Words: patches of a cell:',
            {},
        ),
        ("README.md", "Landloom", "Loomland", {}),
    ],
    ids=["code", "docstring", "readme"],
)
def test_an_edit_reruns_what_it_concerns(
    cloned: Place, tmp_path: Path, file: str, old: str, new: str, expected: dict[str, int]
) -> None:
    place = cloned.copy(tmp_path / "place")
    edited = place.repository / file
    text = edited.read_text()
    assert old in text
    edited.write_text(text.replace(old, new))
    try:
        jobs = place.run("-n").jobs
    finally:
        edited.write_text(text)
    jobs.pop("all", None)
    assert without_figures(jobs) == expected


def test_a_given_configuration_replaces_the_demo(place: Place) -> None:
    run = place.run("-n")
    assert run.code == 0, run.output
    assert not any(rule.startswith("demo") for rule in run.jobs)
    assert "resources/demo" not in run.output


def test_the_shipped_configuration_is_the_demo(tmp_path: Path) -> None:
    run = Place(tmp_path).snakemake("-n", "--cores", "1")
    assert run.code == 0, run.output
    assert run.jobs["demo_tile"] == 3
    assert run.jobs["demo_landcover"] == 1


def test_runs_from_another_directory(finished: Place, tmp_path: Path) -> None:
    place = finished.copy(tmp_path / "place")
    (place.folder / "mine.yaml").replace(tmp_path / "mine.yaml")
    elsewhere = Place(tmp_path)
    run = elsewhere.snakemake(
        "-n", "--cores", "1", "--directory", "place", "--configfile", "mine.yaml"
    )
    assert run.code == 0, run.output
    assert run.jobs == {}


def test_a_run_that_failed_goes_on_and_ends_the_same(finished: Place, place: Place) -> None:
    """A job that dies leaves nothing that is taken for a product."""
    spoiled = place.folder / "in/landcover.tif"
    whole = spoiled.read_bytes()
    spoiled.write_bytes(whole[: len(whole) // 2])
    assert place.run().code != 0
    assert not list(place.results.glob("landcover/**/*.npz"))
    spoiled.write_bytes(whole)
    run = place.run()
    assert run.code == 0, run.output
    assert digests(place) == digests(finished)

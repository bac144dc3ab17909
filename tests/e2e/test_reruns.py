"""What reruns after a single change: all that it concerns, and nothing else."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rasterio
from conftest import REPOSITORY, WORLD, Place, make_inputs
from once import made_once
from tiny_map import MAP_CONFIG

from landloom.demo.rasters import embedding_grid, write_embedding, write_worldcover

pytestmark = pytest.mark.full

SIZE = 96
ACCOUNT = {
    "all", "configuration", "dataset_tables", "index", "map_tables", "notes", "own_files",
    "run_tables", "total",
}  # fmt: skip
"""What gathers, and so follows every change."""

Change = Callable[[Place], None]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A folder where a dataset and a map have been built. Not to be changed: take a copy."""

    def with_map(place: Place) -> Place:
        place.config["map"] = copy.deepcopy(MAP_CONFIG["map"])
        return place

    def make(folder: Path) -> None:
        place = with_map(Place(folder / "place"))
        make_inputs(place.folder)
        write_embedding(WORLD, place.folder / "in/embedding.tif", SIZE)
        bounds = embedding_grid(WORLD, SIZE).lonlat_bounds(0.002)
        write_worldcover(WORLD, place.folder / "in/worldcover.tif", bounds)
        run = place.run()
        assert run.code == 0, run.output

    return with_map(Place(made_once(tmp_path_factory, "both", make) / "place"))


@pytest.fixture
def place(both: Place, tmp_path: Path) -> Place:
    """A copy of it, with a repository of its own, all of whose files are new."""
    own = both.copy(tmp_path / "place")
    own.repository = tmp_path / "repository"
    for name in ("workflow", "config", "envs", "profiles"):
        shutil.copytree(REPOSITORY / name, own.repository / name, copy_function=shutil.copyfile)
    shutil.copyfile(REPOSITORY / "Snakefile", own.repository / "Snakefile")
    return own


def key(path: str, value: Any) -> Change:
    def change(place: Place) -> None:
        *sections, name = path.split(".")
        config = place.config
        for section in sections:
            config = config.setdefault(section, {})
        config[name] = value

    return change


def touched(*names: str) -> Change:
    def change(place: Place) -> None:
        for name in names:
            (place.folder / name).touch()

    return change


def pixel(name: str, row: int, col: int) -> Change:
    def change(place: Place) -> None:
        with rasterio.open(place.folder / name, "r+") as raster:
            pixels = raster.read(1)
            pixels[row, col] += 1
            raster.write(pixels, 1)

    return change


def packed_otherwise(name: str) -> Change:
    def change(place: Place) -> None:
        with rasterio.open(place.folder / name) as raster:
            pixels, profile = raster.read(), raster.profile
        other = None if profile.get("compress") else "deflate"
        with rasterio.open(place.folder / name, "w", **(profile | {"compress": other})) as raster:
            raster.write(pixels)

    return change


def edited(file: str, old: str, new: str) -> Change:
    def change(place: Place) -> None:
        path = place.repository / "workflow/scripts" / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return change


def further_statement(file: str) -> Change:
    def change(place: Place) -> None:
        with (place.repository / "workflow/scripts" / file).open("a") as module:
            module.write("\n\nfurther = True\n")

    return change


def nothing(place: Place) -> None:
    pass


def jobs_of(place: Place) -> dict[str, int]:
    """Return what would run, but for what gathers, and pictures."""
    run = place.run("-n")
    assert run.code == 0, run.output
    account = ACCOUNT | {rule for rule in run.jobs if rule.startswith("figure")}
    return {rule: count for rule, count in run.jobs.items() if rule not in account}


PROVED = {"certificate": 1, "autocorrelation": 1}
SPLIT = {"split": 1, "stack": 2, **PROVED}
CUT = {"extract_cells": 3, "class_distribution": 1, "relief_cells": 3, **SPLIT}
DRAWN = {"landcover_map": 1, "confidence_map": 1, "map_page": 1}
FITTED = {"accuracy": 1, "model": 1, "map_item": 1, "map_report": 1, "predict_block": 4, **DRAWN}
STAGE2 = {"tune_stage2": 2, "stage2": 1, **FITTED}
TUNED = {"tune_stage1": 2, "stage1": 1, **STAGE2}
CHOSEN = {"samples": 1, "check_folds": 1, **TUNED}

AT_MOST: dict[str, tuple[Change, dict[str, int]]] = {
    "nothing but a fresh checkout": (nothing, {}),
    "a default that is written out": (key("map.samples.min_share", 0.01), {}),
    "grid.seed": (key("dataset.grid.seed", 1), SPLIT),
    "grid.test_fraction": (key("dataset.grid.test_fraction", 0.5), SPLIT),
    "grid.buffer_km": (key("dataset.grid.buffer_km", 1.0), {"stack": 1, **PROVED}),
    "landcover.reject": (key("dataset.landcover.reject", {11: 0.5}), CUT),
    "elevation.max_nodata": (
        key("dataset.elevation.max_nodata", 0.1),
        {"relief_cells": 3, "stack": 2, **PROVED},
    ),
    "figures.samples": (key("figures.samples", 3), {}),
    "reference.n_points": (
        key("map.reference.n_points", 500),
        {"reference_points": 1, "point_vectors": 1, **CHOSEN},
    ),
    "samples.n": (key("map.samples.n", 200), CHOSEN),
    "samples.test_fraction": (key("map.samples.test_fraction", 0.3), CHOSEN),
    "tuning.folds": (key("map.tuning.folds", 4), {"check_folds": 1, **TUNED}),
    "tuning.seed": (key("map.tuning.seed", 5), TUNED),
    "tuning.stage2": (key("map.tuning.stage2.n_estimators", [10, 20, 30]), STAGE2),
    "predict.confidence": (
        key("map.predict.confidence", False),
        {"map_item": 1, "map_page": 1},
    ),
    "all rasters touched": (
        touched("in/landcover.tif", "in/dem/N42W116.tif", "in/embedding.tif", "in/worldcover.tif"),
        {},
    ),
    "a raster of land cover": (pixel("in/landcover.tif", 0, 0), {"inspect_landcover": 1, **CUT}),
    "errors": (further_statement("landloom/errors.py"), {}),
    "how jobs run": (further_statement("landloom/job/runner.py"), {}),
    "how files are put in place": (further_statement("landloom/job/whole.py"), {}),
    "a docstring": (edited("landloom/dataset/stack.py", '"""', '"""Words: '), {}),
    "a script": (
        edited("split.py", "cells = grid.n**2", "cells = grid.n * grid.n"),
        SPLIT,
    ),
    "a module": (
        further_statement("landloom/map/forest/ranking.py"),
        {"stage1": 1, **STAGE2},
    ),
    "a module of the certificate": (
        further_statement("landloom/dataset/proof/certificate.py"),
        {"certificate": 1},
    ),
}


@pytest.mark.parametrize("name", AT_MOST)
def test_a_change_reruns_at_most(place: Place, name: str) -> None:
    change, expected = AT_MOST[name]
    change(place)
    assert jobs_of(place) == expected


def test_an_upgrade_is_told_and_reruns_what_it_concerns_when_asked(place: Place) -> None:
    """It is as if results had been made with another version: their digests count that one."""
    record = place.results / "software.json"
    versions = json.loads(record.read_text())
    (now,) = versions["matplotlib"]
    record.write_text(json.dumps(versions | {"matplotlib": ["1.0"]}))
    run = place.run("--touch")  # results of that version
    assert run.code == 0, run.output
    run = place.run("-n")
    assert f"made with matplotlib 1.0 (now {now})" in run.output
    assert f"delete {record.relative_to(place.folder)}" in run.output
    assert run.jobs == {}
    record.unlink()
    run = place.run("-n")
    assert "made with" not in run.output
    assert run.jobs.keys() - ACCOUNT
    assert all(rule.startswith("figure") for rule in run.jobs.keys() - ACCOUNT - {"map_page"})


def ran(place: Place) -> dict[str, int]:
    """Run, and return what was made: a job that is left out writes no log."""
    logs = place.results / "logs"
    before = {log: log.stat().st_mtime_ns for log in logs.rglob("*.log")}
    run = place.run()
    assert run.code == 0, run.output
    made: dict[str, int] = {}
    for log in logs.rglob("*.log"):
        if log.stat().st_mtime_ns != before.get(log):
            rule = log.relative_to(logs).parts[0].removesuffix(".log")
            made[rule] = made.get(rule, 0) + 1
    again = place.run("-n")
    assert again.jobs == {}, again.output
    return {rule: count for rule, count in made.items() if rule not in ACCOUNT}


CUT_OFF: dict[str, tuple[Change, dict[str, int]]] = {
    "a value of the first stage that loses": (
        key("map.tuning.stage1.max_depth", [None, 4, 1]),
        {"tune_stage1": 2, "stage1": 1, "figure_tuning": 1},
    ),
    "landcover.resolution": (
        key("dataset.landcover.resolution", 31.0),
        {"inspect_landcover": 1},
    ),
    "a pixel that no patch holds": (
        pixel("in/landcover.tif", 0, 0),
        {"inspect_landcover": 1, "extract_cells": 3, "certificate": 1},
    ),
    "a tile of elevation that is packed otherwise": (
        packed_otherwise("in/dem/N42W116.tif"),
        {"elevation_tile": 1},
    ),
}


@pytest.mark.parametrize("name", CUT_OFF)
def test_what_follows_a_step_that_changes_nothing_is_left_alone(place: Place, name: str) -> None:
    change, expected = CUT_OFF[name]
    change(place)
    assert ran(place) == expected


def test_other_bytes_go_all_the_way(place: Place) -> None:
    """Patches that are left out now: what is made of them has to be made again."""
    before = (place.results / "dataset/train.npy").read_bytes()
    key("dataset.elevation.max_nodata", 0.0)(place)
    made = ran(place)
    assert {"relief_cells", "stack", "certificate"} <= made.keys()
    assert (place.results / "dataset/train.npy").read_bytes() != before


def test_what_is_left_out_is_looked_at_for_changes_of_its_own(place: Place) -> None:
    """Snakemake does not look at the parameters of a job that follows another that runs."""
    key("map.tuning.stage1.max_depth", [None, 4, 1])(place)
    key("map.predict.block", 80)(place)
    made = ran(place)
    assert "model" not in made
    assert {"plan_map", "predict_block", "landcover_map"} <= made.keys()


def test_a_missing_file_is_made_though_what_it_is_made_of_stayed(place: Place) -> None:
    Path(place.results / "figures/map_landcover.png").unlink()
    key("map.tuning.stage1.max_depth", [None, 4, 1])(place)
    assert ran(place) == {
        "tune_stage1": 2, "stage1": 1, "figure_tuning": 1, "figure_landcover": 1,
    }  # fmt: skip

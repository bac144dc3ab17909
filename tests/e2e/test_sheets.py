"""Blocks that are made in sheets: the same maps, from fewer jobs, killed or not."""

from __future__ import annotations

import copy
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from conftest import WORLD, Place, Run
from once import made_once
from rasterio.windows import Window
from sessions import kill_all
from tiny_map import MAP_CONFIG

from landloom.demo.rasters import embedding_grid
from landloom.job.integrity import digest_on_record
from landloom.job.kept import FOLDER

pytestmark = pytest.mark.slow

SHEET = "r000-c000x2.tif"
BLOCKS = ("map/blocks", "map/calibrated/blocks", "map/applicability/blocks")


def in_sheets(place: Place, folder: Path, aside: int = 2) -> Place:
    """Return a copy of a place that asks for sheets of so many blocks along a side."""
    other = place.copy(folder)
    other.config["map"]["predict"]["sheet"] = aside
    return other


def ran(place: Place, *targets: str) -> Run:
    run = place.run(*targets)
    assert run.code == 0, run.output
    return run


def kept(place: Place) -> list[Path]:
    return list(place.results.rglob(FOLDER))


LAYERS = ("landcover", "confidence", "probabilities", "dissimilarity", "applicability",
          "point_density", "calibrated_confidence", "set_size", "class_set")  # fmt: skip


def test_all_layers_are_the_same(map_place: Place, tmp_path: Path) -> None:
    place, targets = map_place, [f"results/map/{layer}.tif" for layer in LAYERS]
    place.config["map"] |= {
        "predict": {"block": 64, "probabilities": True},
        "crossval": {"schemes": ["random"], "n": 3},
        "calibration": {"folds": "random", "level": 0.7},
        "applicability": {"folds": "random"},
    }
    ran(place, *targets)
    other = in_sheets(place, tmp_path / "sheets")
    ran(other, *targets)
    for layer in targets:
        assert (other.folder / layer).read_bytes() == (place.folder / layer).read_bytes()
    for folder in BLOCKS:
        made = {path.name for path in (other.results / folder).glob("*.tif")}
        assert made - {path.name for path in (place.results / folder).glob("*.tif")} == {SHEET}
    assert kept(other) == []
    assert other.run("-n", *targets).jobs == {}

    # One block of them can be asked for by its name all the same.
    name = "map/blocks/r001-c000.tif"
    (other.results / name).unlink()
    assert ran(other, f"results/{name}").jobs == {"predict_block": 1}
    assert (other.results / name).read_bytes() == (place.results / name).read_bytes()
    assert other.run("-n", *targets).jobs == {}


# A map of one sheet of three by three blocks, each a piece.
SIDE = 2100


def write_large(folder: Path) -> None:
    """Write an embedding of three bands that follow from the place, and points on it."""
    folder.mkdir()
    grid = embedding_grid(WORLD, SIDE)
    row, col = np.indices((SIDE, SIDE)).astype(np.float32)
    bands = np.stack([np.sin(row / 90), np.cos(col / 70), np.sin((row + col) / 200)])
    bands[:, 300:700, 300:900] = np.nan
    with rasterio.open(
        folder / "embedding.tif", "w", driver="GTiff", width=SIDE, height=SIDE, count=3,
        dtype="float32", crs=grid.crs, transform=grid.transform, nodata=np.nan,
    ) as target:  # fmt: skip
        target.write(bands)
    rng = np.random.default_rng(1)
    rows, cols = rng.integers(0, SIDE, (2, 400))
    lon, lat = grid.lonlat(Window(0, 0, SIDE, SIDE))
    lines = ["lon,lat,class"]
    for r, c in zip(rows, cols, strict=True):
        kind = "ab"[int(bands[0, r, c] > 0)] if np.isfinite(bands[0, r, c]) else "a"
        lines.append(f"{lon[r, c]:.9f},{lat[r, c]:.9f},{kind}")
    (folder / "points.csv").write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="session")
def modelled(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A folder where the model of a large map has been made. Not to be changed: take a copy."""
    config: dict[str, Any] = copy.deepcopy(MAP_CONFIG)
    config["map"] |= {
        "embedding": {"raster": "in/embedding.tif", "encoding": "float"},
        "reference": {"table": "in/points.csv"},
        "predict": {"sheet": 3},
    }
    config["map"]["tuning"]["stage1"]["max_features"] = ["sqrt"]

    def with_config(place: Place) -> Place:
        place.config = config
        return place

    def make(folder: Path) -> None:
        place = Place(folder / "place")
        place.folder.mkdir()
        write_large(place.folder / "in")
        ran(with_config(place), "results/map/forest.npz")

    return with_config(Place(made_once(tmp_path_factory, "modelled", make) / "place"))


@pytest.fixture
def large(modelled: Place, tmp_path: Path) -> Place:
    return modelled.copy(tmp_path / "large")


MAP = "results/map/landcover.tif"


def pieces(place: Place) -> dict[str, int]:
    """Return the pieces that are finished, and the inode of each."""
    found = place.results.glob(f"map/blocks/{FOLDER}/r000-c000x3/*/r???-c???.tif")
    with_digest = (path for path in found if digest_on_record(path))
    return {path.name: path.stat().st_ino for path in with_digest}


def kill_at(place: Place, number: int) -> None:
    """Start a run, and kill all of it as soon as so many pieces are finished."""
    with (place.folder / "told.txt").open("w") as told:
        options = {"stdout": told, "stderr": subprocess.STDOUT, "start_new_session": True}
        run = place.start(MAP, "--cores", "2", "--configfile", "mine.yaml", **options)
    try:
        while len(pieces(place)) < number:
            assert run.poll() is None, (place.folder / "told.txt").read_text()
            time.sleep(0.01)
    finally:
        kill_all(run)
    assert place.snakemake("--unlock", "--configfile", "mine.yaml").code == 0


def test_a_killed_sheet_goes_on_and_ends_the_same(large: Place, tmp_path: Path) -> None:
    calm = large.copy(tmp_path / "calm")
    ran(calm, MAP)
    before: dict[str, int] = {}
    for number in (2, 5):
        kill_at(large, number)
        now = pieces(large)
        assert before.items() <= now.items(), "a finished piece was made again"
        assert number <= len(now) < 9
        before = now
    run = ran(large, MAP)
    assert run.jobs["predict_block"] == 1
    log = (large.results / "logs/predict_block/r000-c000x3.log").read_text()
    assert f"{len(before)} of 9 pieces were finished before" in log
    names = ["map/blocks/r000-c000x3.tif", "map/landcover.tif"]
    assert [(large.results / n).read_bytes() for n in names] == [
        (calm.results / n).read_bytes() for n in names
    ]
    assert kept(large) == []


def test_pieces_of_another_model_are_not_taken(large: Place) -> None:
    kill_at(large, 3)
    large.config["map"]["tuning"] = {**large.config["map"]["tuning"], "seed": 5}
    run = ran(large, MAP)
    assert run.jobs["predict_block"] == 1
    log = (large.results / "logs/predict_block/r000-c000x3.log").read_text()
    assert "finished before" not in log

"""Mistakes that users make: each ends in one message that names what is wrong and what to do."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
from conftest import Place
from rasterio.warp import Resampling, reproject

pytestmark = pytest.mark.slow


def rewrite(path: Path, **changes: object) -> None:
    """Write a raster anew with another profile."""
    with rasterio.open(path) as source:
        pixels, profile = source.read(), source.profile
    profile |= changes
    with rasterio.open(path, "w", **profile) as target:
        target.write(pixels.astype(profile["dtype"]))


def no_crs(place: Place) -> None:
    rewrite(place.folder / "in/landcover.tif", crs=None)


def floats(place: Place) -> None:
    rewrite(place.folder / "in/landcover.tif", dtype="float32", nodata=None)


def cut_short(place: Place) -> None:
    path = place.folder / "in/landcover.tif"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def elsewhere(place: Place) -> None:
    place.config["dataset"]["region"] = {
        "west": -116.7,
        "south": 42.3,
        "east": -116.6,
        "north": 42.4,
    }


def tiles_elsewhere(place: Place) -> None:
    place.config["dataset"]["elevation"]["source"] = "nowhere/{ns}{lat}{ew}{lon}.tif"


def tile_in_metres(place: Place) -> None:
    path = place.folder / "in/dem/N42W117.tif"
    with rasterio.open(path) as source:
        pixels, profile = source.read(1), source.profile
        moved = np.zeros((300, 300), pixels.dtype)
        transform = rasterio.transform.from_origin(500_000, 4_760_000, 300, 300)
        reproject(
            pixels,
            moved,
            src_transform=source.transform,
            src_crs=source.crs,
            dst_transform=transform,
            dst_crs="EPSG:32611",
            resampling=Resampling.bilinear,
        )
    profile |= {"crs": "EPSG:32611", "transform": transform, "width": 300, "height": 300}
    with rasterio.open(path, "w", **profile) as target:
        target.write(moved, 1)


def tile_misplaced(place: Place) -> None:
    folder = place.folder / "in/dem"
    shutil.copy(folder / "N42W116.tif", folder / "N42W117.tif")


def large_patches(place: Place) -> None:
    place.config["dataset"]["patches"] = {"size": 80, "downsample": 4}


def coarse_pixels(place: Place) -> None:
    place.config["dataset"]["landcover"]["resolution"] = 10.0


def all_rejected(place: Place) -> None:
    place.config["dataset"]["landcover"]["unknown"] = [0, 11, 21, 41, 52, 71, 81, 82, 90, 95]


def all_void(place: Place) -> None:
    for tile in (place.folder / "in/dem").iterdir():
        with rasterio.open(tile, "r+") as dataset:
            dataset.write(np.full(dataset.shape, -32768, np.int16), 1)


def strange_code(place: Place) -> None:
    rewrite(place.folder / "in/landcover.tif", nodata=None)
    with rasterio.open(place.folder / "in/landcover.tif", "r+") as dataset:
        pixels = dataset.read(1)
        pixels[100:, 100:] = 250
        dataset.write(pixels, 1)


def undeclared_void(place: Place) -> None:
    path = place.folder / "in/dem/N42W117.tif"
    rewrite(path, nodata=None)
    with rasterio.open(path, "r+") as dataset:
        dataset.write(np.full((5, 5), -32768, np.int16), 1, window=((0, 5), (0, 5)))


WHILE_RUNNING: dict[Callable[[Place], None], list[str]] = {
    no_crs: ["in/landcover.tif", "has no CRS", "--crs"],
    floats: ["in/landcover.tif", "float32", "convert"],
    cut_short: ["in/landcover.tif", "fetch it again"],
    elsewhere: ["in/landcover.tif", "outside the raster", "dataset.region"],
    tile_in_metres: ["in/dem/N42W117.tif", "EPSG:32611", "EPSG:4326"],
    tile_misplaced: ["in/dem/N42W117.tif", "tile N42W117", "correct the template"],
    large_patches: ["dataset.patches", "choose smaller patches or a larger region"],
    coarse_pixels: ["dataset.landcover.resolution", "set it to"],
    all_rejected: ["no pixel of the region has a known class", "dataset.landcover.unknown"],
    all_void: ["no patch is left", "elevation is void", "dataset.elevation.source"],
    strange_code: ["in/landcover.tif", "codes 250, which", "dataset.landcover.unknown"],
    undeclared_void: ["in/dem/N42W117.tif", "dataset.elevation.nodata: -32768"],
}


def leftovers(place: Place) -> list[str]:
    """Files that are neither products nor the inputs of a job: drafts."""
    hidden = [path for path in place.results.rglob(".*") if path.is_file()]
    return [str(path) for path in hidden if path.name != ".snakemake_timestamp"]


@pytest.mark.parametrize("spoil", WHILE_RUNNING, ids=lambda spoil: spoil.__name__)
def test_told_in_one_message(place: Place, spoil: Callable[[Place], None]) -> None:
    spoil(place)
    run = place.run()
    assert run.code != 0
    assert "Traceback" not in run.output
    for words in WHILE_RUNNING[spoil]:
        assert words in run.output
    assert not (place.results / "dataset/certificate.json").exists()
    assert leftovers(place) == []


def test_all_errors_of_a_configuration_at_once(place: Place) -> None:
    dataset = place.config["dataset"]
    dataset["grid"] = {"n": 0, "test_fraction": 1.5, "sed": 1}
    dataset["landcover"]["raster"] = "in/landcovr.tif"
    run = place.run()
    assert run.code != 0
    assert "Traceback" not in run.output
    assert [line for line in run.output.splitlines() if line.startswith("config: ")] == [
        f"config: dataset.landcover.raster: in/landcovr.tif: no such file (looked in "
        f"{place.folder}); did you mean 'in/landcover.tif'?",
        "config: dataset.grid.n: 0: must be at least 1",
        "config: dataset.grid.test_fraction: 1.5: must lie between 0 and 1",
        "config: dataset.grid.sed: unknown key (did you mean 'seed'?)",
    ]
    assert not place.results.exists()


def test_a_template_without_tiles_is_told_at_once(place: Place) -> None:
    tiles_elsewhere(place)
    run = place.run()
    assert run.code != 0
    assert "config: dataset.elevation.source: nowhere/" in run.output
    assert "looked for nowhere/N42W117.tif" in run.output
    assert "Traceback" not in run.output


def test_a_region_partly_outside_works_and_says_how_much(place: Place) -> None:
    place.config["dataset"]["region"]["south"] -= 0.2
    place.config["dataset"]["grid"]["n"] = 4
    run = place.run()
    assert run.code == 0, run.output
    log = (place.results / "logs/inspect_landcover.log").read_text()
    assert "% of it lies on the raster" in log
    assert "100.0 %" not in log


def test_results_that_cannot_be_written_are_told_at_once(place: Place) -> None:
    place.config["results"] = "in/landcover.tif/results"
    run = place.run()
    assert run.code != 0
    assert "config: results: in/landcover.tif/results" in run.output
    assert "Traceback" not in run.output


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", disk]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("mounting a small file system takes root, which this is not")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_full_disk_is_told_and_leaves_nothing_half_written(
    place: Place, small_disk: Path
) -> None:
    place.config["results"] = str(small_disk / "results")
    run = place.run()
    assert run.code != 0
    assert "No space left on device" in run.output
    assert "Traceback" not in run.output
    assert leftovers(place) == []

"""Elevation in several rasters makes the dataset that one raster of all of them makes."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import rasterio
from conftest import WORLD, Place, digests

from landloom.demo.rasters import write_tile

pytestmark = pytest.mark.slow

FROM_HEIGHTS = ("dataset/train.npy", "dataset/test.npy", "elevation/mosaic.tif")


def split_raster(place: Place) -> None:
    """Write one raster of heights, and two that share them out: each is void where it has none."""
    folder = place.folder / "in"
    write_tile(WORLD, "N42W117", folder / "whole.tif", pixels_per_degree=360)
    with rasterio.open(folder / "whole.tif") as whole:
        pixels, profile = whole.read(1), whole.profile
    for name, columns in (("west", slice(0, 350)), ("east", slice(345, None))):
        part = np.full_like(pixels, -32768)
        part[:, columns] = pixels[:, columns]
        with rasterio.open(folder / f"{name}.tif", "w", **profile | {"nodata": -32768}) as target:
            target.write(part, 1)


def test_the_same_dataset(place: Place) -> None:
    split_raster(place)
    dataset = place.config["dataset"]
    dataset["region"] |= {"east": -116.01, "north": 42.995}
    elevation = dataset["elevation"]
    found = []
    for results, source in (("one", "in/whole.tif"), ("two", ["in/west.tif", "in/east.tif"])):
        elevation["source"] = source
        place.config["results"] = results
        run = place.run()
        assert run.code == 0, run.output
        found.append({name: digests(place)[name] for name in FROM_HEIGHTS})
    assert found[0] == found[1]
    assert (place.results / "elevation/elevation.vrt").exists()
    assert "in/east.tif" in (place.results / "SOURCES.md").read_text()
    assert place.run("--dry-run").jobs == {}


def test_other_grids_are_refused(place: Place) -> None:
    split_raster(place)
    shutil.copy(place.folder / "in/landcover.tif", place.folder / "in/other.tif")
    place.config["dataset"]["elevation"]["source"] = ["in/whole.tif", "in/other.tif"]
    run = place.run()
    assert run.code != 0
    assert "dataset.elevation.source: tiles of different CRS" in run.output
    assert "Traceback" not in run.output

"""Rasters of elevation on one pixel grid: each fills in what those before it lack."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from landloom.elevation.rasters import join_rasters
from landloom.errors import LandloomError


def write(path: Path, heights: list[list[float]], col: float = 0, **profile: object) -> str:
    pixels = np.array(heights, profile.get("dtype", "int16"))
    kind = {"dtype": str(pixels.dtype), "crs": "EPSG:32611", **profile}
    transform = Affine(30.0, 0.0, 500_000 + 30.0 * col, 0.0, -30.0, 4_700_000)
    height, width = pixels.shape
    with rasterio.open(
        path, "w", driver="GTiff", count=1, height=height, width=width, transform=transform, **kind
    ) as target:
        target.write(pixels, 1)
    return str(path)


def read(source: str) -> tuple[list[list[float | None]], str]:
    with rasterio.open(source) as whole:
        heights = whole.read(1, masked=True)
        return heights.tolist(), whole.dtypes[0]


def test_the_first_shows_and_the_next_fills_its_voids(tmp_path):
    first = write(tmp_path / "a.tif", [[1, -99, 3]], nodata=-99)
    second = write(tmp_path / "b.tif", [[10, 20, 30, -1]], nodata=-1)
    third = write(tmp_path / "c.tif", [[7, 8]], col=3)
    heights = [[1, 20, 3, 7, 8]]
    assert read(join_rasters([first, second, third], None)) == (heights, "int16")
    assert read(join_rasters([second, first, third], None)) == ([[10, 20, 30, 7, 8]], "int16")


def test_what_none_has_is_void(tmp_path):
    rasters = [write(tmp_path / "a.tif", [[1, -99]], nodata=-99)]
    rasters.append(write(tmp_path / "b.tif", [[5]], col=3))
    assert read(join_rasters(rasters, None)) == ([[1, None, None, 5]], "int16")


def test_numbers_that_are_none_and_floats(tmp_path):
    first = write(tmp_path / "a.tif", [[1.5, np.nan]], dtype="float32")
    second = write(tmp_path / "b.tif", [[10, 20]])
    assert read(join_rasters([first, second], None)) == ([[1.5, 20]], "float32")


def test_masks(tmp_path):
    first = write(tmp_path / "a.tif", [[1, 2]])
    with rasterio.open(first, "r+") as raster:
        raster.write_mask(np.array([[True, False]]))
    second = write(tmp_path / "b.tif", [[10, 20]])
    assert read(join_rasters([first, second], None)) == ([[1, 20]], "int16")


def test_a_void_value_that_is_set_is_that_of_all_and_of_the_whole(tmp_path):
    first = write(tmp_path / "a.tif", [[1, -9999, -9999]])
    second = write(tmp_path / "b.tif", [[10, 20, -9999]], dtype="int32")
    source = join_rasters([first, second], -9999.0)
    assert read(source) == ([[1, 20, None]], "float32")
    with rasterio.open(source) as whole:
        assert whole.nodata == -9999


@pytest.mark.parametrize(
    ("profile", "col", "said"),
    [
        ({"crs": "EPSG:32612"}, 0, "tiles of different CRS"),
        ({}, 0.5, "not a whole number of pixels; resample them to one pixel grid"),
        ({"dtype": "complex64"}, 0, "holds complex64, not heights; correct dataset.elevation."),
    ],
)
def test_what_cannot_be_joined_is_refused_with_the_remedy(tmp_path, profile, col, said):
    rasters = [write(tmp_path / "a.tif", [[1]]), write(tmp_path / "b.tif", [[1]], col, **profile)]
    with pytest.raises(LandloomError) as caught:
        join_rasters(rasters, None)
    assert said in str(caught.value)


def test_scaled_heights_are_refused(tmp_path):
    path = write(tmp_path / "a.tif", [[1]])
    with rasterio.open(path, "r+") as raster:
        raster.scales = (0.1,)
    with pytest.raises(LandloomError, match=r"scale 0\.1"):
        join_rasters([path], None)

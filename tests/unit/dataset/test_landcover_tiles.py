"""Land cover in tiles, read as one raster."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from landloom.dataset.landcover_tiles import join_landcover
from landloom.errors import LandloomError

WHOLE = np.arange(1, 61, dtype=np.uint8).reshape(6, 10)


def write(path: Path, pixels, col=0, row=0, **changes) -> str:
    profile = {
        "driver": "GTiff",
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "count": 1,
        "dtype": pixels.dtype,
        "crs": "EPSG:32633",
        "transform": Affine(10, 0, 500_000, 0, -10, 5_000_000) @ Affine.translation(col, row),
        "nodata": 0,
    } | changes
    with rasterio.open(path, "w", **profile) as file:
        file.write(pixels, 1)
    return str(path)


def read(xml: str):
    with rasterio.open(xml) as file:
        return file.read(1), file.transform, file.nodata


def test_tiles_make_up_the_raster_that_they_were_cut_from(tmp_path):
    parts = [
        write(tmp_path / f"{row}-{col}.tif", WHOLE[row : row + 3, col : col + 5], col, row)
        for row in (3, 0)
        for col in (5, 0)
    ]
    pixels, transform, nodata = read(join_landcover(parts))
    assert np.array_equal(pixels, WHOLE)
    assert transform == Affine(10, 0, 500_000, 0, -10, 5_000_000)
    assert nodata == 0


def test_where_no_tile_lies_is_no_data(tmp_path):
    corner = write(tmp_path / "a.tif", WHOLE[:2, :2])
    other = write(tmp_path / "b.tif", WHOLE[4:, 7:], 7, 4)
    pixels, _, _ = read(join_landcover([corner, other]))
    expected = np.zeros_like(WHOLE)
    expected[:2, :2], expected[4:, 7:] = WHOLE[:2, :2], WHOLE[4:, 7:]
    assert np.array_equal(pixels, expected)


def test_codes_above_255(tmp_path):
    pixels = (WHOLE.astype(np.uint16) * 900)[:, :3]
    path = write(tmp_path / "a.tif", pixels, nodata=65535)
    found, _, nodata = read(join_landcover([path]))
    assert np.array_equal(found, pixels)
    assert nodata == 65535


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"crs": "EPSG:32634"}, "tiles of different CRS"),
        ({"nodata": 255}, "tiles of different nodata"),
        ({"transform": Affine(10, 0, 500_005, 0, -10, 5_000_000)}, "not a whole number of pixels"),
        ({"transform": Affine(20, 0, 500_000, 0, -20, 5_000_000)}, "pixel steps"),
    ],
)
def test_tiles_that_do_not_belong_together(tmp_path, changes, said):
    paths = [write(tmp_path / "a.tif", WHOLE), write(tmp_path / "b.tif", WHOLE, **changes)]
    with pytest.raises(LandloomError, match=said) as caught:
        join_landcover(paths)
    assert all(path in str(caught.value) for path in paths)


def test_heights_are_no_classes(tmp_path):
    path = write(tmp_path / "a.tif", WHOLE.astype(np.float32))
    with pytest.raises(LandloomError, match="holds float32"):
        join_landcover([path])

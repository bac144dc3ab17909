"""Opening rasters: what has no place on the Earth is refused, by the name that the user knows."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from rasterio.errors import RasterioIOError
from rasters import NORTH_UP, write

from landloom.errors import LandloomError
from landloom.raster.opening import open_dataset, open_raster, reading


def test_a_raster_with_a_place_is_opened(tmp_path: Path) -> None:
    path = str(write(tmp_path / "a.tif", np.ones((4, 5), "uint8")))
    with open_raster(path) as one, open_dataset(path) as two:
        assert one.shape == two.shape == (4, 5)
        assert one.transform == NORTH_UP
    assert one.closed


@pytest.mark.parametrize("transform", [Affine.identity(), Affine(10, 0, 5, 20, 0, 5)])
@pytest.mark.parametrize("label", [None, "map.embedding.raster: mine"])
def test_a_raster_without_a_geotransform(
    tmp_path: Path, transform: Affine, label: str | None
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = str(write(tmp_path / "a.tif", np.ones((4, 5), "uint8"), transform))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the message says it all
        with pytest.raises(LandloomError) as caught, open_dataset(path, label):
            pass
    assert str(caught.value).startswith(f"{label or path}: has no usable geotransform")


def test_the_remedy_names_the_file_whatever_the_label(tmp_path: Path) -> None:
    path = str(write(tmp_path / "a.tif", np.ones((4, 5), "uint8"), crs=None))
    with pytest.raises(LandloomError) as caught:
        open_dataset(path, "elevation")
    assert str(caught.value).startswith("elevation: has no CRS; give it one")
    assert f"--crs EPSG:5070 {path}'" in str(caught.value)


@pytest.mark.parametrize(
    ("path", "said"),
    [("tiles/a.tif", "fetch it again"), ("https://host/a.tif?sig=abc", "see to the connection")],
)
def test_what_fails_while_reading_names_the_raster_and_no_secret(path: str, said: str) -> None:
    name = f"map.embedding.raster: {path}"
    failure = RasterioIOError("Read failed. See previous exception for details.")
    failure.__cause__ = ValueError(f"/vsicurl/{path}, band 1: IReadBlock failed")
    with pytest.raises(LandloomError) as caught, reading(name, path):
        raise failure
    told = str(caught.value)
    assert told.startswith("map.embedding.raster: ")
    assert "a.tif" in told
    assert "IReadBlock failed" in told
    assert said in told
    assert "abc" not in told

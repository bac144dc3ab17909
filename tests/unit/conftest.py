"""What several test modules share: settings of the property tests, and tiny rasters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import settings
from rasterio.io import DatasetReader, MemoryFile

settings.register_profile("landloom", deadline=None)  # a shared machine stalls now and then
settings.register_profile("thorough", deadline=None, max_examples=3000)  # --hypothesis-profile
settings.load_profile("landloom")

ALBERS = "EPSG:5070"
"""The NLCD's own CRS."""

IDAHO = Affine(30, 0, -1_622_415, 0, -30, 2_460_105)
"""Pixels of 30 m near 116 W, 43 N, where Albers and north differ by over 10 degrees."""

WriteRaster = Callable[..., Path]
OpenRaster = Callable[..., AbstractContextManager[DatasetReader]]


def _profile(bands: np.ndarray, options: dict[str, Any]) -> dict[str, Any]:
    count, height, width = bands.shape
    shape = {"count": count, "height": height, "width": width, "dtype": bands.dtype}
    return {"driver": "GTiff", "crs": ALBERS, "transform": IDAHO, **shape, **options}


def _bands(array: np.ndarray) -> np.ndarray:
    return array if array.ndim == 3 else array[None]


@pytest.fixture
def geotiff(tmp_path: Path) -> WriteRaster:
    """Write an array to a GeoTIFF, by default where `IDAHO` says; options as in rasterio."""

    def write(array: np.ndarray, name: str = "raster.tif", **options: Any) -> Path:
        path = tmp_path / name
        with rasterio.open(path, "w", **_profile(_bands(array), options)) as raster:
            raster.write(_bands(array))
        return path

    return write


@pytest.fixture(scope="session")
def in_memory() -> OpenRaster:
    """Open an array as a raster without a file; `mask` (true = valid) becomes a mask band."""

    @contextmanager
    def opened(
        array: np.ndarray, mask: np.ndarray | None = None, **options: Any
    ) -> Iterator[DatasetReader]:
        with MemoryFile() as file, rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
            with file.open(**_profile(_bands(array), options)) as raster:
                raster.write(_bands(array))
                if mask is not None:
                    raster.write_mask(mask)
            with file.open() as raster:
                yield raster

    return opened

import numpy as np
import pytest
import rasterio
from affine import Affine

from landloom.dataset.cells import CellGrid
from landloom.dataset.landcover import inspect_landcover
from landloom.dataset.relief import ReliefOptions, extract_relief
from landloom.elevation.mosaic import write_mosaic
from landloom.errors import LandloomError
from landloom.map.embedding_header import inspect
from landloom.raster.numbers import kind_of


@pytest.mark.parametrize(
    ("dtype", "kind"),
    [("uint8", "u"), ("int8", "i"), ("float32", "f"), ("complex64", "c"), ("complex_int16", "c")],
)
def test_kinds(dtype, kind):
    assert kind_of(dtype) == kind


@pytest.fixture(params=["complex64", "complex_int16"])
def complex_raster(request, tmp_path):
    path = tmp_path / "radar.tif"
    profile = {"driver": "GTiff", "width": 4, "height": 4, "count": 1, "dtype": request.param}
    where = {"crs": "EPSG:32631", "transform": Affine(10, 0, 500_000, 0, -10, 5_600_000)}
    with rasterio.open(path, "w", **profile, **where) as target:
        target.write(np.ones((1, 4, 4), "complex64"))
    return str(path)


def test_complex_numbers_are_no_classes(complex_raster):
    grid = CellGrid((2.9, 50.4, 3.1, 50.6), 1)
    with (
        rasterio.open(complex_raster) as raster,
        pytest.raises(LandloomError, match=r"radar\.tif: holds complex.*whole-number class codes"),
    ):
        inspect_landcover(raster, grid, 2, 1)


def test_complex_numbers_are_no_heights(complex_raster, tmp_path):
    from landloom.dataset.lattice import Lattice

    with rasterio.open(complex_raster) as raster:
        lattice = Lattice.over(raster, 2, 1)
    some = np.array([0], np.int32)
    with pytest.raises(LandloomError, match=r"not heights; correct dataset\.elevation\.source"):
        extract_relief(complex_raster, lattice, some, some, ReliefOptions("bilinear", 0.25, None))
    with pytest.raises(LandloomError, match=r"not heights; correct dataset\.elevation\.source"):
        write_mosaic(complex_raster, tmp_path / "mosaic.tif")


def test_complex_numbers_are_no_embedding(complex_raster):
    with pytest.raises(LandloomError, match="not plain numbers; name an embedding of real ones"):
        inspect(complex_raster)

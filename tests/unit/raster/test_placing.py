"""Rasters that have no place on the Earth, or are no files, are refused by one message."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from configurations import VALID, changed, lines
from pyproj import CRS
from rasterio.enums import ColorInterp

from landloom.config.file_lookup import FileLookup
from landloom.dataset.landcover_tiles import join_landcover
from landloom.elevation.mosaic import write_mosaic
from landloom.elevation.tiles import make_tile
from landloom.errors import LandloomError
from landloom.legend.csv_table import read_csv
from landloom.map.embedding_header import inspect
from landloom.raster.opening import open_raster, read_codes
from landloom.raster.placing import kept_in_geotiff

UTM, NORTH_UP = "EPSG:32631", Affine(10.0, 0.0, 5e5, 0.0, -10.0, 5e6)
SITE = 'LOCAL_CS["Building site",UNIT["metre",1]]'


def write(path: Path, crs: str = UTM, transform: Affine = NORTH_UP, **more: object) -> str:
    kind = {"driver": "GTiff", "width": 8, "height": 8, "count": 1, "dtype": "uint8"}
    with rasterio.open(path, "w", **{**kind, "crs": crs, "transform": transform, **more}) as file:
        file.write(np.arange(1, 65, dtype=file.dtypes[0]).reshape(1, 8, 8).repeat(file.count, 0))
    return str(path)


def described(path: Path, numbers: str) -> str:
    """Describe a raster by a VRT with any geotransform."""
    source = write(path.with_suffix(".tif"))
    wkt = rasterio.crs.CRS.from_string(UTM).to_wkt().replace('"', "&quot;")
    path.write_text(
        f'<VRTDataset rasterXSize="8" rasterYSize="8"><SRS>{wkt}</SRS>'
        f"<GeoTransform>{numbers}</GeoTransform>"
        '<VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        f"<SourceFilename>{source}</SourceFilename><SourceBand>1</SourceBand>"
        "</SimpleSource></VRTRasterBand></VRTDataset>"
    )
    return str(path)


@pytest.mark.parametrize(
    ("crs", "said"),
    [
        (SITE, "has a CRS (Building site) that has no known place on the Earth; give it the one"),
        ("EPSG:4978", "has a CRS (WGS 84) that has no known place on the Earth"),
        ("IAU_2015:49900", "of another body than the Earth: its ellipsoid (Mars (2015) - Sphere)"),
        ("IAU_2015:30100", "has a semi-major axis of 1737400 m; give it the one in which"),
        ("+proj=eqc +R=6051800", "has a semi-major axis of 6051800 m"),
    ],
)
def test_a_crs_that_is_not_of_the_earth(tmp_path, crs, said):
    path = write(tmp_path / "a.tif", crs)
    for opening in (lambda: open_raster(path).__enter__(), lambda: inspect(path)):
        with pytest.raises(LandloomError) as refused:
            opening()
        assert said in str(refused.value)
        assert str(refused.value).count(path) >= 1
        assert "\n" not in str(refused.value)
    with pytest.raises(LandloomError, match=r"^map\.embedding\.raster: "):
        inspect(path)


@pytest.mark.parametrize(
    "crs",
    [
        "EPSG:4326", "EPSG:5070", "EPSG:2225", "EPSG:27700", "EPSG:4979", "EPSG:2154",
        "+proj=longlat +R=6370997", "+proj=longlat +a=6378249.145 +b=6356514.870",
        "+proj=geos +h=35785831 +lon_0=0 +a=6378169 +b=6356583.8", "EPSG:32631+5773",
    ],
)  # fmt: skip
def test_those_of_the_earth_are_opened(tmp_path, crs):
    with open_raster(write(tmp_path / "a.tif", crs)) as raster:
        assert raster.crs


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ("nan, 10, 0, 5e6, 0, -10", "numbers that are not finite (10, 0, nan, 0, -10, 5e+06)"),
        ("5e5, inf, 0, 5e6, 0, -10", "numbers that are not finite"),
        ("5e5, 0, 0, 5e6, 0, -10", "has no usable geotransform"),
        ("5e5, nan, 0, 5e6, 0, -10", "numbers that are not finite"),
        ("5e5, 1e290, 0, 5e6, 0, -10", "leads far beyond the Earth (1e+290, 0, 500000, 0, -10,"),
        ("1e12, 10, 0, 5e6, 0, -10", "far beyond the Earth (10, 0, 1e+12, 0, -10, 5e+06); give"),
    ],
)
def test_a_transform_of_improper_numbers(tmp_path, numbers, said):
    path = described(tmp_path / "a.vrt", numbers)
    with pytest.raises(LandloomError) as refused, open_raster(path):
        pass
    assert said in str(refused.value)


KINDS = {
    "pipe": "a named pipe",
    "linked": "a named pipe",
    "socket": "a socket",
    "device": "a device",
    "folder": "a folder",
    "loop": "a link that leads back to itself",
}


def odd_files(folder: Path) -> dict[str, Path]:
    found = {
        name: folder / name for name in ("pipe", "socket", "loop", "folder", "device", "linked")
    }
    os.mkfifo(found["pipe"])
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(found["socket"]))
    found["loop"].symlink_to(found["loop"])
    found["folder"].mkdir()
    found["device"].symlink_to("/dev/zero")
    found["linked"].symlink_to(found["pipe"])
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_file_is_never_waited_for(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    path = str(odd_files(tmp_path)[kind])
    for read in (
        lambda: open_raster(path).__enter__(),
        lambda: read_csv(path, ("x",)),
        lambda: make_tile("N42W117", path, None, tmp_path / "out.tif"),
    ):
        with pytest.raises(LandloomError, match=f"{kind}: is {KINDS[kind]}|the file is"):
            read()
    files = FileLookup(lambda _: False)
    (told,) = lines(changed("dataset.landcover.raster", path, VALID), files)[:1]
    assert f"{path}: is {KINDS[kind]}, which cannot be read as a raster; name a file" in told


def test_folders_that_are_rasters_to_gdal_are_taken(tmp_path):
    (tmp_path / "a.zarr").mkdir()
    files = FileLookup(lambda _: False)
    path = str(tmp_path / "a.zarr")
    assert not any(
        "landcover.raster" in line
        for line in lines(changed("dataset.landcover.raster", path, VALID), files)
    )


def with_holes(path: Path, how: str, nodata: int | None = None) -> str:
    """Write a raster of which the upper left quarter is declared void by alpha or a mask."""
    clear = np.full((8, 8), 255, np.uint8)
    clear[:4, :4] = 0
    write(path, count=2 if how == "alpha" else 1, nodata=nodata)
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as file:
        if how == "alpha":
            file.colorinterp = [ColorInterp.gray, ColorInterp.alpha]
            file.write(clear, 2)
        else:
            file.write_mask(clear)
    return str(path)


@pytest.mark.parametrize(("how", "nodata"), [("alpha", None), ("alpha", 64), ("mask", None)])
def test_transparent_land_cover_is_void(tmp_path, how, nodata):
    path = with_holes(tmp_path / "a.tif", how, nodata)
    with open_raster(path) as raster:
        codes = read_codes(raster, 1, rasterio.windows.Window(0, 0, 8, 8))
    assert codes.mask[:4, :4].all()
    assert codes.mask.sum() == 16 + (nodata is not None)
    if nodata is None:
        joined = join_landcover(
            [path, write(tmp_path / "b.tif", transform=NORTH_UP @ Affine.translation(8, 0))]
        )
        with open_raster(joined) as raster:
            codes = read_codes(raster, 1, rasterio.windows.Window(0, 0, 16, 8))
        assert codes.mask[:4, :4].all()
        assert codes.mask.sum() == 16
    else:
        with pytest.raises(LandloomError, match=r"has nodata \(64\) and an alpha band"):
            join_landcover([path])


def test_where_tiles_overlap_the_transparent_one_lets_the_other_through(tmp_path):
    below, above = write(tmp_path / "b.tif"), with_holes(tmp_path / "a.tif", "mask")
    with open_raster(join_landcover([below, above])) as raster:
        assert not np.ma.getmaskarray(
            read_codes(raster, 1, rasterio.windows.Window(0, 0, 8, 8))
        ).any()


@pytest.mark.parametrize("name", ["a{b}.tif", "a<b>.tif"])
def test_names_that_snakemake_would_expand_are_refused(tmp_path, name):
    path = write(tmp_path / name)
    told = lines(changed("dataset.landcover.raster", path, VALID), FileLookup(lambda _: False))
    assert any(f"{path}: holds braces or angle brackets" in line for line in told)


NO_GEOTIFF_HOLDS = "+proj=eqearth +lon_0=9"


def test_a_crs_that_a_geotiff_cannot_hold(tmp_path: Path) -> None:
    place = Affine(100.0, 0.0, -1e5, 0.0, -100.0, 5.5e6)
    source = write(tmp_path / "a.tif", NO_GEOTIFF_HOLDS, place, dtype="float32")
    told = r"has a CRS \(unknown\) that a GeoTIFF cannot hold; warp it .*gdalwarp -t_srs"
    with pytest.raises(LandloomError, match=rf"^map\.embedding\.raster: {source} {told}"):
        inspect(source)
    with pytest.raises(LandloomError, match=rf"^{source}: {told}"):
        write_mosaic(source, tmp_path / "mosaic.tif", (7.0, 40.0, 11.0, 50.0))


@pytest.mark.parametrize("crs", ["EPSG:8857", "ESRI:54009", "+proj=laea +lat_0=48 +lon_0=9", UTM])
def test_crs_that_a_geotiff_holds(crs: str) -> None:
    assert kept_in_geotiff(CRS.from_user_input(crs).to_wkt())


def test_nothing_is_left_beside_what_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert not kept_in_geotiff(CRS.from_user_input("+proj=isea").to_wkt())
    assert list(tmp_path.iterdir()) == []

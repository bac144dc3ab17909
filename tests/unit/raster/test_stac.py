"""Items for catalogues: valid by the schema of STAC, true of the files, and the same each time."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from stac_items import check, check_core

from landloom.job.files import sha256_of
from landloom.job.integrity import record
from landloom.legend.legends import Entry
from landloom.raster.pixel_grid import PixelGrid
from landloom.raster.stac import (
    classes_of,
    interval_of,
    item,
    place_of,
    place_of_box,
    projection_of,
    raster_asset,
)

UTM = "EPSG:32633"


def grid_of(crs: str, transform: Affine, width: int = 40, height: int = 30) -> PixelGrid:
    with rasterio.Env():
        return PixelGrid(rasterio.crs.CRS.from_string(crs).to_wkt(), transform, width, height)


def write(path: Path, kind: str = "uint8", nodata: float = 255, bands: int = 1) -> Path:
    profile = {"driver": "GTiff", "width": 40, "height": 30, "count": bands, "dtype": kind}
    transform = Affine(10, 0, 500_000, 0, -10, 5_000_000)
    with rasterio.open(path, "w", crs=UTM, transform=transform, nodata=nodata, **profile) as raster:
        raster.write(np.ones((bands, 30, 40), kind))
        raster.descriptions = [f"Class {band} (ä)" for band in range(bands)]
        raster.units = ["%"] * bands
    return path


@pytest.mark.parametrize(
    ("kind", "nodata", "told"), [("uint8", 255, 255), ("float32", np.nan, "nan")]
)
def test_an_item_of_rasters_is_valid_and_as_their_headers_say(
    tmp_path: Path, kind: str, nodata: float, told: object
) -> None:
    path = write(tmp_path / "a b.tif", kind, nodata, bands=2)
    asset = raster_asset(path, "Two bands")
    grid = grid_of(UTM, Affine(10, 0, 500_000, 0, -10, 5_000_000))
    legend = {9: Entry("Grass", "00ff00"), 3: Entry("森", None), 10: Entry("Bog & fen", "0000FF")}
    asset["classification:classes"] = classes_of(legend)
    described = item("x", place_of(grid), interval_of([2021]) | projection_of(grid), {"a": asset})
    check(described)
    assert asset["data_type"] == kind
    assert asset["nodata"] == told
    assert [band["name"] for band in asset["bands"]] == ["class_0", "class_1"]
    assert asset["bands"][0]["description"] == "Class 0 (ä)"
    assert (asset["unit"], asset["raster:spatial_resolution"]) == ("%", 10.0)
    assert asset["file:size"] == path.stat().st_size
    assert asset["file:checksum"] == "1220" + sha256_of(path)
    names = [(each["value"], each["name"]) for each in asset["classification:classes"]]
    assert names == [(3, "class_3"), (9, "grass"), (10, "bog_fen")]
    properties = described["properties"]
    assert properties["proj:code"] == UTM
    assert properties["proj:shape"] == [30, 40]
    assert properties["proj:bbox"] == [500_000, 4_999_700, 500_400, 5_000_000]
    again = item("x", place_of(grid), interval_of([2021]) | projection_of(grid), {"a": asset})
    assert again == described
    check_core(described)


@pytest.mark.parametrize(
    ("crs", "place", "told"),
    [
        ("EPSG:32633", (500_000, 6_600_000), 10.0),
        ("EPSG:3035", (4_321_000, 4_200_000), 10.0),
        ("EPSG:3857", (0, 0), 10.0),
        ("EPSG:3857", (1_000_000, 8_400_000), None),  # at 60 N, where 10 m are 5
        ("EPSG:2263", (980_000, 200_000), 3.048006),  # of 10 feet
        ("EPSG:4326", (10, 50), None),
    ],
)
def test_a_resolution_is_told_in_metres_of_the_ground(
    tmp_path: Path, crs: str, place: tuple[float, float], told: float | None
) -> None:
    side = 1e-4 if crs == "EPSG:4326" else 10
    transform = Affine(side, 0, place[0], 0, -side, place[1])
    profile = {"driver": "GTiff", "width": 9, "height": 9, "count": 1, "dtype": "uint8"}
    with rasterio.open(tmp_path / "a.tif", "w", crs=crs, transform=transform, **profile) as raster:
        raster.write(np.ones((1, 9, 9), np.uint8))
    assert raster_asset(tmp_path / "a.tif", "A").get("raster:spatial_resolution") == told


def test_names_for_machines_tell_classes_and_bands_apart(tmp_path: Path) -> None:
    legend = {1: Entry("Wood (open)", None), 4: Entry("wood, open", None), 5: Entry("Bog", None)}
    assert [each["name"] for each in classes_of(legend)] == ["wood_open_1", "wood_open_4", "bog"]
    path = write(tmp_path / "a.tif", bands=3)
    with rasterio.open(path, "r+") as raster:
        raster.descriptions = ["Лес", "Луг", "Bog"]
    assert [band["name"] for band in raster_asset(path, "A")["bands"]] == [
        "band_1", "band_2", "bog"
    ]  # fmt: skip


def test_the_digest_is_that_with_which_the_file_was_made(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif")
    record(path)
    made = sha256_of(path)
    with path.open("ab") as file:
        file.write(b"\0")
    assert raster_asset(path, "A")["file:checksum"] == "1220" + made


def test_a_time_is_that_of_the_years_or_the_widest() -> None:
    assert interval_of([2023, 2019])["start_datetime"] == "2019-01-01T00:00:00Z"
    assert interval_of([2023, 2019])["end_datetime"] == "2023-12-31T23:59:59Z"
    assert interval_of([])["start_datetime"] < "1901"
    assert interval_of([])["end_datetime"] > "9999"
    assert interval_of([])["datetime"] is None


@settings(deadline=None, max_examples=30)
@given(st.floats(-79, 79), st.floats(-179.9, 179.9), st.floats(-0.4, 0.4), st.booleans())
def test_the_outline_holds_the_grid_and_its_box_holds_the_outline(
    lat: float, lon: float, turn: float, upright: bool
) -> None:
    pixel = Affine.scale(0.001, -0.001 if upright else 0.001)
    transform = Affine.translation(lon, lat) @ Affine.rotation(50 * turn) @ pixel
    grid = grid_of("EPSG:4326", transform)
    geometry, box = place_of(grid)
    assert geometry is not None
    assert box is not None
    shape = shapely.from_geojson(json.dumps(geometry))
    assert shape.is_valid
    if box[0] <= box[2]:
        assert shape.bounds == pytest.approx(box, abs=1e-6)
        assert shapely.get_exterior_ring(shape).is_ccw
    x, y = transform @ (20, 15)
    assert shape.distance(shapely.Point((x + 180) % 360 - 180, y)) < 1e-6


def test_over_the_180th_meridian_there_are_two_parts() -> None:
    grid = grid_of("EPSG:32601", Affine(100, 0, 345_000, 0, -100, 7_400_000), 400)
    geometry, box = place_of(grid)
    assert box is not None
    west, _, east, _ = box
    assert 179 < west < 180
    assert -180 < east < -179
    assert geometry is not None
    assert geometry["type"] == "MultiPolygon"
    edges = [sorted({lon for lon, _ in part[0]}) for part in geometry["coordinates"]]
    assert sorted(edges) == [[-180, east], [west, 180]]


def test_round_a_pole_it_is_the_box() -> None:
    grid = grid_of("EPSG:3995", Affine(10_000, 0, -200_000, 0, -10_000, 200_000), 40, 40)
    geometry, box = place_of(grid)
    assert box is not None
    assert box[3] == 90
    assert (box[0], box[2]) == (-180, 180)
    assert geometry is not None
    assert shapely.Polygon(geometry["coordinates"][0]).bounds == box


def test_what_has_no_place_in_degrees_has_no_geometry_and_no_box() -> None:
    geometry, box = place_of_box((np.inf,) * 4)
    described = item("x", (geometry, box), interval_of([]), {})
    assert described["geometry"] is None
    assert "bbox" not in described
    check(described)
    check_core(described)


def test_a_crs_without_a_code_is_told_in_words() -> None:
    grid = grid_of("+proj=laea +lat_0=10 +lon_0=20 +ellps=GRS80", Affine(30, 0, 0, 0, -30, 0))
    told = projection_of(grid)
    assert told["proj:code"] is None
    assert told["proj:wkt2"].startswith("PROJCRS[")

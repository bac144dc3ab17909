"""Whether a raster is what the catalogue promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from affine import Affine
from pyproj import CRS, Transformer

from landloom.raster.pixel_grid import Box, PixelGrid
from landloom.sources.asking import Haste, RefusedError
from landloom.sources.catalogue import named
from landloom.sources.checking import (
    Header,
    check_header,
    check_raster,
    middle,
    promised_grid,
)

NLCD = named("nlcd-2021", "landcover").promise
WORLDCOVER = named("worldcover-2021", "landcover").promise
REGION = (-116.2, 42.85, -115.85, 43.15)
ALBERS = CRS.from_epsg(5070).to_wkt()


def header(**changed: object) -> Header:
    """Return that of a regional copy of the NLCD, with something else about it."""
    grid = {"wkt": ALBERS, "transform": Affine(30, 0, -1_622_415, 0, -30, 2_460_105)}
    grid |= {key: value for key, value in changed.items() if key in grid}
    others = {key: value for key, value in changed.items() if key not in grid}
    return replace(Header(PixelGrid(**grid, width=900, height=700), "uint8", 1), **others)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"wkt": CRS.from_user_input(NLCD.crs).to_wkt()},
        {"transform": Affine(30, 0, -1_622_415.1, 0, -30, 2_460_105.1)},  # a hundredth of a pixel
    ],
    ids=["NAD 83", "WGS 84", "jitter"],
)
def test_a_regional_copy_is_what_is_promised(changed):
    check_header(header(**changed), NLCD, REGION)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"dtype": "int16"}, "another type than the dataset: int16, not uint8"),
        ({"bands": 3}, "another number of bands than the dataset: 3, not 1"),
        ({"wkt": CRS.from_epsg(32611).to_wkt()}, "another CRS than the dataset: WGS 84 / UTM"),
        ({"wkt": CRS.from_epsg(4326).to_wkt()}, "another CRS than the dataset: WGS 84, not"),
        ({"wkt": CRS.from_epsg(5069).to_wkt()}, "another CRS than the dataset: NAD27"),
        (
            {"transform": Affine(60, 0, -1_622_415, 0, -60, 2_460_105)},
            "another pixel size than the dataset: 60 x 60, not 30",
        ),
        ({"transform": Affine(30, 0, -1_622_415, 0, 30, 2_460_105)}, "another pixel size"),
        (
            {"transform": Affine(30, 0, -1_622_400, 0, -30, 2_460_105)},
            "lie off the dataset's grid (0.500 columns, 0.000 rows)",
        ),
    ],
    ids=["type", "bands", "utm", "lonlat", "nad27", "size", "bottom-up", "grid"],
)
def test_what_differs_is_refused_and_named(changed, said):
    with pytest.raises(RefusedError) as caught:
        check_header(header(**changed), NLCD, REGION)
    assert said in str(caught.value)
    assert caught.value.kind == "differs"


def test_tiles_lie_on_whole_degrees():
    step = 1 / 12000
    wkt = CRS.from_epsg(4326).to_wkt()
    tile = PixelGrid(wkt, Affine(step, 0, -117, 0, -step, 45), 36000, 36000)
    check_header(Header(tile, "uint8", 1), WORLDCOVER, REGION)
    beside = replace(tile, transform=tile.transform @ Affine.translation(0.5, 0))
    with pytest.raises(RefusedError, match=r"\(0.500 columns"):
        check_header(Header(beside, "uint8", 1), WORLDCOVER, REGION)


def test_a_regions_box_is_snapped_outward():
    """By hand: the corner of row 20, column 10, and 3 x 2 pixels from there on."""
    grid = promised_grid(WORLDCOVER)
    grid = PixelGrid(grid.wkt, Affine(0.5, 0, 0, 0, -0.5, 90), 700, 300)
    assert grid.touched_by((5.1, 78.8, 6.4, 79.9)) == Box(20, 23, 10, 13)
    assert grid.touched_by((5.0, 79.0, 6.5, 80.0)) == Box(20, 22, 10, 13)
    assert grid.touched_by((5.1, 78.8, 6.4, 79.9), margin=2) == Box(18, 25, 8, 15)
    assert grid.touched_by((0.1, 88.9, 0.2, 89.9), margin=9).top == 0
    assert grid.touched_by((-20, 10, -11, 19)) == Box(142, 160, 680, 698)  # as 340 to 349 E
    assert grid.touched_by((-9, 10, -1, 20)).area == 0


def test_the_middle_lies_in_the_region():
    grid = promised_grid(NLCD)
    box = middle(grid, REGION)
    x, y = grid.centres(np.array([box.top, box.bottom - 1]), np.array([box.left, box.right - 1]))
    lon, lat = Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True).transform(x, y)
    assert box.shape == (8, 8)
    assert (np.abs(lon + 116.025) < 0.01).all()
    assert (np.abs(lat - 43.0) < 0.01).all()


def test_a_window_that_cannot_be_read_is_refused(geotiff):
    path = geotiff(np.random.default_rng(1).integers(1, 90, (900, 900), np.uint8), tiled=True)
    whole = path.read_bytes()
    x, y = -1_622_415 + 600 * 30, 2_460_105 - 800 * 30
    lon, lat = Transformer.from_crs(5070, 4326, always_xy=True).transform(x, y)
    there = (lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001)
    assert check_raster(str(path), NLCD, there, Haste()).grid.width == 900
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RefusedError, match="a part of it cannot be read"):
        check_raster(str(path), NLCD, there, Haste())

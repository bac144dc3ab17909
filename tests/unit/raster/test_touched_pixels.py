"""The pixels that a region touches, of regions over much of the globe too."""

from __future__ import annotations

import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from landloom.raster.bounds import Bounds
from landloom.raster.coordinates import LONLAT
from landloom.raster.pixel_grid import Box, PixelGrid

WORLD = (-180.0, -90.0, 180.0, 90.0)
NOTHING = Box(0, 0, 0, 0)


def grid(crs: str, west: float, north: float, side: float, size: tuple[int, int]) -> PixelGrid:
    wkt = CRS.from_user_input(crs).to_wkt()
    return PixelGrid(wkt, Affine(side, 0, west, 0, -side, north), *size)


def utm(zone: int, south: bool = False) -> PixelGrid:
    north = 9_000_000 if south else 5_600_000
    return grid(f"EPSG:{(32700 if south else 32600) + zone}", 2e5, north, 1e4, (60, 50))


GRIDS = {
    **{f"utm{zone}": utm(zone) for zone in (1, 2, 30, 31, 45, 60)},
    "utm1s": utm(1, south=True),
    "utm33s": utm(33, south=True),
    "laea": grid("EPSG:3035", 2.5e6, 5.5e6, 5e4, (90, 80)),
    "polar": grid("EPSG:3413", -3e6, 3e6, 1e5, (60, 60)),
    "beside the pole": grid("EPSG:3413", 5e5, -5e5, 1e5, (20, 20)),
    "mercator": grid("EPSG:3857", -2e7, 2e7, 5e5, (80, 80)),
    "sinusoidal": grid("+proj=sinu +R=6371007.181", -2e7, 1e7, 5e5, (80, 40)),
    "degrees": grid("EPSG:4326", -180, 90, 1, (360, 180)),
    "to 360": grid("EPSG:4326", 0, 90, 1, (360, 180)),
    "some degrees": grid("EPSG:4269", 20, 60, 0.5, (100, 60)),
}


@pytest.mark.parametrize("zone", range(1, 61))
@pytest.mark.parametrize("region", [WORLD, (-180, -89, 180, 89)])
def test_the_world_touches_all_of_every_zone(zone: int, region: Bounds) -> None:
    for south in (False, True):
        found = utm(zone, south)
        assert found.touched_by(region) == found.box


@pytest.mark.parametrize("name", GRIDS)
def test_the_world_touches_all_of_a_raster(name: str) -> None:
    assert GRIDS[name].touched_by(WORLD) == GRIDS[name].box


def test_what_lies_afar_is_not_touched() -> None:
    for zone in (1, 2, 30, 45, 60):
        assert utm(zone).touched_by((-150, -90, -50, 90)) == NOTHING
    assert utm(1, south=True).touched_by((-170, -90, 179, 90)) == NOTHING
    assert GRIDS["laea"].touched_by((-170, 20, -60, 70)) == NOTHING


def test_both_sides_of_the_meridian_at_which_a_raster_begins_are_touched() -> None:
    assert GRIDS["to 360"].touched_by((-10, 10, 10, 20)) == Box(70, 80, 0, 360)
    assert GRIDS["degrees"].touched_by((0, 10, 180, 20)) == Box(70, 80, 180, 360)
    assert GRIDS["degrees"].touched_by((-180, 10, 0, 20), margin=2) == Box(68, 82, 0, 182)


edges = st.integers(-180, 180)


@given(st.sampled_from(sorted(GRIDS)), edges, edges, st.integers(-90, 90), st.integers(-90, 90))
def test_no_pixel_of_a_region_is_left_out(name: str, a: int, b: int, c: int, d: int) -> None:
    """Against the longitude and latitude of each pixel's centre."""
    west, east, south, north = min(a, b), max(a, b), min(c, d), max(c, d)
    if west == east or south == north:
        return
    found = GRIDS[name]
    box = found.touched_by((west, south, east, north))
    rows, cols = np.indices((found.height, found.width))
    onto = Transformer.from_crs(found.crs, LONLAT, always_xy=True)
    x, y = found.centres(rows.ravel(), cols.ravel())
    lon, lat = onto.transform(x, y)
    back = np.array(Transformer.from_crs(LONLAT, found.crs, always_xy=True).transform(lon, lat))
    lon = (lon + 180) % 360 - 180
    inside = (lon > west) & (lon < east) & (lat > south) & (lat < north)
    if not found.crs.is_geographic:  # what lies off the Earth has no such way back
        inside &= np.abs(back - (x, y)).max(axis=0) < 1
    inside = inside.reshape(rows.shape)
    inside[max(box.top, 0) : box.bottom, max(box.left, 0) : box.right] = False
    assert not inside.any()

"""True areas of pixels, against what geodesy knows of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from pyproj import CRS, Geod, Proj, Transformer

from landloom.errors import LandloomError
from landloom.map.validation.areas import PixelAreas, class_areas
from landloom.raster.pixel_grid import Box, PixelGrid

WriteRaster = Callable[..., Path]

WGS84 = Geod(ellps="WGS84")


def grid(crs: str, transform: Affine, width: int, height: int) -> PixelGrid:
    return PixelGrid(CRS.from_user_input(crs).to_wkt(), transform, width, height)


def test_all_pixels_in_degrees_are_the_whole_earth() -> None:
    whole = grid("EPSG:4326", Affine(1, 0, -180, 0, -1, 90), 360, 180)
    areas = PixelAreas(whole).of(whole.box)
    assert areas.sum() == pytest.approx(510_065_621_724_088.44, rel=1e-12)
    assert areas.shape == (180, 360)


@pytest.mark.parametrize("latitude", [0.0, 43.0, -67.5])
def test_a_pixel_in_degrees_is_what_its_outline_encloses(latitude: float) -> None:
    """An edge along a parallel is no geodesic: it is given many corners."""
    step = 0.1
    one = grid("EPSG:4326", Affine(step, 0, 10, 0, -step, latitude + step), 1, 1)
    lon = np.linspace(10, 10 + step, 2001)
    ring = np.r_[lon, lon[::-1]], np.r_[np.full(2001, latitude), np.full(2001, latitude + step)]
    enclosed = abs(WGS84.polygon_area_perimeter(*ring)[0])
    assert PixelAreas(one).of(one.box)[0, 0] == pytest.approx(enclosed, rel=1e-8)


def test_rows_from_the_south_up_and_turned_pixels_in_degrees_have_the_same_areas() -> None:
    down = grid("EPSG:4326", Affine(0.01, 0, 10, 0, -0.01, 50), 30, 20)
    up = grid("EPSG:4326", Affine(0.01, 0, 10, 0, 0.01, 49.8), 30, 20)
    turned = grid("EPSG:4326", Affine(0, 0.01, 10, -0.01, 0, 50), 20, 30)
    areas = PixelAreas(down).of(down.box)
    np.testing.assert_allclose(PixelAreas(up).of(up.box), areas[::-1], rtol=1e-9)
    np.testing.assert_allclose(PixelAreas(turned).of(turned.box), areas.T, rtol=1e-7)


@pytest.mark.parametrize(
    ("crs", "x", "y"),
    [
        ("EPSG:32631", 500_000, 5_540_000),
        ("EPSG:32631", 830_000, 5_540_000),
        ("EPSG:2056", 2_600_000, 1_200_000),
        ("EPSG:3034", 4_000_000, 2_500_000),
    ],
)
def test_a_pixel_on_a_plane_is_its_size_over_the_areal_scale(crs: str, x: float, y: float) -> None:
    own = CRS.from_user_input(crs)
    lon, lat = Transformer.from_crs(own, own.geodetic_crs, always_xy=True).transform(x + 5, y - 5)
    scale = Proj(own).get_factors(lon, lat).areal_scale
    one = grid(crs, Affine(10, 0, x, 0, -10, y), 1, 1)
    assert PixelAreas(one).of(one.box)[0, 0] == pytest.approx(100 / scale, rel=1e-6)


def test_the_middle_of_a_zone_of_utm_is_larger_than_drawn() -> None:
    one = grid("EPSG:32631", Affine(10, 0, 500_000, 0, -10, 5_540_000), 1, 1)
    assert PixelAreas(one).of(one.box)[0, 0] == pytest.approx(100 / 0.9996**2, rel=1e-6)


@pytest.mark.parametrize("crs", ["EPSG:5070", "EPSG:3035", "EPSG:6933"])
def test_equal_area_is_the_drawn_size(crs: str) -> None:
    one = grid(crs, Affine(30, 0, 1_000_000, 0, -30, 2_000_000), 1000, 1000)
    assert (PixelAreas(one).of(one.box) == 900.0).all()


def test_web_mercator_is_measured_on_the_ellipsoid() -> None:
    """A sphere would be 0.5 % off."""
    to = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform
    (west, south), (east, north) = to(5, 50), to(6, 51)
    n = 400
    mercator = grid(
        "EPSG:3857", Affine((east - west) / n, 0, west, 0, (south - north) / n, north), n, n
    )
    degree = grid("EPSG:4326", Affine(1, 0, 5, 0, -1, 51), 1, 1)
    assert PixelAreas(mercator).of(mercator.box).sum() == pytest.approx(
        PixelAreas(degree).of(degree.box).sum(), rel=1e-6
    )


@pytest.mark.parametrize(
    ("crs", "size", "corner", "place"),
    [
        ("EPSG:3031", 1000, (-50_500, 50_500), (50, 50)),  # the pole is a pixel's centre
        ("EPSG:3031", 1000, (-50_000, 50_000), (50, 50)),  # and its corner
        ("EPSG:6931", 1000, (-50_500, 50_500), (50, 55)),
        ("EPSG:3857", 10_000, (0, 19_000_000), (0, 3)),
        ("EPSG:8857", 10_000, (0, 8_300_000), (4, 0)),
    ],
)
def test_poles_and_coarse_pixels_are_nothing_special(
    crs: str, size: float, corner: tuple[float, float], place: tuple[int, int]
) -> None:
    whole = grid(crs, Affine(size, 0, corner[0], 0, -size, corner[1]), 101, 101)
    row, col = place
    side = np.linspace(0, 1, 2001)
    across = col + np.r_[side, 1 + 0 * side, 1 - side, 0 * side]
    down = row + np.r_[0 * side, side, 1 + 0 * side, 1 - side]
    to_lonlat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform
    enclosed = abs(WGS84.polygon_area_perimeter(*to_lonlat(*(whole.transform @ (across, down))))[0])
    found = PixelAreas(whole).of(whole.box)[row, col]
    assert found == pytest.approx(enclosed, rel=1e-5)


def test_feet_are_metres_in_the_end() -> None:
    one = grid("EPSG:2263", Affine(100, 0, 990_000, 0, -100, 200_000), 1, 1)
    area = PixelAreas(one).of(one.box)[0, 0]
    assert area == pytest.approx((100 * 1200 / 3937) ** 2, rel=1e-4)


def test_a_part_of_the_pixels_has_the_areas_that_they_have_in_the_whole() -> None:
    whole = grid("EPSG:32631", Affine(1000, 0, 300_000, 0, -1000, 5_700_000), 300, 300)
    part = Box(100, 160, 7, 8)
    np.testing.assert_allclose(
        PixelAreas(whole).of(part), PixelAreas(whole).of(whole.box)[100:160, 7:8], rtol=2e-6
    )


def test_classes_are_summed_in_windows(geotiff: WriteRaster) -> None:
    codes = np.full((50, 70), 255, np.uint8)
    codes[:20], codes[30:, :10] = 3, 254
    path = str(geotiff(codes, crs="EPSG:4326", transform=Affine(0.1, 0, 5, 0, -0.1, 52)))
    found = class_areas(path)
    assert found.pixels[[3, 254]].tolist() == [1400, 200]
    assert found.pixels.sum() == 1600
    rows = PixelAreas(grid("EPSG:4326", Affine(0.1, 0, 5, 0, -0.1, 52), 70, 50)).of(
        Box(0, 50, 0, 70)
    )
    assert found.square_metres[3] == pytest.approx(rows[:20].sum())
    assert found.square_metres[254] == pytest.approx(rows[30:, :10].sum())
    assert found.largest == pytest.approx(rows[49, 0])
    assert class_areas(path, 16).square_metres == pytest.approx(found.square_metres)


def test_parts_of_classes_are_summed(geotiff: WriteRaster) -> None:
    place = {"crs": "EPSG:4326", "transform": Affine(0.1, 0, 5, 0, -0.1, 52)}
    codes = np.full((50, 70), 255, np.uint8)
    codes[:20], codes[30:, :10] = 3, 254
    inside = np.where(np.arange(70) < 7, 1, 0) * np.ones((50, 1))
    inside[40:] = 255
    path = str(geotiff(codes, name="codes.tif", **place))
    part = str(geotiff(inside.astype(np.uint8), name="inside.tif", **place))
    found = class_areas(path, 16, part)
    assert found.pixels[[3, 254]].tolist() == [140, 70]
    assert found.square_metres[3] == pytest.approx(class_areas(path).square_metres[3] / 10)
    nowhere = str(geotiff(np.zeros_like(codes), name="nowhere.tif", **place))
    assert not class_areas(path, within=nowhere).pixels.any()


def test_a_map_without_a_class_has_nothing_to_validate(geotiff: WriteRaster) -> None:
    path = str(geotiff(np.full((3, 3), 255, np.uint8)))
    with pytest.raises(LandloomError, match="all of the map is void"):
        class_areas(path)

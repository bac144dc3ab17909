from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio.shutil
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from rasters import LONLAT, NORTH_UP, UTM, write

from landloom.figures.view import (
    find_closeup,
    full_legend,
    metres_per_unit,
    reference_on,
    upright,
    value_counts,
    values_in,
    view,
    view_window,
)
from landloom.legend.classes import ClassTable
from landloom.legend.legends import Entry
from landloom.raster.pixel_grid import Box, PixelGrid


def codes(shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).choice(np.array([1, 2, 9, 255], np.uint8), shape)


def grid(transform: Affine, height: int, width: int, crs: str = UTM) -> PixelGrid:
    return PixelGrid(CRS.from_user_input(crs).to_wkt(), transform, width, height)


def at(pixels: np.ndarray, place: PixelGrid, x: float, y: float) -> int:
    col, row = ~place.transform @ (x, y)
    return int(pixels[int(np.floor(row)), int(np.floor(col))])


@pytest.mark.parametrize("a", [10, -10])
@pytest.mark.parametrize("e", [10, -10])
def test_every_pixel_keeps_its_place_when_a_raster_is_flipped(a: int, e: int) -> None:
    pixels = codes((4, 7))
    place = grid(Affine(a, 0, 500_000, 0, e, 5_600_000), 4, 7)
    (turned,), target = upright(pixels[None], place, 255)
    assert target.transform.a > 0 > target.transform.e
    for row, col in np.ndindex(pixels.shape):
        x, y = place.transform @ (col + 0.5, row + 0.5)
        assert at(turned, target, x, y) == pixels[row, col]


def test_a_sheared_raster_is_shown_by_its_nearest_pixels() -> None:
    pixels = codes((12, 9))
    place = grid(Affine(10, 3, 500_000, 2, -10, 5_600_000), 12, 9)
    (turned,), target = upright(pixels[None], place, 255)
    assert target.transform.b == target.transform.d == 0
    for row, col in np.ndindex(turned.shape):
        x, y = target.transform @ (col + 0.5, row + 0.5)
        source_col, source_row = ~place.transform @ (x, y)
        inside = 0 <= source_row < 12 and 0 <= source_col < 9
        wanted = pixels[int(source_row), int(source_col)] if inside else 255
        assert turned[row, col] == wanted


def cog(folder: Path, pixels: np.ndarray, resampling: str) -> str:
    plain = write(folder / "plain.tif", pixels, nodata=255)
    path = folder / "cog.tif"
    rasterio.shutil.copy(plain, path, driver="COG", overview_resampling=resampling, blocksize=128)
    return str(path)


def test_a_large_map_is_shown_as_its_overview_has_it(tmp_path: Path) -> None:
    pixels = codes((700, 515))
    path = cog(tmp_path, pixels, "mode")
    shown = view(path, 200)
    with rasterio.open(path, overview_level=1) as overview:
        np.testing.assert_array_equal(shown.pixels, overview.read(1))
        assert shown.bounds == pytest.approx(overview.bounds)
    assert shown.step == 4
    assert view(path, 700).step == 1


@given(limit=st.integers(1, 300))
@settings(max_examples=20, deadline=None)
def test_no_view_exceeds_its_limit(limit: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = str(write(tmp_path_factory.mktemp("map") / "map.tif", codes((130, 290)), nodata=255))
    shown = view(path, limit)
    assert max(shown.pixels.shape) <= limit
    assert shown.bounds == pytest.approx((500_000, 5_598_700, 502_900, 5_600_000))


def test_values_are_counted_exactly(tmp_path: Path) -> None:
    pixels = codes((300, 2100))
    path = str(write(tmp_path / "map.tif", pixels, nodata=255))
    wanted = {value: int((pixels == value).sum()) for value in (1, 2, 9)}
    assert value_counts(path) == wanted


def test_a_closeup_lies_where_classes_are_many_and_data_are(tmp_path: Path) -> None:
    pixels = np.ones((120, 200), np.uint8)
    pixels[40:80, 80:120] = codes((40, 40)) // 128 + np.arange(1600).reshape(40, 40) % 5
    pixels[80:, 160:] = 255
    path = str(write(tmp_path / "map.tif", pixels, nodata=255))
    assert find_closeup(path, 40) == Box(40, 80, 80, 120)
    shown = view_window(path, Box(40, 80, 80, 120))
    np.testing.assert_array_equal(shown.pixels, pixels[40:80, 80:120])
    assert shown.bounds == (500_800, 5_599_200, 501_200, 5_599_600)


def test_a_closeup_of_a_small_or_empty_map_is_all_of_it(tmp_path: Path) -> None:
    path = str(write(tmp_path / "map.tif", np.full((10, 20), 255, np.uint8), nodata=255))
    assert find_closeup(path, 400) == Box(0, 10, 0, 20)


def test_the_reference_is_that_at_each_centre_whatever_its_crs(tmp_path: Path) -> None:
    labels = codes((60, 80), 3)
    path = write(tmp_path / "labels.tif", labels, Affine(0.001, 0, 3, 0, -0.001, 50.6), LONLAT,
                 nodata=255)  # fmt: skip
    target = grid(Affine(70, 0, 500_500, 0, -70, 5_604_000), 45, 60)
    found = reference_on(target, [str(path)], 1, None)
    rows, cols = np.indices(found.shape)
    from pyproj import Transformer

    x, y = target.transform @ (cols + 0.5, rows + 0.5)
    lon, lat = Transformer.from_crs(UTM, LONLAT, always_xy=True).transform(x, y)
    for place in np.ndindex(found.shape):
        row, col = int((50.6 - lat[place]) // 0.001), int((lon[place] - 3) // 0.001)
        inside = 0 <= row < 60 and 0 <= col < 80
        assert found[place] == (labels[row, col] if inside else 255)
    assert {1, 2, 9, 255} == set(found.ravel().tolist())


def test_the_first_file_with_a_class_speaks_and_codes_become_values(tmp_path: Path) -> None:
    above = np.array([[10, 0], [77, 0]], np.uint16)
    below = np.array([[20, 20], [20, 1000]], np.uint16)
    paths = [
        str(write(tmp_path / name, pixels, nodata=0))
        for name, pixels in (("above.tif", above), ("below.tif", below))
    ]
    table = ClassTable({"10": 1, "20": 2, "1000": 3}, {})
    found = reference_on(grid(NORTH_UP, 2, 2), paths, 1, table)
    np.testing.assert_array_equal(found, [[1, 2], [255, 3]])


def test_a_reference_without_nodata_ends_at_its_edge(tmp_path: Path) -> None:
    path = write(tmp_path / "labels.tif", np.zeros((2, 2), np.uint8))
    found = reference_on(grid(NORTH_UP, 3, 3), [str(path)], 1, None)
    np.testing.assert_array_equal(found, [[0, 0, 255], [0, 0, 255], [255, 255, 255]])


def test_large_windows_of_a_fine_reference_are_read_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = codes((90, 90), 4)
    path = str(write(tmp_path / "labels.tif", labels, nodata=255))
    target = grid(NORTH_UP @ Affine.scale(3), 30, 30)
    whole = reference_on(target, [path], 1, None)
    monkeypatch.setattr("landloom.figures.view._MOST_READ", 50)
    np.testing.assert_array_equal(reference_on(target, [path], 1, None), whole)
    np.testing.assert_array_equal(whole, labels[1::3, 1::3])


def test_a_unit_is_as_long_as_on_the_ground() -> None:
    mercator = grid(Affine(10, 0, 0, 0, -10, 8_399_737.9), 2, 2, "EPSG:3857")  # 60° N
    assert metres_per_unit(mercator) == pytest.approx(0.5, rel=0.01)
    degrees = grid(Affine(0.1, 0, 0, 0, -0.1, 0.1), 2, 2, LONLAT)
    assert metres_per_unit(degrees) == pytest.approx(111_320, rel=0.001)
    feet = grid(Affine(10, 0, 2_000_000, 0, -10, 500_000), 2, 2, "EPSG:2263")
    assert metres_per_unit(feet) == pytest.approx(0.3048, rel=0.001)


def test_the_maps_classes_keep_their_colours_beside_those_of_the_reference() -> None:
    classes = {1: Entry("a"), 5: Entry("b", "112233")}
    table = ClassTable({}, {1: Entry("x"), 3: Entry("c"), 4: Entry("d")})
    legend = full_legend(classes, table, [1, 3, 9])
    alone = full_legend(classes, None, [])
    assert {value: legend[value] for value in alone} == alone
    assert {value: entry.name for value, entry in legend.items()} == {
        1: "a", 3: "c", 5: "b", 9: "9",
    }  # fmt: skip
    assert len({entry.color for entry in legend.values()}) == 4
    assert values_in(np.array([[255, 3], [0, 3]], np.uint8)) == [0, 3]

"""Tessera's embeddings by name: windows by hand and by property, numbers against a slow decode."""

from __future__ import annotations

import logging
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from public_tessera import FakeArray, tessera_numbers, write_tessera_zone
from pyproj import Transformer

from landloom.errors import LandloomError
from landloom.map.named.tessera import (
    NEVER_WRITTEN,
    NOT_POSITIVE,
    TOO_LARGE,
    WATER,
    _bands,
    _strips,
    decode,
    read,
    windows,
    zones,
)
from landloom.map.named.tessera_store import open_store
from landloom.map.named.tessera_zone import StoredZone
from landloom.map.named.windows import NamedWindow, read_windows, write_windows
from landloom.raster.pixel_grid import Box
from landloom.sources.asking import RefusedError

WHOLE = Affine(10, 0, 160_000, 0, -10, 9_400_000)
"""Of arrays as the public ones are: all of a zone, north and south of the equator."""

BROKEN = np.float32(2.8e32)


class Planned:
    """A store of which nothing may be read: whole zones of many pixels, or of some."""

    def __init__(self, *numbers: int, transform: Affine = WHOLE, shape=(1_880_000, 68_000)) -> None:
        self.names = {f"utm{number:02d}": number for number in numbers}
        self.transform, self.shape = transform, shape
        self.there = True

    def zone(self, name: str) -> StoredZone | None:
        if name not in self.names:
            return None
        code = f"EPSG:{32600 + self.names[name]}"
        attributes = {"proj:code": code, "spatial:transform": list(self.transform[:6])}
        years = np.array([2021])
        found = {
            "embeddings": FakeArray((1, 128, *self.shape), np.dtype("int8")),
            "scales": FakeArray((1, *self.shape), np.dtype("float32")),
            "time": FakeArray((1,), years.dtype, {}, years),
        }
        return StoredZone(name, attributes, found)

    def is_there(self) -> bool:
        return self.there


def test_windows_at_the_equator_by_hand():
    found = windows(Planned(31), (2.9, -0.05, 3.1, 0.05), 2021)
    # 3 E is x = 500 km. 0.1 degrees are 11131.95 m on the equator, times 0.9996: 11127.5 m, so x
    # from 488872.5, 32887.25 pixels from the array's edge, to 511127.5, 35112.75 pixels from it.
    # 0.05 degrees of latitude are 5528.7 m, times 0.9996: 5526.5 m, a bit more 0.1 degrees off 3 E.
    # The equator is 940000 pixels from the array's top.
    top, bottom, left, right = 939_447, 940_553, 32_887, 35_113
    row, col = 459 * 2048, 17 * 2048  # 940032, and 34816
    assert [(window.name, window.box) for window in found] == [
        ("utm31-r0458-c0016", Box(top, row, left, col)),
        ("utm31-r0458-c0017", Box(top, row, col, right)),
        ("utm31-r0459-c0016", Box(row, bottom, left, col)),
        ("utm31-r0459-c0017", Box(row, bottom, col, right)),
    ]
    assert {window.place for window in found} == {"utm31"}
    # Southern ground has a negative northing, in the northern half's CRS.
    assert found[-1].own_grid.crs.to_epsg() == 32631
    assert found[-1].own_grid.own_bounds[1] == 9_400_000 - 10 * bottom == -5530


def test_windows_travel_as_json(tmp_path):
    found = windows(Planned(31), (2.9, -0.05, 3.1, 0.05), 2021)
    write_windows(tmp_path / "windows.json", "tessera-2021", found)
    assert read_windows(tmp_path / "windows.json") == found


def test_the_footprint_is_the_zones_strip():
    for window in windows(Planned(31, 32), (5.9, 45.0, 6.1, 45.1), 2021):
        strip = (0, -90, 6, 90) if window.place == "utm31" else (6, -90, 12, 90)
        assert shapely.from_wkt(window.footprint).equals(shapely.box(*strip))


def test_two_zones_reach_over_their_common_edge_by_two_kilometres():
    found = windows(Planned(31, 32), (5.9, 45.0, 6.1, 45.1), 2021)
    assert {window.place for window in found} == {"utm31", "utm32"}
    for place, outer in (("utm31", 6.0), ("utm32", 6.0)):
        own = [window.own_grid for window in found if window.place == place]
        lon = [edge for grid in own for edge in grid.bounds("EPSG:4326")[::2]]
        beyond = max(lon) - outer if place == "utm31" else outer - min(lon)
        # A degree of longitude has 78.8 km there. The box of pixels encloses 11 km of a meridian
        # that leans by 2.1 degrees: 0.4 km across.
        assert 2.0 < beyond * 78.8 < 2.5
    # And no zone reaches farther than the region.
    (found,) = windows(Planned(31, 32), (5.9, 45.0, 6.001, 45.01), 2021)[:1]
    assert found.own_grid.bounds("EPSG:4326")[2] < 6.001 + 0.001


@pytest.mark.parametrize(
    ("west", "east", "expected"),
    [
        (0.0, 6.0, [31]),
        (-0.1, 0.0, [30]),
        (-0.1, 6.1, [30, 31, 32]),
        (-180.0, -179.0, [1]),
        (179.0, 180.0, [60]),
        (-180.0, 180.0, list(range(1, 61))),
        (5.0, 7.0, [31, 32]),  # and so in Norway, where others make an exception
    ],
)
def test_a_zone_is_six_degrees(west, east, expected):
    assert zones((west, 58.0, east, 59.0)) == expected


@given(
    lon=st.floats(-170, 170),
    lat=st.floats(-60, 80),
    width=st.floats(0.01, 3),
    height=st.floats(0.01, 1),
    along=st.floats(0, 1),
    up=st.floats(0, 1),
)
def test_each_point_of_a_region_lies_in_one_window_of_its_zone(lon, lat, width, height, along, up):
    bounds = (lon, lat, lon + width, lat + height)
    x, y = lon + along * width, lat + up * height
    number = min(math.floor((x + 180) / 6) + 1, zones(bounds)[-1])
    found = windows(Planned(*range(1, 61)), bounds, 2021)
    assert len({window.name for window in found}) == len(found)
    own = [window for window in found if window.place == f"utm{number:02d}"]
    there = Transformer.from_crs("EPSG:4326", f"EPSG:{32600 + number}", always_xy=True)
    easting, northing = there.transform(x, y)
    col, row = (easting - WHOLE.c) / 10, (WHOLE.f - northing) / 10
    slack = 1e-3  # of a pixel: a region's edge is transformed at 101 points
    holding = [
        window
        for window in own
        if window.box.top - slack <= row <= window.box.bottom + slack
        and window.box.left - slack <= col <= window.box.right + slack
    ]
    assert holding
    for window in found:
        box = window.box
        assert box.area > 0
        assert box.clip(window.grid.box) == box
        assert box.top // 2048 == (box.bottom - 1) // 2048
        assert box.left // 2048 == (box.right - 1) // 2048


def test_pieces_off_the_region_are_left_out():
    found = windows(Planned(31), (0.0, 60.0, 6.0, 70.0), 2021)
    rows = Counter(window.box.top // 2048 for window in found)
    # Six degrees are 334 km at 60 N, 16.3 windows, and 229 km at 70 N, 11.2.
    assert rows[min(rows)] <= 13
    assert rows[max(rows)] >= 17


@pytest.mark.parametrize("off", [(0.02, 0), (-0.2, 0), (0, 0.2), (0, -0.2)])
def test_a_region_beside_what_an_array_holds_needs_no_window(off):
    store = Planned(31, transform=Affine(10, 0, 500_000, 0, -10, 5_540_000), shape=(100, 100))
    west, south = 3.0 + off[0], 49.995 + off[1]
    with pytest.raises(LandloomError, match="has nothing at"):
        windows(store, (west, south, west + 0.005, south + 0.003), 2021)


def test_a_zone_that_the_store_lacks_is_skipped_and_told(caplog):
    with caplog.at_level(logging.WARNING):
        found = windows(Planned(31), (5.9, 45.0, 6.1, 45.1), 2021)
    assert {window.place for window in found} == {"utm31"}
    assert "utm32: the store has no such zone" in caplog.text


@pytest.mark.parametrize("store", [Planned(), Planned(31, shape=(100, 100))])
def test_a_region_without_anything_is_the_users_to_correct(store):
    with pytest.raises(LandloomError, match=r"^map\.region: Tessera's store has nothing at 2\.9, "):
        windows(store, (2.9, -0.05, 3.1, 0.05), 2021)


def test_no_store_at_all_is_an_addresss_fault():
    store = Planned()
    store.there = False
    with pytest.raises(RefusedError, match="there is no Zarr store") as refused:
        windows(store, (2.9, -0.05, 3.1, 0.05), 2021)
    assert refused.value.kind == "absent"


def test_a_year_that_is_not_there_is_told_before_anything_is_read():
    with pytest.raises(RefusedError, match="no year 2017; its years are 2021"):
        windows(Planned(31), (2.9, -0.05, 3.1, 0.05), 2017)


# What numbers mean


def slowly(embeddings: np.ndarray, scales: np.ndarray) -> tuple[np.ndarray, Counter[str]]:
    """Decode pixel by pixel, band by band."""
    values, void = np.empty(embeddings.shape, np.float32), Counter[str]()
    for row, col in np.ndindex(scales.shape):
        scale = float(scales[row, col])
        if math.isnan(scale):
            reason = "scale is NaN (water)"
        elif math.isinf(scale):
            reason = "scale is infinite (never written)"
        elif scale > float(np.float32(0.2)):
            reason = "scale above 0.2"
        elif scale <= 0:
            reason = "scale of zero or less"
        else:
            reason = ""
        void[reason] += bool(reason)
        for band in range(len(embeddings)):
            byte = int(embeddings[band, row, col])
            values[band, row, col] = math.nan if reason else np.float32(byte) * np.float32(scale)
    return values, +void


def same(values: np.ndarray, expected: np.ndarray) -> bool:
    """Compare bits, but for those of NaN."""
    return values.dtype == expected.dtype == np.float32 and np.array_equal(
        values, expected, equal_nan=True
    )


def test_a_number_is_the_byte_times_the_scale():
    embeddings = np.array([[[-128, 0, 127, 3, 3, 3, 3, 3]]], np.int8)
    scales = np.array([[0.5**4, 0.125, 0.2, np.nan, np.inf, 2.8e32, 0, -0.01]], np.float32)
    values, void = decode(embeddings, scales)
    assert values[0, 0, :3].tolist() == [-8.0, 0.0, float(np.float32(127) * np.float32(0.2))]
    assert np.isnan(values[0, 0, 3:]).all()
    assert void == {WATER: 1, NEVER_WRITTEN: 1, TOO_LARGE: 1, NOT_POSITIVE: 2}


@given(
    embeddings=arrays(np.int8, (3, 4, 5)),
    scales=arrays(
        np.float32,
        (4, 5),
        elements=st.one_of(
            st.sampled_from([np.nan, np.inf, -np.inf, 0.0, -0.0, float(BROKEN), -1.0]),
            st.sampled_from([float(np.float32(0.2)), float(np.nextafter(np.float32(0.2), 1))]),
            st.floats(width=32),
        ),
    ),
)
def test_decoding_equals_a_slow_one(embeddings, scales):
    values, void = decode(embeddings, scales)
    expected, reasons = slowly(embeddings, scales)
    assert same(values, expected)
    assert void == reasons


# Reading

NORTH_UP = Affine(10, 0, 499_000, 0, -10, 500)
"""Of a small array across the equator, at 3 E."""

BOTTOM_UP = Affine(10, 0, 499_000, 0, 10, -500)

SHAPE = (100, 150)
REGION = (2.9945, -0.0035, 3.0035, 0.0035)
"""Within the small array, off its edges and those of its chunks."""


def spoilt() -> tuple[np.ndarray, np.ndarray]:
    """Return two years of numbers of which many are void."""
    embeddings, scales = tessera_numbers(SHAPE, steps=2)
    for start, bad in enumerate((np.nan, np.inf, BROKEN, 0.0, -0.05)):
        scales.reshape(-1)[start::11] = bad
    scales[:, :40, :40] = np.nan
    return embeddings, scales


def whole(store, window: NamedWindow, year: int) -> tuple[np.ndarray, Counter[str]]:
    """Read all pieces of a window into one array; each pixel comes once."""
    void = Counter[str]()
    values = np.full((128, *window.box.shape), np.float32(7))
    seen = np.zeros(window.box.shape, int)
    for box, piece in read(store, window, year, void):
        assert piece.shape == (128, *box.shape)
        values[:, *box.within(window.box)] = piece
        seen[box.within(window.box)] += 1
    assert (seen == 1).all()
    return values, void


@pytest.mark.parametrize(
    ("chunk", "shard"), [(16, 64), (32, 32), (32, None), (50, None), (64, 256)]
)
def test_a_window_equals_a_slow_decode_of_it(tmp_path, chunk, shard):
    embeddings, scales = spoilt()
    write_tessera_zone(tmp_path, 31, NORTH_UP, embeddings, scales, [2020, 2021], chunk, shard)
    store = open_store(str(tmp_path))
    (window,) = windows(store, REGION, 2021)
    box = window.box
    assert 0 < box.top < box.bottom < 100
    assert 0 < box.left < box.right < 150
    values, void = whole(store, window, 2021)
    part = np.s_[box.top : box.bottom, box.left : box.right]
    expected, reasons = slowly(embeddings[1][:, *part], scales[1][part])
    assert same(values, expected)
    assert void == reasons
    assert len(void) == 4


def test_the_year_chooses_the_step(tmp_path):
    embeddings, scales = tessera_numbers(SHAPE, steps=2)
    write_tessera_zone(tmp_path, 31, NORTH_UP, embeddings, scales, [2021, 2020])
    store = open_store(str(tmp_path))
    for step, year in enumerate((2021, 2020)):
        (window,) = windows(store, REGION, year)
        values, void = whole(store, window, year)
        first = window.box.top, window.box.left
        expected = embeddings[step, :, *first] * scales[step, *first]
        assert values[:, 0, 0].tolist() == expected.tolist()
        assert not void


@pytest.mark.parametrize("transform", [NORTH_UP, BOTTOM_UP])
def test_pixels_lie_where_the_transform_says(tmp_path, transform):
    """Marks on both sides of the equator are found there again, whichever way the rows run."""
    embeddings, scales = tessera_numbers(SHAPE)
    there = Transformer.from_crs("EPSG:4326", "EPSG:32631", always_xy=True)
    marks = {(2.999, 0.002): 11, (3.001, -0.002): 22}
    for place, mark in marks.items():
        x, y = there.transform(*place)
        col, row = ~transform @ (x, y)
        embeddings[0, :, int(row), int(col)] = mark
        scales[0, int(row), int(col)] = 0.125
    write_tessera_zone(tmp_path, 31, transform, embeddings, scales, [2021])
    store = open_store(str(tmp_path))
    (window,) = windows(store, REGION, 2021)
    values, _ = whole(store, window, 2021)
    for place, mark in marks.items():
        x, y = there.transform(*place)
        rows, cols = window.own_grid.pixels(np.array([x]), np.array([y]))
        assert values[:, rows[0], cols[0]].tolist() == [mark * 0.125] * 128
    south = window.own_grid.own_bounds[1]
    assert -500 < south < 0


def test_both_zones_of_a_region_hold_the_ground_on_their_edge(tmp_path):
    bounds = (5.998, 45.0, 6.002, 45.002)
    for zone in (31, 32):
        there = Transformer.from_crs("EPSG:4326", f"EPSG:{32600 + zone}", always_xy=True)
        x, y = there.transform(6.0, 45.001)
        transform = Affine(10, 0, round(x, -1) - 500, 0, -10, round(y, -1) + 500)
        embeddings, scales = tessera_numbers((100, 100))
        embeddings[:] = zone
        write_tessera_zone(tmp_path, zone, transform, embeddings, scales * 0 + 0.125, [2021])
    store = open_store(str(tmp_path))
    found = windows(store, bounds, 2021)
    assert [window.place for window in found] == ["utm31", "utm32"]
    for window in found:
        values, _ = whole(store, window, 2021)
        assert (values == int(window.place[3:]) * 0.125).all()
        west, _, east, _ = window.own_grid.bounds("EPSG:4326")
        assert west < 5.998 < 6.002 < east


@pytest.mark.parametrize("scale", [np.nan, np.inf])
def test_a_window_without_a_single_scale_is_counted_and_its_bytes_are_left(tmp_path, scale):
    embeddings, scales = tessera_numbers(SHAPE)
    folder = write_tessera_zone(tmp_path, 31, NORTH_UP, embeddings, scales * 0 + scale, [2021])
    chunks = [path for path in (folder / "embeddings").rglob("*") if path.name.isdigit()]
    for path in chunks:
        if path.is_file():
            path.write_bytes(b"not to be read")
    store = open_store(str(tmp_path))
    (window,) = windows(store, REGION, 2021)
    values, void = whole(store, window, 2021)
    assert np.isnan(values).all()
    assert void == {WATER if math.isnan(scale) else NEVER_WRITTEN: window.box.area}


def test_a_window_of_huge_scales_is_refused(tmp_path):
    embeddings, scales = tessera_numbers(SHAPE)
    scales[:] = np.nan
    scales[0, 50, 50:60] = [0.1] * 5 + [BROKEN] * 5
    write_tessera_zone(tmp_path / "half", 31, NORTH_UP, embeddings, scales, [2021])
    store = open_store(str(tmp_path / "half"))
    (window,) = windows(store, REGION, 2021)
    assert whole(store, window, 2021)[1][TOO_LARGE] == 5  # half of them: here and there
    scales[0, 50, 54] = 0.3
    write_tessera_zone(tmp_path / "more", 31, NORTH_UP, embeddings, scales, [2021])
    store = open_store(str(tmp_path / "more"))
    with pytest.raises(RefusedError) as refused:
        next(read(store, window, 2021))
    assert refused.value.kind == "differs"
    assert str(refused.value) == (
        "utm31-r0000-c0000 has huge scales: 6 of 10 are above 0.2, up to 2.8e+32"
    )


def test_a_store_of_other_pixels_than_were_planned_is_refused(tmp_path):
    embeddings, scales = tessera_numbers(SHAPE)
    write_tessera_zone(tmp_path / "one", 31, NORTH_UP, embeddings, scales, [2021])
    (window,) = windows(open_store(str(tmp_path / "one")), REGION, 2021)
    moved = NORTH_UP @ Affine.translation(0, 1)
    write_tessera_zone(tmp_path / "two", 31, moved, embeddings, scales, [2021])
    with pytest.raises(RefusedError, match="utm31 has other pixels than before") as refused:
        next(read(open_store(str(tmp_path / "two")), window, 2021))
    assert refused.value.kind == "differs"
    with pytest.raises(RefusedError, match="utm31 is not in the store") as refused:
        next(read(open_store(str(tmp_path / "three")), window, 2021))
    assert refused.value.kind == "passing"


def test_times_since_a_date_are_read_from_a_store(tmp_path):
    import zarr

    embeddings, scales = tessera_numbers(SHAPE, steps=2)
    folder = write_tessera_zone(tmp_path, 31, NORTH_UP, embeddings, scales, [1095, 1461])
    zarr.open_array(folder / "time", mode="r+").attrs["units"] = "days since 2017-01-01"
    (window,) = windows(open_store(str(tmp_path)), REGION, 2021)
    with pytest.raises(RefusedError, match="no year 2019; its years are 2020, 2021"):
        next(read(open_store(str(tmp_path)), window, 2019))


@given(
    top=st.integers(0, 5000),
    left=st.integers(0, 5000),
    height=st.integers(1, 2048),
    width=st.integers(1, 2048),
    chunk=st.tuples(*[st.sampled_from([1, 16, 32, 100, 256, 500, 512, 1000, 2048])] * 2),
)
def test_pieces_fill_a_box_along_chunks_and_take_little_memory(top, left, height, width, chunk):
    box = Box(top, top + height, left, left + width)
    area = 0
    bottom = box.top
    for band, blocks in _bands(box, chunk):
        assert (band.top, band.left, band.right) == (bottom, box.left, box.right)
        bottom = band.bottom
        assert sum(block.area for block in blocks) == band.area
        for block in blocks:
            area += block.area
            for inner, outer, side in (
                (block.top, box.top, chunk[0]),
                (block.bottom, box.bottom, chunk[0]),
                (block.left, box.left, chunk[1]),
                (block.right, box.right, chunk[1]),
            ):
                assert inner == outer or inner % side == 0
        strips = list(_strips(band))
        assert [strip.top for strip in strips[1:]] == [strip.bottom for strip in strips[:-1]]
        assert sum(strip.area for strip in strips) == band.area
        assert all(strip.area * 128 * 4 <= 64 * 2**20 for strip in strips)
    assert area == box.area


def test_a_folder_without_a_store_is_told(tmp_path):
    with pytest.raises(RefusedError, match="there is no Zarr store"):
        windows(open_store(str(Path(tmp_path, "nowhere"))), REGION, 2021)

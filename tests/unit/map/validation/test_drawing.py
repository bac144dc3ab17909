"""The draw of a sample to be labelled: how many points of each class, and which pixels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from landloom.errors import LandloomError
from landloom.map.validation import drawing
from landloom.map.validation.drawing import (
    Wanted,
    allocation,
    conjectured,
    draw,
    error_of,
    sample_frame,
)
from landloom.map.validation.map_values import values_at
from landloom.raster.pixel_grid import PixelGrid

WriteRaster = Callable[..., Path]

OLOFSSON = {1: 200_000, 2: 150_000, 3: 3_200_000, 4: 6_450_000}
EXPECTED = {1: 0.7, 2: 0.6, 3: 0.9, 4: 0.95}


def test_the_points_of_olofsson_2014_for_a_standard_error_of_one_percent() -> None:
    neyman = allocation(Wanted(per_class_min=2, allocation="neyman"), OLOFSSON, EXPECTED)
    assert sum(neyman.values()) in (641, 642)  # the paper's formula; points are whole ones
    by_area = allocation(Wanted(per_class_min=2), OLOFSSON, EXPECTED)
    assert sum(by_area.values()) == pytest.approx(672, abs=1)  # the sum of W p (1 - p), over 0.01²
    assert error_of(by_area, OLOFSSON, EXPECTED) <= 0.01


@given(
    st.dictionaries(st.integers(0, 254), st.integers(200, 10**7), min_size=1, max_size=12),
    st.floats(0.005, 0.1),
    st.sampled_from(["proportional", "equal", "neyman"]),
)
def test_the_error_that_is_wanted_is_reached_and_with_no_more_than_it_takes(
    pixels: dict[int, int], error: float, kind: str
) -> None:
    accuracies = {value: 0.5 + 0.45 * (value % 7) / 6 for value in pixels}
    wanted = Wanted(standard_error=error, per_class_min=2, allocation=kind)  # type: ignore[arg-type]
    found = allocation(wanted, pixels, accuracies)
    assert error_of(found, pixels, accuracies) <= error
    fewer = Wanted(n=max(sum(found.values()) - 1, 2 * len(pixels)), per_class_min=2,
                   allocation=kind)  # type: ignore[arg-type] # fmt: skip
    one_less = allocation(fewer, pixels, accuracies)
    assert one_less == found or error_of(one_less, pixels, accuracies) > 0.999 * error


def test_rare_classes_get_their_number_first_and_the_rest_goes_by_area() -> None:
    found = allocation(Wanted(n=641, per_class_min=75), OLOFSSON, EXPECTED)
    assert found == {1: 75, 2: 75, 3: 163, 4: 328}  # the paper rounds to 75, 75, 165, 325


def test_other_allocations() -> None:
    assert set(allocation(Wanted(n=400, allocation="equal"), OLOFSSON, {}).values()) == {100}
    neyman = allocation(Wanted(n=641, per_class_min=0, allocation="neyman"), OLOFSSON, EXPECTED)
    assert neyman == {1: 23, 2: 19, 3: 243, 4: 356}


def test_a_number_that_is_too_small_is_refused_with_the_least() -> None:
    with pytest.raises(
        LandloomError, match=r"draw\.n: 100 points cannot .* at least 200, or lower"
    ):
        allocation(Wanted(n=100), OLOFSSON, EXPECTED)


def test_a_map_of_fewer_pixels_is_taken_whole() -> None:
    assert allocation(Wanted(n=100, per_class_min=5), {1: 3, 2: 40}, {}) == {1: 3, 2: 40}


@given(
    st.dictionaries(st.integers(0, 254), st.integers(1, 10**7), min_size=1, max_size=20),
    st.integers(1, 5000),
    st.integers(0, 60),
    st.sampled_from(["proportional", "equal", "neyman"]),
)
def test_the_numbers_add_up_within_their_bounds(
    pixels: dict[int, int], n: int, least: int, kind: str
) -> None:
    floor = sum(min(least, number) for number in pixels.values())
    wanted = Wanted(n=max(n, floor, 1), per_class_min=least, allocation=kind)  # type: ignore[arg-type]
    found = allocation(wanted, pixels, {})
    assert sum(found.values()) == min(wanted.n or 0, sum(pixels.values()))
    assert all(min(least, pixels[v]) <= found[v] <= pixels[v] for v in pixels)


def test_what_is_conjectured_of_a_class_is_never_too_sure() -> None:
    confusion = {"labels": [1, 2, 3], "counts": [[99, 9, 1], [0, 0, 0], [0, 0, 7]]}
    assert conjectured(confusion) == {1: 0.95, 2: 0.5, 3: 0.8}


def test_the_draw_is_exact_and_the_same_in_any_windows(
    geotiff: WriteRaster, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = np.random.default_rng(0).choice([1, 2, 7, 255], (60, 80), p=[0.5, 0.3, 0.1, 0.1])
    path = str(geotiff(codes.astype(np.uint8), nodata=255))
    taken = np.flatnonzero(codes.ravel() == 2)[:1000]
    there = int((codes == 2).sum()) - 1000
    numbers = {1: 30, 2: min(there, 20), 7: int((codes == 7).sum())}
    found = draw(path, numbers, taken, 5)
    assert {v: int((found.values == v).sum()) for v in numbers} == numbers
    np.testing.assert_array_equal(codes[found.rows, found.cols], found.values)
    np.testing.assert_array_equal(values_at(path, found.rows, found.cols), found.values)
    places = found.rows * 80 + found.cols
    assert np.unique(places).size == places.size
    assert not np.isin(places, taken).any()
    monkeypatch.setattr(drawing, "_WINDOW", 16)
    again = draw(path, numbers, taken, 5)
    np.testing.assert_array_equal(again.rows * 80 + again.cols, places)
    other = draw(path, numbers, taken, 6)
    assert not np.array_equal(other.rows, found.rows)


def test_every_pixel_is_drawn_as_often_as_any_other(geotiff: WriteRaster) -> None:
    path = str(geotiff(np.ones((8, 8), np.uint8)))
    hits = np.zeros((8, 8))
    for seed in range(400):
        found = draw(path, {1: 16}, np.empty(0, np.int64), seed)
        hits[found.rows, found.cols] += 1
    assert hits.sum() == 6400
    # 64 binomials of 400 draws with p = 1/4: four standard deviations.
    assert np.abs(hits - 100).max() < 4.2 * np.sqrt(400 * 0.25 * 0.75)


def test_a_point_stands_for_the_pixels_of_its_class(geotiff: WriteRaster) -> None:
    codes = np.repeat([[3], [9]], [6, 2], axis=0).repeat(10, axis=1).astype(np.uint8)
    path = str(geotiff(codes))
    found = draw(path, {3: 4, 9: 5}, np.empty(0, np.int64), 1)
    grid = PixelGrid(CRS.from_epsg(4326).to_wkt(), Affine(0.1, 0, 5, 0, -0.1, 52), 10, 8)
    frame = sample_frame(found, grid, {3: 60, 9: 20})
    assert list(frame.columns) == ["id", "lon", "lat", "stratum", "weight", "label", "geometry"]
    assert frame.groupby("stratum")["weight"].sum().to_dict() == {3: 60, 9: 20}
    assert (frame["label"] == "").all()
    assert frame["id"].tolist() == list(range(1, 10))
    np.testing.assert_allclose(frame["lat"], 52 - 0.1 * (found.rows + 0.5))
    np.testing.assert_allclose(frame.geometry.x, frame["lon"])

"""Pixels of footprints: as they are counted one by one, in any CRS and under each rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer
from splits import GRID, UTM

from landloom.audit.footprints import Footprints
from landloom.audit.pixels import OnPixels, Rule
from landloom.raster.pixel_grid import PixelGrid

RASTER = PixelGrid(CRS.from_user_input(UTM).to_wkt(), GRID, 200, 200)
WORLD = PixelGrid(
    CRS.from_user_input("EPSG:4326").to_wkt(), Affine(1, 0, -180, 0, -1, 90), 360, 180
)


def placed(outlines: list[shapely.Polygon], crs: str = UTM) -> Footprints:
    """Return footprints of outlines in columns and rows."""
    to_crs = Transformer.from_crs(UTM, crs, always_xy=True)

    def lead(points: np.ndarray) -> np.ndarray:
        return np.stack(to_crs.transform(*(GRID @ tuple(points.T))), axis=-1)

    shapes = np.array([shapely.transform(outline, lead) for outline in outlines])
    footprints = Footprints.of(shapes, CRS.from_user_input(crs))
    return replace(footprints, owner=np.arange(len(shapes)))


def pixels(outline: shapely.Polygon, rule: Rule) -> set[tuple[int, int]]:
    """Return the pixels of an outline in columns and rows, each looked at by itself."""
    west, south, east, north = outline.bounds
    found = set()
    for row in range(int(south) - 2, int(north) + 3):
        for col in range(int(west) - 2, int(east) + 3):
            pixel = shapely.box(col, row, col + 1, row + 1)
            if rule == "centre":
                held = outline.contains(shapely.Point(col + 0.5, row + 0.5))
            elif rule == "touched":
                held = outline.buffer(-0.05, join_style="mitre").intersects(pixel)
            else:
                held = row + 1 > south + 0.05 and row < north - 0.05
                held &= col + 1 > west + 0.05 and col < east - 0.05
            if held:
                found.add((row, col))
    return found


corners = st.tuples(st.floats(0, 14, width=16), st.floats(0, 14, width=16))
triangles = st.lists(corners, min_size=3, max_size=3).map(shapely.Polygon)
boxes = st.tuples(*[st.integers(0, 12)] * 2, *[st.integers(1, 6)] * 2).map(
    lambda b: shapely.box(b[0], b[1], b[0] + b[2], b[1] + b[3])
)
outlines = st.one_of(triangles, boxes).filter(lambda o: o.is_valid and o.area > 0.5)


@settings(max_examples=60, deadline=None)
@given(st.lists(outlines, min_size=2, max_size=5), st.sampled_from(["centre", "touched", "box"]))
def test_pairs_share_the_pixels_that_both_hold(
    given_outlines: list[shapely.Polygon], rule: Rule
) -> None:
    judge = OnPixels.of(placed(given_outlines), RASTER, rule)
    one, other = np.triu_indices(len(given_outlines), 1)
    found = judge.shares(one, other)
    told = {
        (int(a), int(b)): (int(n), (int(row), int(col)))
        for a, b, n, row, col in zip(
            found.one, found.other, found.pixels, found.row, found.col, strict=True
        )
    }
    held = [
        pixels(
            o,
            "centre" if o.equals(o.envelope) and o.bounds == tuple(map(round, o.bounds)) else rule,
        )
        for o in given_outlines
    ]
    expected = {}
    for a, b in zip(one.tolist(), other.tolist(), strict=True):
        if common := held[a] & held[b]:
            expected[a, b] = (len(common), min(common))
    counts = {pair: count for pair, (count, _) in told.items()}
    assert counts == {pair: count for pair, (count, _) in expected.items()}
    ragged = judge.whole[found.one] & judge.whole[found.other]
    for (pair, (_, first)), whole in zip(told.items(), ragged, strict=True):
        if whole:
            assert first == expected[pair][1]
        assert first in held[pair[0]] & held[pair[1]]


@settings(max_examples=30, deadline=None)
@given(
    st.tuples(*[st.integers(0, 150)] * 2, *[st.integers(1, 40)] * 2),
    st.sampled_from(["EPSG:4326", "EPSG:5070", "EPSG:32613", "EPSG:3857"]),
)
def test_a_box_of_whole_pixels_is_found_again_from_its_corners(
    box: tuple[int, int, int, int], crs: str
) -> None:
    left, top, wide, high = box
    footprints = placed([shapely.box(left, top, left + wide, top + high)], crs)
    judge = OnPixels.of(footprints, RASTER)
    assert judge.whole.all()
    assert not judge.ragged.any()
    assert judge.boxes.tolist() == [[top, left, top + high, left + wide]]


def test_a_box_off_the_pixels_is_none_of_whole_ones() -> None:
    judge = OnPixels.of(placed([shapely.box(0.06, 0, 8, 8), shapely.box(0.04, 0, 8, 8)]), RASTER)
    assert judge.ragged.tolist() == [True, False]


def test_edges_are_straight_in_the_crs_of_their_footprint() -> None:
    """A parallel bends on the raster: by many pixels over 10 degrees."""
    shape = shapely.box(-116, 40, -106, 41)
    grid = PixelGrid(RASTER.wkt, Affine(100.0, 0, 0, 0, -100.0, 5_000_000), 9000, 9000)
    judge = OnPixels.of(Footprints.of(np.array([shape]), CRS.from_user_input("EPSG:4326")), grid)
    to_utm = Transformer.from_crs("EPSG:4326", UTM, always_xy=True)
    for lat, inside in ((40.0005, True), (39.9995, False), (40.9995, True), (41.0005, False)):
        for lon in (-115.9, -113.3, -111.0, -108.2, -106.1):
            col, row = ~grid.transform @ to_utm.transform(lon, lat)
            assert shapely.contains_xy(judge.outlines[0], col, row) == inside, (lon, lat)


@pytest.mark.parametrize("turn", [-360, 0, 360])
def test_longitudes_are_met_however_they_are_written(turn: int) -> None:
    crs = CRS.from_user_input("EPSG:4326")
    shapes = np.array([shapely.box(178, 0, 182, 4), shapely.box(-180 + turn, 3, -175 + turn, 9)])
    judge = OnPixels.of(replace(Footprints.of(shapes, crs), owner=np.arange(2)), WORLD)
    found = judge.shares(np.array([0]), np.array([1]))
    assert found.pixels.tolist() == [2]
    assert judge.on_raster().all()


def test_what_has_no_place_on_the_raster_has_no_pixels() -> None:
    half = CRS.from_user_input("+proj=ortho +lat_0=0 +lon_0=180 +type=crs")
    far = PixelGrid(half.to_wkt(), Affine(100, 0, 0, 0, -100, 0), 9, 9)
    shapes = np.array([shapely.box(0, 9, 1, 10), shapely.box(0, 9, 1, 10)])
    footprints = Footprints.of(shapes, CRS.from_user_input("EPSG:4326"))
    judge = OnPixels.of(footprints, far)
    assert not judge.placed.any()
    assert judge.shares(np.array([0]), np.array([1])).one.size == 0

"""What footprints share of the ground: areas by hand, depths about the tolerance."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from landloom.audit.candidates import pairs_that_may_meet
from landloom.audit.footprints import Footprints
from landloom.audit.ground import GEOD, Ground, Plane, in_space, on_ground
from landloom.audit.sharing import SHARED, OnGround, Shares

UTM = CRS.from_user_input("EPSG:32632")
LAEA = CRS.from_user_input("EPSG:3035")


def joined(*sets: tuple[list[shapely.Geometry], CRS]) -> Footprints:
    return Footprints.joined([Footprints.of(np.array(shapes), crs) for shapes, crs in sets])


def compared(footprints: Footprints, tolerance: float = 0.1) -> Shares:
    ground = Ground.of(footprints, tolerance)
    judge = OnGround(footprints, ground)
    pairs = pairs_that_may_meet(ground.centres, ground.radii)
    return Shares.joined([judge.shares(one, other) for one, other in pairs])


@cache
def transformer(source: CRS, target: CRS) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def led(shape: shapely.Geometry, source: CRS, target: CRS, finely: float = 5.0) -> shapely.Geometry:
    to_target = transformer(source, target)
    return shapely.transform(
        shapely.segmentize(shape, finely),
        lambda points: np.stack(to_target.transform(*points.T), axis=-1),
    )


quads = st.tuples(*[st.floats(-150, 150)] * 2, st.floats(20, 200), st.floats(0, 90)).map(
    lambda q: shapely.affinity.rotate(
        shapely.box(500_000 + q[0], 5_500_000 + q[1], 500_000 + q[0] + q[2], 5_500_000 + q[1] + 60),
        q[3],
    )
)


@settings(max_examples=40, deadline=None)
@given(st.lists(quads, min_size=1, max_size=4), st.lists(quads, min_size=1, max_size=4))
@pytest.mark.parametrize("crs", [UTM, LAEA])
def test_pairs_share_what_shapely_says_one_by_one(
    crs: CRS, ours: list[shapely.Polygon], theirs: list[shapely.Polygon]
) -> None:
    """In one CRS; and with one set led elsewhere, in many small steps."""
    found = compared(joined((ours, UTM), ([led(shape, UTM, crs) for shape in theirs], crs)))
    areas = {
        (int(a), int(b) - len(ours)): float(area)
        for a, b, area in zip(found.one, found.other, found.square_metres, strict=True)
        if a < len(ours) <= b
    }
    for a, one in enumerate(ours):
        for b, other in enumerate(theirs):
            common = one.intersection(other)
            depth = 2 * shapely.maximum_inscribed_circle(common).length if common.area > 0 else 0
            if depth > 0.15:
                # Of UTM's areas on its central meridian, 0.9996 squared is lost.
                assert areas[a, b] == pytest.approx(common.area / 0.9996**2, rel=1e-3, abs=0.5)
            elif depth < 0.08:
                assert (a, b) not in areas


@pytest.mark.parametrize(("deep", "shared"), [(0.05, False), (0.2, True)])
@pytest.mark.parametrize("crs", [UTM, LAEA, CRS.from_user_input("EPSG:4326")])
def test_an_overlap_counts_from_the_tolerance_on(deep: float, shared: bool, crs: CRS) -> None:
    one = shapely.box(500_000, 5_500_000, 500_060, 5_500_060)
    other = shapely.box(500_060 - deep, 5_500_030, 500_120, 5_500_090)
    found = compared(joined(([one], UTM), ([led(other, UTM, crs)], crs)))
    assert (found.state == SHARED).tolist() == [True] * shared


def test_metres_of_a_tolerance_are_those_of_the_ground() -> None:
    """At 60 N a metre of Web Mercator is half one, and a degree of longitude half of one."""
    scale = Ground.of(joined(([shapely.box(0, 8_399_000, 900, 8_400_000)], CRS(3857)))).scale
    assert scale[0] == pytest.approx([0.501, 0.501], abs=2e-3)
    scale = Ground.of(joined(([shapely.box(0, 59.9, 0.2, 60.1)], CRS(4326)))).scale
    assert scale[0, 0] / scale[0, 1] == pytest.approx(0.5, abs=1e-3)


def test_the_same_footprint_twice_is_told() -> None:
    box = shapely.box(500_000, 5_500_000, 500_060, 5_500_060)
    moved = shapely.box(500_001, 5_500_000, 500_061, 5_500_060)
    found = compared(joined(([box, moved, shapely.reverse(box)], UTM)))
    same = {(int(a), int(b)) for a, b in zip(found.one, found.other, strict=True)}
    assert same == {(0, 1), (0, 2), (1, 2)}
    assert [
        (int(a), int(b))
        for a, b in zip(*(v[found.same] for v in (found.one, found.other)), strict=True)
    ] == [(0, 2)]


places = st.tuples(*[st.floats(-60, 60)] * 3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(places, st.floats(0.01, 90)), min_size=2, max_size=25), st.integers(1, 9))
def test_all_balls_that_meet_are_found_once(
    balls: list[tuple[tuple[float, float, float], float]], most: int
) -> None:
    centres = np.array([centre for centre, _ in balls])
    radii = np.array([radius for _, radius in balls])
    found = [
        pair
        for one, other in pairs_that_may_meet(centres, radii, most)
        for pair in zip(one.tolist(), other.tolist(), strict=True)
    ]
    expected = {
        (a, b)
        for a in range(len(balls))
        for b in range(a + 1, len(balls))
        if np.linalg.norm(centres[a] - centres[b]) <= radii[a] + radii[b]
    }
    assert len(found) == len(set(found))
    assert set(found) == expected


@given(st.floats(-180, 180), st.floats(-90, 90), st.floats(-3e4, 3e4), st.floats(-3e4, 3e4))
def test_places_come_back_from_a_plane(lon: float, lat: float, x: float, y: float) -> None:
    """And a way of some kilometres is as long there as on the ellipsoid."""
    plane = Plane.at(in_space(np.array([lon]), np.array([lat])))
    of = np.zeros(2, np.intp)
    flat = np.array([[0.0, 0.0], [x, y]])
    east, north = plane.lonlat(flat, of)
    assert plane.of(in_space(east, north), of) == pytest.approx(flat, abs=1e-4)
    metres = GEOD.inv(east[0], north[0], east[1], north[1])[2]
    assert metres == pytest.approx(np.hypot(x, y), rel=1e-4, abs=1e-4)


@given(st.floats(-179.9, 179.9), st.floats(-89.9, 89.9))
def test_degrees_come_back_from_space(lon: float, lat: float) -> None:
    assert on_ground(in_space(np.array(lon), np.array(lat))) == pytest.approx((lon, lat), abs=1e-9)


def test_points_in_space_are_those_of_proj() -> None:
    to_space = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    lon, lat = np.array([0.0, 12.3, -77.0]), np.array([0.0, 45.6, -88.9])
    expected = np.stack(to_space.transform(lon, lat, 0 * lon), axis=-1)
    assert in_space(lon, lat) == pytest.approx(expected, abs=1e-5)


def test_sets_of_several_crss_keep_them() -> None:
    one, other = shapely.box(0, 0, 1, 1), shapely.box(4e6, 3e6, 4.1e6, 3.1e6)
    footprints = joined(([other], LAEA), ([one], CRS(4326)), ([other], LAEA))
    assert [footprints.crss[z] for z in footprints.zone] == [LAEA, CRS(4326), LAEA]
    assert footprints.owner.tolist() == [0, 1, 2]
    assert replace(footprints).take(np.array([1])).shapes.tolist() == [one]

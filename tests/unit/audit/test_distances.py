"""Distances: as they are between very many places along the edges, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer

from landloom.audit.distances import nearest_metres
from landloom.audit.footprints import Footprints
from landloom.audit.ground import Ground

GEOD = Geod(ellps="WGS84")
UTM = CRS.from_user_input("EPSG:32632")


def measured(ours: list[shapely.Geometry], theirs: list[shapely.Geometry], crs: CRS) -> np.ndarray:
    """Return metres from each of ours to the nearest of theirs."""
    both = [Footprints.of(np.array(shapes), crs) for shapes in (theirs, ours)]
    ground = Ground.of(Footprints.joined(both))
    return nearest_metres(
        ground, np.arange(len(theirs), len(theirs) + len(ours)), np.arange(len(theirs))
    )


def slowly(
    ours: list[shapely.Geometry], theirs: list[shapely.Geometry], crs: CRS, step: float
) -> list[float]:
    """Return the same, of places along the edges, each measured with each."""
    to_lonlat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)

    def places(shape: shapely.Geometry) -> tuple[np.ndarray, np.ndarray]:
        return to_lonlat.transform(*shapely.get_coordinates(shapely.segmentize(shape, step)).T)

    found = []
    for one in ours:
        lon, lat = places(one)
        ways = []
        for other in theirs:
            east, north = places(other)
            a, b = (m.ravel() for m in np.meshgrid(np.arange(len(lon)), np.arange(len(east))))
            ways.append(GEOD.inv(lon[a], lat[a], east[b], north[b])[2].min())
        found.append(min(ways))
    return found


squares = st.tuples(*[st.integers(-30, 30)] * 2, st.integers(1, 9), st.floats(0, 89)).map(
    lambda q: shapely.affinity.rotate(
        shapely.box(600 * q[0], 600 * q[1], 600 * q[0] + 100 * q[2], 600 * q[1] + 400), q[3]
    )
)


def at(shapes: list[shapely.Geometry], x: float, y: float) -> list[shapely.Geometry]:
    return [shapely.affinity.translate(shape, x, y) for shape in shapes]


@settings(max_examples=15, deadline=None)
@given(st.lists(squares, min_size=1, max_size=4), st.lists(squares, min_size=1, max_size=6))
def test_the_nearest_is_that_of_all_places_along_the_edges(
    ours: list[shapely.Geometry], theirs: list[shapely.Geometry]
) -> None:
    ours, theirs = at(ours, 480_000, 5_400_000), at(theirs, 490_000, 5_404_000)
    apart = [min(one.distance(other) for other in theirs) for one in ours]
    found = measured(ours, theirs, UTM)
    for metres, slow, plane in zip(found, slowly(ours, theirs, UTM, 20), apart, strict=True):
        if plane > 0:
            assert metres <= slow + 0.01
            assert metres >= np.sqrt(max(slow**2 - 400, 0)) * (1 - 1e-5) - 0.01


def test_a_large_footprint_among_small_ones_is_near_by_its_edge() -> None:
    """Its corners are far: 500 km; what is small lies 300 m from the middle of an edge."""
    large = shapely.box(400_000, 5_000_000, 900_000, 5_500_000)
    small = [
        shapely.box(650_000 + 900 * n, 5_500_300, 650_400 + 900 * n, 5_500_700) for n in range(9)
    ]
    assert measured(small, [large], UTM) == pytest.approx([300] * 9, rel=1e-3)
    assert measured([large], small, UTM) == pytest.approx([300], rel=1e-3)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((179.0, 10.0), (-179.0, 10.0)),
        ((0.0, 89.5), (180.0, 89.5)),
        ((10.0, -20.0), (40.0, 35.0)),
        ((-70.0, 60.0), (100.0, 60.0)),
    ],
)
def test_small_footprints_far_apart_are_as_far_as_places(
    one: tuple[float, float], other: tuple[float, float]
) -> None:
    """Over the antimeridian, a pole, the equator: to within the size of the footprints."""
    ours, theirs = ([shapely.box(x, y, x + 1e-4, y + 1e-4)] for x, y in (one, other))
    expected = GEOD.inv(*one, *other)[2]
    assert measured(ours, theirs, CRS(4326))[0] == pytest.approx(expected, abs=40)


def test_neighbours_are_no_way_apart() -> None:
    boxes = [
        shapely.box(500_000 + 60 * n, 5_500_000, 500_060 + 60 * n, 5_500_060) for n in range(5)
    ]
    assert measured(boxes[1::2], boxes[::2], UTM) == pytest.approx([0, 0], abs=1e-6)

"""Patches do not hang on the strips in which they are found, and are what labelling gives."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rasterio.features import shapes

from landloom.legend.values import NODATA
from landloom.map.generalised.patches import Patch, Strip, patches

MAPS = arrays(
    np.uint8,
    st.tuples(st.integers(1, 12), st.integers(1, 8)),
    elements=st.sampled_from([1, 2, NODATA]),
)


def cut(codes: np.ndarray, rows: int) -> list[Patch]:
    areas = 1.0 + np.arange(codes.size).reshape(codes.shape)
    strips = [
        Strip(top, codes[top : top + rows], areas[top : top + rows])
        for top in range(0, len(codes), rows)
    ]
    return sorted((patch for ended in patches(strips) for patch in ended), key=lambda p: p.first)


@given(MAPS, st.integers(1, 5))
def test_they_are_those_of_the_whole(codes: np.ndarray, rows: int) -> None:
    found, whole = cut(codes, rows), cut(codes, len(codes))
    for one, other in zip(found, whole, strict=True):
        assert (one.value, one.pixels, one.first) == (other.value, other.pixels, other.first)
        assert one.square_metres == pytest.approx(other.square_metres)
        assert one.outline.normalize().equals_exact(other.outline.normalize(), 0)


@given(MAPS, st.integers(1, 5))
def test_they_are_those_of_gdal(codes: np.ndarray, rows: int) -> None:
    found = {
        (patch.value, patch.outline.normalize().wkt, patch.pixels) for patch in cut(codes, rows)
    }
    wanted = set()
    for outline, value in shapes(codes, codes != NODATA):
        polygon = shapely.geometry.shape(outline)
        wanted.add((int(value), polygon.normalize().wkt, round(polygon.area)))
    assert found == wanted


def test_a_ring_holds_a_hole_across_strips() -> None:
    codes = np.full((6, 5), 1, np.uint8)
    codes[2:4, 2] = 2
    ring, core = cut(codes, 3)
    assert (ring.value, ring.pixels, len(ring.outline.interiors)) == (1, 28, 1)
    assert (core.value, core.pixels) == (2, 2)
    assert core.outline.equals(shapely.box(2, 2, 3, 4))


def test_a_patch_is_told_as_soon_as_it_ends() -> None:
    codes = np.array([[1], [1], [2], [NODATA], [3]], np.uint8)
    ended = list(patches(Strip(row, codes[[row]], np.ones((1, 1))) for row in range(5)))
    assert [[patch.value for patch in found] for found in ended] == [[], [], [1], [2], [], [3]]

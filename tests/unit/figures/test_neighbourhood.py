"""The choice of what a figure shows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landloom.figures.neighbourhood import choose, find_neighbourhood

PLACES = st.sets(st.tuples(st.integers(0, 6), st.integers(-3, 4)), min_size=1)


def arrays(places):
    table = np.array(list(places), np.int64)
    return table[:, 0], table[:, 1]


def largest_area(places, most):
    """Try every rectangle."""
    return max(
        height * width
        for row, col in places
        for height in range(1, most + 1)
        for width in range(1, most + 1)
        if all(
            (row + down, col + right) in places for down in range(height) for right in range(width)
        )
    )


@given(PLACES, st.integers(1, 4), st.integers(0, 5))
def test_neighbours_are_neighbours_on_the_lattice_and_as_many_as_there_are(places, most, seed):
    rows, cols = arrays(places)
    found = find_neighbourhood(rows, cols, most, seed)
    down, right = np.indices(found.samples.shape)
    np.testing.assert_array_equal(rows[found.samples], found.row + down)
    np.testing.assert_array_equal(cols[found.samples], found.col + right)
    assert max(found.samples.shape) <= most
    assert found.samples.size == largest_area(places, most)


def test_of_equal_areas_the_squarest_is_taken():
    square = {(0, 0), (0, 1), (1, 0), (1, 1)}
    row = {(5, col) for col in range(4)}
    assert find_neighbourhood(*arrays(square | row), 4, 0).samples.shape == (2, 2)


def test_the_seed_decides_among_equals():
    rows, cols = (axis.ravel() for axis in np.mgrid[:30, :30])
    places = {
        (found.row, found.col)
        for found in (find_neighbourhood(rows, cols, 3, seed) for seed in range(20))
    }
    assert len(places) > 15
    again = find_neighbourhood(rows, cols, 3, 5)
    np.testing.assert_array_equal(again.samples, find_neighbourhood(rows, cols, 3, 5).samples)


@pytest.mark.parametrize(("count", "most", "drawn"), [(5, 3, 3), (2, 9, 2), (4, 4, 4)])
def test_a_draw_takes_no_sample_twice_nor_more_than_there_are(count, most, drawn):
    found = choose(count, most, 1)
    assert len(set(found.tolist())) == drawn
    assert (np.diff(found) > 0).all()
    assert found.max() < count

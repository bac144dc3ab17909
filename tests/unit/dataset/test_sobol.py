"""Points that fill a square evenly: those that SciPy gives, to the last bit."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import qmc

from landloom.dataset.sobol import sobol_points

SEEDS = st.integers(0, 2**64)


@given(SEEDS, st.integers(0, 12))
def test_points_are_those_of_scipy(seed, power):
    theirs = qmc.Sobol(2, rng=np.random.default_rng(seed)).random(2**power)
    np.testing.assert_array_equal(sobol_points(2**power, seed), theirs, strict=True)


@given(SEEDS, st.integers(0, 300), st.integers(0, 300))
def test_fewer_points_are_the_first_of_more(seed, some, more):
    np.testing.assert_array_equal(
        sobol_points(some + more, seed)[:some], sobol_points(some, seed), strict=True
    )


@given(SEEDS, st.integers(0, 8), st.data())
def test_each_box_of_equal_area_holds_one(seed, power, data):
    """Of as many as there are points, however they are cut across and down."""
    across = data.draw(st.integers(0, power))
    boxes = np.floor(sobol_points(2**power, seed) * [2**across, 2 ** (power - across)])
    assert len(np.unique(boxes, axis=0)) == 2**power

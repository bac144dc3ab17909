"""The majority filter, against counting by hand and a slow implementation."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from landloom.legend.values import NODATA
from landloom.map.generalised.majority import majority

MAPS = arrays(
    np.uint8,
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    elements=st.sampled_from([0, 7, 254, NODATA]),
)


def slow(codes: np.ndarray, side: int) -> np.ndarray:
    out, half = codes.copy(), side // 2
    for row, col in zip(*np.nonzero(codes != NODATA), strict=True):
        near = codes[max(row - half, 0) : row + half + 1, max(col - half, 0) : col + half + 1]
        counts = Counter(near[near != NODATA].tolist())
        own = codes[row, col]
        out[row, col] = min(counts, key=lambda value: (-counts[value], value != own, value))
    return out


@given(MAPS, st.sampled_from([3, 5, 7]))
def test_it_is_what_counting_gives(codes: np.ndarray, side: int) -> None:
    np.testing.assert_array_equal(majority(codes, side), slow(codes, side))


def test_a_speck_goes_and_void_stays() -> None:
    codes = np.full((5, 5), 30, np.uint8)
    codes[2, 2], codes[0, 0] = 50, NODATA
    found = majority(codes, 3)
    assert found[2, 2] == 30
    assert found[0, 0] == NODATA

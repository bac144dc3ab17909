"""Boxes anywhere on the Earth, for property tests."""

from __future__ import annotations

from hypothesis import assume
from hypothesis import strategies as st


@st.composite
def regions(draw, largest=360.0):
    """Boxes anywhere on the Earth, tiny ones and slivers too."""
    west, south = draw(st.floats(-180, 179)), draw(st.floats(-90, 89))
    east = min(west + draw(st.floats(1e-9, largest)), 180.0)
    north = min(south + draw(st.floats(1e-9, largest)), 90.0)
    assume(west < east and south < north)
    return west, south, east, north

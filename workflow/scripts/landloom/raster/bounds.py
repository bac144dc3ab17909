"""Boxes of coordinates."""

from __future__ import annotations

Bounds = tuple[float, float, float, float]
"""West, south, east, north."""


METRES_PER_DEGREE = 110_574.0
"""The shortest degree of latitude on the WGS 84 ellipsoid, at the equator (m)."""

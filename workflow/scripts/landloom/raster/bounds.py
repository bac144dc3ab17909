"""Boxes of coordinates."""

from __future__ import annotations

import math

Bounds = tuple[float, float, float, float]
"""West, south, east, north."""


METRES_PER_DEGREE = 110_574.0
"""The shortest degree of latitude on the WGS 84 ellipsoid, at the equator (m)."""

WIDE = 90.0
"""Degrees: over more than that, a projection may fold a box, so that its edges enclose nothing."""

_BESIDE = 1.0
"""Degrees round what a raster covers, which is known by points along its edges."""


def parts_near(box: Bounds, covered: Bounds) -> list[Bounds]:
    """Return what of a lon/lat box a raster's CRS is to be asked about.

    Parameters
    ----------
    box
        In degrees; west is less than east.
    covered
        What the raster covers, in degrees: west is more than east across the antimeridian, infinite
        where that is not known.

    Returns
    -------
    list of tuple
        The box, unless it is wider than `WIDE`: then the parts of it near the raster, where its CRS
        does not fold. There are two across the antimeridian, and none where the raster is afar.
    """
    west, south, east, north = box
    small = east - west < WIDE and north - south < WIDE
    if small or not all(map(math.isfinite, covered)):
        return [box]
    first, last = covered[0] - _BESIDE, covered[2] + _BESIDE
    last += 360.0 if covered[0] > covered[2] else 0.0
    south, north = max(south, covered[1] - _BESIDE), min(north, covered[3] + _BESIDE)
    turned = [(first + turn, last + turn) for turn in (-360.0, 0.0, 360.0)]
    spans = [(max(west, start), min(east, end)) for start, end in turned]
    return [(start, south, end, north) for start, end in spans if start < end and south < north]

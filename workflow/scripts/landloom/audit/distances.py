"""How far each footprint of one set lies from the nearest of another, on the ellipsoid.

The nearest is found among points in space: an edge whose nearest place lies between its ends has an
end within half its length of there. Which places of two footprints are nearest is found in a plane
that touches the Earth between them, and the way between these places is that on the ellipsoid.
"""

from __future__ import annotations

import numpy as np
import shapely
from scipy.spatial import cKDTree

from landloom.arrays import Float64s, Indices
from landloom.audit.beside import between
from landloom.audit.candidates import points_within
from landloom.audit.ground import GEOD, Ground

_AT_ONCE = 20_000
_SPARE = 0.1
"""Metres by which more is looked at than needs be, for rounding and bends."""


def nearest_metres(ground: Ground, some: Indices, others: Indices) -> Float64s:
    """Return the distance from each of some footprints to the nearest of others, in metres.

    Parameters
    ----------
    ground
        All footprints.
    some, others
        The numbers of both, at least one of each.

    Returns
    -------
    float64, (n,)
        0 where footprints touch or overlap, but for those that lie within another.
    """
    points, owner = ground.points_of(others)
    tree = cKDTree(points)
    nearest = np.empty(len(some))
    for start in range(0, len(some), _AT_ONCE):
        part = some[start : start + _AT_ONCE]
        nearest[start : start + len(part)] = _nearest(ground, part, others, tree, owner)
    return nearest


def _nearest(
    ground: Ground, some: Indices, others: Indices, tree: cKDTree, owner: Indices
) -> Float64s:
    points, of = ground.points_of(some)
    first = np.searchsorted(of, np.arange(len(some)))
    most = np.minimum.reduceat(tree.query(points)[0], first)
    reach = np.hypot(most, ground.longest / 2) * (1 + 1e-6) + _SPARE
    best, partner = np.full(len(some), np.inf), np.zeros(len(some), np.intp)
    for asked, found in points_within(tree, points, reach[of]):
        pairs = np.unique(of[asked] * len(others) + owner[found])
        one, other = pairs // len(others), pairs % len(others)
        beside = between(ground, some[one], others[other])
        ways = shapely.distance(beside.one, beside.other)
        order = np.lexsort([other, ways, one])
        one, other, ways = one[order], other[order], ways[order]
        lead = np.flatnonzero(np.diff(one, prepend=-1))
        one, other, ways = one[lead], other[lead], ways[lead]
        better = ways < best[one]
        best[one[better]], partner[one[better]] = ways[better], other[better]
    return _on_ellipsoid(ground, some, others[partner])


def _on_ellipsoid(ground: Ground, one: Indices, other: Indices) -> Float64s:
    """Return the way between the nearest places of pairs, in metres."""
    beside = between(ground, one, other)
    ends = shapely.get_coordinates(shapely.shortest_line(beside.one, beside.other))
    lon, lat = beside.lonlat(ends, np.repeat(np.arange(len(one)), 2))
    _, _, metres = GEOD.inv(lon[::2], lat[::2], lon[1::2], lat[1::2])
    return np.asarray(metres, np.float64)

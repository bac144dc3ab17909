"""Distances between places on the Earth, and from samples to those of other folds."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from landloom.arrays import Float64s, Indices, Int64s

_AXIS, _FLATTENING = 6_378_137.0, 1 / 298.257223563
"""Of the WGS 84 ellipsoid: the greater half-axis in metres, and how flat it is."""


def geocentric(lon: Float64s, lat: Float64s) -> Float64s:
    """Return places as seen from the Earth's centre, so that any CRS and any zones go together.

    The straight line between two such places is their distance through the Earth: 1,000 km apart it
    is 0.1 % shorter than over the ground.

    Parameters
    ----------
    lon, lat
        Degrees (EPSG:4326), (n,).

    Returns
    -------
    float64, (n, 3)
        Metres (EPSG:4978, at no height).
    """
    lam, phi = np.radians(lon), np.radians(lat)
    squared = _FLATTENING * (2 - _FLATTENING)
    normal = _AXIS / np.sqrt(1 - squared * np.sin(phi) ** 2)
    across = normal * np.cos(phi)
    axes = (across * np.cos(lam), across * np.sin(lam), normal * (1 - squared) * np.sin(phi))
    return np.column_stack(axes)


def nearest(points: Float64s, places: Float64s) -> Float64s:
    """Return the distance from each place to the nearest point, (places,)."""
    found: Float64s = cKDTree(points).query(places)[0]
    return found


def nearest_other(points: Float64s) -> Float64s:
    """Return the distance from each point to the nearest other one, (points,)."""
    found: Float64s = cKDTree(points).query(points, k=2)[0][:, 1]
    return found


def nearest_elsewhere(points: Float64s, folds: Int64s, asked: Indices | None = None) -> Float64s:
    """Return the distance from points to the nearest one of another fold.

    Parameters
    ----------
    points
        (n, axes).
    folds
        Two at least, (n,).
    asked
        Which points to ask for; None for all of them.

    Returns
    -------
    float64, (n,) or (asked,)
    """
    asked = np.arange(len(points)) if asked is None else asked
    found = np.empty(len(asked))
    for fold in np.unique(folds[asked]):
        # Sorting the middle out would take longer than the few questions are worth.
        tree = cKDTree(points[folds != fold], compact_nodes=False, balanced_tree=False)
        own = folds[asked] == fold
        found[own] = tree.query(points[asked[own]])[0]
    return found

"""Coordinates: through affines, and from one CRS to another, x (lon) always before y (lat)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from affine import Affine

from landloom.arrays import Float64s
from landloom.errors import LandloomError

if TYPE_CHECKING:
    from pyproj import CRS, Transformer

# Every block of a map opens rasters, but transforms no coordinates: what does so imports pyproj.

Coordinates = Callable[[Float64s, Float64s], tuple[Float64s, Float64s]]

LONLAT = "EPSG:4326"


def known_crs(name: str, key: str, remedy: str = "a name such as EPSG:4326") -> CRS:
    """Return the CRS that a user names.

    Parameters
    ----------
    name
        Anything that pyproj knows, such as ``EPSG:3035``.
    key, remedy
        The config key that names it, and what to give there, for the message.

    Raises
    ------
    LandloomError
        Where pyproj does not know it.
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return CRS.from_user_input(name)
    except CRSError:
        raise LandloomError(f"{key}: {name!r} is no known CRS; give {remedy}") from None


def same_crs(one: CRS, other: CRS) -> bool:
    """Return whether CRSs are equal, or of one number: a Shapefile spells them in its own way."""
    if one.equals(other, ignore_axis_order=True):
        return True
    return one.to_authority() is not None and one.to_authority() == other.to_authority()


@lru_cache(maxsize=8)  # PROJ takes a millisecond to find one, and a job may ask a hundred times
def to_lonlat(wkt: str) -> Transformer:
    """Return the transformer from a CRS to WGS 84 (EPSG:4326)."""
    from pyproj import CRS, Transformer

    return Transformer.from_crs(CRS.from_wkt(wkt), CRS.from_user_input(LONLAT), always_xy=True)


def coordinates(source: CRS, target: CRS) -> Coordinates:
    """Return the function from a CRS to another; between equal ones it costs nothing."""
    from pyproj import Transformer

    if source == target:
        return lambda x, y: (x, y)
    transform = Transformer.from_crs(source, target, always_xy=True).transform
    return lambda x, y: tuple(transform(x, y))


def apply_affine(transform: Affine, x: Float64s, y: Float64s) -> tuple[Float64s, Float64s]:
    """Map arrays of coordinates through an affine; what is infinite comes out as not finite."""
    a, b, c, d, e, f = transform[:6]
    with np.errstate(invalid="ignore"):  # infinity times zero
        return a * x + b * y + c, d * x + e * y + f

"""The CRS of the map by name; looked at before a run starts, so nothing but pyproj is needed."""

from __future__ import annotations

from pyproj import CRS

from landloom.errors import LandloomError
from landloom.raster.coordinates import known_crs

KEY = "map.predict.crs"

_REMEDY = "native, auto or a name such as EPSG:3035"


def named_crs(name: str) -> CRS:
    """Return a CRS that a map can have.

    Parameters
    ----------
    name
        Anything that pyproj knows, such as ``EPSG:3035``.

    Raises
    ------
    LandloomError
        Where it is unknown, or has not two axes on the ground.
    """
    found = known_crs(name, KEY, _REMEDY)
    if not (found.is_projected or found.is_geographic) or len(found.axis_info) != 2:
        raise LandloomError(
            f"{KEY}: {name!r} ({found.name}) is no CRS of maps, with two axes on the ground; give "
            f"{_REMEDY}"
        )
    return found

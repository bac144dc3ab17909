"""The section `region`: a box in degrees."""

from __future__ import annotations

import math

from pydantic import ValidationInfo, field_validator

from landloom.config.checks import Latitude, Longitude, Section
from landloom.raster.bounds import Bounds


class Region(Section):
    """A box of longitude and latitude, in degrees (EPSG:4326)."""

    west: Longitude
    """Longitude of the western edge, in degrees; west of Greenwich is negative."""
    south: Latitude
    """Latitude of the southern edge, in degrees; south of the equator is negative."""
    east: Longitude
    """Longitude of the eastern edge, in degrees; more than `west`, so that a region across the
    180th meridian is made in two runs."""
    north: Latitude
    """Latitude of the northern edge, in degrees; more than `south`."""

    # Checked key by key, not at the end: a fault of one pair does not hide that of the other.
    @field_validator("east")
    @classmethod
    def _check_east(cls, east: float, info: ValidationInfo) -> float:
        west = info.data.get("west", -math.inf)
        if west >= east:
            raise ValueError(
                f"must lie east of west, {west:g} (a region across the 180th meridian has to be "
                "made in two runs)"
            )
        return east

    @field_validator("north")
    @classmethod
    def _check_north(cls, north: float, info: ValidationInfo) -> float:
        south = info.data.get("south", -math.inf)
        if south >= north:
            raise ValueError(f"must lie north of south, {south:g}")
        return north

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north."""
        return (self.west, self.south, self.east, self.north)

"""The section `demo`: a synthetic world to try the workflow on."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from landloom.config.checks import AtKeyError, Section, Seed, TileName
from landloom.config.region import Region

_LARGEST = 4.0
"""Square degrees of the world, which a job holds as a whole: with 4 of them some 4 GB."""


def _check_small(region: Region) -> Region:
    """Refuse a world that no job can hold."""
    size = (region.east - region.west) * (region.north - region.south)
    if size > _LARGEST:
        raise AtKeyError(
            "east",
            f"{region.east:g}: the demo's world would be {size:g} square degrees, {_LARGEST:g} are "
            f"the most; make it {region.west + _LARGEST / (region.north - region.south):.6g} at "
            "most, or the region less high",
        )
    return region


class DemoConfig(Section):
    """The synthetic world below `resources/demo/`, made by the workflow itself."""

    region: Annotated[Region, AfterValidator(_check_small)]
    """The area that the synthetic rasters cover."""
    seed: Seed = 827
    """Seed of the world's relief and land cover; another seed gives another world."""
    missing_tiles: list[TileName] = []
    """Names of elevation tiles that do not exist, as at sea: each is the tile's south-west corner,
    such as `N42W117`."""

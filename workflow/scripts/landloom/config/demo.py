"""The section `demo`: a synthetic world to try the workflow on."""

from __future__ import annotations

from landloom.config.checks import Section, Seed, TileName
from landloom.config.region import Region


class DemoConfig(Section):
    """The synthetic world below `resources/demo/`, made by the workflow itself."""

    region: Region
    """The area that the synthetic rasters cover."""
    seed: Seed = 827
    """Seed of the world's relief and land cover; another seed gives another world."""
    missing_tiles: list[TileName] = []
    """Names of elevation tiles that do not exist, as at sea: each is the tile's south-west corner,
    such as `N42W117`."""

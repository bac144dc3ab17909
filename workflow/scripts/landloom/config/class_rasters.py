"""Rasters of classes, which a section names by paths or as public datasets."""

from __future__ import annotations

from landloom.config.checks import Section
from landloom.sources.catalogue import PublicSource, named


class ClassRasters(Section):
    """A section that names rasters of classes."""

    @property
    def rasters(self) -> list[str]:
        """The paths, or the names of public datasets."""
        raise NotImplementedError

    @property
    def public(self) -> list[PublicSource]:
        """The public datasets among them."""
        found = (named(path, "landcover") for path in self.rasters)
        return [source for source in found if source]

    @property
    def addresses(self) -> list[str]:
        """The addresses of these, in the order in which they are tried."""
        return [address.url for source in self.public for address in source.addresses]

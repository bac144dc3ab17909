"""Rasters of classes, which a section names by paths or as public datasets."""

from __future__ import annotations

from pydantic import field_validator

from landloom.config.checks import Section
from landloom.config.paths import listed
from landloom.sources.catalogue import PublicSource, named


class ClassRasters(Section):
    """A section that names rasters of classes."""

    @field_validator("raster", check_fields=False)
    @classmethod
    def _check_no_embedding(cls, raster: str | list[str] | None) -> str | list[str] | None:
        embeddings = [path for path in listed(raster or []) if named(path, "embedding")]
        if embeddings:
            raise ValueError(f"{embeddings[0]} is a public embedding, not a raster of classes")
        return raster

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

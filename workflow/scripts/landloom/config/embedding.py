"""The section `map.embedding`: the raster that is mapped, of one year or of several."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from landloom.config.checks import AtKeyError, Section
from landloom.config.paths import RasterPaths, listed
from landloom.config.years import BY_YEAR, YearOrYears, with_rasters_by_year
from landloom.sources.catalogue import PublicSource, named

_ENCODINGS: dict[str, str] = {"alphaearth": "alphaearth"}
"""Family of a public embedding to how its numbers are stored, where that is not as floats."""

Rasters = str | list[str] | dict[int, str | list[str]]
"""The paths, or those of each year."""


class EmbeddingConfig(Section):
    """The raster that is mapped: a vector of numbers for each pixel."""

    raster: Annotated[
        Annotated[RasterPaths, Tag("[paths]")]
        | Annotated[dict[int, RasterPaths], Field(min_length=1), Tag(BY_YEAR)],
        Discriminator(lambda given: BY_YEAR if isinstance(given, dict) else "[paths]"),
    ]
    """The embedding, one band for each number of the vectors: a path, an address (`https://`,
    `s3://`) or anything else that GDAL opens; a list of tiles, those of each CRS on one pixel
    grid; or the name of a public dataset, `alphaearth-2017` to `alphaearth-2025`, `tessera-2017`
    to `tessera-2024`, `tessera-v1.1-2017` to `tessera-v1.1-2025`, of which what `map.region`
    touches is fetched. For several `years`: any of these with `{year}` in its place, or lines
    `year: raster`."""
    years: YearOrYears | None = None
    """Years that are mapped by one model. If left out: those that `raster` has lines for; with one
    raster, there are no years."""
    train: YearOrYears | None = None
    """Year, or list of years, whose vectors the samples have: all labelled points are read in each
    of them. If left out: the first of the years; with `map.reference.year`, all of them."""
    encoding: Literal["float", "alphaearth"] = "float"
    """`float`: the numbers are used as they are stored, whole numbers too. `alphaearth`: signed
    bytes of AlphaEarth, all 64 bands; that the decoded vectors have length one is checked. A public
    dataset brings its own."""
    nodata: float | None = None
    """Stored number that stands for 'no data', in place of the raster's own. One band that has it
    makes a pixel void; 0, and any such number of `alphaearth`, must be in every band. If left out:
    the raster's own. Void, too, are pixels of `alphaearth` with -128 in every band, and pixels with
    zero in every band where there are four bands or more, or whole numbers without nodata."""

    @model_validator(mode="before")
    @classmethod
    def _bring_encoding(cls, section: Any) -> Any:  # noqa: ANN401
        """Set the rasters of each year, and the encoding of a public dataset unless it is set."""
        if not isinstance(section, dict):
            return section
        section = with_rasters_by_year(section)
        raster = section.get("raster")
        public = map(_public, raster.values() if isinstance(raster, dict) else [raster])
        source = next((source for source in public if source), None)
        if source is None or "encoding" in section:
            return section
        return section | {"encoding": _encoding_of(source)}

    @field_validator("raster")
    @classmethod
    def _check_names(cls, raster: Rasters) -> Rasters:
        if isinstance(raster, dict):
            for each in raster.values():
                cls._check_names(each)
            found = {
                source.family if (source := _public(each)) else None for each in raster.values()
            }
            if len(found) > 1:
                raise ValueError(
                    "different embeddings, which one model cannot map; give years of one of them"
                )
            return raster
        paths = listed(raster)
        classes = [path for path in paths if named(path, "landcover")]
        if classes:
            raise ValueError(f"{classes[0]} is a public dataset of classes, not an embedding")
        public = [path for path in paths if named(path, "embedding")]
        if public and len(paths) > 1:
            raise ValueError(f"{public[0]} is a public dataset; name it alone, without other tiles")
        return raster

    @model_validator(mode="after")
    def _check_own(self) -> EmbeddingConfig:
        """Refuse to be told of a public dataset what it says itself."""
        source = self.public
        if source is None:
            return self
        own = _encoding_of(source)
        if self.encoding != own:
            raise AtKeyError("encoding", f"{source.name} is {own}; leave the key out")
        if self.nodata is not None:
            raise AtKeyError("nodata", f"{source.name} brings its own; leave the key out")
        return self

    @property
    def by_year(self) -> dict[int, list[str]]:
        """The rasters of each year, in the order of the years; none where there are no years."""
        raster = self.raster
        return {y: listed(raster[y]) for y in raster} if isinstance(raster, dict) else {}

    @property
    def main_year(self) -> int | None:
        """The year whose map is that of the run: the first that is trained on."""
        return (self.train or [*self.by_year])[0] if self.by_year else None

    @property
    def further_years(self) -> list[int]:
        """The others, in their order."""
        return [year for year in self.by_year if year != self.main_year]

    @property
    def rasters(self) -> list[str]:
        """The paths, or the name of a public dataset; those of the main year, where it has one."""
        if isinstance(self.raster, dict):
            return self.by_year[self.main_year or 0]
        return listed(self.raster)

    @property
    def public(self) -> PublicSource | None:
        """The public dataset that is named; None for rasters of the user's own."""
        return _public(self.rasters)


def _public(raster: object) -> PublicSource | None:
    name = raster[0] if isinstance(raster, list) and len(raster) == 1 else raster
    return named(name, "embedding") if isinstance(name, str) else None


def _encoding_of(source: PublicSource) -> str:
    return _ENCODINGS.get(source.family, "float")

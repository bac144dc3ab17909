"""The section `dataset.elevation`: where heights come from."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from landloom.addresses import is_remote, restored, stand_in
from landloom.config.checks import Fraction, Section
from landloom.config.paths import check_raster, check_rasters, listed, refuse_credentials
from landloom.errors import LandloomError
from landloom.raster.degree_tiles import TileTemplate
from landloom.sources.catalogue import PublicSource, named, names

Resampling = Literal[
    "nearest", "bilinear", "cubic", "cubic_spline", "lanczos", "average", "mode", "max", "min",
    "med", "q1", "q3",
]  # fmt: skip


class ElevationConfig(Section):
    """Where heights come from, and what happens to their voids."""

    source: Annotated[str | list[str], Field(json_schema_extra={"minLength": 1, "minItems": 1})]
    """`COP30`, the public bucket of Copernicus GLO-30; a product of the elevation package: `MAPZEN`
    (also called `SRTM1`), `GLO-30`, `GLO-90`, `AW3D30`, `SRTM1_GEOID`, `SRTM1_ELLIP`, `SRTM3`; a
    template of 1° tiles by path or address, such as `dem/{ns}{lat}{ew}{lon}.tif`; one raster, by
    path or address, in any CRS; or a list of rasters on one pixel grid, where each fills in what
    those before it lack."""
    max_nodata: Fraction = 0.25
    """Largest share of a patch, from 0 to 1, that may be void; a patch with more is dropped.
    Smaller voids are filled in from the heights around them."""
    resampling: Resampling = "bilinear"
    """How heights are resampled to the patches' pixels; the names are GDAL's."""
    nodata: float | None = None
    """Height that stands for 'no data', in metres, where the source does not declare it. If left
    out: what the source declares."""

    @property
    def rasters(self) -> list[str]:
        """The paths or addresses of rasters; none where elevation comes in tiles."""
        return [] if self.tiled else listed(self.source)

    @property
    def _only(self) -> str:
        """What the source says, where it is not several rasters."""
        return self.source if isinstance(self.source, str) else ""

    @property
    def public(self) -> PublicSource | None:
        """The public product; None for a source of the user's own."""
        return named(self._only, "elevation", "product")

    @property
    def template(self) -> TileTemplate | None:
        """The tile template; None for a single raster and for products of the package."""
        source = self.public.url if self.public else restored(self._only)
        return TileTemplate(source) if "{" in source else None

    @property
    def tiled(self) -> bool:
        """Whether elevation comes in tiles, and not as one raster."""
        return self.public is not None or "{" in restored(self._only)

    @property
    def fetched(self) -> bool:
        """Whether tiles come over a network."""
        return self.public is not None or (self.tiled and is_remote(self._only))

    @property
    def address(self) -> str:
        """What tiles are fetched from: a template, or the name of the package's product."""
        if self.public is None:
            return self._only
        return self.public.url or self.public.name

    @property
    def store(self) -> str:
        """The folder where fetched tiles are kept, whatever region or results they serve."""
        if self.public is not None:
            return f"resources/elevation/{self.public.name}"
        host = re.sub(r"[^\w.-]", "", self._only.split("/")[2])
        digest = sha256(restored(self._only).encode()).hexdigest()
        return f"resources/elevation/{host}-{digest[:8]}"

    @field_validator("source")
    @classmethod
    def _check_source(cls, source: str | list[str], info: ValidationInfo) -> str | list[str]:
        if isinstance(source, list):
            return _check_list(source, info)
        if not source:
            raise ValueError("must not be empty")
        if named(source, "elevation", "product"):
            return source
        refuse_credentials(source)
        if "{" not in source:
            return _check_elevation_raster(source, info)
        if is_remote(source) and not re.match(r"(https?|s3)://", source):
            raise ValueError(
                "tiles are fetched from https://, http:// or s3://, or lie in a folder"
            )
        if "<" in source and not is_remote(source):
            raise ValueError(
                "has an angle bracket, which Snakemake takes for a wildcard; rename the folder"
            )
        try:
            TileTemplate(source)
        except LandloomError as error:
            raise ValueError(str(error)) from None
        return stand_in(source)


def _check_list(sources: list[str], info: ValidationInfo) -> str | list[str]:
    """Refuse a list of anything but rasters."""
    for source in sources:
        if "{" in source or named(source, "elevation", "product"):
            what = "is a template of tiles" if "{" in source else "is a public product"
            raise ValueError(
                f"{source} {what}, and a list holds rasters only; give it alone, without a list"
            )
    return check_rasters(sources, info)


def _check_elevation_raster(source: str, info: ValidationInfo) -> str:
    if named(source, "landcover", "embedding"):
        raise ValueError("is a public dataset of something else than heights")
    try:
        return check_raster(source, info)
    except ValueError as error:
        known = names("elevation", "product")
        if re.fullmatch(r"[\w-]+", source):
            raise ValueError(
                f"is neither a file nor a public product; those are {', '.join(known)}"
            ) from None
        raise error from None

"""The section `dataset.landcover`: the classes that patches are cut from."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from landloom.config.checks import AtKeyError, Fraction
from landloom.config.class_rasters import ClassRasters
from landloom.config.paths import RasterPaths, listed
from landloom.errors import LandloomError
from landloom.legend.legends import WATER, Legend, load_legend
from landloom.sources.catalogue import named


def _no_truth(code: object) -> object:
    """Refuse true and false, which else would pass for 1 and 0: `yes` and `no` in YAML."""
    if isinstance(code, bool):
        raise ValueError("must be a whole number")
    return code


Code = Annotated[int, BeforeValidator(_no_truth), Field(strict=False)]
"""A code as the key of a line, which JSON has as text."""


class LandcoverConfig(ClassRasters):
    """The land-cover raster that patches are cut from."""

    raster: RasterPaths
    """Single-band raster of whole-number class codes: a path, an address (`https://`, `s3://`) or
    anything else that GDAL opens, in any CRS; a list of tiles on one pixel grid; or the name of a
    public dataset: `nlcd-1985` to `nlcd-2024`, `mapbiomas-1985` to `mapbiomas-2024`,
    `worldcover-2020`, `worldcover-2021`."""
    legend: str | None = None
    """What the codes mean: `nlcd`, `worldcover`, or a CSV file with the columns `code,name,color`
    (colours as RRGGBB). If left out: the legend of the public dataset, else `nlcd`; `mapbiomas`
    brings none, and needs this key."""
    unknown: list[Annotated[int, Field(ge=0, le=65_535)]] | None = None
    """Codes that mean 'not known', besides the raster's nodata; a patch with a single such pixel is
    dropped. If left out: 0, and the nodata code of the public dataset."""
    reject: dict[Code, Fraction] | None = None
    """Largest share of a patch, from 0 to 1, that a class may cover, for each code that has a
    limit; a patch with more is dropped. `{}` sets no limit. If left out: 0.9 for open water, where
    the legend is `nlcd` or `worldcover`."""
    resolution: Annotated[float, Field(ge=0.01, le=100_000)] = 30.0
    """Size of a pixel on the ground, in metres, or more; set it where pixels are larger than the
    default. It tells how far patches reach, and so which elevation tiles a cell may touch; a value
    that is too small is refused."""

    @property
    def rasters(self) -> list[str]:
        """The paths, or the names of public datasets."""
        return listed(self.raster)

    @property
    def joined(self) -> list[str]:
        """The paths, where they are read through one description; none for one of the user's own.

        Public datasets always are: which of their addresses serves is chosen when the run needs it.
        """
        return self.rasters if self.public or len(self.rasters) > 1 else []

    @property
    def classes(self) -> Legend:
        """The legend itself."""
        return load_legend(self.legend_name)

    @property
    def legend_name(self) -> str:
        """The legend in force: a built-in one, or a CSV."""
        return _legend_name(self.legend, self.raster)

    @property
    def unknown_codes(self) -> list[int]:
        """The codes that mean 'not known', ascending."""
        if self.unknown is not None:
            return sorted(self.unknown)
        return sorted({0} | {source.nodata for source in self.public if source.nodata})

    @property
    def rejected(self) -> dict[int, float]:
        """Code to largest share, in order of the codes."""
        if self.reject is None:
            legend = self.legend_name
            return {WATER[legend]: 0.9} if legend in WATER else {}
        return dict(sorted(self.reject.items()))

    @field_validator("legend")
    @classmethod
    def _check_legend(cls, legend: str | None) -> str | None:
        try:
            load_legend(legend or "nlcd")
        except LandloomError as error:
            raise ValueError(str(error)) from None
        return legend

    @field_validator("reject")
    @classmethod
    def _check_reject(
        cls, reject: dict[int, float] | None, info: ValidationInfo
    ) -> dict[int, float] | None:
        if reject is None or "legend" not in info.data:
            return reject
        legend = _legend_name(info.data["legend"], info.data.get("raster", []))
        known = load_legend(legend)
        strangers = [code for code in reject if code not in known]
        if strangers:
            raise ValueError(
                f"codes {strangers} are not in the legend {legend}; "
                f"it has {', '.join(map(str, known))}"
            )
        return reject

    @model_validator(mode="after")
    def _check_legend_is_known(self) -> LandcoverConfig:
        without = [source for source in self.public if source.legend is None]
        if without and self.legend is None:
            raise AtKeyError(
                "legend",
                f"is missing: {without[0].name} has no built-in legend; name a CSV file with the "
                f"columns code,name,color (its codes are told at {without[0].page})",
            )
        return self


def _legend_name(legend: str | None, raster: str | list[str]) -> str:
    """Return the legend that is set, or else that of the public dataset, or else NLCD's."""
    public = (named(path, "landcover") for path in listed(raster))
    return legend or next((source.legend for source in public if source and source.legend), "nlcd")

"""The section `map.validation`: independent reference points, and the draw of pixels to label."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from landloom.config.checks import AtKeyError, Section, Seed
from landloom.config.paths import TablePath
from landloom.map.table_files import kind_of

MOST_DRAWN = 1_000_000
"""Points of a sample: nobody labels more."""


class DrawConfig(Section):
    """The stratified random sample of the map's pixels that is drawn to be labelled."""

    n: Annotated[int, Field(ge=2, le=MOST_DRAWN)] | None = None
    """Number of points. If left out: as many as `standard_error` needs."""
    standard_error: Annotated[float, Field(ge=0.001, lt=0.5)] | None = None
    """Standard error of the overall accuracy that the sample is to reach, if the classes on the map
    are as accurate as the samples held out tell (50 to 95 % are supposed of each, 50 % with a
    finished model); in place of `n`.
    If left out: 0.01, unless `n` is given."""
    per_class_min: Annotated[int, Field(ge=2, le=MOST_DRAWN)] = 50
    """Points that each class of the map gets at least, as far as it has pixels."""
    allocation: Literal["proportional", "equal", "neyman"] = "proportional"
    """How the rest is shared out: `proportional` to the classes' pixels, which suits areas;
    `equal`, which suits the accuracy of each class on the map; `neyman`, by pixels times the
    standard deviation supposed, which suits the overall accuracy."""
    seed: Seed = 42
    """Seed of the draw."""

    @model_validator(mode="after")
    def _check(self) -> DrawConfig:
        if self.n is not None and self.standard_error is not None:
            raise AtKeyError("n", "and 'standard_error' both say how many points; keep one of them")
        return self


class ValidationConfig(Section):
    """Accuracy and areas as independent reference points tell them, with their intervals."""

    table: TablePath | None = None
    """Path of the reference points, none of which the model learned from: a CSV file with a header
    line, a GeoPackage, GeoJSON, Shapefile, FlatGeobuf or Parquet file of points, such as
    `map/validation_sample.gpkg` once it is labelled. Copy it out of the folder of results first. If
    left out: nothing is estimated."""
    layer: str | None = None
    """Name of the table's layer. If left out: the only one of the file."""
    x: str = "lon"
    """Name of the table's column of longitudes, or of x coordinates, where it has no shapes."""
    y: str = "lat"
    """Name of the table's column of latitudes, or of y coordinates, where it has no shapes."""
    label: str = "label"
    """Name of the column of classes in reference: as the map's own reference writes them, or names
    of its classes, or the map's values."""
    crs: str = "EPSG:4326"
    """Coordinate reference system of these coordinates; shapes bring their own."""
    stratum: str | None = "stratum"
    """Name of the column of the strata in which points were drawn; a table need not have the
    default one. Without, or with null, strata are the map's classes at the points, and their sizes
    the true areas of these."""
    weight: str | None = "weight"
    """Name of the column of weights: pixels of the map that a point stands for, which are those of
    its stratum over the points in it. Needed where strata are not the map's classes."""
    seed: Seed = 42
    """Seed of the drawn intervals."""
    draw: DrawConfig | None = None
    """The sample of pixels that is drawn to be labelled, `map/validation_sample.gpkg`. If left
    out: it is drawn only when it is asked for by name."""

    @model_validator(mode="after")
    def _check(self) -> ValidationConfig:
        if self.table is None and self.draw is None:
            raise AtKeyError(
                "table", "is missing, and so is 'draw'; name a table of points, or draw a sample"
            )
        if self.layer is not None and not (self.table and kind_of(self.table) == "places"):
            raise AtKeyError("layer", "is for a table with layers, as a GeoPackage; leave it out")
        return self

    @property
    def needed(self) -> list[str]:
        """Columns of stratum and weight that have to be there: those of other names than usual."""
        return [
            name
            for key in ("stratum", "weight")
            if (name := getattr(self, key)) not in (None, type(self).model_fields[key].default)
        ]

"""The section `map`: a land-cover map from an embedding."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator, model_validator

from landloom.addresses import shown
from landloom.config.allocation import Allocation, check_allocation
from landloom.config.applicability import ApplicabilityConfig
from landloom.config.calibration import CalibrationConfig
from landloom.config.checks import AtKeyError, Fraction, OpenFraction, Section, Seed
from landloom.config.class_rasters import ClassRasters
from landloom.config.crossval import CrossvalConfig, Scheme
from landloom.config.embedding import EmbeddingConfig
from landloom.config.generalise import GeneraliseConfig
from landloom.config.model import ModelConfig
from landloom.config.model_file import SECTIONS, ModelPath
from landloom.config.paths import RasterPaths, TablePath, check_table, listed, shared_raster
from landloom.config.region import Region
from landloom.config.tuning import TuningConfig
from landloom.config.validation import ValidationConfig
from landloom.legend.legends import BUILT_IN
from landloom.map.blocks import PREDICTED
from landloom.map.table_files import kind_of

MOST_POINTS = 10_000_000
"""Points with the vectors of 64 bands: 2.6 GB."""

MOST_SAMPLES = 1_000_000
"""A job that fits 1,200 trees to them takes 30 GB."""

LARGEST_BLOCK = 8192
"""A job that predicts such a block of 64 bands takes 10 GB in bytes, 40 GB in floats."""


_TABLE_KEYS = {"x", "y", "label", "crs", "group", "year", "layer", "where", "per_polygon", "seed"}


class ReferenceConfig(ClassRasters):
    """The labels that are learned: a raster of classes, or a table of points."""

    raster: RasterPaths | None = None
    """Raster of class codes from which points are drawn, in any CRS and pixel size: a path, an
    address or anything else that GDAL opens; a list of them; or the name of a public dataset:
    `nlcd-1985` to `nlcd-2024`, `mapbiomas-1985` to `mapbiomas-2024`, `worldcover-2020`,
    `worldcover-2021`. If left out, `table` is needed; only one of the two may be given."""
    band: Annotated[int, Field(ge=1, le=65_535)] = 1
    """Number of the raster's band that holds the classes, counted from 1."""
    table: TablePath | None = None
    """Path of labelled points or polygons: a CSV file of points with a header line, a GeoPackage
    (`.gpkg`), GeoJSON (`.geojson`), Shapefile (`.shp`), FlatGeobuf (`.fgb`) or Parquet file
    (`.parquet`). Polygons give the pixels of the embedding whose centres they hold. If left out,
    `raster` is needed."""
    layer: str | None = None
    """Name of the table's layer. If left out: the only one of the file."""
    where: str | None = None
    """Which rows of the table count, as SQL of its columns, such as `year = 2021 and class <>
    'cloud'`; not for CSV and Parquet files. If left out: all."""
    per_polygon: Annotated[int, Field(ge=1, le=MOST_POINTS)] | None = None
    """Pixels that are taken of each polygon at most, at random. If left out: all."""
    x: str = "lon"
    """Name of the table's column of longitudes, or of x coordinates, where it has no shapes."""
    y: str = "lat"
    """Name of the table's column of latitudes, or of y coordinates, where it has no shapes."""
    label: str = "class"
    """Name of the table's column of classes, which may be numbers or text."""
    group: str | None = None
    """Name of the table's column of groups, such as plots, farms or visits, of which each stays on
    one side in a cross-validation by `group`. If left out: pixels of polygons go by their polygon,
    points have no groups."""
    year: str | None = None
    """Name of the table's column of years: each point is read in its own year, where that is one of
    `map.embedding.train`, and in no other. If left out: in all of them."""
    crs: str | None = None
    """Coordinate reference system of the table's coordinates. If left out: what the file says of
    its shapes; of a CSV, and a Parquet file without shapes, EPSG:4326, longitude and latitude in
    degrees."""
    conflicts: Literal["drop", "majority"] = "drop"
    """What becomes of points or polygons of a table whose classes contradict each other on a pixel
    of the embedding: `drop`, they are left out; `majority`, the class with most points there
    stays, none where two have as many. `map/conflicts.csv` lists them."""
    classes: str | None = None
    """Which value of the map each code or label becomes: `worldcover`, `nlcd`, or a CSV file with
    the columns `code,value[,name,color]`, where codes may be text, values are 0 to 254, and several
    codes may share one. If left out: the legend of the public dataset, else the codes
    themselves; labels of a table that are text are numbered from 1, in sorted order."""
    palette: Literal["usual", "colorblind"] = "usual"
    """Colours of the classes: `usual`, those that the legend gives, else those that are expected
    of a name (forest green, water blue, in several languages), else any that differ; `colorblind`,
    eight that colour-blind readers tell apart, in place of all of these."""
    n_points: Annotated[int, Field(ge=1, le=MOST_POINTS)] = 10_000
    """How many points are drawn from the raster."""
    per_class_min: Annotated[int, Field(ge=1, le=MOST_POINTS)] | None = None
    """Points drawn from the raster of each class at least, as far as it has pixels. If left out: as
    many as `map.samples` says."""
    allocation: Allocation = "proportional"
    """How the points drawn from the raster are shared out: as in `map.samples`."""
    seed: Seed = 42
    """Seed of the random draw of points, and of pixels of polygons."""

    @property
    def rasters(self) -> list[str]:
        """The paths, or the names of public datasets; none where a table is given."""
        return listed(self.raster or [])

    @property
    def classes_table(self) -> str | None:
        """A built-in legend or a CSV; None where the codes stand for themselves."""
        return self.classes or next((source.legend for source in self.public), None)

    @field_validator("classes")
    @classmethod
    def _check_classes(cls, classes: str | None, info: ValidationInfo) -> str | None:
        if classes is None or classes in BUILT_IN:
            return classes
        try:
            return check_table(classes, info)
        except ValueError as error:
            raise ValueError(f"{error} (built in are {', '.join(BUILT_IN)})") from None

    @model_validator(mode="after")
    def _check(self) -> ReferenceConfig:
        if (self.raster is None) == (self.table is None):
            found = "neither is" if self.raster is None else "both are"
            raise AtKeyError("raster", f"name a raster or a table, one of them; {found} given")
        if self.group is not None and self.table is None:
            raise AtKeyError(
                "group",
                f"{self.group}: is a column of a table, but a raster is given; leave it out",
            )
        if self.year is not None and self.table is None:
            raise AtKeyError(
                "year", f"{self.year}: is a column of a table, but a raster is given; leave it out"
            )
        return self

    @model_validator(mode="after")
    def _check_kind(self) -> ReferenceConfig:
        """Refuse keys that say nothing of labels of this kind."""
        kind = kind_of(self.table) if self.table else None
        if self.table and (self.per_class_min or self.allocation != "proportional"):
            key = "per_class_min" if self.per_class_min else "allocation"
            raise AtKeyError(
                key, f"is of points drawn from a raster; give it as map.samples.{key} for a table"
            )
        for key in ("layer", "where"):
            if getattr(self, key) is not None and kind != "places":
                raise AtKeyError(
                    key,
                    "is for a table with layers: a GeoPackage, GeoJSON, Shapefile or FlatGeobuf; "
                    "leave it out",
                )
        if self.per_polygon is not None and kind in (None, "csv"):
            raise AtKeyError("per_polygon", "is for a table of polygons; leave it out")
        check_allocation(self.allocation, self.n_points, "n_points")
        return self

    @property
    def may_have_polygons(self) -> bool:
        """Whether the table is of a kind that may hold polygons, which are groups themselves."""
        return self.table is not None and kind_of(self.table) != "csv"


class SamplesConfig(Section):
    """The samples that a classifier learns from and is judged by."""

    n: Annotated[int, Field(ge=2, le=MOST_SAMPLES)] = 5000
    """Largest number of samples, training and test together; where several years are trained on, of
    places, each of which gives a sample for every year."""
    min_share: Fraction = 0.01
    """Smallest share of the labelled points, from 0 to 1, that a class must have; classes below it
    are left out of the map, and named first in its report; not those with `per_class_min` points,
    and those that `allocation` names."""
    per_class_min: Annotated[int, Field(ge=1, le=MOST_SAMPLES)] | None = None
    """Samples of each class at least, as far as it has points. If left out: 1, of the classes that
    `min_share` leaves."""
    allocation: Allocation = "proportional"
    """How the samples are shared out: `proportional` to the points of the classes; `equal`, as many
    of each class, as far as it has points; or lines `class: number`, by the names, labels or values
    of classes, for as many of these, and the others in proportion to what is left of `n`."""
    test_fraction: OpenFraction = 0.2
    """Share of the samples, above 0 and below 1, that is held out to judge the classifier, the same
    of each class."""
    seed: Seed = 42
    """Seed of the random choice of samples, and of their split into training and test."""

    @model_validator(mode="after")
    def _check(self) -> SamplesConfig:
        check_allocation(self.allocation, self.n, "n")
        if (self.per_class_min or 0) > self.n:
            raise AtKeyError("per_class_min", f"is more than 'n', {self.n}; lower it, or raise 'n'")
        return self


class PredictConfig(Section):
    """The map that is written."""

    crs: str = "native"
    """Coordinate reference system of the map: `native`, that of the embedding, or where it has
    several zones, of the one that holds most of the area; `auto`, an equal-area one centred on the
    region; or another one by name, such as `EPSG:3035`. Where it is not the embedding's own, every
    pixel gets the label predicted nearest to its centre, and the maps of the zones are kept beside
    it."""
    block: Annotated[int, Field(ge=64, le=LARGEST_BLOCK)] = 1024
    """Rows and columns that are predicted at once, in pixels; larger blocks need more memory."""
    sheet: Annotated[int, Field(ge=1, le=256)] | None = None
    """Blocks along each side of a sheet, the square of blocks that one job makes, as one file; 1:
    each block has a job of its own. If left out, that is so in maps of up to 5,000 blocks of 1024
    pixels; of more, a sheet has so many that there are at most 5,000 of them, and of smaller blocks
    so many as make up 1024 pixels, where there are more than 256. Its job needs the memory of a
    block of 1024 pixels, or of its own where that is larger."""
    confidence: bool = True
    """Whether to map the confidence as well: the share of the forest's votes that the winning class
    got; of a logistic regression, its probability; of nearest neighbours, its share of these."""
    probabilities: bool = False
    """Whether to map the same of every class as well, one band for each class."""
    polygons: bool = False
    """Whether to write the map as polygons as well, a GeoPackage with one for each patch of a
    class; of the generalised map, if there is one."""

    @field_validator("crs")
    @classmethod
    def _lower(cls, crs: str) -> str:
        """Return the words that are no names as they are known, however they are written."""
        word = crs.strip().lower()
        return word if word in ("native", "auto") else crs


_TUNING_SCHEMES: dict[int | str, Scheme] = {
    "spatial": "knndm",
    "knndm": "knndm",
    "blocks": "blocks",
    "group": "group",
}


class MapConfig(Section):
    """A land-cover map, made from an embedding by a classifier, a random forest unless told."""

    region: Region | None = None
    """The area that is mapped. Needed where the embedding is a public dataset. If left out: all of
    the embedding is mapped."""
    embedding: EmbeddingConfig
    """The raster that is mapped."""
    model: Annotated[
        Annotated[ModelPath, Tag("[file]")] | Annotated[ModelConfig, Tag("[kind]")],
        Discriminator(lambda given: "[file]" if isinstance(given, str) else "[kind]"),
    ] = ModelConfig()
    """Which classifier is made of `reference` and makes the map, and which it is compared with; or
    the path of a finished model, the `map/model.zip` of another run, with which the embedding is
    mapped: no labels are needed then."""
    reference: ReferenceConfig | None = None
    """The labels that are learned. If left out: `model` has to be a file."""
    samples: SamplesConfig = SamplesConfig()
    """How many labelled points are used, and how they are split."""
    tuning: TuningConfig = TuningConfig()
    """The search for the classifier's parameters."""
    predict: PredictConfig = PredictConfig()
    """What is mapped, and in what blocks."""
    generalise: GeneraliseConfig | None = None
    """A copy of the map without specks. If left out: none."""
    crossval: CrossvalConfig | None = None
    """Cross-validation beside the random split, spatial too. If left out: none, or as its defaults
    say where another section needs its folds."""
    applicability: ApplicabilityConfig | None = None
    """Where the map may be believed: dissimilarity to the samples, area of applicability, density
    of samples. If left out: none of them."""
    calibration: CalibrationConfig | None = None
    """Calibrated probabilities and sets of classes. If left out: the shares stay votes."""
    validation: ValidationConfig | None = None
    """Accuracy and areas estimated from independent reference points. If left out: the report tells
    of the samples held out alone."""

    @field_validator(*SECTIONS, mode="before")
    @classmethod
    def _refuse_beside_a_model(cls, section: Any, info: ValidationInfo) -> Any:  # noqa: ANN401
        if isinstance(info.data.get("model"), str) and section is not None:
            raise ValueError(f"{SECTIONS[info.field_name or '']}; leave one of the two out")
        return section

    @field_validator("reference")
    @classmethod
    def _refuse_the_embedding(
        cls, reference: ReferenceConfig | None, info: ValidationInfo
    ) -> ReferenceConfig | None:
        embedding = info.data.get("embedding")
        if not (reference and embedding):
            return reference
        mapped = [path for paths in embedding.by_year.values() for path in paths]
        if same := shared_raster(reference.rasters, mapped or embedding.rasters):
            raise AtKeyError(
                "raster",
                f"{shown(same)}: is the embedding, 'map.embedding.raster', too: a map would be "
                "judged by the numbers that it is made from; name a raster of classes here, and "
                "there the one that is mapped",
            )
        return reference

    @field_validator("applicability")
    @classmethod
    def _refuse_folds_beside_a_model(
        cls, section: ApplicabilityConfig | None, info: ValidationInfo
    ) -> ApplicabilityConfig | None:
        if (
            isinstance(info.data.get("model"), str)
            and section
            and "folds" in section.model_fields_set
        ):
            raise AtKeyError("folds", "comes with the model of 'map.model'; leave it out")
        return section

    @model_validator(mode="after")
    def _check_origin(self) -> MapConfig:
        if self.reference is None and self.model_file is None:
            raise AtKeyError(
                "reference",
                "is missing, and so is 'model'; add labels to learn from, or name a finished model",
            )
        return self

    @property
    def model_file(self) -> str | None:
        """Path of a finished model; None where the model is made."""
        return self.model if isinstance(self.model, str) else None

    @property
    def training_years(self) -> list[int]:
        """Years whose vectors the samples have, the main one first; none without years."""
        years = list(self.embedding.by_year)
        own_years = self.reference and self.reference.year
        return self.embedding.train or (years if own_years else years[:1])

    @model_validator(mode="after")
    def _check_years(self) -> MapConfig:
        if self.reference and self.reference.year and not self.embedding.by_year:
            raise AtKeyError(
                "reference.year",
                f"{self.reference.year}: is for an embedding of several years; name these as "
                "map.embedding.years, or leave the key out",
            )
        if self.model_file and self.embedding.train:
            raise AtKeyError(
                "embedding.train",
                "says what a model learns from, but that of 'map.model' is made already; leave one "
                "of the two out",
            )
        return self

    @property
    def predicted(self) -> str:
        """What of `PREDICTED` the blocks have to hold."""
        if self.predict.probabilities or self.calibration:
            return PREDICTED[2]
        return PREDICTED[1 if self.predict.confidence else 0]

    @property
    def folds(self) -> CrossvalConfig:
        """How folds are cut, with or without the section."""
        return self.crossval or CrossvalConfig()

    @property
    def tuning_scheme(self) -> Scheme | None:
        """Scheme of the folds of the tuning; None for those that are stratified, not shuffled."""
        return _TUNING_SCHEMES.get(self.tuning.folds)

    @property
    def tuning_folds(self) -> int:
        """Number of folds of the tuning."""
        return self.tuning.folds if isinstance(self.tuning.folds, int) else self.folds.n

    @property
    def schemes(self) -> list[Scheme]:
        """Schemes whose folds some section needs, each once; none of a finished model."""
        if self.model_file:
            return []
        by_points = self.calibration and self.calibration.fit_on == "validation"
        sections = [self.applicability, None if by_points else self.calibration]
        needed = [section.folds for section in sections if section]
        return list(dict.fromkeys([*(self.crossval.schemes if self.crossval else []), *needed]))

    @property
    def table_columns(self) -> dict[str, Any]:
        """What of the labels' table counts: its columns, its layer and rows, and of which years."""
        if self.reference is None:
            return {}
        years = {"years": self.training_years} if self.training_years else {}
        return {**self.reference.model_dump(include=_TABLE_KEYS), **years}

    @property
    def points_per_class(self) -> int | None:
        """The least number of points of a class that are drawn: that of its samples, unless given.

        A class has as many samples as it has points.
        """
        return (self.reference and self.reference.per_class_min) or self.samples.per_class_min

    @property
    def by_group(self) -> bool:
        """Whether some folds are cut by groups."""
        return "group" in (*self.schemes, self.tuning_scheme)

    @model_validator(mode="after")
    def _check_groups(self) -> MapConfig:
        reference = self.reference
        if self.by_group and reference and not (reference.group or reference.may_have_polygons):
            remedy = "name the table's column of groups"
            if reference.table is None:
                remedy = "give a table with a column of groups, or take other folds"
            raise AtKeyError(
                "reference.group", f"is missing, but folds by 'group' are asked for; {remedy}"
            )
        return self

    @model_validator(mode="after")
    def _check_calibration(self) -> MapConfig:
        asked = self.calibration and self.calibration.fit_on == "validation"
        if asked and not (self.validation and self.validation.table):
            raise AtKeyError(
                "calibration.fit_on",
                "validation needs 'map.validation.table', which is missing; name a table of "
                "reference points there, or calibrate on 'folds'",
            )
        return self

    @model_validator(mode="after")
    def _check(self) -> MapConfig:
        source = self.embedding.public
        if source and self.region is None:
            raise AtKeyError(
                "region",
                f"is missing: {source.name} is fetched for a region only; add the box to be "
                "mapped, as {west: 5.1, south: 52.0, east: 5.2, north: 52.1}",
            )
        return self

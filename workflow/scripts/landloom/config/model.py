"""The configuration: one strict model of the YAML, and its errors told all at once.

Parsing a workflow imports this module for every run and every cluster job, so it stays light.
"""

from __future__ import annotations

import difflib
import json
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from landloom.config.file_lookup import FileLookup
from landloom.dataset.cells import Grid
from landloom.errors import ConfigError, LandloomError
from landloom.legend.legends import BUILT_IN, WATER, Legend, load_legend
from landloom.raster.bounds import Bounds
from landloom.raster.degree_tiles import TileTemplate, nearby_tiles, tile_corner
from landloom.raster.remote import has_credentials, is_remote
from landloom.sources.catalogue import PublicSource, is_local, named, names, resolve


class _AtKeyError(ValueError):
    """An error that concerns one key of the section that was checked."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


class _SecretError(ValueError):
    """An error whose value must not be shown."""


class Section(BaseModel):
    """A section of the YAML: typed strictly, unknown keys refused, never changed."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


@dataclass(frozen=True)
class _Between:
    """Keep a number between two limits, with or without the limits themselves."""

    low: float
    high: float
    closed: bool = True

    def __call__(self, value: float) -> float:
        """Return a value that lies between the limits."""
        if not self.low <= value <= self.high:
            raise ValueError(f"must lie between {self.low:g} and {self.high:g}")
        if not self.closed and value in (self.low, self.high):
            raise ValueError(f"must lie between {self.low:g} and {self.high:g}, and be neither")
        return value

    @property
    def field(self) -> Any:  # noqa: ANN401
        """The limits in the words of a JSON schema."""
        words = ("minimum", "maximum") if self.closed else ("exclusiveMinimum", "exclusiveMaximum")
        return Field(json_schema_extra=dict(zip(words, (self.low, self.high), strict=True)))


_OPEN, _CLOSED = _Between(0, 1, closed=False), _Between(0, 1)
_LON, _LAT = _Between(-180, 180), _Between(-90, 90)
OpenFraction = Annotated[float, AfterValidator(_OPEN), _OPEN.field]
Fraction = Annotated[float, AfterValidator(_CLOSED), _CLOSED.field]
Longitude = Annotated[float, AfterValidator(_LON), _LON.field]
Latitude = Annotated[float, AfterValidator(_LAT), _LAT.field]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]


def _check_raster(path: str, info: ValidationInfo) -> str:
    """Refuse a local file that is neither there nor made by a rule, and a secret."""
    _refuse_credentials(path)
    places = _files(info)
    if places is None or not is_local(path) or places.may_have(path):
        return path
    close = difflib.get_close_matches(path, names("landcover"), n=1, cutoff=0.8)
    meant = f", or did you mean the public dataset '{close[0]}'?" if close else ""
    raise ValueError(f"no such file (looked in {Path.cwd()}); correct the path{meant}")


def _files(info: ValidationInfo) -> FileLookup | None:
    """Return what is known about files; None where none is to be looked for."""
    return (info.context or {}).get("places")


def _refuse_credentials(path: str) -> None:
    if has_credentials(path):
        raise _SecretError(
            "carries a password or a signature, which do not belong into a configuration; give "
            "them through GDAL's environment variables (AWS_ACCESS_KEY_ID, GDAL_HTTP_USERPWD, ...)"
        )


def _check_tile(name: str) -> str:
    """Refuse what is not the name of a tile."""
    try:
        tile_corner(name)
    except LandloomError:
        raise ValueError("must be the name of a tile, such as N42W117") from None
    return name


TileName = Annotated[
    str,
    AfterValidator(_check_tile),
    Field(json_schema_extra={"pattern": r"^[NS]\d\d[EW]\d{3}$"}),
]
RasterPath = Annotated[str, Field(min_length=1), AfterValidator(_check_raster)]


def _check_table(path: str, info: ValidationInfo) -> str:
    """Refuse a table that is no local file."""
    if is_remote(path):
        raise ValueError("tables are read from files; fetch it, or list it under 'downloads'")
    return _check_raster(path, info)


TablePath = Annotated[str, Field(min_length=1), AfterValidator(_check_table)]


def _check_rasters(paths: str | list[str], info: ValidationInfo) -> str | list[str]:
    """Refuse a list that is empty or names files that are not there."""
    problems = []
    for path in _listed(paths):
        try:
            _check_raster(path, info)
        except _SecretError:
            raise
        except ValueError as error:
            problems.append(f"{path}: {error}" if isinstance(paths, list) else str(error))
    if problems or "" in (_listed(paths) or [""]):
        raise ValueError("; ".join(problems) or "must not be empty")
    return paths


def _listed(paths: str | list[str]) -> list[str]:
    return [paths] if isinstance(paths, str) else paths


def _legend_name(legend: str | None, raster: str | list[str]) -> str:
    """Return the legend that is set, or else that of the public dataset, or else NLCD's."""
    public = (named(path, "landcover") for path in _listed(raster))
    return legend or next((source.legend for source in public if source and source.legend), "nlcd")


RasterPaths = Annotated[
    str | list[str],
    AfterValidator(_check_rasters),
    Field(json_schema_extra={"minLength": 1, "minItems": 1}),
]


def _check_writable(path: str, info: ValidationInfo) -> str:
    """Refuse a folder that cannot be made or written."""
    places = _files(info)
    if places:
        folder = Path(places.moved(path)).absolute()
        there = next(place for place in (folder, *folder.parents) if place.exists())
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            raise ValueError(f"{there} is not a folder that can be written; choose another")
    return os.path.normpath(path)


class Region(Section):
    """The lon/lat box that is wanted, in degrees (EPSG:4326)."""

    west: Longitude
    south: Latitude
    east: Longitude
    north: Latitude

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


class LandcoverConfig(Section):
    """The raster that patches are cut from."""

    raster: RasterPaths
    """A single-band raster of class codes, or a list of tiles on one pixel grid; whatever GDAL
    opens, or the name of a public dataset: `nlcd-2021`, `worldcover-2021`, ..."""
    legend: str | None = None
    """`nlcd`, `worldcover`, or a CSV with the columns code,name,color. Default: that of the public
    dataset, else `nlcd`."""
    unknown: list[int] | None = None
    """Codes that mean 'not known', besides the raster's nodata. Default: 0, and the public
    dataset's own."""
    reject: dict[Annotated[int, Field(strict=False)], Fraction] | None = None
    """Code: the largest share of a patch that it may cover. Default: open water, 0.9."""
    resolution: Annotated[float, Field(gt=0)] = 30.0
    """Metres a pixel measures on the ground; tells which elevation tiles a cell may touch."""

    @property
    def rasters(self) -> list[str]:
        """The paths, or the names of public datasets."""
        return _listed(self.raster)

    @property
    def classes(self) -> Legend:
        """The legend itself."""
        return load_legend(_legend_name(self.legend, self.raster))

    @property
    def unknown_codes(self) -> list[int]:
        """The codes that mean 'not known', ascending."""
        if self.unknown is not None:
            return sorted(self.unknown)
        public = (named(path, "landcover") for path in self.rasters)
        return sorted({0} | {source.nodata for source in public if source and source.nodata})

    @property
    def rejected(self) -> dict[int, float]:
        """Code to largest share, in order of the codes."""
        if self.reject is None:
            legend = _legend_name(self.legend, self.raster)
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


class GridConfig(Section):
    """The cells and the split."""

    n: Count = 50
    """The region is cut into n x n cells."""
    test_fraction: OpenFraction = 0.2
    """Share of the cells that go to the test split."""
    buffer_km: Annotated[float, Field(ge=0)] = 0.0
    """Training patches nearer than this to a test patch are left out."""
    seed: Seed = 827

    @model_validator(mode="after")
    def _check(self) -> GridConfig:
        if int(self.n**2 * self.test_fraction) < 1:
            raise _AtKeyError(
                "test_fraction",
                f"{self.test_fraction:g}: of {self.n**2} cells gives no test cell; raise it or n",
            )
        return self


class PatchConfig(Section):
    """The samples."""

    size: Annotated[int, Field(ge=2)] = 40
    """Rows and columns of a patch, in output pixels."""
    downsample: Count = 2
    """An output pixel is the mode of downsample x downsample source pixels."""


Resampling = Literal[
    "nearest", "bilinear", "cubic", "cubic_spline", "lanczos", "average", "mode", "max", "min",
    "med", "q1", "q3",
]  # fmt: skip


class ElevationConfig(Section):
    """Where heights come from and what happens to their voids."""

    source: Annotated[str, Field(min_length=1)]
    """A public product (`MAPZEN`, `COP30`, ...), a template of 1 degree tiles by path or URL such
    as dem/{ns}{lat}{ew}{lon}.tif, or a raster."""
    max_nodata: Fraction = 0.25
    """A patch with a larger share of void pixels is dropped; smaller voids are inpainted."""
    resampling: Resampling = "bilinear"
    nodata: float | None = None
    """The void value, where the source does not name it itself."""

    @property
    def public(self) -> PublicSource | None:
        """The public product; None for a source of the user's own."""
        return named(self.source, "elevation", "product")

    @property
    def template(self) -> TileTemplate | None:
        """The tile template; None for a single raster and for products of the package."""
        source = self.public.url if self.public else self.source
        return TileTemplate(source) if "{" in source else None

    @property
    def tiled(self) -> bool:
        """Whether elevation comes in tiles, and not as one raster."""
        return self.public is not None or "{" in self.source

    @property
    def fetched(self) -> bool:
        """Whether tiles come over a network."""
        return self.public is not None or (self.tiled and is_remote(self.source))

    @property
    def address(self) -> str:
        """What tiles are fetched from: a template, or the name of the package's product."""
        if self.public is None:
            return self.source
        return self.public.url or self.public.name

    @property
    def store(self) -> str:
        """The folder where fetched tiles are kept, whatever region or results they serve."""
        if self.public is not None:
            return f"resources/elevation/{self.public.name}"
        host = re.sub(r"[^\w.-]", "", self.source.split("/")[2])
        return f"resources/elevation/{host}-{sha256(self.source.encode()).hexdigest()[:8]}"

    @field_validator("source")
    @classmethod
    def _check_source(cls, source: str, info: ValidationInfo) -> str:
        if named(source, "elevation", "product"):
            return source
        _refuse_credentials(source)
        if "{" not in source:
            return _check_elevation_raster(source, info)
        if is_remote(source) and not re.match(r"(https?|s3)://", source):
            raise ValueError(
                "tiles are fetched from https://, http:// or s3://, or lie in a folder"
            )
        try:
            TileTemplate(source)
        except LandloomError as error:
            raise ValueError(str(error)) from None
        return source


def _check_elevation_raster(source: str, info: ValidationInfo) -> str:
    try:
        return _check_raster(source, info)
    except ValueError as error:
        known = names("elevation", "product")
        if re.fullmatch(r"[\w-]+", source):
            raise ValueError(
                f"is neither a file nor a public product; those are {', '.join(known)}"
            ) from None
        raise error from None


_PIXELS_WORTH_A_JOB = 4_000_000
"""Pixels of a cell whose patches, or whose relief, take the 0.4 s of CPU that starting a job does
(`benchmarks/jobs.py`): a job that makes several such cells takes less than half for each."""


class DatasetConfig(Section):
    """Patches with a leak-free split."""

    region: Region
    landcover: LandcoverConfig
    elevation: ElevationConfig
    grid: GridConfig = GridConfig()
    patches: PatchConfig = PatchConfig()

    @property
    def cells(self) -> Grid:
        """The grid of cells over the region."""
        return Grid(self.region.bounds, self.grid.n)

    @property
    def cell_pixels(self) -> float:
        """Pixels of land cover that a cell has on average."""
        return self.cells.cell_area() / self.landcover.resolution**2

    @property
    def cell_names_of_a_job(self) -> list[str]:
        """Names of the cells that one job makes, ``{cells}`` standing for what they share.

        A whole row of cells, or just one where a cell is as much work as starting its job.
        """
        if self.cell_pixels > _PIXELS_WORTH_A_JOB:
            return ["{cells}"]
        return ["{cells}" + self.cells.column_name(column) for column in range(self.grid.n)]

    @property
    def reach(self) -> float:
        """Metres from a patch's centre to its corner, with a tenth to spare for map scale."""
        side = self.patches.size * self.patches.downsample * self.landcover.resolution
        return 1.1 * side / math.sqrt(2)

    def tiles_of(self, cell: str) -> list[str]:
        """Names of the elevation tiles that patches of a cell may touch."""
        return nearby_tiles(self.cells.cell(cell).bounds, self.reach)

    @property
    def tiles(self) -> list[str]:
        """Names of all elevation tiles that patches of the region may touch."""
        return nearby_tiles(self.region.bounds, self.reach)

    @property
    def landcover_tiles(self) -> list[str]:
        """The land cover's paths, where they are several; none where it is a single raster."""
        rasters = self.landcover.rasters
        return rasters if len(resolve(rasters, self.region.bounds)) > 1 else []

    @property
    def landcover_raster(self) -> str:
        """The single raster of land cover, or the first of its tiles."""
        return resolve(self.landcover.rasters, self.region.bounds)[0]

    @field_validator("elevation")
    @classmethod
    def _check_tiles(cls, elevation: ElevationConfig, info: ValidationInfo) -> ElevationConfig:
        places = _files(info)
        region, template = info.data.get("region"), elevation.template
        if places is None or template is None or elevation.fetched or region is None:
            return elevation
        paths = [template.path(tile) for tile in nearby_tiles(region.bounds, 0.0)]
        if not any(map(places.has, paths)):
            raise _AtKeyError(
                "source",
                f"{elevation.source}: none of the region's {len(paths)} tiles is there "
                f"(looked for {places.moved(paths[0])}); correct the template or the region",
            )
        return elevation


class EmbeddingConfig(Section):
    """The raster that is mapped."""

    raster: RasterPaths
    """Path of the embedding, or a list of tiles on one pixel grid; whatever GDAL opens."""
    encoding: Literal["float", "alphaearth"] = "float"
    """`float`: the numbers themselves. `alphaearth`: signed bytes, -128 for nodata."""
    nodata: float | None = None
    """The void value, in place of the raster's own. From four bands on, a pixel that is zero in
    every band is void as well."""

    @field_validator("raster")
    @classmethod
    def _check_no_classes(cls, raster: str | list[str]) -> str | list[str]:
        classes = [path for path in _listed(raster) if named(path, "landcover")]
        if classes:
            raise ValueError(f"{classes[0]} is a public dataset of classes, not an embedding")
        return raster

    @property
    def rasters(self) -> list[str]:
        """The paths."""
        return _listed(self.raster)


class ReferenceConfig(Section):
    """The labels: a raster of classes, or a table of points."""

    raster: RasterPaths | None = None
    """A raster of class codes, or a list of them; whatever GDAL opens, or the name of a public
    dataset: `worldcover-2021`, `nlcd-2021`, ..."""
    band: Count = 1
    """The raster's band."""
    table: TablePath | None = None
    """Path of a CSV of labelled points."""
    x: str = "lon"
    """The table's column of x or longitude."""
    y: str = "lat"
    """The table's column of y or latitude."""
    label: str = "class"
    """The table's column of classes."""
    crs: str = "EPSG:4326"
    """The CRS of the table's coordinates."""
    classes: str | None = None
    """`worldcover`, `nlcd`, or a CSV with the columns code,value[,name,color]. Default: the legend
    of the public dataset, else the codes themselves."""
    n_points: Count = 10_000
    """Points to draw from a raster."""
    seed: Seed = 42

    @property
    def rasters(self) -> list[str]:
        """The paths, or the names of public datasets; none where a table is given."""
        return _listed(self.raster or [])

    @property
    def classes_table(self) -> str | None:
        """A built-in legend or a CSV; None where the codes stand for themselves."""
        public = (named(path, "landcover") for path in self.rasters)
        return self.classes or next((source.legend for source in public if source), None)

    @field_validator("classes")
    @classmethod
    def _check_classes(cls, classes: str | None, info: ValidationInfo) -> str | None:
        if classes is None or classes in BUILT_IN:
            return classes
        try:
            return _check_table(classes, info)
        except ValueError as error:
            raise ValueError(f"{error} (built in are {', '.join(BUILT_IN)})") from None

    @model_validator(mode="after")
    def _check(self) -> ReferenceConfig:
        if (self.raster is None) == (self.table is None):
            found = "neither is" if self.raster is None else "both are"
            raise _AtKeyError("raster", f"name a raster or a table, one of them; {found} given")
        return self


class SamplesConfig(Section):
    """The samples that a forest learns from and is judged by."""

    n: Annotated[int, Field(ge=2)] = 5000
    """The largest number of samples."""
    min_share: Fraction = 0.01
    """Classes with a smaller share of the samples are removed."""
    test_fraction: OpenFraction = 0.2
    """Share that is held out for the report."""
    seed: Seed = 42


def _check_max_features(value: str | int | float | None) -> str | int | float | None:
    if isinstance(value, str):
        fits = re.fullmatch(r"sqrt|log2|n/[1-9]\d*", value) is not None
    elif isinstance(value, int):
        fits = value >= 1
    else:
        fits = value is None or 0 < value <= 1
    if not fits:
        raise ValueError("must be sqrt, log2, n/k, a whole number, a share of the bands or null")
    return value


MaxFeatures = Annotated[str | int | float | None, AfterValidator(_check_max_features)]
ClassWeight = Literal["balanced", "balanced_subsample"] | None


def _check_distinct(values: list[Any]) -> list[Any]:
    twice = sorted({str(value) for value in values if values.count(value) > 1})
    if twice or not values:
        raise ValueError(f"{', '.join(twice)} stands twice" if twice else "must not be empty")
    return values


class Stage1Config(Section):
    """The grid of the first stage."""

    max_features: Annotated[list[MaxFeatures], AfterValidator(_check_distinct)] = [
        "sqrt", "log2", "n/16", "n/8", "n/4",
    ]  # fmt: skip
    """Bands tried at a split; n is the number of bands."""
    max_depth: Annotated[list[Count | None], AfterValidator(_check_distinct)] = [None, 20, 40]
    min_samples_leaf: Annotated[list[Count], AfterValidator(_check_distinct)] = [1, 5, 10]


class Stage2Config(Section):
    """The grid of the second stage, on the best of the first."""

    n_estimators: Annotated[list[Count], AfterValidator(_check_distinct)] = [400, 800, 1200]
    min_samples_split: Annotated[
        list[Annotated[int, Field(ge=2)]], AfterValidator(_check_distinct)
    ] = [2, 10]
    class_weight: Annotated[list[ClassWeight], AfterValidator(_check_distinct)] = [
        None, "balanced", "balanced_subsample",
    ]  # fmt: skip


class TuningConfig(Section):
    """The search for the forest's parameters, scored by macro-averaged F1."""

    folds: Annotated[int, Field(ge=2)] = 5
    seed: Seed = 42
    stage1: Stage1Config = Stage1Config()
    stage2: Stage2Config = Stage2Config()


class PredictConfig(Section):
    """The map."""

    block: Annotated[int, Field(ge=64)] = 1024
    """Rows and columns that one job predicts."""
    confidence: bool = True
    """Whether to map the winning share of the votes."""
    probabilities: bool = False
    """Whether to map every class's share of the votes."""


class MapConfig(Section):
    """A land-cover map from an embedding."""

    embedding: EmbeddingConfig
    reference: ReferenceConfig
    samples: SamplesConfig = SamplesConfig()
    tuning: TuningConfig = TuningConfig()
    predict: PredictConfig = PredictConfig()


class DemoConfig(Section):
    """The synthetic world below resources/demo/, made by the workflow itself."""

    region: Region
    seed: Seed = 827
    missing_tiles: list[TileName] = []
    """Elevation tiles that do not exist, as at sea."""


def _check_address(address: str) -> str:
    """Refuse what is neither an address nor a public dataset in one file."""
    _refuse_credentials(address)
    source = named(address, "landcover")
    if source and source.degrees:
        raise ValueError("comes in tiles; give the address of one of them")
    if source or re.match(r"(https?|s3)://.", address):
        return address
    raise ValueError("must be an address (https://, http://, s3://) or a public dataset's name")


Address = Annotated[str, AfterValidator(_check_address)]


class AnimationConfig(Section):
    """Patches as surfaces that turn, in a grid."""

    rows: Annotated[int, Field(ge=1, le=12)] = 4
    columns: Annotated[int, Field(ge=1, le=16)] = 8
    frames: Annotated[int, Field(ge=2, le=360)] = 90
    """Pictures of one full turn."""
    fps: Annotated[int, Field(ge=1, le=50)] = 30
    """Pictures per second; a GIF cannot show more than 50."""


class FiguresConfig(Section):
    """The pictures."""

    samples: Annotated[int, Field(ge=1, le=8)] = 3
    """Patches along a side of the neighbourhoods that are shown, and patches shown in pairs."""
    animation: AnimationConfig = AnimationConfig()


class Config(Section):
    """The whole configuration. A product whose section is left out is not built."""

    results: Annotated[str, Field(min_length=1), AfterValidator(_check_writable)] = "results"
    """Folder of everything that is made."""
    downloads: dict[str, Address] = {}
    """File: the address, or the public dataset, that it is a copy of; fetched whole when used."""
    dataset: DatasetConfig | None = None
    map: MapConfig | None = None
    figures: FiguresConfig = FiguresConfig()
    demo: DemoConfig | None = None

    @model_validator(mode="after")
    def _check(self) -> Config:
        if self.dataset is None and self.map is None:
            raise _AtKeyError(
                "dataset", "this section and 'map' are missing: nothing to build; add one of them"
            )
        return self

    def download_address(self, path: str) -> str:
        """Return the address of which a file is to be a copy."""
        source = named(self.downloads[path], "landcover")
        return source.url if source else self.downloads[path]

    @property
    def uses(self) -> list[tuple[str, str, str | None]]:
        """Every input: its key, what the key says, and the public dataset that this is."""
        inputs: list[tuple[str, list[str]]] = []
        if self.dataset:
            inputs.append(("dataset.landcover.raster", self.dataset.landcover.rasters))
            inputs.append(("dataset.elevation.source", [self.dataset.elevation.source]))
        if self.map:
            reference = self.map.reference
            inputs.append(("map.embedding.raster", self.map.embedding.rasters))
            if reference.table:
                inputs.append(("map.reference.table", [reference.table]))
            else:
                inputs.append(("map.reference.raster", reference.rasters))
        return [(key, path, self._public(path)) for key, paths in inputs for path in paths]

    def _public(self, path: str) -> str | None:
        """Return the name of the public dataset that a path stands for or is a copy of."""
        source = named(self.downloads.get(path, path), "landcover", "elevation", "product")
        return source.name if source else None


def load_config(raw: Mapping[str, Any], places: FileLookup | None = None) -> Config:
    """Check a configuration and give it its types.

    Parameters
    ----------
    raw
        The parsed YAML.
    places
        What is known about files where the workflow runs. Without it, no file is looked for.

    Raises
    ------
    ConfigError
        All errors, one line each: ``config: key: value found: what to do``.
    """
    try:
        return Config.model_validate(dict(raw), context={"places": places})
    except ValidationError as error:
        items = [item for item in error.errors() if not _is_other_branch(item, error.errors())]
        raise ConfigError("\n".join(map(_line, items))) from None


def schema() -> str:
    """Return the JSON schema of the configuration, as the file ``config/schema.json`` holds it."""
    return json.dumps(TypeAdapter(Config).json_schema(), indent=2, ensure_ascii=False) + "\n"


_PYDANTIC_PART = re.compile(r"\[key\]|str|int|float|list\[.*")
"""Parts of an error's place that are no keys: the branches of a union, a dictionary's keys."""

_MESSAGES = {
    "missing": "is missing; add it",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a number, and finite",
    "string_type": "must be text; put it in quotes",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "model_type": "must be a section with keys of its own",
    "dict_type": "must be a section of 'code: share' lines",
    "literal_error": "must be one of {expected}",
    "greater_than": "must be greater than {gt:.12g}",
    "greater_than_equal": "must be at least {ge:.12g}",
    "less_than_equal": "must be at most {le:.12g}",
    "less_than": "must be less than {lt:.12g}",
    "string_too_short": "must not be empty",
}


def _is_other_branch(item: Any, items: list[Any]) -> bool:  # noqa: ANN401
    """Tell whether an error is that of a text-or-list's branch that was not meant."""
    key = item["loc"][:-1]
    if item["type"] == "string_type":
        return isinstance(item["input"], list)
    return item["type"] == "list_type" and any(
        other["type"] == "string_type" and other["loc"] == (*key, "str") for other in items
    )


def _line(item: Any) -> str:  # noqa: ANN401
    """Word one of pydantic's errors."""
    path = [str(part) for part in item["loc"] if not _PYDANTIC_PART.fullmatch(str(part))]
    kind, found = item["type"], item["input"]
    context = item.get("ctx", {})
    error = context.get("error")
    if kind in ("extra_forbidden", "invalid_key"):
        return f"config: {'.'.join(path)}: unknown key{_suggestion(path)}"
    if isinstance(error, _AtKeyError):
        return f"config: {'.'.join([*path, error.key])}: {error}"
    message = _MESSAGES[kind].format(**context) if kind in _MESSAGES else str(error or item["msg"])
    if isinstance(error, _SecretError):
        return f"config: {'.'.join(path)}: {message}"
    shown = "" if kind == "missing" or isinstance(found, dict) else f"{_yaml(found)}: "
    return f"config: {'.'.join(path)}: {shown}{message}"


def _yaml(value: object) -> str:
    """Write a value as a user would in YAML."""
    return value if value and isinstance(value, str) else json.dumps(value, default=str)


def _suggestion(path: list[str]) -> str:
    """Name the nearest known key of the section that a path lies in, or all of them."""
    section: type[BaseModel] = Config
    for part in path[:-1]:
        annotation = section.model_fields[part].annotation
        options = [annotation, *get_args(annotation)]
        section = next(x for x in options if isinstance(x, type) and issubclass(x, BaseModel))
    known = list(section.model_fields)
    close = difflib.get_close_matches(path[-1], known, n=1)
    return f" (did you mean '{close[0]}'?)" if close else f"; known here: {', '.join(known)}"


if __name__ == "__main__":
    print(schema(), end="")

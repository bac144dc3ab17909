"""The text of a new configuration: what was chosen, and beside it what might be."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from landloom.command.region import cells_aside
from landloom.map.table_files import kind_of
from landloom.raster.bounds import METRES_PER_DEGREE, Bounds
from landloom.sources.catalogue import named

SIZE, DOWNSAMPLE = 40, 2
_OWN_PIXEL = 30.0
"""Metres of a pixel of land cover that is not known."""

_TABLES = (".csv", ".gpkg", ".geojson", ".json", ".shp", ".fgb", ".parquet", ".geoparquet")


@dataclass(frozen=True)
class Choices:
    """What a new configuration is to hold.

    Attributes
    ----------
    product
        ``dataset`` or ``map``.
    region
        West, south, east and north, in degrees; None for all of an embedding.
    results
        The folder of all that is made.
    landcover, legend, elevation
        Of a dataset: raster or name, legend or None, source.
    embedding, encoding, reference, label
        Of a map: raster or name, how its numbers are stored, raster or table or name, and the
        table's column of classes.
    """

    product: str
    region: Bounds | None
    results: str
    landcover: str = ""
    legend: str | None = None
    elevation: str = ""
    embedding: str = ""
    encoding: str | None = None
    reference: str = ""
    label: str = "class"


def config_text(choices: Choices, file: str, schema: str) -> str:
    """Return a configuration with comments, as YAML.

    Parameters
    ----------
    choices
        What it is to hold.
    file
        Its name, for the comments.
    schema
        The path of its schema, for editors.
    """
    about = "dataset of land cover and relief" if choices.product == "dataset" else "land-cover map"
    body = _dataset(choices) if choices.product == "dataset" else _map(choices)
    return f"""\
{head(f"A {about}.", file, schema)}
# The folder of everything that is made.
results: {_value(choices.results)}

{body}"""


def head(about: str, file: str, schema: str) -> str:
    """Return the comment that a new configuration begins with."""
    return f"""\
# yaml-language-server: $schema={schema}
#
# {about} Lines that begin with '#' show what else there is.
# All keys, with their defaults: {Path(schema).with_name("README.md")}
#
#   landloom check {file}     what is wrong, what would run, and what that takes
#   landloom run {file}       build it
"""


def _value(text: str) -> str:
    """Return a text as a value of YAML, in quotes where it needs them."""
    plain = re.fullmatch(r"[A-Za-z./][\w./-]*", text, re.ASCII)
    words = ("true", "false", "yes", "no", "on", "off", "null", "y", "n")
    special = text.lower() in words or re.fullmatch(r"[.](inf|nan)", text, re.IGNORECASE)
    # A dot may begin a number.
    if plain and not special and not re.match(r"\.\d", text):
        return text
    return json.dumps(text, ensure_ascii=False)


def _box(box: Bounds) -> str:
    sides = zip(("west", "south", "east", "north"), box, strict=True)
    return "{" + ", ".join(f"{side}: {_degrees(value)}" for side, value in sides) + "}"


def _degrees(value: float) -> str:
    """Return a number as YAML reads it, without an exponent."""
    short = f"{value:.9f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def _metres(landcover: str) -> float:
    """Return the size of a pixel of land cover on the ground, in metres."""
    source = named(landcover, "landcover")
    if source is None or not source.promise.pixel:
        return _OWN_PIXEL
    in_degrees = source.promise.crs == "EPSG:4326"
    return source.promise.pixel * (METRES_PER_DEGREE if in_degrees else 1.0)


def _dataset(choices: Choices) -> str:
    pixel = _metres(choices.landcover)
    patch = SIZE * DOWNSAMPLE * pixel
    n = cells_aside(choices.region, patch) if choices.region else 0
    legend = f"legend: {_value(choices.legend)}" if choices.legend else "# legend: nlcd"
    return f"""\
dataset:
  # A box in degrees; west of Greenwich and south of the equator are negative.
  region: {_box(choices.region) if choices.region else ""}
  landcover:
    # A public dataset (nlcd-1985 to nlcd-2024, worldcover-2020, worldcover-2021), a raster of your
    # own in any CRS, or a list of tiles: [a.tif, b.tif].
    raster: {_value(choices.landcover)}
    # What its codes mean: nlcd, worldcover, or a CSV file with the columns code,name,color.
    # Public datasets bring their own, but for mapbiomas.
    {legend}
    # The largest share of a patch that a class may cover; patches with more are dropped. Without
    # it, where the legend is nlcd or worldcover, that is 0.9 of open water; {{}} drops none.
    # reject: {{}}
  elevation:
    # COP30, MAPZEN, AW3D30, ..., tiles of your own such as "dem/{{ns}}{{lat}}{{ew}}{{lon}}.tif", or
    # one raster.
    source: {_value(choices.elevation)}
  grid:
    # The region is cut into n x n cells, of which this share is for testing.
    n: {n}
    test_fraction: 0.2
    # The least distance between training and test patches, in kilometres.
    buffer_km: 0
  patches:
    # Rows and columns of a patch, and source pixels along each: {_aside(pixel)}
    size: {SIZE}
    downsample: {DOWNSAMPLE}
"""


def _aside(pixel: float) -> str:
    metres = f"{pixel:.0f}"
    return f"{SIZE} x {DOWNSAMPLE} x {metres} m are {SIZE * DOWNSAMPLE * round(pixel) / 1000:g} km."


def is_table(path: str) -> bool:
    """Return whether a path is that of a table of labels, by its ending."""
    return path.lower().endswith(_TABLES)


def _map(choices: Choices) -> str:
    region = (
        f"region: {_box(choices.region)}"
        if choices.region
        else "# region: {west: 5.05, south: 52.05, east: 5.25, north: 52.15}"
    )
    encoding = f"encoding: {choices.encoding}" if choices.encoding else "# encoding: float"
    return f"""\
map:
  # A box in degrees; without it, all of the embedding is mapped.
  {region}
  embedding:
    # A public embedding (alphaearth-2017 to alphaearth-2025, tessera-2017 to tessera-2024), a
    # raster of your own with any bands, or a list of tiles: [a.tif, b.tif].
    raster: {_value(choices.embedding)}
    # How its numbers are stored: float, or alphaearth for files of AlphaEarth. Public embeddings
    # bring their own.
    {encoding}
  reference:
{_reference(choices)}
  samples:
    # How many labelled points are used at most, and the share that judges the map.
    n: 5000
    test_fraction: 0.2
  # Cross-validation beside the random split, in spatial folds too, which takes some minutes.
  # crossval: {{}}
"""


def _reference(choices: Choices) -> str:
    if not is_table(choices.reference):
        return f"""\
    # A public dataset (worldcover-2020, worldcover-2021, nlcd-1985 to nlcd-2024), or a raster of
    # class codes; in place of it, a table of labelled points or polygons: table: labels.gpkg
    raster: {_value(choices.reference)}
    # How many points are drawn from it.
    n_points: 10000"""
    columns = "    # x: lon\n    # y: lat\n    # crs: EPSG:4326\n"
    own = columns if kind_of(choices.reference) != "places" else ""
    return f"""\
    # Points or polygons: CSV, GeoPackage, GeoJSON, Shapefile, FlatGeobuf or Parquet; and the
    # column with the classes, which may be numbers or text.
    table: {_value(choices.reference)}
    label: {_value(choices.label)}
{own}""".rstrip("\n")

"""Public datasets by name: what `raster: nlcd-2021` or `source: COP30` stand for.

Two tables: `catalogue.csv`, a row per product, with what it promises of its pixels, and
`addresses.csv`, a row per address where it is had. Parsing a workflow reads them, so nothing heavy
is imported here.
"""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from landloom.addresses import is_remote
from landloom.raster.bounds import Bounds
from landloom.raster.degree_tiles import TileTemplate, nearby_tiles

Kind = Literal["landcover", "elevation", "product", "embedding"]
Access = Literal["raster", "wcs", "index", "zarr"]

INDEX = "aef_index.parquet"
"""The table, in each folder of a dataset's tiles, of where these lie."""

ALIASES = {"SRTM1": "MAPZEN"}
"""Names that mean another: the elevation package renamed this product in its version 2."""


@dataclass(frozen=True)
class Address:
    """A place where a public dataset is had.

    Attributes
    ----------
    url
        Of the raster; a tile template where the dataset comes in tiles; a template with the fields
        ``{bbox}``, ``{width}`` and ``{height}`` where a service cuts it; the folder of a dataset
        whose tiles only an index knows.
    kind
        ``raster``, which GDAL reads in windows; ``wcs``, a Web Coverage Service; ``index``, a
        folder with tiles and the table of where they lie; ``zarr``, a store of arrays.
    checked
        Year and month when it was last known to work.
    """

    url: str
    kind: Access
    checked: str

    def of(self, tile: str) -> str:
        """Return the address of a tile; of the dataset itself where the tile has no name."""
        return TileTemplate(self.url).path(tile) if tile else self.url

    def below(self, place: str) -> str:
        """Return the address of a file in the folder that this is."""
        return f"{self.url.rstrip('/')}/{place}"


@dataclass(frozen=True)
class Promise:
    """What is promised of a dataset's pixels, wherever they are had; what is None is not promised.

    Attributes
    ----------
    crs
        The coordinate reference system, as an authority's code or a PROJ string.
    pixel
        Side of a pixel in units of the CRS; rows run southwards, but for embeddings' (either way).
    origin
        Outer corner of the first pixel, or of any other of the grid.
    size
        Columns and rows of the whole.
    dtype, bands
        Type of the pixels, and their number of bands.
    """

    crs: str | None
    pixel: float | None
    origin: tuple[float, float] | None
    size: tuple[int, int] | None
    dtype: str | None
    bands: int | None


@dataclass(frozen=True)
class PublicSource:
    """A public dataset.

    Attributes
    ----------
    name
        What a configuration calls it, with the year where it has several: ``nlcd-2021``.
    kind
        ``landcover``; ``embedding``; ``elevation``, tiles of which the URL is known; ``product``,
        one that the elevation package fetches, and of which it knows the licence.
    addresses
        Where it is had, in the order in which they are tried; none for a ``product``.
    promise
        What its pixels are, wherever they are had.
    degrees
        Side of its tiles; 0 for a single raster.
    nodata
        The code that stands for no data, whatever a file says.
    legend
        The built-in legend of its codes.
    title, licence, attribution, citation, page
        What whoever uses it has to tell.
    """

    name: str
    kind: Kind
    addresses: tuple[Address, ...]
    promise: Promise
    degrees: int
    nodata: int | None
    legend: str | None
    title: str
    licence: str
    attribution: str
    citation: str
    page: str

    @property
    def family(self) -> str:
        """The name without the year."""
        return re.sub(r"-\d{4}$", "", self.name)

    @property
    def url(self) -> str:
        """The first address; nothing for a ``product``."""
        return self.addresses[0].url if self.addresses else ""

    @property
    def year(self) -> int:
        """The year that its name ends with."""
        return int(self.name.rpartition("-")[2])

    @property
    def is_indexed(self) -> bool:
        """Whether an index tells where its tiles lie."""
        return any(address.kind == "index" for address in self.addresses)

    def tiles(self, bounds: Bounds) -> list[str]:
        """Return the names of the tiles that a lon/lat box touches; one without a name for all."""
        return nearby_tiles(bounds, 0.0, self.degrees) if self.degrees else [""]


@lru_cache
def catalogue() -> dict[str, PublicSource]:
    """Return all public datasets by name."""
    addresses: dict[str, list[Address]] = {}
    for row in sorted(_rows("addresses.csv"), key=lambda row: int(row["order"])):
        for name, year in _names(row):
            address = Address(_of(row["url"], year), row["kind"], row["checked"])  # type: ignore[arg-type]
            addresses.setdefault(name, []).append(address)
    return {
        name: _source(name, year, row, tuple(addresses.get(name, [])))
        for row in _rows("catalogue.csv")
        for name, year in _names(row)
    }


def _rows(table: str) -> list[dict[str, str]]:
    with Path(__file__).with_name(table).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _names(row: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the names that a row stands for, and the year of each."""
    if not row["years"]:
        yield row["name"], ""
        return
    first, _, last = row["years"].partition("-")
    for year in range(int(first), int(last or first) + 1):
        yield f"{row['name']}-{year}", str(year)


def _of(text: str, year: str) -> str:
    return text.replace("{year}", year)


def _source(
    name: str, year: str, row: dict[str, str], addresses: tuple[Address, ...]
) -> PublicSource:
    return PublicSource(
        name=name,
        kind=row["kind"],  # type: ignore[arg-type]
        addresses=addresses,
        promise=_promise(row),
        degrees=int(row["degrees"] or 0),
        nodata=int(row["nodata"]) if row["nodata"] else None,
        legend=row["legend"] or None,
        title=_of(row["title"], year),
        licence=row["licence"],
        attribution=row["attribution"],
        citation=row["citation"],
        page=row["page"],
    )


def _promise(row: dict[str, str]) -> Promise:
    west, _, north = row["origin"].partition(" ")
    width, _, height = row["size"].partition(" ")
    return Promise(
        crs=row["crs"] or None,
        pixel=float(row["pixel"]) if row["pixel"] else None,
        origin=(float(west), float(north)) if row["origin"] else None,
        size=(int(width), int(height)) if row["size"] else None,
        dtype=row["dtype"] or None,
        bands=int(row["bands"]) if row["bands"] else None,
    )


def named(name: str, *kinds: Kind) -> PublicSource | None:
    """Return the public dataset of a name; None where there is none, or of other kinds."""
    source = catalogue().get(ALIASES.get(name, name))
    return source if source and source.kind in kinds else None


def names(*kinds: Kind) -> list[str]:
    """Return the names of some kinds, those that mean another included."""
    known = [name for name, source in catalogue().items() if source.kind in kinds]
    return known + [alias for alias, name in ALIASES.items() if name in known]


def meant(word: str, *kinds: Kind) -> str | None:
    """Return which public datasets a word may stand for that is none of their names.

    Parameters
    ----------
    word
        As a configuration has it: a year that is not there, another spelling, no year.
    kinds
        Of the datasets.

    Returns
    -------
    str or None
        A question; None where nothing is like it.
    """
    spelt = word.strip().lower().replace("_", "-").replace(" ", "-")
    known = names(*kinds)
    if spelt in known:
        return f"did you mean the public dataset '{spelt}'?"
    years: dict[str, list[int]] = {}
    for name in known:
        family, _, year = name.rpartition("-")
        if family:
            years.setdefault(family, []).append(int(year))
    stem = re.sub(r"-?\d{1,4}$", "", spelt)
    close = difflib.get_close_matches(stem, years, n=1, cutoff=0.8)
    if not close:
        return None
    if (name := f"{close[0]}-{spelt[len(stem) :].lstrip('-')}") in known:
        return f"did you mean the public dataset '{name}'?"
    alike = [family for family in years if family == close[0] or family.startswith(f"{stem}-")]
    told = (f"'{family}-{years[family][0]}' to '{family}-{years[family][-1]}'" for family in alike)
    return f"did you mean one of the public datasets {', '.join(told)}?"


def alternatives(url: str) -> list[str]:
    """Return an address and, where it is the first of a public dataset's, those to try after it."""
    for source in catalogue().values():
        if url and source.url == url:
            return [address.url for address in source.addresses if address.kind == "raster"]
    return [url]


def is_local(path: str) -> bool:
    """Return whether a path is that of a file, which a job can depend on."""
    return not is_remote(path) and named(path, "landcover", "embedding") is None

"""Public datasets by name: what `raster: nlcd-2021` or `source: COP30` stand for.

The table is `catalogue.csv`, one row per product. Parsing a workflow reads it, so nothing heavy is
imported here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from landloom.raster.bounds import Bounds
from landloom.raster.degree_tiles import TileTemplate, nearby_tiles
from landloom.raster.remote import is_remote

Kind = Literal["landcover", "elevation", "product"]

ALIASES = {"SRTM1": "MAPZEN"}
"""Names that mean another: the elevation package renamed this product in its version 2."""


@dataclass(frozen=True)
class PublicSource:
    """A public dataset.

    Attributes
    ----------
    name
        What a configuration calls it, with the year where it has several: ``nlcd-2021``.
    kind
        ``landcover``; ``elevation``, tiles of which the URL is known; ``product``, one that the
        elevation package fetches, and of which it knows the licence.
    url
        Address of the raster; a tile template where `degrees` is not 0.
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
    url: str
    degrees: int
    nodata: int | None
    legend: str | None
    title: str
    licence: str
    attribution: str
    citation: str
    page: str

    def rasters(self, bounds: Bounds) -> list[str]:
        """Return the addresses of the raster, or of the tiles that a lon/lat box touches."""
        if not self.degrees:
            return [self.url]
        template = TileTemplate(self.url)
        return [template.path(tile) for tile in nearby_tiles(bounds, 0.0, self.degrees)]


@lru_cache
def catalogue() -> dict[str, PublicSource]:
    """Return all public datasets by name."""
    with Path(__file__).with_name("catalogue.csv").open(newline="", encoding="utf-8") as file:
        return {source.name: source for row in csv.DictReader(file) for source in _sources(row)}


def _sources(row: dict[str, str]) -> Iterator[PublicSource]:
    first, _, last = row["years"].partition("-")
    years = range(int(first), int(last or first) + 1) if first else [None]
    for year in years:
        yield PublicSource(
            name=row["name"] if year is None else f"{row['name']}-{year}",
            kind=row["kind"],  # type: ignore[arg-type]
            url=row["url"].replace("{year}", str(year)),
            degrees=int(row["degrees"] or 0),
            nodata=int(row["nodata"]) if row["nodata"] else None,
            legend=row["legend"] or None,
            title=row["title"].replace("{year}", str(year)),
            licence=row["licence"],
            attribution=row["attribution"],
            citation=row["citation"],
            page=row["page"],
        )


def named(name: str, *kinds: Kind) -> PublicSource | None:
    """Return the public dataset of a name; None where there is none, or of other kinds."""
    source = catalogue().get(ALIASES.get(name, name))
    return source if source and source.kind in kinds else None


def names(*kinds: Kind) -> list[str]:
    """Return the names of some kinds, those that mean another included."""
    known = [name for name, source in catalogue().items() if source.kind in kinds]
    return known + [alias for alias, name in ALIASES.items() if name in known]


def is_local(path: str) -> bool:
    """Return whether a path is that of a file, which a job can depend on."""
    return not is_remote(path) and named(path, "landcover") is None


def resolve(paths: Sequence[str], bounds: Bounds) -> list[str]:
    """Put in place of each name the addresses that it stands for; other paths stay.

    Parameters
    ----------
    paths
        Names of land-cover datasets, or anything that GDAL opens.
    bounds
        Lon/lat box that is needed; tiles that do not touch it are left out.
    """
    addresses: list[str] = []
    for path in paths:
        source = named(path, "landcover")
        addresses += source.rasters(bounds) if source else [path]
    return addresses

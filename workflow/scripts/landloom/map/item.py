"""The map described for catalogues: a STAC item of its rasters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rasterio

from landloom.legend.legends import Legend
from landloom.map.applicability.area import AREA
from landloom.raster.pixel_grid import PixelGrid
from landloom.raster.stac import (
    Node,
    classes_of,
    file_asset,
    interval_of,
    item,
    place_of,
    projection_of,
    raster_asset,
)

RASTERS = {
    "landcover": "Land cover class",
    "confidence": "Confidence of the class",
    "probabilities": "What the model gives each class",
    "landcover_generalised": "Land cover class, without specks",
    "dissimilarity": "Dissimilarity index: how unlike all samples a pixel is",
    "applicability": "Area of applicability",
    "point_density": "Local point density: samples that are like a pixel",
    "calibrated_confidence": "Calibrated probability of the class",
    "set_size": "Number of classes in the pixel's set",
    "class_set": "The classes in the pixel's set",
}
"""Rasters of a map by the names of their files, and what they are called."""

_OTHERS = {
    "polygons": ("application/geopackage+sqlite3", "The map as polygons", "data"),
    "names": ("application/xml", "Names of the classes, for GDAL", "metadata"),
}


@dataclass(frozen=True)
class Told:
    """What is known of a map beside its files.

    Attributes
    ----------
    classes
        Names and colours.
    year
        Which the embedding shows; None where that is not known.
    world
        What to say of a world that is not the Earth's; empty of the Earth's.
    sets
        The classes of ``calibration.json``, if there is one, for the bits of sets.
    """

    classes: Legend
    year: int | None = None
    world: str = ""
    sets: Sequence[Mapping[str, Any]] = ()


def map_item(files: Mapping[str, str | Path], told: Told) -> Node:
    """Describe a map.

    Parameters
    ----------
    files
        Its rasters by the keys of `RASTERS`, ``landcover`` among them, with ``polygons`` and
        ``names`` where there are any; all in one folder, that of the item.
    told
        What is known of it.

    Returns
    -------
    dict
        The item. Where no year is known, its interval is the widest, and its description says so.
    """
    with rasterio.open(files["landcover"]) as raster:
        grid = PixelGrid.of(raster)
    years = [] if told.year is None else [told.year]
    about = f"Land cover in {len(told.classes)} classes, predicted from an embedding."
    unknown = "" if years else "The time that it shows is not known: the interval is the widest."
    properties = {
        "title": f"Land cover{f', {told.year}' if years else ''}",
        "description": " ".join(filter(None, [about, unknown, told.world and f"{told.world}."])),
        **interval_of(years),
        **projection_of(grid),
    }
    assets = {
        name: raster_asset(files[name], title) | _meaning(name, told)
        for name, title in RASTERS.items()
        if name in files
    }
    assets |= {
        name: file_asset(files[name], media, title, [role])
        for name, (media, title, role) in _OTHERS.items()
        if name in files
    }
    return item(f"landcover{f'-{told.year}' if years else ''}", place_of(grid), properties, assets)


def _meaning(name: str, told: Told) -> Node:
    """Return what the numbers of a raster stand for."""
    if name in ("landcover", "landcover_generalised"):
        return {"classification:classes": classes_of(told.classes)}
    if name == "applicability":
        return {"classification:classes": classes_of(AREA)}
    if name == "class_set":
        return {"classification:bitfields": [_bit(row) for row in told.sets]}
    return {}


def _bit(row: Mapping[str, Any]) -> Node:
    """Return whether a class is in a set, as one bit of it."""
    return {
        "offset": row["bit"],
        "length": 1,
        "description": f"{row['value']} {row['name']}",
        "classes": [
            {"value": value, "name": name, "title": title, "description": f"{title} the set"}
            for value, (name, title) in enumerate([("not_in", "not in"), ("in", "in")])
        ],
    }

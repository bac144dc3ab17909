"""Items of SpatioTemporal Asset Catalogs (STAC 1.1): what lies where on the Earth, for catalogues.

An item names files as they lie beside it, so that it can be moved along with them to any place, and
has no time of its making: equal files give equal items.

References
----------
https://github.com/radiantearth/stac-spec, version 1.1.0, with the extensions of `EXTENSIONS`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from pyproj import Geod

from landloom.job.integrity import digest_of
from landloom.legend.legends import Legend, colored
from landloom.raster.bounds import Bounds
from landloom.raster.coordinates import LONLAT, apply_affine, to_lonlat
from landloom.raster.pixel_grid import PixelGrid

Node = dict[str, Any]
"""An object of JSON."""

EXTENSIONS = {
    "classification": "v2.0.0",
    "file": "v2.1.0",
    "mlm": "v1.4.0",
    "proj": "v2.0.0",
    "raster": "v2.0.0",
}
"""Prefix of each extension's fields to the version that they follow."""

COG = "image/tiff; application=geotiff; profile=cloud-optimized"
"""Media type of Cloud Optimized GeoTIFFs."""

_UNKNOWN = ("1900-01-01T00:00:00Z", "9999-12-31T23:59:59Z")
"""The interval of what is of no known time, as the examples of the MLM extension have it."""

_SHA256 = "1220"
"""What stands before such a digest to say what it is, and that it has 32 bytes (multihash)."""

_WGS84 = Geod(ellps="WGS84")

_TRUE_METRES = 0.01
"""Of a pixel's side, how far it may be from the one on the ground to be told as metres."""

_ALONG_AN_EDGE = 10
"""Points along each edge of a grid, whose edges are bent in degrees."""

_DECIMALS = 7
"""Of degrees: a centimetre on the ground."""


def item(
    name: str,
    place: tuple[Node | None, Bounds | None],
    properties: Mapping[str, Any],
    assets: Mapping[str, Node],
) -> Node:
    """Return an item; it names the extensions of which it has fields.

    Parameters
    ----------
    name
        Its identifier.
    place
        Its geometry and box, as `place_of` gives them.
    properties
        With those of `interval_of`.
    assets
        By their keys.
    """
    geometry, box = place
    content: Node = {"properties": dict(properties), "assets": dict(assets)}
    used = {prefix for prefix in EXTENSIONS if _has_fields(prefix, content)}
    return {
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": [_address(prefix) for prefix in sorted(used)],
        "id": name,
        "geometry": geometry,
        **({} if box is None else {"bbox": list(box)}),
        "properties": content["properties"],
        "links": [],
        "assets": content["assets"],
    }


def _has_fields(prefix: str, node: Any) -> bool:  # noqa: ANN401
    if isinstance(node, dict):
        return any(
            key.startswith(f"{prefix}:") or _has_fields(prefix, held) for key, held in node.items()
        )
    return isinstance(node, list) and any(_has_fields(prefix, each) for each in node)


def _address(prefix: str) -> str:
    name = "projection" if prefix == "proj" else prefix
    return f"https://stac-extensions.github.io/{name}/{EXTENSIONS[prefix]}/schema.json"


def interval_of(years: Sequence[int]) -> Node:
    """Return the time of what shows some years: from the first one's start to the last one's end.

    An item without a time is no valid one: where no year is known, the interval is the widest.
    """
    start, end = _UNKNOWN
    if years:
        start, end = f"{min(years):04d}-01-01T00:00:00Z", f"{max(years):04d}-12-31T23:59:59Z"
    return {"datetime": None, "start_datetime": start, "end_datetime": end}


def place_of(grid: PixelGrid) -> tuple[Node | None, Bounds | None]:
    """Return the outline of a grid (GeoJSON) and its box in degrees; none where it has no place.

    Where the outline goes round a pole, or over the 180th meridian, it is the box, cut there.
    """
    box = grid.bounds(LONLAT)
    along = np.linspace(0.0, 1.0, _ALONG_AN_EDGE, endpoint=False)
    none, full = np.zeros(_ALONG_AN_EDGE), np.ones(_ALONG_AN_EDGE)
    col = np.concatenate([along, full, 1 - along, none]) * grid.width
    row = np.concatenate([none, along, full, 1 - along]) * grid.height
    lon, lat = to_lonlat(grid.wkt).transform(*apply_affine(grid.transform, col, row))
    outline = shapely.Polygon(np.column_stack([lon, lat])) if np.isfinite(lon).all() else None
    known = all(map(math.isfinite, box))
    if known and outline and outline.is_valid and _spans(outline, box):
        return _plain(outline), _rounded(box)
    return place_of_box(box)


def _spans(outline: shapely.Polygon, box: Bounds) -> bool:
    """Return whether an outline and a box are the same part of the Earth."""
    return bool(np.allclose(outline.bounds, box, atol=0.01 * max(box[2] - box[0], 1e-9)))


def place_of_box(box: Bounds) -> tuple[Node | None, Bounds | None]:
    """Return a box in degrees as a geometry, and itself.

    The geometry has two parts where west is east of east: on either side of the 180th meridian.
    """
    west, south, east, north = box
    if not all(map(math.isfinite, box)):
        return None, None
    if west <= east:
        return _plain(shapely.box(west, south, east, north)), _rounded(box)
    parts = [shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)]
    return _plain(shapely.MultiPolygon(parts)), _rounded(box)


def _plain(geometry: shapely.Geometry) -> Node:
    shape = shapely.orient_polygons(geometry)  # as RFC 7946 has it
    told: Node = shape.__geo_interface__
    return {"type": told["type"], "coordinates": _listed(told["coordinates"])}


def _listed(numbers: Any) -> Any:  # noqa: ANN401
    if isinstance(numbers, float):
        return round(numbers, _DECIMALS)
    return [_listed(each) for each in numbers]


def _rounded(box: Bounds) -> Bounds:
    west, south, east, north = (round(edge, _DECIMALS) for edge in box)
    return west, south, east, north


def projection_of(grid: PixelGrid) -> Node:
    """Return the grid of rasters: the fields of the projection extension."""
    authority = grid.crs.to_authority()
    return {
        "proj:code": ":".join(authority) if authority else None,
        **({} if authority else {"proj:wkt2": grid.crs.to_wkt("WKT2_2019")}),
        "proj:shape": [grid.height, grid.width],
        "proj:transform": list(grid.transform)[:6],
        "proj:bbox": list(grid.own_bounds),
    }


def file_asset(path: str | Path, media: str, title: str, roles: Sequence[str] = ("data",)) -> Node:
    """Return a file that lies beside the item, with its size and its digest as it was made."""
    return {
        "href": f"./{Path(path).name}",
        "type": media,
        "title": title,
        "roles": list(roles),
        "file:size": Path(path).stat().st_size,
        "file:checksum": _SHA256 + digest_of(path),
    }


def raster_asset(path: str | Path, title: str) -> Node:
    """Return a Cloud Optimized GeoTIFF that lies beside the item, as its header describes it."""
    with rasterio.open(path) as raster:
        grid = PixelGrid.of(raster)
        sampling = raster.tags().get("AREA_OR_POINT", "Area").lower()
        told = [each or f"band {number}" for number, each in enumerate(raster.descriptions, 1)]
        names = [Path(path).stem] if len(told) == 1 else _names(dict(enumerate(told, 1)), "band")
        bands = [
            {"name": name, "description": each} for name, each in zip(names, told, strict=True)
        ]
        unit, nodata = raster.units[0], raster.nodata
        kind = raster.dtypes[0]
    whole = nodata is not None and float(nodata).is_integer()
    metres = _metres(grid)
    return {
        **file_asset(path, COG, title),
        "data_type": kind,
        **({} if nodata is None else {"nodata": int(nodata) if whole else _number(nodata)}),
        **({"unit": unit} if unit else {}),
        "raster:sampling": sampling,
        **({} if metres is None else {"raster:spatial_resolution": metres}),
        "bands": bands,
    }


def _number(value: float) -> float | str:
    """Return a number as JSON of STAC has it."""
    return value if math.isfinite(value) else str(value)


def _metres(grid: PixelGrid) -> float | None:
    """Return the side of a pixel in metres.

    None in degrees, where it differs from row to row, and where a metre of the projection is not
    one on the ground in the middle of the grid, as in Web Mercator far from the equator.
    """
    if grid.crs.is_geographic:
        return None
    factor = grid.crs.axis_info[0].unit_conversion_factor
    side = factor * math.sqrt(abs(grid.transform.determinant))
    col = grid.width / 2 + np.array([0.0, 1.0, 1.0, 0.0])
    row = grid.height / 2 + np.array([0.0, 0.0, 1.0, 1.0])
    lon, lat = to_lonlat(grid.wkt).transform(*apply_affine(grid.transform, col, row))
    area, _ = _WGS84.polygon_area_perimeter(lon, lat)
    is_true = math.isclose(math.sqrt(abs(area)), side, rel_tol=_TRUE_METRES)
    return round(side, 6) if is_true else None


def classes_of(legend: Legend) -> list[Node]:
    """Return classes as the classification extension has them, in order of their values."""
    shown = dict(sorted(colored(legend).items()))
    names = _names({value: entry.name for value, entry in shown.items()}, "class")
    return [
        {
            "value": value,
            "name": name,
            "title": entry.name,
            "description": entry.name,
            "color_hint": (entry.color or "").upper(),
        }
        for name, (value, entry) in zip(names, shown.items(), strict=True)
    ]


def _names(texts: Mapping[int, str], spare: str) -> list[str]:
    """Return numbered texts as names for machines, which have letters, digits and dashes alone.

    Where nothing is left of one, or two would be called alike, the number tells them apart.
    """
    plain = [re.sub(r"[^0-9A-Za-z]+", "_", text).strip("_").lower() for text in texts.values()]
    return [
        f"{name or spare}_{number}" if not name or plain.count(name) > 1 else name
        for number, name in zip(texts, plain, strict=True)
    ]

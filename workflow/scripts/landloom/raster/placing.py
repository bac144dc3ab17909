"""Whether a raster lies on the Earth: a CRS with a place there, and an affine of proper numbers."""

from __future__ import annotations

import math
import re
from functools import cache

import rasterio
from affine import Affine
from rasterio.io import DatasetReader, MemoryFile

_EARTH = (6_340_000.0, 6_400_000.0)
"""Metres between which lie the semi-major axes of all ellipsoids and spheres of the Earth."""

_FARTHEST = 1e11
"""More than any coordinate on the Earth, or step between pixels, be it in millimetres."""

_AXIS = re.compile(
    r'(?:SPHEROID|ELLIPSOID)\s*\[\s*"((?:[^"]|"")*)"\s*,\s*([0-9.eE+-]+)'
    r'(?:\s*,\s*[0-9.eE+-]+(?:\s*,\s*LENGTHUNIT\s*\[\s*"[^"]*"\s*,\s*([0-9.eE+-]+))?)?'
)


def misplaced(dataset: DatasetReader, path: str) -> str | None:
    """Return why a raster has no place on the Earth, and what to do; None where it has one.

    Parameters
    ----------
    dataset
        The raster.
    path
        What the user calls it.
    """
    if not dataset.crs:
        return f"has no CRS; give it one, for example with 'rio edit-info --crs EPSG:5070 {path}'"
    transform = dataset.transform
    numbers = tuple(transform)[:6]
    if not all(map(math.isfinite, numbers)):
        return (
            f"has a geotransform with numbers that are not finite ({_listed(numbers)}); give it "
            "one that is right, for example with 'rio edit-info'"
        )
    if max(map(abs, numbers)) > _FARTHEST:
        return (
            f"has a geotransform that leads far beyond the Earth ({_listed(numbers)}); give it "
            "one that is right, for example with 'rio edit-info'"
        )
    if transform.is_identity or transform.is_degenerate:
        return "has no usable geotransform; give it one, for example with 'rio edit-info'"
    return _elsewhere(dataset, path)


@cache
def kept_in_geotiff(crs: str) -> bool:
    """Return whether a GeoTIFF can hold a CRS: for some projections it has no keys.

    GDAL would write such a file without one, and the CRS into another file beside it.

    Parameters
    ----------
    crs
        WKT.
    """
    place = Affine(1.0, 0.0, 2.0, 0.0, -1.0, 2.0)
    shape = {"driver": "GTiff", "width": 1, "height": 1, "count": 1, "dtype": "uint8"}
    with rasterio.Env(GDAL_PAM_ENABLED="NO"), MemoryFile() as memory:
        memory.open(**shape, crs=crs, transform=place).close()
        with memory.open() as written:
            return bool(written.crs)


def unkept(dataset: DatasetReader) -> str | None:
    """Return why no GeoTIFF can be made in a raster's CRS, and what to do; None where one can."""
    if kept_in_geotiff(dataset.crs.to_wkt()):
        return None
    return (
        f"has a CRS ({_called(dataset.crs.to_wkt())}) that a GeoTIFF cannot hold; warp it to "
        f"another one, for example with 'gdalwarp -t_srs EPSG:3857 {dataset.name} warped.tif'"
    )


def _called(wkt: str) -> str:
    name = re.search(r'\w+\s*\[\s*"((?:[^"]|"")*)"', wkt)
    return name[1] if name else wkt


def _elsewhere(dataset: DatasetReader, path: str) -> str | None:
    """Return what is wrong with a CRS that is none of the Earth's surface."""
    crs = dataset.crs
    remedy = (
        "give it the one in which its coordinates are, for example with 'rio edit-info --crs "
        f"EPSG:32631 {path}'"
    )
    wkt = crs.to_wkt()
    called = _called(wkt)
    if not (crs.is_geographic or crs.is_projected):
        return f"has a CRS ({called}) that has no known place on the Earth; {remedy}"
    axis = _AXIS.search(wkt)
    if axis and not _EARTH[0] <= (metres := float(axis[2]) * float(axis[3] or 1)) <= _EARTH[1]:
        return (
            f"has a CRS ({called}) of another body than the Earth: its ellipsoid ({axis[1]}) has a "
            f"semi-major axis of {metres:.0f} m; {remedy}"
        )
    return None


def _listed(numbers: tuple[float, ...]) -> str:
    return ", ".join(f"{number:g}" for number in numbers)

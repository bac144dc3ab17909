"""Where the region lies on a raster; and if it lies nowhere on it, whether the CRS may be wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from affine import Affine
from pyproj import CRS

from landloom.raster.bounds import Bounds
from landloom.raster.coordinates import apply_affine, to_lonlat
from landloom.raster.pixel_grid import PixelGrid

_COVERED = 0.5
"""Share of the region that another reading of a raster's numbers has to cover to be offered."""

_USUAL = (5070, 3857)
"""EPSG codes that are tried wherever the region lies: Albers of the United States, web maps."""


def share_on_raster(grid: PixelGrid, region: Bounds, points: int = 256) -> float:
    """Return the share of the region's area that lies on the raster, from a grid of points."""
    west, south, east, north = region
    middle = (np.arange(points) + 0.5) / points
    lon, lat = np.meshgrid(west + (east - west) * middle, south + (north - south) * middle)
    x, y = to_lonlat(grid.wkt).transform(lon, lat, direction="INVERSE")
    col, row = apply_affine(~grid.transform, x, y)
    inside = (col >= 0) & (col < grid.width) & (row >= 0) & (row < grid.height)
    area = np.cos(np.radians(lat))
    return float((area * inside).sum() / area.sum())


class _Reading(NamedTuple):
    """A raster's numbers read in another way, and what that would mean."""

    grid: PixelGrid
    words: str


def likely_cause(grid: PixelGrid, region: Bounds, file: str) -> str | None:
    """Return in which other CRS a raster's own numbers would cover the region, and the remedy.

    Parameters
    ----------
    grid
        The raster's pixels, which do not lie in the region.
    region
        Lon/lat bounds.
    file
        What to call the raster in commands.

    Returns
    -------
    str or None
        The rest of a message; None where no other reading fits.
    """
    shares = [
        (share_on_raster(reading.grid, region, 64), reading.words)
        for reading in _readings(grid, region, file)
    ]
    best, words = max(shares, key=lambda found: found[0], default=(0.0, ""))
    return words if best >= _COVERED else None


def _readings(grid: PixelGrid, region: Bounds, file: str) -> Iterator[_Reading]:
    """Yield other readings; of those that cover as much of the region, the first counts."""
    for code in _codes(grid, region):
        crs = CRS.from_epsg(code)
        if crs != grid.crs:
            yield _Reading(replace(grid, wkt=crs.to_wkt()), _another_crs(grid, crs, code, file))
    a, b, c, d, e, f = grid.transform[:6]
    if b == d == 0.0:
        swapped = replace(grid, transform=Affine(a, b, f, d, e, c))
        yield _Reading(swapped, _swapped(swapped, file))


def _codes(grid: PixelGrid, region: Bounds) -> Iterator[int]:
    """Yield the EPSG codes that are tried: degrees, the region's UTM zones, the usual ones."""
    left, bottom, right, top = grid.own_bounds
    if left >= -180 and right <= 180 and bottom >= -90 and top <= 90:
        yield 4326
        return  # what looks like degrees is no spot of a few metres at the origin of a map
    west, _, east, _ = region
    places = (west, (west + east) / 2, east)
    zones = {min(60, int((lon + 180) // 6) + 1) for lon in places}
    for zone in sorted(zones):
        yield 32600 + zone
        yield 32700 + zone
    yield from _USUAL


def _another_crs(grid: PixelGrid, crs: CRS, code: int, file: str) -> str:
    return (
        f"the file says that its CRS is {grid.crs.name}, but read in EPSG:{code} ({crs.name}) its "
        f"numbers cover the region. If that is its CRS, write it into the file: 'rio edit-info "
        f"--crs EPSG:{code} {file}' or 'gdal_edit.py -a_srs EPSG:{code} {file}'"
    )


def _swapped(grid: PixelGrid, file: str) -> str:
    (left, top), (right, bottom) = (
        grid.transform @ (0, 0),
        grid.transform @ (grid.width, grid.height),
    )
    return (
        "with x and y of its corner swapped, it covers the region. If dataset.region has latitudes "
        "for longitudes, correct that; if the file has, write its corners anew: 'gdal_edit.py "
        f"-a_ullr {left:.12g} {top:.12g} {right:.12g} {bottom:.12g} {file}'"
    )

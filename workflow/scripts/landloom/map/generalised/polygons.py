"""The map as polygons: a GeoPackage that grows patch by patch, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import geopandas
import numpy as np
import shapely

from landloom.errors import LandloomError
from landloom.job.geopackage import write_gpkg
from landloom.legend.legends import Legend, colored
from landloom.map.generalised.patches import Patch, Strip, patches
from landloom.map.validation.areas import HECTARE, PixelAreas
from landloom.raster.coordinates import apply_affine
from landloom.raster.opening import open_raster
from landloom.raster.pixel_grid import Box, PixelGrid

LAYER = "landcover"
_ROWS = 512
_PIXELS = 4_194_304
"""Of a strip: as many rows as make so many, 512 at most."""
_AT_ONCE = 20_000
"""Patches that are written at a time."""


def write_polygons(path: str, legend: Legend, target: Path) -> int:
    """Write the patches of a map as polygons of a GeoPackage, and return how many there are.

    Parameters
    ----------
    path
        The map: uint8, 255 is no data. It is read some rows at a time.
    legend
        Names and colours of its classes.
    target
        The file: polygons along the pixels' edges, in the map's CRS, with ``value``, ``name``,
        ``color``, ``pixels`` and ``hectares`` (true ones, whatever the CRS).

    Raises
    ------
    LandloomError
        Where all of the map is void.
    """
    legend, written, waiting = colored(legend), 0, list[Patch]()
    with open_raster(path) as source:
        grid = PixelGrid.of(source)

        def strips() -> Iterator[Strip]:
            measured = PixelAreas(grid)
            rows = max(1, min(_ROWS, _PIXELS // grid.width))
            for top in range(0, grid.height, rows):
                box = Box(top, min(top + rows, grid.height), 0, grid.width)
                yield Strip(top, source.read(1, window=box.window), measured.of(box))

        for ended in patches(strips()):
            waiting += ended
            while len(waiting) >= _AT_ONCE:
                now, waiting = waiting[:_AT_ONCE], waiting[_AT_ONCE:]
                write_gpkg(_frame(now, grid, legend), target, LAYER, append=written > 0)
                written += len(now)
    if waiting:
        write_gpkg(_frame(waiting, grid, legend), target, LAYER, append=written > 0)
    if not written + len(waiting):
        raise LandloomError(f"{path}: all of the map is void, so there are no polygons")
    return written + len(waiting)


def _frame(found: Sequence[Patch], grid: PixelGrid, legend: Legend) -> geopandas.GeoDataFrame:
    outlines = shapely.transform(
        [patch.outline for patch in found],
        lambda places: np.stack(apply_affine(grid.transform, *places.T), axis=1),
    )
    return geopandas.GeoDataFrame(
        {
            "value": [patch.value for patch in found],
            "name": [legend[patch.value].name for patch in found],
            "color": [legend[patch.value].color for patch in found],
            "pixels": [patch.pixels for patch in found],
            "hectares": [patch.square_metres / HECTARE for patch in found],
        },
        geometry=list(outlines),
        crs=grid.crs,
    )

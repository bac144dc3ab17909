"""Elevation tiles of a made-up terrain, for several test modules."""

from __future__ import annotations

import numpy as np
import rasterio
from affine import Affine
from small_world import tile_pixels, write_raster

from landloom.elevation.tiles import make_tile

STEP = 180


QUARTERS = Affine(0.25, 0.0, -117.0, 0.0, -0.25, 44.0)


def read(path):
    with rasterio.open(path) as dataset:
        return dataset.read(1)


def made(folder, tile, pixels, transform, nodata=-32768, crs="EPSG:4326"):
    """Make a uniform tile out of pixels."""
    raw = write_raster(folder / "raw" / f"{tile}.tif", pixels, crs, transform, nodata)
    target = folder / f"{tile}.tif"
    make_tile(tile, str(raw), None, target)
    return target


def grain(lon, lat, columns=STEP, offset=0.0):
    """Return heights that differ from pixel to pixel, the same whichever tile a pixel is in."""
    number = np.rint((lon - 200) * columns + offset + 0.5) * 12.9898
    number = number + np.rint((lat - 90) * columns - offset + 0.5) * 78.233
    return np.round(1000 * np.modf(np.abs(np.sin(number)) * 43758.5453)[0], 1)


def sampled(folder, tile, offset=0.0, collar=0, dtype="float32", terrain=None):
    """Make a uniform tile of a terrain."""
    terrain = terrain or (lambda lon, lat: grain(lon, lat, STEP, offset))
    pixels, transform = tile_pixels(tile, terrain, STEP, STEP, offset, collar)
    return made(folder, tile, pixels.astype(dtype), transform)


def shifted(east, south):
    return Affine.translation(east, -south) @ QUARTERS

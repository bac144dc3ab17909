"""How much of the region lies on the embedding."""

from __future__ import annotations

import numpy as np

from landloom.legend.decimals import percent
from landloom.map.zones import ZonedEmbedding
from landloom.raster.bounds import Bounds
from landloom.raster.coordinates import to_lonlat


def told_of_region(embedding: ZonedEmbedding, region: Bounds) -> list[str]:
    """Return a note where not all of a region lies on an embedding; see `region_share`."""
    off = 1.0 - region_share(embedding, region)
    shown = percent(off).replace("<", "less than")
    return [f"{shown} of map.region lies off the embedding, and is not mapped"] if off else []


def region_share(embedding: ZonedEmbedding, region: Bounds, points: int = 256) -> float:
    """Return the share of a region's area that lies on some raster of an embedding.

    Parameters
    ----------
    embedding : ZonedEmbedding
        What is mapped. Whether its pixels have data is not looked at.
    region : Bounds
        Lon/lat box.
    points : int
        The share is that of so many points a side, weighted by the ground that they stand for.

    Returns
    -------
    float
        0 to 1, and 1 only where every point lies on a raster.
    """
    west, south, east, north = region
    middle = (np.arange(points) + 0.5) / points
    lon, lat = np.meshgrid(west + (east - west) * middle, south + (north - south) * middle)
    on = np.zeros(lon.shape, np.bool_)
    for zone in embedding.zones:
        grid = zone.info.grid
        x, y = to_lonlat(grid.wkt).transform(lon, lat, direction="INVERSE")
        rows, cols = grid.pixels(x, y)
        for box in (tile.box.clip(grid.box) for tile in zone.info.tiles):
            on |= (rows >= box.top) & (rows < box.bottom) & (cols >= box.left) & (cols < box.right)
    area = np.cos(np.radians(lat))
    return 1.0 if on.all() else float(area[on].sum() / area.sum())

"""The pixels of a map on the ground: in which zone of an embedding each lies, and where there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from pyproj import CRS

from landloom.arrays import Int64s, Mask
from landloom.map.zones import Owners, ZonedEmbedding, settle
from landloom.raster.bounds import Bounds
from landloom.raster.coordinates import LONLAT, coordinates
from landloom.raster.pixel_grid import Box, PixelGrid, pixels_onto

Look = Callable[[int, Mask, Int64s, Int64s], Mask]
"""Takes a zone's number, the pixels of a box that are asked for, and the rows and columns of the
zone's pixels that hold their centres; returns which of these have data."""


class Ground:
    """A map's way to the zones of an embedding.

    Each centre is transformed exactly; nothing is interpolated between.

    Parameters
    ----------
    grid : PixelGrid
        The map's.
    embedding : ZonedEmbedding
        The zones.
    region
        Lon/lat box outside of which nothing is looked for; None for no such bound.
    """

    def __init__(self, grid: PixelGrid, embedding: ZonedEmbedding, region: Bounds | None) -> None:
        self._grid = grid
        self._embedding = embedding
        self._region = region
        self._lonlat = coordinates(grid.crs, CRS.from_user_input(LONLAT))
        self._ways = [pixels_onto(grid, zone.info.grid) for zone in embedding.zones]

    def look(self, box: Box, look: Look) -> Owners:
        """Ask the zones for the pixels of a box: each its owner, then the others for what is void.

        Returns
        -------
        ndarray of int16, of the box's shape
            The zone that has each pixel; `NOBODY` where there is none.
        """
        rows, cols = np.mgrid[box.top : box.bottom, box.left : box.right].astype(np.int64)
        lon, lat = self._lonlat(*self._grid.centres(rows, cols))
        wanted = self._wanted(lon, lat)

        def has_data(zone: int, asked: Mask) -> Mask:
            where = asked & wanted
            there = self._ways[zone](rows[where], cols[where])
            inside = self._embedding.zones[zone].info.grid.holds(*there)
            where[where] = inside
            found = np.zeros_like(where)
            if inside.any():
                found[where] = look(zone, where, *(axis[inside] for axis in there))
            return found

        return settle(self._embedding.owners(lon, lat), len(self._ways), has_data)

    def _wanted(self, lon: np.ndarray, lat: np.ndarray) -> Mask:
        if self._region is None:
            return np.ones(lon.shape, np.bool_)
        west, south, east, north = self._region
        inside: Mask = (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)
        return inside

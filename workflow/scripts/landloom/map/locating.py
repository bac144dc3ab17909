"""Points with coordinates: in which zone of an embedding they lie, and where there."""

from __future__ import annotations

import numpy as np
from pyproj import CRS

from landloom.arrays import Float64s, Mask
from landloom.map.embedding_reader import pixels_with_data
from landloom.map.zones import NOBODY, Owners, ZonedEmbedding, settle
from landloom.raster.coordinates import coordinates, to_lonlat


def locate(
    embedding: ZonedEmbedding, crs: CRS, east: Float64s, north: Float64s
) -> tuple[Owners, Float64s, Float64s]:
    """Return each point's zone and its coordinates there.

    Parameters
    ----------
    embedding : ZonedEmbedding
        The zones.
    crs : CRS
        Of the coordinates.
    east, north : ndarrays of float64, shape (points,)
        x and y, or longitude and latitude.

    Returns
    -------
    zones : ndarray of int16
        Of several, the one that speaks for the place, if it has data there; else another that has;
        else the first one on whose pixels the point lies. `NOBODY` off all of them.
    x, y : ndarrays of float64
        In the CRS of that zone.
    """
    grids = [zone.info.grid for zone in embedding.zones]
    places = [coordinates(crs, grid.crs)(east, north) for grid in grids]
    pixels = [grid.pixels(*place) for grid, place in zip(grids, places, strict=True)]
    on = [grid.holds(*pixel) for grid, pixel in zip(grids, pixels, strict=True)]
    if len(grids) == 1:
        return np.where(on[0], 0, NOBODY).astype(np.int16), *places[0]

    def has_data(zone: int, asked: Mask) -> Mask:
        info, here = embedding.zones[zone].info, asked & on[zone]
        here[here] = pixels_with_data(info, *(axis[here] for axis in pixels[zone]))
        return here

    owners = embedding.owners(*to_lonlat(crs.to_wkt()).transform(east, north))
    zones = settle(owners, len(grids), has_data)
    lost = zones == NOBODY
    zones[lost] = settle(owners, len(grids), lambda zone, asked: asked & on[zone])[lost]
    own = [zones == number for number in range(len(grids))]
    x, y = (np.select(own, axis) for axis in zip(*places, strict=True))
    return zones, x, y

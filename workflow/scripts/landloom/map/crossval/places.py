"""Places of the map: random pixels with data, to which distances from samples are compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pyproj import CRS

from landloom.arrays import Float64s, Int64s, Mask
from landloom.errors import LandloomError
from landloom.job.files import read_json, write_json
from landloom.map.embedding import EmbeddingInfo
from landloom.map.embedding_reader import pixels_with_data
from landloom.map.locating import locate
from landloom.map.zones import ZonedEmbedding
from landloom.raster.bounds import Bounds
from landloom.raster.coordinates import LONLAT, to_lonlat

_ROUNDS = 20
"""Draws before one is content with what was found."""


def draw_places(
    embedding: ZonedEmbedding, region: Bounds | None, n: int, seed: int
) -> tuple[Float64s, Float64s]:
    """Draw places of the map uniformly, with replacement.

    Pixels are drawn where rasters lie; those without data, off the region, or in a zone that does
    not speak for their place are passed over. So memory and reads depend on `n` alone.

    Parameters
    ----------
    embedding : ZonedEmbedding
        What is mapped.
    region
        Lon/lat box to which the map is cut; None for all of the embedding.
    n
        How many; fewer are returned where 20 times as many pixels do not have them.
    seed
        Of the draw.

    Returns
    -------
    lon, lat : float64, (places,)
        Degrees.

    Raises
    ------
    LandloomError
        None of the pixels has data.
    """
    rng = np.random.default_rng(seed)
    found: list[Float64s] = []
    for _ in range(_ROUNDS):
        found.append(_round(embedding, region, n, rng))
        if sum(map(len, found)) >= n:
            break
    lonlat = np.concatenate(found)[:n]
    if not lonlat.size:
        raise LandloomError(
            f"map.embedding: none of {n * _ROUNDS} random pixels has data, so that knndm folds "
            "have nothing to be compared with; take blocks or random where they are asked for "
            "(folds of map.tuning, map.applicability and map.calibration, map.crossval.schemes)"
        )
    return lonlat[:, 0], lonlat[:, 1]


def write_places(lon: Float64s, lat: Float64s, path: str | Path) -> None:
    """Write places as JSON."""
    write_json(path, {"lon": lon.tolist(), "lat": lat.tolist()})


def read_places(path: str | Path) -> tuple[Float64s, Float64s]:
    """Read what `write_places` wrote."""
    told = read_json(path)
    return np.array(told["lon"], np.float64), np.array(told["lat"], np.float64)


def _round(
    embedding: ZonedEmbedding, region: Bounds | None, n: int, rng: np.random.Generator
) -> Float64s:
    """Draw n pixels, and return the places of those that are on the map, (places, 2), shuffled."""
    boxes = [
        (number, tile, part)
        for number, zone in enumerate(embedding.zones)
        for tile, part in enumerate(t.box.clip(zone.info.grid.box) for t in zone.info.tiles)
        if part.area
    ]
    areas = np.array([part.area for _, _, part in boxes], np.float64)
    chosen = rng.choice(len(boxes), n, p=areas / areas.sum())
    edges = np.array([[p.top, p.bottom, p.left, p.right] for _, _, p in boxes])[chosen]
    rows, cols = (rng.integers(edges[:, i], edges[:, i + 1]) for i in (0, 2))
    zones, tiles = np.array([[zone, tile] for zone, tile, _ in boxes])[chosen].T
    found = []
    for number in range(len(embedding.zones)):
        own = zones == number
        found.append(_on_map(embedding, number, (rows[own], cols[own], tiles[own]), region))
    places: Float64s = rng.permutation(np.concatenate(found))
    return places


def _on_map(
    embedding: ZonedEmbedding,
    number: int,
    drawn: tuple[Int64s, Int64s, Int64s],
    region: Bounds | None,
) -> Float64s:
    """Return the places of those of a zone's pixels (rows, columns, tiles) that the map shows."""
    info = embedding.zones[number].info
    rows, cols, tiles = drawn
    first = _first_tile(info, rows, cols) == tiles  # or where tiles overlap, more would be drawn
    rows, cols = rows[first], cols[first]
    lon, lat = to_lonlat(info.grid.wkt).transform(*info.grid.centres(rows, cols))
    keep: Mask = np.isfinite(lon) & np.isfinite(lat)
    if region:
        west, south, east, north = region
        keep &= (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)
    keep[keep] = pixels_with_data(info, rows[keep], cols[keep])
    if len(embedding.zones) > 1:
        zones, _, _ = locate(embedding, CRS.from_user_input(LONLAT), lon[keep], lat[keep])
        keep[keep] = zones == number
    return np.column_stack([lon[keep], lat[keep]])


def _first_tile(info: EmbeddingInfo, rows: Int64s, cols: Int64s) -> Int64s:
    """Return the number of the first tile that each pixel lies in; all lie in one."""
    first = np.zeros(rows.size, np.int64)
    for number, tile in reversed(list(enumerate(info.tiles))):
        box = tile.box
        inside = (box.top <= rows) & (rows < box.bottom) & (box.left <= cols) & (cols < box.right)
        first[inside] = number
    return first

"""AlphaEarth's tiles: GeoTIFFs of 64 signed bytes to the pixel, read in windows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import rasterio
from rasterio.io import DatasetReader
from rasterio.windows import Window

from landloom.map.encoding import ALPHAEARTH_NODATA
from landloom.map.named.window_fetch import Order, Record, fetch_window
from landloom.map.named.window_file import Layout, Strip
from landloom.map.named.windows import NamedWindow
from landloom.raster.opening import open_dataset
from landloom.raster.pixel_grid import Box, Drift, PixelGrid
from landloom.sources.asking import Haste, RefusedError, check_start
from landloom.sources.catalogue import Address, PublicSource
from landloom.sources.checking import hurried, worded

LAYOUT = Layout("int8", ALPHAEARTH_NODATA, tuple(f"A{band:02d}" for band in range(64)))

_STRIP = 1024
"""Rows and columns that are read at a time, at most, but where a tile's blocks are larger."""

_CACHE_BYTES = 160 * 2**20  # a block of all bands; rasterio hands it to GDAL in bytes

_LONGEST = 600.0
"""Seconds that a request for pixels may take, as long as bytes come: a block has up to 64 MB."""


def fetch(
    source: PublicSource,
    window: NamedWindow,
    target: Path,
    pause: float,
    haste: Haste | None = None,
) -> Record:
    """Fetch a window of a tile: see `landloom.map.named.window_fetch.fetch_window`."""
    order = Order(source, window, LAYOUT, "alphaearth")
    waiting = haste or Haste.told()

    def read(address: Address) -> Iterator[Strip]:
        return read_tile(order.url(address), window, waiting)

    return fetch_window(order, read, target, pause)


def read_tile(url: str, window: NamedWindow, haste: Haste) -> Iterator[Strip]:
    """Yield the strips of a window of a tile, once the tile was looked at.

    Parameters
    ----------
    url
        Of the tile.
    window
        Its pixels, bottom-up. A tile that is stored the other way is turned round.
    haste
        How long the server is waited for.

    Raises
    ------
    RefusedError
        Where the tile cannot be had, or is not what the index says.
    """
    check_start(url, haste)
    options = {
        "GDAL_CACHEMAX": _CACHE_BYTES,
        "CPL_VSIL_CURL_NON_CACHED": "/vsicurl/http",  # a second look is a look anew
    }
    patient = replace(haste, whole=max(haste.whole, _LONGEST))
    with rasterio.Env(**options), hurried(patient, retries=1), worded(), open_dataset(url) as tile:
        turned = check_tile(tile, window.grid)
        yield from _strips(tile, window.box, turned)


def check_tile(tile: DatasetReader, grid: PixelGrid) -> bool:
    """Compare the header of a tile with the index.

    Parameters
    ----------
    tile
        The open tile.
    grid
        Its pixels by the index.

    Returns
    -------
    bool
        Whether its rows run the other way.

    Raises
    ------
    RefusedError
        Names what differs: bands, their type or order, CRS, size, pixels or place.
    """
    if tile.count != len(LAYOUT.bands):
        raise _other("number of bands", tile.count, len(LAYOUT.bands))
    if set(tile.dtypes) != {LAYOUT.dtype}:
        raise _other("type", ", ".join(sorted(set(tile.dtypes))), LAYOUT.dtype)
    if any(tile.descriptions) and tile.descriptions != LAYOUT.bands:
        raise RefusedError("calls its bands otherwise than A00 to A63, in this order", "differs")
    found = PixelGrid.of(tile)
    if not found.has_crs_of(grid) and found.crs.to_epsg() != grid.crs.to_epsg():
        raise _other("CRS", found.crs.name, grid.crs.name)
    if (found.width, found.height) != (grid.width, grid.height):
        sizes = [f"{one.width} x {one.height}" for one in (found, grid)]
        raise _other("size", sizes[0], sizes[1])
    turned = found.transform.e * grid.transform.e < 0
    drift = Drift.between(upside_down(grid) if turned else grid, found)
    if not drift.same_pixels:
        steps = [f"{one.transform.a:g} x {abs(one.transform.e):g}" for one in (found, grid)]
        raise _other("pixel size", steps[0], steps[1])
    if drift.place != (0, 0) or not drift.whole:
        bounds = [", ".join(f"{edge:g}" for edge in one.own_bounds) for one in (found, grid)]
        raise _other("place", bounds[0], bounds[1])
    return turned


def upside_down(grid: PixelGrid) -> PixelGrid:
    """Return a grid whose rows run the other way over the same ground."""
    flip = grid.transform.translation(0, grid.height) @ grid.transform.scale(1, -1)
    return PixelGrid(grid.wkt, grid.transform @ flip, grid.width, grid.height)


def _other(what: str, found: object, expected: object) -> RefusedError:
    return RefusedError(
        f"has another {what} than the index says: {found}, not {expected}", "differs"
    )


def _strips(tile: DatasetReader, box: Box, turned: bool) -> Iterator[Strip]:
    """Yield whole rows of a box, along the blocks of the tile, so that none is fetched twice."""
    own = Box(tile.height - box.bottom, tile.height - box.top, box.left, box.right)
    place = own if turned else box
    rows, columns = (_step(side) for side in tile.block_shapes[0])
    starts = range(place.top // rows * rows, place.bottom, rows)
    for start in reversed(starts) if turned else starts:
        top, bottom = max(start, place.top), min(start + rows, place.bottom)
        strip = np.empty((tile.count, bottom - top, place.right - place.left), LAYOUT.dtype)
        for left in range(place.left // columns * columns, place.right, columns):
            first, last = max(left, place.left), min(left + columns, place.right)
            part = strip[:, :, first - place.left : last - place.left]
            part[:] = tile.read(window=Window(first, top, last - first, bottom - top))
        yield strip[:, ::-1] if turned else strip
        del strip, part  # before there is another one: each has up to half a gigabyte


def _step(block: int) -> int:
    """Return how many rows or columns are read at a time: whole blocks of the tile."""
    return block if block >= _STRIP else _STRIP // block * block

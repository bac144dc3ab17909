"""A Web Coverage Service: a window of a dataset, cut on the dataset's own pixels and put there.

What is asked for is snapped outward to whole pixels of the grid. What comes back tells its place
with a jitter far below a pixel; its pixels are those that were asked for, so it is put on the exact
grid.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from rasterio.io import MemoryFile

from landloom.arrays import UInt8s
from landloom.job.files import whole_file
from landloom.raster.bounds import Bounds
from landloom.raster.opening import open_dataset
from landloom.raster.pixel_grid import Box, Drift, PixelGrid
from landloom.raster.vrt import Band, Piece, vrt
from landloom.sources.asking import Haste, RefusedError, check_is_tiff, fetch
from landloom.sources.catalogue import Address, Promise, PublicSource
from landloom.sources.checking import (
    Header,
    check_header,
    middle,
    promised_grid,
    worded,
)

log = logging.getLogger(__name__)

_HEADER = 1_000_000
"""Bytes that an answer may have besides its pixels."""

_SIDE = 4096
"""Pixels along each side of what is asked for at once."""

_PATIENT = Haste(connect=20.0, silence=120.0, whole=600.0)
"""Once a service has served a small window: it cuts a large one before it sends a byte."""

_ATTEMPTS = 3
_PAUSE = 5.0


def window_url(address: Address, grid: PixelGrid, box: Box) -> str:
    """Return the request of a window: its outer edges, and as many pixels as lie between them."""
    west, north = grid.transform @ (box.left, box.top)
    east, south = grid.transform @ (box.right, box.bottom)
    height, width = box.shape
    edges = ",".join(repr(float(edge)) for edge in (west, south, east, north))
    return address.url.format(bbox=edges, width=width, height=height)


def check_service(address: Address, source: PublicSource, bounds: Bounds, haste: Haste) -> None:
    """Have a service cut a small window in the middle of a region, and compare it.

    Raises
    ------
    RefusedError
        Where it does not answer, or with something else than is promised.
    """
    grid = promised_grid(source.promise)
    _cut(address, source.promise, middle(grid, bounds), source.nodata or 0, haste)


def fetch_window(
    address: Address, source: PublicSource, bounds: Bounds, margin: int, folder: Path
) -> str:
    """Write a region's window of a dataset, and describe the whole dataset with just it in place.

    Parameters
    ----------
    address
        The service's.
    source
        The dataset.
    bounds
        Lon/lat box of the region.
    margin
        Pixels more on each side.
    folder
        Where ``<name>.tif`` and ``<name>.vrt`` are written.

    Returns
    -------
    str
        Path of the VRT: the dataset's full grid, void outside the window.

    Raises
    ------
    RefusedError
        Where a part of the window cannot be had.
    """
    grid = promised_grid(source.promise)
    box = grid.touched_by(bounds, margin)
    nodata = source.nodata or 0
    window, described = folder / f"{source.name}.tif", folder / f"{source.name}.vrt"
    height, width = box.shape
    with whole_file(window) as draft, rasterio.open(
        draft, "w", driver="GTiff", width=width, height=height, count=1, crs=grid.wkt,
        dtype=source.promise.dtype, nodata=nodata, transform=corner(grid, box), tiled=True,
        compress="deflate", BIGTIFF="IF_SAFER",
    ) as target:  # fmt: skip
        for part, pixels in _parts(address, source, box):
            rows, cols = part.within(box)
            target.write(pixels, 1, window=(_ends(rows), _ends(cols)))
    piece = Piece(window, width, height, box.left, box.top, width, height)
    band = Band(1, source.promise.dtype or "uint8", nodata)
    with whole_file(described) as draft:
        draft.write_text(vrt(grid, [band], [piece]), encoding="utf-8")
    return str(described)


def corner(grid: PixelGrid, box: Box) -> Affine:
    """Return the affine of a box of a grid's pixels."""
    return grid.transform @ Affine.translation(box.left, box.top)


def _ends(rows: slice) -> tuple[int, int]:
    return rows.start, rows.stop


def _parts(address: Address, source: PublicSource, box: Box) -> Iterator[tuple[Box, UInt8s]]:
    parts = [
        Box(row, row + _SIDE, col, col + _SIDE).clip(box)
        for row in range(box.top, box.bottom, _SIDE)
        for col in range(box.left, box.right, _SIDE)
    ]
    for number, part in enumerate(parts, start=1):
        yield part, _cut_in_the_end(address, source, part)
        log.info("window %d of %d was cut: %d x %d pixels", number, len(parts), *part.shape)


def _cut_in_the_end(address: Address, source: PublicSource, box: Box) -> UInt8s:
    promise, nodata = source.promise, source.nodata or 0
    for attempt in range(1, _ATTEMPTS):
        try:
            return _cut(address, promise, box, nodata, _PATIENT)
        except RefusedError as refusal:
            if refusal.kind != "passing":
                raise
            log.info("a window: %s; once more in %.0f s", refusal, _PAUSE * attempt)
            time.sleep(_PAUSE * attempt)
    return _cut(address, promise, box, nodata, _PATIENT)


def _cut(address: Address, promise: Promise, box: Box, nodata: int, haste: Haste) -> UInt8s:
    """Return a window, in which what the service declares void is the dataset's own nodata."""
    grid = promised_grid(promise)
    dtype = np.dtype(promise.dtype or "uint8")
    most = 4 * box.area * dtype.itemsize + _HEADER
    body = fetch(window_url(address, grid, box), haste, limit=most)
    check_is_tiff(body)
    with worded(), MemoryFile(body) as file, open_dataset(file.name) as dataset:
        _check_place(Header.of(dataset), promise, box)
        pixels: UInt8s = dataset.read(1)
        pixels[dataset.read_masks(1) == 0] = nodata
    return pixels


def _check_place(found: Header, promise: Promise, box: Box) -> None:
    """Refuse an answer that is not the window that was asked for."""
    grid = promised_grid(promise)
    west, south, east, north = found.grid.bounds("EPSG:4326")
    check_header(found, promise, (west, south, east, north))
    drift = Drift.between(grid, found.grid)
    height, width = box.shape
    asked = (box.top, box.left, height, width)
    answered = (*drift.place, found.grid.height, found.grid.width)
    if answered != asked:
        raise RefusedError(
            f"sent another window than was asked for: row, column, height and width {answered}, "
            f"not {asked}"
        )

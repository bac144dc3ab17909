"""The generalised map: a majority filter window by window, then a sieve of the whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from rasterio.features import sieve

from landloom.arrays import UInt8s
from landloom.legend.values import NODATA
from landloom.map.generalised.majority import majority
from landloom.raster.opening import open_raster
from landloom.raster.pixel_grid import Box, PixelGrid

_WINDOW = 2048
_MOST_TIMES = 100
"""Sieves of a map: patches that grow together are few after some of them."""


@dataclass(frozen=True)
class Rules:
    """How a map is generalised.

    Attributes
    ----------
    majority : int, optional
        Side of the square whose most frequent class a pixel gets.
    min_pixels : int, optional
        Smallest patch that stays.
    connectivity : int
        4 or 8: which pixels are one patch.
    """

    majority: int | None = None
    min_pixels: int | None = None
    connectivity: int = 4


def generalised(path: str, rules: Rules) -> UInt8s:
    """Return a map without specks.

    It is held in memory whole, a few bytes for each pixel: which patch is the largest beside one is
    known only from all of it.

    Parameters
    ----------
    path
        The map: uint8, 255 is no data.
    rules
        What is done. The sieve is GDAL's (`rasterio.features.sieve`): patches below the smallest
        size get the class of the largest patch that they touch (see `sieved`); void is no patch.

    Returns
    -------
    numpy.ndarray
        (height, width) uint8; void where the map is.
    """
    with open_raster(path) as source:
        grid = PixelGrid.of(source)
        codes = np.empty(grid.box.shape, np.uint8)
        margin = (rules.majority or 1) // 2
        for box in grid.box.windows(_WINDOW):
            wide = Box(
                box.top - margin, box.bottom + margin, box.left - margin, box.right + margin
            ).clip(grid.box)
            read = source.read(1, window=wide.window)
            if rules.majority:
                read = majority(read, rules.majority)
            codes[box.within(grid.box)] = read[box.within(wide)]
    if rules.min_pixels is None:
        return codes
    return sieved(codes, rules.min_pixels, rules.connectivity)


def sieved(codes: UInt8s, min_pixels: int, connectivity: int) -> UInt8s:
    """Return a map whose patches have a smallest size.

    GDAL's sieve gives no class to a patch whose neighbours are all too small themselves. So it goes
    on until nothing changes, and where small patches are left, those below half the size, a quarter
    and so on go first, into what is larger than they are.

    Parameters
    ----------
    codes
        Class values, 255 is no data, (height, width).
    min_pixels
        Smallest patch that stays. Smaller ones stay only in void, and beside others that are all
        of one size, as on a chess-board.
    connectivity
        4 or 8: which pixels are one patch.

    Returns
    -------
    numpy.ndarray
        (height, width) uint8.
    """
    there = codes != NODATA
    sizes = [min_pixels]
    while sizes[-1] > 2:
        sizes.append(max(2, sizes[-1] // 2))
    for _ in range(_MOST_TIMES):
        before = codes
        for size in sizes:
            codes = np.asarray(sieve(before, size, mask=there, connectivity=connectivity))
            if not np.array_equal(codes, before):
                break
        else:
            break
    return codes

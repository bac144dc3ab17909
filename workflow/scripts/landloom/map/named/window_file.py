"""The file of a window: strips of pixels, whatever their heights, become one GeoTIFF."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.windows import Window

from landloom.raster.pixel_grid import PixelGrid

_BLOCK = 256

Strip = npt.NDArray[Any]
"""Pixels as stored, (bands, rows, columns): whole rows of a window, in turn from its first."""


@dataclass(frozen=True)
class Layout:
    """What the pixels of a dataset are, wherever they come from.

    Attributes
    ----------
    dtype
        Their type.
    nodata
        What stands, in every band, where there is no vector.
    bands
        What the bands are called.
    """

    dtype: str
    nodata: float
    bands: tuple[str, ...]

    def void(self, rows: int, columns: int) -> Strip:
        """Return a strip without data."""
        return np.full((len(self.bands), rows, columns), self.nodata, dtype=self.dtype)


def write_window(path: Path, grid: PixelGrid, layout: Layout, strips: Iterable[Strip]) -> None:
    """Write strips as a tiled GeoTIFF.

    Parameters
    ----------
    path
        Where to write.
    grid
        The pixels of the window.
    layout
        What they are.
    strips
        Of any heights, which make no difference to the bytes that are written; together as many
        rows as the grid has.
    """
    with rasterio.open(
        path, "w", driver="GTiff", width=grid.width, height=grid.height, count=len(layout.bands),
        dtype=layout.dtype, nodata=layout.nodata, crs=grid.wkt, transform=grid.transform,
        tiled=True, blockxsize=_BLOCK, blockysize=_BLOCK, interleave="band", compress="deflate",
        zlevel=1, bigtiff="if_safer",
    ) as target:  # fmt: skip
        target.descriptions = layout.bands
        row = 0
        for part in _in_blocks(strips):
            target.write(part, window=Window(0, row, grid.width, part.shape[1]))
            row += part.shape[1]
            del part  # of a strip that is large, before there is another one
    if row != grid.height:
        raise ValueError(f"{row} rows came of a window of {grid.height}")


def void_strips(grid: PixelGrid, layout: Layout) -> Iterator[Strip]:
    """Yield the strips of a window without data."""
    for row in range(0, grid.height, _BLOCK):
        yield layout.void(min(_BLOCK, grid.height - row), grid.width)


def _in_blocks(strips: Iterable[Strip]) -> Iterator[Strip]:
    """Cut strips anew, so that each holds whole blocks of the file: none is written twice."""
    held: list[Strip] = []
    missing = _BLOCK
    for strip in strips:
        start = 0
        while start < strip.shape[1]:
            part = strip[:, start : start + missing]
            start += part.shape[1]
            missing -= part.shape[1]
            held.append(part)
            if not missing:
                yield np.concatenate(held, axis=1) if len(held) > 1 else part
                held, missing = [], _BLOCK
        held = [part.copy() for part in held]
        del strip, part  # which are large, before there is another one
    if held:
        yield np.concatenate(held, axis=1)

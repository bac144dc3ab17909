"""The map of several zones: each pixel has the label that its zone predicts at the place.

For a classifier of single pixels, the label of the nearest vector is the nearest label. So this
equals a warp of all bands by nearest neighbour and a prediction of what comes out, at a small part
of the cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from rasterio.io import DatasetReader
from rasterio.windows import Window

from landloom.arrays import Int64s, Mask
from landloom.legend.values import void_of
from landloom.map.blocks import Block
from landloom.map.ground import Ground
from landloom.map.plan import MapPlan
from landloom.map.zones import Zone, ZonedEmbedding
from landloom.raster.opening import open_dataset, reading
from landloom.raster.pixel_grid import Box

Pixels = npt.NDArray[Any]
"""Bands of one type, first axis."""

_STRIP = 256
"""Rows that are looked up at a time."""


def mosaic_block(
    plan: MapPlan, embedding: ZonedEmbedding, block: Block, files: Mapping[str, str]
) -> Pixels:
    """Return the pixels of a block of the map, from what blocks of the zones hold.

    Parameters
    ----------
    plan : MapPlan
        Of the map.
    embedding : ZonedEmbedding
        The zones.
    block
        Of the map; or a piece of one.
    files
        Names of the zones' blocks that can hold something of it, and their files, which have the
        same bands of one type; some may have further ones, from when more was asked for.

    Returns
    -------
    ndarray of the files' type, shape (bands, height, width)
        `void_of` the type where no zone has data.

    Raises
    ------
    LandloomError
        Where a file cannot be read.
    """
    ground = Ground(plan.grid, embedding, plan.region)
    with ExitStack() as stack:
        opened = {name: stack.enter_context(open_dataset(path)) for name, path in files.items()}
        one = next(iter(opened.values()))
        count = min(file.count for file in opened.values())
        zones = [_Predictions(zone, plan, opened) for zone in embedding.zones]
        out = _void((count, block.height, block.width), one.dtypes[0])
        for top in range(0, block.height, _STRIP):
            strip = out[:, top : top + _STRIP]
            row = block.row + top
            box = Box(row, row + strip.shape[1], block.col, block.col + block.width)
            ground.look(box, partial(_put, zones, strip))
    return out


def _void(shape: tuple[int, ...], dtype: npt.DTypeLike) -> Pixels:
    return np.full(shape, void_of(dtype), dtype)


def _put(
    zones: Sequence[_Predictions], out: Pixels, zone: int, where: Mask, rows: Int64s, cols: Int64s
) -> Mask:
    """Put what a zone predicts at some pixels in its place, and return where there is something."""
    values = zones[zone].at(rows, cols, out)
    out[:, where] = values
    known: Mask = values[0] != void_of(out.dtype)
    return known


class _Predictions:
    """The blocks of one zone, as far as they are needed."""

    def __init__(self, zone: Zone, plan: MapPlan, opened: Mapping[str, DatasetReader]) -> None:
        self._size = size = plan.side
        own = {name: zone.block(name, plan.size) for name in opened if zone.has_block(name)}
        self._files = {(b.row // size, b.col // size): opened[name] for name, b in own.items()}

    def at(self, rows: Int64s, cols: Int64s, like: Pixels) -> Pixels:
        """Return what is predicted at some pixels of the zone, shape (bands, pixels)."""
        values = _void((len(like), rows.size), like.dtype)
        block_rows, block_cols = rows // self._size, cols // self._size
        for (row, col), source in self._files.items():
            here = np.flatnonzero((block_rows == row) & (block_cols == col))
            if here.size:
                values[:, here] = _values(
                    source, len(like), rows[here] % self._size, cols[here] % self._size
                )
        return values


def _values(source: DatasetReader, count: int, rows: Int64s, cols: Int64s) -> Pixels:
    """Return the first bands at some pixels of a file."""
    top, left = int(rows.min()), int(cols.min())
    window = Window(left, top, int(cols.max()) + 1 - left, int(rows.max()) + 1 - top)
    with reading(source.name, source.name):
        stored: Pixels = source.read(list(range(1, count + 1)), window=window)
    return stored[:, rows - top, cols - left]

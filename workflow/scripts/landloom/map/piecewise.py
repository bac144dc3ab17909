"""Making a block of the map and writing it; a sheet of many blocks piece by piece.

The pieces of a sheet that are finished are kept beside it, so that a job that was killed goes on
where it was. They are joined when all are there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from affine import Affine
from rasterio.windows import Window

from landloom.job.files import whole_file
from landloom.job.kept import Kept
from landloom.legend.values import void_of
from landloom.map.blocks import Block, blocks_aside
from landloom.map.prediction import write_block
from landloom.map.sheets import STORED, side_of_pieces
from landloom.raster.pixel_grid import PixelGrid

Pixels = npt.NDArray[Any]
"""(bands, height, width)."""


@dataclass(frozen=True)
class Target:
    """A block, or a sheet of some, that is to be made.

    Attributes
    ----------
    path
        The file.
    grid
        The pixels of the whole.
    block
        Which of them.
    size
        Pixels along the blocks of the map.
    nodata
        What stands for no data; None for `void_of` the type.
    """

    path: str | Path
    grid: PixelGrid
    block: Block
    size: int
    nodata: float | None = None

    @property
    def pieces(self) -> tuple[Block, ...]:
        """What is made at a time: the block itself, where that is no sheet."""
        if blocks_aside(self.block.name) == 1:
            return (self.block,)
        return self.block.pieces(side_of_pieces(self.size))


def make_block(target: Target, make: Callable[[Block], Pixels], kept: Kept) -> int:
    """Make a block and write it as a GeoTIFF that appears whole or not at all.

    Parameters
    ----------
    target : Target
        Of more than one piece, a tiled file in which tiles without data take no room.
    make
        Returns the pixels of a block, or of a piece of it: bands of one type.
    kept : Kept
        Where the pieces are that were finished before.

    Returns
    -------
    int
        The pixels that have data.
    """
    pieces = target.pieces
    if len(pieces) == 1:
        pixels = make(target.block)
        with whole_file(target.path) as draft:
            write_block(pixels, target.grid, target.block, draft, target.nodata)
        return _known(pixels, target)
    while not kept.restore():
        _make_pieces(target, pieces, make, kept)
        try:
            with whole_file(target.path) as draft:
                known = _join(target, pieces, kept, draft)
        except OSError:  # as rasterio's errors are
            # Another job of the same sheet, which outlived the run that began it, took them away.
            if all(kept.has(f"{piece.name}.tif") for piece in pieces):
                raise
        else:
            kept.end()
            return known
    with rasterio.open(target.path) as sheet:
        windows = [window for _, window in sheet.block_windows(1)]
        return sum(_known(sheet.read([1], window=window), target) for window in windows)


def _make_pieces(
    target: Target, pieces: tuple[Block, ...], make: Callable[[Block], Pixels], kept: Kept
) -> None:
    missing = [piece for piece in pieces if not kept.has(f"{piece.name}.tif")]
    kept.tell(len(pieces) - len(missing), len(pieces))
    for piece in missing:
        # Another job of the same sheet may be at it.
        if kept.is_finished:
            return
        if kept.has(f"{piece.name}.tif"):
            continue
        pixels = make(piece)
        with kept.adding(f"{piece.name}.tif") as draft:
            write_block(pixels, target.grid, piece, draft, target.nodata)


def _join(target: Target, pieces: tuple[Block, ...], kept: Kept, draft: Path) -> int:
    """Write the pieces in one file, one after another, and return how many pixels have data."""
    block, known = target.block, 0
    with rasterio.open(kept.path(f"{pieces[0].name}.tif")) as source:
        like = {"count": source.count, "dtype": source.dtypes[0], "nodata": source.nodata}
    with rasterio.open(
        draft,
        "w",
        driver="GTiff",
        width=block.width,
        height=block.height,
        **like,
        crs=target.grid.wkt,
        transform=target.grid.transform @ Affine.translation(block.col, block.row),
        compress="deflate",
        interleave="band",
        tiled=True,
        blockxsize=STORED,
        blockysize=STORED,
        sparse_ok=True,
        bigtiff="if_safer",
    ) as sheet:
        for piece in pieces:
            with rasterio.open(kept.path(f"{piece.name}.tif")) as source:
                pixels = source.read()
            known += _known(pixels, target)
            at = (piece.col - block.col, piece.row - block.row)
            sheet.write(pixels, window=Window(*at, piece.width, piece.height))
    return known


def _known(pixels: Pixels, target: Target) -> int:
    void = void_of(pixels.dtype) if target.nodata is None else target.nodata
    return int(np.count_nonzero(pixels[0] != void))

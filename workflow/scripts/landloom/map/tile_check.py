"""Doubts about single tiles of an embedding: those in which nothing was ever written."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from landloom.arrays import Mask
from landloom.errors import LandloomError
from landloom.map.embedding import KEY, SAMPLE_BLOCK, EmbeddingInfo, Tile
from landloom.map.embedding_reader import Embedding
from landloom.map.encoding import ALPHAEARTH_NODATA, VECTOR, marker
from landloom.raster.pixel_grid import Box

_NAMED = 5


def check_tiles(info: EmbeddingInfo, seed: int = 0) -> None:
    """Stop where a tile holds nothing but zeros: a file that was made, but never written.

    One block of 256 by 256 pixels is read of each tile, mostly one band of it, and on in random
    order while nothing but zeros and void was found.

    Parameters
    ----------
    info : EmbeddingInfo
        The embedding. One file alone is `check_encoding`'s. Nothing is read where zero in every
        band is declared to be nodata, or is an ordinary pixel, as of fewer than four bands.
    seed : int
        Chooses the blocks.

    Raises
    ------
    LandloomError
        If there are such tiles: names the first five. Void tiles are none, void being nodata, NaN
        and what a mask or alpha hides.
    """
    if len(info.tiles) < 2 or info.bands < VECTOR or marker(info.nodata, info.dtype) == 0:
        return
    with Embedding(info) as embedding:
        empty = [
            tile.path
            for number, tile in enumerate(info.tiles)
            if _only_zeros(embedding, tile, np.random.default_rng((seed, number)))
        ]
    if not empty:
        return
    more = f" and {len(empty) - _NAMED} more" if len(empty) > _NAMED else ""
    it, hold = ("it", "holds") if len(empty) == 1 else ("them", "hold")
    raise LandloomError(
        f"{KEY}: {', '.join(empty[:_NAMED])}{more} {hold} nothing but zero in every band, so no "
        f"embedding; leave {it} out of the list, or fetch {it} anew"
    )


def _only_zeros(embedding: Embedding, tile: Tile, rng: np.random.Generator) -> bool:
    """Return whether a tile has pixels of zeros, and besides these only void."""
    own = Box(
        -tile.row,
        embedding.info.grid.height - tile.row,
        -tile.col,
        embedding.info.grid.width - tile.col,
    )
    cut = list(own.clip(Box(0, tile.height, 0, tile.width)).windows(SAMPLE_BLOCK))
    zeros = False
    for index in rng.permutation(len(cut)):
        window = cut[index].window
        zero: Mask | None = None
        for band in embedding.shown(tile, window):
            if _holds_data(band, embedding.info):
                return False
            zero = band == 0 if zero is None else zero & (band == 0)
            if not zero.any():  # void, then, in this band already
                break
        zeros |= zero is not None and bool(zero.any())
    return zeros


def _holds_data(band: npt.NDArray[np.generic], info: EmbeddingInfo) -> bool:
    """Return whether a number is neither zero nor one that stands for no data."""
    mark = ALPHAEARTH_NODATA if info.encoding == "alphaearth" else None
    found: Mask = band != 0
    for value in (mark, marker(info.nodata, info.dtype)):
        if value is not None:
            found &= band != value
    if band.dtype.kind == "f":
        found &= np.isfinite(band)
    return bool(found.any())

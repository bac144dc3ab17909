"""Doubts about single tiles of an embedding: those in which nothing was written, or all is void."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from landloom.arrays import Mask
from landloom.errors import LandloomError
from landloom.map.embedding import KEY, SAMPLE_BLOCK, EmbeddingInfo, Tile
from landloom.map.embedding_reader import Embedding
from landloom.map.encoding import ALPHAEARTH_NODATA, VECTOR, marker
from landloom.raster.pixel_grid import Box

_NAMED = 5

_Content = Literal["data", "zeros", "void"]


def check_tiles(info: EmbeddingInfo, seed: int = 0) -> list[str]:
    """Stop where a tile holds nothing but zeros: a file that was made, but never written.

    One block of 256 by 256 pixels is read of each tile, mostly one band of it, and on in random
    order while nothing but zeros and void was found.

    Parameters
    ----------
    info : EmbeddingInfo
        The embedding. One file alone is `check_encoding`'s. Nothing is read where zero is an
        ordinary number, as of fewer than four bands.
    seed : int
        Chooses the blocks.

    Returns
    -------
    list of str
        A line on tiles that are void throughout: nodata, NaN, and what a mask or alpha hides.

    Raises
    ------
    LandloomError
        If there are tiles of zeros: names the first five. Where zero in every band is declared to
        be nodata, such a tile is void.
    """
    if len(info.tiles) < 2 or info.bands < VECTOR:
        return []
    found: dict[_Content, list[str]] = {"data": [], "zeros": [], "void": []}
    with Embedding(info) as embedding:
        for number, tile in enumerate(info.tiles):
            content = _content(embedding, tile, np.random.default_rng((seed, number)))
            found[content].append(tile.path)
    void = found["void"]
    if marker(info.nodata, info.dtype) == 0:
        void = [tile.path for tile in info.tiles if tile.path in {*void, *found["zeros"]}]
    elif zeros := found["zeros"]:
        it, hold = ("it", "holds") if len(zeros) == 1 else ("them", "hold")
        raise LandloomError(
            f"{KEY}: {_named(zeros)} {hold} nothing but zero in every band, so no embedding; leave "
            f"{it} out of the list, or fetch {it} anew"
        )
    return [f"{_named(void)}: void throughout, nothing is mapped from there"] if void else []


def _named(paths: list[str]) -> str:
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return f"{', '.join(paths[:_NAMED])}{more}"


def _content(embedding: Embedding, tile: Tile, rng: np.random.Generator) -> _Content:
    """Return what a tile holds: some data; else zeros, and perhaps void; else void alone."""
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
                return "data"
            zero = band == 0 if zero is None else zero & (band == 0)
            if not zero.any():  # void, then, in this band already
                break
        zeros |= zero is not None and bool(zero.any())
    return "zeros" if zeros else "void"


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

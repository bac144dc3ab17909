"""The map: blocks of predictions as small files, and their union as Cloud Optimized GeoTIFFs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.shutil
from affine import Affine
from rasterio.windows import Window

from landloom.embedding import Embedding, EmbeddingInfo
from landloom.encoding import decode, valid_mask
from landloom.grid import Block
from landloom.legends import Legend, colored
from landloom.vrt import Band, Piece, Whole, vrt

if TYPE_CHECKING:
    from landloom.forest import FlatForest

NODATA = 255
"""Nodata of every band of the map: class values are 0..254, shares 0..100."""

_ROWS_AT_ONCE = 2**18
"""Pixels that are read and predicted at a time: 16 MB of 64 signed bytes, 64 MB of floats."""


def predict_block(
    embedding: Embedding, block: Block, forest: FlatForest, shares: str
) -> npt.NDArray[np.uint8]:
    """Predict the pixels of a block.

    Parameters
    ----------
    embedding
        The open embedding.
    block
        Where.
    forest
        The flat forest.
    shares
        ``none``; ``confidence`` for the winning share of the votes; ``all`` for the share of
        every class besides.

    Returns
    -------
    numpy.ndarray
        (bands, height, width) uint8: the class value, then percents; 255 where the embedding
        has no data.
    """
    bands = {"none": 1, "confidence": 2, "all": 2 + len(forest.classes)}[shares]
    out = np.full((bands, block.height, block.width), NODATA, np.uint8)
    info = embedding.info
    for rows in _strips(block):
        window = Window(block.col, block.row + rows.start, block.width, rows.stop - rows.start)
        stored = embedding.read(window)
        valid = np.flatnonzero(valid_mask(stored, info.encoding, info.nodata))
        values = stored if forest.on_codes else decode(stored, info.encoding)
        found = forest.predict(
            values.reshape(info.bands, -1).T,
            valid,
            confidence=shares != "none",
            probabilities=shares == "all",
        )
        strip = out[:, rows].reshape(bands, -1)
        strip[0, valid] = found.labels
        if found.confidence is not None:
            strip[1, valid] = _percent(found.confidence)
        if found.probabilities is not None:
            strip[2:, valid] = _percent(found.probabilities).T
        out[:, rows] = strip.reshape(bands, -1, block.width)
    return out


def _percent(shares: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    return np.rint(100.0 * shares).astype(np.uint8)


def _strips(block: Block) -> Iterator[slice]:
    rows = max(1, _ROWS_AT_ONCE // block.width)
    for start in range(0, block.height, rows):
        yield slice(start, min(start + rows, block.height))


def write_block(
    pixels: npt.NDArray[np.uint8], info: EmbeddingInfo, block: Block, target: Path
) -> None:
    """Write a block as a GeoTIFF of its own, in its place."""
    bands, height, width = pixels.shape
    with rasterio.open(
        target,
        "w",
        driver="GTiff",
        width=width,
        height=height,
        count=bands,
        dtype="uint8",
        nodata=NODATA,
        crs=info.crs,
        transform=info.affine @ Affine.translation(block.col, block.row),
        compress="deflate",
        interleave="band",
    ) as dataset:
        dataset.write(pixels)


def write_map(
    blocks: Sequence[tuple[Block, str | Path]],
    info: EmbeddingInfo,
    bands: Sequence[int],
    legend: Legend,
    target: Path,
) -> None:
    """Join blocks as a Cloud Optimized GeoTIFF, in bounded memory.

    The file depends on the pixels alone, not on how they were cut into blocks.

    Parameters
    ----------
    blocks
        All blocks and their files.
    info
        The embedding, whose grid the map has.
    bands
        Bands of the blocks that the map holds.
    legend
        Names and colours of the class values; empty for shares. Classes get mode overviews,
        shares averages.
    target
        The file. Category names, which the format has no place for, go beside it, into
        ``.aux.xml``, where GDAL and QGIS look for them.
    """
    whole = Whole(info.crs, info.affine, info.width, info.height)
    pieces = [
        Piece(path, block.width, block.height, block.col, block.row, block.width, block.height)
        for block, path in blocks
    ]
    layers = [Band(number, "uint8", NODATA, colored(legend)) for number in bands]
    rasterio.shutil.copy(
        vrt(whole, layers, pieces),
        target,
        driver="COG",
        compress="deflate",
        overview_resampling="mode" if legend else "average",
        bigtiff="if_safer",
    )


def for_stored_values(forest: FlatForest, info: EmbeddingInfo) -> FlatForest:
    """Return the forest that predicts the embedding's numbers as they are stored.

    Forests do not care for a monotone decoding, so signed bytes need none: thresholds are
    translated once, in place of every pixel.
    """
    if info.encoding == "alphaearth" and info.dtype == "int8":
        codes = np.arange(-127, 128).astype(np.int8)
        return forest.with_codes(decode(codes, info.encoding), -127)
    return forest

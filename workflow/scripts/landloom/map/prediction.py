"""The map, block by block: predictions as small files, which `landloom.map.join` joins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from affine import Affine
from rasterio.windows import Window

from landloom.arrays import Indices
from landloom.legend.values import NODATA, void_of
from landloom.map.blocks import PREDICTED, Block
from landloom.map.classifiers.prediction import Classifier
from landloom.map.embedding import EmbeddingInfo
from landloom.map.embedding_reader import Embedding
from landloom.map.encoding import decode, valid_mask
from landloom.map.percents import percents
from landloom.raster.pixel_grid import PixelGrid

_BYTES_AT_ONCE = 128 * 2**20
"""What is read at a time: a block of 1024 x 1024 of signed bytes, half a one of floats."""

_PIXELS_AT_ONCE = 2**17
"""Pixels that are predicted at a time: their shares of 30 classes take 30 MB."""


def predict_block(
    embedding: Embedding, block: Block, classifier: Classifier, layers: str
) -> npt.NDArray[np.uint8]:
    """Predict the pixels of a block.

    Parameters
    ----------
    embedding
        The open embedding.
    block
        Where.
    classifier
        A flat one.
    layers
        One of `PREDICTED`: with the share of the winner, and with that of every class besides.

    Returns
    -------
    numpy.ndarray
        (bands, height, width) uint8: the class value, then percents; 255 where the embedding
        has no data.
    """
    with_confidence, with_shares = (PREDICTED.index(layers) >= number for number in (1, 2))
    bands = 1 + with_confidence + with_shares * len(classifier.classes)
    out = np.full((bands, block.height, block.width), NODATA, np.uint8)
    info = embedding.info
    for (rows, cols), stored, valid in pieces_with_data(embedding, block):
        values = stored if classifier.on_codes else decode(stored, info.encoding)
        piece = out[:, rows, cols].reshape(bands, -1)
        for start in range(0, valid.size, _PIXELS_AT_ONCE):
            pixels = valid[start : start + _PIXELS_AT_ONCE]
            found = classifier.predict(
                values.reshape(info.bands, -1).T,
                pixels,
                confidence=with_confidence,
                probabilities=with_shares,
            )
            piece[0, pixels] = found.labels
            if found.confidence is not None:
                piece[1, pixels] = percents(found.confidence)
            if found.probabilities is not None:
                piece[2:, pixels] = percents(found.probabilities).T
        out[:, rows, cols] = piece.reshape(bands, *stored.shape[1:])
    return out


def pieces_with_data(
    embedding: Embedding, block: Block
) -> Iterator[tuple[tuple[slice, slice], npt.NDArray[Any], Indices]]:
    """Read a block in pieces, so that memory is bounded.

    Parameters
    ----------
    embedding
        The open embedding.
    block
        Where.

    Yields
    ------
    tuple of two slices
        Rows and columns of the block.
    ndarray, shape (bands, height, width)
        The embedding there, as stored.
    ndarray of intp
        Numbers of the piece's pixels that have data.
    """
    info = embedding.info
    for rows, cols in _pieces(block, info):
        window = Window(
            block.col + cols.start,
            block.row + rows.start,
            cols.stop - cols.start,
            rows.stop - rows.start,
        )
        stored = embedding.read(window)
        valid = np.flatnonzero(valid_mask(stored, info.encoding, info.nodata))
        yield (rows, cols), stored, valid


def _pieces(block: Block, info: EmbeddingInfo) -> Iterator[tuple[slice, slice]]:
    """Cut a block into rectangles that go together; the file's own blocks stay whole, if they can.

    A file that keeps a pixel's bands together is decoded a stored block at a time. Where that is
    more than may be held here, the two together are kept in bounds by holding half.
    """
    pixel = info.bands * np.dtype(info.dtype).itemsize
    stored_rows = min(info.block_shape[0], block.height)
    stored_cols = min(info.block_shape[1], block.width)
    most = _BYTES_AT_ONCE // pixel
    if info.interleave == "pixel" and stored_rows * stored_cols > most:
        most //= 2
    cols = block.width
    if cols * stored_rows > most:
        cols = max(stored_cols, most // stored_rows // stored_cols * stored_cols)
    rows = max(1, most // cols)
    if rows > stored_rows:
        rows -= rows % stored_rows
    for top in range(0, block.height, rows):
        for left in range(0, block.width, cols):
            yield (
                slice(top, min(top + rows, block.height)),
                slice(left, min(left + cols, block.width)),
            )


def write_block(
    pixels: npt.NDArray[Any],
    grid: PixelGrid,
    block: Block,
    target: Path,
    nodata: float | None = None,
) -> None:
    """Write a block of a grid as a GeoTIFF of its own, in its place.

    What is no data is `void_of` the type, unless it is given.
    """
    bands, height, width = pixels.shape
    with rasterio.open(
        target,
        "w",
        driver="GTiff",
        width=width,
        height=height,
        count=bands,
        dtype=pixels.dtype.name,
        nodata=void_of(pixels.dtype) if nodata is None else nodata,
        crs=grid.wkt,
        transform=grid.transform @ Affine.translation(block.col, block.row),
        compress="deflate",
        interleave="band",
    ) as dataset:
        dataset.write(pixels)


def for_stored_values(classifier: Classifier, info: EmbeddingInfo) -> Classifier:
    """Return the classifier that predicts the embedding's numbers as they are stored.

    Forests do not care for a monotone decoding, so signed bytes need none: thresholds are
    translated once, in place of every pixel. Others look the value of a byte up.
    """
    if info.encoding == "alphaearth" and info.dtype == "int8":
        codes = np.arange(-128, 128).astype(np.int8)  # -128 is data where other bands have some
        return classifier.with_codes(decode(codes, info.encoding), -128)
    return classifier

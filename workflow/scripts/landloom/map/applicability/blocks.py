"""Where the map applies, block by block, and the layers that are joined from the blocks."""

from __future__ import annotations

import numpy as np

from landloom.arrays import Float32s
from landloom.legend.values import VOID
from landloom.map.applicability.area import AREA, INSIDE, OUTSIDE
from landloom.map.applicability.samples import Applicability
from landloom.map.blocks import Block
from landloom.map.embedding_reader import Embedding
from landloom.map.encoding import decode
from landloom.map.join import Layer
from landloom.map.prediction import pieces_with_data

NO_COUNT = 2**32 - 1
"""Nodata of the density of samples, which is counted in 32 bits."""

LAYERS = {
    "dissimilarity": Layer(
        {1: "dissimilarity index"},
        dtype="float32",
        nodata=VOID,
        void=VOID,
        unit="mean distance of samples",
    ),
    "applicability": Layer({2: "area of applicability"}, AREA, void=VOID),
    "point_density": Layer(
        {3: "local point density"}, dtype="uint32", nodata=NO_COUNT, void=VOID, unit="samples"
    ),
}
"""Rasters of the map, each a band of the blocks."""

_PIXELS_AT_ONCE = 2**14
"""Pixels that are decoded at a time: 64 bands of them take 4 MB."""


def measure_block(embedding: Embedding, block: Block, applicability: Applicability) -> Float32s:
    """Compare the pixels of a block with the samples.

    Parameters
    ----------
    embedding
        The open embedding.
    block
        Where.
    applicability
        The samples.

    Returns
    -------
    ndarray of float32, shape (3, height, width)
        The bands of `LAYERS`; `VOID` where the embedding has no data. Inside the area are pixels
        whose dissimilarity, in double precision, is not above the threshold.
    """
    out = np.full((len(LAYERS), block.height, block.width), VOID, np.float32)
    info, index = embedding.info, applicability.index()
    unit, threshold = applicability.mean_distance, applicability.threshold
    for (rows, cols), stored, valid in pieces_with_data(embedding, block):
        values = stored.reshape(info.bands, -1)
        piece = np.full((len(LAYERS), values.shape[1]), VOID, np.float32)
        for start in range(0, valid.size, _PIXELS_AT_ONCE):
            pixels = valid[start : start + _PIXELS_AT_ONCE]
            found = index.search(decode(values[:, pixels], info.encoding), unit, threshold)
            piece[0, pixels] = found.dissimilarity
            piece[1, pixels] = np.where(found.dissimilarity <= threshold, INSIDE, OUTSIDE)
            piece[2, pixels] = found.density
        out[:, rows, cols] = piece.reshape(len(LAYERS), *stored.shape[1:])
    return out

"""The embedding's vectors at the pixels of the map, for pictures of parts of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from landloom.arrays import Float32s, Int64s, Mask
from landloom.map.embedding_reader import Embedding, read_pixels
from landloom.map.encoding import decode, filler, valid_mask
from landloom.map.ground import Ground
from landloom.map.plan import MapPlan
from landloom.map.zones import ZonedEmbedding
from landloom.raster.pixel_grid import Box

Vectors = Callable[[Box], tuple[Float32s, Mask]]
"""Takes a box of the map's pixels; returns the decoded vectors of those that have data, float32 of
shape (pixels, bands), and which they are."""


@contextmanager
def vectors_on(plan: MapPlan, embedding: ZonedEmbedding) -> Iterator[Vectors]:
    """Yield what reads an embedding at the pixels of a map.

    Parameters
    ----------
    plan : MapPlan
        Of the map.
    embedding : ZonedEmbedding
        What it was made from.
    """
    if plan.mosaic is not None:
        yield _Warped(plan, embedding)
        return
    info = embedding.common
    with Embedding(info) as opened:

        def read(box: Box) -> tuple[Float32s, Mask]:
            stored = opened.read(box.window)
            valid = valid_mask(stored, info.encoding, info.nodata)
            return decode(stored[:, valid], info.encoding).T, valid

        yield read


class _Warped:
    """Takes from the zones the vectors nearest to the map's pixels."""

    def __init__(self, plan: MapPlan, embedding: ZonedEmbedding) -> None:
        self._ground = Ground(plan.grid, embedding, plan.region)
        self._embedding = embedding

    def __call__(self, box: Box) -> tuple[Float32s, Mask]:
        common = self._embedding.common
        fill = filler(common.encoding, common.nodata, common.dtype)
        stored = np.full((*box.shape, common.bands), fill, common.dtype)

        def look(zone: int, where: Mask, rows: Int64s, cols: Int64s) -> Mask:
            found = read_pixels(self._embedding.zones[zone].info, rows, cols)
            stored[where] = found
            return valid_mask(found.T, common.encoding, common.nodata)

        self._ground.look(box, look)
        valid = valid_mask(np.moveaxis(stored, -1, 0), common.encoding, common.nodata)
        return decode(stored[valid], common.encoding), valid

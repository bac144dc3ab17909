"""Predict a block as scikit-learn does it: the plain way that the block's job is measured against.

``python plain_block.py MODEL RASTER COL ROW SIDE LAYERS TARGET``
"""

from __future__ import annotations

import sys
from typing import Any

import joblib
import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window

ROWS_AT_ONCE = 2**15
"""So few that the votes of one tree stay in cache: it is no slower, and takes far less memory."""


def decoded(stored: NDArray[Any]) -> NDArray[np.float32]:
    """Decode AlphaEarth's signed bytes; floats are what they are."""
    if stored.dtype != np.int8:
        return stored
    values = stored.astype(np.float32) / np.float32(127.5)
    return values * np.abs(values)


def main(
    model_file: str, raster: str, col: str, row: str, side: str, layers: str, target: str
) -> None:
    model = joblib.load(model_file)
    window = Window(int(col), int(row), int(side), int(side))
    with rasterio.open(raster) as dataset:
        stored = dataset.read(window=window)
        profile = {"crs": dataset.crs, "transform": dataset.window_transform(window)}
    pixels = stored.reshape(len(stored), -1).T
    out = np.empty((1 if layers == "labels" else 2, len(pixels)), np.uint8)
    for start in range(0, len(pixels), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        X = np.ascontiguousarray(decoded(pixels[part]))
        if layers == "labels":
            out[0, part] = model.predict(X)
        else:  # `predict` would find the same votes once more
            votes = model.predict_proba(X)
            out[0, part] = model.classes_.take(votes.argmax(axis=1))
            out[1, part] = np.rint(100 * votes.max(axis=1))
    with rasterio.open(
        target,
        "w",
        driver="GTiff",
        width=window.width,
        height=window.height,
        count=len(out),
        dtype="uint8",
        nodata=255,
        compress="deflate",
        interleave="band",
        **profile,
    ) as dataset:
        dataset.write(out.reshape(len(out), window.height, window.width))


if __name__ == "__main__":
    main(*sys.argv[1:])

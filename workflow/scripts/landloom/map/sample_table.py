"""The table of samples: which of its columns are bands, and what a forest learns from."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from landloom.arrays import Float32s, Int64s
from landloom.map.points import Points

ABOUT = ("lon", "lat", "x", "y", "row", "col", "zone", "source", "group", "year", "label", "split")
"""Columns of samples that are no bands."""


def band_names(frame: pd.DataFrame) -> list[str]:
    """Return the columns of samples that are bands: all but those that every table has."""
    return [str(name) for name in frame.columns if name not in ABOUT]


def features(frame: pd.DataFrame) -> Float32s:
    """Return the bands of samples as float32, shape (samples, bands), C-contiguous."""
    return np.ascontiguousarray(frame[band_names(frame)].to_numpy(np.float32))


def labelled(
    samples: Points, split: Literal["train", "test"] | None = None
) -> tuple[Float32s, Int64s]:
    """Return the bands and the labels of the samples of a split, or of all, in file order."""
    frame = samples.frame
    if split is not None:
        frame = frame[frame["split"] == split]
    return features(frame), frame["label"].to_numpy(np.int64)

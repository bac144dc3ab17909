"""Calibrated blocks of the map: cheap, since only shares that are there already are looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from rasterio.io import DatasetReader
from rasterio.windows import Window

from landloom.arrays import Float64s, Int64s
from landloom.legend.values import NODATA
from landloom.map.blocks import Block
from landloom.map.calibration.sets import mask_type, masks, members, scores
from landloom.map.calibration.tables import probabilities
from landloom.map.percents import percents

_PIXELS_AT_ONCE = 2**17
"""Pixels that are looked up at a time: 30 classes of them take 30 MB for each array of floats."""

CONFIDENCE, SIZE, SET = 1, 2, 3
"""Bands of calibrated blocks."""


@dataclass(frozen=True)
class Calibration:
    """What turns shares of votes into probabilities and sets.

    Attributes
    ----------
    classes
        Class values, (classes,), ascending.
    tables
        (classes, 101).
    limits
        Scores up to which classes are in sets, (classes,).
    """

    classes: Int64s
    tables: Float64s
    limits: Float64s

    @classmethod
    def from_plain(cls, told: Mapping[str, Any]) -> Self:
        """Return what ``calibration.json`` holds."""
        rows = told["classes"]
        return cls(
            np.array([row["value"] for row in rows], np.int64),
            np.array([row["table"] for row in rows], np.float64),
            np.array([row["quantile"] for row in rows], np.float64),
        )

    @property
    def mask_type(self) -> np.dtype[np.unsignedinteger]:
        """The type of masks; their number with every bit stands for no data."""
        return mask_type(self.classes.size)

    @property
    def void(self) -> int:
        """What stands for no data in a calibrated block."""
        return int(np.iinfo(self.mask_type).max)

    def apply(
        self, labels: npt.NDArray[np.uint8], shares: npt.NDArray[np.uint8]
    ) -> npt.NDArray[np.unsignedinteger]:
        """Return the calibrated bands of some pixels with data.

        Parameters
        ----------
        labels
            Their classes on the map, (n,).
        shares
            Percents of the votes, (classes, n).

        Returns
        -------
        ndarray of `mask_type`, (3, n)
            Probability of the map's class in percent, rounded; number of classes in the set; the
            set, bit i for the i-th class.
        """
        probability = probabilities(self.tables, shares)
        place = np.searchsorted(self.classes, labels)
        inside = members(scores(shares), self.limits)
        return np.stack(
            [
                percents(np.take_along_axis(probability, place[None], axis=0)[0]),
                inside.sum(axis=0),
                masks(inside),
            ],
            dtype=self.mask_type,
            casting="unsafe",
        )


def calibrate_block(
    source: DatasetReader, calibration: Calibration, piece: Block
) -> npt.NDArray[np.unsignedinteger]:
    """Return the calibrated bands of a block, read in strips.

    Parameters
    ----------
    source : DatasetReader
        The block: class value, confidence, then the percents of all classes.
    calibration : Calibration
        Of the same classes.
    piece
        Which of the file's pixels.

    Returns
    -------
    ndarray of `Calibration.mask_type`, (3, height, width)
        `Calibration.void` where the map has no data.
    """
    height, width = piece.height, piece.width
    out = np.full((3, height, width), calibration.void, calibration.mask_type)
    rows = max(1, _PIXELS_AT_ONCE // width)
    for top in range(0, height, rows):
        place = (piece.col, piece.row + top)
        strip = source.read(window=Window(*place, width, min(rows, height - top)))
        valid = strip[0] != NODATA
        out[:, top : top + rows][:, valid] = calibration.apply(strip[0][valid], strip[2:][:, valid])
    return out

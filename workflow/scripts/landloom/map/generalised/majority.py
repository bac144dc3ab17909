"""The majority filter: each pixel gets the class that is most frequent round it."""

from __future__ import annotations

import numpy as np

from landloom.arrays import Int32s, UInt8s
from landloom.legend.values import NODATA


def majority(codes: UInt8s, side: int) -> UInt8s:
    """Return the most frequent class of the square round each pixel.

    Void pixels stay void and have no vote, nor has what lies beyond the array. Of classes that are
    equally frequent a pixel's own comes first, then the lowest.

    Parameters
    ----------
    codes
        Class values, 255 is no data, (height, width).
    side
        Of the square, an odd number of pixels.

    Returns
    -------
    numpy.ndarray
        (height, width) uint8.
    """
    found, most = codes.copy(), np.zeros(codes.shape, np.int32)
    there = codes != NODATA
    for value in np.unique(codes[there]).tolist():
        own = codes == value
        # An own class that is as frequent as the best of the others wins: it counts by a half more.
        votes = 2 * _counts(own, side) + own
        wins = there & (votes > most)
        found[wins], most[wins] = value, votes[wins]
    return found


def _counts(mask: np.ndarray, side: int) -> Int32s:
    """Return how many pixels of a mask the square round each pixel holds."""
    import cv2

    counts: Int32s = cv2.boxFilter(
        mask.astype(np.float32), -1, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT
    ).astype(np.int32)
    return counts

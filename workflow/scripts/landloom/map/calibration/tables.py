"""Tables by the share of votes in percent: one for each class, and what they make of a pixel.

Blocks look up here; what is in the tables is fitted in `landloom.map.calibration.fitting`.
"""

from __future__ import annotations

import numpy as np

from landloom.arrays import Float64s, UInt8s
from landloom.map.percents import WHOLE

SHARES = np.arange(WHOLE + 1, dtype=np.uint8)
"""What indexes a table: percents."""


def probabilities(tables: Float64s, shares: UInt8s) -> Float64s:
    """Return the probability of each class.

    Parameters
    ----------
    tables
        (classes, 101).
    shares
        Percents of the votes, (classes, n).

    Returns
    -------
    float64, (classes, n)
        What the tables say, over its sum; the same for each class where they all say 0.
    """
    found: Float64s = np.empty(shares.shape)
    total = np.zeros(shares.shape[1:])
    for table, own, out in zip(tables, shares, found, strict=True):
        np.take(table, own, out=out)
        total += out
    found /= np.where(total > 0, total, 1)
    found[:, total == 0] = 1 / len(tables)
    return found

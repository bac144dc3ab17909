"""Shares of votes in percent, as the maps hold them."""

from __future__ import annotations

import numpy as np

from landloom.arrays import Float64s, UInt8s

WHOLE = 100
"""All votes."""


def percents(shares: Float64s) -> UInt8s:
    """Return shares, 0 to 1, as percents, rounded to whole ones (halves to even)."""
    return np.rint(WHOLE * shares).astype(np.uint8)

"""Random keys of pixels, which hang on a seed and on the pixel's place alone.

The pixels with the lowest keys are a uniform draw without replacement, in whatever windows they are
met.

References
----------
Steele, Lea, Flood (2014), "Fast splittable pseudorandom number generators", OOPSLA: SplitMix64.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from landloom.arrays import Int64s


def start_of(*seeds: int) -> npt.NDArray[np.uint64]:
    """Return where the keys of some seeds begin, (1,)."""
    start: npt.NDArray[Any] = np.random.SeedSequence(seeds).generate_state(1, np.uint64)
    return start


def pixel_keys(start: npt.NDArray[Any], rows: Int64s, cols: Int64s) -> npt.NDArray[np.uint64]:
    """Return each pixel's random 64 bits: SplitMix64 at the pixel's own position.

    Parameters
    ----------
    start
        Of `start_of`.
    rows, cols : int64, (m,) and (n,)
        Rows and columns of a box of pixels, from -2³¹ to 2³¹ - 1.

    Returns
    -------
    uint64, (m, n)
    """
    low = np.uint64(0xFFFFFFFF)
    position = (rows.astype(np.uint64) << np.uint64(32))[:, None] | (cols.astype(np.uint64) & low)[
        None, :
    ]
    bits: npt.NDArray[np.uint64] = position.astype(np.uint64, copy=False)
    bits *= np.uint64(0x9E3779B97F4A7C15)
    bits += start
    bits ^= bits >> np.uint64(30)
    bits *= np.uint64(0xBF58476D1CE4E5B9)
    bits ^= bits >> np.uint64(27)
    bits *= np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    return bits

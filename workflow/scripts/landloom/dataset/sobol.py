"""Points that fill a square evenly: a scrambled Sobol sequence."""

from __future__ import annotations

import numpy as np

from landloom.arrays import Float64s, Int64s, UInt32s

_BITS = 30


def sobol_points(count: int, seed: int) -> Float64s:
    """Return the first points of a scrambled Sobol sequence in two dimensions.

    They are those of ``scipy.stats.qmc.Sobol(2, rng=numpy.random.default_rng(seed))``, to the last
    bit. Importing `scipy.stats` takes half a second of CPU, more than all else that chooses cells.

    Parameters
    ----------
    count
        How many; balanced for powers of two.
    seed
        Seed of the scrambling.

    Returns
    -------
    numpy.ndarray
        (count, 2) float64 in [0, 1).

    References
    ----------
    Sobol (1967); Antonov and Saleev (1979), for the order of the points; Matousek (1998), for the
    scrambling: a random lower triangular matrix of bits, and a digital shift.
    """
    (rng,) = np.random.default_rng(seed).spawn(1)
    powers = 2 ** np.arange(_BITS)
    shift = rng.integers(2, size=(2, _BITS), dtype=np.uint32) @ powers
    matrices = np.tril(rng.integers(2, size=(2, _BITS, _BITS), dtype=np.uint32))
    matrices[:, range(_BITS), range(_BITS)] = 1
    directions = np.stack([np.eye(_BITS, dtype=np.uint32), _pascal()])
    scrambled = powers[::-1] @ (matrices @ directions % 2)
    number = np.arange(count)
    points: Int64s = np.tile(shift, (count, 1))
    for bit in range(max(count - 1, 0).bit_length()):
        points ^= ((number ^ number >> 1) >> bit & 1)[:, None] * scrambled[:, bit]
    even: Float64s = points / 2**_BITS
    return even


def _pascal() -> UInt32s:
    """Return the bits of the second dimension's directions, the highest first, one to a column."""
    rows = np.arange(_BITS)
    # Binomial coefficients modulo 2 (Lucas): odd where the bits of one are among the other's.
    odd: UInt32s = ((rows[:, None] & rows) == rows[:, None]).astype(np.uint32)
    return odd

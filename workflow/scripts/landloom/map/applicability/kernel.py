"""The inner loop of the dissimilarity index, compiled by numba: pixels meet samples, exactly.

Importing this costs as much as importing numba, so `landloom.map.applicability.search` does it
when it first searches. Its `Index` describes the arrays.

What makes it fast: four pixels meet a group of samples together, in single precision, so that the
processor does little but multiply and add. Bands are turned to come in the order of what they tell;
after some of them, pixels to which nothing of the group can be near are left out. What is too close
to call is settled in double precision, band by band: results depend neither on the grouping nor on
the other pixels.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

Singles = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

GROUP = 128
"""Samples that are met together."""

STEP = 4
"""Pixels that meet a group together, and bands that are added up at a time."""

TILE = 64
"""Pixels that meet one group after the other, so that each stays in cache."""

FAR = 1e30
"""Squared length of what fills the last group up."""

_TOO_LONG = 1e12
"""Length from which a pixel is measured in double precision alone."""

_ROUNDING = 2.0**-23
"""Twice what single precision loses in one step, as a share."""

_SLACK = 1e-6
"""Share by which a limit may be off when it is made a single-precision number."""

# Unsigned throughout: numba would check signs for wraparound, and compile no vectors.
_G, _ONE, _TWO, _THREE, _STEP = (np.uint64(n) for n in (GROUP, 1, 2, 3, STEP))


@numba.njit(nogil=True, error_model="numpy", cache=True)
def search(
    values: Singles,
    scaling: Doubles,
    turn: Doubles,
    samples: Doubles,
    groups: Singles,
    lengths: Doubles,
    cuts: Ints,
    unit: float,
    threshold: float,
    nearest: Doubles,
    near: Ints,
) -> None:
    """Find each pixel's distance to the nearest sample, and count samples below a threshold.

    Parameters
    ----------
    values
        Pixels, (bands, pixels), decoded.
    scaling, turn, samples, groups, lengths, cuts
        As in `Index`.
    unit, threshold
        What distances are divided by, and the limit of the quotient.
    nearest, near
        Written, (pixels,): the least quotient; how many are below the threshold.
    """
    n_bands, wide = turn.shape
    z = np.zeros((TILE, n_bands))
    x = np.zeros(TILE * wide, np.float32)
    rests = np.zeros((TILE, cuts.size + 1), np.float32)
    length, best = np.zeros(TILE), np.zeros(TILE)
    count, usual = np.zeros(TILE, np.int64), np.zeros(TILE, np.uint64)
    rows, sums = np.zeros(TILE, np.uint64), np.zeros(TILE * GROUP, np.float32)
    last = groups.shape[0] - 1
    flat = groups.reshape(-1)
    for first in range(0, values.shape[1], TILE):
        n = min(TILE, values.shape[1] - first)
        _lay_out(values, first, n, scaling, turn, cuts, z, x, rests, length)
        count[:] = 0
        n_usual = 0
        for i in range(n):
            if length[i] < _TOO_LONG:
                usual[n_usual] = i
                n_usual += 1
            else:
                _meet_all(z, i, samples, unit, threshold, best, count)
        # A first bound: the nearest of some samples from all over.
        rows[:] = usual
        _begin(flat, last, wide, cuts.size, n_usual, sums)
        _add(x, rows, n_usual, flat, last, cuts.size, 0, wide, sums)
        for k in range(n_usual):
            middle = np.argmin(sums[k * GROUP : (k + 1) * GROUP])
            sample = middle * samples.shape[0] // GROUP
            best[usual[k]] = _square(z, int(usual[k]), samples, sample)
        for g in range(last):
            rows[:] = usual
            n_open, done = n_usual, 0
            _begin(flat, g, wide, cuts.size, n_open, sums)
            for c in range(cuts.size + 1):
                stop = cuts[c] if c < cuts.size else wide
                _add(x, rows, n_open, flat, g, cuts.size, done, stop, sums)
                done = stop
                if c < cuts.size:
                    n_open = _close(
                        rows, n_open, flat, g, wide, cuts.size, c, rests, length, lengths[g],
                        (unit * threshold) ** 2, best, sums,
                    )  # fmt: skip
            _settle(
                z, rows, n_open, samples, g, wide, length, lengths[g], unit, threshold, sums,
                best, count,
            )  # fmt: skip
        for i in range(n):
            nearest[first + i] = np.sqrt(best[i]) / unit
            near[first + i] = count[i]


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _lay_out(
    values: Singles,
    first: int,
    n: int,
    scaling: Doubles,
    turn: Doubles,
    cuts: Ints,
    z: Doubles,
    x: Singles,
    rests: Singles,
    length: Doubles,
) -> None:
    """Scale pixels, and turn them into the bands in which they meet samples, times -2."""
    n_bands, wide = turn.shape
    for b in range(n_bands):
        for i in range(n):
            z[i, b] = (np.float64(values[b, first + i]) - scaling[0, b]) * scaling[1, b]
    turned = np.zeros(wide)
    for i in range(n):
        turned[:] = 0.0
        for b in range(n_bands):
            part = z[i, b]
            for k in range(wide):
                turned[k] += part * turn[b, k]
        left, cut = 0.0, cuts.size
        for k in range(wide - 1, -1, -1):
            left += turned[k] * turned[k]
            x[i * wide + k] = -2.0 * turned[k]
            if cut > 0 and k == cuts[cut - 1]:
                cut -= 1
                rests[i, cut] = 2.0 * np.sqrt(left)
        length[i] = np.sqrt(left)


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _square(z: Doubles, i: int, samples: Doubles, s: int) -> float:
    """Return the squared distance, band by band: the same bits wherever it is asked for."""
    total = 0.0
    for b in range(z.shape[1]):
        step = z[i, b] - samples[s, b]
        total += step * step
    return total


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _meet_all(
    z: Doubles,
    i: int,
    samples: Doubles,
    unit: float,
    threshold: float,
    best: Doubles,
    count: Ints,
) -> None:
    """Let a pixel meet all samples in double precision."""
    best[i] = np.inf
    for s in range(samples.shape[0]):
        square = _square(z, i, samples, s)
        best[i] = min(best[i], square)
        count[i] += np.sqrt(square) / unit < threshold


@numba.njit(nogil=True, error_model="numpy", fastmath=True, cache=True)
def _begin(flat: Singles, g: int, wide: int, n_cuts: int, n_open: int, sums: Singles) -> None:
    """Begin sums with the samples' squared lengths."""
    at = np.uint64(g) * np.uint64(wide + n_cuts + 1) * _G + np.uint64(wide + n_cuts) * _G
    for k in range(np.uint64(n_open)):
        for j in range(_G):
            sums[k * _G + j] = flat[at + j]


@numba.njit(nogil=True, error_model="numpy", fastmath=True, cache=True)
def _add(
    x: Singles,
    rows: npt.NDArray[np.uint64],
    n_open: int,
    flat: Singles,
    g: int,
    n_cuts: int,
    start: int,
    stop: int,
    sums: Singles,
) -> None:
    """Add the products of some bands, a multiple of four of them."""
    wide = np.uint64(x.size // TILE)
    group = np.uint64(g) * (wide + np.uint64(n_cuts + 1)) * _G
    for k in range(np.uint64(0), np.uint64(n_open), _STEP):
        p0, p1 = rows[k] * wide, rows[k + _ONE] * wide
        p2, p3 = rows[k + _TWO] * wide, rows[k + _THREE] * wide
        to = k * _G
        for b in range(np.uint64(start), np.uint64(stop), _STEP):
            b1, b2, b3 = b + _ONE, b + _TWO, b + _THREE
            x00, x01, x02, x03 = x[p0 + b], x[p0 + b1], x[p0 + b2], x[p0 + b3]
            x10, x11, x12, x13 = x[p1 + b], x[p1 + b1], x[p1 + b2], x[p1 + b3]
            x20, x21, x22, x23 = x[p2 + b], x[p2 + b1], x[p2 + b2], x[p2 + b3]
            x30, x31, x32, x33 = x[p3 + b], x[p3 + b1], x[p3 + b2], x[p3 + b3]
            at = group + b * _G
            for j in range(_G):
                v0, v1 = flat[at + j], flat[at + _G + j]
                v2, v3 = flat[at + _TWO * _G + j], flat[at + _THREE * _G + j]
                sums[to + j] += x00 * v0 + x01 * v1 + x02 * v2 + x03 * v3
                sums[to + _G + j] += x10 * v0 + x11 * v1 + x12 * v2 + x13 * v3
                sums[to + _TWO * _G + j] += x20 * v0 + x21 * v1 + x22 * v2 + x23 * v3
                sums[to + _THREE * _G + j] += x30 * v0 + x31 * v1 + x32 * v2 + x33 * v3


@numba.njit(nogil=True, error_model="numpy", fastmath=True, cache=True)
def _close(
    rows: npt.NDArray[np.uint64],
    n_open: int,
    flat: Singles,
    g: int,
    wide: int,
    n_cuts: int,
    c: int,
    rests: Singles,
    length: Doubles,
    longest: float,
    radius: float,
    best: Doubles,
    sums: Singles,
) -> int:
    """Move the pixels to which something may still be near to the front, and count them.

    What the bands that are left can take from a squared distance is bound by the product of the
    lengths in them (Cauchy and Schwarz).
    """
    at = (np.uint64(g) * np.uint64(wide + n_cuts + 1) + np.uint64(wide + c)) * _G
    kept = np.uint64(0)
    for k in range(np.uint64(n_open)):
        i = rows[k]
        limit = max(radius, best[i])
        slack = _slack(length[i], longest, wide, limit)
        bound, factor = np.float32(limit - length[i] * length[i] + slack), rests[i, c]
        found = np.int32(0)
        for j in range(_G):
            found += np.int32(sums[k * _G + j] - factor * flat[at + j] < bound)
        if found:
            rows[kept] = i
            if kept != k:
                for j in range(_G):
                    sums[kept * _G + j] = sums[k * _G + j]
            kept += _ONE
    return int(kept)


@numba.njit(nogil=True, error_model="numpy", fastmath=True, cache=True)
def _below(sums: Singles, k: int, limit: np.float32) -> int:
    """Count a pixel's sums that are below a limit."""
    found = np.int32(0)
    at = np.uint64(k) * _G
    for j in range(_G):
        found += np.int32(sums[at + j] < limit)
    return int(found)


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _settle(
    z: Doubles,
    rows: npt.NDArray[np.uint64],
    n_open: int,
    samples: Doubles,
    g: int,
    wide: int,
    length: Doubles,
    longest: float,
    unit: float,
    threshold: float,
    sums: Singles,
    best: Doubles,
    count: Ints,
) -> None:
    """Look for the nearest sample of a group, and count those below the threshold."""
    radius = (unit * threshold) ** 2
    here = min(GROUP, samples.shape[0] - g * GROUP)
    for k in range(n_open):
        i = int(rows[k])
        square = length[i] * length[i]
        slack = _slack(length[i], longest, wide, max(radius, best[i]))
        low, high = np.float32(radius - square - slack), np.float32(radius - square + slack)
        surely = _below(sums, k, low)
        count[i] += surely
        if _below(sums, k, high) > surely:
            for j in range(here):
                if low <= sums[k * GROUP + j] < high:
                    distance = np.sqrt(_square(z, i, samples, g * GROUP + j))
                    count[i] += distance / unit < threshold
        nearer = np.float32(best[i] - square + slack)
        if _below(sums, k, nearer):
            for j in range(here):
                if sums[k * GROUP + j] < nearer:
                    best[i] = min(best[i], _square(z, i, samples, g * GROUP + j))


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _slack(length: float, longest: float, bands: int, limit: float) -> float:
    """Return how far sums in single precision may be from the truth, with room to spare."""
    return (bands + 8) * _ROUNDING * (length + longest) ** 2 + _SLACK * limit


@numba.njit(nogil=True, error_model="numpy", cache=True)
def mean_distance(z: Doubles) -> float:
    """Return the mean distance between any two rows, (rows, bands)."""
    total = 0.0
    for i in range(z.shape[0]):
        own = 0.0
        for j in range(i):
            own += np.sqrt(_square(z, i, z, j))
        total += own
    return float(2.0 * total / (z.shape[0] * (z.shape[0] - 1)))

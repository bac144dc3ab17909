"""The inner loop of the nearest neighbours, compiled by numba: pixels meet samples, exactly.

Importing this costs as much as importing numba, so `landloom.map.classifiers.knn` does it when it
first predicts. Its `FlatNeighbours` describes the arrays.

Four pixels meet a group of samples together, in single precision, and a bound of its error leaves
few samples that may be among the nearest. These are measured as scikit-learn measures them, band by
band in double precision. Where equal distances leave open which samples are taken, or in what
order, that is told: `landloom.map.classifiers.votes_kernel` settles it.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

Singles = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

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

_SPARE = 256
"""Samples that may wait to be measured, beside four times those that are looked for."""

_LARGEST = np.finfo(np.float64).max

# Unsigned throughout: numba would check signs for wraparound, and compile no vectors.
_G, _ONE, _TWO, _THREE, _STEP = (np.uint64(n) for n in (GROUP, 1, 2, 3, STEP))


@numba.njit(nogil=True, error_model="numpy", cache=True)
def nearest(
    values: Singles,
    shift: Doubles,
    scale: Doubles,
    groups: Singles,
    longest: float,
    samples: Singles,
    variances: Doubles,
    codes: Ints,
    ordered: bool,
    distances: Doubles,
    found: Ints,
    sure: Flags,
) -> None:
    """Find the nearest samples of each pixel, in scikit-learn's order.

    Parameters
    ----------
    values
        Pixels, (bands, pixels), decoded.
    shift, scale
        Of the bands, for single precision.
    groups, longest
        As in `FlatNeighbours`.
    samples, variances, codes
        What is measured: (samples, bands), (bands,), and places of the samples' classes.
    ordered
        Whether it counts in what order neighbours at equal distances come.
    distances, found
        Written, (pixels, neighbours): squares of distances, and codes of the samples' classes.
    sure
        Written, (pixels,): whether these are known.
    """
    n_bands, wide, k = values.shape[0], groups.shape[1] - 1, found.shape[1]
    x = np.zeros(TILE * wide, np.float32)
    length = np.zeros(TILE)
    usual, sums = np.zeros(TILE, np.int64), np.zeros(TILE * GROUP, np.float32)
    room = 4 * k + _SPARE
    waiting, estimates = np.zeros((TILE, room), np.int64), np.zeros((TILE, room), np.float32)
    count, heaps = np.zeros(TILE, np.int64), np.zeros((TILE, k), np.float32)
    own = np.zeros(n_bands, np.float64)
    flat = groups.reshape(-1)
    for first in range(0, values.shape[1], TILE):
        n = min(TILE, values.shape[1] - first)
        _lay_out(values, first, n, shift, scale, wide, x, length)
        n_usual = 0
        for i in range(n):
            count[i] = 0 if length[i] < _TOO_LONG else -1
            heaps[i, :] = np.inf
            if count[i] == 0:
                usual[n_usual] = i
                n_usual += 1
        for g in range(groups.shape[0]):
            _meet(x, usual, n_usual, flat, g, wide, sums)
            here = min(GROUP, samples.shape[0] - g * GROUP)
            for p in range(n_usual):
                i = usual[p]
                if count[i] >= 0:
                    slack = 2.0 * _slack(length[i], longest, wide)
                    count[i] = _gather(
                        sums, p, g * GROUP, here, heaps[i], slack, waiting[i], estimates[i],
                        count[i],
                    )  # fmt: skip
        for i in range(n):
            for b in range(n_bands):
                own[b] = values[b, first + i]
            sure[first + i] = False
            if count[i] >= 0:
                slack = 2.0 * _slack(length[i], longest, wide)
                kept = _still(heaps[i, 0], slack, waiting[i], estimates[i], count[i])
                sure[first + i] = _measure(
                    own, samples, variances, codes, waiting[i, :kept], ordered,
                    distances[first + i], found[first + i],
                )  # fmt: skip


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _lay_out(
    values: Singles,
    first: int,
    n: int,
    shift: Doubles,
    scale: Doubles,
    wide: int,
    x: Singles,
    length: Doubles,
) -> None:
    """Scale pixels, times -2."""
    length[:n] = 0.0
    for b in range(values.shape[0]):
        for i in range(n):
            z = (np.float64(values[b, first + i]) - shift[b]) * scale[b]
            x[i * wide + b] = -2.0 * z
            length[i] += z * z
    for i in range(n):
        length[i] = np.sqrt(length[i])


@numba.njit(nogil=True, error_model="numpy", fastmath=True, cache=True)
def _meet(
    x: Singles, rows: Ints, n_rows: int, flat: Singles, g: int, wide_: int, sums: Singles
) -> None:
    """Write ``|t|² - 2 x·t`` of pixels and the samples of a group."""
    wide = np.uint64(wide_)
    group = np.uint64(g) * (wide + _ONE) * _G
    squares = group + wide * _G
    for k in range(np.uint64(0), np.uint64(n_rows), _STEP):
        p0, p1 = np.uint64(rows[k]) * wide, np.uint64(rows[k + _ONE]) * wide
        p2, p3 = np.uint64(rows[k + _TWO]) * wide, np.uint64(rows[k + _THREE]) * wide
        to = k * _G
        for j in range(_G):
            square = flat[squares + j]
            sums[to + j] = square
            sums[to + _G + j] = square
            sums[to + _TWO * _G + j] = square
            sums[to + _THREE * _G + j] = square
        for b in range(np.uint64(0), wide, _STEP):
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


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _slack(length: float, longest: float, bands: int) -> float:
    """Return how far sums in single precision may be from the truth, with room to spare."""
    return (bands + 8) * _ROUNDING * (length + longest) ** 2


@numba.njit(nogil=True, error_model="numpy", fastmath=True, cache=True)
def _below(sums: Singles, p: int, limit: np.float32) -> int:
    """Count a pixel's sums that are not above a limit."""
    found = np.int32(0)
    at = np.uint64(p) * _G
    for j in range(_G):
        found += np.int32(sums[at + j] <= limit)
    return int(found)


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _limit(highest: np.float32, slack: float) -> np.float32:
    """Return the sum up to which a sample may be among the nearest."""
    if highest == np.inf:
        return highest
    return np.float32(highest + slack + _SLACK * abs(highest))


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _gather(
    sums: Singles,
    p: int,
    start: int,
    here: int,
    heap: Singles,
    slack: float,
    waiting: Ints,
    estimates: Singles,
    count: int,
) -> int:
    """Put a group's samples that may be among the nearest to those that wait; count them.

    Where there is no room for them, -1 stands for it.
    """
    limit = _limit(heap[0], slack)
    if limit < np.inf and not _below(sums, p, limit):
        return count
    for j in range(here):
        estimate = sums[p * GROUP + j]
        if estimate <= limit:
            if count == waiting.size:
                count = _still(heap[0], slack, waiting, estimates, count)
                if count == waiting.size:
                    return -1
            waiting[count], estimates[count] = start + j, estimate
            count += 1
            if estimate < heap[0]:
                _replace_highest(heap, estimate)
                limit = _limit(heap[0], slack)
    return count


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _still(highest: np.float32, slack: float, waiting: Ints, estimates: Singles, count: int) -> int:
    """Keep those that may still be among the nearest, in their order, and count them."""
    limit, kept = _limit(highest, slack), 0
    for k in range(count):
        if estimates[k] <= limit:
            waiting[kept], estimates[kept] = waiting[k], estimates[k]
            kept += 1
    return kept


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _replace_highest(heap: Singles, value: np.float32) -> None:
    """Put a value in the place of a heap's highest."""
    at, size = 0, heap.size
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and heap[child + 1] > heap[child]:
            child += 1
        if heap[child] <= value:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = value


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _square(own: Doubles, samples: Singles, s: int, variances: Doubles) -> float:
    """Return the squared distance as scikit-learn's `SEuclideanDistance` adds it up."""
    total = 0.0
    for b in range(own.size):
        step = own[b] - np.float64(samples[s, b])
        total += step * step / variances[b]
    return total


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _measure(
    own: Doubles,
    samples: Singles,
    variances: Doubles,
    codes: Ints,
    waiting: Ints,
    ordered: bool,
    distances: Doubles,
    found: Ints,
) -> bool:
    """Sort the nearest of those that wait, and tell whether none but these can be meant.

    Others can where distances are equal and classes are not.
    """
    k = found.size
    kept, beyond, other = 0, np.inf, np.int64(-1)
    for s in waiting:
        square = _square(own, samples, s, variances)
        if kept == k and square >= distances[k - 1]:
            if square < beyond:
                beyond, other = square, codes[s]
            elif square == beyond and codes[s] != other:
                other = np.int64(-1)
            continue
        if kept == k:  # the last one is pushed out
            if distances[k - 1] < beyond:
                beyond, other = distances[k - 1], found[k - 1]
            elif distances[k - 1] == beyond and found[k - 1] != other:
                other = np.int64(-1)
        else:
            kept += 1
        at = kept - 1
        while at > 0 and distances[at - 1] > square:
            distances[at], found[at] = distances[at - 1], found[at - 1]
            at -= 1
        distances[at], found[at] = square, codes[s]
    if kept < k or not distances[k - 1] < _LARGEST:
        return False
    tied = beyond == distances[k - 1]
    if tied and other != found[k - 1]:
        return False
    for at in range(k - 1, 0, -1):
        equal = distances[at] == distances[at - 1]
        tied &= equal
        if equal and found[at] != found[at - 1] and (ordered or tied):
            return False
    return True

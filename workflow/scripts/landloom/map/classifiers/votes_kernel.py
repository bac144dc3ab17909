"""What nearest neighbours say, compiled by numba: which they are where distances tie, and votes.

Importing this costs as much as importing numba, so `landloom.map.classifiers.knn` does it when it
first predicts. Sums and orders are scikit-learn's own (BSD-3-Clause), so that results are, too.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

Singles = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_LARGEST = np.finfo(np.float64).max


@numba.njit(nogil=True, error_model="numpy", cache=True)
def go_through(
    values: Singles,
    pixels: Ints,
    samples: Singles,
    variances: Doubles,
    codes: Ints,
    distances: Doubles,
    found: Ints,
) -> None:
    """Find the nearest samples of some pixels by going through all, as scikit-learn does.

    Parameters
    ----------
    values
        Pixels, (bands, pixels), decoded.
    pixels
        Numbers of those that are meant.
    samples, variances, codes, distances, found
        As for `landloom.map.classifiers.knn_kernel.nearest`.
    """
    own, last = np.zeros(values.shape[0]), np.full(values.shape[0], np.nan)
    for n in range(pixels.size):
        i = pixels[n]
        for b in range(own.size):
            own[b] = values[b, i]
        if np.array_equal(last, own):  # as in a lake
            distances[i], found[i] = distances[pixels[n - 1]], found[pixels[n - 1]]
        else:
            _go_through(own, samples, variances, codes, distances[i], found[i])
            last[:] = own


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _square(own: Doubles, samples: Singles, s: int, variances: Doubles) -> float:
    """Return the squared distance as scikit-learn's `SEuclideanDistance` adds it up."""
    total = 0.0
    for b in range(own.size):
        step = own[b] - np.float64(samples[s, b])
        total += step * step / variances[b]
    return total


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _go_through(
    own: Doubles,
    samples: Singles,
    variances: Doubles,
    codes: Ints,
    distances: Doubles,
    found: Ints,
) -> None:
    """Take the nearest as scikit-learn's `ArgKmin` does, on its heap and in its order."""
    distances[:] = _LARGEST
    found[:] = 0  # first numbers, then classes
    for s in range(samples.shape[0]):
        _push(distances, found, _square(own, samples, s, variances), s)
    _sort(distances, found, 0, found.size, 2 * int(np.log2(found.size)))
    for at in range(found.size):
        found[at] = codes[found[at]]


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _push(values: Doubles, numbers: Ints, value: float, number: int) -> None:
    """As `heap_push` of scikit-learn's ``utils/_heap.pyx``."""
    if value >= values[0]:
        return
    size, at = values.size, 0
    while True:
        left = 2 * at + 1
        right = left + 1
        if left >= size:
            break
        swap = left if right >= size or values[left] >= values[right] else right
        if not value < values[swap]:
            break
        values[at], numbers[at] = values[swap], numbers[swap]
        at = swap
    values[at], numbers[at] = value, number


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _swap(values: Doubles, numbers: Ints, i: int, j: int) -> None:
    values[i], values[j] = values[j], values[i]
    numbers[i], numbers[j] = numbers[j], numbers[i]


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _sort(values: Doubles, numbers: Ints, start: int, n: int, depth: int) -> None:
    """As `introsort_2way` of scikit-learn's ``utils/_sorting.pyx``; equals come in its order."""
    begins, sizes, depths = [start], [n], [depth]
    while len(begins):
        start, n, depth = begins.pop(), sizes.pop(), depths.pop()
        if n <= 15:
            _insertion_sort(values, numbers, start, n)
            continue
        if depth <= 0:
            _heap_sort(values[start : start + n], numbers[start : start + n])
            continue
        middle = _partition(values[start : start + n], numbers[start : start + n])
        # The parts do not touch each other: which is sorted first does not matter.
        begins.append(start)
        sizes.append(middle)
        depths.append(depth - 1)
        begins.append(start + middle + 1)
        sizes.append(n - middle - 1)
        depths.append(depth - 1)


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _partition(values: Doubles, numbers: Ints) -> int:
    """Part values by the median of three, and return its place."""
    n = values.size
    middle = n // 2
    if values[0] > values[n - 1]:
        _swap(values, numbers, 0, n - 1)
    if values[n - 1] > values[middle]:
        _swap(values, numbers, n - 1, middle)
        if values[0] > values[n - 1]:
            _swap(values, numbers, 0, n - 1)
    pivot = values[n - 1]
    i, j = 1, n - 2
    while True:
        while i <= j and values[i] < pivot:
            i += 1
        while i <= j and values[j] > pivot:
            j -= 1
        if i >= j:
            break
        _swap(values, numbers, i, j)
        i += 1
        j -= 1
    _swap(values, numbers, i, n - 1)
    return i


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _insertion_sort(values: Doubles, numbers: Ints, start: int, n: int) -> None:
    for i in range(start + 1, start + n):
        value, number, j = values[i], numbers[i], i
        while j > start and values[j - 1] > value:
            values[j], numbers[j] = values[j - 1], numbers[j - 1]
            j -= 1
        values[j], numbers[j] = value, number


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _heap_sort(values: Doubles, numbers: Ints) -> None:
    n = values.size
    for start in range((n - 2) // 2, -1, -1):
        _sift_down(values, numbers, start, n)
    for end in range(n - 1, 0, -1):
        _swap(values, numbers, 0, end)
        _sift_down(values, numbers, 0, end)


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _sift_down(values: Doubles, numbers: Ints, start: int, end: int) -> None:
    root = start
    while True:
        child, most = 2 * root + 1, root
        if child < end and values[most] < values[child]:
            most = child
        if child + 1 < end and values[most] < values[child + 1]:
            most = child + 1
        if most == root:
            return
        _swap(values, numbers, root, most)
        root = most


@numba.njit(nogil=True, error_model="numpy", cache=True)
def count(found: Ints, winners: Ints, shares: Doubles) -> None:
    """Write each pixel's class with most neighbours, of equals the first, and all shares."""
    k = found.shape[1]
    for i in range(found.shape[0]):
        shares[i, :] = 0.0
        for n in range(k):
            shares[i, found[i, n]] += 1.0
        winners[i] = np.argmax(shares[i])
        for c in range(shares.shape[1]):
            shares[i, c] /= k


@numba.njit(nogil=True, error_model="numpy", cache=True)
def weigh(distances: Doubles, found: Ints, winners: Ints, shares: Doubles) -> None:
    """Write the same with votes that count by the inverse of the distance.

    Winner and shares come of sums in different orders in scikit-learn, and so they do here.
    """
    k, classes = found.shape[1], shares.shape[1]
    weights, own = np.zeros(k), np.zeros(k)
    for i in range(found.shape[0]):
        here = False
        for n in range(k):
            weights[n] = 1.0 / np.sqrt(distances[i, n])
            here |= weights[n] == np.inf
        if here:  # samples at the place itself, alone
            for n in range(k):
                weights[n] = 1.0 if weights[n] == np.inf else 0.0
        most, winners[i] = 0.0, 0
        shares[i, :] = 0.0
        for n in range(k):
            shares[i, found[i, n]] += weights[n]
        for c in range(classes):
            if shares[i, c] > 0.0:
                for n in range(k):
                    own[n] = weights[n] if found[i, n] == c else 0.0
                total = _sum(own)
                if total > most:
                    most, winners[i] = total, c
        total = _sum(shares[i])
        for c in range(classes):
            shares[i, c] /= total


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _sum(values: Doubles) -> float:
    """As numpy adds up to 255 numbers that lie side by side: in pairs."""
    n = values.size
    if n <= 128:
        return _sum_block(values)
    half = n // 2
    half -= half % 8
    rest = values[half:]
    if rest.size <= 128:
        return _sum_block(values[:half]) + _sum_block(rest)
    middle = rest.size // 2
    middle -= middle % 8
    return _sum_block(values[:half]) + (_sum_block(rest[:middle]) + _sum_block(rest[middle:]))


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _sum_block(values: Doubles) -> float:
    n = values.size
    if n < 8:
        total = 0.0
        for i in range(n):
            total += values[i]
        return total
    r0, r1, r2, r3 = values[0], values[1], values[2], values[3]
    r4, r5, r6, r7 = values[4], values[5], values[6], values[7]
    for i in range(8, n - n % 8, 8):
        r0, r1, r2, r3 = (
            r0 + values[i], r1 + values[i + 1], r2 + values[i + 2], r3 + values[i + 3],
        )  # fmt: skip
        r4, r5, r6, r7 = (
            r4 + values[i + 4], r5 + values[i + 5], r6 + values[i + 6], r7 + values[i + 7],
        )  # fmt: skip
    total = ((r0 + r1) + (r2 + r3)) + ((r4 + r5) + (r6 + r7))
    for i in range(n - n % 8, n):
        total += values[i]
    return float(total)

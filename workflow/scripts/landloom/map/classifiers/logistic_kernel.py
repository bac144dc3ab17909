"""The inner loop of the logistic regression, compiled by numba: scores, winners, probabilities.

Importing this costs as much as importing numba, so `landloom.map.classifiers.logistic` does it when
it first predicts. Every sum goes band by band, whatever the other pixels are, and nothing is left
to libraries whose results depend on how many rows they are given.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

Singles = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10
"""ln 2 in two parts, the first of 33 bits, so that its products with whole numbers are exact."""

_LEAST = -700.0
"""Powers below it are taken for it: e to it is nothing beside 1."""

_TERMS = 14
"""Of the exponential's series: with |r| <= 0.35 the first that is left out is below 1e-18."""

_SERIES = 1.0 / np.cumprod(np.append(1.0, np.arange(1.0, _TERMS + 1)))
_HALVES = 2.0 ** -np.arange(1024.0)


@numba.njit(nogil=True, error_model="numpy", cache=True)
def score(values: Singles, weights: Doubles, intercepts: Doubles, scores: Doubles) -> None:
    """Write the scores of pixels, (classes, pixels), from decoded values, (bands, pixels)."""
    pixels = np.uint64(values.shape[1])
    for c in range(weights.shape[0]):
        row = scores[c]
        row[:] = 0.0
        for b in range(weights.shape[1]):
            weight, band = weights[c, b], values[b]
            for i in range(pixels):
                row[i] += weight * band[i]
        intercept = intercepts[c]
        for i in range(pixels):
            row[i] += intercept


@numba.njit(nogil=True, error_model="numpy", cache=True)
def bound(values: Singles, largest: Doubles, intercept: float, bounds: Doubles) -> None:
    """Write the sum of the sizes of all terms, at most, of any class's score of a pixel."""
    pixels = np.uint64(values.shape[1])
    bounds[:] = intercept
    for b in range(values.shape[0]):
        weight, band = largest[b], values[b]
        for i in range(pixels):
            bounds[i] += weight * abs(np.float64(band[i]))


@numba.njit(nogil=True, error_model="numpy", cache=True)
def settle(
    scores: Doubles, rivals: Flags, bounds: Doubles, rounding: float, winners: Ints, close: Flags
) -> None:
    """Write the class of the highest score, and whether rounding may have made it the highest."""
    for i in range(scores.shape[1]):
        best, second, winner = -np.inf, -np.inf, 0
        for c in range(scores.shape[0]):
            if rivals[c]:
                found = scores[c, i]
                if found > best:
                    best, second, winner = found, best, c
                elif found > second:
                    second = found
        winners[i] = winner
        close[i] = best - second <= rounding * bounds[i]


@numba.njit(nogil=True, error_model="numpy", cache=True)
def soften(scores: Doubles) -> None:
    """Turn scores, (classes, pixels), into probabilities: their softmax."""
    pixels = np.uint64(scores.shape[1])
    highest, total = scores[0].copy(), np.zeros(scores.shape[1])
    for c in range(1, scores.shape[0]):
        row = scores[c]
        for i in range(pixels):
            highest[i] = max(highest[i], row[i])
    for c in range(scores.shape[0]):
        row = scores[c]
        for i in range(pixels):
            row[i] = _exponential(row[i] - highest[i])
            total[i] += row[i]
    for c in range(scores.shape[0]):
        row = scores[c]
        for i in range(pixels):
            row[i] /= total[i]


@numba.njit(nogil=True, error_model="numpy", inline="always")
def _exponential(exponent: float) -> float:
    """Return e to a power that is not above 0, by its series: the same on every machine."""
    exponent = max(exponent, _LEAST)
    halvings = np.floor(exponent * _LOG2_E + 0.5)
    rest = (exponent - halvings * _LN2_HIGH) - halvings * _LN2_LOW
    total = _SERIES[_TERMS]
    for n in range(_TERMS - 1, -1, -1):
        total = total * rest + _SERIES[n]
    return float(total * _HALVES[np.uint64(-halvings)])

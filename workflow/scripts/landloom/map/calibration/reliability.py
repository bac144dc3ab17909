"""How far probabilities are from what happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from landloom.arrays import Float64s, Int64s, Mask

BINS = 15

DEFINITIONS = {
    "ece": (
        "expected calibration error, of the class with most votes, which the map shows: mean over "
        "15 bins of equal width, by their places' weights, of the distance between mean "
        "confidence and accuracy"
    ),
    "brier": (
        "Brier score: mean over places, by weight, of the sum over classes of "
        "(probability - truth)^2, from 0 to 2"
    ),
}


def reliability_bins(confidence: Float64s, right: Mask, weight: Float64s) -> list[dict[str, Any]]:
    """Return what confidence and accuracy are in bins of equal width.

    Parameters
    ----------
    confidence
        Probability of the class that was predicted, (n,), 0 to 1.
    right
        Whether it is the true one, (n,).
    weight
        (n,).

    Returns
    -------
    list of dict
        Of each of 15 bins: ``from`` and ``to`` (itself in the bin), ``n``, ``share`` of the
        weights, mean ``confidence``, and ``accuracy``; None for the means of an empty bin.
    """
    edges = np.arange(BINS + 1) / BINS
    place = np.searchsorted(edges[1:-1], confidence, side="left")
    number = np.bincount(place, minlength=BINS)
    weights, trusted, correct = (
        np.bincount(place, weight * value, BINS) for value in (1.0, confidence, right)
    )
    return [
        {
            "from": float(edges[bin_]),
            "to": float(edges[bin_ + 1]),
            "n": int(number[bin_]),
            "share": float(weights[bin_] / weight.sum()),
            "confidence": float(trusted[bin_] / weights[bin_]) if number[bin_] else None,
            "accuracy": float(correct[bin_] / weights[bin_]) if number[bin_] else None,
        }
        for bin_ in range(BINS)
    ]


def expected_error(bins: Sequence[Mapping[str, Any]]) -> float:
    """Return the expected calibration error (Naeini et al. 2015) of bins, 0 to 1."""
    return float(sum(b["share"] * abs(b["confidence"] - b["accuracy"]) for b in bins if b["n"]))


def brier(probabilities: Float64s, label: Int64s, weight: Float64s) -> float:
    """Return the Brier score of several classes: 0 where all is certain and right, at most 2.

    Parameters
    ----------
    probabilities
        (classes, n).
    label
        True classes, (n,), 0 to ``classes - 1``.
    weight
        (n,).
    """
    truth = np.arange(len(probabilities))[:, None] == label
    squares = np.square(probabilities - truth).sum(axis=0)
    return float(np.average(squares, weights=weight))

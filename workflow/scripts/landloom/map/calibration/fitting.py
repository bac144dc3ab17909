"""What is in the tables that make probabilities of shares of votes.

Forests average over trees that differ, which keeps their shares of votes away from 0 and 1: these
are no probabilities (Niculescu-Mizil and Caruana 2005). What turns one into the other has but 101
shares to tell apart.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp
from sklearn.isotonic import IsotonicRegression

from landloom.arrays import Float64s, UInt8s
from landloom.map.calibration.evidence import Evidence
from landloom.map.calibration.tables import SHARES
from landloom.map.percents import WHOLE

Method = Literal["isotonic", "temperature"]

SMALLEST = 0.005
"""What a share of 0 % counts as where its logarithm is asked for: all below it is rounded to 0."""

HELD = 10.0
"""Samples by which, at each percent, a class's own curve is held to that of all classes."""

_TEMPERATURES = (0.05, 20.0)
"""Between which the best one is sought."""


def isotonic(evidence: Evidence, held: float = HELD) -> Float64s:
    """Fit a rising curve for each class, each class against the rest.

    Parameters
    ----------
    evidence : Evidence
        Votes and true classes.
    held
        How many samples, at each percent, say what the common curve of all classes says. A class
        of few samples has no curve worth having of its own; one of many outvotes these. With 0,
        it is what scikit-learn's `CalibratedClassifierCV` fits.

    Returns
    -------
    float64, (classes, 101)
        Rising with the share, 0 to 1, not yet normalised over the classes. Where no class has
        samples, beyond the least and the largest share, the curve goes on level. Absent classes
        have the common curve, in which they have no part: all that votes for them is wrong here,
        as no place of theirs is there to be right.
    """
    truth = evidence.truth
    there = np.setdiff1d(np.arange(len(truth)), evidence.absent)
    votes, right = evidence.percents[there].ravel(), truth[there].ravel()
    common = _rising(votes, right, np.tile(evidence.weight, there.size))
    weight = np.concatenate([evidence.weight, np.full(SHARES.size, held)])
    tables = np.tile(common, (len(truth), 1))
    for place in there:
        own = np.concatenate([evidence.percents[place], SHARES])
        tables[place] = _rising(own, np.concatenate([truth[place], common]), weight)
    return tables


def _rising(shares: npt.ArrayLike, right: npt.ArrayLike, weight: Float64s) -> Float64s:
    fitted = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
    found: Float64s = fitted.fit(shares, right, weight).predict(SHARES)
    return found


def temperature(evidence: Evidence) -> float:
    """Return the temperature with the least mean logarithmic loss (Guo et al. 2017).

    Parameters
    ----------
    evidence : Evidence
        Votes and true classes.

    Returns
    -------
    float
        T of p ∝ share^(1 / T), 0.05 to 20: above 1 shares are too bold, below 1 too timid.
    """
    logs = np.log(_positive(evidence.percents))
    true = np.take_along_axis(logs, evidence.label[None], axis=0)[0]

    def loss(log_t: float) -> float:
        sharp = np.exp(-log_t)
        lost = logsumexp(sharp * logs, axis=0) - sharp * true
        return float(np.average(lost, weights=evidence.weight))

    low, high = np.log(_TEMPERATURES)
    best = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-9})
    return float(np.exp(best.x))


def tempered(degree: float, classes: int) -> Float64s:
    """Return the tables of a temperature, (classes, 101): the same for each class."""
    return np.tile(_positive(SHARES) ** (1 / degree), (classes, 1))


def _positive(shares: UInt8s) -> Float64s:
    """Return percents as shares, 0 as half a percent."""
    found: Float64s = np.maximum(shares / WHOLE, SMALLEST)
    return found


def fit_tables(method: Method, evidence: Evidence) -> Float64s:
    """Fit tables, (classes, 101), by one of the methods."""
    if method == "isotonic":
        return isotonic(evidence)
    return tempered(temperature(evidence), evidence.classes.size)

"""Intervals that hold the true figure in 95 of 100 samples.

Wald's, value ± z · standard error, is the one that papers give; where a class is rare, or hardly
any point disagrees, it is too short, and it may have no width at all. The other one is drawn: what
the points of a stratum leave open of its cells is a Dirichlet distribution. Its limits are the
quantiles at 2.5 and 97.5 %, widened to the estimate where they would shut it out: quantiles never
reach 0 or 1, though where no point disagrees, nothing speaks against either.

References
----------
Brown, Cai and DasGupta (2001), "Interval estimation for a binomial proportion", Statistical Science
16: limits of such intervals are set to 0 and 1 where none, or all, of the points are right.
Gelman et al. (2013), "Bayesian Data Analysis", 3rd ed., 3.4: the posterior of a multinomial.
Perks (1947), "Some observations on inverse probability", Journal of the Institute of Actuaries 73:
a prior that adds one point to each stratum in all, 1/k to each of its k cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from landloom.arrays import Float64s, Int64s
from landloom.map.validation.estimators import Counts, Estimate

LEVEL = 0.95
"""Share of samples whose intervals hold what is true."""

DRAWS = 10_000
"""Draws of a posterior: the limits then stray by some hundredths of the interval's width."""

_AT_ONCE = 4_000_000
"""Numbers that are drawn at a time: 32 MB."""

_Z = NormalDist().inv_cdf(0.5 + LEVEL / 2)

Interval = tuple[float, float]


@dataclass(frozen=True)
class Intervals:
    """Dirichlet intervals; None where nothing is known of a figure."""

    overall: Interval | None
    users: tuple[Interval | None, ...]
    producers: tuple[Interval | None, ...]
    shares: tuple[Interval | None, ...]


def wald(figure: Estimate) -> Interval | None:
    """Return value ± z · standard error, within 0 and 1."""
    if figure.value is None or figure.error is None:
        return None
    half = _Z * figure.error
    return max(figure.value - half, 0.0), min(figure.value + half, 1.0)


def wilson(right: int, of: int) -> Interval | None:
    """Return the interval of a share of independent draws; None where there are none.

    Wilson (1927), "Probable inference, the law of succession, and statistical inference", Journal
    of the American Statistical Association 22, as implemented in SciPy.
    """
    from scipy.stats import binomtest

    if not of:
        return None
    limits = binomtest(right, of).proportion_ci(LEVEL, method="wilson")
    return float(limits.low), float(limits.high)


def reaching(interval: Interval, value: float) -> Interval:
    """Return an interval, widened to an estimate that lies outside.

    It holds the true figure no less often, and never shuts out what stands beside it.
    """
    low, high = interval
    return min(low, value), max(high, value)


def half_width(figure: Estimate) -> float | None:
    """Return z · standard error, which papers write behind ±."""
    return None if figure.error is None else _Z * figure.error


def dirichlet(counts: Counts, seed: int, draws: int = DRAWS) -> Intervals:
    """Return intervals between quantiles of drawn error matrices.

    Parameters
    ----------
    counts : Counts
        The sample. The cells of a stratum are those of the map classes that its points have, with
        every class in reference.
    seed : int
        Of the draws.
    draws : int
        How many.
    """
    rng = np.random.default_rng(seed)
    k = counts.cells.shape[1]
    right, rows, columns = (np.zeros((draws, k)) for _ in range(3))
    weights = counts.sizes / counts.sizes.sum()
    for cells, weight in zip(counts.cells, weights, strict=True):
        there = np.flatnonzero(cells.sum(axis=1))
        for start in range(0, draws, step := max(1, _AT_ONCE // (there.size * k))):
            part = slice(start, min(start + step, draws))
            shares = weight * _posterior(rng, cells[there], part.stop - part.start)
            right[part, there] += shares[:, np.arange(there.size), there]
            rows[part, there] += shares.sum(axis=2)
            columns[part] += shares.sum(axis=1)
    return Intervals(
        overall=_quantiles(right.sum(axis=1, keepdims=True))[0],
        users=_quantiles(_divided(right, rows)),
        producers=_quantiles(_divided(right, columns)),
        shares=_quantiles(columns),
    )


def _posterior(rng: np.random.Generator, cells: Int64s, draws: int) -> Float64s:
    """Draw what share of its stratum each cell has, (draws, map classes, classes)."""
    prior = 1.0 / cells.size
    drawn = rng.standard_gamma(cells + prior, (draws, *cells.shape))
    shares: Float64s = drawn / drawn.sum(axis=(1, 2), keepdims=True)
    return shares


def _divided(part: Float64s, whole: Float64s) -> Float64s:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def _quantiles(drawn: Float64s) -> tuple[Interval | None, ...]:
    """Return the limits of each column's draws, (draws, figures)."""
    tails = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    found: list[Interval | None] = []
    for column in drawn.T:
        known = column[np.isfinite(column)]
        if not known.size:
            found.append(None)
            continue
        low, high = np.quantile(known, tails)
        found.append((float(low), float(high)))
    return tuple(found)

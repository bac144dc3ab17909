"""Sets of classes that hold the true one as often as was asked for: split conformal prediction.

Each class has a threshold of its own (Vovk 2012: Mondrian), so that rare ones are in their sets as
often as common ones. For independent points that holds whatever the forest, as far as they and the
pixels of the map are drawn alike. For samples out of folds it is no promise: their votes are those
of other forests than the map's (cross-conformal, Vovk 2015; what can be promised is less, Barber et
al. 2021).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from landloom.arrays import Float64s, Int64s, Mask, UInt8s
from landloom.errors import LandloomError

MOST_CLASSES = 31
"""Bits of the widest mask that rasters are sure to keep, less the one that stands for no data."""


def scores(shares: UInt8s) -> Float64s:
    """Return how strange each class is: 1 less its share of the votes.

    No table is in it, and so nothing that was fitted: quantiles may come from the samples that
    tables were fitted on. Shares are over their sum, and 0 % counts as half a percent, so that
    few classes are equally strange. A ratio of whole numbers, it is equal to the last bit where it
    is equal at all.

    Parameters
    ----------
    shares
        Percents of the votes, (classes, n).

    Returns
    -------
    float64, (classes, n)
    """
    halves = np.maximum(2 * shares.astype(np.int32), 1)
    found: Float64s = 1 - halves / halves.sum(axis=0)
    return found


def effective_numbers(label: Int64s, weight: Float64s, classes: int) -> Float64s:
    """Return how many samples of equal weight each class's are worth (Kish), (classes,)."""
    total = np.bincount(label, weight, classes)
    squares = np.bincount(label, weight**2, classes)
    return np.divide(total**2, squares, out=np.zeros(classes), where=squares > 0)


def fewest(level: float) -> int:
    """Return how many samples of a class a level needs: ⌈(n + 1) · level⌉ is at most n."""
    return math.ceil(round(level / (1 - level), 9))


def quantiles(
    strange: Float64s, label: Int64s, weight: Float64s, level: float, classes: int
) -> Float64s:
    """Return the score up to which each class is in the set.

    Parameters
    ----------
    strange
        Scores of the true classes, (n,).
    label
        True classes, (n,), 0 to ``classes - 1``.
    weight
        (n,), positive. Of equal ones, the quantile is the ⌈(n + 1) · level⌉-th score of a class.
        With others it is the least score whose weights, summed up to it, are ``level`` of all and
        of the pixel besides that is asked for, which weighs what pixels of the class do on average
        (Tibshirani et al. 2019, with one weight for all pixels).
    level
        Share of the pixels of each class whose sets are to hold it.
    classes
        How many there are.

    Returns
    -------
    float64, (classes,)
        Infinite where there are too few: every set holds the class.
    """
    found = np.full(classes, np.inf)
    for place in range(classes):
        own = np.flatnonzero(label == place)
        own = own[np.argsort(strange[own], kind="stable")]
        summed = np.cumsum(weight[own])
        if not own.size:
            continue
        needed = level * (summed[-1] + np.square(weight[own]).sum() / summed[-1])
        rank = int(np.searchsorted(summed, needed * (1 - 1e-12)))
        if rank < own.size:
            found[place] = strange[own[rank]]
    return found


def members(strange: Float64s, limits: Float64s) -> Mask:
    """Return whether classes are in the sets, (classes, n), by scores and their quantiles."""
    inside: Mask = strange <= limits[:, None]
    return inside


def masks(inside: Mask) -> npt.NDArray[np.unsignedinteger]:
    """Return sets as numbers, (n,): bit i is the i-th class.

    Returns
    -------
    ndarray of uint8, uint16 or uint32
        The least type of which no set has every bit: that stands for no data.
    """
    kind = mask_type(len(inside))
    found = np.zeros(inside.shape[1:], kind)
    for bit, own in enumerate(inside):
        found |= own.astype(kind) << kind.type(bit)
    return found


def mask_type(classes: int) -> np.dtype[np.unsignedinteger]:
    """Return the type of masks of so many classes."""
    return np.dtype(f"uint{next(bits for bits in (8, 16, 32) if classes < bits)}")


def refuse_many(classes: int) -> None:
    """Refuse more classes than a mask has bits for.

    Raises
    ------
    LandloomError
        With more than 31.
    """
    if classes > MOST_CLASSES:
        raise LandloomError(
            f"map.calibration: the map has {classes} classes, but sets of classes are kept as "
            f"bits of one number, of which there are {MOST_CLASSES}; merge classes "
            "(map.reference.classes), or leave out more rare ones (map.samples.min_share)"
        )

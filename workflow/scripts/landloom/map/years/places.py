"""Samples of several years: which of them lie on one place, and so belong together.

A place is a pixel of the first year's embedding. What is known of it in one year tells of it in
another, so its samples are never parted: not between training and test, nor between folds.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from landloom.arrays import Int64s

YEAR = "year"
"""Column of the year in which a point, or a sample, was read; only where there are several."""

_PIXEL = ("zone", "row", "col")


def place_of(frame: pd.DataFrame) -> Int64s:
    """Return the number of each sample's place, (samples,): from 0, as they first occur.

    Parameters
    ----------
    frame
        Samples, with the column ``year`` where they are of several.
    """
    if YEAR not in frame:
        return np.arange(len(frame))
    by = [name for name in _PIXEL if name in frame]
    number: Int64s = frame.groupby(by, sort=False).ngroup().to_numpy(np.int64)
    return number


def one_of_each(frame: pd.DataFrame) -> tuple[pd.DataFrame, Int64s]:
    """Return one sample of each place, and to which of these each sample belongs, (samples,).

    Of a place that changed its class, it is the sample of the class that is the rarest in the
    frame; of several, the first.
    """
    place = place_of(frame)
    if YEAR not in frame:
        return frame, place
    counts = frame.groupby("label")["label"].transform("size").to_numpy()
    rows = pd.Series(counts).groupby(place).idxmin().to_numpy()
    return frame.iloc[rows], place


def stratified(frame: pd.DataFrame, folds: int) -> int | Int64s:
    """Return folds that are stratified by class, not shuffled, and leave places whole.

    Parameters
    ----------
    frame
        Training samples.
    folds
        How many.

    Returns
    -------
    int, or int64 (samples,)
        The number itself, where no place has several samples; else each sample's fold.
    """
    if YEAR not in frame:
        return folds
    import warnings

    from sklearn.model_selection import StratifiedKFold

    units, place = one_of_each(frame)
    labels = units["label"].to_numpy()
    number = np.empty(len(units), np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # small classes: told with the samples
        for fold, (_, test) in enumerate(StratifiedKFold(folds).split(labels, labels)):
            number[test] = fold
    return number[place]


def with_joined_groups(frame: pd.DataFrame) -> pd.DataFrame:
    """Return samples whose groups are one where they share a place: polygons of different years.

    Each such group is called as the first of those that were joined.
    """
    if YEAR not in frame or "group" not in frame:
        return frame
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    place = place_of(frame)
    group, names = pd.factorize(frame["group"])
    size = int(place.max()) + 1 + len(names)
    pairs = coo_array((np.ones(len(frame)), (place, place.max() + 1 + group)), shape=(size, size))
    joined = connected_components(pairs, directed=False)[1][place.max() + 1 + group]
    first = pd.Series(frame["group"].to_numpy()).groupby(joined).transform("first")
    return frame.assign(group=first.to_numpy())

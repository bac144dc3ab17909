"""The choice of samples of several years: places are chosen, each with all of its samples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from landloom.map.points import Points
from landloom.map.samples import MORE_THAN_N, select, without_small
from landloom.map.shares import Shares
from landloom.map.years.places import YEAR, one_of_each


def select_places(
    samples: Points, n: int, min_share: float, test_fraction: float, seed: int, shares: Shares
) -> Points:
    """Choose places and split them as `select` does samples; the samples of a place go along.

    Parameters
    ----------
    samples : Points
        Samples, with the column ``year`` where they are of several years.
    n, test_fraction, seed, shares
        As for `select`, but counted in places, by the class of `one_of_each`.
    min_share
        As for `select`: classes below this share of the samples leave before places are looked at,
        so that a place that was of such a class in one year keeps its other samples.

    Returns
    -------
    Points
        As `select` gives them; the samples of a place one after the other, in their order.

    Raises
    ------
    LandloomError
        As `select` does.
    """
    # Of one year each place has one sample: the draw is that of a map without years.
    if YEAR not in samples.frame or samples.frame[YEAR].nunique() == 1:
        return select(samples, n, min_share, test_fraction, seed, shares)
    samples = without_small(samples, min_share, shares)
    frame = samples.frame
    units, place = one_of_each(frame)
    chosen = select(
        replace(samples, frame=units.assign(_place=np.arange(len(units)))),
        n, 0.0, test_fraction, seed, shares,
    )  # fmt: skip
    order = np.full(len(units), -1)
    order[chosen.frame["_place"]] = np.arange(len(chosen.frame))
    kept = np.flatnonzero(order[place] >= 0)
    kept = kept[np.argsort(order[place[kept]], kind="stable")]
    rows = frame.iloc[kept].reset_index(drop=True)
    split = chosen.frame["split"].to_numpy()[order[place[kept]]]
    rows.insert(rows.columns.get_loc("label") + 1, "split", pd.Series(split, dtype="str"))
    left = set(rows["label"].unique().tolist())
    note = (
        f"{len(rows)} samples of {len(chosen.frame)} places, some in several years: those of a "
        "place stay together in each split and fold, but figures count every one"
    )
    dropped = {**chosen.dropped, MORE_THAN_N: len(frame) - len(rows)}
    return replace(
        chosen,
        frame=rows,
        dropped={reason: number for reason, number in dropped.items() if number},
        classes={value: kind for value, kind in samples.classes.items() if value in left},
        notes=(*chosen.notes, *([note] if len(rows) > len(chosen.frame) else [])),
    )

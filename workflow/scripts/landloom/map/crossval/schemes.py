"""Ways to cut samples into folds: at random, by distance, by squares, by groups."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from landloom.arrays import Float64s, Indices, Int64s
from landloom.errors import LandloomError
from landloom.legend.legends import Legend
from landloom.map.crossval.distances import geocentric, nearest
from landloom.map.crossval.folds import Folds
from landloom.map.crossval.knndm import MOST_CLUSTERED, SIGNIFICANT, distance_gap, match_folds
from landloom.map.points import called
from landloom.map.years.places import one_of_each

_HALF_ROUND = 20_015.1
"""Kilometres from pole to pole, on a sphere as large as the Earth."""


@dataclass(frozen=True)
class Cut:
    """How samples are cut into folds.

    Attributes
    ----------
    scheme
        ``random``, ``knndm``, ``blocks`` or ``group``.
    n
        Number of folds.
    block_km
        Side of the squares of ``blocks``.
    seed
        Of all that is drawn.
    """

    scheme: str
    n: int
    block_km: float = 10.0
    seed: int = 42


def cut_folds(frame: pd.DataFrame, cut: Cut, places: tuple[Float64s, Float64s] | None) -> Folds:
    """Cut samples into folds; those of several years on one place go into one.

    Parameters
    ----------
    frame
        The samples: ``lon``, ``lat`` (degrees), ``label``, and for ``group`` the column ``group``.
    cut
        How.
    places
        Longitudes and latitudes of places of the map, for ``knndm``.

    Raises
    ------
    LandloomError
        There are fewer samples, squares or groups than folds; folds are random, and no class has a
        sample for each; or there are no groups.
    """
    units, unit = one_of_each(frame)
    if len(units) < cut.n:
        raise LandloomError(
            f"map.crossval.n: {cut.n} folds of {len(units)} samples; lower it to {len(units)} at "
            "most, or give more labelled points"
        )
    about: Mapping[str, Any]
    if cut.scheme == "random":
        number, about = random_folds(units["label"].to_numpy(np.int64), cut), {}
    elif cut.scheme == "blocks":
        number, about = _block_folds(units, cut)
    elif cut.scheme == "group":
        number, about = _group_folds(units, cut)
    elif places is None:
        raise ValueError("knndm needs places")
    else:
        number, about = _matched_folds(units, cut, places)
    number = number[unit]
    sizes = np.bincount(number, minlength=cut.n).tolist()
    return Folds(cut.scheme, number, cut.n, {**about, "sizes": sizes})


def fold_notes(labels: Int64s, folds: Folds, classes: Legend) -> list[str]:
    """Return what a reader should know of folds.

    Parameters
    ----------
    labels
        Of the samples, (n,).
    folds
        Theirs.
    classes
        The classes' names.

    Returns
    -------
    list of str
        A line where ``knndm`` gave random folds, and one for each class of which no model that is
        judged by it has learned.
    """
    notes = []
    if folds.about.get("random"):
        p = folds.about["ks_p"]
        why = "samples lie no closer together than the map's pixels lie to them"
        if p < SIGNIFICANT:
            why = "there are too few samples to keep apart what lies close together"
        notes.append(f"knndm: {why} (p = {p:.2g}), so that its folds are random")
    for value in np.unique(labels):
        own = folds.number[labels == value]
        if np.unique(own).size == 1:
            notes.append(
                f"{called(int(value), classes)}: all {own.size} samples lie in one fold, so that "
                "no model judged by them has learned of it"
            )
    return notes


def random_folds(labels: Int64s, cut: Cut) -> Int64s:
    """Return random folds, stratified by class, (n,).

    A class with fewer samples than folds is spread over as many folds as it has samples.

    Raises
    ------
    LandloomError
        No class has a sample for each fold.
    """
    from sklearn.model_selection import StratifiedKFold

    most = int(np.unique(labels, return_counts=True)[1].max())
    if most < cut.n:
        fewer = f"lower it to {most}, or " if most > 1 else ""
        raise LandloomError(
            f"map.crossval.n: {cut.n} folds, but the largest class has only {most} samples; "
            f"{fewer}give more labelled points"
        )
    folds = StratifiedKFold(cut.n, shuffle=True, random_state=cut.seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # small classes
        return _numbered(folds.split(labels, labels), labels.size)


def _numbered(splits: Iterable[tuple[Indices, Indices]], size: int) -> Int64s:
    """Return the number of each sample's fold, from splits as scikit-learn gives them."""
    number = np.empty(size, np.int64)
    for fold, (_, test) in enumerate(splits):
        number[test] = fold
    return number


def _matched_folds(
    frame: pd.DataFrame, cut: Cut, places: tuple[Float64s, Float64s]
) -> tuple[Int64s, Mapping[str, Any]]:
    points = geocentric(frame["lon"].to_numpy(), frame["lat"].to_numpy())
    mapped = geocentric(*places)
    # Of two folds one is nearly always above a half.
    largest = max(0.5, 1 / cut.n + 0.1)
    found = match_folds(points, mapped, cut.n, largest=largest, seed=cut.seed)
    chance = _by_chance(frame["label"].to_numpy(np.int64), cut)
    number = chance if found.folds is None else found.folds
    wanted = nearest(points, mapped)
    return number, {
        "random": found.folds is None,
        "ks_p": found.p,
        "w": distance_gap(points, number, wanted),
        "w_random": distance_gap(points, chance, wanted),
        "clusters": found.clusters,
        "clustered_samples": min(len(points), MOST_CLUSTERED),
        "prediction_points": len(mapped),
    }


def _by_chance(labels: Int64s, cut: Cut) -> Int64s:
    """Return random folds, by class as far as some class has a sample for each."""
    if np.unique(labels, return_counts=True)[1].max() >= cut.n:
        return random_folds(labels, cut)
    return np.random.default_rng(cut.seed).permutation(labels.size) % cut.n


def _block_folds(frame: pd.DataFrame, cut: Cut) -> tuple[Int64s, Mapping[str, Any]]:
    lon, lat = frame["lon"].to_numpy(), frame["lat"].to_numpy()
    block = squares(lon, lat, cut.block_km)
    blocks = int(block.max()) + 1
    if blocks < cut.n:
        sides = (cut.block_km / 2**halved for halved in range(1, 10))
        fit = next((side for side in sides if squares(lon, lat, side).max() >= 2 * cut.n), None)
        smaller = f" ({fit:.2g} km make enough)" if fit else ""
        raise LandloomError(
            f"map.crossval.block_km: the {len(frame)} samples lie in {blocks} square"
            f"{'s' * (blocks != 1)} of {cut.block_km:g} km, fewer than the {cut.n} folds; make the "
            f"squares smaller{smaller}, or lower map.crossval.n"
        )
    return dealt(block, cut.n, cut.seed), {"block_km": cut.block_km, "blocks": blocks}


def squares(lon: Float64s, lat: Float64s, side_km: float) -> Int64s:
    """Return in which square of the ground places lie, (n,): numbers from 0, each of them taken.

    The Earth is cut into rows of one height, and each row into as many parts as make it as wide as
    high in its middle: squares of nearly one area anywhere, in any CRS.
    """
    rows = max(1, round(_HALF_ROUND / side_km))
    row = np.minimum(np.floor((lat + 90) / 180 * rows), rows - 1)
    around = 2 * rows * np.cos(np.radians((row + 0.5) / rows * 180 - 90))
    columns = np.maximum(1, np.round(around))
    column = np.floor((lon + 180) / 360 * columns) % columns
    number: Int64s = np.unique(np.stack([row, column]), axis=1, return_inverse=True)[1]
    return number.reshape(-1).astype(np.int64)


def dealt(block: Int64s, n: int, seed: int) -> Int64s:
    """Return folds of nearly one size that leave blocks whole, (samples,).

    The block with most samples goes first, each to the fold that has the fewest yet; equal blocks
    in random order.
    """
    sizes = np.bincount(block)
    shuffled = np.random.default_rng(seed).permutation(sizes.size)
    fold_of, filled = np.empty(sizes.size, np.int64), np.zeros(n, np.int64)
    for one in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        fold_of[one] = np.argmin(filled)
        filled[fold_of[one]] += sizes[one]
    return fold_of[block]


def _group_folds(frame: pd.DataFrame, cut: Cut) -> tuple[Int64s, Mapping[str, Any]]:
    from sklearn.model_selection import GroupKFold

    if "group" not in frame:
        raise LandloomError(
            "map.reference.group: is missing, but folds by 'group' are asked for; name the table's "
            "column of groups"
        )
    groups = frame["group"].to_numpy()
    found = np.unique(groups).size
    if found < cut.n:
        raise LandloomError(
            f"map.reference.group: the {len(frame)} samples are of {found} group"
            f"{'s' * (found != 1)}, fewer than the {cut.n} folds; lower map.crossval.n, or name a "
            "column of more groups"
        )
    splits = GroupKFold(cut.n).split(groups, groups=groups)
    return _numbered(splits, len(frame)), {"groups": found}

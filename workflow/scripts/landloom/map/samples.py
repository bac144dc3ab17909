"""Samples: the embedding at labelled points, balanced, and split for training and testing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import train_test_split

from landloom.arrays import Int64s
from landloom.errors import LandloomError
from landloom.legend.classes import values_by_name
from landloom.legend.legends import Legend
from landloom.map.embedding import EmbeddingInfo, numbered
from landloom.map.embedding_reader import read_pixels
from landloom.map.encoding import decode, invalid
from landloom.map.left_out import LeftOut
from landloom.map.points import Points, called, listed
from landloom.map.sample_table import ABOUT
from landloom.map.shares import Shares
from landloom.map.zones import ZonedEmbedding

MORE_THAN_N = "more than map.samples.n"
"""Why samples leave that are not drawn."""

_SECTION = "map.samples"
_PROPORTIONAL = Shares()
_UNLIKE = (
    "samples are shared out among the classes as map.samples says, not as the labels are: figures "
    "over all classes are of such samples, not of the map"
)
_REASONS = {
    "nan": "embedding is NaN",
    "nodata": "embedding is nodata",
    "zero": "embedding is all zero",
}


def _columns(info: EmbeddingInfo) -> tuple[str, ...]:
    """Name the columns of the bands: as the file does, unless another column has such a name."""
    names = info.band_names
    return names if set(names).isdisjoint(ABOUT) else numbered(info.bands)


def extract(embedding: ZonedEmbedding, points: Points) -> Points:
    """Read the embedding at labelled points.

    Points are read block by block, so that memory depends on their number, not on the raster's
    size. A point without an embedding leaves as a whole row, its label with it; so does a further
    point on a pixel that has one already, because its features would be a copy, perhaps on the
    other side of the split.

    Parameters
    ----------
    embedding : ZonedEmbedding
        The embedding.
    points : Points
        Labelled points on it.

    Returns
    -------
    Points
        The points that remain, in the same order, with the decoded bands (float32) as further
        columns, under `EmbeddingInfo.band_names`; what left is added to `dropped`, by reason.

    Raises
    ------
    LandloomError
        If no point remains.
    """
    frame = points.frame
    pixel = [column for column in ("zone", "row", "col") if column in frame]
    again = frame.duplicated(pixel).to_numpy()
    frame = frame[~again]
    values, reasons = _read(embedding, frame)
    keep = np.array([reason == "" for reason in reasons], dtype=np.bool_)
    dropped: Counter[str] = Counter(points.dropped)
    dropped["another point on the same embedding pixel"] += int(np.count_nonzero(again))
    dropped.update(_REASONS[reason] for reason in reasons if reason)
    if not keep.any():
        raise LandloomError(
            f"map.reference: none of the {len(points.frame)} labelled points has an embedding "
            f"({listed(dropped)}); check map.embedding.nodata and the places of the points"
        )
    decoded = decode(values[keep], embedding.common.encoding)
    bands = pd.DataFrame(decoded, columns=_columns(embedding.common))
    kept = pd.concat([frame[keep].reset_index(drop=True), bands], axis=1)
    return _with(points, kept, dropped, ())


def _read(
    embedding: ZonedEmbedding, frame: pd.DataFrame
) -> tuple[npt.NDArray[Any], npt.NDArray[np.str_]]:
    """Read the pixels of points as stored, and the reason against each, or an empty text."""
    common = embedding.common
    values = np.empty((len(frame), common.bands), dtype=common.dtype)
    for zone in embedding.zones:
        own = np.flatnonzero(frame["zone"] == zone.name) if zone.name else np.arange(len(frame))
        at = frame.iloc[own]
        values[own] = read_pixels(zone.info, at["row"].to_numpy(), at["col"].to_numpy())
    reasons = np.full(len(frame), "", dtype="U6")
    for reason, mask in invalid(values.T, common.encoding, common.nodata).items():
        reasons[mask] = reason
    return values, reasons


def select(
    samples: Points,
    n: int,
    min_share: float,
    test_fraction: float,
    seed: int,
    shares: Shares = _PROPORTIONAL,
) -> Points:
    """Choose samples and split them, stratified by class.

    First the classes below the smallest share leave. Of the rest at most `n` samples are drawn, in
    proportion to the classes, unless `shares` says otherwise, and at least one of each. Then
    scikit-learn's stratified `train_test_split` sets the test samples aside. A class with a single
    sample cannot be on both sides: it goes to training. A class that is not tested is named.

    Parameters
    ----------
    samples : Points
        Samples as `extract` gives them.
    n : int
        The largest number of samples.
    min_share : float
        The smallest share of all samples that a class must have to stay, 0 to 1.
    test_fraction : float
        The share of test samples, above 0 and below 1.
    seed : int
        Chooses and splits.
    shares : Shares
        What each class gets. Classes that have its minimum, and those that it names, stay whatever
        their share.

    Returns
    -------
    Points
        With the further column ``split`` (``train`` or ``test``) before the bands, and with the
        classes that left. Rows are in random order, training first: folds may be cut from them in
        order, without shuffling.

    Raises
    ------
    LandloomError
        If fewer than two classes remain, or there are too few samples for one of each class, or
        for a test sample of each class.
    """
    frame, names = samples.frame, _names(samples)
    dropped: Counter[str] = Counter(samples.dropped)
    kept, gone = _small(samples, min_share, shares, dropped)
    if n < len(kept):
        raise LandloomError(
            f"map.samples.n: {n} is fewer than the {len(kept)} classes; raise it, or raise "
            "map.samples.min_share"
        )
    draws = shares.draws(kept, n, names, _SECTION, least=1)
    rows = _draw(frame["label"].to_numpy(), draws, seed)
    dropped[MORE_THAN_N] += sum(kept.values()) - rows.size
    frame = frame.iloc[rows].reset_index(drop=True)
    train, test, told = _split(frame["label"].to_numpy(), test_fraction, seed, samples.classes)
    split = pd.Series(["train"] * train.size + ["test"] * test.size, dtype="str")
    frame = frame.iloc[np.concatenate([train, test])].reset_index(drop=True)
    frame.insert(frame.columns.get_loc("label") + 1, "split", split)
    alike = shares.keeps_proportions or draws == kept
    unlike = () if alike else (_UNLIKE,)
    chosen = _with(samples, frame, dropped, (*(each.note for each in gone), *unlike, *told))
    left_out = (*samples.left_out, *gone)
    return replace(chosen, left_out=left_out, proportional=samples.proportional and alike)


def without_small(samples: Points, min_share: float, shares: Shares) -> Points:
    """Leave out the classes below the smallest share, as `select` does before it draws.

    Parameters
    ----------
    samples, min_share, shares
        As for `select`.

    Returns
    -------
    Points
        The other samples, in their order, with the classes that left.

    Raises
    ------
    LandloomError
        If fewer than two classes remain.
    """
    dropped: Counter[str] = Counter(samples.dropped)
    kept, gone = _small(samples, min_share, shares, dropped)
    frame = samples.frame[samples.frame["label"].isin(kept)].reset_index(drop=True)
    return replace(
        _with(samples, frame, dropped, [each.note for each in gone]),
        left_out=(*samples.left_out, *gone),
    )


def _small(
    samples: Points, min_share: float, shares: Shares, dropped: Counter[str]
) -> tuple[dict[int, int], tuple[LeftOut, ...]]:
    """Return the samples of the classes that stay, and the classes that do not, counted."""
    counts, total = _counts(samples.frame["label"]), len(samples.frame)
    named, enough = shares.named(_names(samples), _SECTION), shares.per_class_min or np.inf
    kept = {
        value: count
        for value, count in counts.items()
        if count / total >= min_share or count >= enough or value in named
    }
    gone = tuple(
        LeftOut(value, samples.classes[value].name, counts[value], counts[value] / total)
        for value in sorted(counts.keys() - kept.keys())
    )
    for each in gone:
        dropped[f"{each.called}: under {min_share:.4g} of all samples"] += each.samples
    _need_two(kept, samples.classes, len(counts))
    return kept, gone


def _names(samples: Points) -> dict[str, int]:
    """Return the classes by their values, their names, and what the reference writes for them."""
    sources = samples.frame.drop_duplicates(["source", "label"])
    written = dict(zip(sources["source"].tolist(), sources["label"].tolist(), strict=True))
    return values_by_name(samples.classes, written)


def _draw(labels: Int64s, draws: Mapping[int, int], seed: int) -> Int64s:
    """Draw so many rows of each class; give them in random order."""
    order = np.random.default_rng(seed).permutation(labels.size)
    drawn = np.zeros(labels.size, dtype=np.bool_)
    for value, number in draws.items():
        drawn[np.flatnonzero(labels[order] == value)[:number]] = True
    return order[drawn]


def _split(
    labels: Int64s, fraction: float, seed: int, classes: Legend
) -> tuple[Int64s, Int64s, list[str]]:
    """Return the training and the test rows, and what to say of classes missing from either."""
    values, counts = np.unique(labels, return_counts=True)
    single = np.isin(labels, values[counts == 1])
    rows, alone = np.flatnonzero(~single), np.flatnonzero(single)
    kinds = int(np.count_nonzero(counts > 1))
    tests = int(np.ceil(fraction * rows.size))
    if not kinds or min(tests, rows.size - tests) < kinds:
        raise LandloomError(
            f"map.samples.test_fraction: {fraction:g} of {rows.size} samples leaves {tests} for "
            f"testing and {rows.size - tests} for training, too few for one of each of the {kinds} "
            "classes on both sides; give more labelled points, another test_fraction or fewer "
            "classes"
        )
    train, test = train_test_split(
        rows, test_size=fraction, stratify=labels[rows], random_state=seed
    )
    train = np.concatenate([train, alone])
    notes = [
        f"{called(value, classes)} has {count} samples, none of them for {part}"
        for part, chosen in (("testing", test), ("training", train))
        for value, count in _counts(labels).items()
        if value not in labels[chosen]
    ]
    return train, test, notes


def check_folds(
    labels: npt.ArrayLike, folds: int | None, classes: Legend, key: str = "map.tuning.folds"
) -> tuple[str, ...]:
    """Return what happens to classes with fewer training samples than folds.

    They stay. `sklearn.model_selection.StratifiedKFold` spreads them over as many folds as they
    have samples; the other folds hold out none, so there the class is learnt, but not scored.

    Parameters
    ----------
    labels : array-like of int, shape (samples,)
        Classes of the training samples.
    folds : int, optional
        The number of folds that are stratified by class; None for folds that are cut otherwise, of
        which is told where they are cut.
    classes : Legend
        The classes' names.
    key
        Where the number stands in the configuration, for messages.

    Returns
    -------
    tuple of str
        A line for each such class.

    Raises
    ------
    LandloomError
        If there are fewer than two classes, or if no class has a sample for every fold.
    """
    counts = _counts(labels)
    _need_two(counts, classes, len(counts))
    if folds is None:
        return ()
    most = max(counts.values())
    if most < folds:
        fewer = f"lower it to {most}, or " if most > 1 else ""
        raise LandloomError(
            f"{key}: {folds} folds, but the largest class has only {most} training "
            f"samples; {fewer}give more labelled points"
        )
    return tuple(
        f"{called(value, classes)} has {count} training samples, fewer than the {folds} folds: "
        f"{folds - count} of them hold out none of it"
        for value, count in counts.items()
        if count < folds
    )


def _need_two(counts: Mapping[int, int], classes: Legend, before: int) -> None:
    """Refuse fewer than two classes, of those there were before small ones were removed."""
    if len(counts) < 2:
        lower = ", or lower map.samples.min_share" if before > 1 else ""
        named = [f"{called(value, classes)}, {count} samples" for value, count in counts.items()]
        raise LandloomError(
            f"map.reference: the samples are of {len(counts)} class ({'; '.join(named) or 'none'}),"
            f" but a classifier needs two at least; give labels of more classes{lower}"
        )


def _counts(labels: npt.ArrayLike) -> dict[int, int]:
    values, counts = np.unique(np.asarray(labels), return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def _with(
    points: Points, frame: pd.DataFrame, dropped: Mapping[str, int], notes: Sequence[str]
) -> Points:
    """Return points with other rows, and with only the classes that are left in them."""
    left = set(frame["label"].unique().tolist())
    return Points(
        frame=frame,
        classes={value: kind for value, kind in points.classes.items() if value in left},
        dropped={reason: number for reason, number in dropped.items() if number},
        notes=(*points.notes, *notes),
        proportional=points.proportional,
    )

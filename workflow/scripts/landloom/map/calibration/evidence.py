"""What tables are fitted on: shares of votes at places whose true class is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from landloom.arrays import Float64s, Int64s, Mask, UInt8s
from landloom.legend.decimals import percent
from landloom.map.crossval.folds import Folds
from landloom.map.crossval.votes import Votes
from landloom.map.percents import percents
from landloom.map.validation.strata import Sample

_PARTS, _SEED = 5, 42
"""Into how many parts independent points are drawn, to judge tables by points left out."""

_MIXED = (
    "samples are not in proportion to the labels (map.samples or map.reference shares them out "
    "otherwise), and probabilities are those of such a mixture: too high for classes that have "
    "more than their share, too low for others; points of map.validation.table have weights"
)


@dataclass(frozen=True)
class Evidence:
    """Votes of forests that had not seen the places they voted on, and the true classes.

    Attributes
    ----------
    classes
        Class values, (classes,), ascending: those of the map's forest.
    percents
        Shares of the votes in percent, (classes, n), as the maps hold them.
    label, predicted
        True class, and class with most votes, (n,), by their places in `classes`.
    weight
        How much of the map each stands for, (n,), 1 on average.
    part
        Which are left out together where tables are judged, (n,).
    about
        Where they come from, as plain data.
    notes
        What a reader should know.
    absent
        Classes, by their places in `classes`, that nothing here tells of: there are no places of
        them. They are judged by what all others have in common, and are in every set.
    """

    classes: Int64s
    percents: UInt8s
    label: Int64s
    predicted: Int64s
    weight: Float64s
    part: Int64s
    about: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    absent: tuple[int, ...] = ()

    def those(self, chosen: Mask) -> Evidence:
        """Return some of the places."""
        return replace(
            self,
            percents=self.percents[:, chosen],
            label=self.label[chosen],
            predicted=self.predicted[chosen],
            weight=self.weight[chosen],
            part=self.part[chosen],
        )

    def without(self, absent: tuple[int, ...]) -> Evidence:
        """Return the places of other classes than these, which are `absent`."""
        return replace(self.those(~np.isin(self.label, absent)), absent=absent)

    @property
    def truth(self) -> Mask:
        """Whether a class is the true one, (classes, n)."""
        truth: Mask = np.arange(self.classes.size)[:, None] == self.label
        return truth


def from_votes(votes: Votes, folds: Folds, *, proportional: bool) -> Evidence:
    """Return the evidence of samples that were left out, each fold a part.

    Parameters
    ----------
    votes : Votes
        For all samples, by the forests of their folds.
    folds : Folds
        These folds.
    proportional
        Whether samples are in proportion to the labels, as `Points` tells.
    """
    mixed = () if proportional else (_MIXED,)
    return Evidence(
        classes=votes.classes,
        percents=percents(votes.shares.T),
        label=np.searchsorted(votes.classes, votes.label),
        predicted=np.argmax(votes.shares, axis=1),
        weight=np.ones(votes.label.size),
        part=votes.fold,
        about={"on": "folds", "folds": folds.scheme, "folds_random": folds.by_chance},
        notes=(*folds.notes, *mixed),
    )


def from_points(sample: Sample, classes: Int64s, shares: UInt8s) -> Evidence:
    """Return the evidence of independent points, with the weights of the way they were drawn.

    Parameters
    ----------
    sample : Sample
        Points on the map.
    classes
        Class values of the forest, (classes,), ascending.
    shares
        Percents of the votes at the points, (classes, n).

    Returns
    -------
    Evidence
        Without points of classes that the forest does not know. Parts are drawn, the same each
        time, each with as many of a class as the others, to within one.
    """
    places = sample.places
    known = np.isin(places.reference, classes)
    weight = sample.weights[known]
    lost = sample.weights[~known].sum() / sample.weights.sum()
    told = (
        f"{np.count_nonzero(~known)} of {known.size} points, which stand for {percent(lost)} of "
        "the map, have a class that the model does not know: left out, so what is calibrated "
        "holds where the true class is one of the map's"
    )
    label = np.searchsorted(classes, places.reference[known])
    return Evidence(
        classes=classes,
        percents=shares[:, known],
        label=label,
        predicted=np.searchsorted(classes, places.on_map[known]),
        weight=weight / (weight.mean() if weight.size else 1.0),
        part=_parts(label),
        about={"on": "validation", "folds": None, "folds_random": None},
        notes=() if known.all() else (told,),
    )


def _parts(label: Int64s) -> Int64s:
    """Deal the points of each class out to the parts, in random order, one class after another."""
    drawn = np.random.default_rng(_SEED).permutation(label.size)
    part = np.empty(label.size, np.int64)
    part[drawn[np.argsort(label[drawn], kind="stable")]] = np.arange(label.size) % _PARTS
    return part

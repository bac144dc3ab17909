"""Votes out of their folds, and what they tell of the forest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from landloom.arrays import Float32s, Int64s
from landloom.map.classifiers.kinds import Recipe
from landloom.map.crossval.folds import Folds
from landloom.map.crossval.votes import Votes
from landloom.map.forest.accuracy import assess
from landloom.map.forest.baselines import BASELINES, agreement, baseline_predictions


def vote_fold(X: Float32s, y: Int64s, folds: Folds, fold: int, recipe: Recipe) -> Votes:
    """Return the votes for a fold's samples of a classifier that learned from all others.

    Parameters
    ----------
    X
        Features, (samples, bands).
    y
        Labels, (samples,).
    folds
        Of these samples.
    fold
        Which one is left out.
    recipe
        The classifier.
    """
    left_out = folds.number == fold
    model = recipe.fit(X[~left_out], y[~left_out])
    classes = np.unique(y)
    shares = np.zeros((int(np.count_nonzero(left_out)), classes.size))
    shares[:, np.searchsorted(classes, model.classes)] = model.shares(X[left_out])
    number = np.full(len(shares), fold, np.int64)
    return Votes(np.flatnonzero(left_out), y[left_out], number, classes, shares)


def join_votes(folds: Sequence[Votes]) -> Votes:
    """Return the votes of all folds together, in the order of the samples."""
    sample = np.concatenate([votes.sample for votes in folds])
    order = np.argsort(sample)
    label, fold, shares = (
        np.concatenate([getattr(votes, name) for votes in folds])[order]
        for name in ("label", "fold", "shares")
    )
    return Votes(sample[order], label, fold, folds[0].classes, shares)


def judge(votes: Votes, X: Float32s, folds: Folds, names: Mapping[int, str]) -> dict[str, Any]:
    """Tell how well votes out of their folds agree with the labels.

    Folds may be of unequal sizes and hold other classes, so that means of their scores would say
    little: all predictions are judged together.

    Parameters
    ----------
    votes
        For all samples.
    X
        The samples' features, for the baselines, (samples, bands).
    folds
        Theirs.
    names
        The classes' names.

    Returns
    -------
    dict
        ``scheme``; ``samples``; `landloom.map.forest.accuracy.assess` of all predictions;
        ``baselines``: accuracy and macro F1 of the most frequent class and of the nearest centroid,
        on the same folds; ``folds``: of each its ``samples``, ``accuracy`` and ``macro_f1``;
        ``about``: of the folds.
    """
    y, number = votes.label, votes.fold
    plain = {name: np.empty_like(y) for name in BASELINES}
    for fold in range(folds.n):
        out = number == fold
        for name, predicted in baseline_predictions(X[~out], y[~out], X[out]).items():
            plain[name][out] = predicted
    return {
        "scheme": folds.scheme,
        "samples": int(y.size),
        **assess(y, votes.predicted, names),
        "baselines": {name: agreement(y, predicted) for name, predicted in plain.items()},
        "folds": [
            {
                "samples": int(np.count_nonzero(number == fold)),
                **agreement(y[number == fold], votes.predicted[number == fold]),
            }
            for fold in range(folds.n)
        ],
        "about": dict(folds.about),
    }

"""Kinds of classifiers side by side: on the same samples, on the same folds, and what they cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median
from typing import Any

import numpy as np

from landloom.arrays import Float32s, Int64s
from landloom.map.classifiers.kinds import Recipe
from landloom.map.crossval.evaluation import join_votes, vote_fold
from landloom.map.crossval.folds import Folds
from landloom.map.forest.baselines import agreement
from landloom.map.forest.scores import versions
from landloom.map.points import Points
from landloom.map.sample_table import labelled

_VECTORS = 65_536
"""On how many vectors prediction is timed: samples, again and again."""

_TURNS = 3
"""How often each kind is timed, in turns."""


def judge_kind(samples: Points, recipe: Recipe, schemes: Sequence[Folds]) -> dict[str, Any]:
    """Tell how well a classifier does where the map's is judged.

    Parameters
    ----------
    samples
        Those of the map.
    recipe
        The classifier, with its best parameters.
    schemes
        Folds of all samples, of each scheme.

    Returns
    -------
    dict
        ``kind``, ``best_params``; ``held_out``: ``accuracy`` and ``macro_f1`` on the samples held
        out; ``crossval``: the same of each scheme; ``notes``; ``versions``.
    """
    X, y = labelled(samples, "train")
    held_out, truth = labelled(samples, "test")
    model = recipe.fit(X, y)
    everything, labels = labelled(samples)
    crossval = []
    for folds in schemes:
        parts = [vote_fold(everything, labels, folds, fold, recipe) for fold in range(folds.n)]
        votes = join_votes(parts)
        crossval.append({"scheme": folds.scheme, **agreement(votes.label, votes.predicted)})
    return {
        "kind": recipe.kind,
        "best_params": dict(recipe.params),
        "held_out": agreement(truth, np.asarray(model.predict(held_out), np.int64)),
        "crossval": crossval,
        "notes": model.notes,
        "versions": versions(),
    }


def cpu_times(X: Float32s, y: Int64s, recipes: Sequence[Recipe]) -> dict[str, Any]:
    """Measure what fits and predictions take of the processor: medians of some turns.

    Parameters
    ----------
    X, y
        The samples, (samples, bands) and (samples,).
    recipes
        The classifiers.

    Returns
    -------
    dict
        ``unit``, ``samples``, ``vectors`` (how many were predicted), and ``kinds``: of each its
        ``fit``, and ``predict`` per million pixels, with the shares of all classes.
    """
    times = np.resize(np.arange(len(X)), _VECTORS)
    block = np.ascontiguousarray(X[times].T).T  # bands first, as blocks are read
    models = [recipe.fit(X, y).classifier for recipe in recipes]
    fits: list[list[float]] = [[] for _ in recipes]
    predictions: list[list[float]] = [[] for _ in recipes]
    for model in models:
        model.predict(block[:1], probabilities=True)
    for _ in range(_TURNS):
        for number, (recipe, model) in enumerate(zip(recipes, models, strict=True)):
            fits[number].append(_seconds(partial(recipe.fit, X, y)))
            predict = partial(model.predict, block, confidence=True, probabilities=True)
            predictions[number].append(_seconds(predict) * 1e6 / _VECTORS)
    return {
        "unit": "seconds of one processor's time; of predictions, per million pixels",
        "samples": len(X),
        "vectors": _VECTORS,
        "kinds": {
            recipe.kind: {"fit": median(fits[number]), "predict": median(predictions[number])}
            for number, recipe in enumerate(recipes)
        },
    }


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start

"""Ranking a stage's candidates: the winner, in figures and in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from landloom.arrays import Float64s
from landloom.map.forest.parameters import key_of, resolve
from landloom.map.forest.scores import SCORING, CandidateScore, versions
from landloom.map.forest.tuning_units import ParamGrid, Params, Value, candidates, text_of


def gather(units: Iterable[Mapping[str, Any]]) -> list[CandidateScore]:
    """Collect the scores of a stage's units.

    Parameters
    ----------
    units
        Of each unit ``unit`` (its name), ``params`` of its candidates in order, ``scores``
        (`CandidateScore` as plain data), and ``same_as``: the unit whose scores are its own.
    """
    read = {unit["unit"]: unit for unit in units}
    return [
        CandidateScore(params, score["key"], tuple(score["scores"]))
        for unit in read.values()
        for params, score in zip(unit["params"], read[unit["same_as"]]["candidates"], strict=True)
    ]


def rank(
    grid: ParamGrid, scores: Iterable[CandidateScore], fixed: Mapping[str, Value], n_bands: int
) -> dict[str, Any]:
    """Put a stage's candidates into `GridSearchCV`'s order, with its means, ranks and winner.

    Parameters
    ----------
    grid
        The stage's grid.
    scores
        The candidates of its units in any order; of equal units (see `representatives`), one's.
    fixed
        The parameters that the stage does not search.
    n_bands
        Bands of the embedding.

    Returns
    -------
    dict
        Ready for JSON, where floats keep every bit. ``candidates`` in the grid's order, each with
        ``params`` (the grid's values), ``resolved`` (all six, as scikit-learn takes them),
        ``split_test_scores``, ``mean_test_score``, ``std_test_score`` and ``rank_test_score``;
        ``best_index``; ``best_params`` (the winner's ``resolved``); ``scoring`` and ``versions``.

    Raises
    ------
    KeyError
        A candidate has no score.
    """
    by_key = {score.key: score.scores for score in scores}
    wanted = candidates(grid)
    keys = [key_of({**fixed, **params}, n_bands) for params in wanted]
    table = np.array([by_key[key] for key in keys], dtype=np.float64)
    return ranked(wanted, [resolve({**fixed, **params}, n_bands) for params in wanted], table)


def ranked(
    wanted: Sequence[Mapping[str, Value]], resolved: Sequence[Params], table: Float64s
) -> dict[str, Any]:
    """Return what `rank` does of candidates whose scores are known.

    Parameters
    ----------
    wanted
        Parameters as the grid has them.
    resolved
        As scikit-learn takes them.
    table
        Scores, (candidates, folds).
    """
    from scipy.stats import rankdata

    means = np.average(table, axis=1)
    stds = np.sqrt(np.average((table - means[:, np.newaxis]) ** 2, axis=1))
    ranks = rankdata(-means, method="min").astype(int)
    best = int(ranks.argmin())
    return {
        "scoring": SCORING,
        "best_index": best,
        "best_params": resolved[best],
        "candidates": [
            {
                "params": params,
                "resolved": resolved[i],
                "split_test_scores": table[i].tolist(),
                "mean_test_score": float(means[i]),
                "std_test_score": float(stds[i]),
                "rank_test_score": int(ranks[i]),
            }
            for i, params in enumerate(wanted)
        ],
        "versions": versions(),
    }


def describe_best(result: Mapping[str, Any]) -> str:
    """Return the winner of a stage, as `rank` gives it, in lines for people."""
    winner = result["candidates"][result["best_index"]]
    lines = [f"{name}: {text_of(value)}" for name, value in sorted(winner["resolved"].items())]
    score = f"{winner['mean_test_score']:.4f} ± {winner['std_test_score']:.4f}"
    packages = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return "\n".join([*lines, f"{result['scoring']}: {score}", f"with {packages}", ""])

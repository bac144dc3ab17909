"""The search for the parameters of a classifier that is no forest, on the forest's folds."""

from __future__ import annotations

from typing import Any

import numpy as np

from landloom.map.classifiers.kinds import Recipe
from landloom.map.forest.ranking import ranked
from landloom.map.forest.scoring import Problem, splits
from landloom.map.forest.tuning_units import ParamGrid, candidates


def search(problem: Problem, kind: str, grid: ParamGrid) -> dict[str, Any]:
    """Score a grid as `GridSearchCV` would with macro-averaged F1, and find the best.

    Parameters
    ----------
    problem
        What candidates are scored on: the very folds of the forest's candidates.
    kind
        One of `landloom.map.classifiers.kinds.KINDS`.
    grid
        Values of each parameter.

    Returns
    -------
    dict
        What `landloom.map.forest.ranking.rank` returns, and ``kind``.
    """
    from sklearn.metrics import f1_score

    wanted = candidates(grid)
    codes = np.unique(np.asarray(problem.y), return_inverse=True)[1]
    table = np.empty((len(wanted), problem.n_folds))
    for fold, (train, test) in enumerate(splits(codes, problem.folds)):
        for number, params in enumerate(wanted):
            model = Recipe(params, problem.seed, kind=kind).fit(problem.X[train], codes[train])
            predicted = model.predict(problem.X[test])
            table[number, fold] = f1_score(codes[test], predicted, average="macro")
    return {"kind": kind, **ranked(wanted, wanted, table)}

"""The tuning against scikit-learn's GridSearchCV: the same scores, in less CPU time.

``python benchmarks/tuning.py`` searches the default grids, 45 and 18 candidates, with trees deeper
than 20, prints a table and fails if a goal is missed. It takes some 15 minutes of CPU time;
``--rows 4000 --noise 0``, as many samples as a real map may have, takes over an hour.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import zip_longest
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

import numpy as np
from measure import Row, cpu_time, print_table
from scene import Floats, Labels, samples, scene
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV, ParameterGrid

from landloom.map.forest.parameters import STAGE1_FIXED, resolve_max_features
from landloom.map.forest.ranking import describe_best, rank
from landloom.map.forest.scores import CandidateScore
from landloom.map.forest.scoring import Problem, score_unit
from landloom.map.forest.tuning_units import Unit, Value, stage1_units, stage2_units

FOLDS, SEED = 5, 42
STAGE1: dict[str, list[Value]] = {
    "max_features": ["sqrt", "log2", "n/16", "n/8", "n/4"],
    "max_depth": [None, 20, 40],
    "min_samples_leaf": [1, 5, 10],
}
STAGE2: dict[str, list[Value]] = {
    "n_estimators": [400, 800, 1200],
    "min_samples_split": [2, 10],
    "class_weight": [None, "balanced", "balanced_subsample"],
}
DEPTH = 20
"""The limit in the grid that trees have to exceed, or a search could spare more than it should."""


class InTurns(GridSearchCV):
    """A grid search that does another's work between its own, a part of each in turn.

    So a slow minute of the machine hits both. The results are the whole search's.
    """

    others: Sequence[Callable[[], object]]
    seconds: float
    others_seconds: float

    def _run_search(self, evaluate_candidates: Callable[[list[Any]], Any]) -> None:
        self.seconds = self.others_seconds = 0.0
        own = list(ParameterGrid(self.param_grid))
        size = -(-len(own) // len(self.others))
        parts = [own[start : start + size] for start in range(0, len(own), size)]
        for part, other in zip_longest(parts, self.others):
            if part:
                self.seconds += cpu_time(partial(evaluate_candidates, part))
            if other:
                self.others_seconds += cpu_time(other)


class Units:
    """The jobs of a stage, one after the other: each knows the scores of those before."""

    def __init__(self, X: Floats, y: Labels, fixed: dict[str, Value]) -> None:
        self.problem, self.fixed = Problem(X, y, FOLDS, SEED), fixed
        self.scores: list[CandidateScore] = []
        self.trees = 0

    def score(self, unit: Unit) -> None:
        known = {score.key: score.scores for score in self.scores}
        found = score_unit(self.problem, unit, self.fixed, known=known)
        self.scores += found.candidates
        self.trees += found.trees


def compare(
    stage: str,
    units: Iterable[Unit],
    grid: dict[str, list[Value]],
    ours: Units,
    goal: float,
) -> tuple[list[Row], dict[str, Value]]:
    """Search a grid in both ways; return what was measured, and the winner's parameters."""
    bands = ours.problem.n_bands
    resolved: dict[str, list[Value]] = dict(grid)
    if "max_features" in grid:
        resolved["max_features"] = [
            resolve_max_features(value, bands) for value in grid["max_features"]
        ]
    forest = RandomForestClassifier(random_state=SEED, n_jobs=1, **ours.fixed)
    search = InTurns(forest, resolved, cv=FOLDS, scoring="f1_macro", refit=False)
    search.others = [partial(ours.score, unit) for unit in units]
    search.fit(ours.problem.X, ours.problem.y)
    result = rank(grid, ours.scores, ours.fixed, bands)

    theirs = search.cv_results_
    trees = FOLDS * sum({**ours.fixed, **row}["n_estimators"] for row in theirs["params"])
    what = f"{stage}, {len(theirs['params'])} candidates"
    rows = [
        faster(f"{what}, CPU time", search.seconds, search.others_seconds, goal),
        Row(f"{what}, trees grown", f"{trees}", f"{ours.trees}", trees / ours.trees),
        equal(f"{what}, scores, ranks and winner", result, theirs, search.best_index_),
    ]
    print(f"{stage}:\n{describe_best(result)}", flush=True)
    return rows, result["best_params"]


def faster(what: str, plain: float, ours: float, goal: float) -> Row:
    return Row(what, f"{plain:.0f} s", f"{ours:.0f} s", plain / ours, low=goal)


def equal(what: str, result: dict[str, Any], theirs: dict[str, Any], best_index: int) -> Row:
    """Count the values that differ from scikit-learn's in any bit."""
    rows = result["candidates"]
    splits = [f"split{fold}_test_score" for fold in range(FOLDS)]
    others = ["mean_test_score", "std_test_score", "rank_test_score"]
    ours = [[*row["split_test_scores"], *(row[key] for key in others)] for row in rows]
    table = np.stack([theirs[key] for key in splits + others], axis=1)
    differ = int(np.count_nonzero(np.array(ours) != table))
    differ += result["best_index"] != best_index
    return Row(what, f"{table.size + 1} values", f"{differ} differ", differ, high=0)


def depth(X: Floats, y: Labels) -> Row:
    forest = RandomForestClassifier(100, random_state=SEED).fit(X, y)
    depths = [tree.get_depth() for tree in forest.estimators_]
    middle = median(depths)
    found = f"{middle:g}, {min(depths)} to {max(depths)}"
    return Row("median depth of the trees", f"{DEPTH}", found, middle / DEPTH, low=1)


def main() -> bool:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1300)
    parser.add_argument("--noise", type=float, default=0.3, help="share of labels drawn anew")
    parser.add_argument("--sizes", type=int, nargs="+", default=STAGE2["n_estimators"])
    parser.add_argument("--leaf", type=int, help="stage 2 with this min_samples_leaf, not the best")
    arguments = parser.parse_args()
    X, y = samples(*scene(), arguments.rows, arguments.noise)
    rows = [depth(X, y)]
    best: dict[str, Value] = {"max_features": 8, "max_depth": None}
    if arguments.leaf is None:
        ours = Units(X, y, dict(STAGE1_FIXED))
        found, best = compare("stage 1", stage1_units(STAGE1), STAGE1, ours, 3.0)
        rows += found
    else:
        best["min_samples_leaf"] = arguments.leaf
    ours = Units(X, y, {name: best[name] for name in STAGE1})
    grid = {**STAGE2, "n_estimators": arguments.sizes}
    found, _ = compare("stage 2", stage2_units(grid), grid, ours, 1.9)
    return print_table(rows + found)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)

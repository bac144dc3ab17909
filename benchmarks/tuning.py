"""Compare the tuning with scikit-learn's GridSearchCV: equal scores, trees grown, CPU time.

Run ``python benchmarks/tuning.py``: the default grids take the better part of an hour on one core.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scene import samples, scene
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

from landloom import tuning

FOLDS, SEED = 5, 42
STAGE1: dict[str, list[tuning.Value]] = {
    "max_features": ["sqrt", "log2", "n/16", "n/8", "n/4"],
    "max_depth": [None, 20, 40],
    "min_samples_leaf": [1, 5, 10],
}
STAGE2: dict[str, list[tuning.Value]] = {
    "n_estimators": [400, 800, 1200],
    "min_samples_split": [2, 10],
    "class_weight": [None, "balanced", "balanced_subsample"],
}


def cpu(function: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = function()
    return time.process_time() - start, result


def ours(X: Any, y: Any, grid: Any, units: Any, fixed: Any) -> tuple[dict[str, Any], int]:
    known: dict[str, tuple[float, ...]] = {}
    rows, trees = [], 0
    for unit in units:
        result = tuning.score_unit(X, y, unit, fixed, folds=FOLDS, seed=SEED, known=known)
        known.update({row.key: row.scores for row in result.candidates})
        rows += result.candidates
        trees += result.trees
    return tuning.rank(grid, rows, fixed, X.shape[1]), trees


def search(X: Any, y: Any, grid: Any, fixed: Any) -> tuple[GridSearchCV, int]:
    values = {
        name: [tuning.resolve_max_features(value, X.shape[1]) for value in values]
        if name == "max_features"
        else values
        for name, values in grid.items()
    }
    forest = RandomForestClassifier(random_state=SEED, n_jobs=1, **fixed)
    found = GridSearchCV(forest, values, cv=FOLDS, scoring="f1_macro", refit=False).fit(X, y)
    rows = ({**fixed, **params} for params in found.cv_results_["params"])
    return found, FOLDS * sum(row["n_estimators"] for row in rows)


def compare(name: str, X: Any, y: Any, grid: Any, units: Any, fixed: Any) -> dict[str, Any]:
    our_time, (result, our_trees) = cpu(lambda: ours(X, y, grid, units, fixed))
    their_time, (found, their_trees) = cpu(lambda: search(X, y, grid, fixed))
    rows = result["candidates"]
    same = all(
        [row["split_test_scores"][fold] for row in rows]
        == found.cv_results_[f"split{fold}_test_score"].tolist()
        for fold in range(FOLDS)
    ) and all(
        [row[key] for row in rows] == found.cv_results_[key].tolist()
        for key in ("mean_test_score", "std_test_score", "rank_test_score")
    )
    print(
        f"{name}: {len(rows)} candidates; trees {our_trees} of {their_trees} "
        f"(1/{their_trees / our_trees:.2f}); CPU {our_time:.1f} s of {their_time:.1f} s "
        f"(1/{their_time / our_time:.2f}); scores {'equal' if same else 'DIFFER'}; "
        f"winner {'equal' if result['best_index'] == found.best_index_ else 'DIFFERS'}",
        flush=True,
    )
    print(tuning.describe_best(result), flush=True)
    return dict(result["best_params"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--sizes", type=int, nargs="+", default=STAGE2["n_estimators"])
    parser.add_argument("--leaf", type=int, help="stage 2 with this min_samples_leaf, not the best")
    arguments = parser.parse_args()
    X, y = samples(*scene(), arguments.rows)
    forest = RandomForestClassifier(20, random_state=SEED).fit(X, y)
    depths = sorted(tree.get_depth() for tree in forest.estimators_)
    print(f"{X.shape[0]} samples, {X.shape[1]} bands; trees are {depths[0]} to {depths[-1]} deep")
    if arguments.leaf is None:
        units = tuning.stage1_units(STAGE1)
        best = compare("stage 1", X, y, STAGE1, units, tuning.STAGE1_FIXED)
    else:
        best = {"max_features": 8, "max_depth": None, "min_samples_leaf": arguments.leaf}
    fixed = {name: best[name] for name in STAGE1}
    grid = {**STAGE2, "n_estimators": arguments.sizes}
    compare("stage 2", X, y, grid, tuning.stage2_units(grid), fixed)


if __name__ == "__main__":
    main()

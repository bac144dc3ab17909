"""Scoring: the scores of GridSearchCV, to the last bit, from fewer trees."""

from __future__ import annotations

import warnings
from itertools import product

import numpy as np
import pytest
from grids import STAGE1, STAGE2, TREES
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.tree import DecisionTreeClassifier

from landloom.map.forest.limited_trees import stays_above
from landloom.map.forest.parameters import (
    STAGE1_FIXED,
    key_of,
    representatives,
    resolve_max_features,
)
from landloom.map.forest.ranking import rank
from landloom.map.forest.scoring import Problem, score_unit
from landloom.map.forest.tuning_units import stage1_units, stage2_units

FOLDS = 3
SEED = 7
FEW_TREES = {**STAGE1_FIXED, "n_estimators": TREES}


def problem(n=180, bands=8, classes=4, noise=0.15, seed=0):
    """Return an unbalanced problem with wrong labels, so that trees grow deep."""
    X, y = make_classification(
        n,
        bands,
        n_informative=min(5, bands),
        n_redundant=0,
        n_classes=classes,
        n_clusters_per_class=1,
        weights=[0.5, 0.25, 0.15, 0.1][:classes],
        flip_y=noise,
        random_state=seed,
    )
    return X.astype(np.float32), y


def searched(X, y, grid, fixed, folds=FOLDS):
    """Return scikit-learn's own search."""
    values = dict(grid)
    if "max_features" in grid:
        values["max_features"] = [
            resolve_max_features(value, X.shape[1]) for value in grid["max_features"]
        ]
    forest = RandomForestClassifier(random_state=SEED, n_jobs=1, **fixed)
    search = GridSearchCV(forest, values, cv=folds, scoring="f1_macro", n_jobs=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return search.fit(X, y)


def scored(X, y, units, fixed, folds=FOLDS, **options):
    return [score_unit(Problem(X, y, folds, SEED), unit, fixed, **options) for unit in units]


def table(X, grid, results, fixed):
    rows = [candidate for result in results for candidate in result.candidates]
    return rank(grid, rows, fixed, X.shape[1])


def assert_same(result, search):
    """Compare a stage with scikit-learn's search, bit by bit."""
    expected = search.cv_results_
    rows = result["candidates"]
    for fold in range(search.n_splits_):
        ours = [row["split_test_scores"][fold] for row in rows]
        assert ours == expected[f"split{fold}_test_score"].tolist()
    for name in ("mean_test_score", "std_test_score", "rank_test_score"):
        assert [row[name] for row in rows] == expected[name].tolist()
    assert result["best_index"] == search.best_index_
    assert {**result["best_params"], **search.best_params_} == result["best_params"]


@pytest.mark.parametrize("labels", ["codes", "numerals"])
def test_stage_1_equals_grid_search(labels):
    X, codes = problem()
    names = {
        "codes": np.array([40, 10, 95, 20]),
        "numerals": np.array(["40", "10", "95", "20"]),
    }
    y = names[labels][codes]
    units = stage1_units(STAGE1)
    chosen = set(representatives(units, FEW_TREES, X.shape[1]).values())
    assert len(chosen) == 4 < len(units)  # sqrt and n/4 of 8 bands are one
    results = scored(X, y, [unit for unit in units if unit.name in chosen], FEW_TREES)
    assert_same(table(X, STAGE1, results, FEW_TREES), searched(X, y, STAGE1, FEW_TREES))
    for result in results:
        # Of the limited depths' trees, some are grown and some are not.
        assert FOLDS * TREES < result.trees < FOLDS * TREES * 3


@pytest.mark.parametrize("leaf", [1, 4])
@pytest.mark.parametrize("depth", [None, 6])
def test_stage_2_equals_grid_search(leaf, depth):
    X, y = problem(seed=1)
    fixed = {"max_features": 2, "max_depth": depth, "min_samples_leaf": leaf}
    results = scored(X, y, stage2_units(STAGE2), fixed)
    assert_same(table(X, STAGE2, results, fixed), searched(X, y, STAGE2, fixed))
    assert [result.trees for result in results] == [FOLDS * TREES] * 6


@pytest.mark.parametrize("weight", ["balanced", "balanced_subsample"])
def test_depths_of_weighted_forests_equal_grid_search(weight):
    X, y = problem(seed=2)
    fixed = {**FEW_TREES, "class_weight": weight}
    grid = {"max_features": [3], "max_depth": [4, 6, 9, 30], "min_samples_leaf": [1, 2]}
    results = scored(X, y, stage1_units(grid), fixed)
    assert_same(table(X, grid, results, fixed), searched(X, y, grid, fixed))
    assert all(FOLDS * TREES < result.trees < FOLDS * TREES * 4 for result in results)


def test_classes_smaller_than_the_folds_score_as_in_grid_search():
    X, y = problem(n=90)
    y[:] %= 2
    y[[3, 40]] = 2
    y[50] = 3
    grid = {"max_features": [2], "max_depth": [None, 3], "min_samples_leaf": [1]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        results = scored(X, y, stage1_units(grid), FEW_TREES)
    assert_same(table(X, grid, results, FEW_TREES), searched(X, y, grid, FEW_TREES))


def given_folds(n):
    """Return uneven folds in no order, as distances make them."""
    return np.random.default_rng(5).choice(3, n, p=[0.5, 0.3, 0.2])


@pytest.mark.parametrize("alone", [False, True])
def test_given_folds_score_as_in_grid_search_in_both_stages(alone):
    X, y = problem(seed=4)
    folds = given_folds(len(y))
    if alone:
        folds[y == 3] = 1  # a class that one fold's forests do not know
    cv = PredefinedSplit(folds)
    results = scored(X, y, stage1_units(STAGE1), FEW_TREES, folds)
    assert_same(table(X, STAGE1, results, FEW_TREES), searched(X, y, STAGE1, FEW_TREES, cv))
    fixed = {"max_features": 2, "max_depth": 6, "min_samples_leaf": 1}
    results = scored(X, y, stage2_units(STAGE2), fixed, folds)
    assert_same(table(X, STAGE2, results, fixed), searched(X, y, STAGE2, fixed, cv))


def test_scores_of_other_folds_are_kept_apart():
    X, y = problem()
    folds = given_folds(len(y))
    other = folds.copy()
    other[[0, 1]] = [(folds[0] + 1) % 3, (folds[1] + 2) % 3]
    told = [Problem(X, y, cut, SEED).fingerprint() for cut in (3, 5, folds, other, folds.copy())]
    assert len(set(told)) == 4
    assert told[2] == told[4]
    assert Problem(X, y, folds, SEED).n_folds == Problem(X, y, 3, SEED).n_folds == 3


def test_a_grown_grid_fits_only_what_is_new():
    X, y = problem()
    grid = {"max_features": [2], "max_depth": [None, 5], "min_samples_leaf": [1]}
    before = scored(X, y, stage1_units(grid), FEW_TREES)[0]
    known = {candidate.key: candidate.scores for candidate in before.candidates}

    more = {**grid, "max_depth": [8, None, 5, 6]}
    unit = stage1_units(more)[0]
    after = scored(X, y, [unit], FEW_TREES, known=known)[0]
    assert after.fitted == tuple(after.candidates[i].key for i in (0, 3))
    assert after.candidates == scored(X, y, [unit], FEW_TREES)[0].candidates

    # What is known is believed, and nothing is grown when all is.
    known = {candidate.key: (0.5, 0.25, 0.125) for candidate in after.candidates}
    again = scored(X, y, [unit], FEW_TREES, known=known)[0]
    assert (again.trees, again.fitted) == (0, ())
    assert {candidate.scores for candidate in again.candidates} == {(0.5, 0.25, 0.125)}


def test_a_new_forest_size_grows_that_forest_alone():
    X, y = problem()
    fixed = {"max_features": 2, "max_depth": None, "min_samples_leaf": 1}
    unit = stage2_units({**STAGE2, "n_estimators": [20, 7]})[0]
    known = {
        key_of({**fixed, **unit.candidates()[0]}, X.shape[1]): (0.1, 0.2, 0.3),
    }
    result = scored(X, y, [unit], fixed, known=known)[0]
    assert result.trees == FOLDS * 7
    assert result.candidates[0].scores == (0.1, 0.2, 0.3)
    assert result.candidates[1].scores == scored(X, y, [unit], fixed)[0].candidates[1].scores


def test_scores_do_not_depend_on_the_threads():
    X, y = problem()
    unit = stage1_units(STAGE1)[0]
    assert scored(X, y, [unit], FEW_TREES, n_jobs=2) == scored(X, y, [unit], FEW_TREES)


def test_a_tree_that_stays_above_a_depth_is_the_limited_tree():
    X, y = problem(n=120, classes=3)
    X = np.round(X)  # equal rows with different labels: leaves that a split was tried on
    at_the_limit = set()
    for leaf, split, seed in product([1, 3, 0.03], [2, 9, 0.1], range(4)):
        options = {"min_samples_leaf": leaf, "min_samples_split": split, "random_state": seed}
        tree = DecisionTreeClassifier(max_features=2, **options).fit(X, y)
        deepest = tree.tree_.max_depth
        assert not stays_above(tree, deepest - 1, len(X))
        assert stays_above(tree, deepest + 1, len(X))
        claimed = stays_above(tree, deepest, len(X))
        limited = DecisionTreeClassifier(max_features=2, max_depth=deepest, **options).fit(X, y)
        same = same_tree(tree, limited)
        assert same or not claimed
        at_the_limit.add((claimed, same))
    assert {(True, True), (False, False)} <= at_the_limit


def same_tree(a, b):
    names = ("children_left", "feature", "threshold", "n_node_samples", "value")
    return all(np.array_equal(getattr(a.tree_, n), getattr(b.tree_, n)) for n in names)


def test_a_fingerprint_tells_problems_apart():
    X, y = problem(n=30)
    told = Problem(X, y, 5, 42).fingerprint()
    assert told == Problem(np.asfortranarray(X), y.astype(np.uint8), 5, 42).fingerprint()
    other = X.copy()
    other[3, 3] = np.nextafter(other[3, 3], np.float32(9))
    moved = y.copy()
    moved[[np.flatnonzero(y == 0)[0], np.flatnonzero(y == 1)[0]]] = 1, 0
    others = [(other, y, 5, 42), (X, moved, 5, 42), (X, y, 4, 42), (X, y, 5, 41)]
    assert len({told, *(Problem(*each).fingerprint() for each in others)}) == 5

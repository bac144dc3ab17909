"""Tuning: the scores of GridSearchCV, to the last bit, from fewer trees."""

from __future__ import annotations

import json
import math
import re
import warnings
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV, ParameterGrid
from sklearn.tree import DecisionTreeClassifier

from landloom.config.tuning import Stage1Config
from landloom.errors import LandloomError
from landloom.map.forest import tuning
from landloom.map.forest.tuning_units import candidates, name_of, stage1_units, stage2_units

FOLDS = 3
SEED = 7
TREES = 8
FEW_TREES = {**tuning.STAGE1_FIXED, "n_estimators": TREES}
STAGE1 = {
    "max_features": ["sqrt", "n/4", 0.5],
    "max_depth": [5, None, 8],
    "min_samples_leaf": [1, 4],
}
STAGE2 = {
    "n_estimators": [3, TREES, 5],
    "min_samples_split": [2, 10],
    "class_weight": [None, "balanced", "balanced_subsample"],
}


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
            tuning.resolve_max_features(value, X.shape[1]) for value in grid["max_features"]
        ]
    forest = RandomForestClassifier(random_state=SEED, n_jobs=1, **fixed)
    search = GridSearchCV(forest, values, cv=folds, scoring="f1_macro", n_jobs=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return search.fit(X, y)


def scored(X, y, units, fixed, folds=FOLDS, **options):
    return [
        tuning.score_unit(X, y, unit, fixed, folds=folds, seed=SEED, **options) for unit in units
    ]


def table(X, grid, results, fixed):
    rows = [candidate for result in results for candidate in result.candidates]
    return tuning.rank(grid, rows, fixed, X.shape[1])


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
    chosen = set(tuning.representatives(units, FEW_TREES, X.shape[1]).values())
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
        tuning.key_of({**fixed, **unit.candidates()[0]}, X.shape[1]): (0.1, 0.2, 0.3),
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
        assert not tuning._stays_above(tree, deepest - 1, len(X))
        assert tuning._stays_above(tree, deepest + 1, len(X))
        claimed = tuning._stays_above(tree, deepest, len(X))
        limited = DecisionTreeClassifier(max_features=2, max_depth=deepest, **options).fit(X, y)
        same = same_tree(tree, limited)
        assert same or not claimed
        at_the_limit.add((claimed, same))
    assert {(True, True), (False, False)} <= at_the_limit


def same_tree(a, b):
    names = ("children_left", "feature", "threshold", "n_node_samples", "value")
    return all(np.array_equal(getattr(a.tree_, n), getattr(b.tree_, n)) for n in names)


def test_ranks_and_winner_of_ties():
    grid = {"max_depth": [None, 3], "max_features": [1], "min_samples_leaf": [1, 2]}
    scores = [(0.0, 0.5), (0.25, 0.5), (0.5, 0.25), (0.0, 0.0)]
    rows = [
        tuning.CandidateScore(params, tuning.key_of({**tuning.STAGE1_FIXED, **params}, 4), score)
        for params, score in zip(candidates(grid), scores, strict=True)
    ]
    result = tuning.rank(grid, reversed(rows), tuning.STAGE1_FIXED, 4)
    assert [row["rank_test_score"] for row in result["candidates"]] == [3, 1, 1, 4]
    assert result["best_index"] == 1
    assert result["best_params"] == {
        **tuning.STAGE1_FIXED,
        "max_depth": None,
        "max_features": 1,
        "min_samples_leaf": 2,
    }
    assert json.loads(json.dumps(result)) == result
    assert set(result["versions"]) == {"scikit-learn", "numpy"}
    text = tuning.describe_best(result)
    assert "min_samples_leaf: 2\n" in text
    assert "f1_macro: 0.3750 ± 0.1250" in text
    with pytest.raises(KeyError):
        tuning.rank(grid, rows[:3], tuning.STAGE1_FIXED, 4)


@pytest.mark.parametrize("grid", [STAGE1, STAGE2])
def test_candidates_come_in_the_order_of_scikit_learn(grid):
    assert candidates(grid) == list(ParameterGrid(grid))


@pytest.mark.parametrize(("units", "grid"), [(stage1_units, STAGE1), (stage2_units, STAGE2)])
def test_units_divide_the_grid(units, grid):
    made = [name_of(params) for unit in units(grid) for params in unit.candidates()]
    assert sorted(made) == sorted(map(name_of, candidates(grid)))
    names = [unit.name for unit in units(grid)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[\w.+=-]+", name) for name in names)


def test_unit_names():
    grid = {"max_features": ["n/16", None, 1, 1.0, 1], "max_depth": [2], "min_samples_leaf": [5]}
    assert [unit.name for unit in stage1_units(grid)] == [
        "max_features=n_16+min_samples_leaf=5",
        "max_features=null+min_samples_leaf=5",
        "max_features=1+min_samples_leaf=5",
        "max_features=1.0+min_samples_leaf=5",
    ]
    assert stage2_units(STAGE2)[0].name == "class_weight=null+min_samples_split=2"


def test_equal_units_share_a_result():
    units = stage1_units({**STAGE1, "max_features": ["sqrt", "log2", "n/8", 8, 1.0, None]})
    same = tuning.representatives(units, tuning.STAGE1_FIXED, 64)
    assert {
        unit: first for unit, first in same.items() if unit.endswith("leaf=4") and unit != first
    } == {
        "max_features=n_8+min_samples_leaf=4": "max_features=sqrt+min_samples_leaf=4",
        "max_features=8+min_samples_leaf=4": "max_features=sqrt+min_samples_leaf=4",
        "max_features=null+min_samples_leaf=4": "max_features=1.0+min_samples_leaf=4",
    }
    fixed = {"max_features": 8, "max_depth": None, "min_samples_leaf": 5}
    units = stage2_units(STAGE2)
    assert len(set(tuning.representatives(units, fixed, 64).values())) == 3
    fixed["min_samples_leaf"] = 4
    assert len(set(tuning.representatives(units, fixed, 64).values())) == 6


@given(st.integers(1, 300), st.one_of(st.sampled_from(["sqrt", "log2", None]), st.floats(0.01, 1)))
def test_max_features_as_scikit_learn_resolves_them(n_bands, value):
    tree = DecisionTreeClassifier(max_features=value).fit(np.zeros((2, n_bands)), [0, 1])
    assert tuning.resolve_max_features(value, n_bands) == tree.max_features_


@given(st.integers(1, 300), st.integers(1, 300))
def test_fractions_of_the_bands(n_bands, k):
    assert tuning.resolve_max_features(f"n/{k}", n_bands) == max(1, math.floor(n_bands / k))


def test_the_default_grid_serves_an_embedding_of_one_band():
    grid = Stage1Config().model_dump()
    assert {tuning.resolve_max_features(value, 1) for value in grid["max_features"]} == {1}


def test_impossible_max_features_are_told_at_once():
    values = ["sqrt", "n/16", 9, 8, "n/0", "half", 1.5, 0, "n/9"]
    with pytest.raises(LandloomError) as caught:
        tuning.check_max_features(values, 8)
    lines = str(caught.value).splitlines()
    assert len(lines) == 7
    assert all(line.startswith("map.tuning.stage1.max_features: ") for line in lines)
    assert "n/16 of 8 bands is less than one band; divide by 8 at most" in lines[0]
    tuning.check_max_features(["sqrt", "n/8", 8, None, 1.0], 8)


def test_a_fingerprint_tells_problems_apart():
    X, y = problem(n=30)
    told = tuning.fingerprint(X, y, 5, 42)
    assert told == tuning.fingerprint(np.asfortranarray(X), y.astype(np.uint8), 5, 42)
    other = X.copy()
    other[3, 3] = np.nextafter(other[3, 3], np.float32(9))
    moved = y.copy()
    moved[[np.flatnonzero(y == 0)[0], np.flatnonzero(y == 1)[0]]] = 1, 0
    others = [(other, y, 5, 42), (X, moved, 5, 42), (X, y, 4, 42), (X, y, 5, 41)]
    assert len({told, *(tuning.fingerprint(*each) for each in others)}) == 5

"""The search finds what `GridSearchCV` finds, on the same folds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from landloom.map.classifiers.comparison import cpu_times, judge_kind
from landloom.map.classifiers.kinds import KINDS, Recipe
from landloom.map.classifiers.tuning import search
from landloom.map.classifiers.words import TITLES
from landloom.map.forest.scoring import Problem

RNG = np.random.default_rng(0)
Y = RNG.integers(0, 4, 240)
X = (RNG.normal(size=(4, 6))[Y] + 1.2 * RNG.normal(size=(240, 6))).astype(np.float32)
FOLDS = np.repeat([2, 0, 1], 80)

PLAIN: dict[str, tuple[Any, dict[str, list[Any]]]] = {
    "logistic": (LogisticRegression(max_iter=1000, tol=1e-8), {"C": [0.001, 0.1, 10.0]}),
    "knn": (
        KNeighborsClassifier(),
        {"n_neighbors": [1, 5, 8], "weights": ["uniform", "distance"]},
    ),
}


@pytest.mark.parametrize("kind", PLAIN)
@pytest.mark.parametrize("folds", [3, FOLDS], ids=["stratified", "given"])
def test_scores_and_the_winner_are_those_of_an_exhaustive_search(
    kind: str, folds: int | np.ndarray
) -> None:
    plain, grid = PLAIN[kind]
    found = search(Problem(X, Y, folds, 0), kind, grid)
    step = type(plain).__name__.lower()
    expected = GridSearchCV(
        make_pipeline(StandardScaler(), plain),
        {f"{step}__{name}": values for name, values in grid.items()},
        scoring="f1_macro",
        cv=folds if isinstance(folds, int) else PredefinedSplit(folds),
    ).fit(X.astype(np.float64), Y)
    assert found["kind"] == kind
    assert found["best_index"] == expected.best_index_
    for number, candidate in enumerate(found["candidates"]):
        own = {name.split("__")[1]: value for name, value in
               expected.cv_results_["params"][number].items()}  # fmt: skip
        assert candidate["params"] == own
        scores = [expected.cv_results_[f"split{n}_test_score"][number] for n in range(3)]
        assert candidate["split_test_scores"] == pytest.approx(scores, abs=1e-12)
    assert found["best_params"] == found["candidates"][found["best_index"]]["params"]
    assert Recipe.of(found, seed=1) == Recipe(found["best_params"], 1, 1, kind)


def test_a_tuning_that_does_not_tell_is_a_forest_s() -> None:
    recipe = Recipe.of({"best_params": {"n_estimators": 3}}, seed=1)
    assert recipe.plain() == {"best_params": {"n_estimators": 3}}
    fitted = recipe.fit(X, Y)
    assert fitted.importances is not None
    assert fitted.importances.sum() == pytest.approx(1)
    np.testing.assert_array_equal(fitted.predict(X), fitted.estimator.predict(X))


def test_every_kind_has_a_name() -> None:
    assert KINDS.keys() == TITLES.keys()


def test_the_processor_s_time_is_told_of_every_kind() -> None:
    recipes = [Recipe({"C": 1.0}, 0, kind="logistic"), Recipe({"n_estimators": 2}, 0)]
    told = cpu_times(X, Y, recipes)
    assert list(told["kinds"]) == ["logistic", "forest"]
    assert all(time > 0 for kind in told["kinds"].values() for time in kind.values())
    assert told["samples"] == len(X)


def test_a_kind_is_judged_by_the_samples_held_out_and_by_folds() -> None:
    import pandas as pd
    from sklearn.model_selection import cross_val_predict

    from landloom.legend.legends import Entry
    from landloom.map.crossval.folds import Folds
    from landloom.map.points import Points

    frame = pd.DataFrame(X, columns=[f"b{n}" for n in range(6)])
    frame.insert(0, "label", Y)
    frame.insert(1, "split", np.where(np.arange(240) % 4 == 0, "test", "train"))
    samples = Points(frame, {value: Entry(str(value)) for value in range(4)})
    params = {"n_neighbors": 5, "weights": "uniform"}
    folds = Folds("blocks", FOLDS.astype(np.int64), 3)
    told = judge_kind(samples, Recipe(params, 0, kind="knn"), [folds])
    plain = make_pipeline(StandardScaler(), KNeighborsClassifier(5))
    test = np.arange(240) % 4 == 0
    exact = X.astype(np.float64)
    right = plain.fit(exact[~test], Y[~test]).predict(exact[test]) == Y[test]
    assert told["held_out"]["accuracy"] == right.mean()
    voted = cross_val_predict(plain, exact, Y, cv=PredefinedSplit(FOLDS))
    (blocks,) = told["crossval"]
    assert blocks["scheme"] == "blocks"
    assert blocks["accuracy"] == (voted == Y).mean()
    assert told["best_params"] == params

"""Votes out of their folds, and what they tell."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import f1_score
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.neighbors import NearestCentroid

from landloom.map.classifiers.kinds import Recipe
from landloom.map.crossval.evaluation import join_votes, judge, vote_fold
from landloom.map.crossval.folds import Folds
from landloom.map.crossval.votes import Votes
from landloom.map.forest.accuracy import assess
from landloom.map.forest.baselines import baselines

PARAMS = {"n_estimators": 15, "max_features": 3, "class_weight": "balanced"}
RECIPE = Recipe(PARAMS, seed=4, n_jobs=2)
NAMES = {10: "trees", 20: "grass", 30: "water", 95: "swamp"}


def problem() -> tuple[np.ndarray, np.ndarray, Folds]:
    """Return samples in uneven folds, one of which holds all of a class."""
    X, codes = make_classification(
        160, 8, n_informative=5, n_classes=3, flip_y=0.2, weights=[0.6, 0.3], random_state=1
    )
    y = np.array([10, 20, 30])[codes]
    y[[5, 50, 100]] = 95
    number = np.random.default_rng(0).choice(3, 160, p=[0.5, 0.3, 0.2])
    number[[5, 50, 100]] = 1
    return X.astype(np.float32), y, Folds("blocks", number, 3, {"blocks": 9})


def voted() -> Votes:
    X, y, folds = problem()
    parts = [vote_fold(X, y, folds, fold, RECIPE) for fold in (2, 0, 1)]
    return join_votes(parts)


def test_votes_are_those_of_scikit_learn_to_the_last_bit() -> None:
    X, y, folds = problem()
    forest = RandomForestClassifier(**PARAMS, random_state=4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of the class that a fold does not know
        expected = cross_val_predict(
            forest, X, y, cv=PredefinedSplit(folds.number), method="predict_proba"
        )
    votes = voted()
    assert votes.shares.tobytes() == expected.tobytes()
    assert votes.sample.tolist() == list(range(160))
    assert votes.classes.tolist() == [10, 20, 30, 95]
    assert np.array_equal(votes.label, y)
    assert np.array_equal(votes.fold, folds.number)
    assert not votes.shares[folds.number == 1, 3].any()
    assert votes.shares.sum(axis=1) == pytest.approx(1)


def test_votes_come_back_from_their_file_and_equal_ones_are_equal_bytes(tmp_path: Path) -> None:
    votes = voted()
    votes.write(tmp_path / "a.npz")
    voted().write(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    read = Votes.read(tmp_path / "a.npz")
    assert all(np.array_equal(getattr(read, name), value) for name, value in vars(votes).items())


def test_all_predictions_are_judged_together() -> None:
    X, y, folds = problem()
    votes = voted()
    told = judge(votes, X, folds, NAMES)
    assert (told["scheme"], told["samples"], told["about"]) == ("blocks", 160, {"blocks": 9})
    assert told.items() >= assess(y, votes.predicted, NAMES).items()
    assert told["accuracy"] == np.mean(votes.predicted == y)
    assert [one["samples"] for one in told["folds"]] == np.bincount(folds.number).tolist()
    share = np.bincount(folds.number) / 160
    by_fold = [one["accuracy"] for one in told["folds"]]
    assert share @ by_fold == pytest.approx(told["accuracy"])
    assert np.mean(by_fold) != pytest.approx(told["accuracy"], abs=1e-4)


def test_baselines_are_fitted_on_the_same_folds() -> None:
    X, y, folds = problem()
    told = judge(voted(), X, folds, NAMES)["baselines"]
    predicted = cross_val_predict(
        NearestCentroid(), X.astype(float), y, cv=PredefinedSplit(folds.number)
    )
    assert told["nearest_centroid"]["accuracy"] == np.mean(predicted == y)
    assert told["nearest_centroid"]["macro_f1"] == f1_score(y, predicted, average="macro")
    most = np.mean(y == 10)
    assert told["majority"]["accuracy"] == most
    assert told["majority"]["macro_f1"] == pytest.approx(2 * most / (1 + most) / 4)


def test_baselines_by_hand() -> None:
    X = np.array([[0.0], [1.0], [10.0], [11.0], [12.0]], np.float32)
    y = np.array([1, 1, 2, 2, 2])
    held_out = np.array([[2.0], [3.0], [9.0], [20.0]], np.float32)
    told = baselines(X, y, held_out, np.array([1, 2, 2, 1]))
    assert told["majority"] == {"accuracy": 0.5, "macro_f1": pytest.approx(1 / 3)}
    assert told["nearest_centroid"] == {"accuracy": 0.5, "macro_f1": 0.5}


def test_a_class_alone_is_the_nearest() -> None:
    X, y = np.zeros((3, 2), np.float32), np.array([7, 7, 7])
    told = baselines(X, y, X, np.array([7, 7, 8]))
    assert told["nearest_centroid"] == told["majority"]
    assert told["majority"]["accuracy"] == pytest.approx(2 / 3)

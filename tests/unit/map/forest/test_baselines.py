"""The simplest rules, reckoned by hand."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from landloom.map.forest.accuracy import assess
from landloom.map.forest.baselines import baselines


def test_they_are_as_reckoned_by_hand() -> None:
    """Means are 1 and 10: 4 and 5 are nearer to the first, 6 to the second."""
    train = np.array([[0], [1], [2], [9], [11]], np.float32)
    test = np.array([[4], [6], [5], [12]], np.float32)
    found = baselines(train, np.array([7, 7, 7, 3, 3]), test, np.array([7, 7, 3, 3]))
    assert found["majority"] == {"accuracy": 0.5, "macro_f1": pytest.approx((2 / 3 + 0) / 2)}
    assert found["nearest_centroid"] == {"accuracy": 0.5, "macro_f1": 0.5}


def test_they_are_scored_as_the_forest_is() -> None:
    """Classes in truth and prediction count, a class that neither has does not."""
    rng = np.random.default_rng(0)
    train, test = rng.normal(size=(60, 4)), rng.normal(size=(30, 4))
    labels, truth = rng.integers(0, 5, 60), rng.integers(0, 4, 30)
    found = baselines(train.astype(np.float32), labels, test.astype(np.float32), truth)
    means = np.stack([train.astype(np.float32)[labels == v].mean(axis=0) for v in range(5)])
    nearest = np.argmin(((test[:, None] - means) ** 2).sum(axis=2), axis=1)
    largest = np.full(30, np.bincount(labels).argmax())
    for name, predicted in (("nearest_centroid", nearest), ("majority", largest)):
        told = assess(truth, predicted, {})
        assert found[name]["accuracy"] == pytest.approx(told["accuracy"])
        assert found[name]["macro_f1"] == pytest.approx(told["macro"]["f1"])


def test_of_equal_classes_the_lowest_is_the_majority() -> None:
    train = np.array([[0], [1]], np.float32)
    found = baselines(train, np.array([2, 1]), train, np.array([1, 1]))
    assert found["majority"]["accuracy"] == 1


@pytest.mark.parametrize(
    ("train", "labels"),
    [
        ([[1], [1], [1]], [4, 4, 2]),  # all alike: each mean is as near
        ([[1], [2], [3]], [2, 2, 2]),  # a single class
        ([[1], [5]], [2, 4]),  # a sample a class: no variance
        ([[0], [3e30], [3e30]], [2, 4, 4]),  # whose squares have no room in float32
    ],
)
def test_samples_that_leave_little_to_learn(train: list, labels: list[int]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        held_out = np.zeros((1, 1), np.float32)
        found = baselines(np.array(train, np.float32), np.array(labels), held_out, np.array([2]))
    assert found["nearest_centroid"] == {"accuracy": 1.0, "macro_f1": 1.0}

"""An autocorrelated world whose truth is known, and clustered samples of it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from landloom.map.classifiers.kinds import Recipe
from landloom.map.crossval.evaluation import join_votes, vote_fold
from landloom.map.crossval.folds import Folds
from landloom.map.crossval.knndm import match_folds
from landloom.map.forest.forest import fit_final

SIDE = 160


def field(rng: np.random.Generator) -> np.ndarray:
    rough = gaussian_filter(rng.normal(size=(SIDE, SIDE)), 15, mode="wrap")
    return rough / rough.std()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_matched_folds_err_at_most_half_as_much_as_random_ones(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bands = np.stack([field(rng) for _ in range(6)]).astype(np.float32)
    # What the bands do not tell is alike in neighbours, too: a forest learns it by heart.
    latent = bands[0] + bands[1] * bands[2] + field(rng)
    truth = np.digitize(latent, np.quantile(latent, [0.25, 0.5, 0.75]))
    centres = rng.uniform(8, SIDE - 8, (30, 2))
    spots = centres[rng.integers(30, size=600)] + rng.normal(0, 2.5, (600, 2))
    rows, cols = np.unique(np.clip(spots, 0, SIDE - 1).astype(int), axis=0).T
    X, y = np.ascontiguousarray(bands[:, rows, cols].T), truth[rows, cols]
    recipe = Recipe({"n_estimators": 60}, seed, n_jobs=2)
    model = fit_final(X, y, recipe.params, recipe.seed, recipe.n_jobs)
    true = np.mean(model.predict(bands.reshape(6, -1).T) == truth.ravel())

    def told(number: np.ndarray) -> float:
        folds = Folds("any", number, 5)
        votes = join_votes([vote_fold(X, y, folds, fold, recipe) for fold in range(5)])
        return float(np.mean(votes.predicted == y))

    points = np.column_stack([rows, cols]).astype(float)
    matched = match_folds(points, rng.uniform(0, SIDE, (1000, 2)), 5).folds
    assert matched is not None
    chance = told(rng.permutation(np.arange(y.size) % 5))
    assert chance - true > 0.2
    assert abs(told(matched) - true) <= abs(chance - true) / 2

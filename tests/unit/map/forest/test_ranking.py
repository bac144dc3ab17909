"""Ranking: the order of GridSearchCV, and the winner in words."""

from __future__ import annotations

import json

import pytest

from landloom.map.forest.parameters import STAGE1_FIXED, key_of
from landloom.map.forest.ranking import describe_best, rank
from landloom.map.forest.scores import CandidateScore
from landloom.map.forest.tuning_units import candidates


def test_ranks_and_winner_of_ties():
    grid = {"max_depth": [None, 3], "max_features": [1], "min_samples_leaf": [1, 2]}
    scores = [(0.0, 0.5), (0.25, 0.5), (0.5, 0.25), (0.0, 0.0)]
    rows = [
        CandidateScore(params, key_of({**STAGE1_FIXED, **params}, 4), score)
        for params, score in zip(candidates(grid), scores, strict=True)
    ]
    result = rank(grid, reversed(rows), STAGE1_FIXED, 4)
    assert [row["rank_test_score"] for row in result["candidates"]] == [3, 1, 1, 4]
    assert result["best_index"] == 1
    assert result["best_params"] == {
        **STAGE1_FIXED,
        "max_depth": None,
        "max_features": 1,
        "min_samples_leaf": 2,
    }
    assert json.loads(json.dumps(result)) == result
    assert set(result["versions"]) == {"scikit-learn", "numpy"}
    text = describe_best(result)
    assert "min_samples_leaf: 2\n" in text
    assert "f1_macro: 0.3750 ± 0.1250" in text
    with pytest.raises(KeyError):
        rank(grid, rows[:3], STAGE1_FIXED, 4)

"""Parameters: which candidates grow the same forest, and how many bands a split looks at."""

from __future__ import annotations

import math

import numpy as np
import pytest
from grids import STAGE1, STAGE2
from hypothesis import given
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeClassifier

from landloom.config.tuning import Stage1Config
from landloom.errors import LandloomError
from landloom.map.forest.grid_check import check_max_features
from landloom.map.forest.parameters import STAGE1_FIXED, representatives, resolve_max_features
from landloom.map.forest.tuning_units import stage1_units, stage2_units


def test_equal_units_share_a_result():
    units = stage1_units({**STAGE1, "max_features": ["sqrt", "log2", "n/8", 8, 1.0, None]})
    same = representatives(units, STAGE1_FIXED, 64)
    assert {
        unit: first for unit, first in same.items() if unit.endswith("leaf=4") and unit != first
    } == {
        "max_features=n_8+min_samples_leaf=4": "max_features=sqrt+min_samples_leaf=4",
        "max_features=8+min_samples_leaf=4": "max_features=sqrt+min_samples_leaf=4",
        "max_features=null+min_samples_leaf=4": "max_features=1.0+min_samples_leaf=4",
    }
    fixed = {"max_features": 8, "max_depth": None, "min_samples_leaf": 5}
    units = stage2_units(STAGE2)
    assert len(set(representatives(units, fixed, 64).values())) == 3
    fixed["min_samples_leaf"] = 4
    assert len(set(representatives(units, fixed, 64).values())) == 6


@given(st.integers(1, 300), st.one_of(st.sampled_from(["sqrt", "log2", None]), st.floats(0.01, 1)))
def test_max_features_as_scikit_learn_resolves_them(n_bands, value):
    tree = DecisionTreeClassifier(max_features=value).fit(np.zeros((2, n_bands)), [0, 1])
    assert resolve_max_features(value, n_bands) == tree.max_features_


@given(st.integers(1, 300), st.integers(1, 300))
def test_fractions_of_the_bands(n_bands, k):
    assert resolve_max_features(f"n/{k}", n_bands) == max(1, math.floor(n_bands / k))


def test_the_default_grid_serves_an_embedding_of_one_band():
    grid = Stage1Config().model_dump()
    assert {resolve_max_features(value, 1) for value in grid["max_features"]} == {1}


def test_impossible_max_features_are_told_at_once():
    values = ["sqrt", "n/16", 9, 8, "n/0", "half", 1.5, 0, "n/9"]
    with pytest.raises(LandloomError) as caught:
        check_max_features(values, 8)
    lines = str(caught.value).splitlines()
    assert len(lines) == 7
    assert all(line.startswith("map.tuning.stage1.max_features: ") for line in lines)
    assert "n/16 of 8 bands is less than one band; divide by 8 at most" in lines[0]
    check_max_features(["sqrt", "n/8", 8, None, 1.0], 8)

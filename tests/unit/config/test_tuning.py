"""The section `map.tuning`: the values of the two grids."""

from __future__ import annotations

import pytest
from configurations import MAP, changed, lines, refusal

from landloom.config.tuning import Stage1Config
from landloom.config.whole import load_config


def test_defaults_are_those_of_the_documentation():
    tuning = load_config(MAP).map.tuning
    assert (tuning.folds, tuning.seed) == (5, 42)
    assert tuning.stage1.model_dump() == {
        "max_features": ["sqrt", "log2", "n/16", "n/8", "n/4"],
        "max_depth": [None, 20, 40],
        "min_samples_leaf": [1, 5, 10],
    }
    assert tuning.stage2.model_dump() == {
        "n_estimators": [400, 800, 1200],
        "min_samples_split": [2, 10],
        "class_weight": [None, "balanced", "balanced_subsample"],
    }


def test_bands_can_be_chosen_in_every_way_that_is_described():
    values = ["sqrt", "log2", "n/3", 7, 0.5, 1.0, None]
    stage = load_config(changed("map.tuning.stage1.max_features", values, MAP)).map.tuning.stage1
    assert isinstance(stage, Stage1Config)
    assert stage.max_features == values


@pytest.mark.parametrize("value", ["n/0", "all", 0, 1.5, -0.5])
def test_bands_that_cannot_be_chosen(value):
    (line,) = lines(changed("map.tuning.stage1.max_features", ["sqrt", value], MAP))
    assert line == (
        f"config: map.tuning.stage1.max_features.1: {value}: must be sqrt, log2, n/k, a whole "
        "number, a share of the bands or null"
    )


# Key, value, and what is said about them.
@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("folds", 1, "1: must be at least 2"),
        ("stage1.max_depth", [20, 5, 20], "[20, 5, 20]: 20 is given twice; name it once"),
        ("stage1.max_depth", [], "[]: must not be empty"),
        ("stage1.min_samples_leaf", 1, "1: must be a list"),
    ],
)
def test_a_bad_value_is_told_with_key_value_and_remedy(key, value, said):
    assert said in refusal(f"map.tuning.{key}", value, MAP)

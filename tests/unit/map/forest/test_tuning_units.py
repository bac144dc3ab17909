"""Units: the candidates of a grid, shared out among jobs."""

from __future__ import annotations

import re

import pytest
from grids import STAGE1, STAGE2
from sklearn.model_selection import ParameterGrid

from landloom.map.forest.tuning_units import candidates, name_of, stage1_units, stage2_units


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

"""The jobs of tuning, and the combinations of parameters that each tries.

A unit is one job, the candidates that can share trees. Units and their names follow from the grid
alone, before any data is read; planning a run imports this for that, so it stays light.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

Value = str | int | float | None
"""A hyperparameter's value, as the configuration writes it."""

Params = dict[str, Value]
ParamGrid = Mapping[str, Sequence[Value]]


def candidates(grid: ParamGrid) -> list[Params]:
    """Return every combination of a grid, in the order of `sklearn`'s ``ParameterGrid``."""
    names = sorted(grid)
    return [dict(zip(names, row, strict=True)) for row in product(*(grid[name] for name in names))]


def name_of(params: Mapping[str, Value]) -> str:
    """Return a stable name for parameters, fit for a file: ``max_depth=null+max_features=n_16``.

    No comma: a job that goes to a cluster is named there with its wildcards, parted by commas.
    """
    return "+".join(f"{key}={text_of(params[key])}" for key in sorted(params))


def text_of(value: Value) -> str:
    """Return a value as names have it."""
    return "null" if value is None else str(value).replace("/", "_")


@dataclass(frozen=True)
class Unit:
    """One tuning job: the candidates of a stage that can share trees.

    Parameters
    ----------
    stage
        1 or 2.
    shared
        The parameters that all its candidates have in common and that tell it from other units.
    varied, values
        The parameter that its candidates differ in, and its values.
    """

    stage: int
    shared: tuple[tuple[str, Value], ...]
    varied: str
    values: tuple[Value, ...]

    @property
    def name(self) -> str:
        """Stable and fit for a file: ``max_features=sqrt+min_samples_leaf=1``."""
        return name_of(dict(self.shared))

    def plain(self) -> list[Any]:
        """Return the unit as plain data."""
        return [self.stage, [list(pair) for pair in self.shared], self.varied, list(self.values)]

    @classmethod
    def from_plain(cls, data: Sequence[Any]) -> Unit:
        """Return the unit that `plain` described."""
        stage, shared, varied, values = data
        return cls(stage, tuple((name, value) for name, value in shared), varied, tuple(values))

    @property
    def searched(self) -> set[str]:
        """The parameters that the unit's stage searches."""
        return {self.varied, *dict(self.shared)}

    def candidates(self) -> list[Params]:
        """Return the unit's combinations of the stage's parameters."""
        return [{**dict(self.shared), self.varied: value} for value in self.values]


def stage1_units(grid: ParamGrid) -> list[Unit]:
    """Return the units of ``max_features x max_depth x min_samples_leaf``: each has all depths."""
    return _units(1, grid, "max_depth", ("max_features", "min_samples_leaf"))


def stage2_units(grid: ParamGrid) -> list[Unit]:
    """Return the units of ``n_estimators x min_samples_split x class_weight``: each has all sizes.

    See Also
    --------
    stage1_units
    """
    return _units(2, grid, "n_estimators", ("class_weight", "min_samples_split"))


def _units(stage: int, grid: ParamGrid, varied: str, shared: tuple[str, ...]) -> list[Unit]:
    values = tuple(_unique(grid[varied]))
    rows = product(*(_unique(grid[name]) for name in shared))
    return [Unit(stage, tuple(zip(shared, row, strict=True)), varied, values) for row in rows]


def _unique(values: Iterable[Value]) -> list[Value]:
    # By name: 1 and 1.0 are equal, but one feature and all features.
    return list({text_of(value): value for value in values}.values())

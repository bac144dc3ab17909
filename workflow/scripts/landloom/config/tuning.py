"""The section `map.tuning`: the grids that are searched for the classifier's parameters."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from landloom.config.checks import AtKeyError, Section, Seed

_MOST_BANDS = 65_535
"""No raster of GDAL's has more."""

_MOST_CANDIDATES = 1000
"""Combinations of a stage: each is a forest for every fold, so these are days of work. Planning
700 jobs of them takes up to half a minute."""


def _refuse_many(stage: Section) -> None:
    """Refuse a grid of more combinations than anyone waits for."""
    sizes = {name: len(getattr(stage, name)) for name in type(stage).model_fields}
    found = math.prod(sizes.values())
    if found > _MOST_CANDIDATES:
        longest = max(sizes, key=lambda name: sizes[name])
        product = " x ".join(map(str, sizes.values()))
        raise AtKeyError(
            longest,
            f"{sizes[longest]} values: the stage has {product} = {found:,} combinations, "
            f"{_MOST_CANDIDATES:,} are the most; keep "
            f"{max(_MOST_CANDIDATES * sizes[longest] // found, 1)} of them, or fewer of the others",
        )


def _check_max_features(value: str | int | float | None) -> str | int | float | None:
    if isinstance(value, str):
        fits = re.fullmatch(r"sqrt|log2|n/[1-9]\d{0,4}", value) is not None
    elif isinstance(value, int):
        fits = 1 <= value <= _MOST_BANDS
    else:
        fits = value is None or 0 < value <= 1
    if not fits:
        raise ValueError("must be sqrt, log2, n/k, a whole number, a share of the bands or null")
    return value


def _check_distinct(values: list[Any]) -> list[Any]:
    twice = sorted({str(value) for value in values if values.count(value) > 1})
    if twice or not values:
        raise ValueError(
            f"{', '.join(twice)} is given twice; name it once" if twice else "must not be empty"
        )
    return values


_DISTINCT = AfterValidator(_check_distinct)
MaxFeatures = Annotated[str | int | float | None, AfterValidator(_check_max_features)]
Number = Annotated[int, Field(ge=1, le=10_000)]
Leaf = Annotated[int, Field(ge=1, le=1_000_000)]
Node = Annotated[int, Field(ge=2, le=1_000_000)]
FoldCount = Annotated[int, Field(ge=2, le=100)]
ClassWeight = Literal["balanced", "balanced_subsample"] | None


class Stage1Config(Section):
    """The first grid: every combination is scored on the training samples, with 100 trees each."""

    max_features: Annotated[list[MaxFeatures], _DISTINCT] = [
        "sqrt", "log2", "n/16", "n/8", "n/4",
    ]  # fmt: skip
    """How many bands are tried at each split of a tree: `sqrt` or `log2` of their number n; `n/k`,
    a part of them, such as `n/4`; a whole number; a share, above 0 and up to 1.0; or null for
    all."""
    max_depth: Annotated[list[Number | None], _DISTINCT] = [
        None,
        20,
        40,
    ]
    """How many splits deep a tree may grow; null for no limit."""
    min_samples_leaf: Annotated[list[Leaf], _DISTINCT] = [
        1,
        5,
        10,
    ]
    """Fewest samples that a leaf of a tree may hold."""

    @model_validator(mode="after")
    def _check(self) -> Stage1Config:
        _refuse_many(self)
        return self


class Stage2Config(Section):
    """The second grid: every combination is scored with the best one of the first."""

    n_estimators: Annotated[list[Number], _DISTINCT] = [
        400,
        800,
        1200,
    ]
    """Number of trees in the forest."""
    min_samples_split: Annotated[list[Node], _DISTINCT] = [
        2,
        10,
    ]
    """Fewest samples that a node of a tree must hold to be split further."""
    class_weight: Annotated[list[ClassWeight], _DISTINCT] = [
        None, "balanced", "balanced_subsample",
    ]  # fmt: skip
    """How classes are weighted: null, so that every sample counts the same; `balanced`, so that
    rare classes count as much as frequent ones; `balanced_subsample`, the same within each tree's
    own draw of samples."""

    @model_validator(mode="after")
    def _check(self) -> Stage2Config:
        _refuse_many(self)
        return self


class LogisticGridConfig(Section):
    """What is tried for a logistic regression."""

    C: Annotated[list[Annotated[float, Field(gt=0, le=1e12)]], _DISTINCT] = [
        0.01,
        0.1,
        1.0,
        10.0,
        100.0,
    ]
    """Inverse of the strength of the penalty on large coefficients, scikit-learn's `C`."""

    @model_validator(mode="after")
    def _check(self) -> LogisticGridConfig:
        _refuse_many(self)
        return self


class KnnGridConfig(Section):
    """What is tried for nearest neighbours."""

    n_neighbors: Annotated[list[Annotated[int, Field(ge=1, le=100)]], _DISTINCT] = [
        1,
        3,
        5,
        10,
        20,
    ]
    """How many of the nearest samples vote."""
    weights: Annotated[list[Literal["uniform", "distance"]], _DISTINCT] = ["uniform", "distance"]
    """How votes count: `uniform`, all the same; `distance`, by the inverse of the distance."""

    @model_validator(mode="after")
    def _check(self) -> KnnGridConfig:
        _refuse_many(self)
        return self


class TuningConfig(Section):
    """The search for the classifier's parameters, scored by macro-averaged F1."""

    folds: FoldCount | Literal["random", "spatial", "knndm", "blocks", "group"] = 5
    """Folds on which candidates are scored: a number of them, stratified by class; or `random`, the
    same with as many as `map.crossval.n`; `spatial` (or `knndm`, which is the same), `blocks` or
    `group`, by distance, by squares or by groups, as `map.crossval` cuts them, of the training
    samples."""
    seed: Seed = 42
    """Seed of the forests, scikit-learn's `random_state`."""
    stage1: Stage1Config = Stage1Config()
    """The first grid: the values to try for a tree's bands, depth and leaves."""
    stage2: Stage2Config = Stage2Config()
    """The second grid: the values to try for the number of trees, splits and class weights, on the
    best of the first."""
    logistic: LogisticGridConfig = LogisticGridConfig()
    """The grid of a logistic regression, where `map.model` asks for one."""
    knn: KnnGridConfig = KnnGridConfig()
    """The grid of nearest neighbours, where `map.model` asks for them."""

"""The section `map.crossval`: folds that tell how good the model is away from its samples."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from landloom.config.checks import Section, Seed

Scheme = Literal["random", "knndm", "blocks", "group"]
"""How samples are cut into folds."""

SPATIAL: tuple[Scheme, ...] = ("knndm", "blocks", "group")
"""Schemes that keep neighbours together."""


def _distinct(schemes: list[Scheme]) -> list[Scheme]:
    twice = sorted({scheme for scheme in schemes if schemes.count(scheme) > 1})
    if twice or not schemes:
        raise ValueError(
            f"{', '.join(twice)} is given twice; name it once" if twice else "must not be empty"
        )
    return schemes


class CrossvalConfig(Section):
    """Cross-validation of the best model on all samples, beside the random split."""

    schemes: Annotated[list[Scheme], AfterValidator(_distinct)] = ["random", "knndm"]
    """How samples are cut into folds: `random`, stratified by class; `knndm`, so that samples lie
    as far from those that are learned from as the map's pixels do (Linnenbrink et al. 2024);
    `blocks`, squares of `block_km` that stay whole; `group`, by the column `map.reference.group`,
    whose values stay together."""
    n: Annotated[int, Field(ge=2, le=100)] = 5
    """Number of folds."""
    block_km: Annotated[float, Field(gt=0, le=20_000)] = 10.0
    """Side of the squares of `blocks`, in kilometres on the ground."""
    seed: Seed = 42
    """Seed of `random` folds, of the pixels to which `knndm` measures, and of the order of
    `blocks`."""

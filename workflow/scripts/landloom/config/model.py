"""The section `map.model`: which classifier makes the map, and which it is compared with."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, model_validator

from landloom.config.checks import AtKeyError, Section

Kind = Literal["forest", "logistic", "knn"]
"""Classifiers."""


def _distinct(kinds: list[Kind]) -> list[Kind]:
    if twice := sorted({kind for kind in kinds if kinds.count(kind) > 1}):
        raise ValueError(f"{', '.join(twice)} is given twice; name it once")
    return kinds


class ModelConfig(Section):
    """The classifier that makes the map."""

    kind: Kind = "forest"
    """`forest`, a random forest; `logistic`, a logistic regression on standardised bands; `knn`,
    the nearest samples in standardised bands. Each is tuned on the same folds and judged by the
    same samples."""
    compare: Annotated[list[Kind], AfterValidator(_distinct)] = []
    """Other kinds that are tuned and judged beside it, in one table of the report; they make no
    map."""

    @model_validator(mode="after")
    def _check(self) -> ModelConfig:
        if self.kind in self.compare:
            raise AtKeyError(
                "compare", f"names {self.kind}, which makes the map ('kind'); name other kinds"
            )
        return self

    @property
    def kinds(self) -> list[Kind]:
        """All that are fitted, the map's first."""
        return [self.kind, *self.compare]

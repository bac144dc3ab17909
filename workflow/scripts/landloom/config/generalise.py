"""The section `map.generalise`: a calmer copy of the map."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from landloom.config.checks import AtKeyError, Section


class GeneraliseConfig(Section):
    """A copy of the map without specks; the map itself stays as it is predicted."""

    majority: Annotated[int, Field(ge=3, le=51)] | None = None
    """Side of the square, in pixels, an odd number, whose most frequent class each pixel gets. If
    left out: no such filter."""
    min_pixels: Annotated[int, Field(ge=2, le=1_000_000)] | None = None
    """Smallest patch that stays, in pixels (25 of 10 m are a quarter of a hectare): smaller ones go
    to the largest patch beside them, after the majority filter. If left out: patches of any
    size stay."""
    connectivity: Literal[4, 8] = 4
    """Whether pixels of a patch meet along their edges (4), or at their corners too (8)."""

    @field_validator("majority")
    @classmethod
    def _check_odd(cls, side: int | None) -> int | None:
        if side is not None and side % 2 == 0:
            raise ValueError(f"must be an odd number, such as {side + 1}")
        return side

    @model_validator(mode="after")
    def _check(self) -> GeneraliseConfig:
        if self.majority is None and self.min_pixels is None:
            raise AtKeyError(
                "min_pixels",
                "is missing, and so is 'majority'; say what is to be generalised, or leave the "
                "section out",
            )
        return self

"""How a number is shared out among the classes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from landloom.config.checks import AtKeyError, Count


def _as_text(given: Any) -> Any:  # noqa: ANN401
    """Return numbers for each class by the classes as text: YAML takes 10 for a number."""
    if isinstance(given, dict):
        return {str(k) if type(k) is int else k: number for k, number in given.items()}
    return given


Allocation = Annotated[
    Literal["proportional", "equal"] | Annotated[dict[str, Count], Field(min_length=1)],
    BeforeValidator(_as_text),
]


def check_allocation(allocation: str | dict[str, int], n: int, key: str) -> None:
    """Refuse numbers of classes that are more than there are in all.

    Raises
    ------
    AtKeyError
        They are.
    """
    asked = sum(allocation.values()) if isinstance(allocation, dict) else 0
    if asked > n:
        raise AtKeyError("allocation", f"asks for {asked}, but '{key}' is {n}; raise it")

"""How a number is shared out among the classes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from landloom.config.checks import AtKeyError, Count


def _known(given: Any) -> Any:  # noqa: ANN401
    """Return what is given, with classes as text: YAML takes 10 for a number."""
    if given in ("proportional", "equal"):
        return given
    if not isinstance(given, dict) or not given:
        raise ValueError("must be 'proportional', 'equal', or lines 'class: number'")
    wrong = [name for name, number in given.items() if type(number) is not int or number < 1]
    if wrong:
        raise ValueError(f"{wrong[0]} must have a whole number of at least 1")
    names = [str(name) for name in given]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"names the class {twice[0]} twice; leave one of its lines out")
    return {str(name): number for name, number in given.items()}


Allocation = Annotated[
    Literal["proportional", "equal"] | Annotated[dict[str, Count], Field(min_length=1)],
    BeforeValidator(_known),
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

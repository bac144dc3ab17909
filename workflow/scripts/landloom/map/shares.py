"""How many points or samples each class gets of a number that is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from landloom.errors import LandloomError
from landloom.map.points import allocate

_NAMED = 20


@dataclass(frozen=True)
class Shares:
    """How a number is shared out among classes.

    Attributes
    ----------
    per_class_min : int, optional
        The least number of each class, as far as it has members; None where nothing is asked for.
    allocation : str or mapping of str to int
        In proportion to the members; equally; or so many of the classes that are named, and the
        others in proportion to what is left.
    """

    per_class_min: int | None = None
    allocation: Literal["proportional", "equal"] | Mapping[str, int] = "proportional"

    @property
    def keeps_proportions(self) -> bool:
        """Whether nothing but the members decides."""
        return self.per_class_min is None and self.allocation == "proportional"

    def named(self, names: Mapping[str, int], key: str) -> dict[int, int]:
        """Return the numbers of the classes that are named, by value.

        Parameters
        ----------
        names : mapping of str to int
            The values of the classes that there are, by all that they may be called.
        key
            The section of the configuration that has the keys, for messages.

        Raises
        ------
        LandloomError
            Where one is not there, or is named twice.
        """
        if isinstance(self.allocation, str):
            return {}
        unknown = [name for name in self.allocation if name not in names]
        if unknown:
            known = ", ".join(list(names)[:_NAMED])
            raise LandloomError(
                f"{key}.allocation: there are no labels of the class "
                f"{' or '.join(map(repr, unknown))}; those that there are go by {known}"
            )
        found: dict[int, int] = {}
        for name, number in self.allocation.items():
            if found.setdefault(names[name], number) != number:
                raise LandloomError(
                    f"{key}.allocation: {name!r} is a class that has a number already; keep one "
                    "of them"
                )
        return found

    def draws(
        self, counts: Mapping[int, int], n: int, names: Mapping[str, int], key: str, least: int = 0
    ) -> dict[int, int]:
        """Return how many are drawn of each class: n in all, or all that there are.

        Parameters
        ----------
        counts : mapping of int to int
            Members of each class.
        n : int
            How many are drawn at most.
        names, key
            See `named`.
        least : int
            Of each class, where no other number is asked for.

        Raises
        ------
        LandloomError
            Where n does not reach, or a class is named that is not there.
        """
        named = self.named(names, key)
        fixed = {value: min(number, counts[value]) for value, number in named.items()}
        others = {value: count for value, count in counts.items() if value not in fixed}
        left = n - sum(fixed.values())
        minimum = self.per_class_min or least
        needed = sum(min(minimum, count) for count in others.values())
        if needed > left:
            of_n = f"{left} are left of {n}, which" if fixed else f"{n}"
            raise LandloomError(
                f"{key}: {of_n} cannot give each of {len(others)} classes {minimum}, which takes "
                f"{needed}; raise the number, or lower {key}.per_class_min"
            )
        if self.allocation == "equal":
            return allocate_equally(counts, n)
        return {**fixed, **(allocate(others, left, minimum) if others else {})}


def allocate_equally(counts: Mapping[int, int], n: int) -> dict[int, int]:
    """Share out n draws equally, as far as classes have members.

    Returns
    -------
    dict of int to int
        What small classes cannot take goes to the others, and what is left over to the largest
        ones, one each (the lowest values, of equally large ones). The sum is n, or all members.
    """
    draws: dict[int, int] = {}
    left = n
    rising = sorted(counts, key=lambda value: (counts[value], -value))
    for waiting, value in zip(range(len(rising), 0, -1), rising, strict=True):
        draws[value] = min(counts[value], left // waiting)
        left -= draws[value]
    return {value: draws[value] for value in counts}

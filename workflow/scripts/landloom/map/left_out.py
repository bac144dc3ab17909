"""Classes that the reference has and the map has not: what is said of them, and what they cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from landloom.legend.decimals import percent
from landloom.legend.text import class_called, isolated, shortened

_NAMED = 8
"""Classes that are named in a line; of more, how many there are."""

_LONGEST = 60
"""Columns of a name there; of more, those in the middle are left out."""


@dataclass(frozen=True)
class LeftOut:
    """A class that was removed for its small share of the samples.

    Attributes
    ----------
    value
        The class value.
    name
        What it is called; the value where it has no name.
    samples
        How many of the labelled points that have an embedding, one a pixel, are of it.
    share
        What share of all these they are, 0 to 1.
    """

    value: int
    name: str
    samples: int
    share: float

    @classmethod
    def of(cls, told: Iterable[Mapping[str, Any]]) -> tuple[Self, ...]:
        """Return those that `plain` told of."""
        return tuple(cls(**each) for each in told)

    def plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)

    @property
    def called(self) -> str:
        """The class in words."""
        return class_called(self.value, self.name)

    @property
    def note(self) -> str:
        """What the notes of samples say of it."""
        return f"{self.called} removed: {self.samples} samples are {self.share:.2%} of all"


def kept_share(classes: Iterable[LeftOut]) -> float:
    """Return the share of the labelled points that are of a class of the map, 0 to 1.

    An agreement times this is what it would be over all points, each of a class that was left out
    being wrong, as it has to be.
    """
    return 1.0 - sum(each.share for each in classes)


def headline(classes: Sequence[LeftOut]) -> str:
    """Return in a line which classes of the reference are not in the map; empty for none."""
    if not classes:
        return ""
    several = f"{len(classes)} classes of the reference are"
    count = several if len(classes) > 1 else "1 class of the reference is"
    named = [f"{_named(each)} ({percent(each.share, 2)})" for each in classes[:_NAMED]]
    more = f", and {len(classes) - _NAMED} more" if len(classes) > _NAMED else ""
    return f"{count} not in this map: {', '.join(named)}{more}"


def _named(each: LeftOut) -> str:
    name = isolated(shortened(each.name, _LONGEST))
    return name if each.name == str(each.value) else f"{each.value} {name}"


def other_notes(notes: Iterable[str], classes: Sequence[LeftOut]) -> list[str]:
    """Return the notes but for those that `headline` tells."""
    told = {each.note for each in classes}
    return [note for note in notes if note not in told]

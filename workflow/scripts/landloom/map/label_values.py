"""What the labels of a table mean: which value of the map each one is."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import numpy.typing as npt

from landloom.errors import LandloomError
from landloom.legend.classes import CLASSES_KEY, ClassTable, class_value
from landloom.legend.legends import Entry, Legend
from landloom.legend.values import MAX_VALUE
from landloom.map.label_table import KEY

_TOLD = 5


def label_values(
    sources: npt.NDArray[np.object_], table: ClassTable | None
) -> tuple[Mapping[str, int], Legend]:
    """Return the class value of every label, and what the values mean.

    Parameters
    ----------
    sources : ndarray of str
        The labels of all rows; empty where there is none.
    table : ClassTable, optional
        Maps labels to values. Without it, whole numbers are the values; and if any label is text,
        the labels are numbered 1, 2, … in sorted order.

    Raises
    ------
    LandloomError
        A whole number does not fit into the map, or there are too many labels.
    """
    if table:
        return table.values, table.classes
    names = sorted({source for source in sources if source})
    if all(re.fullmatch(r"-?\d+", name) for name in names):
        values = {name: _own_value(name) for name in names}
    elif len(names) > MAX_VALUE:
        raise LandloomError(
            f"{KEY}: {len(names)} different labels, but a map holds {MAX_VALUE} classes; "
            "check map.reference.label"
        )
    else:
        values = {name: number for number, name in enumerate(names, start=1)}
    return values, {value: Entry(name) for name, value in values.items()}


def _own_value(name: str) -> int:
    try:
        return class_value(name, f"map it in {CLASSES_KEY}")
    except LandloomError as error:
        raise LandloomError(f"{KEY}: {error}") from None


def alike(labels: Iterable[str], values: Mapping[str, int]) -> Iterator[str]:
    """Yield a note of labels of different classes that differ in case or blanks alone.

    Parameters
    ----------
    labels
        Those that occur.
    values
        The class value of each.
    """
    same: dict[str, list[str]] = defaultdict(list)
    for label in sorted(labels):
        same["".join(label.split()).casefold()].append(label)
    found = [
        " and ".join(map(repr, group))
        for group in same.values()
        if len({values[label] for label in group}) > 1
    ]
    if found:
        more = f", and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
        yield (
            f"labels that differ in case or blanks alone are classes of their own: "
            f"{'; '.join(found[:_TOLD])}{more}; spell them alike, or give them one value in "
            f"{CLASSES_KEY}"
        )

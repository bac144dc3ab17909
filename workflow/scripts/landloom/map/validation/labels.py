"""Which value of the map a label in reference stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from landloom.legend.classes import ClassTable, values_by_name
from landloom.legend.legends import Entry, Legend
from landloom.map.points import Points


@dataclass(frozen=True)
class Labels:
    """What labels mean.

    Attributes
    ----------
    values : mapping of str to int
        The map's value of each label.
    classes : Legend
        Names of the values.
    """

    values: Mapping[str, int]
    classes: Legend


def known_labels(samples: Points, table: ClassTable | None) -> Labels:
    """Return what may stand in a table of reference points.

    Parameters
    ----------
    samples : Points
        What the forest learned from: its classes, those that were left out, and the labels that
        its reference had for the former.
    table : ClassTable, optional
        Of the reference.

    Returns
    -------
    Labels
        Labels are what the reference itself writes (the codes of the classes table, if there is
        one), and names of classes; and the map's values, where nothing else is written so.
    """
    # A point of a class that the map leaves out is one where the map is wrong.
    gone = {each.value: Entry(each.name) for each in samples.left_out}
    classes: dict[int, Entry] = {**gone, **(table.classes if table else {}), **samples.classes}
    sources = samples.frame.drop_duplicates("source")
    written = dict(zip(sources["source"].tolist(), sources["label"].tolist(), strict=True))
    values = values_by_name(classes, written | (dict(table.values) if table else {}))
    return Labels(values, dict(sorted(classes.items())))

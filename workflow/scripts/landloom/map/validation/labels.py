"""Which value of the map a label in reference stands for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from landloom.legend.classes import ClassTable, values_by_name
from landloom.legend.legends import Entry, Legend
from landloom.map.left_out import LeftOut
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
    remedy
        What to do about labels that mean nothing.
    """

    values: Mapping[str, int]
    classes: Legend
    remedy: str = "correct it, or name the class in map.reference.classes"


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


def labels_of_model(classes: Legend, left_out: Iterable[LeftOut]) -> Labels:
    """Return what may stand in a table of reference points on a map of a finished model.

    Parameters
    ----------
    classes : Legend
        Of the map.
    left_out
        Classes of its labels that the model has not.

    Returns
    -------
    Labels
        Names of these classes, and their values.
    """
    known = {**{each.value: Entry(each.name) for each in left_out}, **classes}
    remedy = "correct it; the model of map.model knows no other class"
    return Labels(values_by_name(known, {}), dict(sorted(known.items())), remedy)

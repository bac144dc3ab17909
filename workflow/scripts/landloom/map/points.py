"""Labelled points: the table in which they are kept, and shares of classes among them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from landloom.arrays import Columns, Floats
from landloom.legend.legends import Entry, Legend
from landloom.legend.text import class_called
from landloom.map.left_out import LeftOut


@dataclass(frozen=True)
class Points:
    """Labelled points on an embedding.

    Attributes
    ----------
    frame : DataFrame
        One row for each point: ``lon``, ``lat`` (EPSG:4326), ``x``, ``y`` (the embedding's CRS),
        ``row``, ``col`` (the embedding's pixel), ``zone`` (whose CRS and pixels these are, if there
        are several), ``source`` (the class as the source writes it), ``group`` (which
        points belong together, if the table says so), ``label`` (the class value).
        Samples have bands and a split too, see `landloom.map.samples`.
    classes : Legend
        What each label that occurs means.
    dropped : mapping of str to int
        How many candidates were left out, by reason.
    notes : tuple of str
        What a reader of the log should know.
    left_out : tuple of LeftOut
        Classes that were removed for their small share, by value.
    proportional : bool
        Whether points of a class are as many as its share of all that could be drawn.
    """

    frame: pd.DataFrame
    classes: Legend
    dropped: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    proportional: bool = True

    def write(self, path: str | Path) -> None:
        """Write everything into one Parquet file; equal points give equal bytes."""
        told: dict[str, Any] = {
            "classes": {str(v): [c.name, c.color] for v, c in self.classes.items()},
            "dropped": dict(self.dropped),
            "notes": list(self.notes),
        }
        if self.left_out:
            told["left_out"] = [each.plain() for each in self.left_out]
        if not self.proportional:
            told["proportional"] = False
        table = pa.Table.from_pandas(self.frame, preserve_index=False)
        # In place of pandas' own metadata, which name the library's version.
        metadata = {"landloom": json.dumps(told, ensure_ascii=False)}
        pq.write_table(table.replace_schema_metadata(metadata), path, compression="zstd")

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read what `write` wrote."""
        table = pq.read_table(path)
        told = json.loads(table.schema.metadata[b"landloom"])
        return cls(
            frame=table.to_pandas(),
            classes={int(v): Entry(*c) for v, c in told["classes"].items()},
            dropped=told["dropped"],
            notes=tuple(told["notes"]),
            left_out=LeftOut.of(told.get("left_out", ())),
            proportional=told.get("proportional", True),
        )


def point_frame(
    *, lon: Floats, lat: Floats, spots: Columns, source: Iterable[str], label: Iterable[int | None]
) -> pd.DataFrame:
    """Make the frame of `Points` from its columns."""
    return pd.DataFrame(
        {
            "lon": lon,
            "lat": lat,
            **spots,
            "source": pd.Series(list(source), dtype="str"),
            "label": pd.Series(list(label), dtype="int64"),
        }
    )


def occurring(frame: pd.DataFrame, classes: Legend | None) -> Legend:
    """Return what the labels that occur mean; without classes, they are their own names."""
    found = sorted(frame["label"].unique().tolist())
    return {value: classes[value] if classes else Entry(str(value)) for value in found}


def allocate(counts: Mapping[int, int], n: int, minimum: int = 0) -> dict[int, int]:
    """Share out n draws in proportion to the classes; the largest class absorbs the rounding.

    Parameters
    ----------
    counts : mapping of int to int
        Members of each class.
    n : int
        Draws; all members are taken if there are fewer.
    minimum : int
        Draws that every class gets at least, as far as it has members.

    Returns
    -------
    dict of int to int
        Draws of each class: its share rounded to the nearest whole number (halves to even), and
        what is then left over or overdrawn goes to the largest class (the lowest value, if two are
        equally large). Should that class have too few members or draws for it, the next largest
        takes the rest. The sum is exactly n.

    Raises
    ------
    ValueError
        If n is too small to give every class its minimum.
    """
    total = sum(counts.values())
    if n >= total:
        return dict(counts)
    least = {value: min(minimum, count) for value, count in counts.items()}
    if sum(least.values()) > n:
        raise ValueError(f"{n} draws cannot give each of {len(counts)} classes {minimum}")
    draws = {v: max(least[v], _nearest(n * count, total)) for v, count in counts.items()}
    for value in sorted(counts, key=lambda v: (-counts[v], v)):
        rest = n - sum(draws.values())
        draws[value] = min(max(draws[value] + rest, least[value]), counts[value])
    return draws


def _nearest(numerator: int, denominator: int) -> int:
    """Divide to the nearest whole number, halves to even, without floating point."""
    quotient, rest = divmod(numerator, denominator)
    up = 2 * rest > denominator or (2 * rest == denominator and quotient % 2 == 1)
    return quotient + up


def listed(counts: Mapping[str, int]) -> str:
    """Write counts of things as a list in words."""
    return ", ".join(f"{number} {reason}" for reason, number in counts.items() if number)


def called(value: int, classes: Legend) -> str:
    """Return what to call a class in a message: by its value, and its name if it has one."""
    return class_called(value, classes[value].name if value in classes else str(value))

"""Classes tables: how the codes of a reference become the values of the map."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from landloom.errors import LandloomError
from landloom.legend.csv_table import code_text, hex_color, read_csv, told, whole_number
from landloom.legend.legends import BUILT_IN, Entry, Legend, looks_continuous
from landloom.legend.values import MAX_VALUE

CLASSES_KEY = "map.reference.classes"
"""The config key that names a classes table, for messages."""


@dataclass(frozen=True)
class ClassTable:
    """How source codes become the values of the map.

    Attributes
    ----------
    values : mapping of str to int
        The value of each source code. Codes are text; whole numbers are written without a point.
    classes : Legend
        Name and colour of each value.
    """

    values: Mapping[str, int]
    classes: Legend


def read_classes(path: str | Path) -> ClassTable:
    """Read a classes table: a CSV with the columns ``code,value`` and, if wanted, ``name,color``.

    Several codes may share a value; the value's name is then all their different names, and its
    colour the first one given.

    Raises
    ------
    LandloomError
        Where the file cannot be read (see `read_csv`), a code is empty or given twice, a value is
        not a whole number from 0 to 254, or a colour is not of six hexadecimal digits: every bad
        row is named.
    """
    where = f"{CLASSES_KEY}: {path}"
    rows: dict[str, _Row] = {}
    problems = []
    for line, fields in read_csv(path, ("code", "value"), ("name", "color"), where).rows():
        code = code_text(fields["code"])
        row, faults = _read_row(fields)
        if not code:
            faults.insert(0, "the code is empty; give it or delete the line")
        elif code in rows:
            faults.insert(0, f"the code {code} is given twice; keep one of the lines")
        else:
            rows[code] = row
        problems += [f"line {line}: {fault}" for fault in faults]
    if problems:
        raise LandloomError(f"{where}: {told(problems)}")
    if not rows:
        raise LandloomError(f"{where} has no rows; give one for each class")
    return _table(rows)


@dataclass(frozen=True)
class _Row:
    value: int
    name: str
    color: str | None


def _read_row(fields: Mapping[str, str]) -> tuple[_Row, list[str]]:
    """Return what a row says of its code, and its faults."""
    value, color, faults = 0, None, []
    try:
        value = class_value(fields["value"], "choose another")
    except LandloomError as fault:
        faults.append(str(fault))
    try:
        color = hex_color(fields.get("color", ""))
    except LandloomError as fault:
        faults.append(str(fault))
    return _Row(value, fields.get("name", ""), color), faults


def _table(rows: Mapping[str, _Row]) -> ClassTable:
    names: dict[int, list[str]] = {}
    colors: dict[int, str] = {}
    for row in rows.values():
        if row.name and row.name not in names.setdefault(row.value, []):
            names[row.value].append(row.name)
        if row.color:
            colors.setdefault(row.value, row.color)
    values = {code: row.value for code, row in rows.items()}
    classes = {
        value: Entry(" / ".join(names.get(value, [])) or str(value), colors.get(value))
        for value in sorted(set(values.values()))
    }
    return ClassTable(values, classes)


def classes_of(legend: Legend) -> ClassTable:
    """Return the table by which the codes of a legend are the values of the map.

    Raises
    ------
    LandloomError
        If a code is not one from 0 to 254.
    """
    strange = [code for code in legend if not 0 <= code <= MAX_VALUE]
    if strange:
        raise LandloomError(
            f"{CLASSES_KEY}: the codes {strange} do not fit into the map, which holds 0 to "
            f"{MAX_VALUE}; give a table that maps them (code,value)"
        )
    return ClassTable({str(code): code for code in legend}, dict(legend))


def class_table(
    legend: Iterable[tuple[int, str, str | None]] | None, files: Sequence[str | Path]
) -> ClassTable | None:
    """Return the classes table that a configuration names, if it names one.

    Parameters
    ----------
    legend
        Code, name and colour of a built-in legend's classes, whose codes are the values.
    files
        The path of a CSV, which goes before, or nothing.

    Raises
    ------
    LandloomError
        As `classes_of` and `read_classes` do.
    """
    if files:
        return read_classes(files[0])
    entries = {code: Entry(name, color) for code, name, color in legend or ()}
    return classes_of(entries) if entries else None


def values_by_name(classes: Legend, written: Mapping[str, int]) -> dict[str, int]:
    """Return the values of classes by what a user may call them.

    Parameters
    ----------
    classes : Legend
        Their names.
    written : mapping of str to int
        What the reference itself writes, which goes before their names; and a name before a value.
    """
    values = {str(value): value for value in classes}
    names = [entry.name for entry in classes.values()]
    values |= {e.name: v for v, e in classes.items() if names.count(e.name) == 1}
    return values | dict(written)


def missing_codes(codes: Iterable[str], table: ClassTable) -> str:
    """Return what to do about codes that a table does not have.

    Parameters
    ----------
    codes : iterable of str
        All codes that occur.
    table : ClassTable
        The table, whether built-in or a user's own.
    """
    found = set(codes)
    if looks_continuous([int(code) for code in found if re.fullmatch(r"-?\d+", code)]):
        return (
            "so many in a row look like heights or other measured numbers, not classes: see "
            "whether the path is that of another file, or name what holds classes"
        )
    if table not in (classes_of(legend) for legend in BUILT_IN.values()):
        return "add them"
    for name, legend in BUILT_IN.items():
        if found <= {str(code) for code in legend}:
            return f"did you mean {name}?"
    return "name a table of your own that maps them (code,value)"


def class_value(text: str, remedy: str) -> int:
    """Return the class value that a field holds.

    Raises
    ------
    LandloomError
        Where it is not a whole number from 0 to 254; `remedy` says what to do about a whole number
        that is too large or too low.
    """
    try:
        value = whole_number(text)
    except ValueError:
        raise LandloomError(
            f"the value {text!r} is not a whole number, 0 to {MAX_VALUE}; correct it"
        ) from None
    if not 0 <= value <= MAX_VALUE:
        raise LandloomError(
            f"the value {value} does not fit into the map, which holds 0 to {MAX_VALUE}; {remedy}"
        )
    return value

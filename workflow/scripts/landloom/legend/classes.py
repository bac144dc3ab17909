"""Classes tables: how the codes of a reference become the values of the map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from landloom.errors import LandloomError
from landloom.legend.csv_table import code_text, hex_color, read_csv, whole_number
from landloom.legend.legends import BUILT_IN, Entry, Legend
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
    values: dict[str, int] = {}
    names: dict[int, list[str]] = {}
    colors: dict[int, str] = {}
    problems = []
    where = f"{CLASSES_KEY}: {path}"
    table = read_csv(path, ("code", "value"), ("name", "color"), where)
    for line, row in table.rows():
        try:
            code, value = _code_and_value(row, values)
            color = hex_color(row.get("color", ""))
        except LandloomError as problem:
            problems.append(f"line {line}: {problem}")
            continue
        values[code] = value
        name = row.get("name")
        if name and name not in names.setdefault(value, []):
            names[value].append(name)
        if color:
            colors.setdefault(value, color)
    if problems:
        raise LandloomError(f"{where}: {'; '.join(problems)}")
    if not values:
        raise LandloomError(f"{where} has no rows; give one for each class")
    classes = {
        value: Entry(" / ".join(names.get(value, [])) or str(value), colors.get(value))
        for value in sorted(set(values.values()))
    }
    return ClassTable(values, classes)


def _code_and_value(row: Mapping[str, str], known: Mapping[str, int]) -> tuple[str, int]:
    """Return what a row maps and to what."""
    code = code_text(row["code"])
    if not code:
        raise LandloomError("the code is empty; give it or delete the line")
    if code in known:
        raise LandloomError(f"the code {code} is given twice; keep one of the lines")
    return code, class_value(row["value"], "choose another")


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


def missing_codes(codes: Iterable[str], table: ClassTable) -> str:
    """Return what to do about codes that a table does not have.

    Parameters
    ----------
    codes : iterable of str
        All codes that occur.
    table : ClassTable
        The table, whether built-in or a user's own.
    """
    if table not in (classes_of(legend) for legend in BUILT_IN.values()):
        return "add them"
    found = set(codes)
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
        raise LandloomError(f"the value {text!r} is not a whole number, 0 to {MAX_VALUE}") from None
    if not 0 <= value <= MAX_VALUE:
        raise LandloomError(
            f"the value {value} does not fit into the map, which holds 0 to {MAX_VALUE}; {remedy}"
        )
    return value

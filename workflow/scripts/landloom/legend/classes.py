"""Classes tables: how the codes of a reference become the values of the map."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pandas as pd

from landloom.errors import LandloomError
from landloom.legend.legends import BUILT_IN, Entry, Legend

MAX_VALUE = 254
"""The largest class value: maps are uint8 and 255 is their nodata."""

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

    Fields may be separated by commas, semicolons or tabs.

    Several codes may share a value; the value's name is then all their different names, and its
    colour the first one given.

    Raises
    ------
    LandloomError
        If the file or a column is missing, a code is empty or occurs twice, a value is not a whole
        number from 0 to 254, or a colour is not of six hexadecimal digits.
    """
    optional = ("name", "color", "colour")
    table = read_csv(path, ("code", "value"), CLASSES_KEY, optional).rows
    values: dict[str, int] = {}
    names: dict[int, list[str]] = {}
    colors: dict[int, str] = {}
    for line, row in zip(table.index, table.to_dict("records"), strict=True):
        where = f"{CLASSES_KEY}: {path}, line {line}"
        code = code_text(row["code"])
        if not code:
            raise LandloomError(f"{where}: the code is empty; give it or delete the line")
        if code in values:
            raise LandloomError(f"{where}: the code {code} occurs twice; keep one of the lines")
        value = values[code] = class_value(row["value"], where, "choose another")
        name = row.get("name", "").strip()
        if name and name not in names.setdefault(value, []):
            names[value].append(name)
        color = (row.get("color") or row.get("colour") or "").strip().lstrip("#")
        if color and not re.fullmatch("[0-9A-Fa-f]{6}", color):
            raise LandloomError(f"{where}: the color {color!r} is not six hex digits (1A2B3C)")
        if color:
            colors.setdefault(value, color.upper())
    if not values:
        raise LandloomError(f"{CLASSES_KEY}: {path} has no rows; give one for each class")
    classes = {
        value: Entry(" / ".join(names.get(value, [])) or str(value), colors.get(value))
        for value in sorted(set(values.values()))
    }
    return ClassTable(values, classes)


def classes_of(legend: Legend) -> ClassTable:
    """Give the table by which the codes of a legend are the values of the map.

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
    """Say what to do about codes that a table does not have.

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


def code_text(text: str) -> str:
    """Write a code so that 10, ' 10' and 10.0 are one."""
    text = text.strip()
    return str(int(text.split(".")[0])) if re.fullmatch(r"[+-]?\d+(\.0*)?", text) else text


def class_value(text: str, where: str, remedy: str) -> int:
    """Read a class value.

    Raises
    ------
    LandloomError
        If it is not a whole number from 0 to 254; `where` begins the message, and `remedy` says
        what to do about a whole number that is too large or too low.
    """
    code = code_text(text)
    if not re.fullmatch(r"-?\d+", code):
        raise LandloomError(f"{where}: the value {text!r} is not a whole number, 0 to {MAX_VALUE}")
    if not 0 <= int(code) <= MAX_VALUE:
        raise LandloomError(
            f"{where}: the value {code} does not fit into the map, which holds 0 to {MAX_VALUE}; "
            f"{remedy}"
        )
    return int(code)


@dataclass(frozen=True)
class TextTable:
    """Columns of a CSV file, as text.

    Attributes
    ----------
    rows : DataFrame
        The columns asked for; the index is each row's line in the file.
    separator : str
        What separates the fields: a comma, a semicolon or a tab.
    """

    rows: pd.DataFrame
    separator: str


def read_csv(
    path: str | Path, columns: Sequence[str], key: str, optional: Sequence[str] = ()
) -> TextTable:
    """Read columns of a CSV file as text, so that a class called NA stays one.

    Parameters
    ----------
    path : path
        The file, in UTF-8, with a header line. Blank lines do not count.
    columns : sequence of str
        The columns that it must have.
    key : str
        The config key that named it, for messages.
    optional : sequence of str
        Further columns that are read if they are there.

    Raises
    ------
    LandloomError
        If the file cannot be read, is empty, lacks a column or has it twice, or a row has more or
        fewer fields than the header.
    """
    lines = _lines(path, key)
    header = next((line for line in lines if line.strip()), None)
    if header is None:
        raise LandloomError(
            f"{key}: {path} is empty; give it a header line with {', '.join(columns)}, and rows"
        )
    separator, names = _header(header, columns)
    missing = [name for name in columns if name not in names]
    if missing:
        raise LandloomError(
            f"{key}: {path} has no column {' or '.join(missing)}; "
            f"its columns are {', '.join(names)}"
        )
    twice = [name for name in columns if names.count(name) > 1]
    if twice:
        raise LandloomError(f"{key}: {path} has the column {twice[0]} twice; rename one of them")
    places = {name: names.index(name) for name in (*columns, *optional) if name in names}
    numbers, rows, ragged = [], [], []
    reader = csv.reader(lines, delimiter=separator)
    try:
        for fields in reader:
            if not any(field.strip() for field in fields):
                continue
            _drop_empty(fields, len(names))
            if len(fields) != len(names):
                ragged.append(f"line {reader.line_num} has {len(fields)}")
                continue
            numbers.append(reader.line_num)
            rows.append([fields[place] for place in places.values()])
    except csv.Error as error:
        raise LandloomError(
            f"{key}: {path}, line {reader.line_num}: is no CSV ({error}); correct the line"
        ) from None
    if ragged:
        more = f" and {len(ragged) - 5} more" if len(ragged) > 5 else ""
        raise LandloomError(
            f"{key}: {path}: the header has {len(names)} fields, but {', '.join(ragged[:5])}{more};"
            " correct them, and put text that holds the separator into double quotes"
        )
    # The first row is the header.
    frame = pd.DataFrame(rows[1:], index=numbers[1:], columns=list(places), dtype=str)
    return TextTable(frame, separator)


def _lines(path: str | Path, key: str) -> list[str]:
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise LandloomError(f"{key}: cannot read {path} ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise LandloomError(
            f"{key}: {path} is no text in UTF-8 (line {line}); save it as UTF-8, in a spreadsheet "
            "as 'CSV UTF-8'"
        ) from None
    return list(StringIO(text, newline=""))


def _header(line: str, columns: Sequence[str]) -> tuple[str, list[str]]:
    """Give the separator by which a header has most of the columns, then most fields at all."""
    found = []
    for separator in (",", ";", "\t"):
        names = [name.strip() for name in next(csv.reader([line], delimiter=separator))]
        _drop_empty(names, 1)
        known = sum(name in names for name in columns)
        found.append((known, len(names), separator, names))
    _, _, separator, names = max(found, key=lambda one: one[:2])
    return separator, names


def _drop_empty(fields: list[str], least: int) -> None:
    """Take empty fields off the end, as trailing separators leave them."""
    while len(fields) > least and not fields[-1].strip():
        fields.pop()

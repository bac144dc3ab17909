"""Classes tables: how the codes of a reference become the values of the map."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from landloom.errors import LandloomError
from landloom.legends import Entry, Legend

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

    Several codes may share a value; the value's name is then all their different names, and its
    colour the first one given.

    Raises
    ------
    LandloomError
        If the file or a column is missing, a code is empty or occurs twice, a value is not a whole
        number from 0 to 254, or a colour is not of six hexadecimal digits.
    """
    table = read_csv(path, ("code", "value"), CLASSES_KEY)
    values: dict[str, int] = {}
    names: dict[int, list[str]] = {}
    colors: dict[int, str] = {}
    for line, row in enumerate(table.to_dict("records"), start=2):
        where = f"{CLASSES_KEY}: {path}, line {line}"
        code = code_text(row["code"])
        if not code:
            raise LandloomError(f"{where}: the code is empty; give it or delete the line")
        if code in values:
            raise LandloomError(f"{where}: the code {code} occurs twice; keep one of the lines")
        value = values[code] = class_value(row["value"], where)
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


def code_text(text: str) -> str:
    """Write a code so that 10, ' 10' and 10.0 are one."""
    text = text.strip()
    return str(int(text.split(".")[0])) if re.fullmatch(r"[+-]?\d+(\.0*)?", text) else text


def class_value(text: str, where: str) -> int:
    """Read a class value.

    Raises
    ------
    LandloomError
        If it is not a whole number from 0 to 254; `where` begins the message.
    """
    code = code_text(text)
    if not re.fullmatch(r"\d+", code) or int(code) > MAX_VALUE:
        raise LandloomError(f"{where}: the value {text!r} is not a whole number, 0 to {MAX_VALUE}")
    return int(code)


def read_csv(path: str | Path, columns: Iterable[str], key: str) -> pd.DataFrame:
    """Read a CSV file as text, so that a class called NA stays one.

    Parameters
    ----------
    path : path
        The file, in UTF-8, with a header line.
    columns : iterable of str
        The columns that it must have.
    key : str
        The config key that named it, for messages.

    Raises
    ------
    LandloomError
        If the file cannot be read, or lacks a column.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except OSError as error:
        raise LandloomError(f"{key}: cannot read {path} ({error.strerror or error})") from error
    except (ValueError, UnicodeError) as error:
        raise LandloomError(f"{key}: {path} is not a CSV file in UTF-8 ({error})") from error
    table = table.rename(columns=str.strip)
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise LandloomError(
            f"{key}: {path} has no column {' or '.join(missing)}; "
            f"its columns are {', '.join(table.columns)}"
        )
    return table

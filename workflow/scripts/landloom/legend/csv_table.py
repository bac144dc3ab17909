"""Tables in CSV files, as spreadsheets write them; and what stands in those of classes.

A configuration's legend is read whenever a run is planned, so nothing heavy is imported here.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from io import StringIO
from itertools import islice
from pathlib import Path

from landloom.errors import LandloomError
from landloom.job.local_files import odd_kind
from landloom.legend.text import LONGEST, shortened, unfit

_SEPARATORS = (",", ";", "\t")
_SHOWN = 5  # ragged lines
_TOLD = 20  # faults, or columns
_WIDEST = 60  # of a column's name


@dataclass(frozen=True)
class CsvTable:
    """Columns of a CSV file, as text without blanks round it.

    Attributes
    ----------
    columns : dict of str to list of str
        The columns that were asked for, by name.
    lines : list of int
        Each row's line in the file.
    separator : str
        What separates the fields: a comma, a semicolon or a tab.
    """

    columns: dict[str, list[str]]
    lines: list[int]
    separator: str

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield each row's line and its fields by column."""
        for line, *fields in zip(self.lines, *self.columns.values(), strict=True):
            yield line, dict(zip(self.columns, fields, strict=True))


def read_csv(
    path: str | Path,
    columns: Sequence[str],
    optional: Sequence[str] = (),
    where: str = "the file",
    most: int | None = None,
) -> CsvTable:
    """Read columns of a CSV file as text, so that a class called NA stays one.

    Parameters
    ----------
    path
        The file, in UTF-8, with a header line. Fields are separated by commas, semicolons or
        tabs. Blank lines do not count, nor do empty fields at the end of a line. Where ``color`` is
        asked for, a column that is called ``colour`` is taken for it.
    columns
        The columns that it must have.
    optional
        Further columns that are read if they are there.
    where
        What to call the file in messages.
    most
        How many rows are read at most, of a file that is long; all, if it is left out.

    Raises
    ------
    LandloomError
        Where the file cannot be read, is empty, lacks a column or has it twice, or a row has more
        or fewer fields than the header, or a field of the columns holds a control character or
        more than 200 letters: every such row is named.
    """
    lines, is_whole = _lines(path, where, most)
    header = next((line for line in lines if line.strip()), None)
    if header is None:
        raise LandloomError(
            f"{where} is empty; give it a header line with {', '.join(columns)}, and rows"
        )
    wanted = (*columns, *optional)
    spell_color = "color" in wanted and "colour" not in wanted
    try:
        separator, names = _header(header, columns, spell_color)
    except csv.Error as error:
        raise _no_csv(where, lines.index(header) + 1, error) from None
    missing = [name for name in columns if name not in names]
    if missing:
        raise LandloomError(
            f"{where} has no column {' or '.join(map(_shown, missing))}; its columns are "
            f"{_shown_all(names)}; {meant(missing, names)}add it, or rename the one that is meant"
        )
    present = [name for name in wanted if name in names]
    twice = [name for name in present if names.count(name) > 1]
    if twice:
        raise LandloomError(f"{where} has the column {twice[0]} twice; rename one of them")
    numbers, rows = _rows(lines, separator, (len(names), is_whole), where)
    places = {name: names.index(name) for name in present}
    read = {name: [row[place] for row in rows] for name, place in places.items()}
    _check_text(read, numbers, where)
    return CsvTable(read, numbers, separator)


def meant(missing: Sequence[str], names: Sequence[str]) -> str:
    """Return which columns may be meant by some that are not there, for a message with a remedy."""
    by_lower = {name.lower(): name for name in names}
    near = {
        by_lower[found[0]]: None
        for name in missing
        if (found := get_close_matches(name.lower(), by_lower, n=1))
    }
    asked = " and ".join(f"'{_shown(name)}'" for name in near)
    return f"did you mean {asked}? Else " if near else ""


def _shown(name: str) -> str:
    """Return the name of a column so that it can be shown in a line."""
    escaped = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in name
    )
    return shortened(escaped, _WIDEST)


def _shown_all(names: Sequence[str]) -> str:
    """Return the names of columns, of many the first ones."""
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return ", ".join(map(_shown, names[:_TOLD])) + more


def _check_text(columns: Mapping[str, Sequence[str]], lines: Sequence[int], where: str) -> None:
    """Refuse fields that cannot be shown in a line: every one is named."""
    problems = [
        f"line {line}: {name} {fault}"
        for name, fields in columns.items()
        for line, field in zip(lines, fields, strict=True)
        if not (field.isascii() and field.isprintable() and len(field) <= LONGEST)
        if (fault := unfit(field))
    ]
    if problems:
        raise LandloomError(f"{where}: {told(problems)}")


def told(problems: Sequence[str]) -> str:
    """Return the faults of a table as one text: the first ones, and how many more there are."""
    more = f"; and {len(problems) - _TOLD} more" if len(problems) > _TOLD else ""
    return "; ".join(problems[:_TOLD]) + more


def code_text(text: str) -> str:
    """Return a code so that 10, ' 10' and 10.0 are one."""
    text = text.strip()
    return str(int(text.split(".")[0])) if re.fullmatch(r"[+-]?[0-9]+(\.0*)?", text) else text


def whole_number(text: str) -> int:
    """Return the whole number that a field holds.

    Raises
    ------
    ValueError
        Where it holds none; what it should hold is for the caller to say.
    """
    code = code_text(text)
    if not re.fullmatch(r"-?[0-9]+", code):
        raise ValueError(f"no whole number: {text!r}")
    return int(code)


def hex_color(text: str) -> str | None:
    """Return a field's colour as ``RRGGBB``, in capitals; None where it is empty.

    Raises
    ------
    LandloomError
        Where it is no colour.
    """
    if not text:
        return None
    if not re.fullmatch(r"#?[0-9A-Fa-f]{6}", text):
        raise LandloomError(
            f"the colour {text!r} is not six hexadecimal digits, such as 1A2B3C; correct it"
        )
    return text.lstrip("#").upper()


def _lines(path: str | Path, where: str, most: int | None) -> tuple[list[str], bool]:
    """Return the lines of a file, of a longer one the first ones, and whether it is all."""
    if kind := odd_kind(path):
        raise LandloomError(f"{where} is {kind}, not a file; correct the path")
    try:
        with Path(path).open("rb") as file:
            content = file.read() if most is None else b"".join(islice(file, most + 1))
            is_whole = not file.read(1)
    except OSError as error:
        raise LandloomError(
            f"{where} cannot be read ({error.strerror or error}); see to its permissions"
        ) from error
    header = content.lstrip().partition(b"\n")[0]
    fault = 0 if b"\0" in header else -1  # UTF-16, which may be read as UTF-8 all the same
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fault = error.start
    if fault >= 0:
        line = content[:fault].count(b"\n") + 1
        raise LandloomError(
            f"{where} is no text in UTF-8 (line {line}); save it as UTF-8, in a spreadsheet as "
            "'CSV UTF-8'"
        )
    return list(StringIO(text, newline="")), is_whole


def _header(line: str, columns: Sequence[str], spell_color: bool) -> tuple[str, list[str]]:
    """Return the separator by which a header has most of the columns, then most fields at all."""
    found = []
    for separator in _SEPARATORS:
        names = [name.strip() for name in next(csv.reader([line], delimiter=separator))]
        _drop_empty(names, 1)
        if spell_color and "color" not in names:
            names = ["color" if name == "colour" else name for name in names]
        known = sum(name in names for name in columns)
        found.append((known, len(names), separator, names))
    _, _, separator, names = max(found, key=lambda one: one[:2])
    return separator, names


def _rows(
    lines: Sequence[str], separator: str, shape: tuple[int, bool], where: str
) -> tuple[list[int], list[list[str]]]:
    """Return the rows below the header, each as wide as it, and their lines.

    The shape is the header's width, and whether the lines are the whole file: if not, the last row
    may go on, and is left out.
    """
    width, is_whole = shape
    numbers: list[int] = []
    rows: list[list[str]] = []
    ragged: dict[int, str] = {}
    reader = csv.reader(lines, delimiter=separator)
    try:
        for fields in reader:
            if not any(field.strip() for field in fields):
                continue
            _drop_empty(fields, width)
            if len(fields) != width:
                ragged[reader.line_num] = f"line {reader.line_num} has {len(fields)}"
            numbers.append(reader.line_num)
            rows.append([field.strip() for field in fields])
    except csv.Error as error:
        raise _no_csv(where, reader.line_num, error) from None
    if not is_whole and len(rows) > 1:
        rows.pop()
        ragged.pop(numbers.pop(), None)
    if ragged:
        more = f" and {len(ragged) - _SHOWN} more" if len(ragged) > _SHOWN else ""
        raise LandloomError(
            f"{where}: the header has {width} fields, but "
            f"{', '.join(list(ragged.values())[:_SHOWN])}{more}; correct them, and put text that "
            "holds the separator into double quotes"
        )
    return numbers[1:], rows[1:]  # the first row is the header


def _no_csv(where: str, line: int, error: csv.Error) -> LandloomError:
    return LandloomError(f"{where}, line {line}: is no CSV ({error}); correct the line")


def _drop_empty(fields: list[str], least: int) -> None:
    """Take empty fields off the end, as trailing separators leave them."""
    while len(fields) > least and not fields[-1].strip():
        fields.pop()

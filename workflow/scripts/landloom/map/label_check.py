"""What is wrong with a table of labels, told before a run begins.

Of a long table the first rows are looked at: whatever its length, a run starts without delay. The
job that reads all of it looks at the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pyproj.exceptions import ProjError

from landloom.errors import Faults, LandloomError
from landloom.legend.classes import CLASSES_KEY, ClassTable, missing_codes
from landloom.legend.csv_table import read_csv
from landloom.map.label_table import KEY, SECTION, LabelTable, ReferenceTable, read_labels
from landloom.map.label_values import label_values
from landloom.map.reference_table import not_of_the_earth
from landloom.map.table_files import format_of, kind_of
from landloom.map.vector_file import VectorFile, layer_facts, missing_columns
from landloom.raster.coordinates import to_lonlat

MOST_ROWS = 100_000
"""Rows that are looked at: half a second."""

_LARGEST_JSON = 64 * 2**20
"""Bytes of a GeoJSON, which is read as a whole before it tells anything: three seconds."""

_MANY = 10
"""From so many points on, labels that never recur are no classes, but numbers of rows or places."""

_PART = 2**20
"""Bytes of a table that are held where its lines are counted."""


def check_labels(
    reference: ReferenceTable, classes: Callable[[], ClassTable | None], by_group: bool = False
) -> None:
    """Look at a table of labels without the embedding.

    Parameters
    ----------
    reference : ReferenceTable
        The table.
    classes
        Reads the classes table, if there is one.
    by_group
        Whether folds are cut by groups.

    Raises
    ------
    LandloomError
        What is wrong, a line each.
    """
    faults, table, labelled = Faults(), None, None
    with faults.gathered():
        table = classes()
    known_classes = not faults
    if format_of(reference.path) == "GeoJSON" and _size(reference.path) > _LARGEST_JSON:
        faults.tell()
        return
    with faults.gathered():
        labelled = read_labels(reference, MOST_ROWS)
    if labelled is None:
        faults.tell()
        return
    with faults.gathered():
        if known_classes:
            _check_values(reference, labelled, table)
    with faults.gathered():
        _check_years(reference, labelled)
    try:
        to_lonlat(labelled.crs.to_wkt())
    except ProjError:
        faults.add(not_of_the_earth(labelled.crs))
    if by_group and labelled.groups is None:
        faults.add(
            f"map.reference.group: is missing, and {reference.path} has points, not polygons; "
            "folds by 'group' need it, name the table's column of groups"
        )
    faults.tell()


def check_column(path: str, label: str, called: str) -> None:
    """Refuse a table that has no column of this name, by its header alone.

    What else may be wrong with the table is told by `check_labels`.

    Parameters
    ----------
    path
        The table.
    label
        The column.
    called
        What to call the file in messages.

    Raises
    ------
    LandloomError
        With the columns that there are, and the nearest of them.
    """
    if kind_of(path) == "csv":
        read_csv(path, [label], where=called, most=1)
    elif missing := missing_columns(
        layer_facts(VectorFile(path, called, SECTION)), [label], called
    ):
        raise LandloomError(missing)


def points_at_most(reference: ReferenceTable) -> int | None:
    """Return how many points a table has at most; None of polygons, or where it is too long.

    Rows are counted, whether they have a label and lie on the embedding or not; of a CSV the ends
    of lines, as whoever plans a run waits for it.

    Parameters
    ----------
    reference : ReferenceTable
        The table.

    Raises
    ------
    LandloomError
        It cannot be read.
    """
    if kind_of(reference.path) == "csv":
        return _lines_below_the_first(reference.path)
    if format_of(reference.path) == "GeoJSON" and _size(reference.path) > _LARGEST_JSON:
        return None
    polygons = read_labels(reference, 1).polygons
    return None if polygons.size else layer_facts(reference.file).rows


def _lines_below_the_first(path: str | Path) -> int:
    """Return how many lines a text has at most below its first, whichever way they end."""
    feeds = returns = 0
    last = b""
    with Path(path).open("rb") as file:
        while part := file.read(_PART):
            feeds, returns = feeds + part.count(b"\n"), returns + part.count(b"\r")
            last = part[-1:]
    unended = bool(last.strip())
    return max(max(feeds, returns) + unended - 1, 0)


def _size(path: str | Path) -> int:
    return Path(path).stat().st_size if Path(path).exists() else 0


def _check_years(reference: ReferenceTable, labelled: LabelTable) -> None:
    """Refuse years to learn from of which the table has no row."""
    if labelled.years is None or labelled.years.size >= MOST_ROWS:
        return
    found = sorted(set(labelled.years.tolist()))
    if lacking := [year for year in reference.years if year not in found]:
        raise LandloomError(
            f"{SECTION}.year: no row of {reference.path} is of {', '.join(map(str, lacking))} in "
            f"{reference.year}, whose years are {', '.join(map(str, found[:10]))}; name those to "
            "learn from as map.embedding.train"
        )


def _check_values(
    reference: ReferenceTable, labelled: LabelTable, table: ClassTable | None
) -> None:
    values, _ = label_values(labelled.sources, table)
    given = [label for label in labelled.sources.tolist() if label]
    found = set(given)
    if labelled.sources.size >= MOST_ROWS:  # there may be others further down
        return
    if not found:
        raise LandloomError(
            f"{KEY}: no row of {reference.path} has a label in {reference.label}; fill it in, or "
            "name another column as map.reference.label"
        )
    if not table and not labelled.polygons.size and len(given) == len(found) >= _MANY:
        shown = ", ".join(sorted(found)[:3])
        raise LandloomError(
            f"{SECTION}.label: each of the {len(given)} points of {reference.path} has a label of "
            f"its own in {reference.label} ({shown}, …), so that none can test another; name the "
            "column that holds the classes"
        )
    if table and not found & values.keys():
        shown = ", ".join(sorted(found)[:10])
        raise LandloomError(
            f"{CLASSES_KEY}: none of the labels of {reference.path} is in the table ({shown}); "
            f"{missing_codes(found, table)}"
        )

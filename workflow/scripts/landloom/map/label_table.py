"""Tables of labels as their files have them: CSV, Parquet, or files of points or polygons.

Whatever is wrong with a file is told at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pyproj import CRS

from landloom.arrays import Float64s, Int64s, Mask
from landloom.errors import Faults, LandloomError
from landloom.legend.csv_table import CsvTable, code_text, read_csv
from landloom.map.row_checks import row_names
from landloom.map.table_files import kind_of
from landloom.map.table_numbers import numbers_in
from landloom.map.vector_file import (
    LayerFacts,
    Rows,
    VectorFile,
    layer_facts,
    missing_columns,
    read_rows,
)
from landloom.raster.coordinates import LONLAT, known_crs, same_crs

SECTION = "map.reference"
KEY = f"{SECTION}.table"


@dataclass(frozen=True)
class ReferenceTable:
    """A file of labelled points or polygons, and what of it counts.

    Parameters
    ----------
    path : path
        A CSV with a header line, whose fields are separated by commas, semicolons or tabs (with
        semicolons, coordinates may have decimal commas); a GeoPackage, GeoJSON, Shapefile,
        FlatGeobuf or Parquet file.
    x, y : str
        The columns of the coordinates (lon is x, lat is y), where the file has no shapes.
    label : str
        The column of the class.
    crs : str, optional
        The CRS of the coordinates, anything that pyproj knows, such as ``EPSG:4326``, which is what
        None means where the file does not tell it.
    group : str, optional
        The column of groups. Pixels of polygons without one go by their polygon's number.
    layer, where : str, optional
        The layer of a file with several, and which of its rows count, as SQL.
    per_polygon : int, optional
        Pixels of each polygon at most; None for all.
    seed : int
        Chooses these.
    year : str, optional
        The column of years.
    years : tuple of int
        Of which of them rows count.
    """

    path: str | Path
    x: str
    y: str
    label: str
    crs: str | None
    group: str | None = None
    layer: str | None = None
    where: str | None = None
    per_polygon: int | None = None
    seed: int = 42
    year: str | None = None
    years: tuple[int, ...] = ()

    @property
    def attributes(self) -> list[str]:
        """The columns of the class, of groups and of years."""
        return [self.label, *filter(None, (self.group, self.year))]

    @property
    def file(self) -> VectorFile:
        """The file, for those that read layers."""
        return VectorFile(self.path, f"{KEY}: {self.path}", SECTION, self.layer, self.where)


@dataclass(frozen=True)
class LabelTable:
    """Rows of a table, in the order of the file; all of one length, but for the polygons.

    Attributes
    ----------
    x, y : float64, (n,)
        Coordinates of points; NaN where there are polygons.
    polygons : ndarray of polygons, (n,) or (0,)
        In their place.
    crs : CRS
        Of either.
    sources : ndarray of str, (n,)
        The label as the file has it; empty where it has none. Whole numbers are without a point.
    groups : ndarray of str, (n,), optional
        None empty.
    years : int64, (n,), optional
    """

    x: Float64s
    y: Float64s
    crs: CRS
    sources: npt.NDArray[np.object_]
    groups: npt.NDArray[np.object_] | None = None
    polygons: npt.NDArray[np.object_] = field(default_factory=lambda: np.empty(0, np.object_))
    years: Int64s | None = None


def read_labels(reference: ReferenceTable, most: int | None = None) -> LabelTable:
    """Read a table of labels.

    Parameters
    ----------
    reference : ReferenceTable
        The file.
    most : int, optional
        How many rows are read at most; all, if it is left out.

    Raises
    ------
    LandloomError
        If the file, a layer, a column or the CRS is not there, coordinates or shapes are not as
        they should be, or there are no rows: all of it, a line each.
    """
    if kind_of(reference.path) == "csv":
        return _from_csv(reference, most)
    facts = layer_facts(reference.file)
    plain = not facts.has_shapes
    faults = Faults()
    columns = [*([reference.x, reference.y] if plain else []), *reference.attributes]
    if missing := missing_columns(facts, columns, reference.file.called):
        faults.add(missing)
    there = [name for name in columns if name in facts.columns]
    crs = rows = None
    with faults.gathered():
        crs = _crs(reference, facts, plain)
    with faults.gathered():
        rows = read_rows(reference.file, facts, there, most)
    groups = years = x = y = None
    if rows is not None:
        x, y = rows.x, rows.y
        if plain and not missing:
            x, y = (
                numbers_in(rows.columns[name].tolist(), ",") for name in (reference.x, reference.y)
            )
            with faults.gathered():
                _check_coordinates(reference, rows, x, y)
        groups = rows.columns.get(reference.group or "")
        if groups is not None and (empty := rows.ids[groups == ""]).size:
            faults.add(_no_group(reference.group, empty.size, row_names(empty)))
        if reference.year in rows.columns:
            with faults.gathered():
                years = _years_of(rows.columns[reference.year], rows.ids, reference.year, row_names)
    faults.tell()
    assert rows is not None
    assert crs is not None
    assert x is not None
    assert y is not None
    if rows.shapes.size and groups is None:
        groups = np.array(list(map(str, rows.ids.tolist())), np.object_)
    sources = _codes(rows.columns[reference.label])
    return LabelTable(x, y, crs, sources, groups, rows.shapes, years)


def _years_of(
    texts: Sequence[str] | npt.NDArray[np.object_],
    ids: npt.ArrayLike,
    name: str,
    called: Callable[[Sequence[int]], str],
) -> Int64s:
    """Return years, of which a date begins with one.

    Raises
    ------
    LandloomError
        Rows have none that can be read.
    """
    found = [re.match(r"(\d{1,4})(\.0*)?(-\d\d.*)?$", text) for text in texts]
    bad = [row for row, year in zip(np.asarray(ids).tolist(), found, strict=True) if not year]
    if bad:
        raise LandloomError(
            f"{SECTION}.year: {len(bad)} rows have no year in {name} ({called(bad)}); fill it in "
            "as 2018, or as a date that begins with it"
        )
    return np.array([int(year[1]) for year in found if year], np.int64)


def _codes(texts: Sequence[str] | npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    known: dict[str, str] = {}
    return np.array([known.setdefault(t, code_text(t)) for t in texts], np.object_)


def _crs(reference: ReferenceTable, facts: LayerFacts, plain: bool) -> CRS:
    """Return the CRS that a file brings, or the one that is given for it."""
    given = None if reference.crs is None else known_crs(reference.crs, f"{SECTION}.crs")
    if plain:
        return given or CRS.from_user_input(LONLAT)
    if facts.crs is None:
        if given is None:
            raise LandloomError(
                f"{KEY}: {reference.path} has no CRS; assign one in QGIS and export it anew, or "
                f"name it as {SECTION}.crs"
            )
        return given
    if given is not None and not same_crs(given, facts.crs):
        raise LandloomError(
            f"{SECTION}.crs: {reference.crs!r} is given, but {reference.path} is in "
            f"{facts.crs.to_string()[:60]}; leave the key out"
        )
    return facts.crs


def _check_coordinates(reference: ReferenceTable, rows: Rows, x: Float64s, y: Float64s) -> None:
    bad = rows.ids[~(np.isfinite(x) & np.isfinite(y))]
    if bad.size:
        raise LandloomError(
            f"{KEY}: {bad.size} rows of {reference.path} have no readable coordinates "
            f"({row_names(bad)}); correct or delete them"
        )


def _from_csv(reference: ReferenceTable, most: int | None) -> LabelTable:
    faults = Faults()
    crs = text = east = north = years = None
    with faults.gathered():
        crs = known_crs(reference.crs or LONLAT, f"{SECTION}.crs")
    with faults.gathered():
        columns = [reference.x, reference.y, *reference.attributes]
        text = read_csv(reference.path, columns, where=f"{KEY}: {reference.path}", most=most)
        if not text.lines:
            raise LandloomError(f"{KEY}: {reference.path} has no rows; give one for each point")
        if reference.group:
            with faults.gathered():
                _check_groups(text, reference.group)
        if reference.year:
            with faults.gathered():
                years = _years_of(text.columns[reference.year], text.lines, reference.year, _named)
        east, north = _coordinates(text, reference)
    faults.tell()
    assert crs is not None
    assert text is not None
    assert east is not None
    assert north is not None
    groups = np.array(text.columns[reference.group], np.object_) if reference.group else None
    sources = _codes(text.columns[reference.label])
    return LabelTable(east, north, crs, sources, groups, years=years)


def _coordinates(text: CsvTable, reference: ReferenceTable) -> tuple[Float64s, Float64s]:
    x, y, label = reference.x, reference.y, reference.label
    east, north = (numbers_in(text.columns[name], text.separator) for name in (x, y))
    bad = np.flatnonzero(~(np.isfinite(east) & np.isfinite(north)))
    if bad.size:
        rows = list(text.rows())
        shown = "; ".join(
            f"line {line}: {x}={row[x]!r}, {y}={row[y]!r}"
            for line, row in (rows[number] for number in bad[:5])
        )
        unnamed = [line for line, row in rows if not row[label]]
        besides = f"; {len(unnamed)} rows have no {label} ({_named(unnamed)})" if unnamed else ""
        raise LandloomError(
            f"{KEY}: {bad.size} rows of {reference.path} have no readable coordinates ({shown}"
            f"{'; …' if bad.size > 5 else ''}){besides}; correct or delete them"
        )
    return east, north


def _check_groups(text: CsvTable, name: str) -> None:
    """Refuse points that have no group."""
    without: Mask = np.array(text.columns[name], dtype=object) == ""
    lines = np.array(text.lines)[without].tolist()
    if lines:
        raise LandloomError(_no_group(name, len(lines), _named(lines)))


def _no_group(name: str | None, count: int, where: str) -> str:
    return (
        f"{SECTION}.group: {count} rows have no {name} ({where}); fill it in, a value of its own "
        "for a row that belongs to none"
    )


def _named(lines: Sequence[int]) -> str:
    more = ", …" if len(lines) > 5 else ""
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines[:5]))}{more}"

"""Independent reference points: read from a CSV, or from a file of places as QGIS leaves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import CRS

from landloom.arrays import Float64s
from landloom.errors import Faults, LandloomError
from landloom.legend.csv_table import code_text, read_csv
from landloom.map.table_files import kind_of
from landloom.map.table_numbers import numbers_in
from landloom.map.vector_file import VectorFile, layer_facts, missing_columns, read_rows
from landloom.raster.coordinates import known_crs

KEY = "map.validation"
MOST_ROWS = 100_000
"""Rows that are looked at before a run begins: half a second."""

_SHOWN = 5


@dataclass(frozen=True)
class PointFile:
    """A file of reference points, and its columns.

    Attributes
    ----------
    path
        CSV with a header line, a GeoPackage, GeoJSON, Shapefile or FlatGeobuf with one layer of
        points, or a Parquet file.
    x, y : str
        Columns of the coordinates, where the file has no shapes.
    label : str
        Column of the class in reference.
    crs : str
        CRS of these coordinates.
    stratum, weight : str, optional
        Columns of the stratum that a point was drawn in, and of the pixels that it stands for;
        None where they are not to be used.
    needed : set of str
        Which of the two have to be there; another is used if it is.
    layer : str, optional
        The layer of a file with several.
    """

    path: str | Path
    x: str = "lon"
    y: str = "lat"
    label: str = "label"
    crs: str = "EPSG:4326"
    stratum: str | None = "stratum"
    weight: str | None = "weight"
    needed: frozenset[str] = frozenset()
    layer: str | None = None

    @property
    def where(self) -> str:
        """What to call the file in messages."""
        return f"{KEY}.table: {self.path}"

    @property
    def always(self) -> list[str]:
        """Columns besides the coordinates that have to be there."""
        return [self.label, *(name for name in self.design if name in self.needed)]

    @property
    def design(self) -> list[str]:
        """Columns of stratum and weight that are used, if they are there."""
        return [name for name in (self.stratum, self.weight) if name]


@dataclass(frozen=True)
class ReferencePoints:
    """Points as their file has them; all of one length.

    Attributes
    ----------
    names : list of str
        What to call each in messages.
    x, y : float64, (n,)
        Coordinates, finite.
    crs : CRS
        Of the coordinates.
    labels : list of str
        The class in reference; empty where there is none.
    strata, weights : list of str, optional
        None where the file has no such column, or it is not to be used.
    """

    names: list[str]
    x: Float64s
    y: Float64s
    crs: CRS
    labels: list[str]
    strata: list[str] | None
    weights: list[str] | None


def read_points(file: PointFile, most: int | None = None) -> ReferencePoints:
    """Read reference points.

    Parameters
    ----------
    file : PointFile
        The file.
    most : int, optional
        How many rows are read at most; all, if it is left out.

    Raises
    ------
    LandloomError
        Where the file, a column, the CRS or a coordinate is not there or cannot be read, what is no
        point is in it, or it has no rows: all of it, a line each.
    """
    if kind_of(file.path) == "csv":
        return _from_csv(file, most)
    return _from_layer(file, most)


def check_points(file: PointFile) -> None:
    """Look at the first rows of a file, without a map.

    Raises
    ------
    LandloomError
        As `read_points`, and where not one of them has a label.
    """
    points = read_points(file, MOST_ROWS)
    if not any(points.labels) and len(points.labels) < MOST_ROWS:
        raise LandloomError(
            f"{file.where}: {len(points.labels)} of {len(points.labels)} points have no "
            f"{file.label}; label them"
        )


def some(names: Sequence[str], chosen: Any) -> str:  # noqa: ANN401
    """Return the first of some points by name, and whether there are more."""
    shown = [names[number] for number in list(chosen)[:_SHOWN]]
    return ", ".join([*shown, *(["…"] if len(chosen) > _SHOWN else [])])


def _from_csv(file: PointFile, most: int | None) -> ReferencePoints:
    faults = Faults()
    wanted = [file.x, file.y, *file.always]
    optional = [name for name in file.design if name not in wanted]
    crs = table = x = y = None
    with faults.gathered():
        crs = known_crs(file.crs, f"{KEY}.crs")
    with faults.gathered():
        table = read_csv(file.path, wanted, optional, file.where, most)
        if not table.lines:
            raise LandloomError(f"{file.where} has no rows; give one for each point")
        x, y = (numbers_in(table.columns[name], table.separator) for name in (file.x, file.y))
        _check_coordinates(file, [f"line {line}" for line in table.lines], x, y)
    faults.tell()
    assert crs is not None
    assert table is not None
    assert x is not None
    assert y is not None
    weights = table.columns.get(file.weight or "")
    if weights and table.separator == ";":  # as in `numbers_in`
        weights = [text.replace(",", ".") for text in weights]
    return ReferencePoints(
        names=[f"line {line}" for line in table.lines],
        x=x,
        y=y,
        crs=crs,
        labels=[code_text(text) for text in table.columns[file.label]],
        strata=_codes(table.columns.get(file.stratum or "")),
        weights=weights,
    )


def _check_coordinates(file: PointFile, names: list[str], x: Float64s, y: Float64s) -> None:
    bad = np.flatnonzero(~(np.isfinite(x) & np.isfinite(y)))
    if bad.size:
        raise LandloomError(
            f"{file.where}: {bad.size} points have no readable coordinates ({some(names, bad)}); "
            "correct or delete them"
        )


def _codes(texts: Sequence[str] | None) -> list[str] | None:
    return None if texts is None else [code_text(text) for text in texts]


def _from_layer(file: PointFile, most: int | None) -> ReferencePoints:
    """Read points with shapes; a Parquet file without any has columns of coordinates."""
    layer = VectorFile(file.path, file.where, KEY, file.layer)
    facts = layer_facts(layer)
    faults = Faults()
    needed = [*([] if facts.has_shapes else [file.x, file.y]), *file.always]
    if missing := missing_columns(facts, needed, file.where):
        faults.add(missing)
    crs = facts.crs
    if not facts.has_shapes:
        with faults.gathered():
            crs = known_crs(file.crs, f"{KEY}.crs")
    elif crs is None:
        faults.add(f"{file.where} has no CRS; assign one in QGIS, and export it anew")
    asked = [name for name in (*needed, *file.design) if name in facts.columns]
    rows = None
    with faults.gathered():
        rows = read_rows(layer, facts, asked, most)
        if rows.shapes.size:
            faults.add(f"{file.where} has polygons; make single points of them")
    if rows is None or missing:
        faults.tell()
        raise AssertionError("nothing was read, and nothing said")
    names = [f"row {row}" for row in rows.ids.tolist()]
    x, y = rows.x, rows.y
    if not facts.has_shapes:
        x, y = (numbers_in(rows.columns[name].tolist(), ",") for name in (file.x, file.y))
        with faults.gathered():
            _check_coordinates(file, names, x, y)
    faults.tell()
    assert crs is not None
    texts = {name: column.tolist() for name, column in rows.columns.items()}
    return ReferencePoints(
        names=names,
        x=x,
        y=y,
        crs=crs,
        labels=[code_text(text) for text in texts[file.label]],
        strata=_codes(texts.get(file.stratum or "")),
        weights=texts.get(file.weight or ""),
    )

"""Reference labels from a table: the points of a CSV file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pyproj import CRS
from pyproj.exceptions import ProjError

from landloom.arrays import Float64s, Mask
from landloom.errors import LandloomError
from landloom.legend.classes import CLASSES_KEY, ClassTable, class_value, missing_codes
from landloom.legend.csv_table import CsvTable, code_text, read_csv
from landloom.legend.legends import Entry, Legend
from landloom.legend.values import MAX_VALUE
from landloom.map.locating import locate
from landloom.map.points import Points, listed, occurring, point_frame
from landloom.map.table_numbers import numbers_in
from landloom.map.zones import NOBODY, ZonedEmbedding
from landloom.raster.bounds import Bounds
from landloom.raster.coordinates import known_crs, to_lonlat

_KEY = "map.reference.table"


@dataclass(frozen=True)
class ReferenceTable:
    """A CSV file of labelled points.

    Parameters
    ----------
    path : path
        The file, with a header line. Fields are separated by commas, semicolons or tabs; with
        semicolons, coordinates may have decimal commas.
    x, y, label : str
        The columns of the coordinates (lon is x, lat is y) and of the class.
    crs : str
        The CRS of the coordinates, anything that pyproj knows, such as ``EPSG:4326``.
    group : str, optional
        The column of groups.
    """

    path: str | Path
    x: str
    y: str
    label: str
    crs: str
    group: str | None = None


def points_from_table(
    reference: ReferenceTable, embedding: ZonedEmbedding, table: ClassTable | None = None
) -> Points:
    """Read labelled points from a CSV file.

    Parameters
    ----------
    reference : ReferenceTable
        The file.
    embedding : ZonedEmbedding
        Points that do not lie on it are left out, and counted.
    table : ClassTable, optional
        Maps labels to class values. Points whose label it does not have are left out, and counted.
        Without it, whole numbers are the values; and if any label is text, the labels are numbered
        1, 2, … in sorted order, over the whole file.

    Returns
    -------
    Points
        In the order of the file.

    Raises
    ------
    LandloomError
        If the file, a column or the CRS is not there, coordinates are not numbers, or no point
        remains.
    """
    path = reference.path
    columns = [reference.x, reference.y, reference.label]
    columns += [reference.group] if reference.group else []
    text = read_csv(path, columns, where=f"{_KEY}: {path}")
    if not text.lines:
        raise LandloomError(f"{_KEY}: {path} has no rows; give one for each point")
    east, north = _coordinates(text, reference)
    given = known_crs(reference.crs, "map.reference.crs")
    try:
        zones, x, y = locate(embedding, given, east, north)
    except ProjError as error:
        raise LandloomError(
            f"map.reference.crs: {reference.crs!r} cannot be led to the embedding's; is it one of "
            "the Earth? Give a name such as EPSG:4326"
        ) from error
    inside = zones != NOBODY
    if not inside.any():
        swapped = bool((locate(embedding, given, north, east)[0] != NOBODY).any())
        bounds = embedding.bounds(given)
        raise LandloomError(_all_outside(path, bounds, (east, north), given, swapped))
    codes = map(code_text, text.columns[reference.label])
    sources = np.array(list(codes), dtype=object)
    values, classes = _label_values(sources, table)
    labels = [values.get(source) for source in sources]
    dropped: Counter[str] = Counter()
    keep = inside.copy()
    dropped["reference points outside the embedding"] = int(np.count_nonzero(~inside))
    for number in np.flatnonzero(inside):
        if labels[number] is None:
            source = sources[number]
            reason = f"of code {source}, not in the classes table" if source else "without a label"
            dropped[f"reference points {reason}"] += 1
            keep[number] = False
    remedy = ""
    if table and any(sources[inside & ~keep]):
        remedy = f"; {CLASSES_KEY}: {missing_codes(set(sources) - {''}, table)}"
    if not keep.any():
        raise LandloomError(
            f"{_KEY}: no point of {path} on the embedding has a class: {listed(dropped)}{remedy}"
        )
    lon, lat = to_lonlat(given.to_wkt()).transform(east, north)
    frame = point_frame(
        lon=lon[keep],
        lat=lat[keep],
        spots=embedding.spots(zones[keep], x[keep], y[keep]),
        source=sources[keep],
        label=[labels[number] for number in np.flatnonzero(keep)],
    )
    if reference.group:
        frame.insert(frame.columns.get_loc("label"), "group", _groups(text, reference.group, keep))
    counts = {reason: number for reason, number in dropped.items() if number}
    return Points(
        frame=frame,
        classes=occurring(frame, classes),
        dropped=counts,
        notes=tuple(f"{number} {reason}: left out" for reason, number in counts.items()),
    )


def _groups(text: CsvTable, name: str, keep: Mask) -> list[str]:
    """Return the groups of the points that are kept, none of them empty."""
    groups: list[str] = np.array(text.columns[name], dtype=object)[keep].tolist()
    lines = np.array(text.lines)[keep]
    empty = [int(line) for line, group in zip(lines, groups, strict=True) if not group]
    if empty:
        raise LandloomError(
            f"map.reference.group: {len(empty)} points have no {name} ({_named(empty)}); fill it "
            "in, a value of its own for a point that belongs to none"
        )
    return groups


def _label_values(
    sources: npt.NDArray[np.object_], table: ClassTable | None
) -> tuple[Mapping[str, int], Legend]:
    """Return the class value of every label, and what the values mean."""
    if table:
        return table.values, table.classes
    names = sorted({source for source in sources if source})
    if all(re.fullmatch(r"-?\d+", name) for name in names):
        values = {name: _own_value(name) for name in names}
    elif len(names) > MAX_VALUE:
        raise LandloomError(
            f"{_KEY}: {len(names)} different labels, but a map holds {MAX_VALUE} classes; "
            "check map.reference.label"
        )
    else:
        values = {name: number for number, name in enumerate(names, start=1)}
    return values, {value: Entry(name) for name, value in values.items()}


def _own_value(name: str) -> int:
    try:
        return class_value(name, f"map it in {CLASSES_KEY}")
    except LandloomError as error:
        raise LandloomError(f"{_KEY}: {error}") from None


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
            f"{_KEY}: {bad.size} rows of {reference.path} have no readable coordinates ({shown}"
            f"{'; …' if bad.size > 5 else ''}){besides}; correct or delete them"
        )
    return east, north


def _named(lines: Sequence[int]) -> str:
    more = ", …" if len(lines) > 5 else ""
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines[:5]))}{more}"


def _all_outside(
    path: str | Path, bounds: Bounds, at: tuple[Float64s, Float64s], crs: CRS, swapped: bool
) -> str:
    spans = [f"{axis.min():.6g} to {axis.max():.6g}" for axis in at]
    here = "x {0:.6g} to {2:.6g}, y {1:.6g} to {3:.6g}".format(*bounds)
    hint = (
        "x and y seem to be swapped"
        if swapped
        else "check map.reference.x, .y and .crs, and the embedding"
    )
    return (
        f"{_KEY}: all {at[0].size} points of {path} lie outside the embedding: in "
        f"{crs.to_string()[:60]} they span x {spans[0]}, y {spans[1]}; "
        f"the embedding spans {here}; {hint}"
    )

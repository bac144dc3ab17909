"""Reference labels from a table: the points of a CSV file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import CRS
from pyproj.exceptions import CRSError

from landloom.classes import MAX_VALUE, ClassTable, class_value, code_text, read_csv
from landloom.coverage import PixelGrid, coordinates
from landloom.embedding import EmbeddingInfo
from landloom.errors import LandloomError
from landloom.legends import Entry, Legend
from landloom.points import Points, listed, occurring, point_frame
from landloom.raster import Floats, to_lonlat

_KEY = "map.reference.table"


def points_from_table(
    path: str | Path,
    info: EmbeddingInfo,
    *,
    x: str,
    y: str,
    label: str,
    crs: str,
    table: ClassTable | None = None,
) -> Points:
    """Read labelled points from a CSV file.

    Parameters
    ----------
    path : path
        The file, with a header line.
    info : EmbeddingInfo
        The embedding. Points that do not lie on it are left out, and counted.
    x, y, label : str
        The columns of the coordinates (lon is x, lat is y) and of the class.
    crs : str
        The CRS of the coordinates, anything that pyproj knows, such as ``EPSG:4326``.
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
    rows = read_csv(path, (x, y, label), _KEY)
    if rows.empty:
        raise LandloomError(f"{_KEY}: {path} has no rows; give one for each point")
    east, north = _coordinates(rows, x, y, path)
    try:
        given = CRS.from_user_input(crs)
    except CRSError as error:
        raise LandloomError(
            f"map.reference.crs: {crs!r} is no known CRS; give a name such as EPSG:4326"
        ) from error
    grid = PixelGrid.of(info)
    onto = coordinates(given, grid.crs)
    there_x, there_y = onto(east, north)
    row, col = grid.pixels(there_x, there_y)
    inside = grid.holds(row, col)
    if not inside.any():
        swapped = grid.holds(*grid.pixels(*onto(north, east)))
        raise LandloomError(_all_outside(path, grid, (east, north), given, bool(swapped.any())))
    sources = np.array([code_text(text) for text in rows[label]], dtype=object)
    values, classes = _label_values(sources, table)
    labels = [values.get(source) for source in sources]
    dropped: Counter[str] = Counter()
    keep = inside.copy()
    dropped["outside the embedding"] = int(np.count_nonzero(~inside))
    for number in np.flatnonzero(inside):
        if labels[number] is None:
            source = sources[number]
            dropped[f"class {source} not in the classes table" if source else "no label"] += 1
            keep[number] = False
    if not keep.any():
        raise LandloomError(
            f"{_KEY}: no point of {path} on the embedding has a class: {listed(dropped)}"
        )
    lon, lat = to_lonlat(given.to_wkt()).transform(east, north)
    frame = point_frame(
        lon=lon[keep],
        lat=lat[keep],
        x=there_x[keep],
        y=there_y[keep],
        row=row[keep],
        col=col[keep],
        source=sources[keep],
        label=[labels[number] for number in np.flatnonzero(keep)],
    )
    counts = {reason: number for reason, number in dropped.items() if number}
    return Points(
        frame=frame,
        classes=occurring(frame, classes),
        dropped=counts,
        notes=tuple(f"{number} points left out: {reason}" for reason, number in counts.items()),
    )


def _label_values(
    sources: npt.NDArray[np.object_], table: ClassTable | None
) -> tuple[Mapping[str, int], Legend]:
    """Give the class value of every label, and what the values mean."""
    if table:
        return table.values, table.classes
    names = sorted({source for source in sources if source})
    if all(re.fullmatch(r"-?\d+", name) for name in names):
        values = {name: class_value(name, f"{_KEY}: label {name}") for name in names}
    elif len(names) > MAX_VALUE:
        raise LandloomError(
            f"{_KEY}: {len(names)} different labels, but a map holds {MAX_VALUE} classes; "
            "check map.reference.label"
        )
    else:
        values = {name: number for number, name in enumerate(names, start=1)}
    return values, {value: Entry(name) for name, value in values.items()}


def _coordinates(rows: pd.DataFrame, x: str, y: str, path: str | Path) -> tuple[Floats, Floats]:
    columns = [pd.to_numeric(rows[name], errors="coerce").to_numpy(float) for name in (x, y)]
    bad = np.flatnonzero(~(np.isfinite(columns[0]) & np.isfinite(columns[1])))
    if bad.size:
        shown = "; ".join(
            f"line {row + 2}: {x}={rows[x].iloc[row]!r}, {y}={rows[y].iloc[row]!r}"
            for row in bad[:5]
        )
        raise LandloomError(
            f"{_KEY}: {bad.size} rows of {path} have no readable coordinates ({shown}"
            f"{'; …' if bad.size > 5 else ''}); correct or delete them"
        )
    return columns[0], columns[1]


def _all_outside(
    path: str | Path, grid: PixelGrid, at: tuple[Floats, Floats], crs: CRS, swapped: bool
) -> str:
    spans = [f"{axis.min():.6g} to {axis.max():.6g}" for axis in at]
    here = "({:.6g}, {:.6g}, {:.6g}, {:.6g})".format(*grid.bounds(crs))
    hint = (
        "x and y seem to be swapped"
        if swapped
        else "check map.reference.x, .y and .crs, and the embedding"
    )
    return (
        f"{_KEY}: all {at[0].size} points of {path} lie outside the embedding: in "
        f"{crs.to_string()[:60]} they span x {spans[0]}, y {spans[1]}, the embedding {here}; {hint}"
    )

"""Labels that contradict each other: several points on one pixel that are of different classes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from landloom.errors import LandloomError
from landloom.map.points import Points
from landloom.map.zones import ZonedEmbedding
from landloom.raster.coordinates import to_lonlat

Remedy = Literal["drop", "majority"]

COLUMNS = ("lon", "lat", "zone", "row", "col", "source", "label", "points", "kept")
"""Columns of the table of conflicts."""

NONE = pd.DataFrame(columns=list(COLUMNS))
"""The table where no points contradict each other."""

_PIXEL = ["zone", "row", "col"]


def without_conflicts(
    points: Points, embedding: ZonedEmbedding, remedy: Remedy
) -> tuple[Points, pd.DataFrame]:
    """Leave out points that contradict others on their pixel.

    Parameters
    ----------
    points : Points
        Labelled points.
    embedding : ZonedEmbedding
        On which they lie.
    remedy : str
        `drop`: all points of the pixel. `majority`: those that are not of the class with most
        points there; all of them, where two classes have as many.

    Returns
    -------
    points : Points
        Those that are left, in their order; several of one class on a pixel stay. What left is in
        `dropped` and the notes.
    conflicts : DataFrame
        A row for each label on each pixel with several classes, by zone, row, column and label:
        see `COLUMNS`.

    Raises
    ------
    LandloomError
        No point is left.
    """
    frame = points.frame
    pixels = frame if "zone" in frame else frame.assign(zone="")
    pixel = _pixel_of(pixels)
    classes = pixels.drop_duplicates([*pixel, "label"])
    torn = pd.MultiIndex.from_frame(classes.loc[classes.duplicated(pixel), pixel])
    concerned = pd.MultiIndex.from_frame(pixels[pixel]).isin(torn)
    there = pixels[concerned]
    if there.empty:
        return points, NONE
    won = _majorities(there) if remedy == "majority" else there.iloc[:0]
    on_pixel = [*pixel, "label"]
    kept = pd.MultiIndex.from_frame(there[on_pixel]).isin(pd.MultiIndex.from_frame(won[on_pixel]))
    keep = ~concerned
    keep[concerned] = kept
    left = frame[keep].reset_index(drop=True)
    dropped = int(np.count_nonzero(~keep))
    count, settled = torn.nunique(), len(won)
    outcome = f"{settled} go with the majority, " if remedy == "majority" else ""
    note = (
        f"{count} pixels of the embedding have labels of several classes: {outcome}{dropped} "
        "points are left out; map/conflicts.csv lists them"
    )
    if left.empty:
        raise LandloomError(
            f"map.reference.table: on each pixel the labels contradict each other ({note}); "
            "correct them, or set map.reference.conflicts: majority"
        )
    gone = sorted(points.classes.keys() - set(left["label"].unique().tolist()))
    names = ", ".join(points.classes[value].name for value in gone)
    notes = [note, *([f"no point is left of {names}"] if gone else [])]
    told = Points(
        frame=left,
        classes={value: kind for value, kind in points.classes.items() if value not in gone},
        dropped={**points.dropped, "reference points that contradict others": dropped},
        notes=(*points.notes, *notes),
    )
    return told, _table(there.assign(kept=kept), embedding)


def _pixel_of(points: pd.DataFrame) -> list[str]:
    """Return the columns by which points lie on one pixel; with years, in one of these."""
    return [*_PIXEL, *(["year"] if "year" in points else [])]


def _majorities(points: pd.DataFrame) -> pd.DataFrame:
    """Return the pixels on which one class has more points than any other, and that class."""
    pixel = _pixel_of(points)
    votes = points.groupby([*pixel, "label"], as_index=False).size()
    leading = votes[votes["size"] == votes.groupby(pixel)["size"].transform("max")]
    return leading[~leading.duplicated(pixel, keep=False)]


def _table(points: pd.DataFrame, embedding: ZonedEmbedding) -> pd.DataFrame:
    pixel = _pixel_of(points)
    by = [*pixel, "label", "source"]
    table = points.groupby(by, as_index=False).agg(points=("kept", "size"), kept=("kept", "first"))
    lon, lat = np.empty((2, len(table)))
    for zone in embedding.zones:
        own = np.flatnonzero(table["zone"] == zone.name)
        grid, at = zone.info.grid, table.iloc[own]
        there = grid.centres(at["row"].to_numpy(), at["col"].to_numpy())
        lon[own], lat[own] = to_lonlat(grid.wkt).transform(*there)
    table = table.assign(lon=lon, lat=lat)
    return table[[*COLUMNS, *(["year"] if "year" in pixel else [])]]


def write_conflicts(conflicts: pd.DataFrame, path: str | Path) -> None:
    """Write the table as CSV: with its header alone, where no points contradict each other."""
    kept = conflicts["kept"].map({True: "yes", False: "no"})
    conflicts.assign(kept=kept).to_csv(
        path, index=False, float_format="%.7f", lineterminator="\n", encoding="utf-8"
    )

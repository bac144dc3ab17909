"""Reference labels from a table: points, or the pixels of polygons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import ProjError

from landloom.arrays import Float64s, Int64s
from landloom.errors import LandloomError
from landloom.legend.classes import CLASSES_KEY, ClassTable, missing_codes
from landloom.map.label_table import KEY, SECTION, LabelTable, ReferenceTable, read_labels
from landloom.map.label_values import alike, label_values
from landloom.map.locating import locate
from landloom.map.points import Points, listed, occurring, point_frame
from landloom.map.polygons import pixels_of
from landloom.map.zones import NOBODY, Owners, ZonedEmbedding
from landloom.raster.bounds import Bounds
from landloom.raster.coordinates import to_lonlat


def points_from_table(
    reference: ReferenceTable, embedding: ZonedEmbedding, table: ClassTable | None = None
) -> Points:
    """Read labelled points, or take the pixels of labelled polygons.

    Parameters
    ----------
    reference : ReferenceTable
        The file.
    embedding : ZonedEmbedding
        Points that do not lie on it are left out, and counted, and so are polygons that hold none
        of its pixels' centres.
    table : ClassTable, optional
        Maps labels to class values. Points whose label it does not have are left out, and counted.
        Without it, whole numbers are the values; and if any label is text, the labels are numbered
        1, 2, … in sorted order, over the whole file.

    Returns
    -------
    Points
        In the order of the file; pixels of a polygon by row and column.

    Raises
    ------
    LandloomError
        If the file cannot be used (see `read_labels`), or no point remains.
    """
    labelled = read_labels(reference)
    values, classes = label_values(labelled.sources, table)
    place = _place_polygons if labelled.polygons.size else _place_points
    placed = place(labelled, embedding, reference)
    dropped = Counter(placed.dropped)
    sources = labelled.sources[placed.rows]
    labels = np.array([values.get(source) for source in sources], np.object_)
    keep = np.array([label is not None for label in labels], np.bool_)
    for source in sources[~keep]:
        reason = f"of code {source}, not in the classes table" if source else "without a label"
        dropped[f"reference points {reason}"] += 1
    years = None if labelled.years is None else labelled.years[placed.rows]
    if years is not None:
        for year in np.unique(years[keep & ~np.isin(years, reference.years)]).tolist():
            here = keep & (years == year)
            dropped[f"reference points of {year}, none of the years that are learned from"] = int(
                np.count_nonzero(here)
            )
            keep &= ~here
    remedy = ""
    if table and any(sources[~keep]):
        remedy = f"; {CLASSES_KEY}: {missing_codes(set(labelled.sources) - {''}, table)}"
    if not keep.any():
        raise LandloomError(
            f"{KEY}: no point of {reference.path} on the embedding has a class: {listed(dropped)}"
            f"{remedy}"
        )
    frame = point_frame(
        lon=placed.lon[keep],
        lat=placed.lat[keep],
        spots=embedding.spots(placed.zones[keep], placed.x[keep], placed.y[keep]),
        source=sources[keep],
        label=labels[keep].tolist(),
    )
    if labelled.groups is not None:
        groups = labelled.groups[placed.rows][keep].tolist()
        frame.insert(frame.columns.get_loc("label"), "group", groups)
    if years is not None:
        frame.insert(frame.columns.get_loc("label"), "year", years[keep])
    counts = {reason: number for reason, number in dropped.items() if number}
    notes = [f"{number} {reason}: left out" for reason, number in counts.items()]
    shapes = len(set(placed.rows[keep].tolist()))
    if labelled.polygons.size and shapes < len(frame):
        notes.append(
            f"labels are {len(frame)} pixels of {shapes} polygons: pixels of one polygon are "
            "alike, and lie on both sides of the random split, which tells too much; folds by "
            "group (map.crossval.schemes: [group]) keep them together"
        )
    return Points(
        frame=frame,
        classes=occurring(frame, classes),
        dropped=counts,
        notes=(*notes, *alike(set(frame["source"]), values)),
    )


@dataclass(frozen=True)
class _Placed:
    """What of a table lies on the embedding: rows of the table, each any number of times."""

    rows: Int64s
    zones: Owners
    x: Float64s
    y: Float64s
    lon: Float64s
    lat: Float64s
    dropped: Mapping[str, int]


def _place_points(
    table: LabelTable, embedding: ZonedEmbedding, reference: ReferenceTable
) -> _Placed:
    east, north = table.x, table.y
    with _of_the_earth(table.crs):
        zones, x, y = locate(embedding, table.crs, east, north)
    inside = zones != NOBODY
    if not inside.any():
        swapped = bool((locate(embedding, table.crs, north, east)[0] != NOBODY).any())
        raise LandloomError(
            _all_outside(
                f"{east.size} points of {reference.path}",
                embedding.bounds(table.crs),
                (east.min(), north.min(), east.max(), north.max()),
                table.crs,
                "x and y seem to be swapped"
                if swapped
                else "check map.reference.x, .y and .crs, and the embedding",
            )
        )
    lon, lat = to_lonlat(table.crs.to_wkt()).transform(east, north)
    return _Placed(
        np.flatnonzero(inside),
        zones[inside],
        x[inside],
        y[inside],
        lon[inside],
        lat[inside],
        {"reference points outside the embedding": int(np.count_nonzero(~inside))},
    )


def _place_polygons(
    table: LabelTable, embedding: ZonedEmbedding, reference: ReferenceTable
) -> _Placed:
    polygons = table.polygons
    with _of_the_earth(table.crs):
        pixels = pixels_of(embedding, table.crs, polygons, reference.per_polygon, reference.seed)
    missed = int(np.count_nonzero(pixels.counts == 0)) - pixels.outside
    if pixels.outside == polygons.size:
        west, south, east, north = shapely.bounds(polygons).T
        raise LandloomError(
            _all_outside(
                f"{polygons.size} polygons of {reference.path}",
                embedding.bounds(table.crs),
                (west.min(), south.min(), east.max(), north.max()),
                table.crs,
                "check the CRS of the file, and the embedding",
            )
        )
    if not pixels.polygon.size:
        raise LandloomError(
            f"{KEY}: none of the {polygons.size} polygons of {reference.path} holds the centre of "
            "a pixel of the embedding; give larger ones, or points"
        )
    lon, lat = np.empty((2, pixels.polygon.size))
    for number, zone in enumerate(embedding.zones):
        own = pixels.zone == number
        lon[own], lat[own] = to_lonlat(zone.info.grid.wkt).transform(pixels.x[own], pixels.y[own])
    dropped = {
        "reference polygons outside the embedding": pixels.outside,
        "reference polygons that hold no pixel's centre": missed,
    }
    return _Placed(pixels.polygon, pixels.zone, pixels.x, pixels.y, lon, lat, dropped)


@contextmanager
def _of_the_earth(crs: CRS) -> Iterator[None]:
    """Tell of a CRS that has no way to the embedding's."""
    try:
        yield
    except ProjError as error:
        raise LandloomError(not_of_the_earth(crs)) from error


def not_of_the_earth(crs: CRS) -> str:
    """Return what to say of a CRS that has no way to one of the Earth."""
    return (
        f"{SECTION}.crs: {crs.to_string()[:60]!r} cannot be led to the embedding's; is it one of "
        "the Earth? Give a name such as EPSG:4326"
    )


def _all_outside(what: str, bounds: Bounds, found: Bounds, crs: CRS, hint: str) -> str:
    spans = ["x {0:.6g} to {2:.6g}, y {1:.6g} to {3:.6g}".format(*box) for box in (found, bounds)]
    return (
        f"{KEY}: all {what} lie outside the embedding: in {crs.to_string()[:60]} they span "
        f"{spans[0]}; the embedding spans {spans[1]}; {hint}"
    )

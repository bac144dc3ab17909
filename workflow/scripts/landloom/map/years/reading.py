"""One table of labelled points, read in the embeddings of several years."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd
from pyproj import CRS

from landloom.errors import LandloomError
from landloom.map.locating import locate
from landloom.map.orientation import check_orientations
from landloom.map.points import Points
from landloom.map.samples import extract
from landloom.map.years.places import YEAR, with_joined_groups
from landloom.map.zones import NOBODY, ZonedEmbedding
from landloom.raster.coordinates import LONLAT

_POINT = "_point"
"""Column of a point's row in the table of all, while it is read in a year."""

_SPOTS = ["x", "y", "row", "col", "zone"]


def check_alike(embeddings: Mapping[int, ZonedEmbedding]) -> None:
    """Refuse embeddings that one model cannot map.

    Raises
    ------
    LandloomError
        Their bands differ from those of the first: each year is named.
    """
    (first, wanted), *others = ((year, each.common) for year, each in embeddings.items())
    told = []
    for year, info in others:
        if info.bands != wanted.bands:
            told.append(f"{year} has {info.bands} bands")
        elif info.band_names != wanted.band_names:
            pairs = zip(info.band_names, wanted.band_names, strict=True)
            number, (own, name) = next((n, p) for n, p in enumerate(pairs, 1) if p[0] != p[1])
            told.append(f"{year} has {own} as its band {number}, in place of {name}")
    if told:
        raise LandloomError(
            f"map.embedding.raster: one model maps all years, so that these need the bands of "
            f"{first}, which has {wanted.bands}: {'; '.join(told)}; give rasters with the same "
            "bands in the same order"
        )


def extract_years(
    embeddings: Mapping[int, ZonedEmbedding], points: Points
) -> tuple[Points, tuple[str, ...]]:
    """Read the embeddings of several years at labelled points.

    Parameters
    ----------
    embeddings : mapping of int to ZonedEmbedding
        Year to its embedding, the main one first, on which the points lie.
    points : Points
        Labelled points. With the column ``year`` each is read in its own year, else in every one.

    Returns
    -------
    samples : Points
        As `landloom.map.samples.extract` gives them, with the column ``year`` before the label;
        their places are those of the main embedding. A point that is void in a year is left out
        of that year alone.
    doubts : tuple of str
        What `check_orientations` tells of each year.

    Raises
    ------
    LandloomError
        In a year no point remains, or its rasters cannot be used.
    """
    check_alike(embeddings)
    main = next(iter(embeddings.values()))
    frames, doubts = [], []
    dropped: Counter[str] = Counter(points.dropped)
    for year, embedding in embeddings.items():
        own = points.frame
        if YEAR in own:
            own = own[own[YEAR] == year].drop(columns=YEAR).reset_index(drop=True)
        if own.empty:
            raise LandloomError(
                f"map.embedding.train: {year}: no labelled point is of this year; leave it out, or "
                "give points with it in the column of map.reference.year"
            )
        frame, outside = _moved(own, main, embedding)
        dropped[f"in {year}: outside the embedding"] += outside
        try:
            read = extract(embedding, Points(frame, points.classes))
        except LandloomError as error:
            raise LandloomError(f"{year}: {error}") from None
        dropped.update({f"in {year}: {why}": number for why, number in read.dropped.items()})
        told = check_orientations(embedding, read.frame.drop(columns=_POINT))
        doubts += [f"{year}: {doubt}" for doubt in told]
        frames.append(_placed(read.frame, own, year))
    whole = with_joined_groups(pd.concat(frames, ignore_index=True))
    left = set(whole["label"].unique().tolist())
    samples = Points(
        frame=whole,
        classes={value: kind for value, kind in points.classes.items() if value in left},
        dropped={reason: number for reason, number in dropped.items() if number},
        notes=points.notes,
        proportional=points.proportional,
    )
    return samples, tuple(doubts)


def _moved(
    points: pd.DataFrame, main: ZonedEmbedding, embedding: ZonedEmbedding
) -> tuple[pd.DataFrame, int]:
    """Return points with their pixels on a year's embedding, and how many lie off it.

    The column `_POINT` tells the row of each.
    """
    frame = points.assign(**{_POINT: np.arange(len(points))})
    grids = [[(zone.name, zone.info.grid) for zone in each.zones] for each in (main, embedding)]
    if grids[0] == grids[1]:
        return frame, 0
    lonlat = CRS.from_user_input(LONLAT)
    zones, x, y = locate(embedding, lonlat, frame["lon"].to_numpy(), frame["lat"].to_numpy())
    on = zones != NOBODY
    frame = frame[on].reset_index(drop=True).drop(columns="zone", errors="ignore")
    spots = embedding.spots(zones[on], x[on], y[on])
    return frame.assign(**spots), int(np.count_nonzero(~on))


def _placed(read: pd.DataFrame, points: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return what was read in a year, with the points' places on the main embedding."""
    at = read[_POINT].to_numpy()
    placed = read.drop(columns=[_POINT, "zone"], errors="ignore")
    for name in _SPOTS:
        if name in placed:
            placed[name] = points[name].to_numpy()[at]
        elif name in points:
            placed.insert(placed.columns.get_loc("col") + 1, name, points[name].to_numpy()[at])
    placed.insert(placed.columns.get_loc("label"), YEAR, year)
    return placed

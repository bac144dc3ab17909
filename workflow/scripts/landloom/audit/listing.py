"""The pairs that share something, as a file: CSV or GeoPackage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import shapely

from landloom.audit.sets import AuditSet
from landloom.audit.sharing import SHARED, Shares
from landloom.job.files import whole_file
from landloom.job.geopackage import write_gpkg


def write_pairs(path: Path, sets: Sequence[AuditSet], shares: Shares) -> None:
    """Write the pairs of two sets that share pixels or ground, or may.

    Parameters
    ----------
    path
        ``.csv`` or ``.gpkg``; the latter has what is shared as its shapes.
    sets
        In their order.
    shares
        The pairs.
    """
    table = pairs(sets, shares)
    with whole_file(path) as draft:
        if path.suffix.lower() == ".csv":
            table.to_csv(draft, index=False, lineterminator="\n", encoding="utf-8")
        else:
            frame = geopandas.GeoDataFrame(table, geometry=shares.outlines, crs="EPSG:4326")
            write_gpkg(frame, draft, "overlaps")


def pairs(sets: Sequence[AuditSet], shares: Shares) -> pd.DataFrame:
    """Return a row for each pair: whose it is, what is shared, and where.

    Returns
    -------
    pandas.DataFrame
        ``set``, ``row``, ``id`` of one, ``other_set``, ``other_row``, ``other_id`` of the other,
        ``state`` (shared, undecided), ``pixels``, ``first_pixel_row``, ``first_pixel_col`` (empty
        where pixels were not compared), ``area_m2``, ``lon``, ``lat`` (of a place in what is
        shared).
    """
    name = np.concatenate([np.full(len(one.rows), one.name, np.object_) for one in sets])
    rows = np.concatenate([one.rows for one in sets])
    labels = np.concatenate([one.labels for one in sets])
    places = shapely.point_on_surface(shares.outlines)
    lon = shapely.get_x(places)
    counted = [
        pd.array(np.where(n < 0, 0, n), "Int64") for n in (shares.pixels, shares.row, shares.col)
    ]
    none = shares.pixels < 0
    for column in counted:
        column[none] = pd.NA
    return pd.DataFrame(
        {
            "set": name[shares.one],
            "row": rows[shares.one],
            "id": labels[shares.one],
            "other_set": name[shares.other],
            "other_row": rows[shares.other],
            "other_id": labels[shares.other],
            "state": np.where(shares.state == SHARED, "shared", "undecided"),
            "pixels": counted[0],
            "first_pixel_row": counted[1],
            "first_pixel_col": counted[2],
            "area_m2": np.round(shares.square_metres, 3),
            "lon": np.round(lon - 360 * np.rint(lon / 360), 7),
            "lat": np.round(shapely.get_y(places), 7),
        }
    )

"""Independent reference points: read from a CSV file, or from a GeoPackage as QGIS leaves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS

from landloom.arrays import Float64s
from landloom.errors import LandloomError
from landloom.legend.csv_table import code_text, read_csv
from landloom.legend.text import unfit
from landloom.map.table_numbers import numbers_in
from landloom.raster.coordinates import known_crs

KEY = "map.validation"
_SHOWN = 5


@dataclass(frozen=True)
class PointFile:
    """A file of reference points, and its columns.

    Attributes
    ----------
    path
        CSV with a header line, or a GeoPackage with one layer of points.
    x, y : str
        Columns of the coordinates of a CSV.
    label : str
        Column of the class in reference.
    crs : str
        CRS of the coordinates of a CSV.
    stratum, weight : str, optional
        Columns of the stratum that a point was drawn in, and of the pixels that it stands for;
        None where they are not to be used.
    needed : set of str
        Which of the two have to be there; another is used if it is.
    """

    path: str | Path
    x: str = "lon"
    y: str = "lat"
    label: str = "label"
    crs: str = "EPSG:4326"
    stratum: str | None = "stratum"
    weight: str | None = "weight"
    needed: frozenset[str] = frozenset()

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


def read_points(file: PointFile) -> ReferencePoints:
    """Read reference points.

    Raises
    ------
    LandloomError
        Where the file, a column, the CRS or a coordinate is not there or cannot be read, what is no
        point is in it, or it has no rows.
    """
    with_geometry = Path(file.path).suffix.lower() == ".gpkg"
    points = _from_geopackage(file) if with_geometry else _from_csv(file)
    if not points.names:
        raise LandloomError(f"{file.where} has no rows; give one for each point")
    bad = np.flatnonzero(~(np.isfinite(points.x) & np.isfinite(points.y)))
    if bad.size:
        raise LandloomError(
            f"{file.where}: {bad.size} points have no readable coordinates "
            f"({some(points.names, bad)}); correct or delete them"
        )
    return points


def some(names: Sequence[str], chosen: Any) -> str:  # noqa: ANN401
    """Return the first of some points by name, and whether there are more."""
    shown = [names[number] for number in list(chosen)[:_SHOWN]]
    return ", ".join([*shown, *(["…"] if len(chosen) > _SHOWN else [])])


def _from_csv(file: PointFile) -> ReferencePoints:
    wanted = [file.x, file.y, *file.always]
    table = read_csv(file.path, wanted, [n for n in file.design if n not in wanted], file.where)
    x, y = (numbers_in(table.columns[name], table.separator) for name in (file.x, file.y))
    crs = known_crs(file.crs, f"{KEY}.crs")
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


def _codes(texts: Sequence[str] | None) -> list[str] | None:
    return None if texts is None else [code_text(text) for text in texts]


def _from_geopackage(file: PointFile) -> ReferencePoints:
    frame = _layer(file)
    missing = [name for name in file.always if name not in frame.columns]
    if missing:
        columns = ", ".join(str(name) for name in frame.columns if name != frame.geometry.name)
        raise LandloomError(
            f"{file.where} has no column {' or '.join(missing)}; its columns are {columns}"
        )
    if frame.crs is None:
        raise LandloomError(f"{file.where} has no CRS; assign one in QGIS, and export it anew")
    names = [f"point {fid}" for fid in frame.index]
    shapes = frame.geometry.to_numpy()
    single = (shapely.get_dimensions(shapes) == 0) & (shapely.get_num_coordinates(shapes) == 1)
    strange = np.flatnonzero(~single)
    if strange.size:
        raise LandloomError(
            f"{file.where}: {strange.size} rows are no points ({some(names, strange)}); make "
            "single points of them, or delete them"
        )
    texts = {name: _texts(frame[name]) for name in (*file.always, *file.design) if name in frame}
    for name, column in texts.items():
        for point, text in zip(names, column, strict=True):
            if fault := unfit(text):
                raise LandloomError(f"{file.where}: {point}: {name} {fault}")
    return ReferencePoints(
        names=names,
        x=shapely.get_coordinates(shapes)[:, 0],
        y=shapely.get_coordinates(shapes)[:, 1],
        crs=CRS.from_user_input(frame.crs),
        labels=[code_text(text) for text in texts[file.label]],
        strata=_codes(texts.get(file.stratum or "")),
        weights=texts.get(file.weight or ""),
    )


def _layer(file: PointFile) -> geopandas.GeoDataFrame:
    """Return the one layer of a GeoPackage, its rows by their numbers."""
    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(file.path) if kind is not None]
        if len(layers) != 1:
            raise LandloomError(
                f"{file.where} has {len(layers)} layers of places ({', '.join(layers) or 'none'}); "
                "keep one, with the points"
            )
        return pyogrio.read_dataframe(file.path, layer=layers[0], fid_as_index=True)
    except pyogrio.errors.DataSourceError as error:
        raise LandloomError(
            f"{file.where} cannot be read as a GeoPackage ({error}); correct the path, or export "
            "it anew"
        ) from None


def _texts(column: pd.Series[Any]) -> list[str]:
    """Return a column as text, in which nothing is empty, and whole numbers have no point."""
    return ["" if pd.isna(value) else str(value).strip() for value in column]

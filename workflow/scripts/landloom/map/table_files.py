"""The kinds of files that hold labels, told by their names.

Planning a run asks for them, so nothing heavy is imported here.
"""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Literal

Kind = Literal["csv", "parquet", "places"]
"""A CSV, a Parquet file, or a file of places that GDAL reads."""

_PLACES = {
    ".gpkg": "a GeoPackage",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".shp": "a Shapefile",
    ".fgb": "FlatGeobuf",
}
_PARQUET = {".parquet": "Parquet", ".geoparquet": "Parquet"}
_OTHERS = {".zip", ".kml", ".kmz", ".gml", ".gpx", ".xlsx", ".xls", ".ods", ".dbf", ".tab", ".mif"}
_RASTERS = {".tif", ".tiff", ".vrt", ".img", ".jp2", ".nc"}

READ = "CSV, GeoPackage (.gpkg), GeoJSON (.geojson), Shapefile (.shp), FlatGeobuf (.fgb) or Parquet"
"""The kinds, in words."""

_NEEDED = (".shx", ".dbf")
_TAKEN = (*_NEEDED, ".prj", ".cpg")


def kind_of(path: str | Path) -> Kind:
    """Return the kind of a file of labels; whatever else, it is taken for a CSV."""
    ending = _ending(path)
    return "places" if ending in _PLACES else "parquet" if ending in _PARQUET else "csv"


def format_of(path: str | Path) -> str:
    """Return the format of a file in words, such as 'a GeoPackage'."""
    return (_PLACES | _PARQUET).get(_ending(path), "CSV")


def is_of_another_kind(path: str | Path) -> bool:
    """Return whether a file is known by its name for one that is not read."""
    return _ending(path) in _OTHERS


def is_raster(path: str | Path) -> bool:
    """Return whether a file is known by its name for a raster."""
    return _ending(path) in _RASTERS


def companions(path: str | Path) -> list[str]:
    """Return the files that belong to a Shapefile, whether they are there or not; else none.

    Each as it is spelled on the disk: ``points.DBF`` goes with ``points.shp`` as well.
    """
    if _ending(path) != ".shp":
        return []
    return [_spelled(PurePath(path), ending) for ending in _TAKEN]


def needed_companions(path: str | Path) -> list[str]:
    """Return those of them without which it cannot be read; its CRS may be told elsewhere."""
    return companions(path)[: len(_NEEDED)]


def unsaved_edits(path: str | Path) -> str:
    """Return what to say of a GeoPackage with edits beside it; an empty text where there are none.

    They change what is read of it, but not the file itself, so that nobody would notice.
    """
    beside = Path(f"{path}-wal")
    if _ending(path) != ".gpkg" or not beside.is_file() or not beside.stat().st_size:
        return ""
    return (
        f"is being edited: {beside.name} beside it holds changes that are not in it yet; save the "
        "edits and close it in QGIS, or whatever else has it open"
    )


def _spelled(path: PurePath, ending: str) -> str:
    names = [str(path.with_suffix(kind)) for kind in (ending, ending.upper())]
    return next((name for name in names if Path(name).exists()), names[0])


def _ending(path: str | Path) -> str:
    return PurePath(path).suffix.lower()

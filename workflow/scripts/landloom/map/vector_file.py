"""Points and polygons with attributes: a layer of a file of places, or a Parquet file.

Rows are read in batches. Of points the coordinates are kept, of polygons the shapes; attributes
become text, in which nothing is empty.
"""

from __future__ import annotations

import json
import os
import re
import struct
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from landloom.arrays import Float64s, Int64s
from landloom.errors import LandloomError
from landloom.legend.csv_table import meant
from landloom.map.row_checks import RowChecks
from landloom.map.table_files import companions, format_of, kind_of, unsaved_edits

_BATCH = 65_536
_SHAPEFILE = 10
_TOLD_COLUMNS = 20
_UNREADABLE = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    shapely.errors.ShapelyError,
    struct.error,
    ValueError,  # of which are pyarrow's, and those of text that is none
    KeyError,
    OSError,
    pa.ArrowException,
    NotImplementedError,
)
"""What the libraries raise of files that are damaged."""


@dataclass(frozen=True)
class VectorFile:
    """A layer of a file.

    Attributes
    ----------
    path
        The file.
    called
        What to call it in messages.
    key
        The section of the configuration that names it.
    layer
        The name of the layer; None for the only one.
    where
        Which rows are read, as SQL of the attributes; None for all.
    """

    path: str | Path
    called: str
    key: str
    layer: str | None = None
    where: str | None = None

    @property
    def layer_key(self) -> str:
        """What names the layer, for messages."""
        return f"{self.key}.layer"


@dataclass(frozen=True)
class LayerFacts:
    """What a file's header tells.

    Attributes
    ----------
    layer
        The layer's name; None for a Parquet file, which has none.
    columns : list of str
        The attributes.
    geometry
        A Parquet file's column of shapes; empty where it has none, as a plain table.
    crs : CRS, optional
        In two dimensions; None where the file does not tell.
    rows : int
        How many there are in all.
    unlisted : tuple of str
        Columns that a filter may name besides: of row numbers, and of shapes.
    """

    layer: str | None
    columns: list[str]
    geometry: str
    crs: CRS | None
    rows: int
    unlisted: tuple[str, ...] = ()

    @property
    def has_shapes(self) -> bool:
        """Whether rows have places of their own, and not only columns."""
        return self.layer is not None or bool(self.geometry)


@dataclass(frozen=True)
class Rows:
    """Rows of a layer.

    Attributes
    ----------
    ids : int64, (n,)
        The rows' numbers, as GIS programs show them.
    x, y : float64, (n,)
        Of points; NaN for polygons, and in a table without shapes.
    shapes : ndarray of polygons, (n,)
        Empty where the layer has points.
    columns : dict of str to ndarray of str
        The attributes that were asked for, as text.
    """

    ids: Int64s
    x: Float64s
    y: Float64s
    shapes: npt.NDArray[np.object_]
    columns: dict[str, npt.NDArray[np.object_]]

    @classmethod
    def of(cls, parts: Sequence[Rows], columns: Sequence[str]) -> Self:
        """Join batches."""
        empty = np.empty(0, np.object_)
        return cls(
            np.concatenate([np.empty(0, np.int64), *(part.ids for part in parts)]),
            np.concatenate([np.empty(0), *(part.x for part in parts)]),
            np.concatenate([np.empty(0), *(part.y for part in parts)]),
            np.concatenate([empty, *(part.shapes for part in parts)]),
            {c: np.concatenate([empty, *(part.columns[c] for part in parts)]) for c in columns},
        )


def layer_facts(file: VectorFile) -> LayerFacts:
    """Read a file's header.

    Raises
    ------
    LandloomError
        It cannot be read, or there is no such layer, or none or several of them and no name.
    """
    with _reading(file):
        if kind_of(file.path) == "parquet":
            return _parquet_facts(file)
        if unsaved := unsaved_edits(file.path):
            raise LandloomError(f"{file.called} {unsaved}")
        layer = _layer(file)
        info = pyogrio.read_info(file.path, layer=layer)
    columns = [str(name) for name in info["fields"]]
    unlisted = (info["fid_column"], info["geometry_name"])
    return LayerFacts(layer, columns, "", _plane(info["crs"]), int(info["features"]), unlisted)


def missing_columns(facts: LayerFacts, wanted: Sequence[str], called: str) -> str:
    """Return which columns are not there, as a message; an empty one if all are."""
    missing = [name for name in wanted if name not in facts.columns]
    if not missing:
        return ""
    cut = [name[:_SHAPEFILE] for name in missing if name[:_SHAPEFILE] in facts.columns]
    whole = f" (a Shapefile cuts names to {_SHAPEFILE} letters: {', '.join(cut)})" if cut else ""
    asked = "" if cut else meant(missing, facts.columns)
    more = len(facts.columns) - _TOLD_COLUMNS
    names = ", ".join(facts.columns[:_TOLD_COLUMNS]) or "none"
    return (
        f"{called} has no column {' or '.join(missing)}; its columns are {names}"
        f"{f' and {more} more' if more > 0 else ''}; "
        f"{asked}add it, or name the one that is meant{whole}"
    )


def read_rows(
    file: VectorFile, facts: LayerFacts, columns: Sequence[str], most: int | None = None
) -> Rows:
    """Read the rows of a layer, all of them points or all polygons.

    Parameters
    ----------
    file, facts
        The file, and what `layer_facts` tells of it.
    columns
        Attributes that are there.
    most
        How many rows are read at most; None for all.

    Raises
    ------
    LandloomError
        Where it cannot be read to its end, has no rows, or rows without a place, of other shapes,
        of points beside polygons, or of polygons that are not valid; a message, a line for each
        kind.
    """
    _check_filter(file, facts)
    checks, parts, read = RowChecks(file.called), [], 0
    wanted = list(dict.fromkeys(columns))
    with _reading(file, facts):
        for ids, wkb, batch in _batches(file, facts, wanted):
            left = len(ids) if most is None else min(len(ids), most - read)
            read += left
            texts = {name: checks.text(name, batch[name][:left], ids[:left]) for name in wanted}
            x, y, polygons = checks.take(ids[:left], None if wkb is None else wkb[:left])
            parts.append(Rows(ids[:left], x, y, polygons, texts))
            if read == most:
                break
        _check_whole(file, facts, read, most)
    if not read:
        if file.where and facts.rows:
            raise LandloomError(
                f"{file.key}.where: {file.where!r} leaves none of the {facts.rows} rows of "
                f"{file.path}; correct it"
            )
        raise LandloomError(f"{file.called} has no rows; give one for each place")
    checks.tell()
    return Rows.of(parts, wanted)


def shapes_of(file: VectorFile, facts: LayerFacts, columns: Sequence[str]) -> Iterator[Batch]:
    """Yield all rows of a layer in batches, whatever their shapes are.

    Parameters
    ----------
    file, facts
        The file, and what `layer_facts` tells of it.
    columns
        Attributes that are there.

    Yields
    ------
    ids : int64, (n,)
        The rows' numbers, as GIS programs show them.
    wkb : ndarray of bytes, (n,), or None
        The shapes, None where a row has none; no array for a table without shapes.
    columns : dict of str to pyarrow.Array
        The attributes.

    Raises
    ------
    LandloomError
        Where the file cannot be read to its end.
    """
    read = 0
    with _reading(file, facts):
        for batch in _batches(file, facts, list(dict.fromkeys(columns))):
            read += len(batch[0])
            yield batch
        _check_whole(file, facts, read, None)


Batch = tuple[Int64s, npt.NDArray[np.object_] | None, dict[str, pa.Array]]


def _batches(file: VectorFile, facts: LayerFacts, columns: list[str]) -> Iterator[Batch]:
    """Yield the numbers, the shapes as WKB, and the attributes of some rows after the other."""
    if kind_of(file.path) == "parquet":
        yield from _parquet_batches(file, facts, columns)
        return
    # But for SQLite's, GDAL takes a column that it is not asked for as empty, also for a filter.
    asked = columns if file.where is None or _is_sqlite(file) else None
    with pyogrio.open_arrow(
        file.path,
        layer=facts.layer,
        columns=asked,
        where=file.where,
        return_fids=True,
        use_pyarrow=True,
        batch_size=_BATCH,
    ) as (_, reader):
        names = reader.schema.names  # of the row's number, the attributes, and the shape
        for batch in reader:
            ids = batch.column(0).to_numpy(zero_copy_only=False).astype(np.int64)
            wkb = batch.column(len(names) - 1).to_numpy(zero_copy_only=False)
            yield ids, wkb, {name: batch.column(names.index(name, 1)) for name in columns}


def _parquet_batches(file: VectorFile, facts: LayerFacts, columns: list[str]) -> Iterator[Batch]:
    asked = [*columns, *([facts.geometry] if facts.geometry else [])]
    first = 0
    with pq.ParquetFile(file.path) as source:
        for batch in source.iter_batches(_BATCH, columns=asked):
            ids = np.arange(first, first + batch.num_rows)
            first += batch.num_rows
            wkb = batch.column(facts.geometry) if facts.geometry else None
            shapes = None if wkb is None else wkb.to_numpy(zero_copy_only=False)
            yield ids, shapes, {name: batch.column(name) for name in columns}


def _parquet_facts(file: VectorFile) -> LayerFacts:
    schema, rows = pq.read_schema(file.path), pq.read_metadata(file.path).num_rows
    names = [str(name) for name in schema.names]
    about = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    if not about:
        return LayerFacts(None, names, "", None, rows)
    try:
        geometry = about["primary_column"]
        column = about["columns"][geometry]
        encoding, crs = column["encoding"], column.get("crs", "OGC:CRS84")
    except (TypeError, AttributeError):
        raise ValueError("its 'geo' metadata are not those of GeoParquet") from None
    if geometry not in names:
        raise ValueError(f"its 'geo' metadata name a column {geometry!r} that there is not")
    if encoding != "WKB":
        raise LandloomError(f"{file.called} has its shapes as {encoding}; write them as WKB")
    others = [name for name in names if name != geometry]
    return LayerFacts(None, others, geometry, _plane(crs), rows)


def _layer(file: VectorFile) -> str:
    """Return the name of the layer that is meant."""
    layers = [str(name) for name, kind in pyogrio.list_layers(file.path) if kind is not None]
    named = ", ".join(layers) or "none"
    if file.layer is not None:
        if file.layer not in layers:
            raise LandloomError(
                f"{file.layer_key}: {file.path} has no layer of places {file.layer!r}; its layers "
                f"are {named}"
            )
        return file.layer
    if len(layers) != 1:
        remedy = f"name one, as {file.layer_key}" if layers else "give a file with points"
        raise LandloomError(f"{file.called} has {len(layers)} layers of places ({named}); {remedy}")
    return layers[0]


def _plane(crs: object) -> CRS | None:
    """Return a CRS without heights; None for one that has no place on the Earth."""
    if crs is None:
        return None
    try:
        known = CRS.from_user_input(crs)
    except CRSError:
        return None
    if known.is_compound or len(known.axis_info) > 2:
        known = known.to_2d()
    if known.name.lower().startswith("undefined"):  # as a GeoPackage has to call one that is none
        return None
    return known if known.is_geographic or known.is_projected else None


def _is_sqlite(file: VectorFile) -> bool:
    return format_of(file.path) == "a GeoPackage"


def _check_filter(file: VectorFile, facts: LayerFacts) -> None:
    """Refuse a filter with a name in double quotes that is none: SQLite takes it for a text."""
    if file.where is None or not _is_sqlite(file):
        return
    code = re.sub(r"'(?:[^']|'')*'", "''", file.where)
    named = [name.replace('""', '"') for name in re.findall(r'"((?:[^"]|"")*)"', code)]
    known = {name.casefold() for name in (*facts.columns, *facts.unlisted)}
    if odd := [name for name in named if name.casefold() not in known]:
        raise LandloomError(
            f"{file.key}.where: {file.where!r}: {missing_columns(facts, odd[:1], str(file.path))}; "
            "texts stand in single quotes"
        )


def _check_whole(file: VectorFile, facts: LayerFacts, read: int, most: int | None) -> None:
    """Refuse a file of which GDAL gives fewer rows than its header tells, as of a damaged one.

    A Shapefile may lack rows that were deleted, so its table's size is what tells.
    """
    told, found = facts.rows, read
    if format_of(file.path) == "a Shapefile":
        told, found = _rows_of_dbf(file)
    elif file.where is not None:
        found = told if most is not None else _rows_of(replace(file, where=None), facts)
    elif most is not None:
        told = min(told, most)
    if found < told:
        raise LandloomError(
            f"{file.called} is damaged: {found} of its {facts.rows} rows can be read; get it again "
            "from where it was made, or export it anew"
        )


def _rows_of(file: VectorFile, facts: LayerFacts) -> int:
    return sum(len(ids) for ids, _, _ in _batches(file, facts, facts.columns))


def _rows_of_dbf(file: VectorFile) -> tuple[int, int]:
    """Return how many rows the table of a Shapefile tells, and how many it has bytes of."""
    path = Path(companions(file.path)[1])
    if not path.exists():
        return 0, 0
    with path.open("rb") as table:
        head = table.read(12)
        told, start, row = struct.unpack("<4xIHH", head)
        size = table.seek(0, os.SEEK_END)
    return told, min(told, (size - start) // row if row else 0)


@contextmanager
def _reading(file: VectorFile, facts: LayerFacts | None = None) -> Iterator[None]:
    """Tell what cannot be read in one message; with the layer's facts, whether by a filter."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # GDAL's, of files that are damaged
            yield
    except LandloomError:
        raise
    except _UNREADABLE as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        if facts and file.where is not None and _is_readable(replace(file, where=None), facts):
            raise LandloomError(
                f"{file.key}.where: {file.where!r} is no filter of {file.path} ({first}); write "
                "SQL, texts in single quotes, such as class = 'forest'"
            ) from None
        remedy = "correct the path, or export it anew"
        if isinstance(error, UnicodeDecodeError) and (beside := companions(file.path)):
            remedy = f"name its texts' encoding, such as CP1252, in {Path(beside[-1]).name}"
        raise LandloomError(
            f"{file.called} cannot be read as {format_of(file.path)} ({first}); {remedy}"
        ) from None


def _is_readable(file: VectorFile, facts: LayerFacts) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            _check_whole(file, facts, _rows_of(file, facts), None)
    except (*_UNREADABLE, LandloomError):
        return False
    return True

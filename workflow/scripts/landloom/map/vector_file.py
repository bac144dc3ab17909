"""Points and polygons with attributes: a layer of a file of places, or a Parquet file.

Rows are read in batches. Of points the coordinates are kept, of polygons the shapes; attributes
become text, in which nothing is empty.
"""

from __future__ import annotations

import json
from collections import defaultdict
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

from landloom.arrays import Float64s, Int64s, Mask
from landloom.errors import Faults, LandloomError
from landloom.legend.csv_table import told
from landloom.legend.text import unfit
from landloom.map.table_files import format_of, kind_of

_BATCH = 65_536
_SHOWN = 5
_SHAPEFILE = 10
_TOLD_COLUMNS = 20
_POINT, _POLYGON, _MULTIPOINT, _MULTIPOLYGON = 0, 3, 4, 6
_UNREADABLE = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    shapely.errors.ShapelyError,
    ValueError,  # of which are pyarrow's, and those of text that is none
    KeyError,
    OSError,
)
"""What the libraries raise of files that are damaged."""

_KINDS = {1: "lines", 2: "lines", 4: "multipoints", 5: "lines", 7: "collections"}


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
    """

    layer: str | None
    columns: list[str]
    geometry: str
    crs: CRS | None
    rows: int

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
        layer = _layer(file)
        info = pyogrio.read_info(file.path, layer=layer)
    columns = [str(name) for name in info["fields"]]
    return LayerFacts(layer, columns, "", _plane(info["crs"]), int(info["features"]))


def missing_columns(facts: LayerFacts, wanted: Sequence[str], called: str) -> str:
    """Return which columns are not there, as a message; an empty one if all are."""
    missing = [name for name in wanted if name not in facts.columns]
    if not missing:
        return ""
    cut = [name[:_SHAPEFILE] for name in missing if name[:_SHAPEFILE] in facts.columns]
    meant = f" (a Shapefile cuts names to {_SHAPEFILE} letters: {', '.join(cut)})" if cut else ""
    more = len(facts.columns) - _TOLD_COLUMNS
    names = ", ".join(facts.columns[:_TOLD_COLUMNS]) or "none"
    return (
        f"{called} has no column {' or '.join(missing)}; its columns are {names}"
        f"{f' and {more} more' if more > 0 else ''}; add it, or name the one that is meant{meant}"
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
        Where it cannot be read, has no rows, or rows without a place, of other shapes, of points
        beside polygons, or of polygons that are not valid; a message, a line for each kind.
    """
    shapes, parts, read = _Shapes(file), [], 0
    wanted = list(dict.fromkeys(columns))
    with _reading(file, facts):
        for ids, wkb, batch in _batches(file, facts, wanted):
            left = len(ids) if most is None else min(len(ids), most - read)
            read += left
            texts = {name: shapes.text(name, batch[name][:left], ids[:left]) for name in wanted}
            x, y, polygons = shapes.take(ids[:left], None if wkb is None else wkb[:left])
            parts.append(Rows(ids[:left], x, y, polygons, texts))
            if read == most:
                break
    if not read:
        if file.where and facts.rows:
            raise LandloomError(
                f"{file.key}.where: {file.where!r} leaves none of the {facts.rows} rows of "
                f"{file.path}; correct it"
            )
        raise LandloomError(f"{file.called} has no rows; give one for each place")
    shapes.tell()
    return Rows.of(parts, wanted)


def row_names(ids: npt.ArrayLike) -> str:
    """Name the first of some rows, and say whether there are more."""
    numbers = np.asarray(ids).tolist()
    shown = ", ".join(map(str, numbers[:_SHOWN]))
    return f"row{'s' if len(numbers) > 1 else ''} {shown}{', …' if len(numbers) > _SHOWN else ''}"


class _Shapes:
    """Checks the shapes of batch after batch, and keeps what is wrong with them."""

    def __init__(self, file: VectorFile) -> None:
        self._file = file
        self._bad: dict[str, list[int]] = defaultdict(list)
        self._kinds: dict[str, int] = {}
        self._odd: list[str] = []
        self._invalid: list[str] = []

    def take(
        self, ids: Int64s, wkb: npt.NDArray[np.object_] | None
    ) -> tuple[Float64s, Float64s, npt.NDArray[np.object_]]:
        """Return the coordinates of points, and the polygons."""
        x, y = np.full((2, ids.size), np.nan)
        none = np.empty(0, np.object_)
        if wkb is None:
            return x, y, none
        shapes = shapely.force_2d(shapely.from_wkb(wkb))
        kinds = shapely.get_type_id(shapes)
        void = (kinds < 0) | shapely.is_empty(shapes)
        alone = (kinds == _MULTIPOINT) & (shapely.get_num_geometries(shapes) == 1)
        points = ((kinds == _POINT) | alone) & ~void
        polygons = np.isin(kinds, [_POLYGON, _MULTIPOLYGON]) & ~void
        self._note("void", ids[void])
        for kind, name in _KINDS.items():
            self._note(name, ids[(kinds == kind) & ~(void | points)])
        for name, found in (("points", points), ("polygons", polygons)):
            if found.any():
                self._kinds.setdefault(name, int(ids[found][0]))
        x[points], y[points] = shapely.get_coordinates(shapes[points]).T
        self._note("places", ids[points][~np.isfinite(x[points] + y[points])])
        self._check_valid(ids[polygons], shapes[polygons])
        return x, y, shapes if polygons.any() else none

    def text(self, name: str, column: pa.Array, ids: Int64s) -> npt.NDArray[np.object_]:
        """Return a column as text, and take note of what cannot be shown in a line."""
        words, places = _words(column)
        for number, word in enumerate(words):
            if fault := unfit(word):
                self._odd.append(f"row {ids[places == number][0]}: {name} {fault}")
        return np.array(words, np.object_)[places]

    def tell(self) -> None:
        """Raise what was found.

        Raises
        ------
        LandloomError
            There was something wrong.
        """
        faults, called = Faults(), self._file.called
        if self._odd:
            faults.add(f"{called}: {told(self._odd)}")
        if void := self._bad.pop("void", None):
            faults.add(
                f"{called}: {len(void)} rows have no shape ({row_names(void)}); give them one, or "
                "delete them"
            )
        if places := self._bad.pop("places", None):
            faults.add(
                f"{called}: {len(places)} points have no readable coordinates "
                f"({row_names(places)}); correct or delete them"
            )
        for name, ids in self._bad.items():
            remedy = "make single points of them (ogr2ogr -explodecollections), or delete them"
            if name != "multipoints":
                remedy = "labels are points or polygons; make such of them, or delete them"
            faults.add(f"{called}: {len(ids)} rows are {name} ({row_names(ids)}); {remedy}")
        if len(self._kinds) > 1:
            first = " and ".join(f"{name} (row {row})" for name, row in self._kinds.items())
            faults.add(f"{called} holds {first}; give a file with one kind of them")
        if self._invalid:
            more = f", and {len(self._invalid) - _SHOWN} more" * (len(self._invalid) > _SHOWN)
            faults.add(
                f"{called}: {len(self._invalid)} polygons are not valid "
                f"({'; '.join(self._invalid[:_SHOWN])}{more}); repair them, as with "
                "`ogr2ogr -makevalid`"
            )
        faults.tell()

    def _note(self, what: str, ids: Int64s) -> None:
        if ids.size:
            self._bad[what] += ids.tolist()

    def _check_valid(self, ids: Int64s, shapes: npt.NDArray[np.object_]) -> None:
        bad: Mask = ~shapely.is_valid(shapes)
        self._invalid += [
            f"row {row}: {reason}"
            for row, reason in zip(
                ids[bad].tolist(), shapely.is_valid_reason(shapes[bad]).tolist(), strict=True
            )
        ]


def _words(column: pa.Array) -> tuple[list[str], npt.NDArray[np.intp]]:
    """Return the different texts of a column, and which of them each row has."""
    if isinstance(column.type, pa.DictionaryType):
        column = column.dictionary_decode()
    if pa.types.is_nested(column.type):
        raise LandloomError(f"a column holds {column.type}, which is no text and no number")
    coded = column.dictionary_encode()
    words = [
        "" if _is_void(value) else str(value).strip() for value in coded.dictionary.to_pylist()
    ]
    places = coded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    return [*words, ""], places.astype(np.intp)


def _is_void(value: object) -> bool:
    return value is None or value != value


_Batch = tuple[Int64s, npt.NDArray[np.object_] | None, dict[str, pa.Array]]


def _batches(file: VectorFile, facts: LayerFacts, columns: list[str]) -> Iterator[_Batch]:
    """Yield the numbers, the shapes as WKB, and the attributes of some rows after the other."""
    if kind_of(file.path) == "parquet":
        yield from _parquet_batches(file, facts, columns)
        return
    with pyogrio.open_arrow(
        file.path,
        layer=facts.layer,
        columns=columns,
        where=file.where,
        return_fids=True,
        use_pyarrow=True,
        batch_size=_BATCH,
    ) as (meta, reader):
        names = reader.schema.names
        shape = meta["geometry_name"] or "wkb_geometry"
        for batch in reader:
            ids = batch.column(0).to_numpy(zero_copy_only=False).astype(np.int64)
            wkb = batch.column(names.index(shape)).to_numpy(zero_copy_only=False)
            yield ids, wkb, {name: batch.column(names.index(name)) for name in columns}


def _parquet_batches(file: VectorFile, facts: LayerFacts, columns: list[str]) -> Iterator[_Batch]:
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
    geometry = about["primary_column"]
    column = about["columns"][geometry]
    if column["encoding"] != "WKB":
        raise LandloomError(
            f"{file.called} has its shapes as {column['encoding']}; write them as WKB"
        )
    crs = column.get("crs", "OGC:CRS84")
    others = [name for name in names if name != geometry]
    return LayerFacts(None, others, geometry, _plane(crs), rows)


def _layer(file: VectorFile) -> str:
    """Return the name of the layer that is meant."""
    layers = [str(name) for name, kind in pyogrio.list_layers(file.path) if kind is not None]
    named = ", ".join(layers) or "none"
    if file.layer is not None:
        if file.layer not in layers:
            raise LandloomError(
                f"{file.key}.layer: {file.path} has no layer of places {file.layer!r}; its layers "
                f"are {named}"
            )
        return file.layer
    if len(layers) != 1:
        remedy = f"name one, as {file.key}.layer" if layers else "give a file with points"
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


@contextmanager
def _reading(file: VectorFile, facts: LayerFacts | None = None) -> Iterator[None]:
    """Tell what cannot be read in one message; with the layer's facts, whether by a filter."""
    try:
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
        raise LandloomError(
            f"{file.called} cannot be read as {format_of(file.path)} ({first}); correct the path, "
            "or export it anew"
        ) from None


def _is_readable(file: VectorFile, facts: LayerFacts) -> bool:
    try:
        next(_batches(file, facts, []), None)
    except _UNREADABLE:
        return False
    return True

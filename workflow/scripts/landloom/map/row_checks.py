"""Whether rows of a layer hold what labels need: points or polygons, and attributes as text."""

from __future__ import annotations

import json
from collections import defaultdict

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from landloom.arrays import Float64s, Int64s, Mask
from landloom.errors import Faults, LandloomError
from landloom.legend.csv_table import told
from landloom.legend.text import unfit

_SHOWN = 5
_POINT, _POLYGON, _MULTIPOINT, _MULTIPOLYGON = 0, 3, 4, 6
_KINDS = {1: "lines", 2: "lines", 4: "multipoints", 5: "lines", 7: "collections"}


def row_names(ids: npt.ArrayLike) -> str:
    """Name the first of some rows, and say whether there are more."""
    numbers = np.asarray(ids).tolist()
    shown = ", ".join(map(str, numbers[:_SHOWN]))
    return f"row{'s' if len(numbers) > 1 else ''} {shown}{', …' if len(numbers) > _SHOWN else ''}"


class RowChecks:
    """Checks batch after batch of a layer's rows, and keeps what is wrong with them.

    Parameters
    ----------
    called : str
        What to call the file in messages.
    """

    def __init__(self, called: str) -> None:
        self._called = called
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
        """Return a column as text, and take note of what cannot be shown in a line.

        Raises
        ------
        LandloomError
            Its values are lists or have parts.
        """
        if _is_nested(column.type):
            raise LandloomError(
                f"{self._called}: its column {name} holds {str(column.type)[:60]}, which is no "
                "text and no number; name another column, or write it as text"
            )
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
        faults, called = Faults(), self._called
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
    if isinstance(column.type, pa.BaseExtensionType):
        column = _plain(column)
    coded = column.dictionary_encode()
    words = [
        "" if _is_void(value) else str(value).strip() for value in coded.dictionary.to_pylist()
    ]
    places = coded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    return [*words, ""], places.astype(np.intp)


def _plain(column: pa.Array) -> pa.Array:
    """Return what an extension of Arrow's types stands for, as text.

    GDAL gives a GeoJSON's numbers beside texts as JSON, its texts without quotes.
    """
    values = column.to_pylist()
    if column.type.extension_name == "arrow.json":
        values = [_unquoted(value) for value in values]
    return pa.array([None if value is None else str(value) for value in values], pa.string())


def _unquoted(value: str | None) -> str | None:
    if value is None or value == "null":
        return None
    if value[:1] != '"':
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        return value


def _is_nested(kind: pa.DataType) -> bool:
    while isinstance(kind, (pa.BaseExtensionType, pa.DictionaryType)):
        kind = kind.value_type if isinstance(kind, pa.DictionaryType) else kind.storage_type
    return bool(pa.types.is_nested(kind))


def _is_void(value: object) -> bool:
    return value is None or value != value

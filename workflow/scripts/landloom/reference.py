"""Reference labels: points with a class, drawn from a raster or read from a table.

From a raster, the points are pixel centres, drawn without replacement and in proportion to the
classes. The population is exact: the pixels that have a class and whose centre falls on a pixel of
the embedding that has data. It is met in one pass, window by window. Every pixel gets a random key
that depends on the seed and on the pixel's place alone (a counter-based generator), and each class
keeps the pixels with the lowest keys: a uniform draw without replacement, whatever the file's
blocks, the windows, or how a mosaic is cut into files.

References
----------
Steele, Lea, Flood (2014), "Fast splittable pseudorandom number generators", OOPSLA: SplitMix64,
which makes the keys. Efraimidis, Spirakis (2006), "Weighted random sampling with a reservoir":
keeping the extreme keys is sampling without replacement.
"""

from __future__ import annotations

import json
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from affine import Affine
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from rasterio.errors import NodataShadowWarning
from rasterio.io import DatasetReader
from rasterio.windows import Window

from landloom.embedding import Embedding, EmbeddingInfo
from landloom.encoding import Mask
from landloom.errors import LandloomError
from landloom.raster import Floats, apply_affine, open_dataset

Integers = npt.NDArray[np.int64]

LONLAT = "EPSG:4326"
#: The largest class value: maps are uint8 and 255 is their nodata.
MAX_VALUE = 254

_RASTER_KEY = "map.reference.raster"
_TABLE_KEY = "map.reference.table"
_CLASSES_KEY = "map.reference.classes"


# -------------------------------------------------------------------------------------- classes


@dataclass(frozen=True)
class LandClass:
    """What a class value is called, and its colour as six hexadecimal digits, if it has one."""

    name: str
    colour: str | None = None


@dataclass(frozen=True)
class ClassTable:
    """How source codes become the values of the map.

    Attributes
    ----------
    path : str
        The file, for messages.
    values : mapping of str to int
        The value of each source code. Codes are text; whole numbers are written without a point.
    classes : mapping of int to LandClass
        Name and colour of each value.
    """

    path: str
    values: Mapping[str, int]
    classes: Mapping[int, LandClass]


def read_classes(path: str | Path) -> ClassTable:
    """Read a classes table: a CSV with the columns ``code,value`` and, if wanted, ``name,color``.

    Several codes may share a value; the value's name is then all their different names, and its
    colour the first one given.

    Raises
    ------
    LandloomError
        If the file or a column is missing, a code is empty or occurs twice, a value is not a whole
        number from 0 to 254, or a colour is not of six hexadecimal digits.
    """
    table = _read_csv(path, _CLASSES_KEY)
    _need_columns(table, ("code", "value"), path, _CLASSES_KEY)
    values: dict[str, int] = {}
    names: dict[int, list[str]] = {}
    colours: dict[int, str] = {}
    for line, row in enumerate(table.to_dict("records"), start=2):
        where = f"{_CLASSES_KEY}: {path}, line {line}"
        code = _code(row["code"])
        if not code:
            raise LandloomError(f"{where}: the code is empty; give it or delete the line")
        if code in values:
            raise LandloomError(f"{where}: the code {code} occurs twice; keep one of the lines")
        value = values[code] = _value(row["value"], where)
        name = row.get("name", "").strip()
        if name and name not in names.setdefault(value, []):
            names[value].append(name)
        colour = (row.get("color") or row.get("colour") or "").strip().lstrip("#")
        if colour and not re.fullmatch("[0-9A-Fa-f]{6}", colour):
            raise LandloomError(f"{where}: the color {colour!r} is not six hex digits (1A2B3C)")
        if colour:
            colours.setdefault(value, colour.upper())
    if not values:
        raise LandloomError(f"{_CLASSES_KEY}: {path} has no rows; give one for each class")
    classes = {
        value: LandClass(" / ".join(names.get(value, [])) or str(value), colours.get(value))
        for value in sorted(set(values.values()))
    }
    return ClassTable(str(path), values, classes)


def _code(text: str) -> str:
    """Write a code so that 10, ' 10' and 10.0 are one."""
    text = text.strip()
    return str(int(text.split(".")[0])) if re.fullmatch(r"[+-]?\d+(\.0*)?", text) else text


def _value(text: str, where: str) -> int:
    code = _code(text)
    if not re.fullmatch(r"\d+", code) or int(code) > MAX_VALUE:
        raise LandloomError(f"{where}: the value {text!r} is not a whole number, 0 to {MAX_VALUE}")
    return int(code)


# --------------------------------------------------------------------------------------- points


@dataclass(frozen=True)
class Points:
    """Labelled points on an embedding.

    Attributes
    ----------
    frame : DataFrame
        One row for each point: ``lon``, ``lat`` (EPSG:4326), ``x``, ``y`` (the embedding's CRS),
        ``row``, ``col`` (the embedding's pixel), ``source`` (the class as the source writes it),
        ``label`` (the class value). Samples have bands and a split too, see `landloom.sampling`.
    classes : mapping of int to LandClass
        What each label that occurs means.
    dropped : mapping of str to int
        How many candidates were left out, by reason.
    notes : tuple of str
        What a reader of the log should know.
    """

    frame: pd.DataFrame
    classes: Mapping[int, LandClass]
    dropped: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def write(self, path: str | Path) -> None:
        """Write everything into one Parquet file; equal points give equal bytes."""
        told = {
            "classes": {str(v): [c.name, c.colour] for v, c in self.classes.items()},
            "dropped": dict(self.dropped),
            "notes": list(self.notes),
        }
        table = pa.Table.from_pandas(self.frame, preserve_index=False)
        # In place of pandas' own metadata, which name the library's version.
        metadata = {"landloom": json.dumps(told, ensure_ascii=False)}
        pq.write_table(table.replace_schema_metadata(metadata), path, compression="zstd")

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read what `write` wrote."""
        table = pq.read_table(path)
        told = json.loads(table.schema.metadata[b"landloom"])
        return cls(
            frame=table.to_pandas(),
            classes={int(v): LandClass(*c) for v, c in told["classes"].items()},
            dropped=told["dropped"],
            notes=tuple(told["notes"]),
        )


# ----------------------------------------------------------------------------------- allocation


def allocate(counts: Mapping[int, int], n: int, minimum: int = 0) -> dict[int, int]:
    """Share out n draws in proportion to the classes; the largest class absorbs the rounding.

    Parameters
    ----------
    counts : mapping of int to int
        Members of each class.
    n : int
        Draws; all members are taken if there are fewer.
    minimum : int
        Draws that every class gets at least, as far as it has members.

    Returns
    -------
    dict of int to int
        Draws of each class: its share rounded to the nearest whole number (halves to even), and
        what is then left over or overdrawn goes to the largest class (the lowest value, if two are
        equally large). Should that class have too few members or draws for it, the next largest
        takes the rest. The sum is exactly n.

    Raises
    ------
    ValueError
        If n is too small to give every class its minimum.
    """
    total = sum(counts.values())
    if n >= total:
        return dict(counts)
    least = {value: min(minimum, count) for value, count in counts.items()}
    if sum(least.values()) > n:
        raise ValueError(f"{n} draws cannot give each of {len(counts)} classes {minimum}")
    draws = {v: max(least[v], _nearest(n * count, total)) for v, count in counts.items()}
    for value in sorted(counts, key=lambda v: (-counts[v], v)):
        rest = n - sum(draws.values())
        draws[value] = min(max(draws[value] + rest, least[value]), counts[value])
    return draws


def _nearest(numerator: int, denominator: int) -> int:
    """Divide to the nearest whole number, halves to even, without floating point."""
    quotient, rest = divmod(numerator, denominator)
    up = 2 * rest > denominator or (2 * rest == denominator and quotient % 2 == 1)
    return quotient + up


# ---------------------------------------------------------------------------------- pixel grids


class _Box(NamedTuple):
    """Half-open ranges of pixel rows and columns."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.bottom - self.top, self.right - self.left

    @property
    def area(self) -> int:
        return max(0, self.bottom - self.top) * max(0, self.right - self.left)

    @property
    def window(self) -> Window:
        return Window.from_slices((self.top, self.bottom), (self.left, self.right))

    def clip(self, other: _Box) -> _Box:
        return _Box(
            max(self.top, other.top),
            min(self.bottom, other.bottom),
            max(self.left, other.left),
            min(self.right, other.right),
        )

    def within(self, other: _Box) -> tuple[slice, slice]:
        """Give the box as an index into an array of a larger box."""
        return (
            slice(self.top - other.top, self.bottom - other.top),
            slice(self.left - other.left, self.right - other.left),
        )

    def quarters(self) -> Iterator[_Box]:
        row, col = (self.top + self.bottom) // 2, (self.left + self.right) // 2
        for top, bottom in ((self.top, row), (row, self.bottom)):
            for left, right in ((self.left, col), (col, self.right)):
                yield _Box(top, bottom, left, right)


_FAR = -(2**40)  # a pixel index that no raster has: the point lies nowhere on the grid's CRS
_SNAP = 1e-6  # pixels: centres on a pixel's edge belong to the next one, whatever the rounding


@dataclass(frozen=True)
class _Grid:
    """The pixels of a raster on the Earth."""

    crs: CRS
    transform: Affine
    width: int
    height: int

    @classmethod
    def of(cls, info: EmbeddingInfo) -> _Grid:
        return cls(CRS.from_wkt(info.crs), info.affine, info.width, info.height)

    @property
    def box(self) -> _Box:
        return _Box(0, self.height, 0, self.width)

    def centres(self, rows: Integers, cols: Integers) -> tuple[Floats, Floats]:
        """Give x and y of pixel centres."""
        return apply_affine(self.transform, cols.astype(float) + 0.5, rows.astype(float) + 0.5)

    def pixels(self, x: Floats, y: Floats) -> tuple[Integers, Integers]:
        """Give the row and column of the pixels in which points lie, on or off the raster."""
        col, row = (
            np.floor(np.clip(np.where(np.isfinite(axis), axis, _FAR), _FAR, -_FAR) + _SNAP)
            for axis in apply_affine(~self.transform, x, y)
        )
        return row.astype(np.int64), col.astype(np.int64)

    def holds(self, rows: Integers, cols: Integers) -> Mask:
        """Say which pixels are on the raster."""
        inside: Mask = (rows >= 0) & (rows < self.height) & (cols >= 0) & (cols < self.width)
        return inside


Coordinates = Callable[[Floats, Floats], tuple[Floats, Floats]]
Pixels = Callable[[Integers, Integers], tuple[Integers, Integers]]


def _transformer(source: CRS, target: CRS) -> Coordinates:
    """Give the coordinate transformation, x (lon) before y (lat); the identity for equal CRSs."""
    if source == target:
        return lambda x, y: (x, y)
    transform = Transformer.from_crs(source, target, always_xy=True).transform
    return lambda x, y: tuple(transform(x, y))


def _between(source: _Grid, target: _Grid) -> Pixels:
    """Give the function from pixels of one grid to those of another that hold their centres."""
    onto = _transformer(source.crs, target.crs)
    return lambda rows, cols: target.pixels(*onto(*source.centres(rows, cols)))


class _Layer:
    """A raster that answers for every pixel of another one: is there data at its centre?

    Where data are is read in aligned blocks, each once while it is in use, and kept as a byte per
    pixel in a cache of bounded size.
    """

    _cached = 128 * 2**20  # pixels
    _most = 2**24  # pixels looked at for one window

    def __init__(self, grid: _Grid, side: int, valid: Callable[[Window], Mask]) -> None:
        self.grid = grid
        self.void = 0  # pixels asked for so far that lay on the raster, but not on data
        self._side = side
        self._valid = valid
        self._block = lru_cache(maxsize=self._cached // side**2)(self._read)

    def has_data(self, box: _Box, wanted: Mask, locate: Pixels) -> Mask:
        """Say which pixels of the other raster have their centre on data here.

        Parameters
        ----------
        box : _Box
            Pixels of the other raster.
        wanted : bool ndarray, of the box's shape
            The pixels in question; the answer for the others is no.
        locate : callable
            Leads from the other raster's pixels to this one's.
        """
        answer = np.zeros_like(wanted)
        if not wanted.any():
            return answer
        # The transformation is continuous, so the box's outline bounds all that lies within.
        rows, cols = locate(*_outline(box))
        known = bool((rows > _FAR).all())
        outline = _around(rows, cols)
        cover = outline.clip(self.grid.box)
        if known and not cover.area:
            return answer
        if max(box.shape) > 64 and (not known or cover.area > self._most):
            for part in box.quarters():
                view = part.within(box)
                answer[view] = self.has_data(part, wanted[view], locate)
            return answer
        if known and cover == outline:
            mask = self._mask(cover)
            if mask.all():
                return wanted
            if not mask.any():
                self.void += int(np.count_nonzero(wanted))
                return answer
        rows, cols = np.nonzero(wanted)
        there = self._at(*locate(rows + box.top, cols + box.left))
        answer[rows[there], cols[there]] = True
        return answer

    def _at(self, rows: Integers, cols: Integers) -> Mask:
        there = self.grid.holds(rows, cols)
        if there.any():
            rows, cols = rows[there], cols[there]
            cover = _around(rows, cols).clip(self.grid.box)
            found = self._mask(cover)[rows - cover.top, cols - cover.left]
            self.void += int(np.count_nonzero(~found))
            there[there] = found
        return there

    def _mask(self, box: _Box) -> Mask:
        mask = np.empty(box.shape, dtype=np.bool_)
        side = self._side
        for row in range(box.top // side * side, box.bottom, side):
            for col in range(box.left // side * side, box.right, side):
                block = _Box(row, row + side, col, col + side)
                part = block.clip(box)
                mask[part.within(box)] = self._block(row, col)[part.within(block)]
        return mask

    def _read(self, row: int, col: int) -> Mask:
        box = _Box(row, row + self._side, col, col + self._side).clip(self.grid.box)
        return self._valid(box.window)


def _outline(box: _Box) -> tuple[Integers, Integers]:
    """Give rows and columns of the pixels along a box's edge."""
    rows, cols = np.arange(box.top, box.bottom), np.arange(box.left, box.right)
    ends = np.ones_like
    return (
        np.concatenate([rows, rows, ends(cols) * box.top, ends(cols) * (box.bottom - 1)]),
        np.concatenate([ends(rows) * box.left, ends(rows) * (box.right - 1), cols, cols]),
    )


def _around(rows: Integers, cols: Integers) -> _Box:
    """Give the smallest box of pixels, with a margin of one for rounding."""
    return _Box(int(rows.min()) - 1, int(rows.max()) + 2, int(cols.min()) - 1, int(cols.max()) + 2)


def _reach(grid: _Grid, other: _Grid) -> _Box:
    """Give the pixels of a grid that can lie on another one: a box with a margin to spare."""
    west, south, east, north = _bounds(other, LONLAT)
    if not (east - west < 90 and north - south < 90):
        return grid.box  # over much of the globe, the image of a box's edge does not enclose it
    west, south, east, north = _bounds(other, grid.crs)
    if west > east and grid.crs.is_geographic:  # across the antimeridian
        west, east = -180.0, 180.0
    x, y = np.array([west, west, east, east]), np.array([south, north, south, north])
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return grid.box
    box = _around(*grid.pixels(x, y))
    rows, cols = (size // 100 for size in box.shape)
    wide = _Box(box.top - rows, box.bottom + rows, box.left - cols, box.right + cols)
    return wide.clip(grid.box)


def _bounds(grid: _Grid, crs: CRS | str) -> tuple[float, float, float, float]:
    """Give west, south, east, north of a grid in a CRS."""
    corners = np.array([[0, 0], [grid.width, 0], [0, grid.height], [grid.width, grid.height]]).T
    x, y = grid.transform @ (corners[0], corners[1])
    box = float(x.min()), float(y.min()), float(x.max()), float(y.max())
    if grid.crs == crs:
        return box
    try:
        transformer = Transformer.from_crs(grid.crs, crs, always_xy=True)
        west, south, east, north = transformer.transform_bounds(*box, densify_pts=101)
    except ProjError:
        return (np.inf,) * 4
    return west, south, east, north


# ---------------------------------------------------------------------------- from a raster


def points_from_raster(
    paths: str | Path | Sequence[str | Path],
    info: EmbeddingInfo,
    n_points: int,
    seed: int,
    *,
    band: int = 1,
    table: ClassTable | None = None,
    window: int = 1024,
) -> Points:
    """Draw labelled points from a raster of classes, in proportion to the classes.

    Parameters
    ----------
    paths : path or sequence of paths
        The raster, or several in whatever CRSs: together they are one mosaic, and where files
        overlap, the first one that has a class at a place speaks for it. So no place is drawn
        twice.
    info : EmbeddingInfo
        The embedding. A pixel counts if its centre falls on a pixel of the embedding with data.
    n_points : int
        How many points to draw; all pixels are taken if there are fewer.
    seed : int
        Chooses the points, together with the pixels' places alone.
    band : int
        The band of classes, from 1.
    table : ClassTable, optional
        Maps codes to class values. Pixels whose code it does not have are left out, and counted.
        Without it, the codes are the values.
    window : int
        The side of the windows read, in pixels. It changes memory, never the points.

    Returns
    -------
    Points
        In random order, so that any first k of them are a draw as well.

    Raises
    ------
    LandloomError
        If a file cannot be read as class codes, no pixel with a class falls on data of the
        embedding, or a code has no value in the map.

    Notes
    -----
    The points of each class number exactly as `allocate` gives for the population. Each class keeps
    at most `n_points` pixels while reading, about 32 bytes each.
    """
    names = [str(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
    if not names:
        raise LandloomError(f"{_RASTER_KEY}: the list of files is empty; name at least one raster")
    target = _Grid.of(info)
    with warnings.catch_warnings(), Embedding(info) as embedding:
        warnings.simplefilter("ignore", NodataShadowWarning)  # nodata goes before an alpha band
        files = _survey(names, band)
        draw = _Draw(n_points, table)
        layer = _Layer(target, info.chunk, embedding.valid)
        for number, file in enumerate(files):
            start = np.random.SeedSequence([seed, file.number]).generate_state(1, np.uint64)
            for box, codes, known in _population(file, files[:number], layer, window):
                draw.offer(codes, known, _keys(start, file, box), number, box)
    draw.without_data = layer.void
    if not draw.counts:
        raise LandloomError(_nothing(files, info, draw))
    chosen, draws = draw.finish()
    frame = _place(chosen, files, info, draw.values)
    return Points(
        frame=frame,
        classes=_present(frame, table.classes if table else None),
        dropped=draw.dropped(),
        notes=tuple(_told(draw, draws, n_points)),
    )


@dataclass(frozen=True)
class _File:
    """A reference raster and its place in the numbering of all pixels.

    Files on one grid of pixels share the number of that grid, and `row` and `col` of their first
    pixel count from the CRS's origin: so a pixel has the same key in whichever file it is stored.
    """

    path: str
    grid: _Grid
    band: int
    number: int
    row: int
    col: int

    def open(self) -> DatasetReader:
        return open_dataset(self.path, f"{_RASTER_KEY}: {self.path}")


def _survey(names: Iterable[str], band: int) -> list[_File]:
    """Read the headers, and number the pixel grids on which the files lie."""
    files: list[_File] = []
    origins: list[tuple[_Grid, int, int]] = []
    for name in names:
        with open_dataset(name, f"{_RASTER_KEY}: {name}") as source:
            if not 1 <= band <= source.count:
                raise LandloomError(
                    f"map.reference.band: {name} has {source.count} bands, but no band {band}"
                )
            if np.dtype(source.dtypes[band - 1]).kind not in "iuf":
                raise LandloomError(
                    f"{_RASTER_KEY}: {name} holds {source.dtypes[band - 1]}, not class codes"
                )
            crs = CRS.from_wkt(source.crs.to_wkt())
            grid = _Grid(crs, source.transform, source.width, source.height)
        for number, (first, row, col) in enumerate(origins):
            shift = _shift(first, grid)
            if shift:
                files.append(_File(name, grid, band, number, row + shift[0], col + shift[1]))
                break
        else:
            a, b, c, d, e, f = tuple(grid.transform)[:6]
            col, row = ~Affine(a, b, 0, d, e, 0) @ (c, f)
            row, col = (int(np.floor(value + 1e-3)) for value in (row, col))
            files.append(_File(name, grid, band, len(origins), row, col))
            origins.append((grid, row, col))
    return files


def _shift(first: _Grid, other: _Grid) -> tuple[int, int] | None:
    """Give the rows and columns between two grids' first pixels; None if the pixels differ."""
    if first.crs != other.crs:
        return None
    axes = ~first.transform @ other.transform
    drift = max(abs(axes.a - 1), abs(axes.b), abs(axes.d), abs(axes.e - 1))
    row, col = round(axes.f), round(axes.c)
    off = max(abs(axes.f - row), abs(axes.c - col))
    aligned = drift * max(other.width, other.height) <= 0.01 and off <= 0.01
    return (row, col) if aligned else None


def _meet(one: _Grid, other: _Grid) -> bool:
    """Say whether two grids may share ground; files that merely touch do not."""
    west, south, east, north = _bounds(one, other.crs)
    own = _bounds(other, other.crs)
    if not np.isfinite([west, south, east, north]).all() or west > east:
        return True
    a, b, _, d, e, _ = tuple(other.transform)[:6]
    slack = 1e-3 * max(abs(a) + abs(b), abs(d) + abs(e))
    across = min(east, own[2]) - max(west, own[0])
    along = min(north, own[3]) - max(south, own[1])
    return bool(min(across, along) > slack)


def _population(
    file: _File, earlier: Sequence[_File], embedding: _Layer, size: int
) -> Iterator[tuple[_Box, npt.NDArray[Any], Mask]]:
    """Read a file's codes window by window, and which pixels belong to the population."""
    onto = _between(file.grid, embedding.grid)
    with ExitStack() as stack:
        source = stack.enter_context(file.open())
        above = []
        for other in earlier:
            if _meet(other.grid, file.grid):
                valid = _with_class(stack.enter_context(other.open()), other.band)
                above.append((_Layer(other.grid, 1024, valid), _between(file.grid, other.grid)))
        for box in _windows(_reach(file.grid, embedding.grid), size):
            codes, known = _codes(source, file, box)
            for layer, locate in above:
                known &= ~layer.has_data(box, known, locate)
            known = embedding.has_data(box, known, onto)
            if known.any():
                yield box, codes, known


def _with_class(source: DatasetReader, band: int) -> Callable[[Window], Mask]:
    return lambda window: source.read_masks(band, window=window) != 0


def _windows(box: _Box, size: int) -> Iterator[_Box]:
    for row in range(box.top // size * size, box.bottom, size):
        for col in range(box.left // size * size, box.right, size):
            yield _Box(row, row + size, col, col + size).clip(box)


def _codes(source: DatasetReader, file: _File, box: _Box) -> tuple[npt.NDArray[Any], Mask]:
    """Read class codes as integers, and which pixels have one."""
    values = source.read(file.band, window=box.window, masked=True)
    known = ~np.ma.getmaskarray(values)
    codes: npt.NDArray[Any] = values.data
    if codes.dtype.kind == "f":
        known &= np.isfinite(codes)
        codes = np.where(known, codes, 0)
        broken = codes != np.rint(codes)
        if broken.any():
            raise LandloomError(
                f"{_RASTER_KEY}: {file.path} holds fractions such as {codes[broken][0]}, "
                "so it is no raster of class codes; check the file and map.reference.band"
            )
        codes = codes.astype(np.int64)
    return codes, known


def _keys(start: npt.NDArray[Any], file: _File, box: _Box) -> npt.NDArray[np.uint64]:
    """Give every pixel of a box its random 64 bits: SplitMix64 at the pixel's own position."""
    rows = np.arange(box.top + file.row, box.bottom + file.row).astype(np.uint64)
    cols = np.arange(box.left + file.col, box.right + file.col).astype(np.uint64)
    low = np.uint64(0xFFFFFFFF)
    position = (rows << np.uint64(32))[:, None] | (cols & low)[None, :]
    bits: npt.NDArray[np.uint64] = position.astype(np.uint64, copy=False)
    bits *= np.uint64(0x9E3779B97F4A7C15)
    bits += start
    bits ^= bits >> np.uint64(30)
    bits *= np.uint64(0xBF58476D1CE4E5B9)
    bits ^= bits >> np.uint64(27)
    bits *= np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    return bits


_PIXEL = np.dtype([("key", "u8"), ("file", "i4"), ("row", "i4"), ("col", "i4"), ("code", "i8")])
_MOST_CODES = 1024


class _Draw:
    """The pixels with the lowest keys of each class, among all that were offered."""

    def __init__(self, n: int, table: ClassTable | None) -> None:
        self.counts: Counter[int] = Counter()  # pixels of the population by class value
        self.values: dict[int, int | None] = {}  # class value by code
        self.without_data = 0
        self._missing: Counter[int] = Counter()
        self._n = n
        self._table = table
        self._kept: dict[int, list[npt.NDArray[np.void]]] = {}
        self._limits: dict[int, int] = {}

    def offer(
        self,
        codes: npt.NDArray[Any],
        inside: Mask,
        keys: npt.NDArray[np.uint64],
        file: int,
        box: _Box,
    ) -> None:
        """Take note of a window's pixels; all arrays are of the box's shape."""
        present, index, numbers = _tally(codes, inside)
        limits = np.zeros(present.size, dtype=np.uint64)
        for place in np.flatnonzero(numbers):
            value = self._value_of(int(present[place]), int(numbers[place]))
            if value is not None:
                limits[place] = self._limits.get(value, 2**64 - 1)
        rows, cols = np.nonzero(inside & (keys <= limits[index]))
        pixels = np.empty(rows.size, dtype=_PIXEL)
        pixels["key"] = keys[rows, cols]
        pixels["file"] = file
        pixels["row"] = rows + box.top
        pixels["col"] = cols + box.left
        pixels["code"] = codes[rows, cols]
        for value in {self.values[int(code)] for code in np.unique(pixels["code"])}:
            if value is not None:
                own = [code for code, other in self.values.items() if other == value]
                self._keep(value, pixels[np.isin(pixels["code"], own)])

    def finish(self) -> tuple[npt.NDArray[np.void], dict[int, int]]:
        """Give the pixels drawn, in order of their keys, and how many each class was to have."""
        draws = allocate(self.counts, self._n)
        chosen = [_lowest(np.concatenate(self._kept[v]), draw) for v, draw in draws.items()]
        return np.sort(np.concatenate(chosen), order=["key", "file", "row", "col"]), draws

    def dropped(self) -> dict[str, int]:
        """Count the pixels with a class that are not of the population, by reason."""
        counts = {"no embedding data": self.without_data}
        for code, number in sorted(self._missing.items()):
            counts[f"code {code} not in the classes table"] = number
        return {reason: number for reason, number in counts.items() if number}

    def _value_of(self, code: int, number: int) -> int | None:
        """Give a code's class value, and count its pixels."""
        if code not in self.values:
            self.values[code] = self._table.values.get(str(code)) if self._table else code
        if len(self.values) > _MOST_CODES:
            raise LandloomError(
                f"{_RASTER_KEY}: more than {_MOST_CODES} different codes ({code} among them), so "
                "this is no raster of classes; check the file and map.reference.band"
            )
        value = self.values[code]
        if value is None:
            self._missing[code] += number
        elif not 0 <= value <= MAX_VALUE:
            raise LandloomError(
                f"{_RASTER_KEY}: the code {code} does not fit into the map, which holds 0 to "
                f"{MAX_VALUE}; give a classes table that maps it ({_CLASSES_KEY})"
            )
        else:
            self.counts[value] += number
        return value

    def _keep(self, value: int, pixels: npt.NDArray[np.void]) -> None:
        kept = self._kept.setdefault(value, [])
        kept.append(pixels)
        if sum(part.size for part in kept) >= 2 * self._n:  # not at every window: it costs a sort
            kept[:] = [_lowest(np.concatenate(kept), self._n)]
            self._limits[value] = int(kept[0]["key"].max())


def _lowest(pixels: npt.NDArray[np.void], n: int) -> npt.NDArray[np.void]:
    if pixels.size <= n:
        return pixels
    return pixels[np.argpartition(pixels["key"], n)[:n]] if n else pixels[:0]


def _tally(
    codes: npt.NDArray[Any], inside: Mask
) -> tuple[npt.NDArray[Any], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Give codes in ascending order, each pixel's index among them, and their numbers inside."""
    known = codes[inside].astype(np.int64)
    low, high = int(known.min()), int(known.max())
    if high - low < 2**16:
        present: npt.NDArray[Any] = np.arange(low, high + 1)
        inner = known - low
    else:
        present, inner = np.unique(known, return_inverse=True)
    index = np.zeros(codes.shape, dtype=np.intp)
    index[inside] = inner
    return present, index, np.bincount(inner, minlength=present.size)


def _place(
    chosen: npt.NDArray[np.void],
    files: Sequence[_File],
    info: EmbeddingInfo,
    values: Mapping[int, int | None],
) -> pd.DataFrame:
    """Give drawn pixels their coordinates and labels."""
    target = _Grid.of(info)
    lon, lat, x, y = (np.empty(chosen.size) for _ in range(4))
    for number, file in enumerate(files):
        own = np.flatnonzero(chosen["file"] == number)
        if own.size:
            rows, cols = chosen["row"][own].astype(np.int64), chosen["col"][own].astype(np.int64)
            there = file.grid.centres(rows, cols)
            lon[own], lat[own] = _transformer(file.grid.crs, CRS(LONLAT))(*there)
            x[own], y[own] = _transformer(file.grid.crs, target.crs)(*there)
    labels = [values[int(code)] for code in chosen["code"]]
    return _frame(lon, lat, x, y, target, [str(code) for code in chosen["code"]], labels)


def _frame(
    lon: Floats,
    lat: Floats,
    x: Floats,
    y: Floats,
    grid: _Grid,
    source: Iterable[str],
    label: Iterable[int | None],
) -> pd.DataFrame:
    row, col = grid.pixels(x, y)
    return pd.DataFrame(
        {
            "lon": lon,
            "lat": lat,
            "x": x,
            "y": y,
            "row": row,
            "col": col,
            "source": pd.Series(list(source), dtype="str"),
            "label": pd.Series(list(label), dtype="int64"),
        }
    )


def _present(frame: pd.DataFrame, classes: Mapping[int, LandClass] | None) -> dict[int, LandClass]:
    """Say what the labels that occur mean; without a table, they are their own names."""
    found = sorted(frame["label"].unique().tolist())
    return {value: classes[value] if classes else LandClass(str(value)) for value in found}


def _told(draw: _Draw, draws: Mapping[int, int], n: int) -> Iterator[str]:
    total = sum(draw.counts.values())
    if total < n:
        yield f"all {total} pixels are taken: there are fewer than the {n} points asked for"
    for value in sorted(draws):
        if not draws[value]:
            share = draw.counts[value] / total
            yield f"class {value} gets no point: {draw.counts[value]} pixels ({share:.4%} of all)"
    for reason, number in draw.dropped().items():
        yield f"{number} pixels left out: {reason}"


def _nothing(files: Sequence[_File], info: EmbeddingInfo, draw: _Draw) -> str:
    """Say why no pixel at all could be drawn."""
    first = files[0].path + (f" (and {len(files) - 1} more)" if len(files) > 1 else "")
    if draw.values:
        return (
            f"{_CLASSES_KEY}: none of the codes in {first} is in the table: "
            f"{', '.join(str(code) for code in sorted(draw.values))}; add them"
        )
    if draw.without_data:
        return (
            f"{_RASTER_KEY}: the {draw.without_data} pixels with a class that {first} has on the "
            "embedding all fall on pixels without data; check map.embedding.nodata"
        )
    return (
        f"{_RASTER_KEY}: no pixel with a class in {first} lies on the embedding, "
        f"lon/lat {_lonlat(_Grid.of(info))}; the reference covers "
        f"{', '.join(_lonlat(file.grid) for file in files[:5])}"
    )


def _lonlat(grid: _Grid) -> str:
    return "({:.4f}, {:.4f}, {:.4f}, {:.4f})".format(*_bounds(grid, LONLAT))


# ------------------------------------------------------------------------------ from a table


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
    rows = _read_csv(path, _TABLE_KEY)
    _need_columns(rows, (x, y, label), path, _TABLE_KEY)
    if rows.empty:
        raise LandloomError(f"{_TABLE_KEY}: {path} has no rows; give one for each point")
    east, north = _coordinates(rows, x, y, path)
    try:
        given = CRS.from_user_input(crs)
    except CRSError as error:
        raise LandloomError(
            f"map.reference.crs: {crs!r} is no known CRS; give a name such as EPSG:4326"
        ) from error
    grid = _Grid.of(info)
    onto = _transformer(given, grid.crs)
    there_x, there_y = onto(east, north)
    inside = grid.holds(*grid.pixels(there_x, there_y))
    if not inside.any():
        swapped = grid.holds(*grid.pixels(*onto(north, east)))
        raise LandloomError(_all_outside(path, grid, (east, north), given, bool(swapped.any())))
    sources = np.array([_code(text) for text in rows[label]], dtype=object)
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
            f"{_TABLE_KEY}: no point of {path} on the embedding has a class: {listed(dropped)}"
        )
    lon, lat = _transformer(given, CRS(LONLAT))(east, north)
    frame = _frame(
        lon[keep],
        lat[keep],
        there_x[keep],
        there_y[keep],
        grid,
        sources[keep],
        [labels[number] for number in np.flatnonzero(keep)],
    )
    counts = {reason: number for reason, number in dropped.items() if number}
    return Points(
        frame=frame,
        classes=_present(frame, classes),
        dropped=counts,
        notes=tuple(f"{number} points left out: {reason}" for reason, number in counts.items()),
    )


def _label_values(
    sources: npt.NDArray[np.object_], table: ClassTable | None
) -> tuple[Mapping[str, int], Mapping[int, LandClass]]:
    """Give the class value of every label, and what the values mean."""
    if table:
        return table.values, table.classes
    names = sorted({source for source in sources if source})
    if all(re.fullmatch(r"-?\d+", name) for name in names):
        values = {name: _value(name, f"{_TABLE_KEY}: label {name}") for name in names}
    elif len(names) > MAX_VALUE:
        raise LandloomError(
            f"{_TABLE_KEY}: {len(names)} different labels, but a map holds {MAX_VALUE} classes; "
            "check map.reference.label"
        )
    else:
        values = {name: number for number, name in enumerate(names, start=1)}
    return values, {value: LandClass(name) for name, value in values.items()}


def _coordinates(rows: pd.DataFrame, x: str, y: str, path: str | Path) -> tuple[Floats, Floats]:
    columns = [pd.to_numeric(rows[name], errors="coerce").to_numpy(float) for name in (x, y)]
    bad = np.flatnonzero(~(np.isfinite(columns[0]) & np.isfinite(columns[1])))
    if bad.size:
        shown = "; ".join(
            f"line {row + 2}: {x}={rows[x].iloc[row]!r}, {y}={rows[y].iloc[row]!r}"
            for row in bad[:5]
        )
        raise LandloomError(
            f"{_TABLE_KEY}: {bad.size} rows of {path} have no readable coordinates ({shown}"
            f"{'; …' if bad.size > 5 else ''}); correct or delete them"
        )
    return columns[0], columns[1]


def _all_outside(
    path: str | Path, grid: _Grid, at: tuple[Floats, Floats], crs: CRS, swapped: bool
) -> str:
    spans = [f"{axis.min():.6g} to {axis.max():.6g}" for axis in at]
    here = "({:.6g}, {:.6g}, {:.6g}, {:.6g})".format(*_bounds(grid, crs))
    hint = (
        "x and y seem to be swapped"
        if swapped
        else "check map.reference.x, .y and .crs, and the embedding"
    )
    return (
        f"{_TABLE_KEY}: all {at[0].size} points of {path} lie outside the embedding: in "
        f"{crs.to_string()[:60]} they span x {spans[0]}, y {spans[1]}, the embedding {here}; {hint}"
    )


def listed(counts: Mapping[str, int]) -> str:
    """Write counts of things as a list in words."""
    return ", ".join(f"{number} {reason}" for reason, number in counts.items() if number)


def _read_csv(path: str | Path, key: str) -> pd.DataFrame:
    """Read a CSV file as text, so that a class called NA stays one."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except OSError as error:
        raise LandloomError(f"{key}: cannot read {path} ({error.strerror or error})") from error
    except (ValueError, UnicodeError) as error:
        raise LandloomError(f"{key}: {path} is not a CSV file in UTF-8 ({error})") from error
    return table.rename(columns=str.strip)


def _need_columns(table: pd.DataFrame, names: Iterable[str], path: str | Path, key: str) -> None:
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise LandloomError(
            f"{key}: {path} has no column {' or '.join(missing)}; "
            f"its columns are {', '.join(table.columns)}"
        )

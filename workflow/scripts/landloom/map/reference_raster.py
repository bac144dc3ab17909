"""Reference labels from a raster: points with a class, drawn in proportion to the classes.

The points are pixel centres, drawn without replacement. The population is exact: the pixels that
have a class and whose centre falls on a pixel of the embedding that has data. It is met in one
pass, window by window. Every pixel gets a random key that depends on the seed and on the pixel's
place alone (a counter-based generator), and each class keeps the pixels with the lowest keys: a
uniform draw without replacement, whatever the file's blocks, the windows, or how a mosaic is cut
into files.

References
----------
Steele, Lea, Flood (2014), "Fast splittable pseudorandom number generators", OOPSLA: SplitMix64,
which makes the keys. Efraimidis, Spirakis (2006), "Weighted random sampling with a reservoir":
keeping the extreme keys is sampling without replacement.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from affine import Affine
from rasterio.errors import NodataShadowWarning
from rasterio.io import DatasetReader
from rasterio.windows import Window

from landloom.addresses import shown
from landloom.arrays import Mask
from landloom.errors import LandloomError
from landloom.job.runner import tenths
from landloom.legend.classes import CLASSES_KEY, ClassTable, missing_codes, values_by_name
from landloom.legend.legends import Entry, few_codes
from landloom.legend.values import MAX_VALUE
from landloom.map.pixel_keys import pixel_keys, start_of
from landloom.map.points import Points, occurring, point_frame
from landloom.map.shares import Shares
from landloom.map.zone_coverage import ZoneCoverage
from landloom.map.zones import NOBODY, Owners, ZonedEmbedding
from landloom.raster.bounds import Bounds
from landloom.raster.coordinates import LONLAT, coordinates, to_lonlat
from landloom.raster.coverage import Coverage
from landloom.raster.numbers import kind_of
from landloom.raster.opening import open_dataset, reading
from landloom.raster.pixel_grid import Box, PixelGrid, pixels_onto

_KEY = "map.reference.raster"
_PIXEL = np.dtype(
    [("key", "u8"), ("file", "i4"), ("row", "i4"), ("col", "i4"), ("code", "i8"), ("zone", "i2")]
)
_MOST_CODES = 1024


@dataclass(frozen=True)
class ReferenceRaster:
    """A raster of class codes.

    Parameters
    ----------
    paths : sequence of paths
        One file, or several in whatever CRSs: together they are one mosaic, and where files
        overlap, the first one that has a class at a place speaks for it. So no place is drawn
        twice.
    band : int
        The band of classes, from 1.
    shares : Shares
        How many points each class gets.
    """

    paths: Sequence[str | Path]
    band: int = 1
    shares: Shares = field(default_factory=Shares)


def points_from_raster(
    reference: ReferenceRaster,
    embedding: ZonedEmbedding,
    n_points: int,
    seed: int,
    *,
    table: ClassTable | None = None,
    window: int = 1024,
) -> Points:
    """Draw labelled points from a raster of classes, by default in proportion to the classes.

    Parameters
    ----------
    reference : ReferenceRaster
        The raster.
    embedding : ZonedEmbedding
        A pixel counts if its centre falls on a pixel with data of some zone. It is met in the zone
        that speaks for the place, if that has data there.
    n_points : int
        How many points to draw; all pixels are taken if there are fewer.
    seed : int
        Chooses the points, together with the pixels' places alone.
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
        embedding, a code has no value in the map, or `n_points` does not give each class what is
        asked for.

    Notes
    -----
    The points of each class number exactly as `Shares.draws` gives for the population. Each class
    keeps at most `n_points` pixels while reading, about 34 bytes each.
    """
    if not reference.paths:
        raise LandloomError(f"{_KEY}: the list of files is empty; name at least one raster")
    with warnings.catch_warnings(), ZoneCoverage(embedding) as zones:
        warnings.simplefilter("ignore", NodataShadowWarning)  # nodata goes before an alpha band
        files = _survey(reference)
        near = [file for file in files if zones.reach(file.grid, window)]  # of a thousand, a few
        draw = _Draw(n_points, table, reference.shares)
        for number, file in enumerate(near):
            start = start_of(seed, file.number)
            for box, codes, settled in _population(file, near[:number], zones, window):
                draw.offer(codes, settled, _keys(start, file, box), number, box)
    draw.without_data = zones.void
    if not draw.counts:
        raise LandloomError(_nothing(files, embedding, draw))
    chosen, draws = draw.finish()
    frame = _place(chosen, near, embedding, draw.values)
    return Points(
        frame=frame,
        classes=occurring(frame, table.classes if table else None),
        dropped=draw.dropped(),
        notes=tuple(_told(draw, draws, n_points)),
        proportional=reference.shares.keeps_proportions or draws == draw.counts,
    )


def check_place(reference: ReferenceRaster, embedding: ZonedEmbedding) -> None:
    """Refuse rasters that nowhere reach the embedding, by their headers alone.

    Raises
    ------
    LandloomError
        As `points_from_raster` says it.
    """
    files = _survey(reference)
    with ZoneCoverage(embedding) as zones:
        if not any(zones.reach(file.grid, 1024) for file in files):
            raise LandloomError(_nothing(files, embedding, _Draw(0, None, reference.shares)))


@dataclass(frozen=True)
class _File:
    """A reference raster and its place in the numbering of all pixels.

    Files on one grid of pixels share the number of that grid, and `row` and `col` of their first
    pixel count from the CRS's origin: so a pixel has the same key in whichever file it is stored.
    """

    path: str
    grid: PixelGrid
    band: int
    number: int
    row: int
    col: int

    def open(self) -> DatasetReader:
        return open_dataset(self.path, f"{_KEY}: {self.path}")


def _survey(reference: ReferenceRaster) -> list[_File]:
    """Read the headers, and number the pixel grids on which the files lie."""
    band = reference.band
    files: list[_File] = []
    origins: list[tuple[PixelGrid, int, int]] = []
    for name in map(str, reference.paths):
        with open_dataset(name, f"{_KEY}: {name}") as source:
            if not 1 <= band <= source.count:
                raise LandloomError(
                    f"map.reference.band: {name} has {source.count} bands, but no band {band}; "
                    "give the number of one, or leave the key out"
                )
            if kind_of(source.dtypes[band - 1]) not in "iuf":
                raise LandloomError(
                    f"{_KEY}: {name} holds {source.dtypes[band - 1]}, not class codes; name a "
                    "raster of classes"
                )
            grid = PixelGrid.of(source)
        for number, (first, row, col) in enumerate(origins):
            shift = first.shift(grid)
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


def _population(
    file: _File, earlier: Sequence[_File], zones: ZoneCoverage, size: int
) -> Iterator[tuple[Box, npt.NDArray[Any], Owners]]:
    """Read a file's codes window by window, and in which zone each pixel of the population lies."""
    seen = zones.seen_from(file.grid)
    with ExitStack() as stack:
        source = stack.enter_context(file.open())
        above = []
        for other in earlier:
            if other.grid.meets(file.grid):
                valid = _with_class(stack.enter_context(other.open()), other)
                above.append(
                    (Coverage(other.grid, 1024, valid), pixels_onto(file.grid, other.grid))
                )
        for box in tenths(zones.reach(file.grid, size), shown(file.path)):
            codes, known = _codes(source, file, box.window)
            for layer, locate in above:
                known &= ~layer.has_data(box, known, locate)
            settled = seen.settle(box, known)
            if (settled != NOBODY).any():
                yield box, codes, settled


def _with_class(source: DatasetReader, file: _File) -> Callable[[Window], Mask]:
    return lambda window: _codes(source, file, window)[1]


def _codes(source: DatasetReader, file: _File, window: Window) -> tuple[npt.NDArray[Any], Mask]:
    """Read class codes as integers, and which pixels have one."""
    with reading(f"{_KEY}: {file.path}", file.path):
        values = source.read(file.band, window=window, masked=True)
    known = ~np.ma.getmaskarray(values)
    codes: npt.NDArray[Any] = values.data
    if codes.dtype.kind == "f":
        known &= np.isfinite(codes)
        codes = np.where(known, codes, 0)
        broken = codes != np.rint(codes)
        if broken.any():
            raise LandloomError(
                f"{_KEY}: {file.path} holds fractions such as {codes[broken][0]}, "
                "so it is no raster of class codes; check the file and map.reference.band"
            )
        codes = codes.astype(np.int64)
    return codes, known


def _keys(start: npt.NDArray[Any], file: _File, box: Box) -> npt.NDArray[np.uint64]:
    """Return the random keys of a box of a file's pixels, by their place among all."""
    rows = np.arange(box.top + file.row, box.bottom + file.row)
    cols = np.arange(box.left + file.col, box.right + file.col)
    return pixel_keys(start, rows, cols)


class _Draw:
    """The pixels with the lowest keys of each class, among all that were offered."""

    def __init__(self, n: int, table: ClassTable | None, shares: Shares) -> None:
        self.counts: Counter[int] = Counter()  # pixels of the population by class value
        self.values: dict[int, int | None] = {}  # class value by code
        self.without_data = 0
        self._missing: Counter[int] = Counter()
        self._n = n
        self.table = table
        self._shares = shares
        self._kept: dict[int, list[npt.NDArray[np.void]]] = {}
        self._limits: dict[int, int] = {}

    def offer(
        self,
        codes: npt.NDArray[Any],
        settled: Owners,
        keys: npt.NDArray[np.uint64],
        file: int,
        box: Box,
    ) -> None:
        """Take note of a window's pixels; all arrays are of the box's shape."""
        inside = settled != NOBODY
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
        pixels["zone"] = settled[rows, cols]
        for value in {self.values[int(code)] for code in np.unique(pixels["code"])}:
            if value is not None:
                own = [code for code, other in self.values.items() if other == value]
                self._keep(value, pixels[np.isin(pixels["code"], own)])

    def finish(self) -> tuple[npt.NDArray[np.void], dict[int, int]]:
        """Return the pixels drawn, in order of their keys, and how many each class was to have."""
        classes = self.table.classes if self.table else {v: Entry(str(v)) for v in self.counts}
        written = {str(code): v for code, v in self.values.items() if v is not None}
        there = {value: classes[value] for value in sorted(self.counts)}
        names = values_by_name(there, written)
        draws = self._shares.draws(self.counts, self._n, names, "map.reference")
        chosen = [_lowest(np.concatenate(self._kept[v]), draw) for v, draw in draws.items()]
        return np.sort(np.concatenate(chosen), order=["key", "file", "row", "col"]), draws

    def dropped(self) -> dict[str, int]:
        """Count the pixels with a class that are not of the population, by reason."""
        counts = {"reference pixels without embedding data": self.without_data}
        for code, number in sorted(self._missing.items()):
            counts[f"reference pixels of code {code}, not in the classes table"] = number
        return {reason: number for reason, number in counts.items() if number}

    def _value_of(self, code: int, number: int) -> int | None:
        """Return a code's class value, and count its pixels."""
        if code not in self.values:
            self.values[code] = self.table.values.get(str(code)) if self.table else code
        if len(self.values) > _MOST_CODES:
            raise LandloomError(
                f"{_KEY}: more than {_MOST_CODES} different codes ({code} among them), so "
                "this is no raster of classes; check the file and map.reference.band"
            )
        value = self.values[code]
        if value is None:
            self._missing[code] += number
        elif not 0 <= value <= MAX_VALUE:
            raise LandloomError(
                f"{_KEY}: the code {code} does not fit into the map, which holds 0 to "
                f"{MAX_VALUE}; give a classes table that maps it ({CLASSES_KEY})"
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
    """Return codes in ascending order, each pixel's index among them, and their numbers inside."""
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
    embedding: ZonedEmbedding,
    values: Mapping[int, int | None],
) -> pd.DataFrame:
    """Return the drawn pixels with their coordinates and labels."""
    lon, lat, x, y = (np.empty(chosen.size) for _ in range(4))
    for number, file in enumerate(files):
        of_file = chosen["file"] == number
        for zone in np.unique(chosen["zone"][of_file]):
            own = np.flatnonzero(of_file & (chosen["zone"] == zone))
            rows, cols = chosen["row"][own].astype(np.int64), chosen["col"][own].astype(np.int64)
            there = file.grid.centres(rows, cols)
            lon[own], lat[own] = to_lonlat(file.grid.wkt).transform(*there)
            onto = coordinates(file.grid.crs, embedding.zones[zone].info.grid.crs)
            x[own], y[own] = onto(*there)
    return point_frame(
        lon=lon,
        lat=lat,
        spots=embedding.spots(chosen["zone"], x, y),
        source=[str(code) for code in chosen["code"]],
        label=[values[int(code)] for code in chosen["code"]],
    )


def _told(draw: _Draw, draws: Mapping[int, int], n: int) -> Iterator[str]:
    total = sum(draw.counts.values())
    if total < n:
        yield f"all {total} pixels are taken: there are fewer than the {n} points asked for"
    for value in sorted(draws):
        if not draws[value]:
            share = draw.counts[value] / total
            yield f"class {value} gets no point: {draw.counts[value]} pixels ({share:.4%} of all)"
    for reason, number in draw.dropped().items():
        yield f"{number} {reason}: left out"
    if draw.table and None in draw.values.values():
        remedy = missing_codes(map(str, draw.values), draw.table)
        yield f"codes are missing from the classes table ({CLASSES_KEY}); {remedy}"


def _nothing(files: Sequence[_File], embedding: ZonedEmbedding, draw: _Draw) -> str:
    """Return why no pixel at all could be drawn."""
    first = files[0].path + (f" (and {len(files) - 1} more)" if len(files) > 1 else "")
    if draw.table and draw.values:
        return (
            f"{CLASSES_KEY}: none of the codes in {first} is in the table: "
            f"{few_codes(draw.values)}; {missing_codes(map(str, draw.values), draw.table)}"
        )
    if draw.without_data:
        return (
            f"{_KEY}: the {draw.without_data} pixels with a class that {first} has on the "
            "embedding all fall on pixels without data; check map.embedding.nodata"
        )
    return (
        f"{_KEY}: no pixel with a class in {first} lies on the embedding, "
        f"lon/lat {_written(embedding.bounds())}; the reference covers "
        f"{', '.join(_written(file.grid.bounds(LONLAT)) for file in files[:5])}; give a reference "
        "of that place, or correct the CRS or the geotransform of either"
    )


def _written(bounds: Bounds) -> str:
    return "({:.4f}, {:.4f}, {:.4f}, {:.4f})".format(*bounds)

"""The finished map as pictures and pages show it: at a bounded number of pixels, north up.

Rasters are read from their overviews or in small windows, never whole. The map's pixel axes may
point anywhere; what is shown has y upward and x to the right, in the map's own CRS.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from affine import Affine
from pyproj import Geod, Transformer
from rasterio.errors import NodataShadowWarning
from rasterio.io import DatasetReader
from rasterio.windows import Window

from landloom.arrays import Mask, UInt8s
from landloom.legend.classes import ClassTable
from landloom.legend.legends import Entry, Legend, colored
from landloom.legend.values import MAX_VALUE, NODATA
from landloom.map.blocks import blocks
from landloom.map.points import Points
from landloom.raster.opening import open_raster
from landloom.raster.pixel_grid import Box, PixelGrid, Pixels, part_of, pixels_onto

_STRIP = 256
_COUNTED = 1024
_SEARCHED = 2048
_MOST_READ = 2**20
"""Pixels of a reference that are read at a time."""


@dataclass(frozen=True)
class View:
    """A raster as it is shown.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (height, width)
        Values; 255 where there are none.
    grid : PixelGrid
        Where they lie, in the raster's CRS: x grows with the column, y falls with the row.
    step : int
        How many of the raster's pixels, along each side, a shown one stands for; 1 for all.
    turned : bool
        Whether the raster's pixels do not lie along x and y, so that the nearest are shown.
    """

    pixels: UInt8s
    grid: PixelGrid
    step: int
    turned: bool

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in the raster's CRS."""
        west, north = self.grid.transform @ (0, 0)
        east, south = self.grid.transform @ (self.grid.width, self.grid.height)
        return west, south, east, north


def view(path: str, limit: int) -> View:
    """Show a raster of the map at its finest overview that keeps within a limit.

    Parameters
    ----------
    path
        A band of uint8 with nodata 255, and overviews by powers of 2 if it is large.
    limit
        The most pixels along its longer side; one of its overviews is decimated to that if none is
        small enough.
    """
    with open_raster(path) as whole:
        size, levels = max(whole.shape), whole.overviews(1)
    fitting = (n for n, step in enumerate([1, *levels]) if -(-size // step) <= limit)
    level = next(fitting, len(levels))
    step = [1, *levels][level]
    options = {"overview_level": level - 1} if level else {}
    with rasterio.open(path, **options) as source:
        more = -(-max(source.shape) // limit)
        shape = tuple(-(-side // more) for side in source.shape)
        pixels = source.read(1, out_shape=shape)
        scale = Affine.scale(source.width / shape[1], source.height / shape[0])
        whole_grid = PixelGrid.of(source)
        grid = PixelGrid(whole_grid.wkt, whole_grid.transform @ scale, shape[1], shape[0])
    (pixels,), upright_grid = upright(pixels[None], grid, NODATA)
    return View(pixels, upright_grid, step * more, _is_turned(grid.transform))


def view_window(path: str, box: Box) -> View:
    """Show all pixels of a part of a raster of the map."""
    with open_raster(path) as source:
        grid = part_of(PixelGrid.of(source), box)
        pixels = source.read(1, window=box.window)
    (pixels,), upright_grid = upright(pixels[None], grid, NODATA)
    return View(pixels, upright_grid, 1, _is_turned(grid.transform))


def upright(
    pixels: npt.NDArray[Any], grid: PixelGrid, nodata: float
) -> tuple[npt.NDArray[Any], PixelGrid]:
    """Turn pixels so that x grows with the column, and y falls with the row.

    Parameters
    ----------
    pixels
        (bands, height, width).
    grid
        Where they lie. Where they only have to be flipped they are; otherwise the nearest are put
        on a grid of pixels of the same area.
    nodata
        What stands where there are none.
    """
    a, b, c, d, e, f = grid.transform[:6]
    if _is_turned(grid.transform):
        return _nearest(pixels, grid, nodata)
    if a < 0:
        pixels, a, c = pixels[:, :, ::-1], -a, c + a * grid.width
    if e > 0:
        pixels, e, f = pixels[:, ::-1], -e, f + e * grid.height
    return pixels, PixelGrid(grid.wkt, Affine(a, b, c, d, e, f), grid.width, grid.height)


def _is_turned(transform: Affine) -> bool:
    return bool(transform.b or transform.d)


def _nearest(
    pixels: npt.NDArray[Any], grid: PixelGrid, nodata: float
) -> tuple[npt.NDArray[Any], PixelGrid]:
    west, south, east, north = grid.bounds(grid.crs)
    side = abs(grid.transform.determinant) ** 0.5
    width, height = (max(1, round(length / side)) for length in (east - west, north - south))
    transform = Affine((east - west) / width, 0, west, 0, (south - north) / height, north)
    target = PixelGrid(grid.wkt, transform, width, height)
    locate = pixels_onto(target, grid)
    turned = np.full((len(pixels), height, width), nodata, pixels.dtype)
    for box in target.box.windows(_STRIP):
        rows, cols = locate(*_pixels_of(box))
        inside = grid.holds(rows, cols)
        part = turned[:, box.top : box.bottom, box.left : box.right]
        part[:, inside] = pixels[:, rows[inside], cols[inside]]
    return turned, target


def _pixels_of(box: Box) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    rows, cols = np.mgrid[box.top : box.bottom, box.left : box.right]
    return rows.astype(np.int64), cols.astype(np.int64)


def metres_per_unit(grid: PixelGrid) -> float:
    """Return what a unit of x measures on the ground at a grid's middle, in metres.

    The distance is that along the geodesic of WGS 84 over a hundredth of the grid's width: true
    even where a CRS, such as Web Mercator, stretches. Where the CRS leads nowhere there, its own
    unit.
    """
    middle, width = grid.transform @ (grid.width / 2, grid.height / 2), grid.transform.a
    half = width * grid.width / 200
    lonlat = Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True)
    lon, lat = lonlat.transform([middle[0] - half, middle[0] + half], [middle[1]] * 2)
    if not np.isfinite([*lon, *lat]).all():
        return float(grid.crs.axis_info[0].unit_conversion_factor)
    return float(Geod(ellps="WGS84").inv(lon[0], lat[0], lon[1], lat[1])[2]) / (2 * half)


def value_counts(path: str) -> dict[int, int]:
    """Count the pixels of each value of a raster of the map, all of them, a window at a time."""
    counts = np.zeros(256, np.int64)
    with open_raster(path) as source:
        for block in blocks(source.width, source.height, _COUNTED):
            window = Window(block.col, block.row, block.width, block.height)
            counts += np.bincount(source.read(1, window=window).ravel(), minlength=256)
    return {value: int(counts[value]) for value in np.flatnonzero(counts[:NODATA]).tolist()}


def find_closeup(path: str, side: int) -> Box:
    """Choose the part of the map that shows most: with many classes in equal parts, and data.

    Parameters
    ----------
    path
        The map.
    side
        Pixels along each side of the part; fewer where the map is smaller.

    Returns
    -------
    Box
        In pixels of the map. Of parts side by side, judged by an overview, the one with the
        largest product of the effective number of classes (the exponential of Shannon's entropy)
        and the share of data; the first of equals.
    """
    with open_raster(path) as source:
        height, width = source.shape
        more = -(-max(height, width) // _SEARCHED)
        coarse = source.read(1, out_shape=(-(-height // more), -(-width // more)))
    best, chosen = -1.0, Box(0, 0, 0, 0)
    for top in _starts(height, side):
        for left in _starts(width, side):
            box = Box(top, min(top + side, height), left, min(left + side, width))
            part = coarse[
                box.top // more : -(-box.bottom // more), box.left // more : -(-box.right // more)
            ]
            score = _variety(part)
            if score > best:
                best, chosen = score, box
    return chosen


def _starts(size: int, side: int) -> list[int]:
    """Return where parts begin that lie side by side, the last one flush with the edge."""
    last = max(0, size - side)
    return [*range(0, last, side), last]


def _variety(pixels: UInt8s) -> float:
    counts = np.bincount(pixels.ravel(), minlength=256)[:NODATA]
    total = counts.sum()
    if not total:
        return 0.0
    shares = counts[counts > 0] / total
    return float(np.exp(-(shares * np.log(shares)).sum()) * total / pixels.size)


def reference_on(
    grid: PixelGrid, paths: Sequence[str], band: int, table: ClassTable | None
) -> UInt8s:
    """Return the class of the reference at the centre of every pixel of a grid.

    Parameters
    ----------
    grid
        Where to look.
    paths
        The reference's rasters, in whatever CRSs; where they overlap, the first one that has a
        class at a place speaks for it.
    band
        Their band.
    table
        The value of each code; None where the codes are the values.

    Returns
    -------
    ndarray of uint8, shape (height, width)
        255 where there is no class, or one that has no value in the map.
    """
    values = np.full((grid.height, grid.width), NODATA, np.uint8)
    open_yet = np.ones(values.shape, np.bool_)
    for path in paths:
        with warnings.catch_warnings(), open_raster(path) as source:
            warnings.simplefilter("ignore", NodataShadowWarning)  # nodata goes before an alpha band
            own = PixelGrid.of(source)
            if own.meets(grid):
                sampler = _Sampler(source, own, band, pixels_onto(grid, own), table)
                for box in grid.box.windows(_STRIP):
                    sampler.fill(box, values, open_yet)
    return values


@dataclass(frozen=True)
class _Sampler:
    """Reads a reference raster at the pixels of a grid."""

    source: DatasetReader
    grid: PixelGrid
    band: int
    locate: Pixels
    table: ClassTable | None

    def fill(self, box: Box, values: UInt8s, open_yet: Mask) -> None:
        """Put classes into a box of `values`, wherever `open_yet`, which is taken away there."""
        here = (slice(box.top, box.bottom), slice(box.left, box.right))
        rows, cols = self.locate(*_pixels_of(box))
        wanted = open_yet[here] & self.grid.holds(rows, cols)
        if not wanted.any():
            return
        rows, cols = rows[wanted], cols[wanted]
        cover = Box(int(rows.min()), int(rows.max()) + 1, int(cols.min()), int(cols.max()) + 1)
        if cover.area > _MOST_READ and box.area > 1:
            for part in box.quarters():
                if part.area:
                    self.fill(part, values, open_yet)
            return
        read = self.source.read(self.band, window=cover.window, masked=True)
        codes = read[rows - cover.top, cols - cover.left]
        known = ~np.ma.getmaskarray(codes)
        if codes.dtype.kind == "f":
            known &= np.isfinite(codes.data)
        spoken = np.zeros_like(wanted)
        spoken[wanted] = known
        values[here][spoken] = self._values(codes.data[known])
        open_yet[here][spoken] = False

    def _values(self, codes: npt.NDArray[Any]) -> UInt8s:
        found, places = np.unique(codes, return_inverse=True)
        return np.array([self._value(int(code)) for code in found], np.uint8)[places]

    def _value(self, code: int) -> int:
        value = self.table.values.get(str(code), NODATA) if self.table else code
        return value if 0 <= value <= MAX_VALUE else NODATA


def points_on(grid: PixelGrid, samples: Points) -> UInt8s:
    """Return the label of the first labelled point in every pixel of a grid, 255 elsewhere."""
    frame = samples.frame
    rows, cols = grid.pixels(frame["x"].to_numpy(float), frame["y"].to_numpy(float))
    inside = np.flatnonzero(grid.holds(rows, cols))[::-1]  # so that the first is written last
    values = np.full((grid.height, grid.width), NODATA, np.uint8)
    values[rows[inside], cols[inside]] = frame["label"].to_numpy()[inside]
    return values


def values_in(pixels: UInt8s | None) -> list[int]:
    """Return the classes that occur among pixels, in order; none if there are no pixels."""
    return (
        [] if pixels is None else [value for value in np.unique(pixels).tolist() if value != NODATA]
    )


def full_legend(classes: Legend, table: ClassTable | None, found: Iterable[int]) -> Legend:
    """Return names and colours of the classes of the map, as it has them, and of others met.

    Parameters
    ----------
    classes
        The classes of the map.
    table
        The reference's table, if it has one.
    found
        Classes that occur. Those that neither the map nor the table has are their own names.
    """
    legend = colored(classes)
    told = table.classes if table else {}
    more = {value: told.get(value, Entry(str(value))) for value in found if value not in legend}
    return dict(sorted(colored({**legend, **more}).items()))

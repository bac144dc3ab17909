"""Registration: does elevation lie where the land cover lies? By other means than made it.

The maker warps whole cells with GDAL. Here each pixel's centre is transformed on its own with
PROJ, and the source's pixels round it are weighed here; then the two are compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from rasterio.io import DatasetReader
from rasterio.windows import Window

from landloom.arrays import Float64s
from landloom.raster.coordinates import apply_affine, to_lonlat
from landloom.raster.degree_tiles import tile_name
from landloom.raster.opening import open_raster

_WHOLE = ("nearest", "average", "cubic", "cubic_spline", "lanczos")
"""Resamplings that give the height of whole pixels of the source, or bend between them, and so may
displace by half of one, which can be any number of output pixels. Bilinear gives the height at the
place. The others (mode, max, ...) may give any height of an output pixel, and so displace by half
its diagonal besides."""

TOLERANCE = 0.5
"""Output pixels by which a patch may seem to be shifted."""

LEAST_RELIEF = 2.0
"""Metres of standard deviation below which a patch is too flat to show a shift."""
_LEAST_CHANGE = 0.5
"""Metres (root mean square) by which a move of one pixel has to change a patch to be seen."""
LEAST_MISFIT = 0.1
"""Metres (root mean square) below which a patch is what it is to be."""

_LEAST_CORRELATION = 0.5
"""Of the relief of small or flat patches with what it is to be, whatever the resampling."""

REACH = 2
"""Whole pixels up to which a shift is searched for."""

_MOVES = list(product(range(-REACH, REACH + 1), repeat=2))

FEWEST = 32
"""Pixels that a comparison needs."""

_ROOM = 0.25
"""Share of the heights near by that is left as room round what is expected."""

MOST_TAPS = 16
"""Source pixels along one axis that are weighed at most; of more, every second, third, ..."""


@dataclass(frozen=True)
class Expected:
    """What the elevation of a patch is to be.

    Attributes
    ----------
    heights
        (size, size) metres above the sea; NaN where a pixel that is needed is void or absent.
    low, high
        (size, size) metres: the limits of what the method may make of the source's pixels.
    slack
        Output pixels by which the method itself may displace.
    """

    heights: Float64s
    low: Float64s
    high: Float64s
    slack: float


@dataclass(frozen=True)
class HeightSource:
    """Elevation as found: one raster, or uniform 1 degree tiles.

    Parameters
    ----------
    raster
        Path of a raster; None for tiles.
    tiles
        Name of a tile to its path.
    resampling, nodata
        As in the configuration.
    """

    raster: str | None
    tiles: Mapping[str, str]
    resampling: str
    nodata: float | None

    def expect(self, lon: Float64s, lat: Float64s) -> list[Expected]:
        """Read what patches are to be.

        Parameters
        ----------
        lon, lat
            The centres of their pixels in degrees (EPSG:4326), (n, size, size).

        Returns
        -------
        list of Expected
            Unknown, too, where pixels of the next tile are needed.
        """
        found = np.full((3, *lon.shape), np.nan)
        slack = np.zeros(len(lon))
        for path, here in self._places(lon, lat):
            some = np.flatnonzero(here.any(axis=(1, 2)))
            with open_raster(path) as dataset:
                read, own_slack = self._read(dataset, lon[some], lat[some])
            found[:, here] = read[:, here[some]]
            slack[some] = np.maximum(slack[some], own_slack)
        heights, low, high = found
        return list(map(Expected, heights, low, high, slack.tolist()))

    def _places(self, lon: Float64s, lat: Float64s) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
        """Yield each raster, and which of the places lie in it."""
        if self.raster is not None:
            yield self.raster, np.ones(lon.shape, bool)
            return
        west, south = np.floor(lon).astype(int), np.floor(lat).astype(int)
        numbers = south * 1000 + west
        for number in np.unique(numbers):
            here = numbers == number
            path = self.tiles.get(tile_name(int(west[here][0]), int(south[here][0])))
            if path is not None:
                yield path, here

    def _read(
        self, dataset: DatasetReader, lon: Float64s, lat: Float64s
    ) -> tuple[Float64s, Float64s]:
        """Read heights and their limits, (3, n, size, size), and each patch's slack."""
        x, y = to_lonlat(dataset.crs.to_wkt()).transform(lon, lat, direction="INVERSE")
        cols, rows = apply_affine(~dataset.transform, x, y)
        nodata = dataset.nodata if self.nodata is None else self.nodata
        read, slack = np.empty((3, *lon.shape)), np.zeros(len(lon))
        for i, (col, row) in enumerate(zip(cols, rows, strict=True)):
            steps = [_source_pixels(place) for place in (col, row)]
            # Where output pixels are wider than the source's, the kernel is widened to match.
            stretch = (max(1.0, steps[0]), max(1.0, steps[1]))
            read[:, i] = weigh(dataset, col, row, nodata, stretch)
            slack[i] = self._slack(min(steps))
        heights, low, high = read
        # Room for what implementations of one kernel differ in, and for cubics that overshoot.
        room = _ROOM * (high - low)
        if self.resampling == "bilinear":
            low, high = heights, heights
        return np.stack([heights, low - room, high + room]), slack

    def _slack(self, source_pixels: float) -> float:
        """Return the output pixels by which the resampling may displace."""
        if self.resampling == "bilinear":
            return 0.0
        return 0.5 / source_pixels + (0.0 if self.resampling in _WHOLE else 0.5**0.5)


def _source_pixels(place: Float64s) -> float:
    """Return source pixels to an output pixel, along the axis of some places (size, size)."""
    down, across = (np.diff(place, axis=axis).mean() for axis in (0, 1))
    return float(np.hypot(down, across))


def weigh(
    dataset: DatasetReader,
    col: Float64s,
    row: Float64s,
    nodata: float | None,
    stretch: tuple[float, float] = (1.0, 1.0),
) -> Float64s:
    """Interpolate band 1 bilinearly, or weigh more pixels alike.

    Parameters
    ----------
    col, row
        Places in pixels from the upper left corner, of one shape; pixel (i, j)'s centre is
        ``(j + 0.5, i + 0.5)``.
    nodata
        The void value.
    stretch
        Pixels across and down at which the weight falls to zero, 1 or more; (1, 1) is bilinear
        interpolation between the four nearest pixels.

    Returns
    -------
    numpy.ndarray
        (3, ...) float64: the weighted mean, NaN where a pixel that counts is void or outside; the
        lowest and the highest of the pixels round each place, a pixel further.
    """
    values = np.full((3, *col.shape), np.nan)
    inside = (col >= 0) & (col <= dataset.width) & (row >= 0) & (row <= dataset.height)
    if not inside.any():
        return values
    columns, of_column = _around(col[inside], stretch[0])
    rows, of_row = _around(row[inside], stretch[1])
    first_column, first_row = columns.min(), rows.min()
    pixels = read_beyond(dataset, first_column, columns.max(), first_row, rows.max(), nodata)
    mean, weights = np.zeros((2, inside.sum()))
    low, high = np.full((2, inside.sum()), np.nan)
    for (i, down), (j, across) in product(
        zip(rows - first_row, of_row, strict=True),
        zip(columns - first_column, of_column, strict=True),
    ):
        pixel, weight = pixels[i, j], down * across
        mean += np.where(weight == 0.0, 0.0, weight * pixel)
        weights += weight
        low, high = np.fmin(low, pixel), np.fmax(high, pixel)
    values[:, inside] = mean / weights, low, high
    return values


def _around(place: Float64s, stretch: float) -> tuple[npt.NDArray[np.int_], Float64s]:
    """Return the pixels round places along one axis, and their weights, (taps, n) each."""
    reach = int(np.ceil(stretch))
    offsets = np.arange(-reach, reach + 2, -(-2 * reach // MOST_TAPS))
    pixels = np.floor(place - 0.5).astype(int) + offsets[:, None]
    return pixels, np.maximum(0.0, 1.0 - np.abs(place - 0.5 - pixels) / stretch)


def read_beyond(
    dataset: DatasetReader, left: int, right: int, top: int, bottom: int, nodata: float | None
) -> Float64s:
    """Read the pixels from `left` to `right` and `top` to `bottom`; NaN outside and where void."""
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(right + 1, dataset.width), min(bottom + 1, dataset.height)
    window = Window(x0, y0, x1 - x0, y1 - y0)
    found = dataset.read(1, window=window)
    void = ~np.isfinite(found) | (dataset.read_masks(1, window=window) == 0)
    if nodata is not None:
        void |= found == nodata
    known = np.where(void, np.nan, found.astype(np.float64))
    beyond = ((y0 - top, bottom + 1 - y1), (x0 - left, right + 1 - x1))
    return np.pad(known, beyond, constant_values=np.nan)


@dataclass(frozen=True)
class Shift:
    """How a patch's elevation lies against what is expected.

    Attributes
    ----------
    right, down
        Output pixels by which the patch shows its relief too far to the right and too far down;
        NaN where it is too flat or too void to tell.
    explained
        Share of the difference between the two that the displacement explains, 0..1.
    slack
        Output pixels by which the resampling itself may displace.
    """

    right: float
    down: float
    explained: float
    slack: float

    @property
    def is_telling(self) -> bool:
        """Whether there is enough relief to see a displacement."""
        return bool(np.isfinite(self.right))

    @property
    def is_off(self) -> bool:
        """Whether the patch is displaced beyond the tolerance, and beyond chance."""
        distance = np.hypot(self.right, self.down)
        return bool(distance > TOLERANCE + self.slack and self.explained > 0.75)


_FLAT = Shift(np.nan, np.nan, np.nan, 0.0)


def is_possible(patch: npt.NDArray[np.float32], expected: Expected) -> bool:
    """Return whether a patch can be what is expected, but for a constant.

    One number has to lift all pixels at once between their limits.

    Parameters
    ----------
    patch
        (size, size) metres above its lowest pixel.
    expected
        What is expected there.
    """
    known = np.isfinite(expected.heights)
    if not known.any():
        return True
    above = patch.astype(np.float64)[known]
    least, most = (expected.low[known] - above).max(), (expected.high[known] - above).min()
    return bool(least <= most + LEAST_RELIEF)


def estimate_shift(patch: npt.NDArray[np.float32], expected: Expected) -> Shift:
    """Estimate the displacement of a patch against the heights that it is to have.

    The whole pixels are found by trial, the rest by least squares, unless least squares alone
    explain as much: the patch, moved by (dx, dy)
    and raised by c, is to be the truth, to first order
    ``truth = patch + dx * d(patch)/dx + dy * d(patch)/dy + c`` (Lucas and Kanade, 1981).

    Parameters
    ----------
    patch
        (size, size) metres above its lowest pixel.
    expected
        What is expected there.
    """
    if len(patch) <= 2 * REACH:
        return _FLAT
    core = slice(REACH, len(patch) - REACH)
    there = np.stack([expected.heights[_moved(core, -y), _moved(core, -x)] for y, x in _MOVES])
    known = np.isfinite(there).all(axis=0)
    here, slope_y, slope_x = (
        part[core, core][known] for part in (patch, *np.gradient(patch.astype(np.float64)))
    )
    if here.size < FEWEST or here.std() < LEAST_RELIEF:
        return _FLAT
    differences = there[:, known] - here
    misfits = differences.var(axis=1)
    unmoved = _MOVES.index((0, 0))
    in_place = float(misfits[unmoved])
    if in_place < LEAST_MISFIT**2:
        return Shift(0.0, 0.0, 0.0, expected.slack)
    slopes = np.stack([slope_y, slope_x], axis=1)
    rest, unexplained = _solve(slopes, differences[unmoved])
    if (best := int(misfits.argmin())) != unmoved:
        # A valley moved along itself fits as well: what is found there has to explain more.
        other, left = _solve(slopes, differences[best])
        if left < unexplained:
            rest, unexplained = np.array(_MOVES[best]) + other, left
    down, right = rest
    return Shift(float(right), float(down), 1.0 - unexplained / in_place, expected.slack)


class Pool:
    """What patches show together of which none shows a displacement alone: small or flat ones.

    Each patch counts from its own mean, so that only relief is compared. The displacement is
    estimated as `estimate_shift` does, as one that all patches have in common.

    Parameters
    ----------
    size
        Pixels along the side of every patch.

    Attributes
    ----------
    patches
        How many were added that could be compared.
    """

    def __init__(self, size: int) -> None:
        self.patches = 0
        reach = min(REACH, max(0, (size - 3) // 2))
        self._core = slice(reach, size - reach)
        self._moves = list(product(range(-reach, reach + 1), repeat=2))
        self._squares = np.zeros((len(self._moves), 3))  # misfit, truth, truth times patch
        self._slopes = np.zeros((2, 2))
        self._along = np.zeros((len(self._moves), 2))
        self._relief = 0.0
        self._pixels = 0
        self._slack = 0.0

    def add(self, patch: npt.NDArray[np.float32], expected: Expected) -> None:
        """Add a patch: (size, size) metres above its lowest pixel, and what it is to be."""
        core = self._core
        there = np.stack(
            [expected.heights[_moved(core, -y), _moved(core, -x)] for y, x in self._moves]
        )
        known = np.isfinite(there).all(axis=0)
        if known.sum() < 2:
            return
        parts = np.stack([patch, *np.gradient(patch.astype(np.float64))])[:, core, core][:, known]
        here, *slopes = parts - parts.mean(axis=1, keepdims=True)
        truth = there[:, known] - there[:, known].mean(axis=1, keepdims=True)
        misfit = truth - here
        self._squares += np.stack([(misfit**2).sum(1), (truth**2).sum(1), truth @ here], axis=1)
        self._slopes += np.stack(slopes) @ np.stack(slopes).T
        self._along += misfit @ np.stack(slopes).T
        self._relief += float((here**2).sum())
        self._pixels += here.size
        self._slack = max(self._slack, expected.slack)
        self.patches += 1

    @property
    def is_telling(self) -> bool:
        """Whether the patches have enough relief, together, to be compared."""
        truth = self._squares[self._moves.index((0, 0)), 1]
        most = max(self._relief, truth)
        return self._pixels >= FEWEST and bool(most / self._pixels >= LEAST_RELIEF**2)

    @property
    def correlation(self) -> float:
        """Pearson's correlation of the relief with what it is to be, in place."""
        _, truth, product_ = self._squares[self._moves.index((0, 0))]
        return float(product_ / np.sqrt(max(truth * self._relief, 1e-9)))

    @property
    def is_elsewhere(self) -> bool:
        """Whether the relief is another one than it is to be.

        A source much coarser than the patches, taken pixel by pixel, makes steps of slopes: there
        relief may differ much, and its limits (`is_possible`) say more.
        """
        return self._slack <= 1.0 and self.correlation <= _LEAST_CORRELATION

    def shift(self) -> Shift:
        """Estimate the displacement that the patches have in common."""
        misfits = self._squares[:, 0]
        unmoved = self._moves.index((0, 0))
        in_place = float(misfits[unmoved])
        if in_place < LEAST_MISFIT**2 * self._pixels:
            return Shift(0.0, 0.0, 0.0, self._slack)
        left = np.inf
        for tried in (unmoved, int(misfits.argmin())):  # as `estimate_shift` does
            moments = self._slopes / self._pixels, self._along[tried] / self._pixels
            rest, explained = _move(*moments)
            unexplained = float(misfits[tried]) - explained * self._pixels
            if unexplained < left:
                down, right = np.array(self._moves[tried]) + rest
                left = unexplained
        return Shift(float(right), float(down), 1.0 - left / in_place, self._slack)


def _solve(slopes: Float64s, difference: Float64s) -> tuple[Float64s, float]:
    """Find the move that explains a difference, and the variance that it leaves.

    Where the slope is the same all over, moving and raising cannot be told apart: only directions
    along which a move of one pixel changes the patch are solved for.
    """
    slopes, difference = slopes - slopes.mean(axis=0), difference - difference.mean()
    move, _ = _move(slopes.T @ slopes / len(slopes), slopes.T @ difference / len(slopes))
    return move, float((difference - slopes @ move).var())


def _move(slopes: Float64s, along: Float64s) -> tuple[Float64s, float]:
    """Solve the normal equations for a move, and give the variance that it explains."""
    changes, directions = np.linalg.eigh(slopes)
    telling = changes > _LEAST_CHANGE**2
    axes = directions[:, telling]
    move = axes @ (axes.T @ along / changes[telling])
    return move, float(2 * move @ along - move @ slopes @ move)


def _moved(part: slice, by: int) -> slice:
    return slice(part.start + by, part.stop + by)

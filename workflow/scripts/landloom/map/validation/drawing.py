"""A stratified random sample of a map's pixels: how many of each class, and which.

References
----------
Cochran (1977), "Sampling techniques", 3rd ed.: eq. 5.10 (the variance of a stratified mean, with
the correction for finite populations) and 5.26 (Neyman's allocation). Olofsson et al. (2014),
Remote Sensing of Environment 148: 5.1.1, by which rare classes get a number of their own first, and
the rest goes by area. Efraimidis, Spirakis (2006): keeping the lowest of random keys is sampling
without replacement.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import geopandas
import numpy as np
import numpy.typing as npt

from landloom.arrays import Int64s, Mask
from landloom.errors import LandloomError
from landloom.legend.values import NODATA
from landloom.map.pixel_keys import pixel_keys, start_of
from landloom.raster.coordinates import LONLAT, to_lonlat
from landloom.raster.opening import open_raster
from landloom.raster.pixel_grid import PixelGrid

KEY = "map.validation.draw"
_WINDOW = 1024
_PIXEL = np.dtype([("key", "u8"), ("row", "i8"), ("col", "i8"), ("value", "u1")])

_ERROR = 0.01
"""Standard error of the overall accuracy that is reached where nothing else is wanted."""

_LEAST, _MOST = 0.5, 0.95
"""Between which accuracies of classes are conjectured: held-out samples tell too much of them."""


@dataclass(frozen=True)
class Wanted:
    """How a sample is to be drawn.

    Attributes
    ----------
    n : int, optional
        Points in all; None where `standard_error` says it.
    standard_error : float, optional
        Of the overall accuracy, which n is to reach; counts where n is None, and is then 0.01
        unless it is given.
    per_class_min : int
        Points that every class gets at least, as far as it has pixels.
    allocation : str
        What of the rest a class gets: by its pixels, the same, or by pixels times the deviation
        of what is conjectured of its accuracy.
    seed : int
        Of the draw.
    """

    n: int | None = None
    standard_error: float | None = None
    per_class_min: int = 50
    allocation: Literal["proportional", "equal", "neyman"] = "proportional"
    seed: int = 42


def conjectured(confusion: Mapping[str, Any]) -> dict[int, float]:
    """Return what accuracy to expect of each class on the map.

    Parameters
    ----------
    confusion
        Of samples held out: ``labels``, and ``counts`` with the map in columns.
    """
    counts = np.array(confusion["counts"], np.int64).reshape((len(confusion["labels"]),) * 2)
    pairs = zip(np.diag(counts).tolist(), counts.sum(axis=0).tolist(), strict=True)
    return {
        int(value): min(max((right + 1) / (samples + 2), _LEAST), _MOST)
        for value, (right, samples) in zip(confusion["labels"], pairs, strict=True)
    }


def error_of(
    numbers: Mapping[int, int], pixels: Mapping[int, int], accuracies: Mapping[int, float]
) -> float:
    """Return the standard error of the overall accuracy that so many points of each class give."""
    total = sum(pixels.values())
    return math.sqrt(
        sum(
            (count / total) ** 2 * _variance(value, accuracies) * (1 / numbers[value] - 1 / count)
            for value, count in pixels.items()
        )
    )


def allocation(
    wanted: Wanted, pixels: Mapping[int, int], accuracies: Mapping[int, float]
) -> dict[int, int]:
    """Return how many points each class gets.

    Parameters
    ----------
    wanted : Wanted
        How the sample is to be drawn.
    pixels
        Of each class; none is 0.
    accuracies
        What is conjectured of classes; 0.5 of those that are not named.

    Raises
    ------
    LandloomError
        Where n is too small to give every class its least number.
    """
    least = {value: min(wanted.per_class_min, number) for value, number in pixels.items()}
    floor = sum(least.values())
    if wanted.n is not None and wanted.n < floor:
        raise LandloomError(
            f"{KEY}.n: {wanted.n} points cannot give each of {len(pixels)} classes "
            f"{wanted.per_class_min}; give at least {floor}, or lower {KEY}.per_class_min"
        )
    weights = dict.fromkeys(pixels, 1.0)
    if wanted.allocation != "equal":
        weights = {value: float(number) for value, number in pixels.items()}
    if wanted.allocation == "neyman":
        weights = {v: weights[v] * math.sqrt(_variance(v, accuracies)) for v in pixels}
    most = sum(pixels.values())

    def shared(n: int) -> dict[int, int]:
        return _shared(min(n, most), pixels, least, weights)

    if wanted.n is not None:
        return shared(wanted.n)
    error = wanted.standard_error or _ERROR
    return shared(
        bisect_left(
            range(most), True, floor, key=lambda n: error_of(shared(n), pixels, accuracies) <= error
        )
    )


def _variance(value: int, accuracies: Mapping[int, float]) -> float:
    accuracy = accuracies.get(value, _LEAST)
    return accuracy * (1 - accuracy)


def _shared(
    n: int, most: Mapping[int, int], least: Mapping[int, int], weights: Mapping[int, float]
) -> dict[int, int]:
    """Share out n by weights, within bounds; the sum is exactly n, which lies between theirs."""
    fixed: dict[int, int] = {}
    while True:
        free = [value for value in most if value not in fixed]
        rest, total = n - sum(fixed.values()), sum(weights[value] for value in free)
        parts = {value: rest * weights[value] / total for value in free}
        low = {value: least[value] for value in free if parts[value] < least[value]}
        high = {value: most[value] for value in free if parts[value] > most[value]}
        if not low and not high:
            break
        fixed |= low or high
    shares = fixed | {value: int(part) for value, part in parts.items()}
    order = sorted(most, key=lambda value: (int(parts.get(value, 0)) - parts.get(value, 0), value))
    while left := n - sum(shares.values()):
        for value in [value for value in order if shares[value] < most[value]][:left]:
            shares[value] += 1
    return shares


@dataclass(frozen=True)
class Drawn:
    """Pixels that were drawn, in random order; all arrays are of one length.

    Attributes
    ----------
    rows, cols : int64
        Of the map.
    values : int64
        The map's class.
    """

    rows: Int64s
    cols: Int64s
    values: Int64s


def draw(path: str, numbers: Mapping[int, int], taken: Int64s, seed: int) -> Drawn:
    """Draw pixels of a map, so many of each class.

    Parameters
    ----------
    path
        The map: uint8, 255 is no data.
    numbers
        How many of each class value; there are so many.
    taken : int64, (pixels,)
        Pixels that may not be drawn: row · width + column.
    seed : int
        Of the draw, which hangs on nothing else but the pixels' places and classes.
    """
    kept: dict[int, npt.NDArray[np.void]] = {value: np.empty(0, _PIXEL) for value in numbers}
    start = start_of(seed)
    with open_raster(path) as source:
        for box in PixelGrid.of(source).box.windows(_WINDOW):
            codes = source.read(1, window=box.window)
            if (codes == NODATA).all():
                continue
            rows, cols = np.arange(box.top, box.bottom), np.arange(box.left, box.right)
            keys = pixel_keys(start, rows, cols)
            near = _near(codes, keys, kept, numbers)
            at = np.nonzero(near)
            places = (at[0] + box.top) * source.width + at[1] + box.left
            free = np.isin(places, taken, invert=True)
            found = np.empty(int(free.sum()), _PIXEL)
            found["key"], found["value"] = keys[near][free], codes[near][free]
            found["row"], found["col"] = np.divmod(places[free], source.width)
            for value in np.unique(found["value"]).tolist():
                both = np.concatenate([kept[value], found[found["value"] == value]])
                kept[value] = _by_key(both)[: numbers[value]]
    chosen = _by_key(np.concatenate(list(kept.values())))
    return Drawn(chosen["row"], chosen["col"], chosen["value"].astype(np.int64))


def _by_key(pixels: npt.NDArray[np.void]) -> npt.NDArray[np.void]:
    """Return pixels in order of their keys, of which no two of a map are the same."""
    return pixels[np.argsort(pixels["key"])]


def _near(
    codes: npt.NDArray[np.uint8],
    keys: npt.NDArray[np.uint64],
    kept: Mapping[int, npt.NDArray[np.void]],
    numbers: Mapping[int, int],
) -> Mask:
    """Return which pixels of a window have lower keys than the last of their class that is kept."""
    limits = np.zeros(NODATA + 1, np.uint64)
    for value, pixels in kept.items():
        full = pixels.size >= numbers[value] > 0
        limits[value] = pixels["key"][-1] if full else (2**64 - 1 if numbers[value] else 0)
    near: Mask = (keys <= limits[codes]) & np.isin(codes, list(numbers))
    return near


def sample_frame(
    drawn: Drawn, grid: PixelGrid, pixels: Mapping[int, int]
) -> geopandas.GeoDataFrame:
    """Return drawn pixels as points to be labelled.

    Parameters
    ----------
    drawn : Drawn
        The pixels.
    grid : PixelGrid
        Of the map.
    pixels
        How many each class has of those that could be drawn.

    Returns
    -------
    GeoDataFrame
        Points (EPSG:4326) with ``id`` (from 1), ``lon``, ``lat``, ``stratum`` (the map's class),
        ``weight`` (pixels that a point stands for) and ``label`` (empty text).
    """
    lon, lat = to_lonlat(grid.wkt).transform(*grid.centres(drawn.rows, drawn.cols))
    values, inverse, numbers = np.unique(drawn.values, return_inverse=True, return_counts=True)
    weights = np.array([pixels[value] for value in values.tolist()]) / numbers
    return geopandas.GeoDataFrame(
        {
            "id": np.arange(1, drawn.values.size + 1),
            "lon": lon,
            "lat": lat,
            "stratum": drawn.values,
            "weight": weights[inverse],
            "label": np.full(drawn.values.size, "", dtype=object),
        },
        geometry=geopandas.points_from_xy(lon, lat),
        crs=LONLAT,
    )

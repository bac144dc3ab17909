"""The map's classes at some of its pixels, and the pixels that the model learned from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from landloom.arrays import Int64s
from landloom.legend.values import NODATA
from landloom.map.plan import MapPlan
from landloom.map.points import Points
from landloom.raster.opening import open_raster
from landloom.raster.pixel_grid import PixelGrid

_WINDOW = 512


def values_at(path: str, rows: Int64s, cols: Int64s) -> Int64s:
    """Return the values of pixels of a map's first band, (n,); see `bands_at`."""
    values: Int64s = bands_at(path, [1], rows, cols)[0].astype(np.int64)
    return values


def bands_at(path: str, bands: Sequence[int], rows: Int64s, cols: Int64s) -> npt.NDArray[Any]:
    """Return what bands of a map hold at some of its pixels, window by window.

    Parameters
    ----------
    path
        The map.
    bands
        Their numbers, from 1.
    rows, cols : int64, (n,)
        Pixels of it.

    Returns
    -------
    ndarray of the map's type, (bands, n)
    """
    with open_raster(path) as source:
        values = np.empty((len(bands), rows.size), source.dtypes[0])
        grid = PixelGrid.of(source)
        across = -(-grid.width // _WINDOW)
        window = rows // _WINDOW * across + cols // _WINDOW
        for number in np.unique(window).tolist():
            own = np.flatnonzero(window == number)
            top, left = (place * _WINDOW for place in divmod(number, across))
            (box,) = grid.box.clip(
                grid.box._replace(top=top, bottom=top + _WINDOW, left=left, right=left + _WINDOW)
            ).windows(_WINDOW)
            pixels = source.read(list(bands), window=box.window)
            values[:, own] = pixels[:, rows[own] - top, cols[own] - left]
    return values


def left_to_draw(path: str, pixels: Int64s, learned: Int64s) -> dict[int, int]:
    """Return how many pixels of each class the model did not learn from, where there are any.

    Parameters
    ----------
    path
        The map.
    pixels : int64, (255,)
        Of each value, all.
    learned : int64, (pixels,)
        Of `learned_pixels`.
    """
    with open_raster(path) as source:
        width = source.width
    values = values_at(path, *np.divmod(learned, width))
    left = pixels - np.bincount(values[values != NODATA], minlength=NODATA)
    return {int(value): int(left[value]) for value in np.flatnonzero(left > 0)}


def learned_pixels(plan: MapPlan, samples: Points) -> Int64s:
    """Return the map's pixels that hold a sample of the model: row · width + column, ascending."""
    frame = plan.place(samples).frame
    rows, cols = plan.grid.pixels(frame["x"].to_numpy(), frame["y"].to_numpy())
    on = plan.grid.holds(rows, cols)
    return np.unique(rows[on] * plan.grid.width + cols[on])

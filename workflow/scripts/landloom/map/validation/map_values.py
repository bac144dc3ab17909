"""The map's classes at some of its pixels, and the pixels that the forest learned from."""

from __future__ import annotations

import numpy as np

from landloom.arrays import Int64s
from landloom.legend.values import NODATA
from landloom.map.plan import MapPlan
from landloom.map.points import Points
from landloom.raster.opening import open_raster
from landloom.raster.pixel_grid import PixelGrid

_WINDOW = 512


def values_at(path: str, rows: Int64s, cols: Int64s) -> Int64s:
    """Return the values of pixels of a map's first band, window by window.

    Parameters
    ----------
    path
        The map.
    rows, cols : int64, (n,)
        Pixels of it.

    Returns
    -------
    int64, (n,)
    """
    values = np.empty(rows.size, np.int64)
    with open_raster(path) as source:
        grid = PixelGrid.of(source)
        across = -(-grid.width // _WINDOW)
        window = rows // _WINDOW * across + cols // _WINDOW
        for number in np.unique(window).tolist():
            own = np.flatnonzero(window == number)
            top, left = (place * _WINDOW for place in divmod(number, across))
            (box,) = grid.box.clip(
                grid.box._replace(top=top, bottom=top + _WINDOW, left=left, right=left + _WINDOW)
            ).windows(_WINDOW)
            pixels = source.read(1, window=box.window)
            values[own] = pixels[rows[own] - top, cols[own] - left]
    return values


def left_to_draw(path: str, pixels: Int64s, learned: Int64s) -> dict[int, int]:
    """Return how many pixels of each class the forest did not learn from, where there are any.

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
    """Return the map's pixels that hold a sample of the forest: row · width + column, ascending."""
    frame = plan.place(samples).frame
    rows, cols = plan.grid.pixels(frame["x"].to_numpy(), frame["y"].to_numpy())
    on = plan.grid.holds(rows, cols)
    return np.unique(rows[on] * plan.grid.width + cols[on])

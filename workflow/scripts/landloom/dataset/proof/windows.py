"""Windows: patches as squares of source pixels, and where these lie on Earth."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from rasterio.io import DatasetReader

from landloom.arrays import Float64s, Indices, Int64s
from landloom.raster.coordinates import apply_affine, to_lonlat

Windows = Int64s
"""First row and column of patches, in source pixels, (n, 2)."""


def lonlat_of(raster: DatasetReader, row: Float64s, col: Float64s) -> tuple[Float64s, Float64s]:
    """Return lon and lat in degrees (EPSG:4326) of places on a raster, in the places' shape.

    Parameters
    ----------
    raster
        The raster.
    row, col
        Places in pixels from the upper left corner, of one shape; pixel (i, j)'s centre is
        ``(i + 0.5, j + 0.5)``.
    """
    x, y = apply_affine(raster.transform, col, row)
    lon, lat = to_lonlat(raster.crs.to_wkt()).transform(x, y)
    return lon, lat


_SPARSE = 4
"""Times the area of some boxes that the box round all of them may have to be read at once."""


def groups(boxes: npt.NDArray[np.number], most: float) -> Iterator[Indices]:
    """Yield boxes that are read at once: neighbours, one after the other in their order.

    Parameters
    ----------
    boxes
        (n, 4) first and last row and column: top, left, bottom, right.
    most
        The largest area of a box round several.

    Yields
    ------
    numpy.ndarray
        Numbers of boxes; in all, each once.
    """
    if not len(boxes):
        return
    first, area = 0, 0.0
    top, left, bottom, right = boxes[0].tolist()
    for number, (north, west, south, east) in enumerate(boxes.tolist()):
        round_all = (min(top, north), min(left, west), max(bottom, south), max(right, east))
        own, whole = (
            (b[2] - b[0]) * (b[3] - b[1]) for b in ((north, west, south, east), round_all)
        )
        if number > first and whole > min(most, _SPARSE * (area + own)):
            yield np.arange(first, number)
            first, area, round_all = number, 0.0, (north, west, south, east)
        top, left, bottom, right = round_all
        area += own
    yield np.arange(first, len(boxes))

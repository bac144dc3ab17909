"""Agreement: patches whose elevation is at every pixel what the source gives, many at a time.

Most are, and of these nothing is left to be estimated. Whatever does not agree, is flat, or lies
where the source is not known throughout, is left to `landloom.dataset.proof.registration`.

The means are that module's: each pixel's own place, and the source's pixels round it weighed here.
Places are taken to PROJ at nine points of a patch, and at four more to see that what lies between
follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from rasterio.io import DatasetReader

from landloom.arrays import Float32s, Float64s, Indices, Mask
from landloom.dataset.proof.registration import (
    FEWEST,
    LEAST_MISFIT,
    LEAST_RELIEF,
    MOST_TAPS,
    REACH,
    HeightSource,
    read_beyond,
)
from landloom.dataset.proof.values import HIGHEST_RELIEF
from landloom.dataset.proof.windows import Windows, groups
from landloom.raster.coordinates import apply_affine, to_lonlat
from landloom.raster.degree_tiles import tile_name
from landloom.raster.opening import open_raster

_WITHIN = 1.9 * LEAST_MISFIT
"""Metres that the least and the largest difference may lie apart: the root mean square is half of
that at the most, and so too little to be told from rounding."""

_RELIEF = 1.01 * LEAST_RELIEF
"""Metres of standard deviation from which a patch is sure to show a shift."""

_EXACT = 1e-5
"""Pixels of the source by which places between may miss: on a cliff of 100 m a millimetre."""

_NODES = np.array([0.0, 0.5, 1.0])
_BETWEEN = np.array([0.2, 0.8])
"""Where PROJ is asked, in shares of a patch's side: a parabola through the nodes, and where what
it misses is largest."""

_SOURCE_PIXELS = 2**21
"""Pixels of elevation that are held at once, unless one patch has more."""

_AT_ONCE = 2**15
"""Output pixels that are weighed at a time: few enough for a processor's cache."""


def agree(
    relief: Float32s,
    windows: Windows,
    step: int,
    lonlat: Callable[[Float64s, Float64s], tuple[Float64s, Float64s]],
    heights: HeightSource,
) -> Mask:
    """Tell which patches surely agree with the source, and are such that a shift would show.

    Of these `estimate_shift` would find none, and `is_possible` that they are possible.

    Parameters
    ----------
    relief
        (n, size, size) metres above each patch's lowest pixel.
    windows
        (n, 2) first row and column, in source pixels of the land cover.
    step
        Such pixels along a patch's side.
    lonlat
        Leads rows and columns of the land cover to lon and lat in degrees (EPSG:4326).
    heights
        The elevation.

    Returns
    -------
    numpy.ndarray
        (n,) bool; false wherever there is any doubt, and for all where heights are not resampled
        bilinearly.
    """
    found = np.zeros(len(relief), bool)
    core = relief[:, REACH:-REACH, REACH:-REACH]
    if heights.resampling != "bilinear" or core[:1].size < FEWEST:
        return found
    with np.errstate(invalid="ignore"):  # a sample may hold anything
        rugged = np.flatnonzero(core.std(axis=(1, 2), dtype=np.float64) >= _RELIEF)
    nodes = _places(windows[rugged], step, _NODES, lonlat)
    checks = _places(windows[rugged], step, _BETWEEN, lonlat)
    for path, here in _sources(heights, *nodes):
        some = rugged[here]
        with open_raster(path) as dataset:
            bent = [_pixels_at(dataset, *(p[here] for p in places)) for places in (nodes, checks)]
            nodata = dataset.nodata if heights.nodata is None else heights.nodata
            found[some] = _agree(dataset, nodata, relief[some], *bent)
    return found


def _places(
    windows: Windows,
    step: int,
    shares: Float64s,
    lonlat: Callable[[Float64s, Float64s], tuple[Float64s, Float64s]],
) -> tuple[Float64s, Float64s]:
    """Return lon and lat of points of patches, at some shares of their sides, (n, k, k) each."""
    along = shares * step
    row = windows[:, 0, None, None] + along[:, None] + np.zeros(len(along))
    col = windows[:, 1, None, None] + along + np.zeros((len(along), 1))
    return lonlat(row, col)


def _sources(heights: HeightSource, lon: Float64s, lat: Float64s) -> Iterator[tuple[str, Mask]]:
    """Yield each raster, and which patches lie in it with all of their points, (n,)."""
    known: Mask = np.asarray(np.isfinite(lon).all(axis=(1, 2)))
    if heights.raster is not None:
        yield heights.raster, known
        return
    west, south = np.floor(lon[known]).astype(int), np.floor(lat[known]).astype(int)
    numbers = (south * 1000 + west).reshape(-1, lon.shape[1] * lon.shape[2])
    whole = (numbers == numbers[:, :1]).all(axis=1)
    for number in np.unique(numbers[whole, 0]):
        here = whole & (numbers[:, 0] == number)
        first = np.flatnonzero(here)[0]
        path = heights.tiles.get(tile_name(int(west[first, 0, 0]), int(south[first, 0, 0])))
        if path is not None:
            some = known.copy()
            some[known] = here
            yield path, some


def _pixels_at(dataset: DatasetReader, lon: Float64s, lat: Float64s) -> Float64s:
    """Return columns and rows of a raster at places, (2, n, k, k)."""
    x, y = to_lonlat(dataset.crs.to_wkt()).transform(lon, lat, direction="INVERSE")
    return np.stack(apply_affine(~dataset.transform, x, y))


def _agree(
    dataset: DatasetReader,
    nodata: float | None,
    relief: Float32s,
    nodes: Float64s,
    checks: Float64s,
) -> Mask:
    """Tell which patches agree with a raster.

    Parameters
    ----------
    dataset, nodata
        The raster, and the value that stands for void.
    relief
        (n, size, size).
    nodes, checks
        Columns and rows of the raster at the nodes, (2, n, 3, 3), and between, (2, n, 2, 2).
    """
    found = np.zeros(len(relief), bool)
    size = relief.shape[-1]
    with np.errstate(invalid="ignore"):  # some places may lie nowhere
        missed = np.abs(_bent(nodes, _parabolas(_BETWEEN)) - checks).max(axis=(0, 2, 3))
    low, high = nodes.min(axis=(2, 3)) - 1.0, nodes.max(axis=(2, 3)) + 1.0
    extent = np.array([dataset.width, dataset.height])[:, None]
    sure = np.flatnonzero((missed < _EXACT) & ((low > 0) & (high < extent)).all(axis=0))
    centres = _parabolas((np.arange(size) + 0.5) / size)
    boxes = np.stack([*low[::-1, sure], *high[::-1, sure]], axis=1)
    for part in groups(boxes, _SOURCE_PIXELS):
        some = sure[part]
        col, row = _bent(nodes[:, some], centres)
        found[some] = _differences(dataset, nodata, col, row, relief[some]) < _WITHIN
    return found


def _parabolas(shares: Float64s) -> Float64s:
    """Return the weights of the three nodes at shares of the side, (k, 3)."""
    a, b, c = shares, shares - 0.5, shares - 1.0
    return np.stack([2.0 * b * c, -4.0 * a * c, 2.0 * a * b], axis=1)


def _bent(nodes: Float64s, weights: Float64s) -> Float64s:
    """Return what parabolas through nodes (..., 3, 3) give at places, (..., k, k)."""
    between: Float64s = weights @ nodes @ weights.T
    return between


def _differences(
    dataset: DatasetReader, nodata: float | None, col: Float64s, row: Float64s, relief: Float32s
) -> Float64s:
    """Return how far the largest difference to the source lies above the least, metres, (n,).

    Parameters
    ----------
    dataset, nodata
        The raster, and the value that stands for void.
    col, row
        Places of the n patches' pixels, in pixels of the raster, (n, size, size).
    relief
        (n, size, size).

    Returns
    -------
    numpy.ndarray
        NaN where a pixel that counts is void or outside, and for all where some height is none.
    """
    stretch = [np.maximum(1.0, _source_pixels(place)) for place in (col, row)]
    reach_x, reach_y = (int(np.ceil(factor.max())) for factor in stretch)
    spread = np.full(len(col), np.nan)
    if max(reach_x, reach_y) > MOST_TAPS // 2:
        return spread  # not every pixel is weighed there
    left, top = (int(np.floor(place.min() - 0.5)) for place in (col, row))
    left, top = left - reach_x, top - reach_y
    right, bottom = (int(np.floor(place.max() - 0.5)) for place in (col, row))
    pixels = read_beyond(dataset, left, right + reach_x + 1, top, bottom + reach_y + 1, nodata)
    pixels = pixels - np.fmin.reduce(pixels, axis=None)
    if np.fmax.reduce(pixels, axis=None) > HIGHEST_RELIEF:  # a void that nothing declares
        return spread
    # Above the lowest, single precision keeps a tenth of a millimetre of a kilometre.
    pixels = pixels.astype(np.float32)
    at_once = max(1, _AT_ONCE // relief[0].size)
    for start in range(0, len(col), at_once):
        some = slice(start, start + at_once)
        flat = (len(relief[some]), -1)
        places = (col[some].reshape(flat) - left - 0.5, row[some].reshape(flat) - top - 0.5)
        mean = _weigh(pixels, places, (stretch[0][some], stretch[1][some]))
        spread[some] = np.ptp(mean - relief[some].reshape(flat), axis=1)
    return spread


def _source_pixels(place: Float64s) -> Float64s:
    """Return source pixels to an output pixel of patches, along the axis of places, (n,)."""
    steps = place.shape[-1] - 1
    down = (place[:, -1] - place[:, 0]).mean(axis=-1) / steps
    across = (place[:, :, -1] - place[:, :, 0]).mean(axis=-1) / steps
    pixels: Float64s = np.hypot(down, across)
    return pixels


def _weigh(
    pixels: Float32s, places: tuple[Float64s, Float64s], stretch: tuple[Float64s, Float64s]
) -> Float32s:
    """Weigh the pixels round places as `landloom.dataset.proof.registration.weigh` does.

    Parameters
    ----------
    pixels
        (height, width), NaN where void; there are as many round every place as are weighed.
    places
        Columns and rows from the centre of the first pixel, (n, k) each.
    stretch
        Pixels across and down at which the weight falls to zero, (n,) each.

    Returns
    -------
    numpy.ndarray
        (n, k): the weighted mean.
    """
    (first_col, across), (first_row, down) = map(_taps, places, stretch)
    first = first_row * pixels.shape[1] + first_col
    flat, width = pixels.ravel(), pixels.shape[1]
    mean, inner, found = (np.zeros(first.shape, np.float32) for _ in range(3))
    for i, weight_down in enumerate(down):
        inner[:] = 0.0
        for j, weight in enumerate(across):
            np.take(flat[i * width + j :], first, out=found, mode="clip")
            found *= weight
            inner += found
        inner *= weight_down
        mean += inner
    mean /= sum(across)
    mean /= sum(down)
    return mean


def _taps(place: Float64s, stretch: Float64s) -> tuple[Indices, list[Float32s]]:
    """Return the first pixel that is weighed at places (n, k), and the weights from it on.

    Single precision is enough: weights are near 1, and heights counted from the lowest.
    """
    below = np.floor(place)
    share = (place - below).astype(np.float32)
    if (stretch == 1.0).all():
        return below.astype(np.intp), [1.0 - share, share]
    reach = int(np.ceil(stretch.max()))
    slope = (1.0 / stretch).astype(np.float32)[:, None]
    weights = [
        np.maximum(np.float32(0.0), 1.0 - np.abs(share - np.float32(offset)) * slope)
        for offset in range(1 - reach, reach + 1)
    ]
    return below.astype(np.intp) + (1 - reach), weights

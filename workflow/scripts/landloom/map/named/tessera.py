"""Tessera's embeddings by name: the windows that a region needs of them, and their numbers.

Notes
-----
TESSERA (Feng et al. 2025, "TESSERA: Temporal Embeddings of Surface Spectra for Earth Representation
and Analysis", arXiv:2506.20380) gives each 10 m pixel and year a vector of 128 numbers, stored as
signed bytes and one scale per pixel: a number is the byte times the scale. NaN stands in the
scales' place over water, infinity where no vector was ever written. Some of those published are
broken: they reach 2.8e32, where true ones lie below 0.2.

Each UTM zone has an array of its own, in the CRS of its northern half on both sides of the equator.
A zone is six degrees of longitude, without the exceptions for Norway and Svalbard.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Iterator
from typing import Protocol

import numpy as np
import numpy.typing as npt

from landloom.arrays import Float32s, Mask
from landloom.errors import LandloomError
from landloom.map.named.tessera_zone import BANDS, StoredZone, Zone, zone_name
from landloom.map.named.windows import NamedWindow
from landloom.raster.bounds import METRES_PER_DEGREE, Bounds
from landloom.raster.coordinates import LONLAT
from landloom.raster.pixel_grid import Box, PixelGrid, part_of
from landloom.sources.asking import RefusedError

log = logging.getLogger(__name__)

LARGEST_SCALE = np.float32(0.2)
"""Above it, a scale is a broken one."""

WATER = "scale is NaN (water)"
NEVER_WRITTEN = "scale is infinite (never written)"
TOO_LARGE = "scale above 0.2"
NOT_POSITIVE = "scale of zero or less"

_DEGREES = 6
_ZONES = 60

_MARGIN = 2000.0
"""Metres beyond a zone's edge that are wanted where the region goes on there."""

_WINDOW = 2048
"""Pixels along each side of a window, half a shard: as many pieces of a map can be made at once."""

_SIDE = 512
"""Pixels along each side of what is asked for at once. The chunks of a shard lie in Z-order, so
that an aligned square of a power of two is one run of bytes."""

_MOST = 64 * 2**20
"""Bytes of decoded numbers that are yielded at once."""


class ZoneStore(Protocol):
    """A store of embeddings: `landloom.map.named.tessera_store.TesseraStore`, or one for tests."""

    def zone(self, name: str) -> StoredZone | None:
        """Return what is stored of a zone; None where there is nothing."""

    def is_there(self) -> bool:
        """Return whether there is a store at all."""


def windows(store: ZoneStore, bounds: Bounds, year: int) -> list[NamedWindow]:
    """Return the windows that a region needs, by zone, row and column.

    Parameters
    ----------
    store
        Where the embeddings lie.
    bounds
        Lon/lat box of the region (EPSG:4326, degrees), west of east.
    year
        The year that is wanted.

    Returns
    -------
    list of NamedWindow
        On the pixels of each zone's array, cut along multiples of 2048 of them. Where the region
        goes on beyond a zone's edge, so do the zone's windows, by 2 km, as far as its array does.

    Raises
    ------
    RefusedError
        ``absent`` where there is no store; ``differs`` where a zone is not what it should be, or
        lacks the year; as the store tells where it cannot be read.
    LandloomError
        Where the store has nothing of the region.
    """
    found: list[NamedWindow] = []
    missing: list[str] = []
    for number in zones(bounds):
        name = zone_name(number)
        stored = store.zone(name)
        if stored is None:
            missing.append(name)
            log.warning("%s: the store has no such zone, and the region's part in it no data", name)
            continue
        zone = Zone.of(stored)
        zone.step(year)
        found += _zone_windows(zone, number, bounds)
    if found:
        return found
    if missing and not store.is_there():
        raise RefusedError("there is no Zarr store", "absent")
    edges = ", ".join(f"{edge:g}" for edge in bounds)
    lacks = f" (it has no {' and no '.join(missing)})" if missing else ""
    raise LandloomError(
        f"map.region: Tessera's store has nothing at {edges} (w, s, e, n){lacks}; correct the "
        "region, or name another embedding"
    )


def zones(bounds: Bounds) -> list[int]:
    """Return the UTM zones, 1 to 60, that a lon/lat box shares ground with: six degrees each."""
    west, _, east, _ = bounds
    first = math.floor((west + 180) / _DEGREES) + 1
    last = math.ceil((east + 180) / _DEGREES)
    return list(range(max(first, 1), min(last, _ZONES) + 1))


def _zone_windows(zone: Zone, number: int, bounds: Bounds) -> Iterator[NamedWindow]:
    west, east = _strip(number)
    wanted = _part(bounds, west, east)
    footprint = f"POLYGON (({west} -90, {east} -90, {east} 90, {west} 90, {west} -90))"  # closed
    for box in zone.grid.touched_by(wanted).windows(_WINDOW):
        if _meets(part_of(zone.grid, box), wanted):
            row, col = box.top // _WINDOW, box.left // _WINDOW
            name = f"{zone.name}-r{row:04d}-c{col:04d}"
            yield NamedWindow(name, zone.name, zone.grid, box, footprint)


def _strip(number: int) -> tuple[int, int]:
    """Return the longitudes of a zone's edges."""
    west = _DEGREES * (number - 1) - 180
    return west, west + _DEGREES


def _part(bounds: Bounds, strip_west: float, strip_east: float) -> Bounds:
    """Return what is wanted of a zone: the region's part in it, and a margin of it beyond."""
    west, south, east, north = bounds
    farthest = min(max(abs(south), abs(north)), 89.0)  # from the equator, where degrees are short
    margin = _MARGIN / (METRES_PER_DEGREE * math.cos(math.radians(farthest)))
    return max(west, strip_west - margin), south, min(east, strip_east + margin), north


def _meets(grid: PixelGrid, wanted: Bounds) -> bool:
    """Return whether pixels share ground with a lon/lat box: meridians are no lines of pixels."""
    west, south, east, north = grid.bounds(LONLAT)
    if not west <= east:  # across the antimeridian, or nowhere
        return True
    return west < wanted[2] and east > wanted[0] and south < wanted[3] and north > wanted[1]


def void_reasons(scales: Float32s) -> dict[str, Mask]:
    """Return which pixels have no vector by their scales, and why: each by one reason.

    Parameters
    ----------
    scales : ndarray of float32, any shape
        As stored.

    Returns
    -------
    dict of bool ndarrays, of the same shape
    """
    infinite = np.isinf(scales)
    with np.errstate(invalid="ignore"):
        return {
            WATER: np.isnan(scales),
            NEVER_WRITTEN: infinite,
            TOO_LARGE: (scales > LARGEST_SCALE) & ~infinite,
            NOT_POSITIVE: (scales <= 0) & ~infinite,
        }


def decode(embeddings: npt.NDArray[np.int8], scales: Float32s) -> tuple[Float32s, dict[str, int]]:
    """Turn stored bytes and scales into the embedding's numbers.

    Parameters
    ----------
    embeddings : ndarray of int8, shape (bands, height, width)
        Bytes as stored.
    scales : ndarray of float32, shape (height, width)
        One for all bands of a pixel.

    Returns
    -------
    values : ndarray of float32, shape (bands, height, width)
        Byte times scale, in float32; NaN in every band where the scale is none.
    void : dict of int
        Pixels without a vector by reason, those without any left out.
    """
    reasons = void_reasons(scales)
    void = np.logical_or.reduce(list(reasons.values()))
    factors = np.where(void, np.float32(np.nan), scales)
    values: Float32s = np.multiply(embeddings, factors, dtype=np.float32)
    counts = {reason: int(np.count_nonzero(mask)) for reason, mask in reasons.items()}
    return values, {reason: count for reason, count in counts.items() if count}


def read(
    store: ZoneStore, window: NamedWindow, year: int, void: Counter[str] | None = None
) -> Iterator[tuple[Box, Float32s]]:
    """Read a window, so many whole rows at a time, from the first to the last.

    Parameters
    ----------
    store
        Where the embeddings lie.
    window
        One of `windows`.
    year
        The year that is wanted.
    void : Counter of str, optional
        Pixels without a vector are added to it by reason, as the pieces are read.

    Yields
    ------
    box : Box
        Pixels of the zone's array.
    values : ndarray of float32, shape (128, rows, columns)
        Of 64 MiB at most; NaN in every band where there is no vector.

    Raises
    ------
    RefusedError
        ``differs`` where the zone is not what it should be, or on other pixels than the window, or
        more than half of the window's finite scales are broken; as the store tells where a part
        cannot be read.
    """
    zone = _zone_of(store, window)
    step = zone.step(year)
    counts = Counter[str]() if void is None else void
    rows, cols = _whole(window.box)
    scales = zone.scales[step, rows, cols]
    _check_scales(scales, window.name)
    for band, blocks in _bands(window.box, zone.embeddings.chunks[-2:]):
        own = scales[band.within(window.box)]
        stored = np.empty((BANDS, *band.shape), np.int8)
        for block in blocks:
            inner = block.within(band)
            stored[:, *inner] = _bytes(zone, step, block, own[inner])
        for piece in _strips(band):
            inner = piece.within(band)
            values, found = decode(stored[:, *inner], own[inner])
            counts.update(found)
            yield piece, values


def _zone_of(store: ZoneStore, window: NamedWindow) -> Zone:
    stored = store.zone(window.place)
    if stored is None:
        raise RefusedError(f"{window.place} is not in the store any more", "passing")
    zone = Zone.of(stored)
    here, there = zone.grid, window.grid
    if (here.transform, here.box) != (there.transform, there.box):
        raise RefusedError(
            f"{window.place} has other pixels than before: {here.width} x {here.height} from "
            f"{here.transform.c:.10g} {here.transform.f:.10g}, not {there.width} x "
            f"{there.height} from {there.transform.c:.10g} {there.transform.f:.10g}",
            "differs",
        )
    return zone


def _whole(box: Box) -> tuple[slice, slice]:
    """Return a box as an index into its own array."""
    return slice(box.top, box.bottom), slice(box.left, box.right)


def _check_scales(scales: Float32s, name: str) -> None:
    """Refuse a window whose scales are broken throughout, not here and there."""
    finite = np.isfinite(scales)
    huge = finite & (scales > LARGEST_SCALE)
    total, broken = int(np.count_nonzero(finite)), int(np.count_nonzero(huge))
    if 2 * broken > total:
        raise RefusedError(
            f"{name} has huge scales: {broken} of {total} are above {LARGEST_SCALE:g}, up to "
            f"{scales[huge].max():.3g}",
            "differs",
        )


def _bands(box: Box, chunk: tuple[int, ...]) -> Iterator[tuple[Box, list[Box]]]:
    """Cut a box along the edges of chunks: rows, and the squares of 512 pixels that they hold."""
    height, width = (side * max(1, _SIDE // side) for side in chunk)
    for row in range(box.top // height * height, box.bottom, height):
        columns = range(box.left // width * width, box.right, width)
        blocks = [Box(row, row + height, col, col + width).clip(box) for col in columns]
        yield Box(row, row + height, box.left, box.right).clip(box), blocks


def _bytes(zone: Zone, step: int, block: Box, scales: Float32s) -> npt.NDArray[np.int8]:
    """Return the stored bytes of a block; what no scale gives a meaning is not asked for."""
    if np.logical_or.reduce(list(void_reasons(scales).values())).all():
        return np.broadcast_to(np.int8(0), (BANDS, *block.shape))
    return zone.embeddings[step, :, *_whole(block)]


def _strips(band: Box) -> Iterator[Box]:
    """Cut rows into fewer of which the decoded numbers take no more memory than is meant."""
    rows = max(1, _MOST // (BANDS * 4 * band.shape[1]))
    for top in range(band.top, band.bottom, rows):
        yield Box(top, top + rows, band.left, band.right).clip(band)

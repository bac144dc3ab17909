"""Whether a raster is what the catalogue promises, looked at once, before its pixels are used."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import rasterio
from affine import Affine
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError
from rasterio.errors import RasterioIOError
from rasterio.io import DatasetReader

from landloom.addresses import without_secrets
from landloom.errors import LandloomError
from landloom.job.gdal import OPTIONS
from landloom.raster.bounds import Bounds
from landloom.raster.coordinates import LONLAT
from landloom.raster.opening import open_dataset
from landloom.raster.pixel_grid import Box, Drift, PixelGrid
from landloom.sources.asking import Haste, RefusedError
from landloom.sources.catalogue import Promise

_SIDE = 8
"""Pixels along each side of the window that is read."""

_OFF = 0.1
"""Pixels by which two CRSs may place the same point apart: NAD 83 and WGS 84 are taken for one."""


@dataclass(frozen=True)
class Header:
    """What is to be known of a raster that serves: its pixels' grid and type."""

    grid: PixelGrid
    dtype: str
    bands: int

    @classmethod
    def of(cls, dataset: DatasetReader) -> Header:
        """Return the header of an open raster."""
        return cls(PixelGrid.of(dataset), dataset.dtypes[0], dataset.count)


def check_raster(path: str, promise: Promise, bounds: Bounds, haste: Haste) -> Header:
    """Open a raster, compare its header with what is promised, and read a window of the region.

    Parameters
    ----------
    path
        Whatever GDAL opens.
    promise
        What the dataset's pixels are.
    bounds
        Lon/lat box of the region.
    haste
        How long a server is waited for.

    Raises
    ------
    RefusedError
        Where it cannot be read, or is something else than is promised.
    """
    with hurried(haste), worded():
        dataset = open_dataset(path)
        with dataset:
            found = Header.of(dataset)
            check_header(found, promise, bounds)
            dataset.read(1, window=middle(found.grid, bounds).window)
    return found


@contextmanager
def hurried(haste: Haste, retries: int = 0) -> Iterator[None]:
    """Have GDAL wait no longer than is asked for, unless the environment says how long.

    Parameters
    ----------
    haste
        How long a server is waited for.
    retries
        How often GDAL asks again for what may pass.
    """
    ours = {
        "GDAL_HTTP_CONNECTTIMEOUT": f"{haste.connect:g}",
        "GDAL_HTTP_LOW_SPEED_TIME": f"{haste.silence:g}",
        "GDAL_HTTP_TIMEOUT": f"{haste.whole:g}",
        "GDAL_HTTP_MAX_RETRY": f"{retries}",
    }
    free = {name: value for name, value in ours.items() if _is_default(name)}
    with rasterio.Env(**free):
        yield


def _is_default(name: str) -> bool:
    return os.environ.get(name) in (None, OPTIONS.get(name))


@contextmanager
def worded() -> Iterator[None]:
    """Turn what fails in the block into refusals of the address."""
    try:
        yield
    except LandloomError as error:
        reason = str(error).partition(": ")[2] or str(error)
        raise RefusedError(_short(reason), "passing") from None
    except RasterioIOError as error:
        reason = f"a part of it cannot be read ({error.__cause__ or error})"
        raise RefusedError(_short(reason), "passing") from None


def _short(reason: str) -> str:
    return " ".join(without_secrets(reason).split())[:200]


def check_header(found: Header, promise: Promise, bounds: Bounds) -> None:
    """Refuse a header that is not as promised; the whole extent need not be.

    Raises
    ------
    RefusedError
        Names what differs: the type, the bands, the CRS, the pixels' size or their grid.
    """
    if promise.dtype and found.dtype != promise.dtype:
        raise _other("type", found.dtype, promise.dtype)
    if promise.bands and found.bands != promise.bands:
        raise _other("number of bands", found.bands, promise.bands)
    if promise.crs and not _same_crs(found.grid.crs, promise, bounds):
        name = found.grid.crs.name
        raise _other("CRS", name, CRS.from_user_input(promise.crs).name)
    if promise.pixel is None:
        return
    drift = Drift.between(promised_grid(promise), found.grid)
    if not drift.same_pixels:
        transform = found.grid.transform
        steps = f"{transform.a:.10g} x {-transform.e:.10g}"
        raise _other("pixel size", steps, f"{promise.pixel:.10g}")
    if promise.origin and not drift.whole:
        raise RefusedError(
            f"its pixels lie off the dataset's grid ({drift.cols % 1:.3f} columns, "
            f"{drift.rows % 1:.3f} rows)",
            "differs",
        )


def check_holds_region(found: Header, promise: Promise, bounds: Bounds) -> None:
    """Refuse a copy of a part that lacks what the whole dataset has of a region.

    Raises
    ------
    RefusedError
        Where a pixel is missing.
    """
    if promise.size is None:
        return
    grid = promised_grid(promise)
    row, col = Drift.between(grid, found.grid).place
    copy = Box(row, row + found.grid.height, col, col + found.grid.width)
    region = grid.touched_by(bounds)
    if region.clip(copy) != region:
        raise RefusedError("holds only a part of the region that the dataset has", "differs")


def _other(what: str, found: object, promised: object) -> RefusedError:
    told = f"has another {what} than the dataset: {found}, not {promised}"
    return RefusedError(told, "differs")


def promised_grid(promise: Promise) -> PixelGrid:
    """Return the grid that is promised; a single pixel where the whole's size is not."""
    if promise.crs is None or promise.pixel is None:
        raise ValueError("a grid needs a CRS and the size of a pixel")
    west, north = promise.origin or (0.0, 0.0)
    transform = Affine(promise.pixel, 0.0, west, 0.0, -promise.pixel, north)
    width, height = promise.size or (1, 1)
    return PixelGrid(CRS.from_user_input(promise.crs).to_wkt(), transform, width, height)


def _same_crs(crs: CRS, promise: Promise, bounds: Bounds) -> bool:
    """Return whether a CRS puts the region where the promised one does.

    Names do not tell: the same projection is written in many ways.
    """
    promised = CRS.from_user_input(promise.crs)
    if crs == promised:
        return True
    if crs.is_geographic != promised.is_geographic:
        return False
    west, south, east, north = bounds
    lon, lat = [west, east, west, east], [south, south, north, north]
    try:
        here, there = (
            np.array(Transformer.from_crs(LONLAT, one, always_xy=True).transform(lon, lat))
            for one in (crs, promised)
        )
    except ProjError:
        return False
    apart = np.abs(here - there).max()
    return bool(apart <= _OFF * (promise.pixel or 1e-5))


def middle(grid: PixelGrid, bounds: Bounds) -> Box:
    """Return some pixels in the middle of a region's part of a raster.

    Raises
    ------
    RefusedError
        Where the raster has no part in the region.
    """
    box = grid.touched_by(bounds)
    if not box.area:
        raise RefusedError("holds nothing of the region", "elsewhere")
    row, col = (box.top + box.bottom) // 2, (box.left + box.right) // 2
    half = _SIDE // 2
    return Box(row - half, row + half, col - half, col + half).clip(box)

"""Rasters to measure with: fractal land cover and relief, periodic, so that any size is cheap."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.windows import Window

from landloom.raster.bounds import Bounds

PERIOD = 2048
"""Pixels after which the landscape repeats itself."""

NLCD_CODES = (11, 21, 22, 31, 41, 42, 52, 71, 81, 82, 90, 95)

RESOLUTION = 30.0
_BLOCK = 512
_CACHE_BYTES = 64 << 20  # rasterio hands this one to GDAL in bytes, not in megabytes


def fractal(seed: int, slope: float) -> NDArray[np.float32]:
    """Synthesise noise with a power-law spectrum.

    Parameters
    ----------
    seed
        Of the noise.
    slope
        Amplitude falls with frequency to this power: 2 for smooth hills, 1.5 for rugged ones.

    Returns
    -------
    numpy.ndarray
        (PERIOD, PERIOD) float32, periodic, mean 0 and standard deviation 1.
    """
    white = np.random.default_rng(seed).standard_normal((PERIOD, PERIOD), np.float32)
    spectrum = np.fft.rfft2(white)
    frequency = np.hypot(np.fft.fftfreq(PERIOD)[:, None], np.fft.rfftfreq(PERIOD)[None, :])
    frequency[0, 0] = np.inf
    noise = np.fft.irfft2(spectrum * frequency**-slope)
    return (noise / noise.std()).astype(np.float32)


def land_cover(seed: int = 827) -> NDArray[np.uint8]:
    """Return (PERIOD, PERIOD) codes of 12 classes that lie in coherent patches."""
    best = np.full((PERIOD, PERIOD), -np.inf, np.float32)
    codes = np.zeros(best.shape, np.uint8)
    for number, code in enumerate(NLCD_CODES):
        suited = fractal(seed + number, 1.4)
        np.copyto(codes, np.uint8(code), where=suited > best)
        np.maximum(best, suited, out=best)
    return codes


def relief(seed: int = 827) -> NDArray[np.int16]:
    """Return (PERIOD, PERIOD) heights in metres."""
    return np.rint(1500 + 400 * fractal(seed, 1.9)).astype(np.int16)


def write_landcover(path: Path, codes: NDArray[np.uint8] | None, region: Bounds) -> None:
    """Write land cover in the NLCD's form over a lon/lat box: Albers, 30 m, tiled, deflated.

    Parameters
    ----------
    path
        The GeoTIFF.
    codes
        One period of it. None writes a raster without any pixel.
    region
        West, south, east, north in degrees.
    """
    to_albers = Transformer.from_crs("EPSG:4326", "EPSG:5070", always_xy=True)
    west, south, east, north = to_albers.transform_bounds(*region, densify_pts=101)
    width, height = (int(extent / RESOLUTION) + 1 for extent in (east - west, north - south))
    transform = Affine(RESOLUTION, 0, west, 0, -RESOLUTION, north)
    profile = {"dtype": "uint8", "nodata": 250, "compress": "deflate"}
    _write(path, codes, (height, width), crs="EPSG:5070", transform=transform, **profile)


def write_tile(path: Path, heights: NDArray[np.int16], corner: tuple[int, int], side: int) -> None:
    """Write a 1 degree tile of elevation of `side` pixels squared by its south-west corner."""
    lon, lat = corner
    transform = Affine(1 / side, 0, lon, 0, -1 / side, lat + 1)
    profile = {"dtype": "int16", "nodata": -32768}
    _write(path, heights, (side, side), crs="EPSG:4326", transform=transform, **profile)


def write_elevation(
    path: Path, heights: NDArray[np.int16], region: Bounds, per_degree: int
) -> None:
    """Write elevation of a lon/lat box, and a twentieth of a degree round it, as one raster."""
    west, south, east, north = region
    width, height = (int((extent + 0.1) * per_degree) for extent in (east - west, north - south))
    transform = Affine(1 / per_degree, 0, west - 0.05, 0, -1 / per_degree, north + 0.05)
    profile = {"dtype": "int16", "nodata": -32768, "compress": "deflate"}
    _write(path, heights, (height, width), crs="EPSG:4326", transform=transform, **profile)


def write_worldcover(
    path: Path, codes: NDArray[np.uint8], corner: tuple[int, int], side: int
) -> None:
    """Write land cover in WorldCover's form: 3 degrees square, by its north-west corner."""
    west, north = corner
    transform = Affine(3 / side, 0, west, 0, -3 / side, north)
    profile = {"dtype": "uint8", "nodata": 0, "compress": "deflate", "zlevel": 1}
    _write(path, codes, (side, side), crs="EPSG:4326", transform=transform, **profile)


def _write(path: Path, period: NDArray[Any] | None, shape: tuple[int, int], **profile: Any) -> None:
    height, width = shape
    layout = {"tiled": True, "blockxsize": _BLOCK, "blockysize": _BLOCK, "sparse_ok": True}
    size = {"width": width, "height": height, "count": 1, "bigtiff": "if_safer"}
    with (
        rasterio.Env(GDAL_CACHEMAX=_CACHE_BYTES),
        rasterio.open(path, "w", driver="GTiff", **size, **layout, **profile) as raster,
    ):
        if period is None:
            return
        for window in _windows(height, width):
            rows = np.arange(window.row_off, window.row_off + window.height) % PERIOD
            cols = np.arange(window.col_off, window.col_off + window.width) % PERIOD
            raster.write(period[np.ix_(rows, cols)], 1, window=window)


def _windows(height: int, width: int) -> Iterator[Window]:
    for row in range(0, height, _BLOCK):
        for col in range(0, width, _BLOCK):
            yield Window(col, row, min(_BLOCK, width - col), min(_BLOCK, height - row))

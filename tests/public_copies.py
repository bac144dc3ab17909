"""Copies of public datasets for tests: land cover on the product's own grid, and its service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from pyproj import CRS
from rasterio.io import MemoryFile
from rasterio.windows import Window, from_bounds
from server import Service

from landloom.sources.catalogue import named

NLCD_2021 = "annual-nlcd/c1/v1/cu/mosaic/Annual_NLCD_LndCov_2021_CU_C1V1.tif"
FIRST = f"data.source.coop/kylebarron/usgs-landcover/{NLCD_2021}"
SECOND = (
    "s3.us-west-2.amazonaws.com/us-west-2.opendata.source.coop/kylebarron/usgs-landcover/"
    f"{NLCD_2021}"
)
SERVICE = "dmsdata.cr.usgs.gov/geoserver/mrlc_Land-Cover-Native_conus_year_data/wcs"
ADDRESSES = (FIRST, SECOND, SERVICE)

BARE_TIFF = b"II*\0\x08\0\0\0" + bytes(34)
"""What a bucket that has its readers pay gave away: 42 bytes, and no image."""

HTML = b"<!DOCTYPE html><html><body>Please sign in</body></html>" * 40


IDAHO = Affine(30, 0, -1_630_845, 0, -30, 2_413_725)
"""Pixels of the NLCD: 700 of them north-west of 116 W, 43 N."""


def regional(path: Path, **changed: Any) -> bytes:
    """Return a regional copy of the NLCD round 116 W, 43 N, with something else about it."""
    options = {"dtype": "uint8", "count": 1, "crs": "EPSG:5070", "transform": IDAHO} | changed
    pixels = np.random.default_rng(2).integers(11, 96, (1400, 1400)).astype(options["dtype"])
    with rasterio.open(
        path, "w", driver="GTiff", width=1400, height=1400, nodata=250, tiled=True,
        compress="deflate", **options,
    ) as target:  # fmt: skip
        for band in range(1, options["count"] + 1):
            target.write(pixels, band)
    return path.read_bytes()


def write_whole(regional: Path, path: Path) -> Path:
    """Write a regional copy of NLCD's land cover as the whole product: its full grid, its CRS.

    What lies outside the copy takes no room in the file.
    """
    promise = named("nlcd-2021", "landcover").promise
    (west, north), (width, height) = promise.origin, promise.size
    transform = Affine(promise.pixel, 0, west, 0, -promise.pixel, north)
    with rasterio.open(regional) as source:
        codes = source.read(1)
        col, row = ~transform @ (source.transform.c, source.transform.f)
    with rasterio.open(
        path, "w", driver="GTiff", width=width, height=height, count=1, dtype="uint8",
        crs=CRS.from_user_input(promise.crs).to_wkt(), transform=transform, nodata=250,
        tiled=True, blockxsize=1024, blockysize=1024, compress="deflate", sparse_ok=True,
    ) as target:  # fmt: skip
        target.write(codes, 1, window=Window(round(col), round(row), *codes.shape[::-1]))
    return path


def coverage_service(whole: Path, jitter: float = 3e-4) -> Service:
    """Answer as the USGS does: the window as a GeoTIFF in EPSG:5070, slightly displaced."""

    def cut(query: dict[str, str]) -> bytes:
        bounds = [float(edge) for edge in query["bbox"].split(",")]
        width, height = int(query["width"]), int(query["height"])
        with rasterio.open(whole) as source:
            window = from_bounds(*bounds, source.transform)
            codes = source.read(1, window=window.round_offsets().round_lengths())
        if codes.shape != (height, width):
            return b"<ServiceExceptionReport><ServiceException>grid</ServiceException></...>"
        transform = Affine(30, 0, bounds[0] + jitter, 0, -30, bounds[3] - jitter)
        with MemoryFile() as file:
            with file.open(
                driver="GTiff", width=width, height=height, count=1, dtype=np.uint8,
                crs="EPSG:5070", transform=transform,
            ) as target:  # fmt: skip
                target.write(codes, 1)
            return file.read()

    return cut

"""Elevation tiles, made uniform: the one form that all else relies on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from shlex import quote
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from affine import Affine
from rasterio.io import DatasetReader

from landloom.arrays import Float64s
from landloom.errors import LandloomError
from landloom.job.files import sha256_of
from landloom.raster.bounds import Bounds
from landloom.raster.degree_tiles import tile_bounds
from landloom.raster.numbers import kind_of
from landloom.raster.opening import open_raster
from landloom.raster.placing import unkept

LOWEST, HIGHEST = -12_000.0, 9_000.0
"""No sea floor lies lower and no summit higher (m)."""

_TELLTALE = -9999.0
"""A depth that some trenches do have, but that nearly always stands for 'no data' (m)."""

VOID = -32768
"""Nodata of uniform tiles and of the mosaic."""

_TILE_LAYOUT = {"driver": "GTiff", "tiled": True, "blockxsize": 512, "blockysize": 512}


@dataclass(frozen=True)
class TileStats:
    """Where a tile comes from and what it holds. Heights in metres; None where there is none.

    `source` is the path, URL or product that it was made from, empty where there was none; `size`
    (bytes) and `sha256` (hexadecimal) are those of the uniform tile.
    """

    tile: str
    source: str
    exists: bool
    size: int
    sha256: str
    width: int
    height: int
    min: float | None
    max: float | None
    mean: float | None
    void_share: float

    def row(self) -> dict[str, Any]:
        """Return the statistics as plain data."""
        return asdict(self)


def make_tile(tile: str, source: str | None, nodata: float | None, target: Path) -> TileStats:
    """Check a 1 degree tile and write it in the one form that all others rely on.

    That form: its own pixels and CRS, int16 or float32 metres, nodata -32768. A tile that does
    not exist becomes a single void pixel.

    Parameters
    ----------
    tile
        Name by the south-west corner.
    source
        Path of the tile as found; None where there is none (open sea).
    nodata
        The void value, where the file does not name it itself.
    target
        GeoTIFF to write.

    Raises
    ------
    LandloomError
        Where the file is not an elevation tile of that place.
    """
    if source is None:
        west, _, _, north = tile_bounds(tile)
        transform = Affine(1.0, 0.0, west, 0.0, -1.0, north)
        pixels = np.full((1, 1), VOID, np.int16)
        _write_tile(target, pixels, transform, "EPSG:4326")
        return TileStats(
            tile, "", False, target.stat().st_size, sha256_of(target), 1, 1, None, None, None, 1.0
        )
    with open_raster(source) as dataset:
        check_heights(dataset)
        _check_place(dataset, tile)
        heights, void = _read_heights(dataset, nodata)
        whole = np.issubdtype(heights.dtype, np.integer)
        pixels = heights.astype(np.int16 if whole else np.float32)
        pixels[void] = VOID
        _write_tile(target, pixels, dataset.transform, dataset.crs)
    valid = heights[~void].astype(np.float64)
    low, high, mean = (
        (float(valid.min()), float(valid.max()), float(valid.mean()))
        if valid.size
        else (None, None, None)
    )
    rows, cols = pixels.shape
    return TileStats(
        tile=tile,
        source=source,
        exists=True,
        size=target.stat().st_size,
        sha256=sha256_of(target),
        width=cols,
        height=rows,
        min=low,
        max=high,
        mean=mean,
        void_share=float(void.mean()),
    )


def check_heights(dataset: DatasetReader) -> None:
    """Refuse what are no heights, or metres only by a scale, or in a CRS that no file can keep."""
    if fault := unkept(dataset):
        raise LandloomError(f"{dataset.name}: {fault}")
    if kind_of(dataset.dtypes[0]) not in "iuf":
        raise LandloomError(
            f"{dataset.name}: holds {dataset.dtypes[0]}, not heights; correct "
            "dataset.elevation.source, or convert it ('gdal_translate -ot Float32')"
        )
    if dataset.scales[0] != 1.0 or dataset.offsets[0] != 0.0:
        raise LandloomError(
            f"{dataset.name}: its heights have the scale {dataset.scales[0]:g} and the offset "
            f"{dataset.offsets[0]:g}; write plain metres ('gdal_translate -unscale -ot Float32')"
        )


def check_tile(source: str, tile: str) -> None:
    """Refuse, by its header alone, a file that is no elevation tile of its place.

    Raises
    ------
    LandloomError
        As `make_tile` says it.
    """
    with open_raster(source) as dataset:
        check_heights(dataset)
        _check_place(dataset, tile)


def _check_place(dataset: DatasetReader, tile: str) -> None:
    """Refuse what is not north-up lon/lat, or does not cover its degree, give or take a pixel."""
    name, crs, transform = dataset.name, dataset.crs, dataset.transform
    if not crs.is_geographic:
        raise LandloomError(
            f"{name}: is in {crs.to_string()}; elevation tiles are in degrees (EPSG:4326). Warp "
            "it, or give all of the elevation as one raster, which may have any CRS"
        )
    if transform.b or transform.d or transform.a <= 0 or transform.e >= 0:
        raise LandloomError(f"{name}: is not north-up; warp it with 'gdalwarp -t_srs EPSG:4326'")
    west, south, east, north = tile_bounds(tile)
    left, bottom, right, top = dataset.bounds
    outward = np.array([west - left, south - bottom, right - east, top - north])
    pixel = 1.5 * np.array([transform.a, -transform.e, transform.a, -transform.e])
    beyond = outward > np.maximum(pixel, 0.01)
    if (outward < -pixel).any() and not beyond.any():
        raise _cropped(dataset, tile, outward)
    if (outward < -pixel).any() or beyond.any():
        raise LandloomError(
            f"{name}: covers {in_degrees((left, bottom, right, top))}, but tile {tile} is "
            f"{in_degrees((west, south, east, north))} (w, s, e, n); correct the template"
        )


def _cropped(dataset: DatasetReader, tile: str, outward: Float64s) -> LandloomError:
    """Return the error that a tile leaves some of its degree out; what helps keeps its pixels."""
    transform = dataset.transform
    steps = np.array([transform.a, -transform.e, transform.a, -transform.e])
    more = steps * np.ceil(np.maximum(-outward, 0.0) / steps - 1e-6)
    padded = np.array(dataset.bounds) + more * np.array([-1.0, -1.0, 1.0, 1.0])
    bounds = " ".join(f"{edge:.15g}" for edge in padded)
    return LandloomError(
        f"{dataset.name}: covers {in_degrees(dataset.bounds)} (w, s, e, n), which is not all of "
        f"tile {tile}. Merge it with what lies beside it, or pad it with voids: 'gdalbuildvrt "
        f"-vrtnodata {VOID} -te {bounds} {tile}.vrt {quote(dataset.name)}', with any other "
        "files named behind it, and have the template name that; or name all files as a list in "
        "dataset.elevation.source"
    )


def in_degrees(bounds: Bounds) -> str:
    """Return bounds for messages."""
    return ", ".join(f"{edge:.4f}" for edge in bounds)


def _read_heights(
    dataset: DatasetReader, nodata: float | None
) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """Read a whole tile, and where it is void; heights that the Earth does not have are refused."""
    heights = dataset.read(1)
    void = dataset.read_masks(1) == 0
    if nodata is not None:
        void |= heights == nodata
    if heights.dtype.kind == "f":
        strange = ~np.isfinite(heights)
        if (strange & ~void).all():
            raise LandloomError(
                f"{dataset.name}: holds no height: all {heights.size} are infinite or NaN, which "
                "it does not declare as nodata; fetch it again, or take it away where there is "
                "only sea"
            )
        void |= strange
    height = strange_height(heights[~void])
    if height is not None:
        raise LandloomError(
            f"{dataset.name}: holds the height {height:.17g} m, which is not on Earth; if it "
            f"stands for 'no data', set dataset.elevation.nodata: {height:.17g}"
        )
    return heights, void


def strange_height(heights: npt.NDArray[Any]) -> float | None:
    """Return a height (m) that the Earth does not have: most likely an undeclared void value."""
    if not heights.size:
        return None
    low, high = float(heights.min()), float(heights.max())
    if low < LOWEST:
        return low
    if high > HIGHEST:
        return high
    deep = low < _TELLTALE + 0.01
    return _TELLTALE if deep and (np.abs(heights - _TELLTALE) < 0.01).any() else None


def _write_tile(target: Path, pixels: npt.NDArray[Any], transform: Affine, crs: object) -> None:
    rows, cols = pixels.shape
    with rasterio.open(
        target,
        "w",
        **_TILE_LAYOUT,
        width=cols,
        height=rows,
        count=1,
        dtype=pixels.dtype,
        crs=crs,
        transform=transform,
        nodata=VOID,
        compress="deflate",
        predictor=3 if pixels.dtype.kind == "f" else 2,
    ) as dataset:
        dataset.write(pixels, 1)

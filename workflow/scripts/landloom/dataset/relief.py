"""Relief: elevation warped onto the patches' lattice, cleared of voids, relative to each patch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from affine import Affine
from pyproj import Transformer
from rasterio.enums import Resampling
from rasterio.io import DatasetReader
from rasterio.vrt import WarpedVRT

from landloom.arrays import Int32s
from landloom.dataset.lattice import Lattice
from landloom.dataset.patches import take_patches
from landloom.elevation.tiles import check_heights, strange_height
from landloom.errors import LandloomError
from landloom.raster.coordinates import apply_affine
from landloom.raster.numbers import kind_of
from landloom.raster.opening import open_raster

Heights = npt.NDArray[np.float32]

_INPAINT_RADIUS = 3

_TOLERANCE = 0.001
"""Pixels of the source by which GDAL may miss a place, to spare itself transformations. By default
it may miss an eighth, which of a coarse source is more than an output pixel."""


@dataclass(frozen=True)
class Relief:
    """Elevation of the accepted patches of one cell.

    Attributes
    ----------
    kept
        (n,) bool, false for a patch with too many voids.
    heights
        (k, size, size) float32: metres above the patch's lowest point, for the k kept patches.
    filled
        (k,) int32: pixels that were void and were inpainted.
    """

    kept: npt.NDArray[np.bool_]
    heights: Heights
    filled: Int32s

    def save(self, path: Path) -> None:
        """Write to a ``.npz``; equal contents give equal bytes."""
        with path.open("wb") as file:
            np.savez(file, kept=self.kept, heights=self.heights, filled=self.filled)

    @classmethod
    def load(cls, path: str | Path) -> Relief:
        """Read what `save` wrote."""
        with np.load(path) as data:
            return cls(data["kept"], data["heights"], data["filled"])

    @staticmethod
    def load_kept(path: str | Path) -> npt.NDArray[np.bool_]:
        """Read `kept` alone."""
        with np.load(path) as data:
            kept: npt.NDArray[np.bool_] = data["kept"]
            return kept

    @staticmethod
    def load_filled(path: str | Path) -> Int32s:
        """Read `filled` alone."""
        with np.load(path) as data:
            filled: Int32s = data["filled"]
            return filled


@dataclass(frozen=True)
class ReliefOptions:
    """How elevation is sampled: see the keys of the same names in the configuration."""

    resampling: str
    max_nodata: float
    nodata: float | None


def extract_relief(
    source: str | None, lattice: Lattice, rows: Int32s, cols: Int32s, options: ReliefOptions
) -> Relief:
    """Warp elevation straight onto the lattice and make it relative to each patch.

    Parameters
    ----------
    source
        A raster, or joined tiles; None where all of them are void.
    lattice
        The patches' lattice.
    rows, cols
        Lattice positions of the patches, (n,).
    options
        How to sample, and how many voids to bear.
    """
    if not rows.size:
        return relative_relief(np.empty((0, lattice.size, lattice.size), np.float32), options)
    span = lattice.span_of(rows, cols)
    heights = np.full(lattice.output_shape(span), np.nan, np.float32)
    if source is not None:
        with open_raster(source, "elevation") as dataset:
            warp(dataset, lattice.grid.wkt, lattice.output_transform(span), heights, options)
    return relative_relief(take_patches(heights, span, rows, cols), options)


def warp(
    dataset: DatasetReader, wkt: str, transform: Affine, heights: Heights, options: ReliefOptions
) -> None:
    """Warp elevation onto a grid, each pixel's place transformed to a thousandth of a pixel.

    Where pixels of the grid are wider than the source's, the kernel is widened to match, as
    ``gdalwarp`` does; its width is fixed at the middle of the grid, so that no pixel depends on
    the chunks in which GDAL happens to work.

    Parameters
    ----------
    dataset
        Elevation, any CRS and step.
    wkt, transform
        CRS and affine of the grid.
    heights
        (height, width) float32, filled in place; NaN where the source is void or absent.
    options
        The resampling, and the source's void value where it does not name it itself.

    Raises
    ------
    LandloomError
        Where a height is not on Earth: most likely an undeclared void value.
    """
    check_heights(dataset)
    scale_x, scale_y = _kernel_scale(dataset, wkt, transform, heights.shape)
    with WarpedVRT(
        dataset,
        crs=wkt,
        transform=transform,
        width=heights.shape[1],
        height=heights.shape[0],
        resampling=Resampling[options.resampling],
        src_nodata=_void_value(dataset, options),
        nodata=np.nan,
        dtype="float32",
        tolerance=_TOLERANCE,  # rasterio.warp.reproject would take one and ignore it
        XSCALE=scale_x,
        YSCALE=scale_y,
    ) as warped:
        warped.read(1, out=heights)
    heights[np.isinf(heights)] = np.nan  # void, as in tiles
    strange = strange_height(heights[np.isfinite(heights)])
    if strange is not None:
        # It may be blended from a void value and true heights, and so is not named as the value.
        raise LandloomError(
            f"{dataset.name}: gives the height {strange:.0f} m, which is not on Earth; if its "
            "voids are not declared, set dataset.elevation.nodata to the value that stands for them"
        )


def _void_value(dataset: DatasetReader, options: ReliefOptions) -> float | None:
    """Return the source's void value; of floats that name none, NaN, which would spread else."""
    value: float | None = dataset.nodata if options.nodata is None else options.nodata
    if value is None and kind_of(dataset.dtypes[0]) == "f":
        return float(np.nan)
    return value


def _kernel_scale(
    dataset: DatasetReader, wkt: str, transform: Affine, shape: tuple[int, ...]
) -> tuple[float, float]:
    """Return grid pixels per source pixel along the source's columns and rows, 1 at the most."""
    height, width = shape
    cols = np.array([width, width + 1.0, width]) / 2
    rows = np.array([height, height, height + 1.0]) / 2
    x, y = _between(wkt, dataset.crs.to_wkt()).transform(*apply_affine(transform, cols, rows))
    col, row = apply_affine(~dataset.transform, x, y)
    scale_x, scale_y = (1.0 / (2.0 * np.hypot(*(place[1:] - place[0]))) for place in (col, row))
    return _downscaling(scale_x), _downscaling(scale_y)


@cache
def _between(wkt: str, other: str) -> Transformer:
    """Return the transformer between two CRS, found once for all cells of a job."""
    return Transformer.from_crs(wkt, other, always_xy=True)


def _downscaling(scale: float) -> float:
    return min(float(scale), 1.0) if np.isfinite(scale) else 1.0


def relative_relief(heights: Heights, options: ReliefOptions) -> Relief:
    """Drop patches with too many voids, inpaint the other voids, subtract each minimum.

    Parameters
    ----------
    heights
        (n, size, size) float32 metres, NaN where void.
    options
        `max_nodata` is the largest share of void pixels; a patch that is all void never stays.

    References
    ----------
    Telea, A. (2004), An image inpainting technique based on the fast marching method, Journal
    of Graphics Tools 9 (1); as in OpenCV, radius 3.
    """
    void = np.isnan(heights)
    share = void.mean(axis=(1, 2)) if len(heights) else np.empty(0)
    kept = (share <= options.max_nodata) & (share < 1.0)
    heights, void = heights[kept], void[kept]
    filled = void.sum(axis=(1, 2), dtype=np.int32)
    for number in np.flatnonzero(filled):
        heights[number] = _inpaint(heights[number], void[number])
    if len(heights):
        heights -= heights.min(axis=(1, 2), keepdims=True)
    return Relief(kept, heights, filled)


def _inpaint(heights: Heights, void: npt.NDArray[np.bool_]) -> Heights:
    import cv2  # a sixth of a second, and few cells have voids

    # Heights above the lowest keep more digits than heights above the sea.
    lowest = np.nanmin(heights)
    known = np.where(void, np.float32(0), heights - lowest)
    filled = cv2.inpaint(known, void.astype(np.uint8), _INPAINT_RADIUS, cv2.INPAINT_TELEA)
    return np.where(void, filled.astype(np.float32) + lowest, heights)

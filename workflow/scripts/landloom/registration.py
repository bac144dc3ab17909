"""Registration: does elevation lie where the land cover lies? By other means than made it.

The maker warps whole cells with GDAL. Here each pixel's centre is transformed on its own with
PROJ, and the source is read there bilinearly; then the shift between the two is estimated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyproj import Transformer
from rasterio.io import DatasetReader
from rasterio.windows import Window

from landloom.grid import tile_name
from landloom.raster import apply_affine, open_raster

Floats = npt.NDArray[np.float64]

TOLERANCE = 0.5
"""Output pixels by which a patch may seem to be shifted."""

INTERPOLATING = ("nearest", "bilinear", "cubic", "cubic_spline", "lanczos")
"""Resamplings that give a height at a place. The others pick or average whole pixels of the
source, and so may lie off by half of one, which can be any number of output pixels."""

_LEAST_RELIEF = 2.0
"""Metres of standard deviation below which a patch is too flat to show a shift."""
_LEAST_CHANGE = 0.5
"""Metres (root mean square) by which a move of one pixel has to change a patch to be seen."""


@dataclass(frozen=True)
class HeightSource:
    """Elevation as found: one raster, or uniform 1 degree tiles.

    Parameters
    ----------
    raster
        Path of a raster; None for tiles.
    tiles
        Name of a tile to its path.
    resampling, nodata
        As in the configuration.
    """

    raster: str | None
    tiles: Mapping[str, str]
    resampling: str
    nodata: float | None

    def sample(self, lon: Floats, lat: Floats) -> Floats:
        """Read heights (m) at places in degrees (EPSG:4326), arrays of any one shape.

        NaN where a pixel that is needed is void, absent or in the next tile.
        """
        heights = np.full(lon.shape, np.nan)
        if self.raster is not None:
            with open_raster(self.raster) as dataset:
                heights[...] = self._read(dataset, lon, lat)
            return heights
        corners = np.floor(np.stack([lon, lat], axis=-1)).astype(int)
        for corner in np.unique(corners.reshape(-1, 2), axis=0):
            path = self.tiles.get(tile_name(*corner.tolist()))
            if path is not None:
                here = (corners == corner).all(axis=-1)
                with open_raster(path) as dataset:
                    heights[here] = self._read(dataset, lon[here], lat[here])
        return heights

    def _read(self, dataset: DatasetReader, lon: Floats, lat: Floats) -> Floats:
        from_lonlat = Transformer.from_crs("EPSG:4326", dataset.crs.to_wkt(), always_xy=True)
        x, y = from_lonlat.transform(lon.ravel(), lat.ravel())
        col, row = apply_affine(~dataset.transform, x, y)
        nodata = dataset.nodata if self.nodata is None else self.nodata
        if self.resampling == "nearest":
            col, row = np.floor(col) + 0.5, np.floor(row) + 0.5
        return read_bilinear(dataset, col, row, nodata).reshape(lon.shape)


def read_bilinear(dataset: DatasetReader, col: Floats, row: Floats, nodata: float | None) -> Floats:
    """Interpolate band 1 between the four nearest pixel centres.

    Parameters
    ----------
    col, row
        Places in pixels from the upper left corner, (n,); pixel (i, j)'s centre is
        ``(j + 0.5, i + 0.5)``.
    nodata
        The void value.

    Returns
    -------
    numpy.ndarray
        (n,) float64; NaN where one of the four is void or outside.
    """
    left, top = np.floor(col - 0.5).astype(int), np.floor(row - 0.5).astype(int)
    # A place just on a centre needs no neighbour beyond it.
    right, bottom = np.ceil(col - 0.5).astype(int), np.ceil(row - 0.5).astype(int)
    inside = (left >= 0) & (top >= 0) & (right < dataset.width) & (bottom < dataset.height)
    values = np.full(len(col), np.nan)
    if not inside.any():
        return values
    left, right, top, bottom = left[inside], right[inside], top[inside], bottom[inside]
    x0, y0 = left.min(), top.min()
    window = Window(x0, y0, right.max() - x0 + 1, bottom.max() - y0 + 1)
    pixels = dataset.read(1, window=window).astype(np.float64)
    if nodata is not None:
        pixels[pixels == nodata] = np.nan
    pixels[~np.isfinite(pixels)] = np.nan
    across, down = col[inside] - 0.5 - left, row[inside] - 0.5 - top
    upper = pixels[top - y0, left - x0] * (1 - across) + pixels[top - y0, right - x0] * across
    lower = pixels[bottom - y0, left - x0] * (1 - across) + pixels[bottom - y0, right - x0] * across
    values[inside] = upper * (1 - down) + lower * down
    return values


@dataclass(frozen=True)
class Shift:
    """How a patch's elevation lies against the source.

    Attributes
    ----------
    right, down
        Estimated displacement in output pixels; NaN where the patch is too flat or too void.
    explained
        Share of the difference between the two that the displacement explains, 0..1.
    correlation
        Pearson's, of patch and source.
    """

    right: float
    down: float
    explained: float
    correlation: float

    @property
    def is_off(self) -> bool:
        """Whether the patch is displaced beyond the tolerance, and beyond chance."""
        return bool(np.hypot(self.right, self.down) > TOLERANCE and self.explained > 0.75)

    @property
    def is_elsewhere(self) -> bool:
        """Whether the patch shows the relief of another place."""
        return self.correlation < 0.5


FLAT = Shift(np.nan, np.nan, np.nan, np.nan)


def estimate_shift(patch: npt.NDArray[np.float32], truth: Floats) -> Shift:
    """Estimate the displacement of a patch against exact heights, by least squares.

    The patch, moved by (dx, dy) and raised by c, is to be the truth: to first order
    ``truth = patch + dx * d(patch)/dx + dy * d(patch)/dy + c`` (Lucas and Kanade, 1981).

    Parameters
    ----------
    patch
        (size, size) metres above its lowest pixel.
    truth
        (size, size) heights of the pixels' centres, NaN where unknown.
    """
    known = np.isfinite(truth)
    if known.mean() < 0.5:
        return FLAT
    here, there = patch.astype(np.float64)[known], truth[known]
    if min(here.std(), there.std()) < _LEAST_RELIEF:
        return FLAT if max(here.std(), there.std()) < 2 * _LEAST_RELIEF else Shift(0, 0, 0, 0)
    whole = patch.astype(np.float64)
    gradients = np.stack([np.gradient(whole, axis=axis)[known] for axis in (1, 0)], axis=1)
    gradients -= gradients.mean(axis=0)
    difference = there - here
    difference -= difference.mean()
    # Where the slope is the same all over, moving and raising cannot be told apart: only
    # directions along which a move of one pixel changes heights are solved for.
    changes, directions = np.linalg.eigh(gradients.T @ gradients / len(here))
    telling = changes > _LEAST_CHANGE**2
    if not telling.any():
        return FLAT
    along = directions[:, telling]
    moved = along @ ((along.T @ gradients.T @ difference) / len(here) / changes[telling])
    left = difference - gradients @ moved
    total = float(difference @ difference)
    explained = 1.0 - float(left @ left) / total if total else 0.0
    correlation = float(np.corrcoef(here, there)[0, 1])
    # The truth is the patch moved by the solution, so the patch is off by its opposite.
    return Shift(-float(moved[0]), -float(moved[1]), explained, correlation)

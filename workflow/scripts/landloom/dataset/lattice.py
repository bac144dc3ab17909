"""The lattice: the patches' fixed grid over a raster, and which cell owns which patch.

Patch (r, c) covers the source rows ``[r * F, (r + 1) * F)`` and the columns likewise, with
``F = size * downsample``. The lattice belongs to the raster, not to the region: no two patches
share a pixel, and a patch is the same whatever region, grid or split it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from affine import Affine
from pyproj import Transformer
from rasterio.io import DatasetReader
from rasterio.windows import Window

from landloom.arrays import Float64s, Int32s
from landloom.dataset.cells import Cell
from landloom.raster.coordinates import apply_affine, to_lonlat
from landloom.raster.pixel_grid import PixelGrid

_EDGE_POINTS = 65
"""Points along a cell's edge: its bend between two of them is under 1/4000 of the whole bend."""


@dataclass(frozen=True)
class Span:
    """A box of patches: rows ``[row, row + rows)``, columns ``[col, col + cols)``."""

    row: int
    col: int
    rows: int
    cols: int


@dataclass(frozen=True)
class Lattice:
    """The grid of patches over a raster.

    Parameters
    ----------
    grid
        The raster's pixels.
    size
        Output pixels along a patch's side.
    downsample
        Source pixels along an output pixel's side.
    """

    grid: PixelGrid
    size: int
    downsample: int

    @classmethod
    def over(cls, raster: DatasetReader, size: int, downsample: int) -> Lattice:
        """Return the lattice over an open raster."""
        return cls(PixelGrid.of(raster), size, downsample)

    @property
    def step(self) -> int:
        """Source pixels along a patch's side."""
        return self.size * self.downsample

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of whole patches."""
        return self.grid.height // self.step, self.grid.width // self.step

    @cached_property
    def _to_lonlat(self) -> Transformer:
        return to_lonlat(self.grid.wkt)

    def lonlat(self, rows: npt.ArrayLike, cols: npt.ArrayLike) -> tuple[Float64s, Float64s]:
        """Return lon and lat (EPSG:4326) of places given in patches from the raster's origin.

        The centre of patch (r, c) is ``(r + 0.5, c + 0.5)``, its corners are whole numbers.
        Places outside the projection's domain are infinite.
        """
        x, y = self.xy(rows, cols)
        lon, lat = self._to_lonlat.transform(x, y)
        return lon, lat

    def xy(self, rows: npt.ArrayLike, cols: npt.ArrayLike) -> tuple[Float64s, Float64s]:
        """Return CRS coordinates of places given in patches from the raster's origin."""
        pixels = np.asarray(cols) * float(self.step), np.asarray(rows) * float(self.step)
        return apply_affine(self.grid.transform, *pixels)

    def corners(self, rows: npt.ArrayLike, cols: npt.ArrayLike) -> tuple[Float64s, Float64s]:
        """Return lon and lat of the four corners of patches, each (n, 4), round the patch."""
        row = np.asarray(rows)[:, None] + np.array([0, 0, 1, 1])
        col = np.asarray(cols)[:, None] + np.array([0, 1, 1, 0])
        return self.lonlat(row, col)

    def owned(self, cell: Cell) -> tuple[Int32s, Int32s]:
        """Return rows and columns of the patches whose centre lies in a cell, row by row."""
        span = self._candidates(cell)
        rows, cols = np.mgrid[span.row : span.row + span.rows, span.col : span.col + span.cols]
        lon, lat = self.lonlat(rows + 0.5, cols + 0.5)
        west, south, east, north = cell.bounds
        inside = (west <= lon) & (lon < east) | cell.closed_east & (lon == east)
        inside &= (south <= lat) & (lat < north) | cell.closed_north & (lat == north)
        return rows[inside].astype(np.int32), cols[inside].astype(np.int32)

    def _candidates(self, cell: Cell) -> Span:
        """Return a box that holds every patch whose centre can lie in a cell.

        A projection maps the outline of a cell to the outline of its image, so the outline's
        extent, widened by what it may bend between the points, is enough.
        """
        west, south, east, north = cell.bounds
        along = np.linspace(0.0, 1.0, _EDGE_POINTS)
        lons, lats = west + (east - west) * along, south + (north - south) * along
        lon = np.concatenate([lons, lons, np.full_like(lats, west), np.full_like(lats, east)])
        lat = np.concatenate([np.full_like(lons, south), np.full_like(lons, north), lats, lats])
        x, y = self._to_lonlat.transform(lon, lat, direction="INVERSE")
        col, row = apply_affine(~self.grid.transform, x, y)
        row_low, row_high = _widened(row / self.step, self.shape[0])
        col_low, col_high = _widened(col / self.step, self.shape[1])
        return Span(row_low, col_low, row_high - row_low, col_high - col_low)

    def span_of(self, rows: Int32s, cols: Int32s) -> Span:
        """Return the smallest box that holds some patches (at least one)."""
        row, col = int(rows.min()), int(cols.min())
        return Span(row, col, int(rows.max()) - row + 1, int(cols.max()) - col + 1)

    def window(self, span: Span) -> Window:
        """Return the source pixels of a box of patches."""
        step = self.step
        return Window(span.col * step, span.row * step, span.cols * step, span.rows * step)

    def output_transform(self, span: Span) -> Affine:
        """Return the affine of the output pixels of a box of patches."""
        origin = Affine.translation(span.col * self.step, span.row * self.step)
        return self.grid.transform @ origin @ Affine.scale(self.downsample)

    def output_shape(self, span: Span) -> tuple[int, int]:
        """Return rows and columns of output pixels of a box of patches."""
        return span.rows * self.size, span.cols * self.size


def _widened(places: Float64s, count: int) -> tuple[int, int]:
    """Return the range of whole patches round some places, a patch and a hundredth wider."""
    if not np.isfinite(places).all():
        return 0, count
    low, high = places.min(), places.max()
    margin = 1.0 + (high - low) / 100.0
    first = int(np.clip(np.floor(low - margin), 0, count))
    last = int(np.clip(np.ceil(high + margin), 0, count))
    return first, last

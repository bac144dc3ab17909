"""A picture of the elevation mosaic, from a thinned-out reading of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from affine import Affine
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter, LogLocator
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.io import DatasetReader
from rasterio.transform import array_bounds
from rasterio.warp import calculate_default_transform, reproject

from landloom.arrays import Float32s
from landloom.figures.style import (
    FAINT,
    INK,
    RELIEF_MAP,
    VOID,
    lonlat_axes,
    lonlat_scale_bar,
    new_figure,
    shape_ratio,
    styled,
)
from landloom.raster.bounds import Bounds
from landloom.raster.opening import open_raster

_MOST_PIXELS = 1100
"""Pixels along a side: more than the picture has."""

_WGS84 = CRS.from_epsg(4326)
_METRES_PER_DEGREE = 111_195.0


@dataclass(frozen=True)
class Heights:
    """Heights on a grid of lon/lat, north up.

    Attributes
    ----------
    metres
        (height, width), NaN where void.
    bounds
        West, south, east, north of the grid's edges.
    """

    metres: Float32s
    bounds: Bounds

    @property
    def pixel(self) -> tuple[float, Float32s]:
        """Height of a pixel, and the width of those of each row, in metres."""
        west, south, east, north = self.bounds
        rows, cols = self.metres.shape
        lat = north - (north - south) * (np.arange(rows, dtype=np.float32) + 0.5) / rows
        across = _METRES_PER_DEGREE * (east - west) / cols * np.cos(np.radians(lat))
        return _METRES_PER_DEGREE * (north - south) / rows, np.maximum(across, 1e-3)

    @property
    def slope(self) -> Float32s:
        """Slope in degrees, (height, width); NaN beside a void."""
        high, wide = self.pixel
        down, right = np.gradient(self.metres)
        steep: Float32s = np.degrees(np.arctan(np.hypot(down / high, right / wide[:, None])))
        return steep


def read_mosaic(path: str, most: int = _MOST_PIXELS) -> Heights:
    """Read a raster of heights thinned out, by its overviews where it has some.

    Parameters
    ----------
    path
        The raster, in any CRS.
    most
        Pixels along a side, at most.
    """
    with open_raster(path) as raster:
        factor = max(1.0, max(raster.shape) / most)
        rows, cols = (max(2, round(length / factor)) for length in raster.shape)
        read = raster.read(1, out_shape=(rows, cols), resampling=Resampling.average, masked=True)
        metres = read.astype(np.float32).filled(np.nan)
        metres[np.isinf(metres)] = np.nan
        transform = raster.transform @ Affine.scale(raster.width / cols, raster.height / rows)
        if raster.crs.is_geographic and transform.is_rectilinear and transform.a > 0 > transform.e:
            west, south, east, north = array_bounds(rows, cols, transform)
            return Heights(metres, (west, south, east, north))
        return _to_lonlat(raster, metres, transform)


def _to_lonlat(raster: DatasetReader, metres: Float32s, transform: Affine) -> Heights:
    """Warp the little that was read."""
    rows, cols = metres.shape
    target, width, height = calculate_default_transform(
        raster.crs, _WGS84, cols, rows, *array_bounds(rows, cols, transform)
    )
    warped = np.full((height, width), np.nan, np.float32)
    reproject(
        metres,
        warped,
        src_transform=transform,
        src_crs=raster.crs,
        src_nodata=np.nan,
        dst_transform=target,
        dst_crs=_WGS84,
        dst_nodata=np.nan,
        resampling=Resampling.bilinear,
    )
    west, south, east, north = array_bounds(height, width, target)
    return Heights(warped, (west, south, east, north))


@styled()
def mosaic_figure(heights: Heights, region: Bounds) -> Figure:
    """Draw the mosaic as elevation and as slope, the latter on a logarithmic scale.

    Parameters
    ----------
    heights
        What `read_mosaic` gives.
    region
        West, south, east, north of the region, which is outlined.
    """
    ratio = float(np.clip(shape_ratio(heights.bounds), 0.25, 3.0))
    beside = ratio > 0.6
    width = 5.2 if ratio < 1.2 else 6.2 / ratio
    grid = (1, 2) if beside else (2, 1)
    size = (2 * width + 1.8, (width - 0.6) * ratio + 1.0) if beside else (9.5, 2 * 8 * ratio + 1.2)
    figure = new_figure(*size, "compressed")
    left, right = figure.subplots(*grid)
    slope = heights.slope
    high, wide = heights.pixel
    known = bool(np.isfinite(heights.metres).any())
    drawn = _draw(left, heights, heights.metres, region)
    figure.colorbar(drawn, ax=left, label="elevation (m)", shrink=0.85, pad=0.02)
    left.set_title("Elevation")
    drawn = _draw(right, heights, slope, region, _log_scale(slope))
    label = f"slope over {max(high, float(np.median(wide))):.0f} m\n(degrees, logarithmic)"
    bar = figure.colorbar(drawn, ax=right, label=label, shrink=0.85, pad=0.02)
    bar.ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    bar.ax.minorticks_off()
    right.set_title("Slope")
    if shape_ratio(heights.bounds) < 3:  # a narrow map has no room for it
        lonlat_scale_bar(right, "above")
    if not known:
        left.text(0.5, 0.5, "void", transform=left.transAxes, ha="center")
    handles = [Patch(fill=False, edgecolor=INK, linewidth=1.2, label="region")]
    if np.isnan(heights.metres).any():
        handles.append(Patch(facecolor=VOID, edgecolor=FAINT, label="void"))
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _log_scale(slope: Float32s) -> LogNorm:
    """Return the scale of colours: from the gentlest to the steepest, less the odd pixel."""
    rising = slope[np.isfinite(slope) & (slope > 0)]
    low, high = np.percentile(rising, [2, 99.9]) if rising.size else (0.1, 10.0)
    low = max(float(low), float(high) / 1000, 1e-3)
    return LogNorm(low, max(float(high), 2 * low))


def _draw(
    axes: Axes, heights: Heights, values: Float32s, region: Bounds, norm: LogNorm | None = None
) -> AxesImage:
    west, south, east, north = heights.bounds
    shown = (
        values if norm is None else np.maximum(values, norm.vmin or 0.0)
    )  # level ground has no log
    axes.set_facecolor(VOID)
    drawn = axes.imshow(
        shown,
        cmap=RELIEF_MAP if norm is None else "magma",
        norm=norm,
        extent=(west, east, south, north),
        interpolation="antialiased",
        interpolation_stage="data",
    )
    lonlat_axes(axes, heights.bounds, (4 if shape_ratio(heights.bounds) < 3 else 0, 4))
    west, south, east, north = region
    axes.add_patch(
        Rectangle((west, south), east - west, north - south, fill=False, ec="white", lw=2.4)
    )
    axes.add_patch(Rectangle((west, south), east - west, north - south, fill=False, ec=INK, lw=1.2))
    return drawn

"""A picture of the elevation mosaic, from a thinned-out reading of it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from affine import Affine
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
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
from rasterio.warp import transform as transform_points
from rasterio.windows import Window

from landloom.arrays import Float32s
from landloom.dataset.lattice import Lattice
from landloom.figures.patches import Sheet
from landloom.figures.shading import shade
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


def read_mosaic(path: str, most: int = _MOST_PIXELS, within: Bounds | None = None) -> Heights:
    """Read a raster of heights thinned out, by its overviews where it has some.

    Parameters
    ----------
    path
        The raster, in any CRS.
    most
        Pixels along a side, at most.
    within
        West, south, east, north of the part that is read; None for all of it. All of it, too, where
        they do not meet.
    """
    with open_raster(path) as raster:
        window = _window(raster, within)
        factor = max(1.0, max(window.height, window.width) / most)
        rows, cols = (max(2, round(n / factor)) for n in (window.height, window.width))
        read = raster.read(
            1, window=window, out_shape=(rows, cols), resampling=Resampling.average, masked=True
        )
        metres = read.astype(np.float32).filled(np.nan)
        metres[np.isinf(metres)] = np.nan
        corner = raster.transform @ Affine.translation(window.col_off, window.row_off)
        transform = corner @ Affine.scale(window.width / cols, window.height / rows)
        if raster.crs.is_geographic and transform.is_rectilinear and transform.a > 0 > transform.e:
            west, south, east, north = array_bounds(rows, cols, transform)
            return Heights(metres, (west, south, east, north))
        return _to_lonlat(raster, metres, transform)


def _window(raster: DatasetReader, within: Bounds | None) -> Window:
    """Return the pixels of a part of a raster, with a margin of a twentieth."""
    whole = Window(0, 0, raster.width, raster.height)
    if within is None:
        return whole
    west, south, east, north = within
    x, y = np.meshgrid(np.linspace(west, east, 21), np.linspace(south, north, 21))
    xs, ys = transform_points(_WGS84, raster.crs, x.ravel(), y.ravel())
    inverse = ~raster.transform
    cols = inverse.a * np.array(xs) + inverse.b * np.array(ys) + inverse.c
    rows = inverse.d * np.array(xs) + inverse.e * np.array(ys) + inverse.f
    found = []
    for places, length in ((rows, raster.height), (cols, raster.width)):
        places = places[np.isfinite(places)]
        margin = 0.05 * float(np.ptp(places)) if places.size else 0.0
        low = max(0, int(np.floor(places.min(initial=np.inf) - margin))) if places.size else 0
        high = min(length, int(np.ceil(places.max() + margin))) if places.size else 0
        if high - low < 2:
            return whole
        found.append((low, high - low))
    (top, height), (left, width) = found
    return Window(left, top, width, height)


def levels(path: str, sheet: Sheet, lattice: Lattice) -> Float32s:
    """Return how high the lowest pixel of some patches lies, by a raster of absolute heights.

    It is the median difference of the raster and the stored heights, which count from there.

    Parameters
    ----------
    path
        The raster, in any CRS; metres.
    sheet
        The samples.
    lattice
        Their lattice.

    Returns
    -------
    numpy.ndarray
        (rows, columns) of the sheet, m; NaN where the raster is void.
    """
    along = (np.arange(sheet.size) + 0.5) / sheet.size
    rows = sheet.places[..., 0, None, None] + along[:, None]
    cols = sheet.places[..., 1, None, None] + along
    lon, lat = lattice.lonlat(*np.broadcast_arrays(rows, cols))
    with open_raster(path) as raster:
        xs, ys = transform_points(_WGS84, raster.crs, lon.ravel(), lat.ravel())
        inverse = ~raster.transform
        col = np.floor(inverse.a * np.array(xs) + inverse.b * np.array(ys) + inverse.c)
        row = np.floor(inverse.d * np.array(xs) + inverse.e * np.array(ys) + inverse.f)
        inside = (row >= 0) & (row < raster.height) & (col >= 0) & (col < raster.width)
        found = np.full(row.shape, np.nan, np.float32)
        if inside.any():
            row, col = row[inside].astype(int), col[inside].astype(int)
            window = Window(col.min(), row.min(), np.ptp(col) + 1, np.ptp(row) + 1)
            read = raster.read(1, window=window, masked=True).astype(np.float32).filled(np.nan)
            found[inside] = read[row - row.min(), col - col.min()]
    apart = found.reshape(sheet.heights.shape) - sheet.heights
    known = np.isfinite(apart)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of patches without a height
        lowest: Float32s = np.nanmedian(np.where(known, apart, np.nan), axis=(-2, -1))
    return lowest.astype(np.float32)


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
def mosaic_figure(heights: Heights, region: Bounds, near: Heights | None = None) -> Figure:
    """Draw the region's heights with a hillshade, and those of all tiles beside their slope.

    The slope is on a logarithmic scale.

    Parameters
    ----------
    heights
        What `read_mosaic` gives.
    region
        West, south, east, north of the region, which is outlined.
    near
        What it gives of the region; None to leave it out.
    """
    ratio = float(np.clip(shape_ratio(heights.bounds), 0.25, 3.0))
    beside = ratio > 0.6
    width = 5.2 if ratio < 1.2 else 6.2 / ratio
    grid = (1, 2) if beside else (2, 1)
    size = (2 * width + 1.8, (width - 0.6) * ratio + 1.0) if beside else (9.5, 2 * 8 * ratio + 1.2)
    if near is None:
        figure = new_figure(*size, "compressed")
        left, right = figure.subplots(*grid)
    else:
        shape = float(np.clip(shape_ratio(near.bounds), 0.25, 3.0))
        large = (size[0] - 1.5) * min(1.0, 1.0 / shape)
        figure = new_figure(size[0], size[1] + large * shape + 1.0)
        shares = [large * shape + 0.6, size[1]]
        upper, lower = figure.subfigures(2, 1, height_ratios=shares, squeeze=False)[:, 0]
        _draw_near(upper.subplots(), near, region)
        left, right = lower.subplots(*grid)
    slope = heights.slope
    high, wide = heights.pixel
    known = bool(np.isfinite(heights.metres).any())
    drawn = _draw(left, heights, heights.metres, region)
    _bar(left, drawn, "elevation (m)")
    left.set_title("Elevation" if near is None else "All of the elevation")
    drawn = _draw(right, heights, slope, region, _log_scale(slope))
    label = f"slope over {max(high, float(np.median(wide))):.0f} m\n(degrees, logarithmic)"
    bar = _bar(right, drawn, label)
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


def _draw_near(axes: Axes, near: Heights, region: Bounds) -> None:
    """Draw the region large: heights in colours, darkened by a hillshade."""
    drawn = _draw(axes, near, near.metres, region)
    high, wide = near.pixel
    known = np.isfinite(near.metres)
    level = np.float32(near.metres[known].mean() if known.any() else 0.0)
    lit = shade(np.where(known, near.metres, level), (float(np.median(wide)), high))
    shadow = np.zeros((*lit.shape, 4), np.float32)
    shadow[..., 3] = np.where(known, 0.6 * (1.0 - lit), 0.0)
    axes.imshow(shadow, extent=drawn.get_extent(), interpolation="antialiased", aspect="auto")
    lonlat_axes(axes, near.bounds, (5, 5))
    axes.set_facecolor(VOID)
    lonlat_scale_bar(axes, "above")
    axes.set_title("The region, with a hillshade")
    _bar(axes, drawn, "elevation (m)")


def _bar(axes: Axes, drawn: AxesImage, label: str) -> Colorbar:
    """Draw the bar of colours beside a map, as high as that, whatever room the layout leaves it."""
    return axes.figure.colorbar(drawn, cax=axes.inset_axes((1.03, 0.0, 0.05, 1.0)), label=label)


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

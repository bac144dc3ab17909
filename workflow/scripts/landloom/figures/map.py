"""Pictures of the map: classes, confidence, and a part of it beside what it was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator
from sklearn.decomposition import PCA

from landloom.arrays import Float32s, UInt8s
from landloom.figures.style import (
    INK,
    VOID,
    class_legend,
    lonlat_axes,
    new_figure,
    scale_bar,
    shape_ratio,
    styled,
)
from landloom.figures.view import View, metres_per_unit, upright
from landloom.legend.decimals import percent
from landloom.legend.legends import Legend
from landloom.legend.values import NODATA
from landloom.map.classifiers.words import CONFIDENCE
from landloom.map.points import Points
from landloom.map.vectors import Vectors
from landloom.raster.pixel_grid import Box, PixelGrid, part_of

LIMIT = 1200
"""The most pixels along a side of a map that is drawn: about those of the picture."""

CLOSEUP = 400
"""Pixels along each side of the close-up."""

_PALE = 0.72
"""White in the colours of what lies outside."""

_OUTSIDE = "pale: outside"

_SIDE, _NARROW, _TICK = 7.0, 3.2, 0.9  # inches: a map, the least figure, the text of a tick
_STRETCH = (2, 98)
_VOID_NAME = "no data"
_STRIP = 2**24  # numbers of an embedding that are decoded at a time


@styled()
def draw_landcover(view: View, legend: Legend, counts: Mapping[int, int]) -> Figure:
    """Draw the map with its legend.

    Parameters
    ----------
    view
        The map as it is to be shown.
    legend
        Names and colours of its classes.
    counts
        Pixels of each class in the whole map: what is named, and with which share.
    """
    total = max(1, sum(counts.values()))
    names = [f"{legend[value].name} {percent(count / total)}" for value, count in counts.items()]
    colors = [f"#{legend[value].color}" for value in counts]
    if _has_void(view.pixels):
        names, colors = [*names, _VOID_NAME], [*colors, VOID]
    figure, axes = _map_figure(view, names)
    axes.imshow(class_colors(view.pixels, legend), extent=_extent(view), interpolation="nearest")
    _dress(axes, view, _map_size(view))
    axes.set_title("Land cover")
    class_legend(figure, names, colors)
    return figure


@styled()
def draw_confidence(
    view: View, classes: int, counts: Mapping[int, int], kind: str = "forest"
) -> Figure:
    """Draw how sure the model is of the class.

    Parameters
    ----------
    view
        Percents.
    classes
        How many classes there are to vote for: an even vote is the least confidence.
    counts
        Pixels of each percentage in the whole map.
    kind
        Of the model.
    """
    void = [_VOID_NAME] if _has_void(view.pixels) else []
    figure, axes = _map_figure(view, void)
    shares = np.ma.masked_equal(view.pixels, NODATA)
    least = min(50, 10 * (100 // max(1, classes) // 10))
    image = axes.imshow(
        shares,
        extent=_extent(view),
        interpolation="nearest",
        cmap="viridis",
        norm=Normalize(least, 100),
    )
    _dress(axes, view, _map_size(view))
    axes.set_title(f"Confidence: {CONFIDENCE[kind]}" + _spread(counts))
    if min(_map_size(view)) < _NARROW:  # a bar as long as that could not be read
        steps = range(least, 101, 10)
        colors = [*image.to_rgba(np.array(steps)), *(VOID for _ in void)]
        class_legend(figure, [*(f"{step} %" for step in steps), *void], colors)
        return figure
    bar = figure.colorbar(image, ax=axes, location="bottom", shrink=0.7, aspect=35, pad=0.03)
    bar.ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f} %"))
    bar.outline.set_linewidth(0.5)
    if void:
        class_legend(figure, void, [VOID])
    return figure


def _has_void(pixels: UInt8s) -> bool:
    return bool((pixels == NODATA).any())


@styled()
def draw_applicability(
    view: View, inside: View, legend: Legend, classes: Sequence[Mapping[str, Any]]
) -> Figure:
    """Draw the map, pale where it lies outside its area of applicability.

    Parameters
    ----------
    view
        The map as it is to be shown.
    inside
        Its area of applicability, of the same pixels: 1 inside.
    legend
        Names and colours of its classes.
    classes
        What is told of each in `map/applicability.json`.
    """
    names = [f"{legend[c['value']].name} {percent(c['share_of_area'])}" for c in classes]
    fills = [*(f"#{legend[c['value']].color}" for c in classes), "white"]
    names = [*names, _OUTSIDE]
    if _has_void(view.pixels):
        names, fills = [*names, _VOID_NAME], [*fills, VOID]
    figure, axes = _map_figure(view, names)
    colors = class_colors(view.pixels, legend).astype(np.float32)
    outside = (view.pixels != NODATA) & (inside.pixels != 1)
    colors[outside, :3] = _PALE * 255 + (1 - _PALE) * colors[outside, :3]
    axes.imshow(colors.astype(np.uint8), extent=_extent(view), interpolation="nearest")
    _dress(axes, view, _map_size(view))
    hectares = sum(c["hectares"] for c in classes)
    share = sum(c["hectares_inside"] for c in classes) / hectares
    axes.set_title(
        f"Area of applicability: {percent(share)} of the map\n"
        "each class with the share of it that lies inside"
    )
    class_legend(figure, names, fills)
    return figure


def _spread(counts: Mapping[int, int]) -> str:
    if not counts:
        return ""
    shares, pixels = np.array(sorted(counts.items())).T
    total = pixels.sum()
    median = shares[np.searchsorted(np.cumsum(pixels), total / 2)]
    unsure = pixels[shares < 50].sum() / total
    return f"\nmedian {median} %; below 50 % on {percent(unsure)} of the map"


@dataclass(frozen=True)
class Closeup:
    """A part of the map, all its pixels, and what it was made from at the same place.

    Attributes
    ----------
    landcover : View
        The map.
    reference : ndarray of uint8 or None
        Classes of the reference; None where it is a table.
    points : Points
        The labelled points.
    embedding : ndarray of uint8, shape (height, width, 4)
        A picture of the embedding; clear where it has no data.
    share : float
        What of the embedding's variance the picture shows.
    legend : Legend
        Names and colours of all classes.
    """

    landcover: View
    reference: UInt8s | None
    points: Points
    embedding: UInt8s
    share: float
    legend: Legend


@styled()
def draw_closeup(part: Closeup) -> Figure:
    """Draw a part of the map beside the reference and the embedding."""
    ratio = _ratio(part.landcover)
    across = ratio >= 1 / 2.2
    width = 11.0 if across else 7.0
    high = min(width / 3 * ratio, 6.0) if across else 3 * width * max(ratio, 0.12)
    found = _met(part)
    names = [part.legend[value].name for value in found]
    height = high + 0.8 + legend_height(names, width)
    # Narrow panels keep their distance, for their titles' sake.
    figure = new_figure(width, height, "compressed" if ratio < 1.6 else "constrained")
    rows, columns = (1, 3) if across else (3, 1)
    left, middle, right = np.ravel(figure.subplots(rows, columns, sharex=True, sharey=True))
    extent = _extent(part.landcover)
    pictures: Sequence[tuple[Axes, UInt8s | None, str]] = (
        (left, class_colors(part.landcover.pixels, part.legend), "Map"),
        (middle, _reference_picture(part), "Reference"),
        (right, part.embedding, f"Embedding: 3 directions, {percent(part.share)} of its variance"),
    )
    for axes, picture, title in pictures:
        axes.set_facecolor(VOID)
        if picture is not None:
            axes.imshow(picture, extent=extent, interpolation="nearest")
        axes.set_title(title)
        _dress(axes, part.landcover, (high / ratio, high if across else high / 3), labels=False)
    if part.reference is None:
        _draw_points(middle, part)
    scale_bar(left, metres_per_unit(part.landcover.grid))
    colors = [f"#{part.legend[value].color}" for value in found]
    others = [] if part.reference is None else [part.reference]
    if any(map(_has_void, [part.landcover.pixels, *others])):
        names, colors = [*names, _VOID_NAME], [*colors, VOID]
    class_legend(figure, names, colors)
    return figure


def _reference_picture(part: Closeup) -> UInt8s | None:
    if part.reference is None:
        return None
    return class_colors(part.reference, part.legend)


def _draw_points(axes: Axes, part: Closeup) -> None:
    frame = _points_within(part)
    if frame.empty:
        axes.text(
            0.5,
            0.5,
            "no labelled point lies here",
            ha="center",
            transform=axes.transAxes,
            wrap=True,
        )
        return
    colors = [f"#{part.legend[label].color}" for label in frame["label"].tolist()]
    axes.scatter(frame["x"], frame["y"], s=26, c=colors, edgecolors=INK, linewidths=0.6)


def _points_within(part: Closeup):  # type: ignore[no-untyped-def]  # noqa: ANN202
    west, south, east, north = part.landcover.bounds
    frame = part.points.frame
    inside = frame["x"].between(west, east) & frame["y"].between(south, north)
    return frame[inside & frame["label"].isin(list(part.legend))]


def _met(part: Closeup) -> list[int]:
    """Return the classes that are seen in the close-up."""
    found = set(np.unique(part.landcover.pixels).tolist())
    if part.reference is None:
        found |= set(_points_within(part)["label"].tolist())
    else:
        found |= set(np.unique(part.reference).tolist())
    return [value for value in part.legend if value in found]


def false_colors(
    vectors: Vectors, grid: PixelGrid, box: Box, features: Float32s
) -> tuple[UInt8s, float]:
    """Show a part of an embedding by its three main directions.

    Parameters
    ----------
    vectors
        The embedding at the pixels of the map.
    grid
        The map's.
    box
        The part, in its pixels.
    features
        (samples, bands) decoded: pixels from all over the embedding, whose first three principal
        components are red, green and blue. So colours mean the same wherever the part lies.

    Returns
    -------
    picture : ndarray of uint8, shape (height, width, 4)
        Upright as a `View`; each colour stretched from the 2nd to the 98th percentile of the part.
        Alpha is 0 where there are no data. With fewer than three components the rest is even.
    share : float
        What of the samples' variance the components hold.
    """
    components = min(3, *features.shape)
    pca = PCA(components, svd_solver="covariance_eigh").fit(features.astype(np.float64))
    scores = np.full((3, *box.shape), np.nan, np.float32)
    rows = max(1, _STRIP // (features.shape[1] * box.shape[1]))
    for top in range(box.top, box.bottom, rows):
        strip = Box(top, min(top + rows, box.bottom), box.left, box.right)
        found, valid = vectors(strip)
        here = scores[:, top - box.top : top - box.top + strip.shape[0]]
        if len(found):
            here[:components, valid] = pca.transform(found.astype(np.float64)).T
            here[components:, valid] = 0.0
    scores, _ = upright(scores, part_of(grid, box), np.nan)
    return _stretched(scores), float(pca.explained_variance_ratio_.sum())


def _stretched(scores: Float32s) -> UInt8s:
    """Make a picture of three bands, NaN where there are none."""
    picture = np.zeros((*scores.shape[1:], 4), np.uint8)
    valid = np.isfinite(scores[0])
    if valid.any():
        picture[valid, 3] = 255
        for color, band in enumerate(scores):
            low, high = np.percentile(band[valid], _STRETCH)
            # An even band is of middling brightness.
            level = (band[valid] - low) / (high - low) if high > low else np.float32(0.5)
            picture[valid, color] = np.rint(255 * np.clip(level, 0, 1))
    return picture


def class_colors(pixels: UInt8s, legend: Legend) -> UInt8s:
    """Colour classes; what has none is clear.

    Returns
    -------
    ndarray of uint8, shape (height, width, 4)
    """
    colors = np.zeros((256, 4), np.uint8)
    for value, entry in legend.items():
        colors[value] = (*entry.rgb, 255)
    return colors[pixels]


# --- axes of maps ---------------------------------------------------------------------------------


def _map_figure(view: View, names: Sequence[str] = ()) -> tuple[Figure, Axes]:
    """Return a figure of the shape of a map, with room for the legend of some names below it."""
    width, height = _map_size(view)
    longest = max(map(len, names), default=0)
    width = max(_NARROW, width, min(_SIDE, 0.075 * longest + 0.7))  # so that no name is cut
    height = max(0.5, height) + 0.9 + legend_height(names, width)
    figure = new_figure(width, height, "compressed")
    return figure, figure.add_subplot()


def _map_size(view: View) -> tuple[float, float]:
    """Return the width and height, in inches, in which a map is drawn."""
    ratio = _ratio(view)
    return min(_SIDE, _SIDE / ratio), min(_SIDE, _SIDE * ratio)


def legend_height(names: Sequence[str], width: float) -> float:
    """Return the inches that `class_legend` needs for some names below a figure of a width."""
    if not names:
        return 0.0
    columns = max(1, int(width / (0.065 * max(map(len, names)) + 0.5)))
    return 0.17 * -(-len(names) // columns) + 0.1


def _dress(axes: Axes, view: View, size: tuple[float, float], labels: bool = True) -> None:
    """Set a map's limits, true shape, ticks in its own CRS, and a bar."""
    west, south, east, north = view.bounds
    axes.set_facecolor(VOID)
    ticks = [min(5, int(length / _TICK)) for length in size]
    if view.grid.crs.is_geographic:
        lonlat_axes(axes, view.bounds)
    else:
        axes.set_xlim(west, east)
        axes.set_ylim(south, north)
        axes.set_aspect(1.0)
        axes.xaxis.set_major_formatter(FuncFormatter(_grouped))
        axes.yaxis.set_major_formatter(FuncFormatter(_grouped))
        if labels:
            unit = view.grid.crs.axis_info[0].unit_name
            axes.set_xlabel(f"{view.grid.crs.name}, {unit}s")
    for axis, most in zip((axes.xaxis, axes.yaxis), ticks, strict=True):
        # Texts at both ends of two axes would meet in the corner; some axes hold not even one.
        locator = MaxNLocator(most, steps=[1, 2, 2.5, 5, 10], prune="both") if most else None
        axis.set_major_locator(locator or NullLocator())
    axes.tick_params(length=3, width=0.8)
    axes.tick_params(axis="y", labelrotation=90)
    for label in axes.get_yticklabels():
        label.set_verticalalignment("center")
    if labels:
        scale_bar(axes, metres_per_unit(view.grid))


def _grouped(value: float, _: int | None = None) -> str:
    """Write a coordinate with thin spaces between its thousands."""
    return f"{value:,.10g}".replace(",", "\N{THIN SPACE}")


def _ratio(view: View) -> float:
    """Return height by width of the map, as it is drawn."""
    west, south, east, north = view.bounds
    geographic = view.grid.crs.is_geographic
    return shape_ratio(view.bounds) if geographic else (north - south) / (east - west)


def _extent(view: View) -> tuple[float, float, float, float]:
    west, south, east, north = view.bounds
    return west, east, south, north

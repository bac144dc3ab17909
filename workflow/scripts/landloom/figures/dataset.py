"""Pictures of a dataset as a whole: its split, the places of its samples, its classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from landloom.arrays import Float64s
from landloom.dataset.landcover import LandcoverInfo
from landloom.dataset.stack_view import StackView
from landloom.figures.style import (
    DPI,
    FAINT,
    INK,
    SPLIT_COLORS,
    class_handles,
    lonlat_axes,
    lonlat_scale_bar,
    new_figure,
    shape_ratio,
    styled,
)
from landloom.legend.decimals import percent
from landloom.legend.text import shortened
from landloom.raster.bounds import Bounds

_MOST_FOOTPRINTS = 20_000
"""Samples beyond which a footprint is smaller than a pixel or two, and a dot does."""

_LONGEST = 40
"""Letters of a name beside an axis; of more, those in the middle are left out."""


@dataclass(frozen=True)
class Cells:
    """The cells of the split.

    Attributes
    ----------
    bounds
        (n, 4) west, south, east, north in degrees.
    splits
        The split of each: ``train`` or ``test``.
    samples
        How many samples each has.
    """

    bounds: Float64s
    splits: list[str]
    samples: list[int]

    @classmethod
    def of(cls, split: geopandas.GeoDataFrame, views: Iterable[StackView]) -> Cells:
        """Take them from the split's map, and count the samples of the stacks."""
        counts: dict[str, int] = {}
        for view in views:
            counts |= view.counts()
        samples = [counts.get(cell, 0) for cell in split["cell"]]
        return cls(split.geometry.bounds.to_numpy(), split["split"].tolist(), samples)

    @property
    def region(self) -> Bounds:
        """The box round all cells."""
        west, south = self.bounds[:, :2].min(axis=0).tolist()
        east, north = self.bounds[:, 2:].max(axis=0).tolist()
        return west, south, east, north


def outline(info: LandcoverInfo, points: int = 200) -> Float64s:
    """Return the edge of a raster as lon, lat, (n, 2), ``points`` along each side.

    A projection bends straight edges, so corners alone do not do. NaN where it has no place, and
    between points on either side of the 180th meridian, so that no line crosses the map.
    """
    along = np.linspace(0.0, 1.0, points)
    rows = np.concatenate([0 * along, along, 0 * along + 1, along[::-1]])
    cols = np.concatenate([along, 0 * along + 1, along[::-1], 0 * along])
    lattice = info.lattice(1, 1)
    lon, lat = lattice.lonlat(rows * info.grid.height, cols * info.grid.width)
    places = np.stack([lon, lat], axis=1)
    places[~np.isfinite(places).all(axis=1)] = np.nan
    jumps = np.flatnonzero(np.abs(np.diff(places[:, 0])) > 180)
    return np.insert(places, jumps + 1, np.nan, axis=0)


def view(region: Bounds, edge: Float64s, most: float = 1.6) -> Bounds:
    """Return what a map shows: all of a raster that is little larger than the region, or a margin.

    Parameters
    ----------
    region
        West, south, east, north.
    edge
        The raster's outline.
    most
        How many times as wide and as high as the region a map gets, at most.
    """
    west, south, east, north = region
    around = np.array([*np.nanmin(edge, axis=0), *np.nanmax(edge, axis=0)])
    low, high = np.minimum(around[:2], [west, south]), np.maximum(around[2:], [east, north])
    size = np.array([east - west, north - south])
    margin = 0.03 * size
    if not (high - low <= most * size).all():
        low, high, margin = np.array([west, south]), np.array([east, north]), 0.08 * size
    (west, south), (east, north) = (low - margin).tolist(), (high + margin).tolist()
    return max(west, -180.0), max(south, -90.0), min(east, 180.0), min(north, 90.0)


def _map_figure(title: str, bounds: Bounds, longest: float = 8.0) -> tuple[Figure, Axes]:
    """Return a figure with a map that fills it, whatever the shape of the box."""
    ratio = float(np.clip(shape_ratio(bounds), 0.2, 4.0))
    width, height = (longest, longest * ratio) if ratio < 1 else (longest / ratio, longest)
    figure = new_figure(max(width, 5.5) + 0.6, height + 1.1)
    axes = figure.subplots()
    true_width = min(width, height / shape_ratio(bounds))
    true_height = min(height, width * shape_ratio(bounds))
    lonlat_axes(axes, bounds, (min(5, int(true_width / 1.2)), min(5, int(true_height / 0.5))))
    lonlat_scale_bar(axes, "above")
    figure.suptitle(title, x=0.01, ha="left")
    return figure, axes


@styled()
def split_figure(cells: Cells, edge: Float64s) -> Figure:
    """Draw the cells in the colour of their split, those without samples hatched.

    Parameters
    ----------
    cells
        The cells.
    edge
        The land cover's outline.
    """
    # A raster that reaches far beyond would leave the cells little room.
    figure, axes = _map_figure("Train and test cells", view(cells.region, edge, most=1.2))
    boxes = [_corners(*bounds) for bounds in cells.bounds.tolist()]
    line = 0.8 if len(boxes) <= 400 else 0.25
    empty = np.array(cells.samples) == 0
    colors = np.array([SPLIT_COLORS[split] for split in cells.splits])
    for chosen, hatch, alpha in ((~empty, None, 1.0), (empty, "//////", 0.35)):
        axes.add_collection(
            PolyCollection(
                [box for box, taken in zip(boxes, chosen, strict=True) if taken],
                facecolors=[(color, alpha) for color in colors[chosen]],
                edgecolors="white",
                linewidths=line,
                hatch=hatch,
            ),
            autolim=False,
        )
    axes.plot(*edge.T, color=INK, linewidth=1.4)
    _split_legend(figure, axes, cells, edge)
    return figure


def _corners(west: float, south: float, east: float, north: float) -> list[tuple[float, float]]:
    return [(west, south), (east, south), (east, north), (west, north)]


def _split_legend(figure: Figure, axes: Axes, cells: Cells, edge: Float64s) -> None:
    handles: list[Patch | Line2D] = []
    for split, color in SPLIT_COLORS.items():
        members = [n for n, name in zip(cells.samples, cells.splits, strict=True) if name == split]
        label = f"{split}: {len(members):,} cells, {sum(members):,} samples"
        handles.append(Patch(color=color, label=label))
    if empty := cells.samples.count(0):
        label = f"cells without samples: {empty:,}"
        handles.append(Patch(facecolor="white", edgecolor=FAINT, hatch="//////", label=label))
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    lon, lat = edge.T
    shown = (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)
    label = "edge of the land cover" if shown.any() else "edge of the land cover: beyond this map"
    handles.append(Line2D([], [], color=INK, linewidth=1.4, label=label))
    figure.legend(handles=handles, loc="outside lower center", ncols=2)


@styled()
def places_figure(
    cells: Cells,
    corners: Mapping[str, tuple[Float64s, Float64s]],
    counts: Iterable[Mapping[str, Any]] = (),
) -> Figure:
    """Draw the samples where they are, in the colour of their split.

    Parameters
    ----------
    cells
        The cells, drawn as thin lines.
    corners
        Split to lon and lat of the corners of its samples, each (n, 4).
    counts
        What became of the patches of each split, as in ``dataset/{split}.json``.
    """
    # Patches reach beyond the region by up to half of their size.
    reached = [places for places in corners.values() if len(places[0])]
    edge = [np.array([cells.region[:2], cells.region[2:]])]
    edge += [np.stack([(np.min(x), np.max(x)) for x in places], axis=1) for places in reached]
    bounds = view(cells.region, np.concatenate(edge))
    figure, axes = _map_figure("Places of the samples", bounds)
    crowded = sum(len(lon) for lon, _ in corners.values()) > _MOST_FOOTPRINTS
    handles = []
    for split, (lon, lat) in corners.items():
        color = SPLIT_COLORS[split]
        if crowded:
            middle = lon.mean(axis=1), lat.mean(axis=1)
            axes.scatter(*middle, c=color, marker="s", linewidths=0, label=split)
        else:
            axes.add_collection(
                PolyCollection(
                    list(np.stack([lon, lat], axis=-1)),
                    facecolors=color,
                    edgecolors="white",
                    linewidths=min(0.6, 300 / max(len(lon), 1)),
                    label=split,
                ),
                autolim=False,
            )
        handles.append(Patch(color=color, label=f"{split}: {len(lon):,} samples"))
    _draw_cell_edges(axes, cells)
    if gone := _left_out(counts):
        handles.append(Patch(facecolor="white", edgecolor=FAINT, label=gone))
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    if crowded:
        _fit_markers(figure, axes, np.concatenate([lat for _, lat in corners.values()]))
    return figure


def _left_out(counts: Iterable[Mapping[str, Any]]) -> str:
    """Return in words why there are holes; an empty text where no patch is left out."""
    why: Counter[str] = Counter()
    for told in counts:
        for code, number in told["rejected"].items():
            why["unknown pixels" if code == "unknown" else f"too much of class {code}"] += number
        why["void elevation"] += told["void"]
        why["near test patches"] += told["buffered"]
    reasons = ", ".join(f"{number} {reason}" for reason, number in why.items() if number)
    return f"white: {why.total()} patches left out\n({reasons})" if reasons else ""


def _fit_markers(figure: Figure, axes: Axes, lat: Float64s) -> None:
    """Make dots as large as footprints on the finished map, turned ones too; a pixel at least."""
    figure.draw_without_rendering()  # lays out, so that the map has its size
    south, north = axes.get_ylim()
    side = float(np.median(np.ptp(lat, axis=1))) / (north - south)
    points = 1.15 * side * axes.get_window_extent().height / DPI * 72
    for dots in axes.collections:
        if isinstance(dots, PathCollection):
            dots.set_sizes([max(points, 72 / DPI) ** 2])


def _draw_cell_edges(axes: Axes, cells: Cells) -> None:
    lons, lats = np.unique(cells.bounds[:, ::2]), np.unique(cells.bounds[:, 1::2])
    west, south, east, north = cells.region
    lines = [[(lon, south), (lon, north)] for lon in lons]
    lines += [[(west, lat), (east, lat)] for lat in lats]
    few = len(lines) < 60
    axes.add_collection(
        LineCollection(lines, colors=INK, linewidths=0.6 if few else 0.25, alpha=1 if few else 0.6),
        autolim=False,
    )


def class_shares(classes: pd.DataFrame, certificate: Mapping[str, Any]) -> pd.DataFrame:
    """Take each class's share of region, train and test, in percent, from the certificate."""
    shares = certificate["class_shares_percent"]
    names = (f"{code} {name}" for code, name in zip(classes["code"], classes["name"], strict=True))
    return pd.DataFrame([shares[name] for name in names])


@styled()
def classes_figure(classes: pd.DataFrame, shares: pd.DataFrame) -> Figure:
    """Draw the classes' shares of the region and of both splits side by side.

    Parameters
    ----------
    classes
        The class distribution: ``code``, ``name``, ``red``, ``green``, ``blue``.
    shares
        A row for each of these classes, in percent: ``region``, ``train``, ``test``.
    """
    order = np.argsort(-shares["region"].to_numpy(), kind="stable")
    classes, shares = classes.iloc[order], shares.iloc[order]
    count = len(classes)
    figure = new_figure(8.0, 1.3 + 0.52 * count)
    axes = figure.subplots()
    bars = {"region": FAINT, **SPLIT_COLORS}
    middle = np.arange(count)
    for place, (name, color) in enumerate(bars.items()):
        drawn = axes.barh(middle + 0.27 * (place - 1), shares[name], 0.25, color=color, label=name)
        labels = [_percent(value) for value in shares[name]]
        axes.bar_label(drawn, labels, padding=3, fontsize=7)
    named = zip(classes["code"], classes["name"], strict=True)
    names = [f"{shortened(name, _LONGEST)}  {code}" for code, name in named]
    axes.set_yticks(middle, names)
    axes.tick_params(axis="y", length=0, pad=20)
    axes.set_ylim(count - 0.4, -0.6)
    axes.set_xlim(0, 1.12 * float(shares.to_numpy().max()))
    for y, rgb in enumerate(classes[["red", "green", "blue"]].to_numpy() / 255.0):
        axes.add_patch(_swatch(axes, y, tuple(rgb)))
    axes.set_xlabel("share of the pixels (%)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title("Classes of region, train and test")
    figure.legend(
        handles=class_handles(list(bars), list(bars.values())),
        loc="outside lower center",
        ncols=len(bars),
    )
    return figure


def _swatch(axes: Axes, y: float, color: tuple[float, ...]) -> Rectangle:
    """Return a box of a class's colour between its name and its bars."""
    return Rectangle(
        (-0.028, y - 0.28),
        0.02,
        0.56,
        transform=axes.get_yaxis_transform(),
        facecolor=color,
        edgecolor=FAINT,
        linewidth=0.6,
        clip_on=False,
    )


def _percent(value: float) -> str:
    """Write a share of 100 as a label of a bar, of a rare class with one digit more."""
    return percent(value / 100, 1 if value >= 1 else 2).removesuffix(" %") if value else "0"

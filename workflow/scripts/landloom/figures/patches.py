"""Pictures of single samples: neighbours side by side, and pairs of land cover and relief."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from landloom.arrays import Floats, Int64s
from landloom.dataset.lattice import Lattice
from landloom.dataset.stack_view import StackView
from landloom.figures.neighbourhood import choose, find_neighbourhood
from landloom.figures.shading import shade
from landloom.figures.style import (
    FAINT,
    RELIEF_MAP,
    class_legend,
    new_figure,
    place_name,
    round_length,
    scale_bar,
    styled,
)

Colors = npt.NDArray[np.uint8]

_MOST_PIXELS = 1600
"""Pixels along a side of what is read for a figure; patches above it are thinned out."""


@dataclass(frozen=True)
class Palette:
    """Names and colours by class index.

    Attributes
    ----------
    names
        Of each class.
    colors
        (n, 3) uint8.
    """

    names: list[str]
    colors: Colors

    @classmethod
    def of(cls, classes: pd.DataFrame) -> Palette:
        """Take it from the class distribution."""
        names = [
            f"{code} {name}" for code, name in zip(classes["code"], classes["name"], strict=True)
        ]
        return cls(names, classes[["red", "green", "blue"]].to_numpy(np.uint8))


@dataclass(frozen=True)
class Sheet:
    """Samples laid out in rows and columns.

    Attributes
    ----------
    classes
        Class indices, (rows, columns, size, size).
    heights
        Metres above each patch's lowest pixel, the same shape.
    places
        Lattice row and column of each patch, (rows, columns, 2).
    adjacent
        Whether they are neighbours on the lattice, laid out as there.
    """

    classes: npt.NDArray[np.int32]
    heights: npt.NDArray[np.float32]
    places: Int64s
    adjacent: bool

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of patches."""
        return self.classes.shape[0], self.classes.shape[1]

    @property
    def size(self) -> int:
        """Pixels along a patch's side, as read."""
        return int(self.classes.shape[-1])


def neighbours(view: StackView, most: int, seed: int) -> Sheet:
    """Read a neighbourhood of a split; single samples, where no two are neighbours.

    Parameters
    ----------
    view
        The split's files.
    most
        Patches along a side, at most.
    seed
        Of the choice.
    """
    rows, cols = view.places()
    samples = find_neighbourhood(rows, cols, most, seed).samples
    adjacent = samples.size > 1 or most == 1
    if not adjacent:
        drawn = choose(len(rows), most**2, seed)
        columns = min(drawn.size, most)
        samples = drawn[: drawn.size // columns * columns].reshape(-1, columns)
    return _sheet(view, samples, rows, cols, adjacent)


def singles(view: StackView, count: int, seed: int) -> Sheet:
    """Read some samples of a split, drawn at random, in one row."""
    rows, cols = view.places()
    return _sheet(view, choose(len(rows), count, seed)[None], rows, cols, adjacent=False)


def _sheet(view: StackView, samples: Int64s, rows: Int64s, cols: Int64s, adjacent: bool) -> Sheet:
    step = max(1, view.size * max(samples.shape) // _MOST_PIXELS)
    classes, heights = view.samples(samples, step)
    return Sheet(classes, heights, np.stack([rows[samples], cols[samples]], axis=-1), adjacent)


def joined(patches: npt.NDArray[Any], gap: int = 0, void: Any = 0) -> npt.NDArray[Any]:  # noqa: ANN401
    """Lay (rows, columns, height, width, …) patches out as one image, with gaps if wanted."""
    rows, cols, height, width = patches.shape[:4]
    step_y, step_x = height + gap, width + gap
    shape = (rows * step_y - gap, cols * step_x - gap, *patches.shape[4:])
    image = np.full(shape, void, patches.dtype)
    for row in range(rows):
        for col in range(cols):
            y, x = row * step_y, col * step_x
            image[y : y + height, x : x + width] = patches[row, col]
    return image


@styled()
def patches_figure(
    sheet: Sheet,
    palette: Palette,
    lattice: Lattice,
    patch_metres: tuple[float, float],
    split: str,
    levels: Floats | None = None,
) -> Figure:
    """Draw neighbours side by side: land cover, stored and absolute heights, and a hillshade.

    Parameters
    ----------
    sheet
        The samples.
    palette
        Names and colours of the classes.
    lattice
        The patches' lattice, for coordinates.
    patch_metres
        Width and height of a patch on the ground.
    split
        Its name, for the title.
    levels
        (rows, columns): how high the lowest pixel of each patch lies (m), NaN where that is not
        known; None where no absolute heights are to be shown.
    """
    rows, cols = sheet.shape
    gap = 0 if sheet.adjacent else max(1, sheet.size // 6)
    stacked = cols >= 2 * rows
    side = min(8.0 / cols, 2.6) if stacked else max(4.0 / max(rows, cols), 1.3 / cols)
    width, height = side * cols, side * rows
    number = 3 if levels is None else 4
    grid = (number, 1) if stacked else (1, 3) if levels is None else (2, 2)
    figure = new_figure(
        grid[1] * width + 1.6 * grid[1] ** 0.5, grid[0] * (height + 0.5) + 1.0, "compressed"
    )
    panels = np.ravel(figure.subplots(*grid))
    metres = (patch_metres[0] / sheet.size, patch_metres[1] / sheet.size)
    white = np.float32(np.nan)
    images: list[tuple[str, npt.NDArray[Any], dict[str, Any]]] = [
        ("land cover", joined(palette.colors[sheet.classes], gap, 255), {}),
        (
            "elevation as stored",
            joined(sheet.heights, gap, white),
            {"cmap": RELIEF_MAP, **_height_limits(sheet.heights)},
        ),
        *([] if levels is None else [_absolute(sheet, levels, gap)]),
        (
            "hillshade",
            joined(shade(sheet.heights, metres), gap, white),
            {"cmap": "gray", "vmin": 0.0, "vmax": 1.0},
        ),
    ]
    for number, (axes, (title, image, options)) in enumerate(zip(panels, images, strict=True)):
        drawn = axes.imshow(image, interpolation="nearest", **options)
        axes.set_title(title, pad=6 if sheet.adjacent else 14)
        if sheet.adjacent:
            _draw_seams(axes, sheet, "white" if number == 0 else FAINT)
            ticks = (max(1, min(3, int(width / 1.2))), max(1, min(5, int(height / 0.8))))
            _lonlat_ticks(axes, sheet, lattice, ticks, left=number % grid[1] == 0)
        else:
            _name_places(axes, sheet, gap)
        if label := _HEIGHTS.get(title):
            figure.colorbar(drawn, ax=axes, shrink=0.9, label=label, pad=0.02)
    scale_bar(panels[-1], metres[0], "above")
    figure.suptitle(_title(sheet, split), x=0.01, ha="left")
    _legend_of(figure, sheet, palette)
    return figure


_HEIGHTS = {
    "elevation as stored": "m above the patch's\nlowest pixel",
    "absolute elevation": "m above sea level",
}
"""What is told beside the colours of heights, by the panel's title."""


def _absolute(sheet: Sheet, levels: Floats, gap: int) -> tuple[str, Floats, dict[str, Any]]:
    """Return the panel of absolute heights; of unknown ones it shows nothing."""
    heights = (sheet.heights + levels[:, :, None, None]).astype(np.float32)
    return "absolute elevation", joined(heights, gap, np.float32(np.nan)), {"cmap": RELIEF_MAP}


def _title(sheet: Sheet, split: str) -> str:
    if not sheet.adjacent:
        return f"{split.capitalize()} samples: no two are neighbours on the lattice"
    (top, left), (bottom, right) = sheet.places[0, 0].tolist(), sheet.places[-1, -1].tolist()
    return (
        f"{split.capitalize()} samples side by side: lattice rows {top} to {bottom}, "
        f"columns {left} to {right}"
    )


def _draw_seams(axes: Axes, sheet: Sheet, color: str) -> None:
    rows, cols = sheet.shape
    for row in range(1, rows):
        axes.axhline(row * sheet.size - 0.5, color=color, linewidth=0.7)
    for col in range(1, cols):
        axes.axvline(col * sheet.size - 0.5, color=color, linewidth=0.7)


def _height_limits(heights: Floats) -> dict[str, float]:
    """Return the limits of a scale of heights, of level ground too."""
    return {"vmin": 0.0, "vmax": max(float(heights.max()), 1.0)}


def _lonlat_ticks(
    axes: Axes, sheet: Sheet, lattice: Lattice, ticks: tuple[int, int], left: bool
) -> None:
    """Mark where round degrees of lon and lat meet the lower and the left edge.

    The lattice need not lie north up, so an edge is marked with whichever changes more along it.
    """
    top, first = sheet.places[0, 0].tolist()
    rows, cols = sheet.shape
    along = np.linspace(0.0, 1.0, 101)
    bottom_edge = lattice.lonlat(np.full(101, top + rows), first + cols * along)
    left_edge = lattice.lonlat(top + rows * along, np.full(101, first))
    for axis, edge, length, most, shown in (
        (axes.xaxis, bottom_edge, cols * sheet.size, ticks[0], True),
        (axes.yaxis, left_edge, rows * sheet.size, ticks[1], left),
    ):
        places, labels = _round_degrees(edge, along, most)
        axis.set_ticks(places * length - 0.5, labels if shown else [""] * len(labels))
    axes.tick_params(length=3, color=FAINT)
    axes.tick_params(axis="y", labelrotation=90)
    for label in axes.get_yticklabels():
        label.set_verticalalignment("center")


def _round_degrees(
    edge: tuple[Floats, Floats], along: Floats, most: int
) -> tuple[Floats, list[str]]:
    spans = [float(np.ptp(degrees)) for degrees in edge]
    if not np.isfinite(spans).all() or not max(spans):
        return np.empty(0), []
    axis = int(np.argmax(spans))
    degrees = edge[axis]
    ticks = MaxNLocator(most, steps=[1, 2, 2.5, 5, 10], min_n_ticks=1).tick_values(
        degrees.min(), degrees.max()
    )
    ticks = ticks[(ticks >= degrees.min()) & (ticks <= degrees.max())]
    order = np.argsort(degrees)
    return np.interp(ticks, degrees[order], along[order]), place_name(ticks, "EN"[axis])


def _name_places(axes: Axes, sheet: Sheet, gap: int) -> None:
    axes.set_axis_off()
    rows, cols = sheet.shape
    for row in range(rows):
        for col in range(cols):
            lattice_row, lattice_col = sheet.places[row, col].tolist()
            axes.annotate(
                f"row {lattice_row}, col {lattice_col}",
                (col * (sheet.size + gap) - 0.5, row * (sheet.size + gap) - 0.5),
                xytext=(0, 2),
                textcoords="offset points",
                fontsize=6,
            )


def _legend_of(figure: Figure, sheet: Sheet, palette: Palette) -> None:
    present = np.unique(sheet.classes).tolist()
    class_legend(
        figure,
        [palette.names[index] for index in present],
        [tuple(palette.colors[index] / 255.0) for index in present],
    )


@styled()
def relief_figure(
    sheet: Sheet, palette: Palette, lattice: Lattice, patch_metres: tuple[float, float]
) -> Figure:
    """Draw samples in pairs: land cover with contours above, shaded heights below.

    Parameters
    ----------
    sheet
        The samples, in one row.
    palette, lattice, patch_metres
        As for `patches_figure`.
    """
    count = sheet.shape[1]
    side = 3.0 if count <= 4 else 2.4
    figure = new_figure(count * side + 0.4, 2 * side + 1.9, "compressed")
    upper, lower = figure.subplots(2, count, squeeze=False)
    metres = (patch_metres[0] / sheet.size, patch_metres[1] / sheet.size)
    lights = shade(sheet.heights[0], metres)
    rows, cols = sheet.places[0].T
    lon, lat = lattice.lonlat(rows + 0.5, cols + 0.5)
    lons, lats = place_name(lon, "E", 3), place_name(lat, "N", 3)
    for number in range(count):
        heights = sheet.heights[0, number]
        upper[number].imshow(palette.colors[sheet.classes[0, number]], interpolation="nearest")
        interval = _draw_contours(upper[number], heights)
        upper[number].set_title(f"{lons[number]}, {lats[number]}\n{interval}", fontsize=8.5)
        drawn = lower[number].imshow(
            heights, cmap=RELIEF_MAP, interpolation="nearest", **_height_limits(heights)
        )
        shadow = np.zeros((*heights.shape, 4), np.float32)
        shadow[..., 3] = 0.55 * (1.0 - lights[number])
        lower[number].imshow(shadow, interpolation="nearest")
        figure.colorbar(drawn, ax=lower[number], location="bottom", pad=0.02, aspect=25)
        for axes in (upper[number], lower[number]):
            axes.set_xticks([])
            axes.set_yticks([])
    scale_bar(lower[-1], metres[0])
    upper[0].set_ylabel("land cover, contours")
    lower[0].set_ylabel("elevation above the patch's\nlowest pixel (m)")
    figure.suptitle("Land cover and relief of some training samples", x=0.01, ha="left")
    _legend_of(figure, sheet, palette)
    return figure


def _draw_contours(axes: Axes, heights: Floats) -> str:
    """Draw about six contours of round heights and say what lies between two of them."""
    relief = float(heights.max() - heights.min())
    if relief <= 0:
        return "level"
    interval = round_length(relief / 5)
    levels: Sequence[float] = np.arange(interval, relief + interval / 2, interval).tolist()
    lines = axes.contour(heights, levels=levels, colors="black", linewidths=0.8)
    lines.set_path_effects([withStroke(linewidth=2.2, foreground="white", alpha=0.65)])
    return f"contours every {interval:g} m"

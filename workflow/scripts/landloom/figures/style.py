"""What all figures share: one look, the same bytes for the same contents, axes in degrees.

Figures are made without pyplot, whose global state would let one leak into the next, and under
matplotlib's own defaults, so that no setting of a user's changes them.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.textpath import TextPath
from matplotlib.ticker import FixedLocator, Formatter, MaxNLocator
from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar  # type: ignore[import-untyped]

from landloom.job.files import whole_file
from landloom.legend.text import LONGEST
from landloom.raster.bounds import Bounds

DPI = 150
_BELOW = 0.06
"""Inches between a figure and what stands below it of its world."""

# Okabe and Ito (2008), "Color Universal Design".
TRAIN, TEST, ACCENT = "#0072B2", "#E69F00", "#D55E00"
SPLIT_COLORS = {"train": TRAIN, "test": TEST}

INK, FAINT, VOID = "#222222", "#8A8A8A", "#E4E4E4"
"""Text and outlines; lesser lines; where there are no data."""

NAME_COLUMNS = 34
"""Letters of a class's name that are written beside an axis; those in the middle are left out."""

Layout = Literal["constrained", "compressed", "tight"]

RELIEF_MAP = "cividis"
"""Colours of heights: even in lightness, the same to the colour-blind (Nunez et al. 2018)."""

_STYLE: dict[Any, Any] = {
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "figure.titlesize": 12,
    "font.size": 9,
    "hatch.color": FAINT,
    "hatch.linewidth": 0.6,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "savefig.facecolor": "white",
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign in a class's name is one
    "xtick.color": INK,
    "xtick.labelsize": 8.5,
    "ytick.color": INK,
    "ytick.labelsize": 8.5,
}

_METRES_PER_DEGREE = math.pi * 6_371_008.8 / 180
"""Along a meridian of a sphere with the Earth's mean radius (IUGG); enough for a picture."""

_STEEPEST = 85.0
"""Latitude from which on a map is no longer stretched to its true shape."""


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the one look of all figures; as a decorator, too, of functions that draw."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        # What no font has, as letters of some scripts, is drawn as boxes.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from")
        warnings.filterwarnings("ignore", r"Matplotlib currently does not support \w+ natively")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield


@styled()
def new_figure(width: float, height: float, layout: Layout = "constrained") -> Figure:
    """Return an empty figure of a size in inches, with a canvas of its own."""
    figure = Figure(figsize=(width, height), dpi=DPI, layout=layout)
    FigureCanvasAgg(figure)
    return figure


@styled()
def save_png(figure: Figure, path: str | Path, world: str = "") -> None:
    """Write a figure as a PNG of 150 dpi, cropped to what is drawn.

    The same figure gives the same bytes: neither the date nor the software is noted.

    Parameters
    ----------
    figure, path
        What to write, and where to.
    world
        What stands below it, of a world that is not the Earth's; nothing of the Earth's.
    """
    if world:
        figure.draw_without_rendering()  # lays out, so that it stands below all else
        figure.set_layout_engine("none")
        for legend in figure.legends:  # else they would follow the edge of what is drawn
            legend.set_bbox_to_anchor((0, 0, 1, 1), transform=figure.transFigure)
        lowest = (figure.get_tightbbox().y0 - _BELOW) / figure.get_figheight()
        figure.text(0.01, lowest, world, va="top", fontsize=8, color=INK, fontstyle="italic")
    with whole_file(path) as draft:
        figure.savefig(
            draft,
            dpi=DPI,
            format="png",
            bbox_inches="tight",
            pad_inches=0.12,
            metadata={"Software": None},
        )


def as_percent(value: float, _: int | None = None) -> str:
    """Write a share as an axis of percents does."""
    return f"{100 * value:.0f} %"


def class_handles(names: Sequence[str], colors: Sequence[Any]) -> list[Patch]:
    """Return legend handles of classes: a box of each colour, outlined so that white ones show."""
    return [
        Patch(facecolor=color, edgecolor=FAINT, linewidth=0.6, label=name)
        for name, color in zip(names, colors, strict=True)
    ]


@styled()
def class_legend(figure: Figure, names: Sequence[str], colors: Sequence[Any]) -> None:
    """Add the legend of some classes below a figure, in as many columns as its width holds.

    A name that is wider than the figure is cut.
    """
    room = figure.get_figwidth() - _LEGEND_BOX
    names = [_shortened(name, room) for name in names]
    widest = max(map(_inches, names), default=1)
    columns = int(figure.get_figwidth() / (widest + _LEGEND_BOX))
    legend = figure.legend(
        handles=class_handles([name.lstrip("_") or "-" for name in names], colors),
        loc="outside lower center",
        ncols=max(1, min(columns, len(names))),
        columnspacing=1.2,
        handlelength=1.4,
    )
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_text(name)  # matplotlib leaves out what begins with an underscore


_LEGEND_BOX = 0.5
"""Inches that the box before a name takes, and the gaps."""


def _inches(text: str) -> float:
    """Return how wide a text of a legend is drawn: fitting letters to pixels widens it a little."""
    try:
        path = TextPath((0, 0), text, size=_STYLE["legend.fontsize"])
    except AttributeError:  # matplotlib has no path of a text whose letters show nothing
        return 0.0
    return 1.05 * max(0.0, float(path.get_extents().width)) / 72


def _shortened(name: str, room: float) -> str:
    name = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"  # of many, it takes long
    if not name or _inches(name) <= room:
        return name
    letters = max(1, int(len(name) * room / _inches(name)) - 1)
    return f"{name[:letters].rstrip()}…"


def place_name(degrees: Any, positive: str, decimals: int | None = None) -> list[str]:  # noqa: ANN401
    """Write degrees such as 116.5° W, all with the decimals that their distances need.

    Parameters
    ----------
    degrees
        Numbers.
    positive
        What those above 0 are: ``E`` or ``N``.
    decimals
        How many to write, in place of that.
    """
    if decimals is None:
        distinct = np.unique(np.round(degrees, 9))
        step = float(np.diff(distinct).min() if distinct.size > 1 else distinct.max(initial=0))
        decimals = next((n for n in range(7) if abs(round(step, n) - step) <= 1e-3 * abs(step)), 7)
    negative = {"E": "W", "N": "S"}[positive]
    names = []
    for value in np.asarray(degrees, float).tolist():
        text = f"{abs(value):.{decimals}f}°"
        zero = abs(value) < 1e-9
        names.append(text if zero else f"{text} {positive if value > 0 else negative}")
    return names


class _Degrees(Formatter):
    """Ticks of an axis, written by `place_name`."""

    def __init__(self, positive: str) -> None:
        self._positive = positive

    def format_ticks(self, values: Any) -> list[str]:  # noqa: ANN401
        """Return the labels of all ticks."""
        return place_name(values, self._positive)

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002
        """Return the label of one place."""
        return place_name([x], self._positive, 4)[0]


def lonlat_axes(axes: Axes, bounds: Bounds, ticks: int | tuple[int, int] = 5) -> None:
    """Make axes a map in degrees: ticks with N, S, E, W, and true to shape at the middle.

    Parameters
    ----------
    axes
        The axes.
    bounds
        West, south, east, north (EPSG:4326).
    ticks
        The most steps between ticks, of both axes or of x and y; 0 for a single tick.
    """
    west, south, east, north = bounds
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_aspect(1.0 / _shrink(south, north))
    most = (ticks, ticks) if isinstance(ticks, int) else ticks
    for axis, positive, steps in zip((axes.xaxis, axes.yaxis), "EN", most, strict=True):
        middle = (west + east) / 2 if positive == "E" else (south + north) / 2
        single = FixedLocator([round(middle, 3)])
        nice = [1, 2, 2.5, 5, 10]
        axis.set_major_locator(MaxNLocator(steps, steps=nice, min_n_ticks=1) if steps else single)
        axis.set_major_formatter(_Degrees(positive))
    axes.tick_params(length=3, width=0.8, color=FAINT)


def _shrink(south: float, north: float) -> float:
    """Return what a degree of longitude measures, in degrees of latitude."""
    return math.cos(math.radians(min(abs(south + north) / 2, _STEEPEST)))


def shape_ratio(bounds: Bounds) -> float:
    """Return height by width of a map of a lon/lat box, as `lonlat_axes` draws it."""
    west, south, east, north = bounds
    return (north - south) / ((east - west) * _shrink(south, north))


def lonlat_scale_bar(axes: Axes, loc: str = "lower right") -> None:
    """Add a scale bar to a map in degrees, right at its middle latitude."""
    south, north = axes.get_ylim()
    shrink = math.cos(math.radians((south + north) / 2))
    scale_bar(axes, _METRES_PER_DEGREE * max(shrink, 1e-6), loc)


def scale_bar(axes: Axes, metres: float, loc: str = "lower right") -> None:
    """Add a scale bar: a round length, at most a third of the axes' width.

    Parameters
    ----------
    axes
        The axes, whose limits are set.
    metres
        What a unit of x measures on the ground.
    loc
        The corner, in matplotlib's words; ``above``: over the upper right one, where it hides
        nothing.
    """
    west, east = axes.get_xlim()
    length = round_length(abs(east - west) * metres / 3)
    label = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    bar = AnchoredSizeBar(
        axes.transData,
        length / metres,
        label,
        "lower right" if loc == "above" else loc,
        pad=0.35,
        borderpad=0.0 if loc == "above" else 0.5,
        sep=3,
        color=INK,
        frameon=loc != "above",
        size_vertical=0,
    )
    if loc == "above":
        bar.set_bbox_to_anchor((1.0, 1.0), transform=axes.transAxes)
    bar.patch.set(alpha=0.8, linewidth=0, facecolor="white")
    bar.set_zorder(20)
    axes.add_artist(bar)


def round_length(limit: float) -> float:
    """Return the largest of 1, 2, 5, 10, 20, … (or 0.5, 0.2, …) that does not exceed a limit."""
    power = 10.0 ** math.floor(math.log10(limit))
    return max(factor * power for factor in (1, 2, 5) if factor * power <= limit * (1 + 1e-9))

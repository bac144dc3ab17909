"""Pictures of how well a map agrees, by what it is compared with: in all, and class by class."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from landloom.figures.style import (
    FAINT,
    INK,
    NAME_COLUMNS,
    TEST,
    TRAIN,
    as_percent,
    new_figure,
    styled,
)
from landloom.legend.decimals import percent
from landloom.legend.text import shortened
from landloom.map.classifiers.words import title_of
from landloom.map.report.estimates import DESIGN_BASED, RANDOM_SPLIT

Told = Mapping[str, Any]

_SPATIAL = "#009E73"  # as the others of Okabe and Ito
_LOOKS = {RANDOM_SPLIT: (TRAIN, "o"), DESIGN_BASED: (TEST, "s")}
"""Colour and marker of estimates; those of folds have a look of their own."""

_BASELINES = {"majority": ("|", "majority class"), "nearest_centroid": ("x", "nearest centroid")}

_BASIS_COLUMNS = 34
"""Columns of what an estimate rests on; what is longer goes on below, to leave room for bars."""

_ROW, _BAR = 0.13, 0.17  # inches: between classes, and for each estimate of one


def _look(basis: str) -> tuple[str, str]:
    return _LOOKS.get(basis, (_SPATIAL, "D"))


@styled()
def draw_estimates(report: Told) -> Figure:
    """Draw all estimates of the overall agreement below each other, with intervals and baselines.

    Parameters
    ----------
    report
        What `landloom.map.report.estimates.map_report` returns.
    """
    estimates = report["estimates"]
    gone = bool(report["left_out"])
    figure = new_figure(8.2, 1.5 + 0.42 * len(estimates))
    axes = figure.add_subplot()
    for place, estimate in enumerate(estimates):
        look, number = _look(estimate["basis"]), f"n = {estimate['samples']}"
        told = [f"{_in_percent(estimate['overall'])}, {number}"]
        if gone:
            all_classes = f"all classes: {_in_percent(estimate['with_left_out'])}"
            told = [all_classes, number] if estimate["counts_left_out"] else [*told, all_classes]
            _mark(axes, estimate["with_left_out"], place + 0.22, look, filled=False)
        if not (gone and estimate["counts_left_out"]):
            _mark(axes, estimate["overall"], place, look)
        for name, (sign, _) in _BASELINES.items():
            if estimate["baselines"]:
                value = estimate["baselines"][name]["accuracy"]
                axes.plot(value, place - 0.22, sign, color=INK, markersize=6)
        axes.annotate(
            "\n".join(told), (1, place), (8, 0), xycoords=("axes fraction", "data"),
            textcoords="offset points", va="center", fontsize=8, annotation_clip=False,
        )  # fmt: skip
    names = [textwrap.fill(estimate["basis"], _BASIS_COLUMNS) for estimate in estimates]
    axes.set_yticks(range(len(estimates)), names)
    axes.set_ylim(len(estimates) - 0.5, -0.5)
    _as_shares(axes)
    axes.set_title("Overall agreement, by what the map is compared with (bars: 95 %)")
    model = "forest" if report.get("kind", "forest") == "forest" else title_of(report)
    figure.legend(handles=_signs(gone, model), loc="outside lower center", ncols=4)
    return figure


def _in_percent(figure: Told) -> str:
    """Return a figure and its limits as its axis has them; a dash for what is not known."""
    if figure["value"] is None or figure["interval"] is None:
        return "-" if figure["value"] is None else percent(figure["value"])
    low, high = map(percent, figure["interval"])
    return f"{percent(figure['value'])} ({low} to {high})"


def _signs(gone: bool, model: str) -> list[Line2D]:
    """Return the legend's handles of what is drawn besides the estimates."""

    def handle(sign: str, label: str, fill: str = "full") -> Line2D:
        look: dict[str, Any] = {"marker": sign, "color": INK, "linestyle": "", "fillstyle": fill}
        return Line2D([], [], label=label, **look)

    baselines = [handle(sign, label) for sign, label in _BASELINES.values()]
    several = [
        handle("o", "classes of the map"),
        handle("o", "all classes of the reference", "none"),
    ]
    return [*(several if gone else [handle("o", f"the {model}")]), *baselines]


@styled()
def draw_report(report: Told) -> Figure:
    """Draw precision and recall of each class with intervals, and how many samples they rest on.

    Shown are the random split, the first folds that are cut by place or group, and the independent
    points, as far as there are any.

    Parameters
    ----------
    report
        What `landloom.map.report.estimates.map_report` returns.
    """
    chosen = _told_apart(report["estimates"])
    names = {about["value"]: about["name"] for each in chosen for about in each["classes"]}
    values = sorted(names)
    height = 1.6 + (_ROW + _BAR * len(chosen)) * len(values)
    figure = new_figure(9.6, height)
    panels = figure.subplots(ncols=4, sharey=True, width_ratios=(3, 1.1, 3, 1.1))
    step = 1 / (len(chosen) + _ROW / _BAR)
    for number, estimate in enumerate(chosen):
        shift = step * (number - (len(chosen) - 1) / 2)
        classes = {about["value"]: about for about in estimate["classes"]}
        places = [place for place, value in enumerate(values) if value in classes]
        own = [classes[values[place]] for place in places]
        look = _look(estimate["basis"])
        for axes, measure in zip(panels[::2], ("precision", "recall"), strict=True):
            for place, about in zip(places, own, strict=True):
                _mark(axes, about[measure], place + shift, look)
        for axes, count in zip(panels[1::2], ("on_map", "in_reference"), strict=True):
            numbers = [about[count] for about in own]
            _bars(axes, [place + shift for place in places], numbers, look[0], 0.8 * step)
    panels[0].set_yticks(
        range(len(values)), [shortened(names[value], NAME_COLUMNS) for value in values]
    )
    panels[0].set_ylim(len(values) - 0.5, -0.5)
    for axes in panels[::2]:
        _as_shares(axes)
    titles = ("Precision (user's accuracy)", "mapped", "Recall (producer's accuracy)", "reference")
    for axes, title in zip(panels, titles, strict=True):
        for edge in range(1, len(values)):
            axes.axhline(edge - 0.5, color=FAINT, alpha=0.35, linewidth=0.5, zorder=0)
        axes.tick_params(axis="y", length=0)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_title(title)
    for axes in panels[1::2]:
        axes.set_xlim(0, 1.55 * max(1.0, axes.dataLim.xmax))
        axes.xaxis.set_major_locator(MaxNLocator(2, integer=True))
    handles = [
        Line2D(
            [], [], color=_look(each["basis"])[0], marker=_look(each["basis"])[1],
            label=f"{each['basis']} (n = {each['samples']})",
        )
        for each in chosen
    ]  # fmt: skip
    figure.legend(handles=handles, loc="outside lower center", ncols=len(chosen))
    return figure


def _told_apart(estimates: Sequence[Told]) -> list[Told]:
    """Return the estimates of which classes are drawn, three at most."""
    spatial = [each for each in estimates if each["basis"] not in _LOOKS]
    spatial = [each for each in spatial if "random" not in each["basis"]][:1]
    points = [each for each in estimates if each["basis"] == DESIGN_BASED]
    return [estimates[0], *spatial, *points]


def _mark(
    axes: Axes, figure: Told, place: float, look: tuple[str, str], *, filled: bool = True
) -> None:
    """Draw a figure as a marker, and its interval as a bar; nothing for what is not known."""
    if figure["value"] is None:
        axes.text(0.01, place, "none", color=FAINT, fontsize=7, va="center", fontstyle="italic")
        return
    color, marker = look
    if figure["interval"] is not None:
        ends = figure["interval"]
        axes.hlines(place, *ends, color=color, linewidth=1.3, alpha=0.8)
        axes.plot(ends, [place, place], "|", color=color, markersize=6, markeredgewidth=1)
    axes.plot(
        figure["value"],
        place,
        marker,
        color=color,
        markerfacecolor=color if filled else "white",
        markersize=3.5,
        zorder=3,
    )


def _bars(
    axes: Axes, places: Sequence[float], numbers: Sequence[int], color: str, height: float
) -> None:
    axes.barh(places, numbers, height=height, color=color, alpha=0.45)
    for place, number in zip(places, numbers, strict=True):
        axes.annotate(
            str(number),
            (number, place),
            (3, 0),
            textcoords="offset points",
            va="center",
            fontsize=7,
        )


def _as_shares(axes: Axes) -> None:
    axes.set_xlim(-0.02, 1.02)
    axes.xaxis.set_major_formatter(FuncFormatter(as_percent))
    axes.grid(axis="x", color=FAINT, alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right"]].set_visible(False)

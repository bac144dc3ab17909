"""A picture of how far votes and calibrated probabilities are from what happens."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from landloom.figures.style import ACCENT, FAINT, INK, TEST, TRAIN, as_percent, new_figure, styled
from landloom.legend.decimals import decimal, percent
from landloom.legend.text import shortened
from landloom.map.validation.intervals import wilson

_SERIES = {"before": (TEST, "votes", -0.21), "after": (TRAIN, "calibrated", 0.21)}
"""Colour, name, and how far beside the middle of its bin a bar stands, in widths of bins."""

_LONGEST = 34
"""Letters of a class's name that are written beside an axis; those in the middle are left out."""

_FEW = 10
"""Places below which a bin tells little."""

_LARGEST = 130.0
"""Area of the marker of a bin with all places, in square points, besides that of the smallest."""


@styled()
def draw_reliability(calibration: Mapping[str, Any]) -> Figure:
    """Draw accuracy by confidence before and after, how many places each has, and the sets.

    Parameters
    ----------
    calibration
        The content of ``calibration.json``.
    """
    classes = calibration["classes"]
    figure = new_figure(8.6, max(4.8, 1.6 + 0.27 * len(classes)))
    parts = figure.subfigures(ncols=2, width_ratios=(1.1, 1), wspace=0.03, squeeze=False)
    left, right = parts[0]
    curve, counts = left.subplots(nrows=2, sharex=True, height_ratios=(2.6, 1))
    curve.plot([0, 1], [0, 1], color=FAINT, linewidth=0.8, linestyle="--", zorder=0)
    for which, (color, name, shift) in _SERIES.items():
        error, bins = calibration["ece"][which], calibration["bins"][which]
        _draw_curve(curve, bins, color)
        label = f"{name}: expected calibration error {percent(error)}"
        _draw_counts(counts, bins, (color, shift, label))
    # Above the bars of low confidence, of which there are few: curves may be anywhere.
    counts.legend(loc="upper left", handlelength=0.8, handleheight=0.8)
    curve.set_ylim(-0.02, 1.02)
    curve.set_ylabel("of these, right on the map")
    curve.yaxis.set_major_formatter(FuncFormatter(as_percent))
    curve.set_title(
        f"Confidence in the map's class at {_on(calibration)}\n"
        f"(dashed: as it should be; hollow: under {_FEW} places)"
    )
    counts.set_xlim(-0.02, 1.02)
    counts.set_ylabel("places")
    counts.set_xlabel("confidence")
    counts.xaxis.set_major_formatter(FuncFormatter(as_percent))
    counts.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    coverage = right.subplots()
    _draw_coverage(coverage, calibration)
    for axes in (curve, counts, coverage):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="x" if axes is coverage else "both", color=FAINT, alpha=0.25, linewidth=0.6)
        axes.set_axisbelow(True)
    return figure


def _on(calibration: Mapping[str, Any]) -> str:
    where = "samples left out" if calibration["on"] == "folds" else "reference points"
    return f"{calibration['n']} {where}"


def _draw_curve(axes: Axes, bins: Sequence[Mapping[str, Any]], color: str) -> None:
    """Draw bins with their 95 % intervals (Wilson's); those of few places hollow, and apart."""
    for many in (True, False):
        kept = [bin_ for bin_ in bins if bin_["n"] and (bin_["n"] >= _FEW) == many]
        confidence = [bin_["confidence"] for bin_ in kept]
        accuracy = [bin_["accuracy"] for bin_ in kept]
        limits = [wilson(round(bin_["accuracy"] * bin_["n"]), bin_["n"]) for bin_ in kept]
        low, high = ([limit[end] for limit in limits if limit] for end in (0, 1))
        fade = 0.55 if many else 0.25
        axes.vlines(confidence, low, high, color=color, linewidth=0.9, alpha=fade)
        if many:
            axes.plot(confidence, accuracy, color=color, linewidth=1.2)
        sizes = [8 + _LARGEST * bin_["share"] for bin_ in kept]
        face = color if many else "white"
        axes.scatter(confidence, accuracy, s=sizes, c=face, edgecolors=color, zorder=3)


def _draw_counts(
    axes: Axes, bins: Sequence[Mapping[str, Any]], series: tuple[str, float, str]
) -> None:
    color, shift, label = series
    width = bins[0]["to"] - bins[0]["from"]
    middles = [(bin_["from"] + bin_["to"]) / 2 + shift * width for bin_ in bins]
    axes.bar(middles, [bin_["n"] for bin_ in bins], width=0.42 * width, color=color, label=label)


def _draw_coverage(axes: Axes, calibration: Mapping[str, Any]) -> None:
    """Draw how often each class is in the sets of its places, and how many these are."""
    classes, level = calibration["classes"], calibration["level"]
    told = [*(about["coverage"] for about in classes), calibration["coverage"]]
    values = [math.nan if value is None else value for value in told]  # nan is not drawn
    names = [*(shortened(about["name"], _LONGEST) for about in classes), "all"]
    numbers = [*(about["n"] for about in classes), calibration["n"]]
    axes.axvline(level, color=ACCENT, linewidth=1, linestyle="--", zorder=0)
    axes.hlines(range(len(values)), level, values, color=FAINT, linewidth=0.8)
    axes.scatter(values, range(len(values)), s=24, color=[*[TRAIN] * len(classes), INK], zorder=3)
    axes.axhline(len(classes) - 0.5, color=FAINT, linewidth=0.6)
    low = min(*(value for value in told if value is not None), 2 * level - 1)
    span = max(0.02, 1 - low)
    for place, number in enumerate(numbers):
        axes.annotate(f"n = {number}", (1 + 0.06 * span, place), va="center", fontsize=8)
    axes.set_xlim(low - 0.06 * span, 1 + 0.3 * span)
    axes.set_ylim(len(values) - 0.4, -0.6)
    axes.set_yticks(range(len(values)), names)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(_as_share))
    axes.set_xlabel("places whose set has their class")
    size = decimal(calibration["mean_set_size"], 2)
    axes.set_title(
        f"{100 * level:g} % sets, of {size} classes on average\n(dashed: as it should be)"
    )


def _as_share(value: float, _: int | None = None) -> str:
    """Write a share as percent; nothing beyond all."""
    return f"{100 * value:g} %" if value <= 1 + 1e-9 else ""

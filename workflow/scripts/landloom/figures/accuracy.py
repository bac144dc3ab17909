"""Pictures of how the classifier was chosen, what it goes by, and what it mixes up."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, MaxNLocator

from landloom.figures.style import (
    ACCENT,
    FAINT,
    INK,
    NAME_COLUMNS,
    TRAIN,
    as_percent,
    new_figure,
    styled,
)
from landloom.legend.decimals import decimal, percent
from landloom.legend.text import shortened
from landloom.map.classifiers.words import title_of

_CELL, _LEAST, _MOST = 0.42, 1.7, 13.0  # inches: a cell of the confusion matrix, and the whole
_SMALLEST = 4.0
"""Points of the smallest text in a cell; where it would be smaller there is none."""

_BANDS, _VALUES = 25, 8
"""The most bands and values of a parameter that are named."""

_MOST_FOLDS = 12
"""Folds of a candidate that are drawn one by one; of more, the range."""


@styled()
def draw_confusion(report: Mapping[str, Any]) -> Figure:
    """Draw the confusion matrix: shares of the rows as colours, and how many samples.

    Parameters
    ----------
    report
        What `landloom.map.forest.accuracy.assess` returns.
    """
    counts = np.array(report["confusion"]["counts"], np.int64)
    support = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(support, 1)
    names = _class_names(report)
    number = len(names)
    side = min(_MOST, max(_LEAST, _CELL * number))
    longest = max(map(len, names))
    figure = new_figure(side + 1.2 + 0.075 * longest, side + 0.9 + 0.06 * longest)
    axes = figure.add_subplot()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="equal")
    slant: dict[str, Any] = (
        {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if longest > 3 else {}
    )
    axes.set_xticks(range(number), names, **slant)
    axes.set_yticks(range(number), names)
    axes.set_xlabel("predicted")
    axes.set_ylabel("reference")
    axes.set_title(
        f"Held-out samples, a random split (n = {counts.sum()}):\nshare of the row, and number"
    )
    axes.tick_params(length=0)
    axes.set_xticks(np.arange(number + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(number + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1)
    axes.tick_params(which="minor", length=0)
    size = 6.5 * side / (_CELL * number)
    for row, col in np.argwhere(counts) if size > _SMALLEST else ():
        text = f"{percent(float(shares[row, col]), 0)}\n{counts[row, col]}"
        color = "white" if shares[row, col] > 0.55 else INK
        axes.text(col, row, text, ha="center", va="center", fontsize=min(size, 8), color=color)
    bar = figure.colorbar(image, ax=axes, shrink=0.6, aspect=25, pad=0.02)
    bar.ax.yaxis.set_major_formatter(FuncFormatter(as_percent))
    bar.outline.set_linewidth(0.5)
    return figure


@styled()
def draw_importances(importances: Mapping[str, float]) -> Figure:
    """Draw what the bands contribute to the forest: the first ones by name, and all summed up.

    Parameters
    ----------
    importances
        Of each band, the mean decrease in impurity, summing to 1 (`feature_importances_`).
    """
    ranked = sorted(importances.items(), key=lambda item: -item[1])
    shown = ranked[:_BANDS]
    values = np.array([value for _, value in ranked])
    figure = new_figure(7.2, 1.2 + max(0.19 * len(shown), 1.6))
    left, right = figure.subplots(ncols=2, width_ratios=(3, 2))
    places = range(len(shown))
    left.barh(places, values[: len(shown)], height=0.7, color=TRAIN)
    left.axvline(1 / len(values), color=ACCENT, linewidth=1, linestyle="--")
    left.set_yticks(places, [shortened(name, NAME_COLUMNS) for name, _ in shown])
    left.set_ylim(len(shown) - 0.4, -0.6)
    left.tick_params(axis="y", length=0)
    left.xaxis.set_major_locator(MaxNLocator(5))
    left.xaxis.set_major_formatter(FuncFormatter(_as_fine_percent))
    what = f"the first {len(shown)} of {len(values)}" if len(values) > len(shown) else "all"
    left.set_title(f"Importance of the bands, {what}\n(dashed: if all were equal)")
    left.set_xlabel("share of the decrease in impurity, by the whole forest")
    labels = [percent(value) for value in values[: len(shown)].tolist()]
    halo = [withStroke(linewidth=2, foreground="white")]  # over the dashed line
    left.bar_label(left.containers[0], labels, padding=3, fontsize=7, path_effects=halo)
    left.set_xlim(0, 1.14 * float(values[0]))
    summed = np.concatenate([[0.0], np.cumsum(values)])
    right.plot(range(len(summed)), summed, color=TRAIN, marker="." if len(summed) < 20 else None)
    right.plot([0, len(values)], [0, 1], color=ACCENT, linewidth=1, linestyle="--")
    right.set_xlim(0, len(values))
    right.set_ylim(0, 1.02)
    right.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    right.yaxis.set_major_formatter(FuncFormatter(as_percent))
    right.set_title("summed up")
    right.set_ylabel("share of it that the first bands hold")
    right.set_xlabel("bands, the most important first")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    return figure


@styled()
def draw_tuning(stages: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw every candidate of the stages: its scores on the folds, and by each parameter's value.

    Parameters
    ----------
    stages
        What `landloom.map.forest.ranking.rank` returns, of each stage.
    """
    widest = max(len(_searched(stage)) for stage in stages)
    figure = new_figure(10.5, 3.1 * len(stages))
    parts = figure.subfigures(nrows=len(stages), hspace=0.04, squeeze=False)[:, 0]
    for number, (part, stage) in enumerate(zip(parts, stages, strict=True), start=1):
        panels = np.ravel(part.subplots(ncols=1 + widest, width_ratios=[2.2, *[1] * widest]))
        best = stage["candidates"][stage["best_index"]]
        part.suptitle(
            f"{_name(stage, number)}: {len(stage['candidates'])} tried; the best scores "
            f"{_with_spread(best['mean_test_score'], best['std_test_score'])} (standard deviation "
            "of the folds)",
            x=0.01,
            ha="left",
            fontsize=11,
        )
        _draw_ranked(panels[0], stage)
        searched = _searched(stage)
        for axes, name in zip(panels[1:], searched, strict=False):
            if axes is not panels[1]:
                axes.sharey(panels[1])
            _draw_parameter(axes, stage, name)
            axes.tick_params(axis="y", length=0, labelleft=axes is panels[1])
        for axes in panels[1 + len(searched) :]:
            axes.set_visible(False)
        for axes in panels:
            axes.spines[["top", "right"]].set_visible(False)
            axes.grid(axis="y", color=FAINT, alpha=0.25, linewidth=0.6)
            axes.set_axisbelow(True)
            axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    return figure


def _name(stage: Mapping[str, Any], number: int) -> str:
    """Return what a stage is called: a forest's by its number, else the kind of model."""
    return title_of(stage).capitalize() if "kind" in stage else f"Stage {number}"


def _draw_ranked(axes: Axes, stage: Mapping[str, Any]) -> None:
    """Draw the candidates from the best to the worst, with the scores on their folds."""
    candidates = stage["candidates"]
    means = np.array([candidate["mean_test_score"] for candidate in candidates])
    best = stage["best_index"]
    order = [best, *(i for i in np.argsort(-means, kind="stable").tolist() if i != best)]
    folds = np.array([candidates[i]["split_test_scores"] for i in order])
    places = np.arange(1, len(order) + 1)
    axes.vlines(places, folds.min(1), folds.max(1), color=FAINT, linewidth=0.8, alpha=0.6)
    if folds.shape[1] <= _MOST_FOLDS and len(order) <= 100:
        for scores in folds.T:
            axes.scatter(places, scores, s=5, color=FAINT, linewidths=0)
    axes.plot(places, means[order], ".", color=TRAIN, markersize=5 if len(order) <= 100 else 3)
    axes.plot(1, means[best], "*", color=ACCENT, markersize=11)
    margin = max(0.7, 0.02 * len(order))
    axes.set_xlim(1 - margin, len(order) + margin)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
    axes.set_xlabel("candidates, the best first")
    axes.set_ylabel("macro F1")
    axes.set_title(f"mean, and {folds.shape[1]} folds", fontsize=9)


def _draw_parameter(axes: Axes, stage: Mapping[str, Any], name: str) -> None:
    """Draw the mean scores of the candidates by their value of a parameter."""
    candidates = stage["candidates"]
    values: list[Any] = []
    for candidate in candidates:
        if candidate["params"][name] not in values:
            values.append(candidate["params"][name])
    places = np.array([values.index(candidate["params"][name]) for candidate in candidates])
    means = np.array([candidate["mean_test_score"] for candidate in candidates])
    best = stage["best_index"]
    axes.scatter(places, means, s=14, color=TRAIN, alpha=0.6, linewidths=0)
    for place in range(len(values)):
        typical = np.median(means[places == place])
        axes.hlines(typical, place - 0.28, place + 0.28, color=INK, linewidth=1.2)
    axes.plot(places[best], means[best], "*", color=ACCENT, markersize=11)
    shown = range(0, len(values), -(-len(values) // _VALUES))
    texts = [_value_text(values[place]) for place in shown]
    slanted = sum(map(len, texts)) > 14
    axes.set_xticks(
        shown,
        texts,
        rotation=40 if slanted else 0,
        ha="right" if slanted else "center",
        rotation_mode="anchor" if slanted else None,
    )
    margin = max(0.6, 0.05 * len(values))
    axes.set_xlim(-margin, len(values) - 1 + margin)
    axes.set_title(name, fontsize=9)


def _with_spread(mean: float, spread: float) -> str:
    """Write a score with the digits that its spread allows: two of the spread count."""
    digits = 4 if spread <= 0 else min(4, max(2, 1 - math.floor(math.log10(spread))))
    return f"{decimal(mean, digits)} ± {decimal(spread, digits)}"


def _searched(stage: Mapping[str, Any]) -> list[str]:
    """Return the parameters of which more than one value was tried; all if there is none."""
    candidates = stage["candidates"]
    names = list(candidates[0]["params"])
    varied = [name for name in names if len({str(each["params"][name]) for each in candidates}) > 1]
    return varied or names


def _value_text(value: object) -> str:
    return "none" if value is None else str(value).replace("balanced_subsample", "subsample")


def _class_names(report: Mapping[str, Any]) -> list[str]:
    names = [figures["name"] for figures in report["classes"]]
    return [shortened(name, NAME_COLUMNS) for name in names]


def _as_fine_percent(value: float, _: int | None = None) -> str:
    return f"{100 * value:.3g} %"

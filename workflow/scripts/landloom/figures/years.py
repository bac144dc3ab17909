"""A picture of how much of the map of each year every class has."""

from __future__ import annotations

import pandas as pd
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from landloom.figures.style import FAINT, NAME_COLUMNS, new_figure, styled
from landloom.legend.text import shortened
from landloom.map.years.words import in_words

_BAR, _GAP = 0.17, 0.16
"""Inches that a bar takes, and the gap between classes."""


@styled()
def draw_years(table: pd.DataFrame) -> Figure:
    """Draw the areas of all classes, those of each year below each other, the first the palest.

    Parameters
    ----------
    table
        What `landloom.map.years.areas.areas_by_year` returns.
    """
    years = list(dict.fromkeys(table["year"].tolist()))
    classes = table.drop_duplicates("value")
    largest = float(table["hectares"].max())
    figure = new_figure(8.2, 1.5 + (_GAP + _BAR * len(years)) * len(classes))
    axes = figure.add_subplot()
    step = _BAR / (_GAP + _BAR * len(years))
    for number, year in enumerate(years):
        own = table[table["year"] == year].reset_index(drop=True)
        strength = 0.45 + 0.55 * (number + 1) / len(years)
        places = own.index + step * (number - (len(years) - 1) / 2)
        colors = [_paler(color, strength) for color in own["color"]]
        axes.barh(
            places, own["hectares"], 0.86 * step, color=colors, edgecolor=FAINT, linewidth=0.5
        )
        for place, hectares, share in zip(places, own["hectares"], own["percent"], strict=True):
            axes.annotate(
                f"{year}: {hectares:,.{0 if largest > 1000 else 1}f} ha, {share:.2f} %",
                (hectares, place), (4, 0), textcoords="offset points", va="center", fontsize=7.5,
            )  # fmt: skip
    axes.set_xlim(0, 1.35 * largest)
    axes.set_ylim(len(classes) - 0.5, -0.5)
    names = [shortened(name, NAME_COLUMNS) for name in classes["name"]]
    axes.set_yticks(range(len(classes)), names)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", color=FAINT, alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel("hectares of pixels on the maps; their differences are no estimate of change")
    axes.set_title(f"Classes on the maps of {in_words(years)}, by one model")
    return figure


def _paler(color: str, strength: float) -> tuple[float, ...]:
    """Return a colour mixed with white."""
    color = color if color.startswith("#") else f"#{color}"
    return tuple(1 - strength * (1 - part) for part in to_rgb(color))

"""How much of the map of each year every class has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from landloom.legend.legends import Legend, colored

COLUMNS = ("year", "value", "name", "color", "pixels", "hectares", "percent")


def areas_by_year(areas: Mapping[int, Mapping[str, Any]], classes: Legend) -> pd.DataFrame:
    """Set the areas of the classes side by side.

    Parameters
    ----------
    areas : mapping of int to mapping
        Year to the content of its ``class_areas.json``.
    classes : Legend
        Of the model, with which all years were mapped.

    Returns
    -------
    DataFrame
        A row for each year and class, in this order, also where the map has none of it:
        `COLUMNS`. ``hectares`` are true ones, ``percent`` is of the map's pixels with data, by
        area.
    """
    rows = []
    for year, told in areas.items():
        found = {about["value"]: about for about in told["classes"]}
        whole = sum(about["hectares"] for about in found.values())
        for value, entry in sorted(colored(classes).items()):
            about = found.get(value, {"pixels": 0, "hectares": 0.0})
            share = 100 * about["hectares"] / whole
            named = (year, value, entry.name, entry.color)
            rows.append((*named, about["pixels"], about["hectares"], share))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def write_areas(table: pd.DataFrame, path: str | Path) -> None:
    """Write the table as CSV."""
    table.to_csv(path, index=False, float_format="%.4f", lineterminator="\n", encoding="utf-8")


def read_areas(path: str | Path) -> pd.DataFrame:
    """Read what `write_areas` wrote."""
    # Names such as NA are text.
    types = {"name": "str", "color": "str"}
    return pd.read_csv(path, encoding="utf-8", dtype=types, keep_default_na=False)


def by_class(table: pd.DataFrame, measure: str = "hectares") -> pd.DataFrame:
    """Return the table with a row for each class and a column for each year."""
    years = list(dict.fromkeys(table["year"].tolist()))
    wide = table.pivot(index="value", columns="year", values=measure)[years]
    names = table.drop_duplicates("value").set_index("value")["name"]
    wide.insert(0, "class", names)
    return wide.sort_index().rename(columns=str).reset_index()

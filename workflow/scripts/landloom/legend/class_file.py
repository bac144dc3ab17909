"""The classes of a map as a file: their values, names and colours, for all that is made of it."""

from __future__ import annotations

from pathlib import Path

from landloom.job.files import read_json, write_json
from landloom.legend.legends import Entry, Legend, colored


def write_classes(path: str | Path, classes: Legend) -> None:
    """Write classes as JSON, each with the colour that it has on maps.

    Parameters
    ----------
    path
        The file.
    classes : Legend
        Of the map; those without a colour get one as `colored` gives it.
    """
    told = [
        {"value": value, "name": entry.name, "color": entry.color}
        for value, entry in colored(classes).items()
    ]
    write_json(path, {"classes": told})


def read_classes(path: str | Path) -> Legend:
    """Read what `write_classes` wrote."""
    told = read_json(path)["classes"]
    return {about["value"]: Entry(about["name"], about["color"]) for about in told}

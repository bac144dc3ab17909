"""The calibrated maps, as layers that are joined from the calibrated blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from landloom.legend.legends import Entry, Legend, colored
from landloom.map.calibration.blocks import CONFIDENCE, SET, SIZE, Calibration
from landloom.map.join import Layer

Name = Literal["calibrated_confidence", "set_size", "class_set"]

_NO_CLASS = "BDBDBD"
_ONE_TO_FOUR = ("FDE725", "5EC962", "21918C", "3B528B")
_MORE = "440154"
"""Colours of the sizes of sets: viridis, the surest the lightest."""


def calibrated_layer(name: Name, told: Mapping[str, Any], classes: Legend) -> Layer:
    """Return one of the calibrated maps.

    Parameters
    ----------
    name
        Which.
    told
        The content of ``calibration.json``.
    classes
        Names and colours of the map's classes.
    """
    calibration = Calibration.from_plain(told)
    void, level = calibration.void, f"{100 * told['level']:g} %"
    if name == "calibrated_confidence":
        what = f"calibrated probability of the map's class, % ({told['method']})"
        return Layer({CONFIDENCE: what}, void=void, unit="%", shown=(0, 100))
    if name == "set_size":
        what = f"number of classes in the {level} set; 0: none is likely enough"
        sizes = _sizes(calibration.classes.size)
        return Layer({SIZE: what}, void=void, overviews="mode", look=sizes)
    return Layer(
        {SET: f"classes in the {level} set: bit i is set for class bit_i of the band's metadata"},
        void=void,
        dtype=calibration.mask_type.name,
        nodata=void,
        overviews="mode",
        tags={f"bit_{row['bit']}": f"{row['value']} {row['name']}" for row in told["classes"]},
        look=_lone_classes(told["classes"], classes),
    )


def _sizes(classes: int) -> Legend:
    """Return names and colours of how many classes are in a set: the fewer, the lighter."""
    names = [
        "no class is likely enough",
        "1 class",
        *(f"{n} classes" for n in range(2, classes + 1)),
    ]
    colors = [_NO_CLASS, *(_ONE_TO_FOUR[:classes]), *[_MORE] * (classes - len(_ONE_TO_FOUR))]
    return {size: Entry(*each) for size, each in enumerate(zip(names, colors, strict=True))}


def _lone_classes(rows: Sequence[Mapping[str, Any]], classes: Legend) -> Legend:
    """Return names and colours of the sets that hold one class, or none; QGIS leaves others out."""
    shown = colored(classes)
    lone = {2 ** row["bit"]: shown[row["value"]] for row in rows}
    alone = {mask: Entry(f"{each.name} alone", each.color) for mask, each in lone.items()}
    return {0: Entry("no class is likely enough", _NO_CLASS)} | alone

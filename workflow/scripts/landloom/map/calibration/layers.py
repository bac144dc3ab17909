"""The calibrated maps, as layers that are joined from the calibrated blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from landloom.map.calibration.blocks import CONFIDENCE, SET, SIZE, Calibration
from landloom.map.join import Layer

Name = Literal["calibrated_confidence", "set_size", "class_set"]


def calibrated_layer(name: Name, told: Mapping[str, Any]) -> Layer:
    """Return one of the calibrated maps.

    Parameters
    ----------
    name
        Which.
    told
        The content of ``calibration.json``.
    """
    calibration = Calibration.from_plain(told)
    void, level = calibration.void, f"{100 * told['level']:g} %"
    if name == "calibrated_confidence":
        what = f"calibrated probability of the map's class, % ({told['method']})"
        return Layer({CONFIDENCE: what}, void=void)
    if name == "set_size":
        what = f"number of classes in the {level} set; 0: none is likely enough"
        return Layer({SIZE: what}, void=void, overviews="mode")
    return Layer(
        {SET: f"classes in the {level} set: bit i is set for class bit_i of the band's metadata"},
        void=void,
        dtype=calibration.mask_type.name,
        nodata=void,
        overviews="mode",
        tags={f"bit_{row['bit']}": f"{row['value']} {row['name']}" for row in told["classes"]},
    )

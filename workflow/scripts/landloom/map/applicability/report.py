"""How much of the map, and of each class, lies in the area of applicability."""

from __future__ import annotations

from typing import Any

from landloom.legend.legends import Legend
from landloom.map.applicability.samples import Applicability
from landloom.map.crossval.folds import Folds
from landloom.map.validation.areas import HECTARE, ClassAreas


def told(
    applicability: Applicability,
    whole: ClassAreas,
    inside: ClassAreas,
    classes: Legend,
    folds: Folds,
) -> dict[str, Any]:
    """Return what there is to tell as plain data.

    Parameters
    ----------
    applicability
        The samples, and the threshold.
    whole, inside
        Areas of the map's classes, and of their parts in the area of applicability.
    classes
        Names of the classes.
    folds : Folds
        By which they were compared with each other.
    """
    plain = applicability.plain()
    by_class = [
        {
            "value": value,
            "name": classes[value].name if value in classes else str(value),
            **_share(
                (int(whole.pixels[value]), float(whole.square_metres[value])),
                (int(inside.pixels[value]), float(inside.square_metres[value])),
            ),
        }
        for value in whole.pixels.nonzero()[0].tolist()
    ]
    in_all = _share(
        (int(whole.pixels.sum()), float(whole.square_metres.sum())),
        (int(inside.pixels.sum()), float(inside.square_metres.sum())),
    )
    return {
        **plain,
        "folds": {**plain["folds"], "random": folds.by_chance},
        "map": in_all,
        "classes": by_class,
        "notes": list(folds.notes),
    }


def _share(whole: tuple[int, float], inside: tuple[int, float]) -> dict[str, Any]:
    """Return pixels and hectares of a part of the map, those inside, and their shares."""
    return {
        "pixels": whole[0],
        "pixels_inside": inside[0],
        "share_of_pixels": inside[0] / whole[0],
        "hectares": whole[1] / HECTARE,
        "hectares_inside": inside[1] / HECTARE,
        "share_of_area": inside[1] / whole[1],
    }

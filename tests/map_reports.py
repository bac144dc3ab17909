"""What is known of a made-up map, as the files of its jobs hold it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from landloom.map.forest.accuracy import assess
from landloom.map.left_out import LeftOut

BASELINES = {
    "majority": {"accuracy": 0.45, "macro_f1": 0.2},
    "nearest_centroid": {"accuracy": 0.625, "macro_f1": 0.6},
}


def scores(counts: Sequence[Sequence[int]], names: Mapping[int, str]) -> dict[str, Any]:
    """Return the scores of a confusion matrix, the truth in rows, and baselines."""
    table = np.array(counts)
    values = np.array(list(names))
    rows, cols = np.indices(table.shape).reshape(2, -1).repeat(table.ravel(), axis=1)
    return {**assess(values[rows], values[cols], names), "baselines": BASELINES}


def held_out(
    counts: Sequence[Sequence[int]], names: Mapping[int, str], left_out: Sequence[LeftOut] = ()
) -> dict[str, Any]:
    """Return the content of `map/held_out.json`."""
    total = int(np.sum(counts))
    return {
        **scores(counts, names),
        "samples": {"train": 4 * total, "test": total},
        "left_out": [each.plain() for each in left_out],
        "dropped": {
            "embedding is NaN": 7,
            **{f"{each.called}: under 0.01 of all samples": each.samples for each in left_out},
        },
        "notes": ["7 reference points: left out", *(each.note for each in left_out), "one more"],
        "best_params": {"max_depth": None},
        "importances": {"b01": 1.0},
        "map_classes": sorted(names),
        "importances_of": "the forest that the held-out samples judge",
        "versions": {"scikit-learn": "1.9"},
    }


def figure(value: float | None, low: float = 0.0, high: float = 1.0) -> dict[str, Any]:
    """Return a figure of a validation."""
    limits = None if value is None else [low, high]
    return {"value": value, "standard_error": None, "wald": None, "dirichlet": limits}


def validation(names: Mapping[int, str], missing: int) -> dict[str, Any]:
    """Return the content of `map/validation.json`, a class of which is on no map."""
    classes = [
        {
            "value": value,
            "name": name,
            "points": {"map": 0 if value == missing else 50, "reference": 40},
            "users": figure(None) if value == missing else figure(0.8, 0.7, 0.9),
            "producers": figure(0.0, 0.0, 0.1) if value == missing else figure(0.7, 0.5, 0.8),
        }
        for value, name in names.items()
    ]
    return {
        "points": 300,
        "overall": figure(0.75, 0.7, 0.8),
        "classes": classes,
        "notes": [f"the user's accuracy of {names[missing]} rests on no point"],
    }


APPLICABILITY = {
    "folds": {"scheme": "knndm", "n": 5, "random": False},
    "threshold": 0.5,
    "map": {"share_of_area": 0.871, "share_of_pixels": 0.87},
    "classes": [],
    "notes": [],
}
CALIBRATION = {
    "on": "folds",
    "folds": "knndm",
    "folds_random": False,
    "method": "isotonic",
    "level": 0.9,
    "ece": {"before": 0.08, "after": 0.02},
    "brier": {"before": 0.3, "after": 0.25},
    "coverage": 0.905,
    "mean_set_size": 1.7,
    "set_sizes": {},
    "bins": {},
    "classes": [],
    "notes": ["samples are not drawn from the map"],
}

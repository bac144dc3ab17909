"""What kinds of classifiers are called in sentences; light to import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TITLES = {
    "forest": "random forest",
    "logistic": "logistic regression",
    "knn": "nearest neighbours",
}
"""Names of the kinds."""

CONFIDENCE = {
    "forest": "share of the trees that vote for the class",
    "logistic": "probability of the class, by the regression",
    "knn": "share of the neighbours' votes for the class",
}
"""What the confidence of each kind is."""

BAND_OF_CONFIDENCE = {**CONFIDENCE, "forest": "share of the votes for the class"}
"""What the band of ``map/confidence.tif`` is called."""

OF_CONFIDENCE = {"forest": "of the votes", "logistic": "probability", "knn": "of the votes"}
"""What percents of confidence are percents of."""


def title_of(told: Mapping[str, Any]) -> str:
    """Return the name of what a file tells of: a forest, unless it says otherwise."""
    return TITLES[told.get("kind", "forest")]


def params_in_words(params: Mapping[str, Any]) -> str:
    """Return parameters as ``name = value``, in their order."""
    return ", ".join(
        f"{name} = {'null' if value is None else value}" for name, value in params.items()
    )

"""How far land cover resembles itself, in words; the last words of a run say it, so it is light."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from landloom.legend.decimals import percent

Told = Mapping[str, Any]

_BOUNDS = {"beyond": ("at least ", -1), "within": ("at most ", 2)}
"""Which lag bounds a range that lies outside of what lags can tell."""

_WHY_NOT = {
    "none": "whether two pixels are alike hardly depends on their distance",
    "rare": "there are too few pairs of pixels, or of unlike ones",
}
"""Why there is no distance to tell."""


def likeness(told: Told) -> str:
    """Return how far land cover resembles itself, and how near test samples lie, in a sentence.

    Parameters
    ----------
    told
        The content of ``dataset/autocorrelation.json``.
    """
    everything = told["all"]
    if everything["test_share_within"] is None:
        why = _WHY_NOT[everything["why"]]
        return f"how far land cover resembles itself cannot be told: {why}"
    return (
        f"land cover resembles itself up to {_reach(told, everything)}; "
        f"{percent(everything['test_share_within'], 0)} of the test samples lie that near to a "
        "training sample"
    )


def likeness_table(told: Told) -> tuple[list[str], list[list[str]]]:
    """Return the head and the rows of a table of all classes together, and of each.

    Parameters
    ----------
    told
        As of `likeness`.
    """
    rows = [
        [
            name,
            _WHY_NOT.get(about["why"], "") or _reach(told, about),
            "" if (share := about["test_share_within"]) is None else percent(share, 0),
        ]
        for name, about in [
            ("all classes", told["all"]),
            *((f"{about['code']} {about['name']}", about) for about in told["classes"]),
        ]
    ]
    head = ["class", "resembles itself up to", "test samples that near to a training sample"]
    return head, rows


def nearest_training(told: Told) -> str:
    """Return how near the test samples lie to training samples, in a sentence."""
    near = told["nearest_training_km"]
    return (
        f"from a test sample to the nearest training sample it is {_km(near['min'])} at least, "
        f"{_km(near['median'])} in the median, {_km(near['max'])} at most"
    )


def _reach(told: Told, about: Told) -> str:
    """Return a range; where it lies outside of what lags can tell, its bound."""
    if about["range_km"] is not None:
        return _km(about["range_km"])
    words, lag = _BOUNDS[about["why"]]
    return f"{words}{_km(told['lags'][lag]['km'])}"


def _km(distance: float) -> str:
    return f"{distance:.3g} km"

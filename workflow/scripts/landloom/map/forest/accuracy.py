"""Accuracy: how well predicted classes agree with held-out labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import classification_report, confusion_matrix

from landloom.legend.text import columns, isolated, shortened

_HEADER = 2
"""Lines of scikit-learn's report above the first class."""

_LONGEST = 60
"""Columns of a class's name in the report; of more, those in the middle are left out."""


def classification_text(
    truth: npt.ArrayLike, predicted: npt.ArrayLike, names: Mapping[int, str]
) -> str:
    """Return scikit-learn's classification report, as text.

    Parameters
    ----------
    truth, predicted
        Class values, (n,).
    names
        The classes' names; those that are in neither are left out.
    """
    labels = _labels(truth, predicted)
    called = [shortened(_called(label, names), _LONGEST) for label in labels]
    places = ["x" * columns(name) for name in called]  # a column for each, as letters may have two
    text: str = classification_report(
        truth, predicted, labels=labels, target_names=places, digits=3, zero_division=0.0
    )
    lines = text.split("\n")
    for row, (place, name) in enumerate(zip(places, called, strict=True), start=_HEADER):
        lines[row] = lines[row].replace(place, isolated(name), 1)
    return "\n".join(lines)


def assess(
    truth: npt.ArrayLike, predicted: npt.ArrayLike, names: Mapping[int, str]
) -> dict[str, Any]:
    """Return the same figures as plain data, with the confusion matrix.

    Parameters
    ----------
    truth, predicted
        Class values, (n,).
    names
        The classes' names.

    Returns
    -------
    dict
        ``accuracy``; ``macro`` and ``weighted`` averages; ``classes`` (value, name, precision,
        recall, f1, support); ``confusion`` (``labels``, and ``counts`` with the truth in rows).
    """
    labels = _labels(truth, predicted)
    figures = classification_report(
        truth, predicted, labels=labels, output_dict=True, zero_division=0.0
    )
    accuracy = float(np.mean(np.asarray(truth) == np.asarray(predicted)))
    return {
        "accuracy": accuracy,
        "macro": _renamed(figures["macro avg"]),
        "weighted": _renamed(figures["weighted avg"]),
        "classes": [
            {"value": label, "name": names.get(label, str(label)), **_renamed(figures[str(label)])}
            for label in labels
        ],
        "confusion": {
            "labels": labels,
            "counts": confusion_matrix(truth, predicted, labels=labels).tolist(),
        },
    }


def _labels(truth: npt.ArrayLike, predicted: npt.ArrayLike) -> list[int]:
    return [int(value) for value in np.union1d(np.asarray(truth), np.asarray(predicted))]


def _called(label: int, names: Mapping[int, str]) -> str:
    name = names.get(label, str(label))
    return name if name == str(label) else f"{label} {name}"


def _renamed(figures: Mapping[str, float]) -> dict[str, float]:
    renamed = {"f1-score": "f1"}
    return {
        renamed.get(key, key): int(value) if key == "support" else float(value)
        for key, value in figures.items()
    }

"""Accuracy: how well predicted classes agree with held-out labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import classification_report, confusion_matrix


def assess(
    truth: npt.ArrayLike, predicted: npt.ArrayLike, names: Mapping[int, str]
) -> dict[str, Any]:
    """Return scikit-learn's classification report as plain data, with the confusion matrix.

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


def _renamed(figures: Mapping[str, float]) -> dict[str, float]:
    renamed = {"f1-score": "f1"}
    return {
        renamed.get(key, key): int(value) if key == "support" else float(value)
        for key, value in figures.items()
    }

"""What any classifier has to beat: the most frequent class, and the nearest centroid.

An accuracy means little without them: where nine samples of ten are forest, calling everything
forest is right nine times of ten.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping

import numpy as np

from landloom.arrays import Float32s, Int64s


def baselines(
    X_train: Float32s, y_train: Int64s, X_test: Float32s, y_test: Int64s
) -> dict[str, dict[str, float]]:
    """Return how well the baselines agree with samples held out.

    Parameters
    ----------
    X_train, y_train
        Features and labels that are learned from, (n, bands) and (n,).
    X_test, y_test
        Those held out, (m, bands) and (m,).

    Returns
    -------
    dict
        Of each of `BASELINES` its `agreement`.
    """
    predicted = baseline_predictions(X_train, y_train, X_test)
    return {name: agreement(y_test, found) for name, found in predicted.items()}


def baseline_predictions(X_train: Float32s, y_train: Int64s, X_test: Float32s) -> dict[str, Int64s]:
    """Return the classes that each of `BASELINES` gives to samples, (m,).

    See Also
    --------
    baselines
    """
    return {name: predict(X_train, y_train, X_test) for name, predict in BASELINES.items()}


def agreement(truth: Int64s, predicted: Int64s) -> dict[str, float]:
    """Return ``accuracy`` and ``macro_f1``, over the classes that occur in either."""
    from sklearn.metrics import f1_score

    return {
        "accuracy": float(np.mean(truth == predicted)),
        "macro_f1": float(f1_score(truth, predicted, average="macro", zero_division=0.0)),
    }


def _majority(_: Float32s, y_train: Int64s, X_test: Float32s) -> Int64s:
    values, counts = np.unique(y_train, return_counts=True)
    return np.full(len(X_test), values[np.argmax(counts)], np.int64)


def _nearest_centroid(X_train: Float32s, y_train: Int64s, X_test: Float32s) -> Int64s:
    from sklearn.neighbors import NearestCentroid

    if np.unique(y_train).size == 1 or not np.ptp(X_train, axis=0).any():
        # One class, or all centroids at one place: scikit-learn refuses both.
        return np.full(len(X_test), y_train.min(), np.int64)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # It also looks at variances, which are of no use here, and warns where there are none.
        warnings.simplefilter("ignore", UserWarning)
        # In double precision: squares of large numbers have no room in float32.
        model = NearestCentroid().fit(X_train.astype(np.float64), y_train)
        found: Int64s = model.predict(X_test.astype(np.float64))
    return found


BASELINES: Mapping[str, Callable[[Float32s, Int64s, Float32s], Int64s]] = {
    "majority": _majority,
    "nearest_centroid": _nearest_centroid,
}
"""The most frequent class (of equals the lowest); the class whose mean vector is nearest."""

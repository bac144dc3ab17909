"""What needs no forest: how well the simplest rules agree with the same samples.

An accuracy means little without them: where nine pixels of ten are forest, calling everything
forest is right nine times of ten.
"""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score, f1_score
from sklearn.neighbors import NearestCentroid

from landloom.arrays import Float32s, Int64s


def baselines(
    X_train: Float32s, y_train: npt.ArrayLike, X_test: Float32s, y_test: npt.ArrayLike
) -> dict[str, dict[str, float]]:
    """Judge the simplest classifiers as the forest is judged.

    Parameters
    ----------
    X_train, X_test
        Features without NaN, (samples, bands).
    y_train, y_test
        Labels, (samples,).

    Returns
    -------
    dict
        ``majority``, which calls everything the largest class of the training samples (the lowest
        of equals), and ``nearest_centroid``, the class whose mean vector is nearest (Euclidean):
        of each the ``accuracy`` and ``macro_f1`` on the test samples, the latter over the classes
        in truth or prediction, as that of the forest.
    """
    known, truth = np.asarray(y_train, np.int64), np.asarray(y_test, np.int64)
    predicted = {
        "majority": DummyClassifier(strategy="most_frequent").fit(X_train, known).predict(X_test),
        "nearest_centroid": _nearest(X_train, known, X_test),
    }
    return {
        name: {
            "accuracy": float(accuracy_score(truth, labels)),
            "macro_f1": float(f1_score(truth, labels, average="macro", zero_division=0.0)),
        }
        for name, labels in predicted.items()
    }


def _nearest(X_train: Float32s, y_train: Int64s, X_test: Float32s) -> Int64s:
    """Return the class whose mean is nearest; the lowest of equals."""
    if np.unique(y_train).size < 2 or not np.ptp(X_train, axis=0).any():
        # All means are equal; scikit-learn refuses both.
        return np.full(len(X_test), y_train.min())
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # It also looks at variances, which are of no use here, and warns where there are none.
        warnings.simplefilter("ignore", UserWarning)
        # In double precision: squares of large numbers have no room in float32.
        model = NearestCentroid().fit(X_train.astype(np.float64), y_train)
        predicted: Int64s = model.predict(X_test.astype(np.float64))
    return predicted

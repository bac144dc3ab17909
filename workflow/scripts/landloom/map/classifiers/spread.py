"""How bands are standardised, for classifiers that care for their units."""

from __future__ import annotations

import numpy as np

from landloom.arrays import Float32s, Float64s


def spread_of(X: Float32s) -> tuple[Float64s, Float64s]:
    """Return the mean and the standard deviation of each band, (bands,), over samples.

    As `StandardScaler` has them (with n in the denominator); the deviation of a band that is the
    same everywhere is 1.

    Parameters
    ----------
    X
        Features without NaN, (samples, bands).
    """
    exact = X.astype(np.float64)
    varies = exact.min(axis=0) < exact.max(axis=0)
    deviation = np.where(varies, exact.std(axis=0), 1.0)
    return exact.mean(axis=0), np.where(deviation > 0, deviation, 1.0)

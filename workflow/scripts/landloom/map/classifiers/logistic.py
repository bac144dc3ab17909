"""Logistic regression on standardised bands: its fit, its flat form, prediction to the last label.

scikit-learn's scores are products of matrices, whose last bits depend on how many rows are given
to it at a time and on the processor. Here they are added up band by band. Where two classes are
closer than either way of rounding can tell, exact arithmetic decides: labels are those of
scikit-learn wherever scikit-learn's own are certain, and depend on nothing but the pixel.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from landloom.arrays import Float32s, Float64s, Int64s, Mask
from landloom.map.classifiers.flat_file import read_flat, write_flat
from landloom.map.classifiers.prediction import ByTiles, code_table
from landloom.map.classifiers.spread import spread_of
from landloom.map.kernel_cache import Kernel

if TYPE_CHECKING:
    from sklearn.dummy import DummyClassifier
    from sklearn.linear_model import LogisticRegression

MOST_STEPS = 1000
"""Steps of the optimiser (L-BFGS), which takes some dozens to hundreds for most samples."""

SETTLED = 1e-8
"""Largest slope of the mean loss at which the optimiser ends: two to nine times the steps of
scikit-learn's 1e-4, at which coefficients are off by hundredths still, and differ between
processors by more than rounding."""

_UNIT = 2.0**-53


def fit_logistic(
    X: Float32s, y: npt.ArrayLike, params: Mapping[str, Any]
) -> LogisticRegression | DummyClassifier:
    """Fit a regression on standardised bands, and return it as one of the bands as they are.

    Parameters
    ----------
    X
        Features without NaN, (samples, bands).
    y
        Labels, (samples,).
    params
        ``C``, the inverse of the strength of the ridge penalty.

    Returns
    -------
    LogisticRegression or DummyClassifier
        The latter of samples of a single class. The former's coefficients are those of decoded
        values: the deviations of the bands are in them, and the means in the intercepts. It
        predicts what a pipeline of a `StandardScaler` and a regression would, but for rounding.
    """
    from sklearn.dummy import DummyClassifier
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    if np.unique(y).size == 1:
        return DummyClassifier().fit(X, y)
    shift, deviation = spread_of(X)
    model = LogisticRegression(**params, max_iter=MOST_STEPS, tol=SETTLED)
    # With more threads sums may come in another order, and so in other bits.
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)  # told by `n_iter_`
        model.fit((X.astype(np.float64) - shift) / deviation, y)
    model.coef_ = model.coef_ / deviation
    model.intercept_ = model.intercept_ - np.array([row @ shift for row in model.coef_])
    return model


def notes_on_logistic(model: LogisticRegression | DummyClassifier) -> list[str]:
    """Return what a reader should know of a fit."""
    if max(getattr(model, "n_iter_", [0])) < MOST_STEPS:
        return []
    return [
        f"the regression had not settled after {MOST_STEPS} steps of its fit; smaller values in "
        "map.tuning.logistic.C settle sooner"
    ]


@dataclass(frozen=True, eq=False)
class FlatLogistic(ByTiles):
    """A fitted `LogisticRegression` as plain arrays.

    Parameters
    ----------
    classes
        Labels, ascending.
    weights
        Of the bands as they are decoded, (classes, bands). Of two classes the first has none.
    intercepts
        (classes,).
    scikit_learn
        The version that fitted it.
    table
        The value of each int8 code from -128 on, where rows are codes.
    """

    kind: ClassVar[str] = "logistic"

    classes: npt.NDArray[Any]
    weights: Float64s
    intercepts: Float64s
    scikit_learn: str
    table: Float32s | None = None
    _settled: dict[bytes, int] = field(default_factory=dict, repr=False)

    @classmethod
    def from_model(cls, model: LogisticRegression | DummyClassifier) -> FlatLogistic:
        """Take the arrays of what `fit_logistic` returned."""
        import sklearn

        if not hasattr(model, "coef_"):  # of one class: there is nothing to tell apart
            nothing = np.zeros((1, model.n_features_in_))
            return cls(model.classes_, nothing, np.zeros(1), sklearn.__version__)
        # In C order, the only one that the kernel is compiled for.
        weights, intercepts = np.array(model.coef_, order="C"), np.array(model.intercept_)
        if len(model.classes_) == 2:
            weights = np.vstack([np.zeros_like(weights), weights])
            intercepts = np.append(0.0, intercepts)
        return cls(model.classes_, weights, intercepts, sklearn.__version__)

    @property
    def n_features(self) -> int:
        """Bands."""
        return int(self.weights.shape[1])

    def with_codes(self, decoded: Float32s, first: int) -> FlatLogistic:
        """Return the one that predicts codes, as `FlatForest.with_codes` has it."""
        return replace(self, table=code_table(decoded, first), _settled={})

    def _predict_tile(self, values: Float32s, winners: Int64s, *, shares: bool) -> Float64s | None:
        """Take the class of the highest score; shares are the scores' softmax."""
        from landloom.map.classifiers import logistic_kernel as kernel

        largest, intercept = np.abs(self.weights).max(axis=0), np.abs(self.intercepts).max()
        # Each product and each sum is off by half a unit at most, in either way of adding up, and
        # bounds have their own rounding: room to spare.
        rounding = 4.0 * (self.n_features + 4) * _UNIT
        pixels = values.shape[1]
        scores, bounds = np.empty((len(self.classes), pixels)), np.empty(pixels)
        close = np.empty(pixels, np.bool_)
        kernel.score(values, self.weights, self.intercepts, scores)
        kernel.bound(values, largest, float(intercept), bounds)
        kernel.settle(scores, self._rivals, bounds, rounding, winners, close)
        for i in np.flatnonzero(close):
            winners[i] = self._look_again(values[:, i])
        if not shares:
            return None
        kernel.soften(scores)
        return scores.T

    @cached_property
    def _rivals(self) -> Mask:
        """Return which classes can win: not those that have the very scores of an earlier one."""
        rows = np.column_stack([self.weights, self.intercepts]) + 0.0  # -0.0 is 0.0
        first = np.unique(rows, axis=0, return_index=True)[1]
        return np.isin(np.arange(len(rows)), first)

    def _look_again(self, values: Float32s) -> int:
        """Return the class of the highest score in exact arithmetic, of equals the first."""
        key = values.tobytes()
        if key not in self._settled:
            exact = [Fraction(float(value)) for value in values]
            scores = [
                sum((Fraction(w) * x for w, x in zip(row, exact, strict=True)), Fraction(start))
                for row, start in zip(self.weights.tolist(), self.intercepts.tolist(), strict=True)
            ]
            self._settled[key] = scores.index(max(scores))
        return self._settled[key]

    @classmethod
    def load(cls, path: str | Path) -> FlatLogistic:
        """Read what `save` has written, without scikit-learn.

        Raises
        ------
        LandloomError
            Another version of Landloom wrote it.
        """
        about, arrays = read_flat(path)
        return cls(scikit_learn=about["scikit_learn"], **arrays)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what it is made of, by name."""
        return {"classes": self.classes, "weights": self.weights, "intercepts": self.intercepts}

    def save(self, path: str | Path) -> None:
        """Write a plain ``.npz``. Its bytes depend on nothing but the regression."""
        about = {"kind": self.kind, "scikit_learn": self.scikit_learn}
        write_flat(path, about, self.arrays(), self.table)


def compile_logistic() -> None:
    """Compile the kernel, for all that is asked of it."""
    flat = FlatLogistic(np.arange(2), np.zeros((2, 1)), np.arange(2.0), "")
    flat.predict(np.zeros((1, 1), np.float32), probabilities=True)


REGRESSION = Kernel("landloom.map.classifiers.logistic_kernel", "regression", compile_logistic)
"""What is to be loaded before the first prediction."""

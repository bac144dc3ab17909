"""The kinds of classifiers: what each is called, how it is fitted, and what it is flattened to.

This is the one place that tells one from another; all else asks a `Recipe`, what it fitted, or a
file for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from landloom.arrays import Float32s, Float64s
from landloom.map.classifiers.flat_file import read_about
from landloom.map.classifiers.knn import KNN_KERNELS, FlatNeighbours, as_pipeline, fit_knn
from landloom.map.classifiers.logistic import (
    REGRESSION,
    FlatLogistic,
    fit_logistic,
    notes_on_logistic,
)
from landloom.map.classifiers.prediction import Classifier
from landloom.map.forest.compiled import PREDICTION, VECTORS
from landloom.map.forest.forest import FlatForest, fit_final
from landloom.map.kernel_cache import Kernel, load_kernel


@dataclass(frozen=True)
class Kind:
    """A kind of classifier.

    Attributes
    ----------
    kernels
        What its prediction compiles.
    fit
        Returns scikit-learn's estimator, fitted on samples, of parameters, a seed and a number of
        threads.
    flatten
        Returns that as plain arrays.
    load
        Reads these from a file.
    is_forest
        Whether scikit-learn's forest is asked where samples are judged, which needs no kernel; and
        whether it tells how important bands are.
    notes
        Returns what a reader should know of a fit.
    stand_in
        Returns an estimator that says the same, of what all know; None where that is it itself.
    """

    kernels: tuple[Kernel, ...]
    fit: Callable[[Float32s, npt.ArrayLike, Mapping[str, Any], int, int], Any]
    flatten: Callable[[Any], Classifier]
    load: Callable[[str | Path], Classifier]
    is_forest: bool = False
    notes: Callable[[Any], list[str]] = lambda _: []
    stand_in: Callable[[Any], Any] = lambda _: None


KINDS: Mapping[str, Kind] = {
    "forest": Kind(
        (PREDICTION, VECTORS), fit_final, FlatForest.from_model, FlatForest.load, is_forest=True
    ),
    "logistic": Kind(
        (REGRESSION,),
        lambda X, y, params, _seed, _n_jobs: fit_logistic(X, y, params),
        FlatLogistic.from_model,
        FlatLogistic.load,
        notes=notes_on_logistic,
    ),
    "knn": Kind(
        KNN_KERNELS,
        lambda X, y, params, _seed, _n_jobs: fit_knn(X, y, params),
        FlatNeighbours.from_model,
        FlatNeighbours.load,
        stand_in=as_pipeline,
    ),
}
"""By what the configuration and files call them."""


@dataclass(frozen=True)
class Recipe:
    """How a classifier is fitted.

    Attributes
    ----------
    params
        As scikit-learn takes them.
    seed
        ``random_state``, of what is drawn.
    n_jobs
        Threads; they change nothing.
    kind
        One of `KINDS`.
    """

    params: Mapping[str, Any]
    seed: int
    n_jobs: int = 1
    kind: str = "forest"

    @classmethod
    def of(cls, best: Mapping[str, Any], seed: int, n_jobs: int = 1) -> Recipe:
        """Return the recipe that a tuning found: of a forest, unless it says otherwise."""
        return cls(best["best_params"], seed, n_jobs, best.get("kind", "forest"))

    def plain(self) -> dict[str, Any]:
        """Return what reports tell of it: its ``kind``, unless it is a forest; ``best_params``."""
        told = {} if KINDS[self.kind].is_forest else {"kind": self.kind}
        return {**told, "best_params": dict(self.params)}

    def load_kernels(self, *, all_of: bool = False) -> None:
        """Load what is compiled for `Fitted.predict`, or for the flat classifier as well."""
        if all_of or not KINDS[self.kind].is_forest:
            load_kernels(self.kind)

    def fit(self, X: Float32s, y: npt.ArrayLike) -> Fitted:
        """Fit it to features without NaN, (samples, bands), and labels, (samples,)."""
        kind = KINDS[self.kind]
        return Fitted(kind, kind.fit(X, y, self.params, self.seed, self.n_jobs))


@dataclass(frozen=True, eq=False)
class Fitted:
    """A classifier that was fitted.

    Attributes
    ----------
    kind
        Which.
    estimator
        scikit-learn's.
    """

    kind: Kind
    estimator: Any

    @cached_property
    def classifier(self) -> Classifier:
        """It as plain arrays."""
        return self.kind.flatten(self.estimator)

    @property
    def classes(self) -> npt.NDArray[Any]:
        """Labels, ascending."""
        classes: npt.NDArray[Any] = self.estimator.classes_
        return classes

    @property
    def importances(self) -> Float64s | None:
        """How important bands are, (bands,), where its kind tells."""
        return self.estimator.feature_importances_ if self.kind.is_forest else None

    @property
    def notes(self) -> list[str]:
        """What a reader should know of the fit."""
        return self.kind.notes(self.estimator)

    @property
    def stand_in(self) -> Any:  # noqa: ANN401
        """An estimator that says the same, of what all know, where the fitted one is not."""
        return self.kind.stand_in(self.estimator)

    def predict(self, X: Float32s) -> npt.NDArray[Any]:
        """Return the labels of rows, (rows, bands)."""
        asked = self.estimator if self.kind.is_forest else None
        labels = asked.predict(X) if asked else self.classifier.predict(X).labels
        return np.asarray(labels)

    def shares(self, X: Float32s) -> Float64s:
        """Return the share of each class in rows, (rows, classes), as ``predict_proba`` has it."""
        if self.kind.is_forest:
            return np.asarray(self.estimator.predict_proba(X))
        found = self.classifier.predict(X, probabilities=True).probabilities
        assert found is not None
        return found


def load_kernels(kind: str) -> list[Path]:
    """Load all that predictions by a kind of classifier compile, and return where that is kept.

    What this processor cannot run is left out: nothing asks for it then.
    """
    return [load_kernel(kernel) for kernel in KINDS[kind].kernels if kernel.lacking() is None]


def load_classifier(path: str | Path) -> Classifier:
    """Read a classifier of any kind: the file says which.

    Raises
    ------
    LandloomError
        Another version of Landloom wrote it.
    """
    return KINDS[read_about(path).get("kind", "forest")].load(path)

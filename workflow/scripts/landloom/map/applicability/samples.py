"""What the samples say of where a map applies: the unit of distances and the threshold.

References
----------
Meyer & Pebesma (2021), "Predicting into unknown space? Estimating the area of applicability of
spatial prediction models", Methods in Ecology and Evolution 12, 1620-1633.
Schumacher et al. (2025), "Estimation of local training data point densities to support the
assessment of spatial prediction uncertainty", Geoscientific Model Development 18, 10185-10202.
As `trainDI` and `aoa` of the R package CAST have them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from landloom.arrays import Float32s, Float64s
from landloom.errors import LandloomError
from landloom.job.files import whole_file
from landloom.map.applicability.search import Index, Scaling, mean_distance
from landloom.map.crossval.folds import Folds

KEY = "map.applicability"

_PAIRED = 20_000
"""Samples between which all distances are averaged; of more, so many are drawn."""

_SEED = 42
"""Of that draw."""

_EQUAL = "equal: the model does not tell how important bands are"

_QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


@dataclass(frozen=True, eq=False)
class Applicability:
    """Samples as pixels are compared with them.

    Attributes
    ----------
    scaling
        z-scores over the samples (deviation with n - 1), times the importance of the band.
    samples
        Scaled, (samples, bands).
    mean_distance
        Mean over the samples of the mean distance to the others.
    paired
        How many samples that was told from.
    training
        Dissimilarity of each sample to those of the other folds, (samples,).
    threshold
        Of the dissimilarity: its upper quartile over the samples, and 1.5 times the distance
        between the quartiles beyond it, but not more than its maximum.
    folds
        Scheme and number of the folds.
    equal
        Whether bands weigh the same, as the model tells nothing of them.
    """

    scaling: Scaling
    samples: Float64s
    mean_distance: float
    paired: int
    training: Float64s
    threshold: float
    folds: tuple[str, int]
    equal: bool = False

    @classmethod
    def of(cls, values: Float32s, importances: Float64s | None, folds: Folds) -> Applicability:
        """Compare samples with each other.

        Parameters
        ----------
        values
            Decoded bands of the samples, (samples, bands).
        importances
            Of the bands, as the forest has them, (bands,): weights as they are, but a negative
            one is 0. A band that is the same everywhere is left out. None for a model that has
            none: bands weigh the same, as in CAST where no weights are known.
        folds
            Of the samples.

        Raises
        ------
        LandloomError
            Where nothing can be compared: too few samples, one fold, or bands that are all
            without importance or the same everywhere.
        """
        _check(len(values), folds)
        weights = np.ones(values.shape[1]) if importances is None else importances
        scaling = _scaling(values, weights)
        z = scaling(values)
        chosen = z
        if len(z) > _PAIRED:
            rows = np.random.default_rng(_SEED).choice(len(z), _PAIRED, replace=False)
            chosen = z[np.sort(rows)]
        unit = mean_distance(chosen)
        training = np.empty(len(z))
        for fold in np.unique(folds.number):
            own = folds.number == fold
            index = Index.of(scaling, z[~own])
            training[own] = index.search(values[own].T, unit).dissimilarity
        limit, about = threshold_of(training), (folds.scheme, folds.n)
        equal = importances is None
        return cls(scaling, z, unit, len(chosen), training, limit, about, equal)

    def index(self) -> Index:
        """Lay the samples out for a search."""
        return Index.of(self.scaling, self.samples)

    def plain(self) -> dict[str, Any]:
        """Return what can be told in a few numbers."""
        levels = np.quantile(self.training, _QUANTILES).tolist()
        scheme, number = self.folds
        return {
            "samples": len(self.samples),
            "bands": {
                "compared": int(np.count_nonzero(self.scaling.scale)),
                "left_out": int(np.count_nonzero(self.scaling.scale == 0)),
            },
            "folds": {"scheme": scheme, "n": number},
            "mean_distance": {"value": self.mean_distance, "samples": self.paired},
            "training_dissimilarity": {
                f"{level:g}": value for level, value in zip(_QUANTILES, levels, strict=True)
            },
            "threshold": self.threshold,
            **({"weights": _EQUAL} if self.equal else {}),
        }

    def write(self, path: str | Path) -> None:
        """Write as npz; equal contents give equal bytes."""
        about = {
            "mean_distance": self.mean_distance,
            "paired": self.paired,
            "threshold": self.threshold,
            "folds": self.folds,
            **({"equal": True} if self.equal else {}),
        }
        with whole_file(path) as draft, draft.open("wb") as file:
            np.savez(
                file,
                about=np.array(json.dumps(about)),
                shift=self.scaling.shift,
                scale=self.scaling.scale,
                samples=self.samples,
                training=self.training,
            )

    @classmethod
    def read(cls, path: str | Path) -> Applicability:
        """Read what `write` wrote."""
        with np.load(path, allow_pickle=False) as held:
            about: Mapping[str, Any] = json.loads(str(held["about"]))
            return cls(
                Scaling(held["shift"], held["scale"]),
                held["samples"],
                about["mean_distance"],
                about["paired"],
                held["training"],
                about["threshold"],
                (about["folds"][0], about["folds"][1]),
                about.get("equal", False),
            )


def threshold_of(training: Float64s) -> float:
    """Return the threshold of the dissimilarity that follows from that of the samples."""
    lower, upper = np.quantile(training, [0.25, 0.75])
    return float(min(upper + 1.5 * (upper - lower), training.max()))


def _check(samples: int, folds: Folds) -> None:
    if samples < 2:
        raise LandloomError(
            f"{KEY}: there is {samples} sample, but samples are compared with each other; give "
            "more labelled points"
        )
    if folds.number.size != samples:
        raise LandloomError(
            f"{KEY}.folds: the folds are of {folds.number.size} samples, but there are {samples}; "
            "delete the file of the folds, and it is made again"
        )
    if np.unique(folds.number).size < 2:
        raise LandloomError(
            f"{KEY}.folds: all {samples} samples are in one fold of {folds.scheme}, so none can be "
            "compared with those of others; choose other folds, or smaller blocks or groups in "
            "map.crossval"
        )


def _scaling(values: Float32s, importances: Float64s) -> Scaling:
    """Return z-scores times importances."""
    exact = values.astype(np.float64)
    varies = exact.min(axis=0) < exact.max(axis=0)
    deviations = np.where(varies, exact.std(axis=0, ddof=1), 1.0)
    weights = np.where(varies, np.maximum(importances, 0.0), 0.0)
    if not weights.any():
        raise LandloomError(
            f"{KEY}: none of the {varies.size} bands tells samples apart: {varies.sum()} of them "
            "vary over the samples, and the model gives no importance to any of these; leave "
            f"{KEY} out, or give samples of more than one kind"
        )
    return Scaling(exact.mean(axis=0), weights / deviations)

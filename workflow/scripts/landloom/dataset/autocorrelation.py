"""How near training and test samples lie, beside how far land cover resembles itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from landloom.arrays import Float64s
from landloom.dataset.lattice import Lattice
from landloom.dataset.split import Neighbours
from landloom.dataset.stack_view import StackView
from landloom.dataset.variogram import (
    PAIRS_OF_A_LAG,
    Fit,
    Pairs,
    PixelField,
    Variogram,
    fit_spherical,
    shortest_range,
)

_DEFINITIONS = {
    "semivariance": "of a class: half the share of pairs of pixels of which one alone is of it; of "
    "all: the share of pairs of two classes",
    "range_km": "distance from which on a spherical model with a nugget, fitted to the "
    "semivariances, grows no more; null: see why",
    "why": "none: semivariance hardly depends on distance; beyond: it still grows at the largest "
    "lag; within: it grows no more from the third lag on, the shortest range that is told; rare: "
    "too few pairs",
    "test_share_within": "share of the test patches nearer than the range to a training patch; "
    "where the range lies beyond the largest lag, nearer than that lag; where it lies within the "
    "third, nearer than that",
}


def autocorrelation(
    views: Sequence[StackView], lattice: Lattice, classes: pd.DataFrame, seed: int
) -> dict[str, Any]:
    """Return ranges of the classes, and how many test patches lie within them of training ones.

    Parameters
    ----------
    views
        Train and test, with their arrays.
    lattice
        Of the patches.
    classes
        The class distribution.
    seed
        Of the pairs that are drawn.

    Returns
    -------
    dict
        Plain data: ``lags`` with their semivariances, ``all`` and ``classes`` with the fits,
        ``nearest_training_km`` of the test patches, ``definitions``.
    """
    ordered = classes.sort_values("index")
    field = PixelField(views, lattice)
    edges = field.edges()
    drawn = _drawn(field, edges, seed)
    variogram = Variogram.of(drawn, edges, len(ordered))
    distances = _distances(views, lattice)
    fits = [
        fit_spherical(variogram.metres, values, variogram.pairs) for values in variogram.classes.T
    ]
    metres = variogram.metres
    together = fit_spherical(variogram.metres, variogram.together, variogram.pairs)
    return {
        "pairs": int(variogram.pairs.sum()),
        "seed": seed,
        "all": _told(together, distances, metres),
        "classes": [
            {"code": int(code), "name": name} | _told(fit, distances, metres)
            for code, name, fit in zip(ordered["code"], ordered["name"], fits, strict=True)
        ],
        "nearest_training_km": {
            name: round(float(np.quantile(distances, level)) / 1000, 4)
            for name, level in {"min": 0, "quarter": 0.25, "median": 0.5, "max": 1}.items()
        },
        "lags": [
            {
                "km": round(metres / 1000, 4),
                "pairs": pairs,
                "all": round(whole, 6),
                "classes": [round(value, 6) for value in single],
            }
            for metres, pairs, whole, single in zip(
                variogram.metres.tolist(),
                variogram.pairs.tolist(),
                variogram.together.tolist(),
                variogram.classes.tolist(),
                strict=True,
            )
        ],
        "definitions": _DEFINITIONS,
    }


def _drawn(field: PixelField, edges: Float64s, seed: int) -> Pairs:
    """Draw as many pairs for each lag, short ones too, of which a plain draw has hardly any."""
    rng = np.random.default_rng(seed)
    lags = zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    parts = [field.pairs(rng, low, high, PAIRS_OF_A_LAG) for low, high in lags]
    return Pairs(
        np.concatenate([part.metres for part in parts]),
        np.concatenate([part.one for part in parts]),
        np.concatenate([part.other for part in parts]),
    )


def _distances(views: Sequence[StackView], lattice: Lattice) -> Float64s:
    """Return how far each test patch lies from the nearest training patch, in metres."""
    train, test = (lattice.corners(*view.places()) for view in views)
    return Neighbours(train).distances(test)


def _told(fit: Fit, distances: Float64s, metres: Float64s) -> dict[str, Any]:
    reach = fit.range
    if fit.why in ("beyond", "within"):
        reach = float(metres[-1]) if fit.why == "beyond" else shortest_range(metres)
    return {
        "range_km": None if fit.range is None else round(fit.range / 1000, 4),
        "why": fit.why,
        "nugget": round(fit.nugget, 6),
        "sill": round(fit.sill, 6),
        "test_share_within": None if reach is None else round(float((distances < reach).mean()), 6),
    }

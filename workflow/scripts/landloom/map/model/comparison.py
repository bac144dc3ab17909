"""What a model's samples tell of other pixels: the arrays that the area of applicability needs."""

from __future__ import annotations

import math

import numpy as np

from landloom.arrays import Float32s, Float64s
from landloom.errors import LandloomError
from landloom.map.applicability.samples import Applicability
from landloom.map.applicability.search import Scaling
from landloom.map.crossval.folds import Folds
from landloom.map.model.archive import Arrays
from landloom.map.model.card import ComparisonCard

_NAMES = ("shift", "scale", "samples", "training")
_PREFIX = "applicability_"

ARRAYS = tuple(f"{_PREFIX}{name}" for name in _NAMES)
"""Names of the arrays in a model's file."""

_AT_ONCE = 4096
"""Samples that pixels are compared with at a time."""


def card_of_comparison(applicability: Applicability, folds: Folds) -> ComparisonCard:
    """Return what the manifest tells of samples as pixels are compared with them."""
    scheme, number = applicability.folds
    return ComparisonCard.model_validate(
        {
            "mean_distance": applicability.mean_distance,
            "paired": applicability.paired,
            "threshold": applicability.threshold,
            "scheme": scheme,
            "folds": number,
            "random": folds.by_chance,
            "notes": list(folds.notes),
        }
    )


def folds_of(card: ComparisonCard) -> Folds:
    """Return the folds between which the samples were compared; whose each is, is not known."""
    return Folds(
        card.scheme, np.empty(0, np.int64), card.folds, {"random": card.random}, tuple(card.notes)
    )


def arrays_of(applicability: Applicability) -> Arrays:
    """Return the arrays, by their names in the file."""
    scaling = applicability.scaling
    found = (scaling.shift, scaling.scale, applicability.samples, applicability.training)
    return dict(zip(ARRAYS, found, strict=True))


def comparison_from(
    card: ComparisonCard, arrays: Arrays, shape: tuple[int, int], where: str
) -> Applicability:
    """Return what `arrays_of` took apart.

    Parameters
    ----------
    card
        The manifest's part.
    arrays
        Of the file.
    shape
        Samples and bands that there have to be.
    where
        The file, for messages.

    Raises
    ------
    LandloomError
        An array is missing, or holds what no samples are.
    """
    if lacking := [name for name in ARRAYS if name not in arrays]:
        raise LandloomError(f"{where}: lacks {', '.join(lacking)}; get the file again")
    shift, scale, samples, training = (arrays[name] for name in ARRAYS)
    number, bands = shape
    shapes = ((bands,), (bands,), (number, bands), (number,))
    for name, wanted in zip(ARRAYS, shapes, strict=True):
        array = arrays[name]
        if array.dtype != np.float64 or array.shape != wanted or not np.isfinite(array).all():
            raise LandloomError(
                f"{where}: {name} in it is {array.dtype.name} {array.shape} and has to be finite "
                f"float64 {wanted}; get the file again from where it was made"
            )
    if (scale < 0).any() or not scale.any():
        raise LandloomError(
            f"{where}: the weights of the bands ({ARRAYS[1]}) are negative, or all of them 0; get "
            "the file again from where it was made"
        )
    about = (card.scheme, card.folds)
    return Applicability(
        Scaling(shift, scale),
        samples,
        card.mean_distance,
        card.paired,
        training,
        card.threshold,
        about,
    )


def share_outside(applicability: Applicability, values: Float32s) -> float:
    """Return the share of some pixels that are unlike all samples, 0 to 1.

    As the maps of applicability have it, but computed plainly: for a few pixels nothing has to be
    compiled.

    Parameters
    ----------
    applicability
        The samples, and the threshold.
    values
        Decoded vectors, (pixels, bands); at least one.
    """
    from scipy.spatial.distance import cdist

    z: Float64s = applicability.scaling(values)
    nearest = np.full(len(z), math.inf)
    for start in range(0, len(applicability.samples), _AT_ONCE):
        part = applicability.samples[start : start + _AT_ONCE]
        nearest = np.minimum(nearest, cdist(z, part).min(axis=1))
    outside = nearest / applicability.mean_distance > applicability.threshold
    return float(np.count_nonzero(outside) / len(outside))

"""Of which arrays each kind of classifier is made in a model's file, and whether they are sound."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from landloom.errors import LandloomError
from landloom.map.classifiers.knn import FlatNeighbours
from landloom.map.classifiers.logistic import FlatLogistic
from landloom.map.classifiers.prediction import Classifier
from landloom.map.forest.forest import FlatForest
from landloom.map.model.card import ModelCard
from landloom.map.model.trees import check_forest

_MOST_NEIGHBOURS = 100
_AGAIN = "get the file again from where it was made"

Arrays = Mapping[str, Any]


@dataclass(frozen=True)
class Parts:
    """What a kind of classifier is made of.

    Attributes
    ----------
    types
        Arrays and their types.
    make
        Puts it together of arrays of these types and a manifest, and refuses what would lead the
        prediction astray, in the name of a file.
    """

    types: Mapping[str, str]
    make: Callable[[Arrays, ModelCard, str], Classifier]


def _forest(arrays: Arrays, card: ModelCard, where: str) -> Classifier:
    forest = FlatForest(
        **arrays, n_features=len(card.bands), scikit_learn=card.versions.get("scikit-learn", "")
    )
    check_forest(forest, where)
    return forest


def _logistic(arrays: Arrays, card: ModelCard, where: str) -> Classifier:
    classes, bands = len(card.classes), len(card.bands)
    shapes = {"weights": (classes, bands), "intercepts": (classes,)}
    _refuse_other_shapes(arrays, {"classes": (classes,), **shapes}, where)
    _refuse_odd_numbers(arrays, ("weights", "intercepts"), where)
    return FlatLogistic(**arrays, scikit_learn=card.versions.get("scikit-learn", ""))


def _knn(arrays: Arrays, card: ModelCard, where: str) -> Classifier:
    classes, bands, number = len(card.classes), len(card.bands), card.samples.number
    shapes = {"samples": (number, bands), "codes": (number,), "variances": (bands,)}
    _refuse_other_shapes(arrays, {"classes": (classes,), **shapes}, where)
    _refuse_odd_numbers(arrays, ("samples", "variances"), where)
    if not (arrays["variances"] > 0).all():
        raise LandloomError(f"{where}: a variance in it is not above 0; {_AGAIN}")
    codes = arrays["codes"]
    if not 0 <= codes.min() <= codes.max() < classes:
        raise LandloomError(f"{where}: a sample in it has a class that there is not; {_AGAIN}")
    neighbours = card.parameters.get("n_neighbors")
    weights = card.parameters.get("weights")
    if not isinstance(neighbours, int) or not 1 <= neighbours <= _MOST_NEIGHBOURS:
        raise LandloomError(
            f"{where}: n_neighbors is {neighbours!r} in it, a whole number of 1 to "
            f"{_MOST_NEIGHBOURS} is needed; {_AGAIN}"
        )
    if weights not in ("uniform", "distance"):
        raise LandloomError(
            f"{where}: weights is {weights!r} in it, 'uniform' or 'distance' is needed; {_AGAIN}"
        )
    return FlatNeighbours(
        **arrays,
        neighbours=min(neighbours, number),
        weights=weights,
        scikit_learn=card.versions.get("scikit-learn", ""),
    )


def _refuse_other_shapes(arrays: Arrays, wanted: Mapping[str, tuple[int, ...]], where: str) -> None:
    for name, shape in wanted.items():
        if arrays[name].shape != shape:
            raise LandloomError(
                f"{where}: {name} in it is {arrays[name].shape}, where the manifest makes it "
                f"{shape}; {_AGAIN}"
            )


def _refuse_odd_numbers(arrays: Arrays, names: tuple[str, ...], where: str) -> None:
    for name in names:
        if not np.isfinite(arrays[name]).all():
            raise LandloomError(f"{where}: a number of {name} in it is not finite; {_AGAIN}")


PARTS: Mapping[str, Parts] = {
    "forest": Parts(
        {"classes": "int64", "nodes": "uint32", "roots": "uint64", "fractions": "float64"}, _forest
    ),
    "logistic": Parts(
        {"classes": "int64", "weights": "float64", "intercepts": "float64"}, _logistic
    ),
    "knn": Parts(
        {"classes": "int64", "samples": "float32", "codes": "int64", "variances": "float64"}, _knn
    ),
}
"""By kind."""

"""Whether the arrays of a forest are one: the compiled prediction trusts them blindly."""

from __future__ import annotations

import numpy as np

from landloom.arrays import Indices, Mask
from landloom.errors import LandloomError
from landloom.map.forest.forest import ALWAYS_LEFT, FlatForest

_ROUNDING = 1e-6


def check_forest(forest: FlatForest, where: str) -> None:
    """Refuse arrays by which a row could leave them, walk for ever, or get no class.

    Parameters
    ----------
    forest
        Of float32 values; see `FlatForest` for the layout.
    where
        The file, for messages.

    Raises
    ------
    LandloomError
        What is wrong, and at which node or row first.
    """
    _check_shapes(forest, where)
    pairs = forest.nodes.reshape(-1, 4, 2)  # keys and children of two nodes, features and verdicts
    keys, children = pairs[:, :2, 0].ravel(), pairs[:, :2, 1].ravel().astype(np.int64)
    features, verdicts = pairs[:, 2:, 0].ravel(), pairs[:, 2:, 1].ravel().view(np.int32)
    own = (4 * np.arange(len(pairs))[:, None] + np.arange(2)).ravel()
    leaves = children == own
    roots = forest.roots.astype(np.int64)
    last = np.append(roots, 4 * len(pairs))[np.searchsorted(roots, own, side="right")]
    _refuse(leaves & (keys != ALWAYS_LEFT), own, "is a leaf that a row may leave", where)
    wrong = ~leaves & ((children % 4 != 0) | (children <= own) | (children >= last))
    _refuse(wrong, own, "leads back, or out of its tree", where)
    _refuse(features >= forest.n_features, own, "asks for a band that there is not", where)
    idle = np.isin(own - 1, roots)
    rows, classes = len(forest.fractions), len(forest.classes)
    wrong = leaves & ~idle & ((verdicts >= classes) | (verdicts < -rows))
    _refuse(wrong, own, "says a class that there is not", where)
    _refuse(idle & ~leaves, own, "stands beside a root, but is none of its tree", where)


def _check_shapes(forest: FlatForest, where: str) -> None:
    classes, roots, fractions = forest.classes, forest.roots, forest.fractions
    values = classes.tolist()
    if values != sorted(set(values)) or not values or not 0 <= values[0] <= values[-1] <= 254:
        raise LandloomError(f"{where}: the classes are not ascending values of 0 to 254: {values}")
    pairs = forest.nodes.size // 8
    if forest.nodes.shape != (pairs, 8) or not pairs or forest.nodes.dtype != np.uint32:
        raise LandloomError(f"{where}: the nodes of the forest are no pairs of eight words")
    starts = roots.astype(np.int64)
    if (
        roots.ndim != 1
        or not roots.size
        or starts[0] != 0
        or (np.diff(starts) <= 0).any()
        or (starts % 4 != 0).any()
        or starts[-1] >= 4 * pairs
    ):
        raise LandloomError(f"{where}: the roots of the forest are not those of its trees")
    if fractions.ndim != 2 or fractions.shape[1] != len(values):
        raise LandloomError(f"{where}: the leaves tell shares of other classes than there are")
    sums = fractions.sum(axis=1)
    if not ((fractions >= 0).all() and (np.abs(sums - 1) <= _ROUNDING).all()):
        raise LandloomError(f"{where}: the shares of classes in a leaf do not add up to 1")


def _refuse(wrong: Mask, own: Indices, what: str, where: str) -> None:
    if wrong.any():
        raise LandloomError(
            f"{where}: node {own[wrong][0]} of the forest {what}; get the file again from where it "
            "was made"
        )

"""Trees of a limited depth, from a forest that was grown to a greater depth, or to any.

A tree that never tried to split a node at depth D is the tree of ``max_depth=D``. Any other is
grown again from its own seed: scikit-learn splits depth first and draws from one stream of random
numbers, so a cut shifts all draws that follow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from landloom.arrays import Float32s, Float64s, Indices, Int32s

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.tree import DecisionTreeClassifier

_PURE = float(np.finfo(np.float64).eps)
"""The impurity up to which scikit-learn takes a node for pure and leaves it whole."""


def limit_depth(
    forest: RandomForestClassifier,
    trees: Sequence[DecisionTreeClassifier],
    max_depth: int,
    X: Float32s,
    y: Indices,
) -> tuple[list[DecisionTreeClassifier], int]:
    """Return the trees as `max_depth` makes them, and how many of them had to be grown for it.

    Parameters
    ----------
    forest
        The forest, fitted on `X` and `y`.
    trees
        Its trees, or what a larger limit has left of them.
    max_depth
        The limit.
    X
        Features, (samples, bands).
    y
        Labels as `forest` was given them, (samples,).
    """
    from sklearn.base import clone

    stale = {i for i, tree in enumerate(trees) if not stays_above(tree, max_depth, len(X))}
    samples = forest.estimators_samples_ if stale else ()
    y = np.searchsorted(forest.classes_, y)
    limited = list(trees)
    for i in stale:
        weights = _weights(samples[i], y, forest.class_weight)
        tree = clone(trees[i]).set_params(max_depth=max_depth)
        limited[i] = tree.fit(X, y, sample_weight=weights, check_input=False)
    return limited, len(stale)


def _weights(drawn: Int32s, y: Indices, class_weight: str | None) -> Float64s:
    """Return the samples' weights in a tree, as the forest makes them of its bootstrap draw."""
    from sklearn.utils.class_weight import compute_sample_weight

    weights = np.bincount(drawn, minlength=len(y)).astype(np.float64)
    if class_weight == "balanced_subsample":
        weights *= compute_sample_weight("balanced", y, indices=drawn)
    return weights


def stays_above(tree: DecisionTreeClassifier, depth: int, n_samples: int) -> bool:
    """Return whether growing a tree never tried to split a node at `depth` or below.

    Parameters
    ----------
    tree
        The tree, fitted.
    depth
        The root's is 0.
    n_samples
        Samples that it was fitted on.
    """
    nodes = tree.tree_
    if nodes.max_depth != depth:
        return bool(nodes.max_depth < depth)
    level = np.zeros(1, np.intp)
    for _ in range(depth):
        below = np.concatenate([nodes.children_left[level], nodes.children_right[level]])
        level = below[below >= 0]
    needed = max(
        _count(tree.min_samples_split, n_samples), 2 * _count(tree.min_samples_leaf, n_samples)
    )
    tried = (nodes.impurity[level] > _PURE) & (nodes.n_node_samples[level] >= needed)
    return not tried.any()


def _count(value: float, n_samples: int) -> int:
    return value if isinstance(value, int) else math.ceil(value * n_samples)

"""Tuning a random forest: the scores of an exhaustive search, from fewer trees.

Two stages are searched, each as `GridSearchCV(RandomForestClassifier(random_state=seed), grid,
cv=folds, scoring="f1_macro")` would search it, with the very same scores. A tree that candidates
have in common is grown once, and what makes that exact is this:

- Candidates whose resolved parameters are equal are one; a ``min_samples_split`` of up to
  ``2 * min_samples_leaf`` changes nothing.
- The first k trees of a forest *are* the forest of k trees with the same ``random_state``.
- A tree that never tried to split a node at depth D is the tree of ``max_depth=D``. Any other is
  grown again from its own seed: scikit-learn splits depth first and draws from one stream of
  random numbers, so a cut shifts all draws that follow.
"""

from __future__ import annotations

import hashlib
import math
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from landloom.arrays import Float32s, Indices
from landloom.errors import LandloomError
from landloom.map.forest.tuning_units import Grid, Params, Unit, Value, candidates, name_of, text_of

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.tree import DecisionTreeClassifier


SCORING = "f1_macro"

STAGE1_FIXED: Mapping[str, Value] = {
    "n_estimators": 100,
    "min_samples_split": 2,
    "class_weight": None,
}
"""What stage 1 does not search: scikit-learn's defaults."""

_SEARCHED = frozenset((*STAGE1_FIXED, "max_features", "max_depth", "min_samples_leaf"))
_PURE = float(np.finfo(np.float64).eps)
"""The impurity up to which scikit-learn takes a node for pure and leaves it whole."""


# --- what only the data's number of bands tells ---------------------------------------------------


_MAX_FEATURES = "map.tuning.stage1.max_features"


def resolve_max_features(value: Value, n_bands: int) -> int:
    """Return the number of bands that a split looks at.

    Parameters
    ----------
    value
        ``"sqrt"``, ``"log2"``, ``"n/k"`` for any whole k, a count, a share in (0, 1], or None for
        all bands. Fractions are cut off, as scikit-learn does, but one band is looked at.
    n_bands
        Bands of the embedding.

    Raises
    ------
    LandloomError
        The value is none of these, or more bands than there are.
    """
    if divisor := _divisor(value):
        return max(1, n_bands // divisor)
    if value is None:
        return n_bands
    if value == "sqrt":
        return math.isqrt(n_bands)
    if value == "log2":
        return max(1, n_bands.bit_length() - 1)
    if isinstance(value, float) and 0 < value <= 1:
        return max(1, int(value * n_bands))
    if isinstance(value, int) and 1 <= value <= n_bands:
        return value
    raise LandloomError(
        f"{_MAX_FEATURES}: {value!r} does not choose among {n_bands} bands; use sqrt, log2, n/k, a "
        f"count from 1 to {n_bands}, a share in (0, 1] such as 0.5, or null for all bands."
    )


def _divisor(value: Value) -> int | None:
    share = re.fullmatch(r"n/([1-9]\d*)", value) if isinstance(value, str) else None
    return int(share[1]) if share else None


def check_max_features(values: Iterable[Value], n_bands: int) -> None:
    """Check the values that a user wrote, all at once, before anything is fitted.

    Stricter than `resolve_max_features`, which takes ``n/16`` of 8 bands for one band so that the
    default grid serves every embedding: whoever writes it means something else.

    Raises
    ------
    LandloomError
        One line for each value that comes to no band or to more bands than there are.
    """
    errors = []
    for value in values:
        divisor = _divisor(value)
        if divisor and divisor > n_bands:
            errors.append(
                f"{_MAX_FEATURES}: {value} of {n_bands} bands is less than one band; "
                f"divide by {n_bands} at most, or use sqrt or log2."
            )
            continue
        try:
            resolve_max_features(value, n_bands)
        except LandloomError as error:
            errors.append(str(error))
    if errors:
        raise LandloomError("\n".join(errors))


def resolve(params: Mapping[str, Value], n_bands: int) -> Params:
    """Return parameters that scikit-learn takes: ``max_features`` as a count of bands."""
    return {**params, "max_features": resolve_max_features(params["max_features"], n_bands)}


def key_of(params: Mapping[str, Value], n_bands: int) -> str:
    """Return the name that candidates share exactly when they grow the same forest.

    Parameters
    ----------
    params
        All six parameters of the two stages.
    n_bands
        Bands of the embedding.
    """
    resolved = resolve(params, n_bands)
    split, leaf = resolved["min_samples_split"], resolved["min_samples_leaf"]
    if isinstance(split, int) and isinstance(leaf, int):
        resolved["min_samples_split"] = max(split, 2 * leaf)
    return name_of(resolved)


def keys_of(unit: Unit, fixed: Mapping[str, Value], n_bands: int) -> list[str]:
    """Return `key_of` of each of a unit's candidates."""
    return [key_of({**fixed, **params}, n_bands) for params in unit.candidates()]


def representatives(
    units: Iterable[Unit], fixed: Mapping[str, Value], n_bands: int
) -> dict[str, str]:
    """Map the name of each unit to that of the first unit which grows the same forests.

    Of 64 bands, ``sqrt`` and ``n/8`` are one; after ``min_samples_leaf: 5``, so are
    ``min_samples_split`` of 2 and 10.

    Parameters
    ----------
    units
        The units of one stage.
    fixed
        The parameters that the stage does not search.
    n_bands
        Bands of the embedding.
    """
    first: dict[tuple[str, ...], str] = {}
    same = {}
    for unit in units:
        keys = tuple(keys_of(unit, fixed, n_bands))
        same[unit.name] = first.setdefault(keys, unit.name)
    return same


# --- scores ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CandidateScore:
    """A candidate's score on each fold.

    Parameters
    ----------
    params
        The parameters of its stage, as the grid writes them.
    key
        What `key_of` calls it: the name under which its scores may be kept.
    scores
        Macro-averaged F1 of each fold.
    """

    params: Params
    key: str
    scores: tuple[float, ...]


@dataclass(frozen=True)
class UnitScores:
    """A unit's candidates in the order of its values, and the work that they took.

    The work depends on what was known: tell it in the log, not in a file that should be the same
    whenever it is made.

    Parameters
    ----------
    candidates
        One for each value of the unit.
    fitted
        Keys of those that were not known.
    trees
        Trees grown, over all folds.
    """

    candidates: tuple[CandidateScore, ...]
    fitted: tuple[str, ...]
    trees: int


def fingerprint(X: Float32s, y: npt.ArrayLike, folds: int, seed: int) -> str:
    """Return a digest of all that a candidate's scores depend on besides its parameters.

    Scores kept under a candidate's key are those of another run just when the digests agree. The
    versions of scikit-learn and numpy are part of it.

    Parameters
    ----------
    X
        Features, (samples, bands).
    y
        Labels, (samples,).
    folds, seed
        As for `score_unit`.
    """
    classes, codes = np.unique(np.asarray(y), return_inverse=True)
    told = (X.shape, classes.tolist(), folds, seed, SCORING, sorted(versions().items()))
    digest = hashlib.sha256(repr(told).encode())
    digest.update(np.ascontiguousarray(X, dtype="<f4").tobytes())
    digest.update(np.ascontiguousarray(codes, dtype="<i8").tobytes())
    return digest.hexdigest()[:32]


def versions() -> dict[str, str]:
    """Return the versions of the packages that decide the scores."""
    import sklearn

    return {"scikit-learn": sklearn.__version__, "numpy": np.__version__}


def score_unit(
    X: Float32s,
    y: npt.ArrayLike,
    unit: Unit,
    fixed: Mapping[str, Value],
    *,
    folds: int,
    seed: int,
    n_jobs: int = 1,
    known: Mapping[str, Sequence[float]] | None = None,
) -> UnitScores:
    """Score a unit's candidates as `GridSearchCV` would, to the last bit.

    Parameters
    ----------
    X
        Features without NaN, (samples, bands).
    y
        Labels, integers or text, (samples,).
    unit
        The candidates.
    fixed
        The parameters that the unit's stage does not search: `STAGE1_FIXED`, or stage 1's best.
    folds
        Stratified folds, not shuffled.
    seed
        The forests' ``random_state``.
    n_jobs
        Folds scored at once, each in one thread. It changes no score.
    known
        Scores by `CandidateScore.key`, from runs with the same `fingerprint`. What is known is not
        fitted again.

    Raises
    ------
    LandloomError
        See `resolve_max_features`.
    """
    known = known or {}
    n_bands = X.shape[1]
    wanted = unit.candidates()
    resolved = [resolve({**fixed, **params}, n_bands) for params in wanted]
    if any(params.keys() != _SEARCHED for params in resolved):
        raise ValueError(f"unit and fixed parameters must make up {sorted(_SEARCHED)}")
    keys = keys_of(unit, fixed, n_bands)
    missing = {key: p for key, p in zip(keys, resolved, strict=True) if key not in known}
    fresh, trees = _cross_validate(X, y, missing, folds, seed, n_jobs)
    scored = (
        CandidateScore(params, key, tuple(fresh[key] if key in fresh else known[key]))
        for params, key in zip(wanted, keys, strict=True)
    )
    return UnitScores(tuple(scored), tuple(missing), trees)


def _cross_validate(
    X: Float32s,
    y: npt.ArrayLike,
    forests: Mapping[str, Params],
    folds: int,
    seed: int,
    n_jobs: int,
) -> tuple[dict[str, tuple[float, ...]], int]:
    """Score forests, given by key, that differ in depth and size alone; count the trees grown."""
    from joblib import Parallel, delayed

    if not forests:
        return {}, 0
    codes = np.unique(np.asarray(y), return_inverse=True)[1]
    X = np.ascontiguousarray(X, dtype=np.float32)
    # Threads: growing a tree releases the interpreter's lock, and nothing need be copied.
    results = Parallel(n_jobs=n_jobs, prefer="threads")(
        delayed(_score_fold)(X, codes, train, test, list(forests.values()), seed)
        for train, test in _splits(codes, folds)
    )
    by_forest = zip(*(scores for scores, _ in results), strict=True)
    return dict(zip(forests, by_forest, strict=True)), sum(grown for _, grown in results)


def _splits(codes: Indices, folds: int) -> list[tuple[Indices, Indices]]:
    from sklearn.model_selection import StratifiedKFold

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # small classes: told with the samples
        return list(StratifiedKFold(folds).split(codes, codes))


def _score_fold(
    X: Float32s, codes: Indices, train: Indices, test: Indices, forests: Sequence[Params], seed: int
) -> tuple[list[float], int]:
    from sklearn.ensemble import RandomForestClassifier

    limits = sorted({_limit(params) for params in forests}, reverse=True)
    size = max(int(params["n_estimators"] or 0) for params in forests)
    deepest = next(params for params in forests if _limit(params) == limits[0])
    forest = RandomForestClassifier(
        **{**deepest, "n_estimators": size}, random_state=seed, n_jobs=1
    ).fit(X[train], codes[train])
    trees, grown = forest.estimators_, size
    scores: dict[tuple[float, Value], float] = {}
    for limit in limits:
        if limit != limits[0]:
            trees, regrown = _limited(forest, trees, int(limit), X[train], codes[train])
            grown += regrown
        sizes = {params["n_estimators"] for params in forests if _limit(params) == limit}
        for count, score in _scores_by_size(trees, sizes, forest.classes_, X[test], codes[test]):
            scores[limit, count] = score
    return [scores[_limit(params), params["n_estimators"]] for params in forests], grown


def _limit(params: Params) -> float:
    depth = params["max_depth"]
    return math.inf if depth is None else float(depth)


def _limited(
    forest: RandomForestClassifier,
    trees: Sequence[DecisionTreeClassifier],
    max_depth: int,
    X: Float32s,
    y: Indices,
) -> tuple[list[DecisionTreeClassifier], int]:
    """Return the trees as `max_depth` makes them, and how many of them had to be grown for it."""
    from sklearn.base import clone

    stale = {i for i, tree in enumerate(trees) if not _stays_above(tree, max_depth, len(X))}
    samples = forest.estimators_samples_ if stale else ()
    y = np.searchsorted(forest.classes_, y)
    limited = list(trees)
    for i in stale:
        weights = _weights(samples[i], y, forest.class_weight)
        tree = clone(trees[i]).set_params(max_depth=max_depth)
        limited[i] = tree.fit(X, y, sample_weight=weights, check_input=False)
    return limited, len(stale)


def _weights(
    drawn: npt.NDArray[np.int32], y: Indices, class_weight: str | None
) -> npt.NDArray[np.float64]:
    """Return the samples' weights in a tree, as the forest makes them of its bootstrap draw."""
    from sklearn.utils.class_weight import compute_sample_weight

    weights = np.bincount(drawn, minlength=len(y)).astype(np.float64)
    if class_weight == "balanced_subsample":
        weights *= compute_sample_weight("balanced", y, indices=drawn)
    return weights


def _stays_above(tree: DecisionTreeClassifier, depth: int, n_samples: int) -> bool:
    """Tell whether growing a tree never tried to split a node at `depth` or below."""
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


def _scores_by_size(
    trees: Sequence[DecisionTreeClassifier],
    sizes: Iterable[Value],
    classes: Indices,
    X: Float32s,
    y: Indices,
) -> list[tuple[int, float]]:
    """Return the score of the forests that the first trees make up."""
    from sklearn.metrics import f1_score

    wanted = set(sizes)
    votes = np.zeros((len(X), len(classes)))
    scores = []
    for count, tree in enumerate(trees, start=1):
        votes += tree.predict_proba(X, check_input=False)
        if count in wanted:
            predicted = classes.take(np.argmax(votes / count, axis=1))
            scores.append((count, float(f1_score(y, predicted, average="macro"))))
    return scores


def gather(units: Iterable[Mapping[str, Any]]) -> list[CandidateScore]:
    """Collect the scores of a stage's units.

    Parameters
    ----------
    units
        Of each unit ``unit`` (its name), ``params`` of its candidates in order, ``scores``
        (`CandidateScore` as plain data), and ``same_as``: the unit whose scores are its own.
    """
    read = {unit["unit"]: unit for unit in units}
    return [
        CandidateScore(params, score["key"], tuple(score["scores"]))
        for unit in read.values()
        for params, score in zip(unit["params"], read[unit["same_as"]]["candidates"], strict=True)
    ]


# --- the result of a stage ------------------------------------------------------------------------


def rank(
    grid: Grid, scores: Iterable[CandidateScore], fixed: Mapping[str, Value], n_bands: int
) -> dict[str, Any]:
    """Put a stage's candidates into `GridSearchCV`'s order, with its means, ranks and winner.

    Parameters
    ----------
    grid
        The stage's grid.
    scores
        The candidates of its units in any order; of equal units (see `representatives`), one's.
    fixed
        The parameters that the stage does not search.
    n_bands
        Bands of the embedding.

    Returns
    -------
    dict
        Ready for JSON, where floats keep every bit. ``candidates`` in the grid's order, each with
        ``params`` (the grid's values), ``resolved`` (all six, as scikit-learn takes them),
        ``split_test_scores``, ``mean_test_score``, ``std_test_score`` and ``rank_test_score``;
        ``best_index``; ``best_params`` (the winner's ``resolved``); ``scoring`` and ``versions``.

    Raises
    ------
    KeyError
        A candidate has no score.
    """
    from scipy.stats import rankdata

    by_key = {score.key: score.scores for score in scores}
    wanted = candidates(grid)
    keys = [key_of({**fixed, **params}, n_bands) for params in wanted]
    table = np.array([by_key[key] for key in keys], dtype=np.float64)
    means = np.average(table, axis=1)
    stds = np.sqrt(np.average((table - means[:, np.newaxis]) ** 2, axis=1))
    ranks = rankdata(-means, method="min").astype(int)
    resolved = [resolve({**fixed, **params}, n_bands) for params in wanted]
    best = int(ranks.argmin())
    return {
        "scoring": SCORING,
        "best_index": best,
        "best_params": resolved[best],
        "candidates": [
            {
                "params": params,
                "resolved": resolved[i],
                "split_test_scores": table[i].tolist(),
                "mean_test_score": float(means[i]),
                "std_test_score": float(stds[i]),
                "rank_test_score": int(ranks[i]),
            }
            for i, params in enumerate(wanted)
        ],
        "versions": versions(),
    }


def describe_best(result: Mapping[str, Any]) -> str:
    """Return the winner of a stage, as `rank` gives it, in lines for people."""
    winner = result["candidates"][result["best_index"]]
    lines = [f"{name}: {text_of(value)}" for name, value in sorted(winner["resolved"].items())]
    score = f"{winner['mean_test_score']:.4f} ± {winner['std_test_score']:.4f}"
    packages = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return "\n".join([*lines, f"{result['scoring']}: {score}", f"with {packages}", ""])

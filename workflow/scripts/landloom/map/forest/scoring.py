"""Scoring candidates: the scores of an exhaustive search, from fewer trees.

Two stages are searched, each as `GridSearchCV(RandomForestClassifier(random_state=seed), grid,
cv=folds, scoring="f1_macro")` would search it, with the very same scores, also of folds that are
given. A tree that candidates have in common is grown once: the first k trees of a forest *are* the
forest of k trees with the same ``random_state``, and `landloom.map.forest.limited_trees` tells
which trees a limit of the depth leaves as they are.
"""

from __future__ import annotations

import hashlib
import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from landloom.arrays import Float32s, Indices, Int64s
from landloom.map.forest.limited_trees import limit_depth
from landloom.map.forest.parameters import STAGE1_FIXED, keys_of, resolve
from landloom.map.forest.scores import SCORING, CandidateScore, UnitScores, versions
from landloom.map.forest.tuning_units import Params, Unit, Value

if TYPE_CHECKING:
    from sklearn.tree import DecisionTreeClassifier

_SEARCHED = frozenset((*STAGE1_FIXED, "max_features", "max_depth", "min_samples_leaf"))


@dataclass(frozen=True)
class Problem:
    """What candidates are scored on.

    Attributes
    ----------
    X
        Features without NaN, (samples, bands).
    y
        Labels, integers or text, (samples,).
    folds
        How many folds, stratified, not shuffled; or each sample's fold, (samples,), whose numbers
        are in the order in which folds are scored.
    seed
        The forests' ``random_state``.
    """

    X: Float32s
    y: npt.ArrayLike
    folds: int | Int64s
    seed: int

    @property
    def n_folds(self) -> int:
        """Scores that a candidate has."""
        return self.folds if isinstance(self.folds, int) else int(np.unique(self.folds).size)

    @property
    def n_bands(self) -> int:
        """Bands of the embedding."""
        return int(self.X.shape[1])

    def fingerprint(self) -> str:
        """Return a digest of all that a candidate's scores depend on besides its parameters.

        Scores kept under a candidate's key are those of another run just when the digests agree.
        The versions of scikit-learn and numpy are part of it.
        """
        classes, codes = np.unique(np.asarray(self.y), return_inverse=True)
        told = (
            self.X.shape,
            classes.tolist(),
            self.folds if isinstance(self.folds, int) else self.folds.tolist(),
            self.seed,
            SCORING,
            sorted(versions().items()),
        )
        digest = hashlib.sha256(repr(told).encode())
        digest.update(np.ascontiguousarray(self.X, dtype="<f4").tobytes())
        digest.update(np.ascontiguousarray(codes, dtype="<i8").tobytes())
        return digest.hexdigest()[:32]


def score_unit(
    problem: Problem,
    unit: Unit,
    fixed: Mapping[str, Value],
    *,
    n_jobs: int = 1,
    known: Mapping[str, Sequence[float]] | None = None,
) -> UnitScores:
    """Score a unit's candidates as `GridSearchCV` would, to the last bit.

    Parameters
    ----------
    problem
        What they are scored on.
    unit
        The candidates.
    fixed
        The parameters that the unit's stage does not search: `STAGE1_FIXED`, or stage 1's best.
    n_jobs
        Folds scored at once, each in one thread. It changes no score.
    known
        Scores by `CandidateScore.key`, from runs with the same `Problem.fingerprint`. What is known
        is not fitted again.

    Raises
    ------
    LandloomError
        See `landloom.map.forest.parameters.resolve_max_features`.
    """
    known = known or {}
    wanted = unit.candidates()
    resolved = [resolve({**fixed, **params}, problem.n_bands) for params in wanted]
    if any(params.keys() != _SEARCHED for params in resolved):
        raise ValueError(f"unit and fixed parameters must make up {sorted(_SEARCHED)}")
    keys = keys_of(unit, fixed, problem.n_bands)
    missing = {key: p for key, p in zip(keys, resolved, strict=True) if key not in known}
    fresh, trees = _cross_validate(problem, missing, n_jobs)
    scored = (
        CandidateScore(params, key, tuple(fresh[key] if key in fresh else known[key]))
        for params, key in zip(wanted, keys, strict=True)
    )
    return UnitScores(tuple(scored), tuple(missing), trees)


def _cross_validate(
    problem: Problem, forests: Mapping[str, Params], n_jobs: int
) -> tuple[dict[str, tuple[float, ...]], int]:
    """Score forests, given by key, that differ in depth and size alone; count the trees grown."""
    from joblib import Parallel, delayed

    if not forests:
        return {}, 0
    codes = np.unique(np.asarray(problem.y), return_inverse=True)[1]
    X = np.ascontiguousarray(problem.X, dtype=np.float32)
    # Threads: growing a tree releases the interpreter's lock, and nothing need be copied.
    results = Parallel(n_jobs=n_jobs, prefer="threads")(
        delayed(_score_fold)(X, codes, train, test, list(forests.values()), problem.seed)
        for train, test in splits(codes, problem.folds)
    )
    by_forest = zip(*(scores for scores, _ in results), strict=True)
    return dict(zip(forests, by_forest, strict=True)), sum(grown for _, grown in results)


def splits(codes: Indices, folds: int | Int64s) -> list[tuple[Indices, Indices]]:
    """Return what is learned from and what is judged in each fold, as `Problem.folds` has them.

    Parameters
    ----------
    codes
        Places of the labels among the classes, (samples,).
    folds
        As in `Problem`.
    """
    from sklearn.model_selection import PredefinedSplit, StratifiedKFold

    if not isinstance(folds, int):
        return list(PredefinedSplit(folds).split())
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
            trees, regrown = limit_depth(forest, trees, int(limit), X[train], codes[train])
            grown += regrown
        sizes = {params["n_estimators"] for params in forests if _limit(params) == limit}
        for count, score in _scores_by_size(trees, sizes, forest.classes_, X[test], codes[test]):
            scores[limit, count] = score
    return [scores[_limit(params), params["n_estimators"]] for params in forests], grown


def _limit(params: Params) -> float:
    depth = params["max_depth"]
    return math.inf if depth is None else float(depth)


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

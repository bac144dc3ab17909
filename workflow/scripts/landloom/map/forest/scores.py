"""Scores of candidates, and what they are measured with."""

from __future__ import annotations

from dataclasses import dataclass

from landloom.job.versions import versions_of
from landloom.map.forest.tuning_units import Params

SCORING = "f1_macro"


@dataclass(frozen=True)
class CandidateScore:
    """A candidate's score on each fold.

    Parameters
    ----------
    params
        The parameters of its stage, as the grid writes them.
    key
        What `landloom.map.forest.parameters.key_of` calls it: the name under which its scores may
        be kept.
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


def versions() -> dict[str, str]:
    """Return the versions of the packages that decide the scores."""
    return versions_of("scikit-learn", "numpy")

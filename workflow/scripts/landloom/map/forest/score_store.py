"""Scores of candidates that were fitted once, kept beside the targets of the tuning.

A grid that gains a value makes jobs run again that fitted most of their candidates before.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from landloom.job.files import read_json, write_json
from landloom.job.integrity import is_damaged, record

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ScoreStore:
    """A folder with a file of scores for each candidate, by its key.

    Attributes
    ----------
    folder
        One for all that the scores depend on besides the candidate: data, folds, seed, versions of
        the packages and of the code that scores.
    folds
        How many scores a candidate has.
    """

    folder: Path
    folds: int

    def known(self, keys: Iterable[str]) -> dict[str, list[float]]:
        """Return the scores that are kept. A damaged file counts as none: it is made anew."""
        found = {key: self._read(key) for key in keys}
        return {key: scores for key, scores in found.items() if scores is not None}

    def keep(self, key: str, scores: Sequence[float]) -> None:
        """Keep a candidate's scores."""
        write_json(self._path(key), list(scores))
        record(self._path(key))

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"

    def _read(self, key: str) -> list[float] | None:
        if is_damaged(self._path(key)):
            log.info("%s is damaged, and made anew", self._path(key))
            return None
        try:
            scores = read_json(self._path(key))
        except (OSError, ValueError):
            return None
        whole = isinstance(scores, list) and len(scores) == self.folds
        return scores if whole and all(isinstance(score, float) for score in scores) else None

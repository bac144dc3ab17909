"""Early cutoff: which files of a run came out just as they were before it.

What was made from such a file alone has no need to be made again, though the file is newer now.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from landloom.job.integrity import MADE_AS_A_WHOLE, recorded
from landloom.job.notes import notes_on


class _Holds(NamedTuple):
    """What its job recorded of a file's bytes, if it did, and what it noted beside it."""

    digest: str | None
    notes: list[str]

    @classmethod
    def of(cls, path: str) -> _Holds:
        try:
            return cls(recorded(path), notes_on(path))
        except OSError:  # what cannot be read is not known
            return _UNKNOWN


_UNKNOWN = _Holds(None, [])


class _Before(NamedTuple):
    """What there was of a file: when it was made, in seconds since 1970, and what it held."""

    time: float | None
    held: _Holds


class Cutoff:
    """Knows the files that a run makes, as they were before."""

    def __init__(self) -> None:
        self._before: dict[str, _Before] = {}

    def about_to_make(self, paths: Iterable[str], *, anew: bool = False) -> None:
        """Note what there is of files, before a job makes them.

        Of a job that is tried again the first look counts: what it left when it failed is not
        what others were made from.

        Parameters
        ----------
        paths
            The files.
        anew
            Whether the user has asked to make them, and so all that is made from them: they never
            count as they were before. Nor does a file that is missing.
        """
        for path in paths:
            if path not in self._before:
                time = time_of(path)
                known = not anew and time is not None
                self._before[path] = _Before(time, _Holds.of(path) if known else _UNKNOWN)

    def has_begun(self, paths: Iterable[str]) -> bool:
        """Return whether the run has begun to make some of these files."""
        return not self._before.keys().isdisjoint(paths)

    @staticmethod
    def made(paths: Iterable[str]) -> float:
        """Return when the first of some files was made, in seconds since 1970."""
        return min(time_of(path) or 0.0 for path in paths)

    def is_as_before(self, path: str) -> bool:
        """Return whether a file holds what it held before the run, notes and all.

        True for what the run has not begun to make; False where it has, and that is not known.
        """
        if path not in self._before:
            return True
        held = self._before[path].held
        return held.digest is not None and held == _Holds.of(path)

    def was_older(self, path: str, than: float) -> bool:
        """Return whether a file was made, before the run, by some time (seconds since 1970)."""
        before = self._before[path].time if path in self._before else time_of(path)
        return before is not None and before <= than


def time_of(path: str | Path) -> float | None:
    """Return when a file was made, in seconds since 1970; of a link, the later of both.

    Of a folder that one job makes it is that of Snakemake's mark. None where there is none, or
    where that cannot be read.
    """
    path = Path(path)
    try:
        if path.is_dir():
            path /= MADE_AS_A_WHOLE
        return max(path.lstat().st_mtime, path.stat().st_mtime)
    except OSError:
        return None

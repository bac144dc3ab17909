"""What a job that works for long has finished so far, kept for the one that goes on after a kill.

Pieces of a target lie beside it, those of ``map/blocks/r000-c001x8.tif`` in
``map/blocks/.unfinished/r000-c001x8/``, in a folder that is named by a digest of all that they are
made from. So none is ever taken that was made from something else; and Snakemake, which knows
nothing of them, deletes none when it starts the job anew.

The finished target stays there, too, under a second name for the same bytes, until a job reads the
target: the jobs of a run that is killed may end all the same, and Snakemake, which has not seen
it, has them done again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from landloom.copies import is_copy
from landloom.job.files import sha256_of, whole_file
from landloom.job.integrity import digest_on_record, forget, is_damaged, record
from landloom.job.versions import versions_of

FOLDER = ".unfinished"
"""Name of the folders that hold pieces."""

log = logging.getLogger("landloom")


class Kept:
    """The finished pieces of a target.

    Parameters
    ----------
    target
        The file that is made of them.
    reads
        The files that they are made from: those that a job made count by their digests, as do
        copies of what lies in an object store, which are fetched anew; others by size and time.
    params
        What else they follow from, the digest of the code among it. Versions count, too.
    """

    def __init__(
        self, target: str | Path, reads: Iterable[str | Path], params: Mapping[str, Any]
    ) -> None:
        self._target = Path(target)
        self._all = _folder_of(self._target)
        self._made_from = reads, params

    @cached_property
    def _folder(self) -> Path:
        return self._all / _digest_of(*self._made_from)

    def path(self, name: str) -> Path:
        """Return where a piece lies, or will."""
        return self._folder / name

    def has(self, name: str) -> bool:
        """Return whether a piece is finished and has a digest, and is as it was left."""
        piece = self.path(name)
        return digest_on_record(piece) is not None and not is_damaged(piece)

    @contextmanager
    def adding(self, name: str) -> Iterator[Path]:
        """Yield a name to write a piece to, which then is finished."""
        with whole_file(self.path(name)) as draft:
            yield draft
        record(self.path(name), stays=True)

    def tell(self, finished: int, pieces: int) -> None:
        """Log how many were finished before; those that were made from something else go."""
        for other in self._all.glob("*"):
            if other != self._folder:
                shutil.rmtree(other, ignore_errors=True)
        if finished:
            log.info("%d of %d pieces were finished before", finished, pieces)

    @property
    def is_finished(self) -> bool:
        """Whether the target was finished before, and nothing has read it since."""
        return self.has(self._target.name)

    def restore(self) -> bool:
        """Put the target in place where it was finished before; return whether it was."""
        if not self.is_finished:
            return False
        with whole_file(self._target) as draft:
            os.link(self.path(self._target.name), draft)
            os.utime(draft)  # what it is made from may have been made again, with the same bytes
        log.info("it was finished before")
        return True

    def end(self) -> None:
        """Keep the target in place of its pieces, until a job reads it: see `clear`.

        A copy of what lies in an object store is sent away, and keeps no room.
        """
        whole = self.path(self._target.name)
        if is_copy(self._target) or not _linked(self._target, whole):
            clear([self._target])
            return
        record(whole)
        for piece in self._folder.iterdir():
            if piece != whole and piece.is_file():
                piece.unlink(missing_ok=True)
                forget(piece)


def clear(targets: Iterable[str | Path]) -> None:
    """Remove what is kept of targets that are finished, and known to be."""
    for target in map(Path, targets):
        folder = _folder_of(target)
        if folder.is_dir():
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):  # others have pieces there
                folder.parent.rmdir()


def _linked(file: Path, name: Path) -> bool:
    """Give a file a second name; return False where the file system has none."""
    name.unlink(missing_ok=True)
    try:
        os.link(file, name)
    except OSError:
        return False
    return True


def _folder_of(target: Path) -> Path:
    return target.parent / FOLDER / target.stem


def _digest_of(reads: Iterable[str | Path], params: Mapping[str, Any]) -> str:
    """Return a digest of what pieces are made from."""
    files = [[str(path), _told_of(path)] for path in reads]
    by = versions_of("GDAL", "numpy")
    told = json.dumps([files, dict(params), by], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _told_of(path: str | Path) -> str | list[int]:
    if digest := digest_on_record(path):
        return digest
    if is_copy(path):  # whose time is that at which it was fetched
        return sha256_of(path)
    stat = Path(path).stat()
    return [stat.st_size, stat.st_mtime_ns]

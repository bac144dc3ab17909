"""Writing files so that they appear whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from landloom.job.lacks import no_room

_FULL = 2**16
"""Bytes left on a disk that has no room for another block of a file."""


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Yield a name to write to, and put the finished file in place in one step.

    The name has the file's own suffix, since drivers go by it, and the writer's machine and
    process number, so that two writers of the same file (a job that a cluster started twice) do
    not mix. What a writer that was killed outright (SIGKILL) left of this file is removed first.

    The file is on the disk before it gets its name, so that a loss of power leaves none that is
    whole by its name alone.

    Parameters
    ----------
    path
        Where the file belongs; its folder is made.

    Yields
    ------
    pathlib.Path
        Where to write. Removed when the block raises.

    Raises
    ------
    OSError
        ``ENOSPC`` where the disk is full, ``EFBIG`` where a limit on files is met, whatever the
        block raised, or nothing; others as the block raises them, with the name of this file if
        they had none.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_drafts_of_the_dead(path)
    draft = path.with_name(f".{path.stem}.{machine()}.{os.getpid()}{path.suffix}")
    try:
        yield draft
        # GDAL closes a raster whose last blocks found no room, and says nothing.
        _refuse_full_disk(path)
        _refuse_limit(draft, path)
        _to_disk(draft)
        draft.replace(path)
        _to_disk(path.parent)
    except Exception as error:
        # GDAL, SQLite and Arrow each word a full disk in a way of their own.
        _refuse_full_disk(path, error)
        _refuse_limit(draft, path, error)
        if isinstance(error, OSError):
            if not error.errno and (lack := no_room(path.parent)):
                raise OSError(lack.errno, lack.strerror, str(path)) from error
            _name(error, path)
        raise
    finally:
        for leftover in _beginning_with(draft.name, path.parent):
            leftover.unlink()


def machine() -> str:
    """Return the name of this machine, which goes into the names of what a process will remove."""
    return os.uname().nodename


def _remove_drafts_of_the_dead(path: Path) -> None:
    """Remove drafts of a file whose writers are no more, and what drivers put beside them.

    Those of other machines stay: whether their writers are alive cannot be told from here.
    """
    begins = f".{path.stem}.{machine()}."
    for file in _beginning_with(begins, path.parent):
        found = re.match(rf"(\d+){re.escape(path.suffix)}", file.name.removeprefix(begins))
        if found and not is_another_at_work(int(found[1])):
            file.unlink(missing_ok=True)


def _beginning_with(name: str, folder: Path) -> list[Path]:
    """Return the files of a folder whose names begin so.

    `Path.glob` would compile a pattern for each name: a third of a millisecond, many files a job.
    """
    try:
        with os.scandir(folder) as files:
            return [folder / file.name for file in files if file.name.startswith(name)]
    except OSError:  # it is gone
        return []


def is_another_at_work(process: int) -> bool:
    """Return whether a process of this machine, not this one, is alive."""
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def _refuse_full_disk(path: Path, cause: Exception | None = None) -> None:
    if shutil.disk_usage(path.parent).free < _FULL:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from cause


def _refuse_limit(draft: Path, path: Path, cause: Exception | None = None) -> None:
    """Raise where a draft has grown to what the shell allows (`ulimit -f`); drivers are silent."""
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    if limit == resource.RLIM_INFINITY:
        return
    sizes = [file.stat().st_size for file in _beginning_with(draft.name, path.parent)]
    if max(sizes, default=0) >= limit:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path)) from cause


def _to_disk(path: Path) -> None:
    """Have what was written reach the disk; not all file systems do that for folders.

    By `benchmarks/fsync.py`, a file of 10 kB takes 0.7 ms with it and 0.2 without, one of 30 MB 87
    and 3, which is the disk's pace; with a busy disk, 16 ms at the least. A job has one to three.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        if path.is_file():
            raise
    finally:
        os.close(descriptor)


def _name(error: OSError, path: Path) -> None:
    if not error.filename and not error.errno:  # drivers of GDAL: their words are all there is
        raise OSError(f"{path}: cannot be written ({error.__cause__ or error})") from error
    error.filename = error.filename or str(path)

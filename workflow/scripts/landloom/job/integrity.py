"""Are finished files still what the jobs that made them left?

The SHA-256 of each file that a job makes is kept beside it: for ``map/points.parquet`` in
``map/.digests/points.parquet.sha256``, as ``sha256sum`` writes it. So the files themselves stay as
they are, whatever their format; their records travel along with the folder; and what was cut short,
altered or put in a file's place is noticed by the next job that reads it, before it does anything.

What has no record, as a user's own raster, is taken as it is. So is a copy of what lies in an
object store, which keeps digests itself: a record would lie on one machine, and outlast the copy.
"""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from landloom.copies import is_copy
from landloom.errors import LandloomError
from landloom.job.files import sha256_of, whole_file

log = logging.getLogger(__name__)

RECORDS = ".digests"
"""Name of the folders that hold records."""

_SHOWN = 10
"""Files that a message names."""

MADE_AS_A_WHOLE = ".snakemake_timestamp"
"""Snakemake's mark of a folder that one job makes, and of which it knows no single files."""


@dataclass(frozen=True)
class Damage:
    """A file that is not what it was.

    Attributes
    ----------
    file
        Which.
    found
        What there is in its place, in a few words.
    remedy
        What to delete for it to be made again: the file, or the folder of which it is a part.
    """

    file: Path
    found: str
    remedy: Path

    def __str__(self) -> str:
        what = "it" if self.remedy == self.file else f"the folder {self.remedy}"
        return (
            f"{self.file}: is damaged, or another file than its job made ({self.found}); delete "
            f"{what} and start again, and just that is made again"
        )

    def mend(self) -> None:
        """Delete what has to be made again."""
        if self.remedy == self.file:
            _remove(self.file)
            forget(self.file)
        else:
            with suppress(FileNotFoundError):  # with another file of it
                shutil.rmtree(self.remedy)


@contextmanager
def intact(reads: Iterable[str | Path], writes: Iterable[str | Path]) -> Iterator[None]:
    """Refuse damaged files before some work, and keep digests of what the work makes.

    A record of what is going to be made is removed first, so that a work that is killed leaves none
    that speaks of another file.

    Parameters
    ----------
    reads
        Files, or folders that were made as a whole.
    writes
        The same, of what the block makes.

    Raises
    ------
    LandloomError
        Where files are not what they were: which, and what to do. The block is not entered.
    """
    writes = list(writes)
    starting = time.process_time()
    refuse_damaged(reads)
    for path in writes:
        forget(path)
    spent = time.process_time() - starting
    yield
    starting = time.process_time()
    for path in writes:
        record(path)
    spent += time.process_time() - starting
    if spent >= 0.01:
        log.info("CPU time for digests: %.2f s", spent)


def refuse_damaged(paths: Iterable[str | Path]) -> None:
    """Raise where files, or folders that were made as a whole, are not what they were.

    Raises
    ------
    LandloomError
        One message for all of them.
    """
    found = [damage for path in dict.fromkeys(map(Path, paths)) for damage in damages(path)]
    if not found:
        return
    lines = [str(damage) for damage in found[:_SHOWN]]
    if len(found) > _SHOWN:
        lines.append(f"and {len(found) - _SHOWN} more")
    if len(found) > 1:
        lines.append("(`snakemake repair --cores 1` deletes all such files)")
    raise LandloomError("\n".join(lines))


def record(path: str | Path, *, stays: bool = False) -> None:
    """Keep the digest of a finished file, or of all files below a folder, as what is to stay.

    Parameters
    ----------
    path
        Of a copy of what lies in an object store none is kept,
    stays
        unless it stays on this machine, though it lies among such copies.
    """
    path = Path(path)
    if is_copy(path) and not stays:
        return
    for file in _files_in(path) if path.is_dir() else [path]:
        with whole_file(_record_of(file)) as draft:
            draft.write_text(f"{sha256_of(file)}  {file.name}\n", encoding="utf-8")


def digest_of(path: str | Path) -> str:
    """Return the SHA-256 that a finished file was made with, or has, where no record is kept."""
    return _expected(Path(path)) or sha256_of(path)


def recorded(path: str | Path) -> str | None:
    """Return the digest that is kept of a file; None where none is.

    Of a folder that was made as a whole, a digest of all that are kept of its files.
    """
    path = Path(path)
    if not path.is_dir():
        return digest_on_record(path)
    kept = [(file.relative_to(path).as_posix(), _expected(file)) for file in _recorded_below(path)]
    return hashlib.sha256(repr(sorted(kept)).encode()).hexdigest()


def forget(path: str | Path) -> None:
    """Remove the record of a file; a folder's records go with the folder."""
    _remove(_record_of(Path(path)))


def _remove(path: Path) -> None:
    """Delete a file that may be gone, or a folder in its place."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def damages(path: str | Path) -> Iterator[Damage]:
    """Give what is wrong with a file, or with the files of a folder that was made as a whole."""
    path = Path(path)
    if is_copy(path):
        return
    as_a_whole = path.is_dir() and _expected(path) is None
    for file in _recorded_below(path) if as_a_whole else [path]:
        if found := _other(file):
            yield Damage(file, found, path)


def digest_on_record(path: str | Path) -> str | None:
    """Return the SHA-256 that is kept of a file; None where no record, or a spoilt one, is."""
    return _expected(Path(path)) or None


def is_damaged(path: str | Path) -> bool:
    """Return whether a file has a record and is not what that says."""
    return bool(_other(Path(path)))


def damaged_below(folder: str | Path) -> Iterator[Damage]:
    """Give all damaged files below a folder; records of files that are gone are removed.

    Missing files are not damaged: whoever needs one has it made.
    """
    for records in sorted(Path(folder).rglob(RECORDS)):
        home = records.parent
        whole = _whole_of(home, Path(folder))
        for file in _recorded_in(home):
            if not whole and not file.exists():
                forget(file)
            elif found := _other(file):
                yield Damage(file, found, whole or file)


def _whole_of(home: Path, folder: Path) -> Path | None:
    """Return the folder made as a whole, below another one, in which files lie; None if none is."""
    around = [home, *home.parents]
    below = around[: around.index(folder) + 1]
    return next((place for place in below if (place / MADE_AS_A_WHOLE).exists()), None)


def _record_of(file: Path) -> Path:
    return file.parent / RECORDS / f"{file.name}.sha256"


def _files_in(folder: Path) -> list[Path]:
    """Return the files below a folder, but for hidden ones and those of hidden folders."""
    hidden = re.compile(r"(^|/)\.")
    below = [file for file in folder.rglob("*") if file.is_file()]
    return [file for file in below if not hidden.search(file.relative_to(folder).as_posix())]


def _recorded_below(folder: Path) -> Iterator[Path]:
    """Give the files of a folder that have records; others' folders, as large stores, have none."""
    if (folder / RECORDS).is_dir() or (folder / MADE_AS_A_WHOLE).exists():
        for records in sorted(folder.rglob(RECORDS)):
            yield from _recorded_in(records.parent)


def _recorded_in(folder: Path) -> list[Path]:
    records = sorted((folder / RECORDS).glob("[!.]*.sha256"))
    return [folder / record.name.removesuffix(".sha256") for record in records]


def _expected(file: Path) -> str | None:
    """Return the digest that is kept of a file; None where none is, no text where it is spoilt."""
    try:
        text = _record_of(file).read_text(encoding="ascii", errors="replace").split(" ")[0]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except IsADirectoryError:
        return ""
    return text if re.fullmatch("[0-9a-f]{64}", text) else ""


def _other(file: Path) -> str:
    """Return what lies in a file's place, if that is not what it was; an empty text if it is."""
    expected = _expected(file)
    if expected is None:
        return ""
    try:
        digest, size = sha256_of(file), file.stat().st_size
    except FileNotFoundError:
        return "it is gone"
    except IsADirectoryError:
        return "a folder"
    # A job that makes the file meanwhile has taken the record away.
    if digest == expected or _expected(file) != expected:
        return ""
    if not expected:
        return "the record of its digest is spoilt"
    return f"{size} bytes of SHA-256 {digest[:12]}..., not {expected[:12]}..." if size else "empty"

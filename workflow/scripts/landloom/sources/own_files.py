"""Are the user's own files still what a run was made from?

Snakemake goes by times. A file whose content changes while its time stays (a copy that keeps times,
a clock that is set back, a disk that fails) goes unnoticed by it, so digests are kept of what was
read: as ``sha256sum`` writes them, and for what is too large to be read whole, of its size and of
samples of it, on lines that ``sha256sum`` passes over.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from landloom.errors import LandloomError
from landloom.job.files import sha256_of
from landloom.sources.verification import record_text, spoilt

BLOCK = 2**20
"""Bytes of a sample."""

SAMPLES = 64
"""Samples of a file, besides its first and its last block."""

LARGEST_FILE = 2**30
"""Bytes of a file that is read whole."""

LARGEST_SUM = 8 * 2**30
"""Bytes of all files that are read whole; the smallest of them are."""

_LINE = re.compile(r"(?P<escaped>\\?)(#sampled )?(?P<digest>[0-9a-f]{64})  (?P<path>.+)")
_HEADER = f"""\
# What the user's own files were, by SHA-256. `#sampled`: of the size and of {SAMPLES + 2} blocks of
# 1 MiB, since the files are large: the first, the last, and some in between.
"""


def digests_text(paths: Iterable[str]) -> str:
    """Return a record of files.

    Parameters
    ----------
    paths
        Files as they are opened. What is gone, or a folder, is left out.
    """
    files = {path: Path(path).stat().st_size for path in paths if Path(path).is_file()}
    whole = set(_read_whole(files))
    lines = [_line(path, sampled=path not in whole) for path in sorted(files)]
    return _HEADER + "".join(f"{line}\n" for line in lines)


def stamp(paths: Iterable[str]) -> str:
    """Return a digest of the names, sizes and times of files, which are not read."""
    states = [(path, Path(path).stat()) for path in sorted(paths)]
    lines = [f"{state.st_size} {state.st_mtime_ns} {path}\n" for path, state in states]
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _read_whole(files: dict[str, int]) -> Iterator[str]:
    total = 0
    for path, size in sorted(files.items(), key=lambda item: (item[1], item[0])):
        total += size
        if size > LARGEST_FILE or total > LARGEST_SUM:
            return
        yield path


def _line(path: str, sampled: bool) -> str:
    escaped = path.replace("\\", "\\\\")  # as sha256sum has it, with a mark at the beginning
    mark = "\\" if escaped != path else ""
    digest = sampled_digest(path) if sampled else sha256_of(path)
    return f"{'#sampled ' if sampled else mark}{digest}  {path if sampled else escaped}"


def sampled_digest(path: str | Path) -> str:
    """Return the SHA-256 of a file's size and of samples: the same ones for the same size."""
    size = Path(path).stat().st_size
    blocks = max(1, -(-size // BLOCK))
    places = random.Random(size).sample(range(blocks), min(SAMPLES, blocks))
    digest = hashlib.sha256(str(size).encode())
    with Path(path).open("rb") as file:
        for place in sorted({0, *places}):
            file.seek(place * BLOCK)
            digest.update(file.read(BLOCK))
        file.seek(max(0, size - BLOCK))
        digest.update(file.read(BLOCK))
    return digest.hexdigest()


def changed_files(record: str | Path) -> Iterator[str]:
    """Compare the user's own files with the record of a run, if there is one.

    Yields
    ------
    str
        A line for each file that is another one now, or gone; or that the record is damaged.
    """
    if not Path(record).exists():
        return
    try:
        kept = _kept(record)
    except LandloomError as error:
        yield str(error)
        return
    for found in kept:
        path = found["path"]
        path = path.replace("\\\\", "\\") if found["escaped"] else path
        yield from _changed(path, found["digest"], sampled=found[2] is not None)


def _kept(record: str | Path) -> list[re.Match[str]]:
    """Return what a record says of each file; nothing is taken of one that is damaged."""
    text = record_text(record)
    if not text:
        raise spoilt(record, "it is empty")
    if not text.endswith("\n"):
        raise spoilt(record, "it is cut short")
    kept = []
    for number, line in enumerate(text.split("\n")[:-1], 1):
        if found := _LINE.fullmatch(line):
            kept.append(found)
        elif not line.startswith("# "):
            raise spoilt(record, f"line {number} is no digest and path")
    return kept


def _changed(path: str, expected: str, sampled: bool) -> Iterator[str]:
    if not Path(path).is_file():
        yield f"{path}: is gone, and the results were made from it; put it back"
        return
    digest = sampled_digest(path) if sampled else sha256_of(path)
    if digest != expected:
        yield (
            f"{path}: is not what the results were made from (SHA-256 {digest[:16]}..., not "
            f"{expected[:16]}...); put that back, or have the next run take this one: touch it "
            "(`touch -c`), and what was made from it is made anew"
        )

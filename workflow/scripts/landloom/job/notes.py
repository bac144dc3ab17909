"""What jobs note for a reader, kept beside what they make: a warning in a log is read by nobody.

The notes of a job, its warnings, lie beside what it makes, a JSON file if there is one: those on
``map/embedding.json`` in ``map/.notes/embedding.json``, as a list. So they last as long as that
file does: a later run that uses it, and does not make it again, tells them, too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

from landloom.addresses import without_secrets
from landloom.job.files import write_json

FOLDER = ".notes"
"""Name of the folders that hold notes."""

log = logging.getLogger("landloom")


class _Collector(logging.Handler):
    """Keeps warnings, each of them once."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.notes: dict[str, None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.WARNING:
            self.notes[without_secrets(record.getMessage())] = None


@contextmanager
def notes_kept(writes: Iterable[str | Path]) -> Iterator[None]:
    """Keep what some work notes, its warnings, beside one of the files that it makes.

    That is the first JSON file, which those who gather notes read in no time; else the first file.
    What an earlier work noted there is removed first. Where the notes are one of the files that the
    work makes, they are written even if there are none.

    Parameters
    ----------
    writes
        The files that the work makes; without any, nothing is kept.
    """
    made = list(map(Path, writes))
    products = [path for path in made if path.parent.name != FOLDER]
    first = next((path for path in products if path.suffix == ".json"), next(iter(products), None))
    collector = _Collector()
    if first is not None:
        notes_file(first).unlink(missing_ok=True)
    log.addHandler(collector)
    try:
        yield
    finally:
        log.removeHandler(collector)
    if first is not None and (collector.notes or notes_file(first) in made):
        write_json(notes_file(first), list(collector.notes))


def notes_on(path: str | Path) -> list[str]:
    """Return the notes that lie beside a file: those of the job that made it.

    Notes that are spoilt are no reason to end a run, or to keep silent: a note says so.
    """
    try:
        notes: Any = json.loads(notes_file(Path(path)).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, ValueError, RecursionError):
        notes = None
    if isinstance(notes, list) and all(isinstance(note, str) for note in notes):
        return notes
    return [f"what was noted of {path} cannot be read; delete it, and it is made again with notes"]


def noted(paths: Iterable[str | Path]) -> dict[str, list[str]]:
    """Return the notes on some files, in their order, each note where it first comes.

    Parameters
    ----------
    paths
        Files; those without notes are left out.
    """
    told: set[str] = set()
    found: dict[str, list[str]] = {}
    for folder, files in groupby(map(Path, paths), key=lambda path: path.parent):
        if not (folder / FOLDER).is_dir():  # one look for thousands of blocks
            continue
        for file in files:
            new = [note for note in notes_on(file) if note not in told]
            if new:
                told.update(new)
                found[str(file)] = new
    return found


def all_noted(paths: Iterable[str | Path]) -> list[str]:
    """Return the notes on some files, none of them twice."""
    return [note for notes in noted(paths).values() for note in notes]


def notes_file(path: str | Path) -> Path:
    """Return where notes on a file lie."""
    path = Path(path)
    return path.parent / FOLDER / (path.name if path.suffix == ".json" else f"{path.name}.json")

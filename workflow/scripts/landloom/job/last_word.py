"""Jobs that end by their own word, and are not to be tried again in the same run.

Snakemake tries every job again that failed, be it that the scheduler killed it or that a server
refused what it asked for. So such a job leaves its message where Snakemake keeps its own records;
the next attempt of the run finds it, and ends at once by the same words. (The log would not do:
Snakemake removes it before each attempt.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from landloom.errors import LandloomError

_FOLDER = Path(".snakemake/landloom")


@contextmanager
def last_word(log_file: str | Path, attempt: int) -> Iterator[None]:
    """Keep with what message the block ends, for later attempts at the same job.

    Parameters
    ----------
    log_file
        The rule's log, by which the job is known.
    attempt
        Snakemake's count: 1 is the first of a run, for which nothing that was said before counts.

    Raises
    ------
    LandloomError
        Of the block; or of an earlier attempt, before the block is entered.
    """
    file = _FOLDER / hashlib.sha256(str(log_file).encode()).hexdigest()[:16]
    if attempt > 1 and file.exists():
        raise LandloomError(file.read_text(encoding="utf-8"))
    file.unlink(missing_ok=True)
    try:
        yield
    except LandloomError as error:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(str(error), encoding="utf-8")
        raise

"""What the machine lacks where Snakemake itself meets it, as when its own records find no room."""

from __future__ import annotations

import logging
import re

from landloom.job.lacks import REMEDIES, told

_ERROR = re.compile(r"\[Errno (\d+)\] [^:\n)]*(?:: '([^'\n]*)')?")


def lack(record: logging.LogRecord) -> OSError | MemoryError | None:
    """Return what a message says that the machine lacks; None for all other messages."""
    if record.levelno < logging.ERROR:
        return None
    text = record.getMessage()
    for number, file in _ERROR.findall(text):
        if int(number) in REMEDIES:
            return OSError(int(number), "", file or None)
    return MemoryError() if re.search(r"^MemoryError\b", text, re.MULTILINE) else None


class Lacking:
    """Keeps what went wrong so from the terminal, and has words for it at the end.

    Attributes
    ----------
    words
        What was lacking first, and the remedy; empty if nothing was.
    """

    def __init__(self) -> None:
        self.words = ""

    def take(self, record: logging.LogRecord) -> bool:
        """Return whether a message is of that kind; it is a traceback of Snakemake, then."""
        found = lack(record)
        if found and not self.words:
            self.words = told(found)
        return found is not None

"""Doing something when Snakemake is about to plan a run, or has planned it: its log tells."""

from __future__ import annotations

import logging
from collections.abc import Callable


def is_before_planning(record: logging.LogRecord) -> bool:
    """Return whether a record says that jobs are about to be planned."""
    return str(record.msg).startswith("Building DAG")


def is_after_planning(record: logging.LogRecord) -> bool:
    """Return whether a record tells what would run, or that there is nothing to run."""
    kind = getattr(getattr(record, "event", None), "name", "")
    return kind == "RUN_INFO" or is_idle(record)


def is_idle(record: logging.LogRecord) -> bool:
    """Return whether a record says that there is nothing to run."""
    return str(record.msg).startswith("Nothing to be done")


class Once(logging.Handler):
    """Does something once.

    Parameters
    ----------
    when
        Tells whether a record is the one that is waited for.
    then
        What to do; it may end the process.
    """

    def __init__(self, when: Callable[[logging.LogRecord], bool], then: Callable[[], None]) -> None:
        super().__init__()
        self._when = when
        self._then: Callable[[], None] | None = then

    def emit(self, record: logging.LogRecord) -> None:
        """Take one of Snakemake's records."""
        if self._then is not None and self._when(record):
            then, self._then = self._then, None
            then()

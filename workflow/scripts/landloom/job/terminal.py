"""The line of a terminal that a run's progress takes, which whatever else is said has to clear."""

from __future__ import annotations

import os
from contextlib import suppress

TOLD_LAST = "LANDLOOM_TOLD_LAST"
"""Environment variable that is set where what a failed job says is told at the end of the run."""

_CLEAR = "\r\x1b[2K"


def on_terminal() -> bool:
    """Return whether standard error is a terminal whose lines can be written over."""
    return os.environ.get("TERM", "dumb") != "dumb" and os.isatty(2)


def told_last() -> bool:
    """Return whether the run tells at its end what a job that fails has to say."""
    return bool(os.environ.get(TOLD_LAST))


def cleared() -> str:
    """Return what clears the line of progress, where there may be one."""
    return _CLEAR if on_terminal() else ""


def columns() -> int:
    """Return how many letters fit into a line of the terminal."""
    with suppress(OSError):
        if found := os.get_terminal_size(2).columns:  # 0 where the terminal does not know
            return max(found - 1, 20)
    return 79


def write_over(text: str) -> None:
    """Write a line without its end, as much of it as there is room for; the next is put over it."""
    with suppress(OSError):
        os.write(2, f"{_CLEAR}{text[: columns()]}".encode())

"""A run that is told to stop: its jobs end first, and one calm line is the last.

Jobs do not hear the terminal: a Ctrl-C would reach them while Python imports, where only a
traceback comes of it. The process of the Snakefile hears it, and ends them by SIGTERM, which is
silent before their work begins, and has whatever is half-written removed after that
(`landloom.job.ending`).
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from landloom.job.terminal import cleared

if TYPE_CHECKING:
    import psutil

SHIELD = "trap '' INT HUP; trap : TERM; "
"""What the shell of a job begins with: Python inherits that it does not hear the terminal, and the
shell waits for it to end after a SIGTERM."""

LAST = "Stopped; finished files are kept, start again to go on."
_GENTLE = "Stopping once the jobs at work have finished; asked again, they are ended at once."
_PATIENCE = 10.0
"""Seconds before a job is killed that does not end, as within a long call of a library."""

_PAUSE = 0.1
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Run(Protocol):
    """What has to be asked of Snakemake."""

    def begin_no_more(self) -> None:
        """Have the scheduler return as soon as no job is at work."""

    def tidy(self) -> None:
        """Remove the lock and what is temporary."""

    def is_local(self) -> bool:
        """Tell whether all jobs run on this machine."""


def say(text: str) -> None:
    """Write to the user, be it from within a signal's handler, and to a terminal that is gone."""
    with suppress(OSError):
        os.write(2, f"{cleared()}{text}\n".encode())


class Stopping:
    """Hears the signals that stop a run.

    Attributes
    ----------
    signal
        The first that came; None while there was none.
    """

    def __init__(self, run: Run) -> None:
        self.signal: int | None = None
        self._run = run
        self._hears = False
        self._at_work = False
        self._winding = threading.Event()
        self._ended = False

    def listen(self) -> None:
        """Hear the signals, save those that whoever started the run has switched off (`nohup`)."""
        self._hears = True
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                with suppress(ValueError):  # not in the main thread: somebody else's program
                    signal.signal(number, self._hear)

    def jobs_begin(self) -> None:
        """Note that Snakemake's scheduler takes over; it has set a handler of its own."""
        if self._hears:
            self.listen()
        self._at_work = True

    def jobs_end(self) -> None:
        """Note that the scheduler has returned."""
        self._at_work = False

    def last_words(self) -> None:
        """Have the last line of a run that was stopped come after all others."""
        atexit.register(self._end)

    def _hear(self, number: int, _: Any) -> None:  # noqa: ANN401
        again = self.signal is not None
        self.signal = self.signal or number
        if not self._at_work:
            _signal_jobs(signal.SIGTERM, set())
            self._end()
        elif number == signal.SIGTERM and not again:  # Snakemake's custom
            say(_GENTLE)
            threading.Thread(target=self._run.begin_no_more, daemon=True).start()
        elif not self._winding.is_set():
            self._winding.set()
            threading.Thread(target=self._wind_down, daemon=True).start()
            if not self._run.is_local():
                raise KeyboardInterrupt  # Snakemake cancels what was submitted

    def _wind_down(self) -> None:
        """End the jobs, those too that are just being started, until this process ends.

        A thread does it, and not the handler: Snakemake's scheduler may hold its lock meanwhile.
        """
        threading.Thread(target=self._run.begin_no_more, daemon=True).start()
        begun, told = time.monotonic(), set[Any]()
        while time.monotonic() < begun + _PATIENCE:
            _signal_jobs(signal.SIGTERM, told)
            time.sleep(_PAUSE)
        while True:
            _signal_jobs(signal.SIGKILL, set())
            time.sleep(_PAUSE)

    def _end(self) -> None:
        """Say the last line, and die of the signal, so that shells know."""
        if self.signal is None or self._ended:
            return
        self._ended = True
        with suppress(Exception):
            self._run.tidy()
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()
        say(f"\n{LAST}")
        signal.signal(self.signal, signal.SIG_DFL)
        os.kill(os.getpid(), self.signal)


def _signal_jobs(number: int, told: set[psutil.Process]) -> None:
    """Send a signal to what runs in the shells of jobs, save to those that were told before."""
    import psutil

    for process in list(_in_shells()):
        if process not in told:
            told.add(process)
            with suppress(psutil.Error):
                process.send_signal(number)


def _in_shells() -> Iterator[psutil.Process]:
    import psutil

    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if SHIELD.strip() in " ".join(child.cmdline()):
                yield from child.children(recursive=True)

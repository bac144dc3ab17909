"""What a run does, in words: how far it is, since when, and about how long the rest takes.

The numbers come from Snakemake's own log records, which a handler listens to. On a terminal they
take one line, which is written over; elsewhere each is a line.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any

from landloom.job import terminal
from landloom.run.outlook import Estimate, Outlook, Started

PAUSE = 2.0
"""Seconds between two lines about jobs of one rule; thousands of short jobs are not listed."""

_SILENCE = 60.0
"""Seconds without a line after which it is said that jobs are still at work."""

_TICK, _BLINK = 1.0, 0.1
"""Seconds after which a line that is written over is so again, and before which it is not."""


_CHATTER = ("Select jobs", "DAG of jobs", "Updating checkpoint dependencies")


_AFTERMATH = (
    "RuleException:\nCalledProcessError in file ",
    "Exiting because a job execution failed",
    "WorkflowError:\nAt least one job did not complete successfully",
)


def length(seconds: float) -> str:
    """Return a time as people say it: ``40 s``, ``4 min``, ``1 h 05 min``."""
    if seconds < 100:
        return f"{seconds:.0f} s" if seconds < 20 else f"{5 * round(seconds / 5)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def in_words(estimate: Estimate, elapsed: float) -> str:
    """Return how far a run is: ``25 % after 40 s, about 2 min left``."""
    left = f"about {length(estimate.left)} left" if estimate.left >= 2 else "nearly done"
    return f"{min(int(100 * estimate.done), 99):2d} % after {length(elapsed)}, {left}"


class Progress(logging.Handler):
    """Tells what begins, and keeps what went wrong.

    Parameters
    ----------
    outlook
        Returns what follows the run's jobs; it is asked for when the first job begins.
    tell
        Takes a line for the user; None where nothing is to be told.
    now
        The time in seconds.
    one_line
        Whether each line is written over by the next.
    """

    def __init__(
        self,
        outlook: Callable[[], Outlook],
        tell: Callable[[str], None] | None,
        now: Callable[[], float] = time.monotonic,
        one_line: bool | None = None,
    ) -> None:
        super().__init__()
        self._failed: dict[int, tuple[str, list[str]]] = {}
        self._make_outlook, self._tell, self._now = outlook, tell, now
        self._one_line = terminal.on_terminal() if one_line is None else one_line
        self._began = self._spoke = now()
        self._outlook: Outlook | None = None
        self._told: dict[str, float] = {}
        self._doing: dict[Hashable, str] = {}
        self._shown = False
        self._over, self._guard = threading.Event(), threading.RLock()

    @property
    def tells(self) -> bool:
        """Whether the user is told what begins."""
        return self._tell is not None

    @property
    def failed(self) -> list[tuple[str, list[str]]]:
        """The log files of jobs that failed, each with its rule, in the order in which they did.

        A job that was tried again is one job, and none once it is done.
        """
        return list(self._failed.values())

    def watch(self) -> None:
        """Tell now and then how far the run is, though nothing begins; until `close`."""
        if self._tell is not None:
            threading.Thread(target=self._tick_on, daemon=True).start()

    def close(self) -> None:
        """Tell no more, and keep what the jobs took for the next run."""
        if self._over.is_set():
            return
        self._over.set()
        with self._guard:
            self.make_room()
            if self._outlook is not None:
                self._outlook.keep()
        super().close()

    def make_room(self) -> None:
        """Clear the line that is written over, for something else to be said."""
        if self._shown and self._tell is not None:
            self._shown = False
            self._tell("")

    def hides(self, record: logging.LogRecord) -> bool:
        """Return whether a record says only what is said better here; else, make room for it."""
        if self.tells and is_chatter(record):
            return True
        if terminal.told_last() and is_aftermath(record):
            return True
        self.make_room()
        return False

    def emit(self, record: logging.LogRecord) -> None:
        """Take one of Snakemake's records. What goes wrong here never ends a run."""
        try:
            with self._guard:
                self._take(record)
        except Exception:  # the run is worth more than its progress
            self.handleError(record)

    def tick(self) -> None:
        """Tell how far the run is, where the last line is old by now."""
        now = self._now()
        doing = next(reversed(self._doing.values()), None)
        if doing is None or self._over.is_set():
            return
        if self._one_line:
            self._say(doing, now)
        elif now - self._spoke >= _SILENCE:
            self._say(f"still at work: {doing}", now)

    def _tick_on(self) -> None:
        while not self._over.wait(_TICK):
            try:
                with self._guard:
                    self.tick()
            except Exception:  # the run is worth more than its progress
                self._over.set()

    def _take(self, record: logging.LogRecord) -> None:
        facts = record.__dict__
        kind = getattr(facts.get("event"), "name", "")
        if kind == "JOB_INFO":
            self._begin(facts)
        elif kind == "JOB_FINISHED":
            self._failed.pop(facts["job_id"], None)
            self._doing.pop(facts["job_id"], None)
            if self._outlook is not None:
                self._outlook.finish(facts["job_id"], self._now())
        elif kind == "JOB_ERROR":
            self._failed[facts["jobid"]] = (facts["rule_name"], list(facts["log"]))
            self._doing.pop(facts["jobid"], None)
            if self._outlook is not None:
                self._outlook.fail(facts["jobid"])

    def _begin(self, facts: dict[str, Any]) -> None:
        rule, name, now = facts["rule_name"], facts["jobid"], self._now()
        if not facts["output"]:  # a target that only gathers others
            return
        if self._outlook is None:
            self._outlook = self._make_outlook()
        started = Started(name, rule, facts["wildcards"] or {}, facts["threads"])
        self._outlook.begin(started, now)
        message = facts["rule_msg"]
        if message:
            self._doing[name] = message
            if self._is_due(rule, now):
                self._told[rule] = now
                self._say(message, now)

    def _is_due(self, rule: str, now: float) -> bool:
        if self._one_line:
            return not self._shown or now - self._spoke >= _BLINK
        return now - self._told.get(rule, float("-inf")) >= PAUSE

    def _say(self, message: str, now: float) -> None:
        if self._tell is None or self._outlook is None:
            return
        words = in_words(self._outlook.estimate(now), now - self._began)
        self._spoke, self._shown = now, self._one_line
        self._tell(f"[{words}] {message}")


def is_aftermath(record: logging.LogRecord) -> bool:
    """Return whether a record says only that a job's command failed, not what the job said."""
    return record.levelno >= logging.ERROR and record.getMessage().startswith(_AFTERMATH)


def is_chatter(record: logging.LogRecord) -> bool:
    """Return whether a record says only what `Progress` says better."""
    kind = getattr(getattr(record, "event", None), "name", "")
    return kind in ("JOB_STARTED", "JOB_FINISHED", "PROGRESS") or (
        isinstance(record.msg, str) and record.msg.startswith(_CHATTER)
    )

"""What a run does, in words: how far it is, and about how long it will take.

The numbers come from Snakemake's own log records, which a handler listens to.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

PAUSE = 2.0
"""Seconds between two lines about jobs of one rule; thousands of short jobs are not listed."""

Waiting = Mapping[str, Sequence[str | None]]
"""Rule: the benchmark file of each of its jobs that is not finished, the running ones included."""


class Left(NamedTuple):
    """An estimate of the time that is left.

    Attributes
    ----------
    seconds
        The time that jobs of known length take.
    complete
        Whether the length of all jobs is known. If not, it takes longer.
    """

    seconds: float
    complete: bool


@dataclass
class Clock:
    """How long jobs take, learned from those that are done.

    Jobs of one rule are taken to be alike. A rule without a finished job goes by the benchmark of
    an earlier run, where there is one.
    """

    begun: float
    running: dict[int, tuple[str, float]] = field(default_factory=dict)
    taken: dict[str, list[float]] = field(default_factory=dict)

    def start(self, job: int, rule: str, at: float) -> None:
        """Note that a job begins."""
        self.running[job] = (rule, at)

    def finish(self, job: int, at: float) -> None:
        """Note that a job has ended."""
        if job in self.running:
            rule, begun = self.running.pop(job)
            self.taken.setdefault(rule, []).append(at - begun)

    def left(self, waiting: Waiting, at: float) -> Left:
        """Return the time that is left, with as many jobs at once as there were so far."""
        lengths = {rule: self._length(rule, files) for rule, files in waiting.items()}
        work = sum((lengths[rule] or 0.0) * len(files) for rule, files in waiting.items())
        done = [min(at - begun, lengths.get(rule) or 0.0) for rule, begun in self.running.values()]
        complete = all(length is not None for length in lengths.values())
        return Left(max(work - sum(done), 0.0) / self._at_once(at), complete)

    def _length(self, rule: str, benchmarks: Iterable[str | None]) -> float | None:
        known = self.taken.get(rule)
        return sum(known) / len(known) if known else _earlier(benchmarks)

    def _at_once(self, at: float) -> float:
        busy = sum(map(sum, self.taken.values()))
        busy += sum(at - begun for _, begun in self.running.values())
        return max(busy / (at - self.begun), 1.0) if at > self.begun else 1.0


def _earlier(benchmarks: Iterable[str | None]) -> float | None:
    """Return the seconds that one of some jobs took in an earlier run."""
    for path in benchmarks:
        if path and Path(path).is_file():
            lines = Path(path).read_text(encoding="utf-8").splitlines()
            return float(lines[1].split("\t")[0]) if len(lines) > 1 else None
    return None


def in_words(left: Left) -> str:
    """Return an estimate as people say it: ``about 4 min left``."""
    if left.seconds < 1:
        return "nearly done" if left.complete else "time left not known yet"
    minutes = round(left.seconds / 60)
    if left.seconds < 60:
        length = f"{left.seconds:.0f} s"
    elif minutes < 60:
        length = f"{minutes} min"
    else:
        length = f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{'about' if left.complete else 'more than'} {length} left"


class Progress(logging.Handler):
    """Tells what begins, and keeps what went wrong.

    Parameters
    ----------
    waiting
        Returns the jobs that are not finished yet.
    tell
        Takes a line for the user; None where nothing is to be told.
    now
        The time in seconds.
    """

    def __init__(
        self,
        waiting: Callable[[], Waiting],
        tell: Callable[[str], None] | None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._failed: dict[int, tuple[str, list[str]]] = {}
        self._waiting, self._tell, self._now = waiting, tell, now
        self._clock = Clock(now())
        self._told: dict[str, float] = {}
        self._done, self._left = 0, ""
        self._estimated = float("-inf")

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

    def emit(self, record: logging.LogRecord) -> None:
        """Take one of Snakemake's records. What goes wrong here never ends a run."""
        try:
            self._take(record)
        except Exception:  # the run is worth more than its progress
            self.handleError(record)

    def _take(self, record: logging.LogRecord) -> None:
        facts = record.__dict__
        kind = getattr(facts.get("event"), "name", "")
        if kind == "JOB_INFO":
            self._clock.start(facts["jobid"], facts["rule_name"], self._now())
            self._announce(facts["rule_name"], facts["rule_msg"])
        elif kind == "JOB_FINISHED":
            self._clock.finish(facts["job_id"], self._now())
            self._failed.pop(facts["job_id"], None)
        elif kind == "PROGRESS":
            self._done = 100 * facts["done"] // max(facts["total"], 1)
        elif kind == "JOB_ERROR":
            self._failed[facts["jobid"]] = (facts["rule_name"], list(facts["log"]))

    def _announce(self, rule: str, message: str | None) -> None:
        now = self._now()
        if self._tell is None or not message or now - self._told.get(rule, float("-inf")) < PAUSE:
            return
        self._told[rule] = now
        if now - self._estimated >= PAUSE:  # the jobs of a large run take a while to count
            self._left = in_words(self._clock.left(self._waiting(), now))
            self._estimated = now
        self._tell(f"[{self._done:3d} %, {self._left}] {message}")


def is_chatter(record: logging.LogRecord) -> bool:
    """Return whether a record says only what `Progress` says better."""
    kind = getattr(getattr(record, "event", None), "name", "")
    return kind in ("JOB_STARTED", "JOB_FINISHED", "PROGRESS") or (
        isinstance(record.msg, str) and record.msg.startswith(("Select jobs", "DAG of jobs"))
    )

"""How far a run is, and how long the rest takes, by what is expected of its jobs."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from landloom.run.durations import Durations, Job, time_left

_PAUSE = 2.0
"""Seconds between two looks at the jobs that are planned."""

_SHARE = 20
"""Looking takes no more than so small a part of the time: large runs are looked at less often."""


class Plan(Protocol):
    """What a run is going to do."""

    def jobs(self) -> list[Job]:
        """Return the jobs that are not finished, and those that will be planned."""

    def size(self, rule: str, wildcards: Mapping[str, str], threads: int) -> float:
        """Return how much a job has to do."""

    def at_once(self) -> tuple[int, int | None]:
        """Return how many cores jobs have together, and how many downloads at a time."""


class Estimate(NamedTuple):
    """What is told of a run.

    Attributes
    ----------
    done
        Share of the expected work that is done, 0 to 1. It never falls, though what is expected
        may grow.
    left
        Seconds until the last job is done.
    """

    done: float
    left: float


class Started(NamedTuple):
    """What is told of a job that begins."""

    name: Hashable
    rule: str
    wildcards: Mapping[str, str]
    threads: int


@dataclass
class _Begun:
    job: Job
    at: float


@dataclass
class _Pace:
    """Does something that takes its time no more often than it is worth."""

    at: float = float("-inf")
    cost: float = 0.0

    def is_due(self, now: float, pause: float) -> bool:
        return now - self.at >= max(pause, _SHARE * self.cost)

    @contextmanager
    def timed(self, now: float) -> Iterator[None]:
        starting = time.perf_counter()
        yield
        self.at, self.cost = now, time.perf_counter() - starting


class Outlook:
    """Follows the jobs of a run.

    Parameters
    ----------
    plan
        What there is to do.
    durations
        What is expected of jobs; what these take is learned besides.
    learns
        Whether that is of use to the next run. Jobs of a cluster wait in a queue first.
    """

    def __init__(self, plan: Plan, durations: Durations, *, learns: bool = True) -> None:
        self._plan, self._durations, self._learns = plan, durations, learns
        self._running: dict[Hashable, _Begun] = {}
        self._finished: set[Hashable] = set()
        self._failed: set[Hashable] = set()
        self._work, self._furthest = 0.0, 0.0
        self._jobs: dict[Hashable, Job] = {}
        self._looked = _Pace()
        self._told, self._estimated = Estimate(0.0, 0.0), _Pace()

    def begin(self, started: Started, at: float) -> None:
        """Note that a job begins, be it once more."""
        name, rule, wildcards, threads = started
        if name not in self._jobs:
            self._look(at)
        job = self._jobs.get(name) or Job(
            rule, self._plan.size(rule, wildcards, threads), threads, name=name
        )
        self._running[name] = _Begun(job, at)
        self._failed.discard(name)

    def keep(self) -> None:
        """Keep what the jobs took for the next run."""
        if self._learns:
            self._durations.save()

    def fail(self, name: Hashable) -> None:
        """Note that a job failed: unless it begins again, neither it nor what waits for it ends."""
        self._running.pop(name, None)
        self._failed.add(name)

    def finish(self, name: Hashable, at: float) -> None:
        """Note that a job is done."""
        self._finished.add(name)
        if begun := self._running.pop(name, None):
            taken = at - begun.at
            self._work += taken * min(begun.job.threads, self._plan.at_once()[0])
            self._durations.learn(begun.job.rule, begun.job.size, taken)

    def estimate(self, at: float) -> Estimate:
        """Return how far the run is, and how long the rest takes."""
        if not self._estimated.is_due(at, 0.0):
            since = at - self._estimated.at
            return Estimate(self._told.done, max(self._told.left - since, 0.0))
        self._look(at)
        with self._estimated.timed(at):
            self._told = self._reckon(at)
        return self._told

    def _look(self, at: float) -> None:
        """See which jobs are planned by now."""
        if self._looked.is_due(at, _PAUSE):
            with self._looked.timed(at):
                self._jobs = {job.name: job for job in self._plan.jobs()}

    def _reckon(self, at: float) -> Estimate:
        cores, downloads = self._plan.at_once()
        # Those that take longer already than was expected tell of the machine, too.
        self._durations.late = [
            (each.job.rule, each.job.size, at - each.at) for each in self._running.values()
        ]
        jobs = self._to_do(at)
        left = time_left(jobs, cores, self._durations, downloads)
        to_do = sum(job.left(self._durations) * min(job.threads, cores) for job in jobs)
        done = self._work + sum(job.done(self._durations) * min(job.threads, cores) for job in jobs)
        self._furthest = max(self._furthest, done / (done + to_do) if done + to_do > 0 else 0.0)
        return Estimate(self._furthest, left)

    def _to_do(self, at: float) -> list[Job]:
        """Return the jobs that are not done, the running ones with the time that they have had."""
        known = self._running.keys() | self._finished
        waiting = [job for name, job in self._jobs.items() if name not in known]
        lost = _waiting_for(self._failed, waiting)
        running = [
            replace(begun.job, elapsed=max(at - begun.at, 0.0), after=())
            for begun in self._running.values()
        ]
        return [*running, *(job for job in waiting if job.name not in lost)]


def _waiting_for(failed: set[Hashable], jobs: list[Job]) -> set[Hashable]:
    """Return jobs that failed, and all that wait for these."""
    if not failed:
        return set()
    followers: dict[Hashable, list[Hashable]] = {}
    for job in jobs:
        for name in job.after:
            followers.setdefault(name, []).append(job.name)
    lost, new = set(failed), list(failed)
    while new:
        for name in followers.get(new.pop(), []):
            if name not in lost:
                lost.add(name)
                new.append(name)
    return lost

"""How long jobs take: what is expected of each, learned from those that are done.

A rule's seconds are shipped as ``base + rate x size`` (`landloom.run.rule_times`). A machine may be
slower, or busy: what its own runs took is kept in a small file of the user's cache, and this run's
finished jobs count besides. Nothing of it enters a product.
"""

from __future__ import annotations

import heapq
import json
import math
from collections import deque
from collections.abc import Collection, Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from landloom.job.files import whole_file
from landloom.job.private_folder import private_folder
from landloom.run.rule_times import SHIPPED, UNKNOWN

FILE = "durations.json"
_MOST_BYTES = 2**18
_EXTREME = 1e3
"""How many times faster or slower a machine may be than what is shipped; more is a damaged file."""

_MOST_JOBS = 4
"""How many jobs what was learned counts as at most, so that a machine which changes is followed."""

_LEAST = 0.3
"""Seconds that are added before two durations are compared: what is shorter varies by chance."""

_TAIL = 0.2
"""Share of what a job has taken that is expected besides, once it takes longer than it was to."""

_DOUBT = 2.0
"""Seconds of work that what was known before a run counts for, as to its pace."""

_MEMORY, _MEMORY_SHARE = 30.0, 0.2
"""Seconds of work, and share of all work, that the pace goes by: a machine is busy now and then."""

_OWN, _OWN_LATER = 0.5, 0.3
"""Share of what a job took too long that is its rule's, with the rule's first job and after it."""


_MAY_BE_SPARED = {"tune_stage1", "tune_stage2", "elevation_tile", "embedding_window"}
"""Rules whose jobs find their work done now and then, which is no measure for the next run."""


class Learned(NamedTuple):
    """How many times as long as shipped the jobs of a rule took, and how many that is told from."""

    ratio: float
    jobs: float


@dataclass
class Durations:
    """What is expected of jobs on this machine.

    Attributes
    ----------
    known
        By rule, what earlier runs on this machine took.
    late
        Jobs that run: rule, size, and the seconds that they have had so far. Those that take
        longer than was expected count for the pace.
    """

    known: dict[str, Learned] = field(default_factory=dict)
    late: list[tuple[str, float, float]] = field(default_factory=list)
    _sums: dict[str, tuple[float, float, int]] = field(default_factory=dict)
    _factors: dict[str, float] = field(default_factory=dict)
    _pace: float = 0.0
    _weight: float = _DOUBT
    _all: float = 0.0

    def before(self, rule: str, size: float = 0.0) -> float:
        """Return the seconds that were expected of a job before this run: shipped, and learned."""
        row = SHIPPED.get(rule, UNKNOWN)
        shipped = row.base + row.rate * max(size, 0.0)
        return shipped * (self.known[rule].ratio if rule in self.known else self._usual())

    def expected(self, rule: str, size: float = 0.0) -> float:
        """Return the seconds that a job is expected to take, by all that is known by now.

        Parameters
        ----------
        rule
            Name of its rule.
        size
            In the units of its rule: see `landloom.run.sizes`.
        """
        return self.before(rule, size) * _ratio(self.pace() + self._factors.get(rule, 0.0))

    def learn(self, rule: str, size: float, seconds: float) -> None:
        """Take note of a job that is done."""
        before, seconds = self.before(rule, size), max(seconds, 0.0)
        if rule not in _MAY_BE_SPARED or seconds > before / 4:
            taken, expected, jobs = self._sums.get(rule, (0.0, 0.0, 0))
            self._sums[rule] = taken + seconds, expected + before, jobs + 1
        # What cannot be told apart, a busy machine and a rule of which too little was expected, is
        # shared out: the more so to the machine, the longer a job has been.
        factor, share = self._factors.get(rule, 0.0), _OWN_LATER if rule in self._factors else _OWN
        excess = _log_ratio(seconds, before) - self._pace - factor
        shared = excess * seconds / (self._weight + seconds)
        self._pace += shared
        self._factors[rule] = factor + (excess - shared) * share
        self._all += seconds
        most = _MEMORY + _MEMORY_SHARE * self._all
        self._weight = min(self._weight + seconds, most)

    def pace(self) -> float:
        """Return the logarithm of how many times as long as before this run jobs take of late."""
        pace, weight = self._pace, self._weight
        for rule, size, elapsed in self.late:
            known = pace + self._factors.get(rule, 0.0)
            excess = _log_ratio(elapsed, self.before(rule, size)) - known
            if excess > 0:
                pace += excess * elapsed / (weight + elapsed)
                weight += elapsed
        return pace

    def _usual(self) -> float:
        """Return how many times as long as shipped jobs take on this machine."""
        weight = sum(each.jobs for each in self.known.values())
        logs = sum(each.jobs * math.log(each.ratio) for each in self.known.values())
        return math.exp(logs / (weight + 1))

    def merged(self) -> dict[str, Learned]:
        """Return what is known after this run; what it took counts besides what others did."""
        merged = dict(self.known)
        for rule, (taken, expected, jobs) in self._sums.items():
            # Before the first job of a rule it was the usual ratio that was expected.
            earlier = self.known.get(rule, Learned(self._usual(), 0.0))
            own = _within(earlier.ratio * (taken + _LEAST) / (expected + _LEAST))
            weight = min(earlier.jobs, _MOST_JOBS)
            logs = weight * math.log(earlier.ratio) + jobs * math.log(own)
            ratio = _within(math.exp(logs / (weight + jobs)))
            merged[rule] = Learned(ratio, min(weight + jobs, _MOST_JOBS))
        return merged

    @classmethod
    def load(cls) -> Durations:
        """Return what earlier runs on this machine left; nothing where that cannot be read."""
        known: dict[str, Learned] = {}
        with suppress(OSError, ValueError, TypeError, AttributeError, RecursionError):
            file = _file()
            if file is not None and file.stat().st_size <= _MOST_BYTES:
                rows = json.loads(file.read_text(encoding="utf-8"))["rules"]
                known = {rule: found for rule in rows if (found := _read(rule, rows[rule]))}
        return cls(known)

    def save(self) -> None:
        """Keep what this run took; where that cannot be written, nothing is said.

        Two runs may do so at a time: the file appears whole, and is that of the later one.
        """
        if not self._sums:
            return
        with suppress(OSError, KeyError):
            file = _file()
            if file is None:
                return
            latest = Durations.load().known  # another run may have ended meanwhile
            mine = self.merged()
            rows = {**latest, **{rule: mine[rule] for rule in self._sums}}
            told = {rule: _plain(rule, rows[rule]) for rule in sorted(rows)}
            with whole_file(file) as draft:
                draft.write_text(json.dumps({"rules": told}, indent=1) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Job:
    """A job that is to run, or runs.

    Parameters
    ----------
    rule
        Name of its rule.
    size
        How much it has to do, in the units of its rule: see `landloom.run.sizes`.
    threads
        Cores that it takes, or all, where there are fewer.
    downloads
        How many it counts as of the downloads at a time.
    name
        What others call it in their `after`; none need where none waits for it.
    after
        Names of the jobs that it waits for. Those that are not among the jobs are done.
    elapsed
        Seconds that it has been running; None where it has not begun.
    """

    rule: str
    size: float = 0.0
    threads: int = 1
    downloads: int = 0
    name: Hashable = None
    after: Collection[Hashable] = ()
    elapsed: float | None = None

    def done(self, durations: Durations) -> float:
        """Return the seconds of work that it has behind it; no more than all that was expected."""
        return min(self.elapsed or 0.0, durations.expected(self.rule, self.size))

    def left(self, durations: Durations) -> float:
        """Return the seconds that are left of it.

        Of one that takes longer than was expected, a part of what it has taken: the longer it has
        been at work, the less is known of its end.
        """
        whole = durations.expected(self.rule, self.size)
        if self.elapsed is None:
            return whole
        return max(whole - self.elapsed, _TAIL * max(whole, self.elapsed))


def time_left(
    jobs: Collection[Job],
    cores: int,
    durations: Durations | None = None,
    downloads: int | None = None,
) -> float:
    """Return the seconds until the last of some jobs is done.

    They are gone through as a scheduler would: whichever is ready begins when there are cores for
    it, each as long as expected.

    Parameters
    ----------
    jobs
        All that are not finished, those that run included.
    cores
        How many jobs of one thread may run at once.
    durations
        What is expected of them; if left out, by what earlier runs of this machine took.
    downloads
        How many downloads there may be at a time; if left out, any number.
    """
    durations = durations or Durations.load()
    plan = _Schedule(list(jobs), max(cores, 1), math.inf if downloads is None else downloads)
    lengths = [job.left(durations) for job in plan.jobs]
    return plan.play(lengths)


class _Schedule:
    """Jobs, by their place in the list, and what keeps each from beginning."""

    def __init__(self, jobs: list[Job], cores: int, downloads: float) -> None:
        self.jobs = jobs
        self._free = [float(cores), downloads]
        self._needs = [
            (min(job.threads, cores) if job.threads > 0 else 0, min(job.downloads, downloads))
            for job in jobs
        ]
        place = {job.name: i for i, job in enumerate(jobs) if job.name is not None}
        self._waits, self._next = [0] * len(jobs), [list[int]() for _ in jobs]
        for i, job in enumerate(jobs):
            for name in set(job.after) if job.elapsed is None else ():
                if name in place:
                    self._waits[i] += 1
                    self._next[place[name]].append(i)
        # Those of equal needs wait in line together: the first that cannot begin keeps the others.
        self._lines: dict[tuple[float, float], deque[int]] = {}

    def play(self, lengths: list[float]) -> float:
        """Return when the last job ends; jobs that wait for each other are left out."""
        now, at_work = 0.0, list[tuple[float, int]]()
        for i, job in enumerate(self.jobs):
            if job.elapsed is not None:
                self._take(i, +1)
                heapq.heappush(at_work, (lengths[i], i))
            elif not self._waits[i]:
                self._line_up(i)
        self._begin(now, lengths, at_work)
        while at_work:
            now, done = heapq.heappop(at_work)
            self._take(done, -1)
            for i in self._next[done]:
                self._waits[i] -= 1
                if not self._waits[i]:
                    self._line_up(i)
            self._begin(now, lengths, at_work)
        return now

    def _line_up(self, i: int) -> None:
        self._lines.setdefault(self._needs[i], deque()).append(i)

    def _take(self, i: int, sign: int) -> None:
        for kind, needed in enumerate(self._needs[i]):
            self._free[kind] -= sign * needed

    def _begin(self, now: float, lengths: list[float], at_work: list[tuple[float, int]]) -> None:
        for needs, line in self._lines.items():
            while line and all(n <= free for n, free in zip(needs, self._free, strict=True)):
                i = line.popleft()
                self._take(i, +1)
                heapq.heappush(at_work, (now + lengths[i], i))


def _file() -> Path | None:
    """Return where it is kept; None where there is no folder of the user's own."""
    folder = private_folder()
    return folder / FILE if folder else None


def _plain(rule: str, learned: Learned) -> list[float]:
    row = SHIPPED.get(rule, UNKNOWN)
    return [round(learned.ratio, 4), round(learned.jobs, 2), row.base, row.rate]


def _read(rule: str, found: Any) -> Learned | None:  # noqa: ANN401
    """Return what was learned of a rule; None of what is damaged, or told of another table."""
    try:
        ratio, jobs, *row = map(float, found)
    except (TypeError, ValueError):
        return None
    sound = 1 / _EXTREME <= ratio <= _EXTREME and 0 < jobs <= _MOST_JOBS
    return Learned(ratio, jobs) if sound and row == list(SHIPPED.get(rule, UNKNOWN)) else None


def _log_ratio(taken: float, expected: float) -> float:
    return math.log(_within((taken + _LEAST) / (expected + _LEAST)))


def _ratio(logarithm: float) -> float:
    most = math.log(_EXTREME)
    return math.exp(min(max(logarithm, -most), most))


def _within(ratio: float) -> float:
    return min(max(ratio, 1 / _EXTREME), _EXTREME)

"""What a run says while it works."""

from __future__ import annotations

import logging
from enum import Enum
from pathlib import Path

import pytest

from landloom.run.progress import Clock, Left, Progress, in_words, is_chatter


class Event(Enum):
    """Stands in for Snakemake's kinds of records."""

    JOB_INFO = 1
    JOB_STARTED = 2
    JOB_FINISHED = 3
    PROGRESS = 4
    JOB_ERROR = 5


def record(event: Event | None, message: str = "", **facts: object) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": message, "event": event, **facts})


def test_time_left_is_that_of_the_jobs_left_at_the_pace_so_far() -> None:
    clock = Clock(0.0)
    clock.start(1, "cut", 0.0)
    clock.start(2, "cut", 0.0)
    clock.finish(1, 10.0)
    clock.finish(2, 10.0)
    # Two at a time: six more of ten seconds each take thirty.
    assert clock.left({"cut": [None] * 6}, 10.0) == Left(30.0, complete=True)
    clock.start(3, "cut", 10.0)
    clock.start(4, "cut", 10.0)
    assert clock.left({"cut": [None] * 6}, 14.0) == Left(26.0, complete=True)


def test_what_was_never_timed_makes_the_estimate_a_lower_bound() -> None:
    clock = Clock(0.0)
    clock.start(1, "cut", 0.0)
    clock.finish(1, 4.0)
    assert clock.left({"cut": [None], "fit": [None]}, 4.0) == Left(4.0, complete=False)


def test_an_earlier_run_tells_how_long_a_job_takes(tmp_path: Path) -> None:
    file = tmp_path / "fit.tsv"
    file.write_text("s\th:m:s\tmax_rss\n12.5\t0:00:12\t300\n")
    waiting = {"fit": [str(tmp_path / "missing.tsv"), str(file)]}
    assert Clock(0.0).left(waiting, 0.0) == Left(25.0, complete=True)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (Left(0.2, True), "nearly done"),
        (Left(0.0, False), "time left not known yet"),
        (Left(12.3, True), "about 12 s left"),
        (Left(250, False), "more than 4 min left"),
        (Left(3600 + 5 * 60, True), "about 1 h 05 min left"),
    ],
)
def test_times_are_told_as_people_tell_them(left: Left, words: str) -> None:
    assert in_words(left) == words


class TestProgress:
    """The handler, fed with records."""

    def make(self) -> tuple[Progress, list[str], list[float]]:
        told: list[str] = []
        now = [0.0]
        return Progress(lambda: {"cut": [None] * 3}, told.append, lambda: now[0]), told, now

    def begin(self, job: int, rule: str, message: str | None) -> logging.LogRecord:
        return record(Event.JOB_INFO, jobid=job, rule_name=rule, rule_msg=message)

    def test_it_says_what_begins_and_how_far_the_run_is(self) -> None:
        progress, told, now = self.make()
        progress.emit(self.begin(1, "cut", "Cutting r0c0"))
        now[0] = 20.0
        progress.emit(record(Event.JOB_FINISHED, job_id=1))
        progress.emit(record(Event.PROGRESS, done=1, total=4))
        progress.emit(self.begin(2, "cut", "Cutting r0c1"))
        assert told == [
            "[  0 %, time left not known yet] Cutting r0c0",
            "[ 25 %, about 1 min left] Cutting r0c1",
        ]

    def test_short_jobs_of_a_rule_are_not_listed_one_by_one(self) -> None:
        progress, told, now = self.make()
        for job in range(100):
            now[0] += 0.1
            progress.emit(self.begin(job, "cut", f"Cutting {job}"))
        progress.emit(self.begin(100, "split", "Choosing"))
        progress.emit(self.begin(101, "all", None))
        assert 4 <= len(told) <= 7
        assert told[-1].endswith("Choosing")

    def fail(self, job: int, rule: str, *logs: str) -> logging.LogRecord:
        return record(Event.JOB_ERROR, jobid=job, rule_name=rule, log=[f"{rule}.log", *logs])

    def test_failures_are_kept_in_order(self) -> None:
        progress, told, _ = self.make()
        for job, rule in enumerate(("fit", "cut")):
            progress.emit(self.fail(job, rule))
        assert progress.failed == [("fit", ["fit.log"]), ("cut", ["cut.log"])]
        assert not told

    def test_a_job_that_fails_again_is_one_and_one_that_is_done_at_last_none(self) -> None:
        progress, *_ = self.make()
        for attempt in ("a.log", "b.log"):  # a cluster's own logs
            progress.emit(self.fail(1, "fit", attempt))
            progress.emit(self.fail(2, "cut", attempt))
        progress.emit(record(Event.JOB_FINISHED, job_id=1))
        assert progress.failed == [("cut", ["cut.log", "b.log"])]

    def test_odd_records_do_not_end_a_run(self, capsys: pytest.CaptureFixture[str]) -> None:
        progress, *_ = self.make()
        progress.emit(record(Event.JOB_INFO))
        progress.emit(record(None, "Building DAG of jobs..."))
        assert "KeyError" in capsys.readouterr().err


def test_chatter_is_what_progress_says_better() -> None:
    assert is_chatter(record(Event.JOB_FINISHED))
    assert is_chatter(record(None, "Select jobs to execute..."))
    assert not is_chatter(record(None, "Error: disk full"))
    assert not is_chatter(record(Event.JOB_ERROR))

"""What a run says while it works."""

from __future__ import annotations

import logging
import math
import re
from enum import Enum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landloom.job.terminal import TOLD_LAST
from landloom.run.durations import Durations, Job
from landloom.run.outlook import Estimate, Outlook, Started
from landloom.run.progress import Progress, in_words, is_chatter
from landloom.run.rule_times import UNKNOWN


class Event(Enum):
    """Stands in for Snakemake's kinds of records."""

    JOB_INFO = 1
    JOB_STARTED = 2
    JOB_FINISHED = 3
    PROGRESS = 4
    JOB_ERROR = 5


def record(event: Event | None, message: str = "", **facts: object) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": message, "event": event, **facts})


class Planned:
    """Stands in for what Snakemake plans: six jobs of a rule that takes two seconds."""

    def __init__(self) -> None:
        self.left = [Job("cut", name=i) for i in range(6)]
        self.looked = 0

    def jobs(self) -> list[Job]:
        self.looked += 1
        return self.left

    def size(self, *_: object) -> float:
        return 0.0

    def at_once(self) -> tuple[int, int | None]:
        return 2, None


def started(job: int, rule: str = "cut") -> Started:
    return Started(job, rule, {}, 1)


@pytest.mark.parametrize(
    ("done", "left", "elapsed", "words"),
    [
        (0.0, 14.2, 0.0, " 0 % after 0 s, about 14 s left"),
        (0.256, 72.0, 41.0, "25 % after 40 s, about 70 s left"),
        (0.5, 250.0, 3600.0, "50 % after 1 h 00 min, about 4 min left"),
        (0.99, 3900.0, 110.0, "99 % after 2 min, about 1 h 05 min left"),
        (1.0, 0.5, 3.0, "99 % after 3 s, nearly done"),
    ],
)
def test_times_are_told_as_people_tell_them(
    done: float, left: float, elapsed: float, words: str
) -> None:
    assert in_words(Estimate(done, left), elapsed) == words


class TestOutlook:
    """How far a run is."""

    def test_the_time_left_is_told_before_any_job_is_done(self) -> None:
        outlook = Outlook(Planned(), Durations())
        outlook.begin(started(0), 0.0)
        assert outlook.estimate(0.0) == Estimate(0.0, pytest.approx(3 * UNKNOWN.base))

    def test_jobs_that_take_long_change_what_is_expected_of_the_others(self) -> None:
        outlook = Outlook(Planned(), Durations())
        for job in range(2):
            outlook.begin(started(job), 0.0)
        slow = 10 * UNKNOWN.base
        late = outlook.estimate(slow).left
        assert late > 3 * UNKNOWN.base  # though none is done yet
        for job in range(2):
            outlook.finish(job, slow)
        done, left = outlook.estimate(slow + 60.0)
        assert left == pytest.approx(2 * slow, rel=0.4)
        assert done == pytest.approx(1 / 3, abs=0.1)

    def test_what_waits_for_a_job_that_failed_is_not_waited_for(self) -> None:
        plan = Planned()
        plan.left = [Job("a", name=0), Job("b", name=1, after=[0]), Job("c", name=2, after=[1])]
        outlook = Outlook(plan, Durations())
        outlook.begin(started(0, "a"), 0.0)
        outlook.estimate(0.0)
        outlook.fail(0)
        assert outlook.estimate(10.0).left == 0.0
        outlook.begin(started(0, "a"), 20.0)  # tried again
        assert outlook.estimate(20.0).left == pytest.approx(3 * UNKNOWN.base)

    def test_what_a_run_took_is_kept_for_the_next_but_not_of_a_cluster(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        for learns in (False, True):
            outlook = Outlook(Planned(), Durations(), learns=learns)
            outlook.begin(started(0), 0.0)
            outlook.finish(0, 50.0)
            outlook.keep()
            assert ("cut" in Durations.load().known) is learns

    @given(
        st.lists(
            st.tuples(st.floats(0.0, 30.0), st.sampled_from(["begin", "finish", "fail"])),
            max_size=40,
        )
    )
    def test_the_share_never_falls_and_no_time_is_negative(
        self, events: list[tuple[float, str]]
    ) -> None:
        outlook, at, furthest = Outlook(Planned(), Durations()), 0.0, 0.0
        for job, (pause, what) in enumerate(events):
            at += pause
            if what == "begin":
                outlook.begin(started(job % 6), at)
            elif what == "finish":
                outlook.finish((job - 1) % 6, at)
            else:
                outlook.fail((job - 1) % 6)
            done, left = outlook.estimate(at)
            assert furthest <= done <= 1
            assert 0 <= left < math.inf
            furthest = done


class TestProgress:
    """The handler, fed with records."""

    def make(self, *, one_line: bool = False) -> tuple[Progress, list[str], list[float]]:
        told: list[str] = []
        now = [0.0]
        outlook = Outlook(Planned(), Durations(), learns=False)
        progress = Progress(lambda: outlook, told.append, lambda: now[0], one_line=one_line)
        return progress, told, now

    def begin(self, job: int, rule: str, message: str | None) -> logging.LogRecord:
        facts = {"output": ["a.tif"], "wildcards": {}, "threads": 1}
        return record(Event.JOB_INFO, jobid=job, rule_name=rule, rule_msg=message, **facts)

    def test_it_says_what_begins_and_how_far_the_run_is(self) -> None:
        progress, told, now = self.make()
        progress.emit(self.begin(0, "cut", "Cutting r0c0"))
        now[0] = 20.0
        progress.emit(record(Event.JOB_FINISHED, job_id=0))
        progress.emit(self.begin(1, "cut", "Cutting r0c1"))
        assert told[0] == "[ 0 % after 0 s, about 6 s left] Cutting r0c0"
        assert re.fullmatch(
            r"\[[ \d]\d % after 20 s, about \d+ (s|min) left\] Cutting r0c1", told[1]
        )

    def test_short_jobs_of_a_rule_are_not_listed_one_by_one(self) -> None:
        progress, told, now = self.make()
        for job in range(100):
            now[0] += 0.1
            progress.emit(self.begin(job, "cut", f"Cutting {job}"))
        progress.emit(self.begin(100, "split", "Choosing"))
        progress.emit(self.begin(101, "all", None))
        assert 4 <= len(told) <= 7
        assert told[-1].endswith("Choosing")

    def test_it_says_now_and_then_that_a_long_job_is_at_work(self) -> None:
        progress, told, now = self.make()
        progress.emit(self.begin(0, "cut", "Cutting"))
        now[0] = 50.0
        progress.tick()
        assert len(told) == 1
        now[0] = 70.0
        progress.tick()
        progress.tick()
        assert len(told) == 2
        assert told[1].endswith("] still at work: Cutting")
        progress.emit(record(Event.JOB_FINISHED, job_id=0))
        now[0] = 200.0
        progress.tick()
        assert len(told) == 2

    def test_on_a_terminal_the_line_is_kept_up_to_date_and_cleared_for_others(self) -> None:
        progress, told, now = self.make(one_line=True)
        progress.emit(self.begin(0, "cut", "Cutting"))
        now[0] = 2.0
        progress.tick()
        assert "after 2 s" in told[-1]
        assert progress.hides(record(Event.JOB_FINISHED))
        assert told[-1]
        assert not progress.hides(record(None, "Error: disk full"))
        assert told[-1] == ""
        progress.tick()
        progress.close()
        assert told[-1] == ""
        said = len(told)
        progress.tick()
        assert len(told) == said

    def test_targets_that_only_gather_others_are_no_jobs(self) -> None:
        progress, told, _ = self.make()
        gathers = record(Event.JOB_INFO, jobid=1, rule_name="all", rule_msg="x", output=[])
        progress.emit(gathers)
        assert not told

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


AFTERMATH = "RuleException:\nCalledProcessError in file \"a.smk\", line 7:\nCommand 'x' returned"


@pytest.mark.parametrize(
    ("message", "hidden"),
    [
        (AFTERMATH, True),
        ("Exiting because a job execution failed. Look above for error messages", True),
        ("WorkflowError:\nAt least one job did not complete successfully.", True),
        ("WorkflowError:\nError: no such profile", False),
        ("RuleException:\nNameError in file 'a.smk'", False),
    ],
)
def test_that_a_command_failed_is_hidden_where_the_run_tells_why(
    message: str, *, hidden: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = record(None, message)
    said.levelno = logging.ERROR
    progress = Progress(lambda: pytest.fail("asked"), None)
    assert not progress.hides(said)
    monkeypatch.setenv(TOLD_LAST, "yes")
    assert progress.hides(said) == hidden
    said.levelno = logging.INFO
    assert not progress.hides(said)


def test_chatter_is_what_progress_says_better() -> None:
    assert is_chatter(record(Event.JOB_FINISHED))
    assert is_chatter(record(None, "Select jobs to execute..."))
    assert is_chatter(record(None, "Updating checkpoint dependencies."))
    assert not is_chatter(record(None, "Error: disk full"))
    assert not is_chatter(record(Event.JOB_ERROR))

"""What a dry run hands to the command that asked for it, and when."""

from __future__ import annotations

import logging
from enum import Enum
from pathlib import Path

import pytest

from landloom.run.moments import Once, is_after_planning, is_before_planning
from landloom.run.planned import (
    CHECKS_TOO,
    VARIABLE,
    Kind,
    RunPlan,
    ToCome,
    bands_and_dtype,
    checks_are_wanted,
    wanted_plan,
)

JOBS = [
    ("stack", "Stacking the {wildcards.split} samples", 350),
    ("split", "Choosing the test cells", 370),
    ("stack", "Stacking the {wildcards.split} samples", 360),
    ("predict", None, None),
]


def test_jobs_are_counted_by_rule() -> None:
    planned = RunPlan.of(
        JOBS, [ToCome("later", 12, 900), ToCome("later_yet", None, None), ToCome("stack", 1, 1)]
    )
    assert planned.kinds == (
        Kind("predict", "", 1, None),
        Kind("split", "Choosing the test cells", 1, 370),
        Kind("stack", "Stacking the * samples", 2, 360),
        Kind("later", "", 12, 900, later=True),
        Kind("later_yet", "", None, None, later=True),
    )
    assert planned.jobs == 4


def test_a_plan_is_read_as_it_was_saved(tmp_path: Path) -> None:
    planned = RunPlan.of(JOBS, [ToCome("later", 3, 900)], ["a table: is wrong"], 12.5)
    planned.save(tmp_path / "plan.json")
    assert RunPlan.load(tmp_path / "plan.json") == planned


def test_it_is_asked_for_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv(CHECKS_TOO, raising=False)
    assert wanted_plan() is None
    assert checks_are_wanted()
    monkeypatch.setenv(VARIABLE, "/tmp/plan.json")
    monkeypatch.setenv(CHECKS_TOO, "no")
    assert wanted_plan() == "/tmp/plan.json"
    assert not checks_are_wanted()


class Event(Enum):
    """Some of Snakemake's events."""

    RUN_INFO = 1
    PROGRESS = 2


def record(text: str, event: Event | None = None) -> logging.LogRecord:
    made = logging.makeLogRecord({"msg": text})
    if event:
        made.event = event
    return made


def test_something_is_done_once_and_at_its_time() -> None:
    done: list[str] = []
    handlers = [
        Once(is_before_planning, lambda: done.append("before")),
        Once(is_after_planning, lambda: done.append("after")),
    ]
    for said in [
        record("host: x"),
        record("Building DAG of jobs..."),
        record("3 of 4 steps", Event.PROGRESS),
        record("Job stats:", Event.RUN_INFO),
        record("Job stats:", Event.RUN_INFO),
        record("Building DAG of jobs..."),
    ]:
        for handler in handlers:
            handler.handle(said)
    assert done == ["before", "after"]


def test_that_nothing_is_to_be_done_is_a_plan() -> None:
    assert is_after_planning(record("Nothing to be done (all requested files are present)."))


def test_what_ends_a_run_there_ends_it() -> None:
    def end() -> None:
        raise SystemExit("no such target")

    with pytest.raises(SystemExit, match="no such target"):
        Once(is_before_planning, end).handle(record("Building DAG of jobs..."))


def test_a_raster_that_cannot_be_read_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / "no.tif").write_text("no raster")
    assert bands_and_dtype(str(tmp_path / "no.tif")) is None
    assert bands_and_dtype(str(tmp_path / "none.tif")) is None

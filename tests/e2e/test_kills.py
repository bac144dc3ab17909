"""The demo, killed outright ten times over: nothing is lost, and nothing finished is made again.

By hand, more often and at other moments:
LANDLOOM_KILLS=20 LANDLOOM_SEED=7 pytest tests/e2e/test_kills.py
"""

from __future__ import annotations

import filecmp
import json
import os
import random
import subprocess
import time
from base64 import urlsafe_b64decode
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from conftest import Place
from sessions import kill_all, members

pytestmark = pytest.mark.full

KILLS = int(os.environ.get("LANDLOOM_KILLS", "10"))
SEED = int(os.environ.get("LANDLOOM_SEED", "827"))

LAST = 6
"""Jobs that may end unharmed, lest the run be over before its last kill."""

DIFFER_BY_RUN = {"logs", "benchmarks"}
"""Folders of what is no product, but holds times."""


@dataclass(frozen=True)
class Moment:
    """When to kill.

    Attributes
    ----------
    jobs
        When so many jobs have ended, those of the runs before included, and one of this run,
    seconds
        and so much later,
    writing
        and then, if so, as soon as a job is in the middle of writing a file.
    """

    jobs: int
    seconds: float
    writing: bool


def moments(jobs: int) -> Iterator[Moment]:
    """Draw a moment in each tenth of a run of so many jobs; every other one is to hit a write."""
    drawn = random.Random(SEED)
    edges = [(jobs - LAST) * kill // KILLS for kill in range(KILLS + 1)]
    for kill, (first, last) in enumerate(pairwise(edges)):
        yield Moment(drawn.randrange(first, last), drawn.uniform(0, 1.5), kill % 2 == 1)


def is_of_a_run(path: Path) -> bool:
    """Tell whether a path, from the working folder, is of a product or a draft of one."""
    return path.parts[0] in ("results", "resources") and not DIFFER_BY_RUN & set(path.parts)


def written(place: Place) -> set[Path]:
    found = (path.relative_to(place.folder) for path in place.folder.rglob("*") if path.is_file())
    return {path for path in found if is_of_a_run(path)}


def drafts(place: Place) -> set[Path]:
    hidden = {path for path in written(place) if path.name.startswith(".")}
    return {path for path in hidden if path.name != ".snakemake_timestamp"}  # of whole folders


def differing(place: Place, whole: Place) -> list[Path]:
    """Return the files that stand under a product's name, and are not what they are to be."""
    return [
        path
        for path in sorted(written(place) - drafts(place))
        if not (whole.folder / path).exists()
        or not filecmp.cmp(place.folder / path, whole.folder / path, shallow=False)
    ]


def ended_jobs(place: Place) -> int:
    """Count the jobs that have run to their end: each leaves a benchmark."""
    return sum("benchmarks" in path.parts for path in place.folder.rglob("*.tsv"))


def records(place: Place, kind: str) -> Iterator[tuple[str, Path]]:
    """Give the files that Snakemake keeps a record of, with the record."""
    folder = place.folder / ".snakemake" / kind
    for record in folder.rglob("*"):
        if record.is_file():  # a long name's record lies in folders that begin with @
            parts = (part.removeprefix("@") for part in record.relative_to(folder).parts)
            yield urlsafe_b64decode("".join(parts)).decode(), record


def finished(place: Place) -> dict[str, tuple[int, int]]:
    """Return the files that Snakemake takes for finished, and by what one made again is told."""
    incomplete = {name for name, _ in records(place, "incomplete")}
    by_job = defaultdict(list)
    for name, record in records(place, "metadata"):
        with suppress(json.JSONDecodeError):  # half of a record: its file is marked incomplete
            by_job[tuple(json.loads(record.read_text())["log"])].append(name)
    return {
        name: (stat.st_ino, stat.st_mtime_ns)
        for names in by_job.values()
        if not incomplete.intersection(names)
        for name in names
        for stat in [(place.folder / name).stat()]
    }


def is_writing(session: int, place: Place) -> bool:
    for process in members(session):
        with suppress(psutil.Error):
            for file in process.open_files():
                path = Path(file.path)
                ours = path.is_relative_to(place.folder)
                if ours and is_of_a_run(path.relative_to(place.folder)) and file.mode != "r":
                    return True
    return False


def told(place: Place) -> Path:
    """Return the file of what a run says."""
    return place.folder / "told.txt"


def wait_for(moment: Moment, place: Place, run: subprocess.Popen[str]) -> None:
    def pause(seconds: float) -> None:
        assert run.poll() is None, f"ended before it was killed:\n{told(place).read_text()}"
        time.sleep(seconds)

    jobs = max(moment.jobs, ended_jobs(place) + 1)
    while ended_jobs(place) < jobs:
        pause(0.1)
    pause(moment.seconds)
    while moment.writing and not is_writing(run.pid, place):
        pause(0.002)


def kill_at(moment: Moment, place: Place) -> None:
    """Start the demo, and kill Snakemake and its jobs at once."""
    with told(place).open("w") as output:
        run = place.start("--cores", "2", stdout=output, stderr=output, start_new_session=True)
    try:
        wait_for(moment, place, run)
    finally:
        kill_all(run)


def test_a_killed_run_goes_on_and_ends_the_same(demo: Place, tmp_path: Path) -> None:
    place = Place(tmp_path)
    kept: dict[str, tuple[int, int]] = {}
    torn: set[Path] = set()
    for moment in moments(ended_jobs(demo)):
        kill_at(moment, place)
        torn |= drafts(place)
        assert differing(place, demo) == []
        now = finished(place)
        assert kept.items() <= now.items(), moment
        kept = now
        run = place.snakemake("--unlock")
        assert run.code == 0, run.output
    assert torn, "no kill hit a write"

    run = place.snakemake("--cores", "2")
    assert run.code == 0, run.output
    assert kept.items() < finished(place).items()
    assert finished(place).keys() == finished(demo).keys()
    assert written(place) == written(demo)
    assert differing(place, demo) == []
    assert drafts(place) == set()

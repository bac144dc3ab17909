"""A run that is stopped at any moment ends with one calm line; started again, it ends the same.

By hand, more often and with other moments:
LANDLOOM_INTERRUPTS=20 LANDLOOM_SEED=7 pytest tests/e2e/test_interrupts.py
"""

from __future__ import annotations

import copy
import os
import random
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import yaml
from conftest import CONFIG, Place, digests
from sessions import members
from tiny_map import MAP_CONFIG

from landloom.run.stopping import LAST

pytestmark = pytest.mark.full

TIMES = int(os.environ.get("LANDLOOM_INTERRUPTS", "5"))
SEED = int(os.environ.get("LANDLOOM_SEED", "827"))
LATEST = 12.0
"""Seconds after which a run is stopped at the latest; it gets further each time."""

PATIENCE = 60.0
HIDDEN = {".snakemake_timestamp"}


@dataclass(frozen=True)
class Way:
    """How a run is stopped.

    Attributes
    ----------
    signal
        What is sent,
    group
        to all of its processes, as a terminal does, or to Snakemake alone,
    times
        and how often, a moment apart.
    """

    signal: signal.Signals
    group: bool
    times: int = 1


WAYS = [
    Way(signal.SIGINT, group=True),
    Way(signal.SIGINT, group=False, times=2),
    Way(signal.SIGINT, group=True, times=2),
    Way(signal.SIGTERM, group=False),
    Way(signal.SIGHUP, group=True),
    Way(signal.SIGINT, group=False),
    Way(signal.SIGTERM, group=True),
]


@pytest.fixture
def both(inputs: Path, map_inputs: Path, tmp_path: Path) -> Place:
    """A folder in which dataset and map are to be made."""
    place = Place(inputs).copy(tmp_path / "both")
    shutil.copytree(map_inputs, place.folder, dirs_exist_ok=True)
    place.config = copy.deepcopy(CONFIG | MAP_CONFIG)
    (place.folder / "mine.yaml").write_text(yaml.safe_dump(place.config))
    return place


def listens(run: subprocess.Popen[str]) -> bool:
    """Tell whether the Snakefile is being read, and signals are heard: before, Snakemake loads."""
    status = Path(f"/proc/{run.pid}/status").read_text()
    caught = int(status.split("SigCgt:")[1].split()[0], 16)
    return bool(caught >> (signal.SIGHUP - 1) & 1)


def stop(place: Place, way: Way, seconds: float) -> tuple[int, str]:
    """Start a run and stop it some seconds later; return its status and what it said."""
    told = place.folder / "told.txt"
    call = ("--configfile", "mine.yaml", "--cores", "2")
    with told.open("w") as output:
        run = place.start(*call, stdout=output, stderr=output, start_new_session=True)
    while run.poll() is None and not listens(run):
        time.sleep(0.01)
    time.sleep(seconds)
    for _ in range(way.times):
        with suppress(ProcessLookupError):
            (os.killpg if way.group else os.kill)(run.pid, way.signal)
        time.sleep(0.3)
    status = run.wait(PATIENCE)
    assert left_in(run.pid) == []
    return status, told.read_text()


def left_in(session: int) -> list[str]:
    """Return the processes of a session that still run."""
    found = []
    for process in members(session):
        with suppress(psutil.Error):
            found.append(process.name())
    return found


def half_written(place: Place) -> list[Path]:
    found = (file for file in place.results.rglob(".*") if file.is_file())
    return [file for file in found if file.name not in HIDDEN]


def test_it_is_calm_and_loses_nothing(both: Place, tmp_path: Path) -> None:
    drawn, turn = random.Random(SEED), 0
    whole = both.copy(tmp_path / "whole")
    while turn < TIMES:
        way, seconds = WAYS[turn % len(WAYS)], drawn.uniform(0, LATEST)
        status, said = stop(both, way, seconds)
        if status == 0:  # it was through before: from the beginning, for another moment
            assert LAST not in said, said
            shutil.rmtree(both.results)
            continue
        assert status == -way.signal, f"{way} after {seconds}:\n{said}"
        assert said.strip().splitlines()[-1] == LAST, f"{way} after {seconds}:\n{said}"
        for word in ("Traceback", "defect", "Error in rule"):
            assert word not in said, f"{way} after {seconds}:\n{said}"
        assert half_written(both) == [], f"{way} after {seconds}"
        assert not list((both.folder / ".snakemake/locks").glob("*"))
        turn += 1
    for place in (both, whole):
        run = place.run()
        assert run.code == 0, run.output
    assert digests(both) == digests(whole)

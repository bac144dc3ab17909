"""A process of the Snakefile that is told to stop says one line, and dies of the signal."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from landloom.run.stopping import LAST, SHIELD

SCRIPTS = Path(__file__).parents[3] / "workflow" / "scripts"
PROGRAM = f"""
import os, signal, subprocess, sys, threading, time
from landloom.run.stopping import Stopping
class Run:
    over = threading.Event()
    def begin_no_more(self): self.over.set()
    def tidy(self): print("tidy")
    def is_local(self): return True
def begin(work):
    call = {SHIELD!r} + "exec 3>&1; " + sys.executable + " -c '" + work + "'"
    return subprocess.Popen(["bash", "-c", call + "; echo ended"])
def ask(name): os.kill(os.getpid(), getattr(signal, name))
stopping = Stopping(Run())
stopping.listen()
stopping.last_words()
"""
DEAF = 'import time; print("at work", flush=True); time.sleep(30)'


def run(work: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-u", "-c", PROGRAM + work],
        env={"PYTHONPATH": str(SCRIPTS), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **options,
    )


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_before_the_first_job_it_ends_at_once(name: str) -> None:
    done = run(f"ask({name!r}); time.sleep(20)")
    assert done.returncode == -getattr(signal, name)
    assert (done.stdout, done.stderr.strip()) == ("tidy\n", LAST)


JOBS = f"""
stopping.jobs_begin()
job = begin({DEAF!r})
time.sleep(1)
"""


@pytest.mark.parametrize("names", [["SIGINT"], ["SIGINT", "SIGINT"], ["SIGTERM", "SIGTERM"]])
def test_jobs_are_ended_first(names: list[str]) -> None:
    done = run(f"{JOBS}\nfor name in {names}: ask(name)\njob.wait(); Run.over.wait(); sys.exit(1)")
    assert done.returncode == -getattr(signal, names[0])
    assert done.stderr.strip().splitlines()[-1] == LAST
    assert done.stdout.split() == ["at", "work", "ended", "tidy"]


def test_once_a_sigterm_lets_jobs_finish() -> None:
    done = run(f"{JOBS}\nask('SIGTERM'); Run.over.wait(); time.sleep(1); print(job.poll())")
    assert "None" in done.stdout
    assert "Stopping once the jobs" in done.stderr


def test_what_the_user_switched_off_stays_off() -> None:
    def without_terminal() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    done = run("ask('SIGHUP'); print('goes on')", preexec_fn=without_terminal)
    assert (done.returncode, done.stdout) == (0, "goes on\n")

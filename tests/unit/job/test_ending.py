"""A job that is asked to end leaves its work, clears up, and says nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from landloom.job.ending import ended_in_order

SCRIPTS = Path(__file__).parents[3] / "workflow" / "scripts"
SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]


@pytest.fixture(autouse=True)
def _hook_is_given_back(monkeypatch):
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)


def ask(*numbers: int) -> None:
    """Send signals to this process, and wait for what comes of them."""
    for number in numbers:
        os.kill(os.getpid(), number)
    time.sleep(0.2)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_leaves_the_block_with_the_status_that_shells_give(number):
    before = [signal.getsignal(each) for each in SIGNALS]
    with pytest.raises(SystemExit) as caught, ended_in_order():
        ask(number)
    assert caught.value.code == 128 + number
    assert [signal.getsignal(each) for each in SIGNALS] == before


def made_an_import_error() -> None:
    try:
        ask(signal.SIGTERM)
    except SystemExit as error:
        raise ImportError("numpy.core failed to import") from error


def test_what_a_library_makes_of_it_does_not_count():
    with pytest.raises(SystemExit) as caught, ended_in_order():
        made_an_import_error()
    assert caught.value.code == 143


def test_an_error_without_a_signal_stays_what_it_is():
    with pytest.raises(KeyError), ended_in_order():
        raise KeyError("x")


def clear_up_while_asked_again(done: list[bool]) -> None:
    try:
        ask(signal.SIGINT)
    finally:
        ask(*SIGNALS)
        done.append(True)


def test_asked_twice_it_clears_up_once():
    done: list[bool] = []
    with pytest.raises(SystemExit), ended_in_order():
        clear_up_while_asked_again(done)
    assert done == [True]


def run(work: str, **options: object) -> subprocess.CompletedProcess[str]:
    script = f"""
import os, signal, time
from pathlib import Path
from landloom.job.files import whole_file
from landloom.job.runner import job
with job("job.log"):
{work}
"""
    command = [sys.executable, "-c", script]
    return subprocess.run(
        command,
        env={"PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        **options,
    )


def test_it_insists_where_python_can_raise_nothing(tmp_path):
    work = """
    class Swallows:
        def __del__(self):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0)
    Swallows()
    time.sleep(20)
"""
    done = run(work, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (143, "")


def test_an_object_that_is_half_made_says_nothing(tmp_path):
    work = """
    class Half:
        def __init__(self):
            os.kill(os.getpid(), signal.SIGTERM)
            self.pointer = 1
        def __del__(self):
            del self.pointer
    Half()
"""
    done = run(work, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (143, "")


@pytest.mark.parametrize("number", SIGNALS)
def test_what_is_half_written_goes_and_the_log_tells_it(tmp_path, number):
    work = f"""
    with whole_file("out/a.txt") as draft:
        draft.write_text("half")
        os.kill(os.getpid(), {int(number)})
        time.sleep(20)
"""
    done = run(work, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (128 + number, "")
    assert list((tmp_path / "out").iterdir()) == []
    assert "ended from outside" in (tmp_path / "job.log").read_text()
    assert "Traceback" not in (tmp_path / "job.log").read_text()


def test_what_does_not_hear_the_terminal_goes_on_not_hearing_it(tmp_path):
    work = """
    os.kill(os.getpid(), signal.SIGINT)
    Path("done").touch()
"""
    run(work, cwd=tmp_path, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    assert (tmp_path / "done").exists()

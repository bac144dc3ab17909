"""A job tells a user's mistake in one message, and keeps the traceback of a defect in its log."""

from __future__ import annotations

import errno
import logging
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from landloom.errors import ConfigError, LandloomError
from landloom.job.lacks import CANNOT_GO_ON
from landloom.job.runner import job, peak_memory, tenths
from landloom.job.terminal import TOLD_LAST

FULL = Path("/dev/full")


@pytest.fixture
def log_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "logs" / "rule" / "job.log"


def test_the_peak_counts_memory_that_was_given_back():
    size = 2 * peak_memory()
    np.ones(size, np.uint8)
    assert peak_memory() > size


class TestInProcess:
    @staticmethod
    def work(log_file, error):
        with job(log_file) as log:
            log.info("started")
            raise error

    def test_messages_go_to_the_log(self, log_file):
        with job(log_file) as log:
            log.info("%d patches", 7)
            log.debug("not this")
        assert log_file.read_text().startswith("7 patches\npeak memory: ")

    def test_the_log_is_that_of_the_last_run(self, log_file):
        for text in ("first", "second"):
            with job(log_file) as log:
                log.info(text)
        assert log_file.read_text().startswith("second\npeak memory: ")

    def test_no_handler_is_left(self, log_file):
        before = list(logging.getLogger("landloom").handlers)
        with pytest.raises(SystemExit), job(log_file):
            raise LandloomError("x")
        assert logging.getLogger("landloom").handlers == before

    @pytest.mark.parametrize("error", [None, LandloomError("x"), ValueError("x")])
    def test_the_signal_handler_is_given_back(self, log_file, error):
        own = signal.signal(signal.SIGTERM, lambda *_: None)
        mine = signal.getsignal(signal.SIGTERM)
        try:
            with suppress(SystemExit, ValueError), job(log_file):
                assert signal.getsignal(signal.SIGTERM) != mine
                if error:
                    raise error
            assert signal.getsignal(signal.SIGTERM) == mine
        finally:
            signal.signal(signal.SIGTERM, own)

    @pytest.mark.parametrize("kind", [LandloomError, ConfigError])
    def test_a_users_mistake_ends_it_with_its_message(self, log_file, kind):
        with pytest.raises(SystemExit) as caught:
            self.work(log_file, kind("a.tif: has no CRS"))
        assert caught.value.code == "\na.tif: has no CRS\n"
        assert log_file.read_text() == "started\na.tif: has no CRS\n"

    @staticmethod
    def attempt(log_file, attempt, error, worked):
        with job(log_file, attempt):
            worked.append(attempt)
            raise error

    def attempts(self, log_file, *errors):
        """Make attempts as Snakemake does; return the messages, and whether each one worked."""
        made = []
        for attempt, error in enumerate(errors, start=1):
            worked = []
            with pytest.raises((SystemExit, ValueError)) as caught:
                self.attempt(log_file, attempt, error, worked)
            made.append((str(caught.value).strip(), bool(worked)))
        return made

    def test_a_job_that_is_over_by_its_own_word_is_not_tried_again(self, log_file, tmp_path):
        refused, other = LandloomError("a.tif: refused\n(in two lines)"), LandloomError("other")
        text = "a.tif: refused\n(in two lines)"
        assert self.attempts(log_file, refused, other, other) == [
            (text, True),
            (text, False),
            (text, False),
        ]
        assert log_file.read_text() == f"{text}\n"
        assert {path.name for path in tmp_path.iterdir()} == {"logs", ".snakemake"}
        # A run that is started later begins with a first attempt.
        assert self.attempts(log_file, other) == [("other", True)]
        with job(log_file, 1):
            pass
        assert list((tmp_path / ".snakemake/landloom").iterdir()) == []

    def test_a_job_that_died_is_tried_again(self, log_file):
        assert self.attempts(log_file, ValueError("x"), LandloomError("y")) == [
            ("x", True),
            ("y", True),
        ]

    @pytest.mark.parametrize(
        ("error", "message"),
        [
            (OSError(errno.ENOSPC, "full", "out.npy"), "out.npy: No space left on device; free"),
            (OSError(errno.ENOSPC, "full"), "\nNo space left on device; free some"),
            (PermissionError(errno.EACCES, "no", "out"), "out: Permission denied; work in a"),
            (OSError(errno.EDQUOT, "?", "out"), "out: Disk quota exceeded; free some"),
            (OSError(errno.EROFS, "?", "out"), "out: Read-only file system; work in a folder"),
            (OSError(errno.EMFILE, "?"), "\nToo many open files; raise the limit"),
            (OSError(errno.EFBIG, "?", "out"), "out: File too large; raise the limit"),
            (OSError(errno.EIO, "?", "out"), "out: Input/output error; see to it"),
            (MemoryError("Unable to allocate 9 TiB"), "\nCannot allocate memory; have more"),
            (OSError("a.gpkg: cannot be written"), "a.gpkg: cannot be written; see to it"),
        ],
    )
    def test_a_full_disk_or_the_like_is_told_and_traced_in_the_log(self, log_file, error, message):
        with pytest.raises(SystemExit) as caught, job(log_file):
            raise error
        assert message in caught.value.code
        assert "start again" in caught.value.code or "--directory" in caught.value.code
        *trace, last = log_file.read_text().splitlines()
        assert "Traceback" in trace[0]
        assert last == f"{CANNOT_GO_ON}{caught.value.code.strip()}"

    @pytest.mark.parametrize("kind", [ValueError, AssertionError])
    def test_a_defect_is_raised_and_traced_in_the_log(self, log_file, kind):
        with pytest.raises(kind, match="odd"), job(log_file):
            raise kind("odd")
        assert "Traceback" in log_file.read_text()
        assert f"{kind.__name__}: odd" in log_file.read_text()

    def test_a_log_that_cannot_be_made_is_told(self, tmp_path):
        (tmp_path / "results").write_text("a file where a folder belongs")
        with pytest.raises(SystemExit) as caught, job(tmp_path / "results" / "logs" / "job.log"):
            pytest.fail("the work began")
        assert str(tmp_path / "results") in caught.value.code


def run(log: Path, work: str) -> subprocess.CompletedProcess[str]:
    """Run some work as a job in a process of its own."""
    script = f"""
from landloom.errors import LandloomError
from landloom.job.lacks import CANNOT_GO_ON
from landloom.job.runner import job, peak_memory, tenths
with job({str(log)!r}) as log:
    log.info("started")
    {work}
"""
    path = Path(__file__).parents[3] / "workflow" / "scripts"
    command = [sys.executable, "-c", script]
    environment = {"PYTHONPATH": str(path)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


class TestAsAProcess:
    MISTAKE = "raise LandloomError('a.tif: has no CRS')"

    def test_a_users_mistake_shows_no_traceback(self, log_file):
        done = run(log_file, self.MISTAKE)
        assert (done.returncode, done.stderr.strip()) == (1, "a.tif: has no CRS")

    def test_a_defect_shows_its_traceback(self, log_file):
        done = run(log_file, "1 / 0")
        assert done.returncode == 1
        assert "ZeroDivisionError" in done.stderr

    @pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
    @pytest.mark.parametrize(
        ("work", "code", "said"),
        [
            (MISTAKE, 1, "a.tif: has no CRS"),
            ("open('/dev/full', 'w').write('x' * 100_000)", 1, "No space left on device"),
            ("pass", 0, ""),
        ],
    )
    def test_a_log_on_a_full_disk_does_not_get_in_the_way(self, work, code, said):
        done = run(FULL, work)
        assert done.returncode == code
        assert done.stderr.strip().startswith(said)
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("error", [LandloomError("n: 3: too few"), OSError(errno.ENOSPC, "full")])
def test_where_the_run_tells_it_a_job_says_only_that_it_failed(tmp_path, monkeypatch, error):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(TOLD_LAST, "yes")
    with pytest.raises(SystemExit) as caught, job("logs/job.log"):
        raise error
    words = "A job failed; what it says stands in logs/job.log, and at the end, if it is the first."
    assert caught.value.code == words  # the end tells of one job alone
    assert str(error.args[-1]) in Path("logs/job.log").read_text()


def test_warnings_are_shown_as_well(tmp_path, capsys):
    with job(tmp_path / "log") as log:
        log.info("quiet")
        log.warning("a class was dropped")
    assert capsys.readouterr().err == "Note: a class was dropped\n"
    assert (tmp_path / "log").read_text().startswith("quiet\na class was dropped\npeak memory: ")


def test_progress_is_told_at_each_tenth(tmp_path):
    with job(tmp_path / "log"):
        assert list(tenths(range(25), "cells")) == list(range(25))
        assert list(tenths([], "none")) == []
    lines = (tmp_path / "log").read_text().splitlines()
    assert len(lines) == 10 + 2
    assert (lines[0], lines[9]) == ("cells: 10 %, 3 of 25", "cells: 100 %, 25 of 25")

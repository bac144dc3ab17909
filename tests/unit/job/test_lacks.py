"""What the machine lacks is told with a remedy, be the disk full or a limit met."""

from __future__ import annotations

import errno
import logging
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from landloom.job import runner
from landloom.job.lacks import no_room, told

SCRIPTS = Path(__file__).parents[3] / "workflow" / "scripts"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "?", "a.tif"), "a.tif: No space left on device; free some"),
        (OSError(errno.ENOMEM, "?"), "Cannot allocate memory; have more memory"),
        (MemoryError("Unable to allocate 9 TiB"), "Cannot allocate memory; have more memory"),
        (OSError("a.gpkg: cannot be written"), "a.gpkg: cannot be written; see to it and start"),
    ],
)
def test_it_is_told_with_a_remedy(error, words):
    assert told(error).startswith(words)


def test_a_folder_with_room_lacks_nothing(tmp_path):
    assert no_room(tmp_path / "is" / "made" / "later") is None
    assert list(tmp_path.iterdir()) == []


def test_a_quota_is_found(tmp_path, monkeypatch):
    def refuse(_: int) -> None:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    monkeypatch.setattr(os, "fsync", refuse)
    assert no_room(tmp_path).errno == errno.EDQUOT


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


@pytest.mark.parametrize(
    "work",
    [
        "draft.write_bytes(bytes(30_000))",
        "draft.write_bytes(bytes(20_000))",  # a driver that kept silent on the rest
        "draft.write_bytes(bytes(20_000)); raise ValueError('Write failed')",
    ],
)
def test_a_limit_on_files_is_told(tmp_path, work):
    script = f"""
from landloom.job.files import whole_file
from landloom.job.runner import job
with job("job.log"), whole_file("out/a.tif") as draft:
    {work}
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limited,
    )
    assert done.returncode == 1
    assert done.stderr.strip().startswith("out/a.tif: File too large; raise the limit")
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_a_log_keeps_the_last_message_where_the_disk_is_full_meanwhile(tmp_path, monkeypatch):
    log = runner._LogFile(tmp_path / "log")
    log.emit(logging.makeLogRecord({"msg": "begun"}))
    monkeypatch.setattr(log, "flush", refuse_to_flush)
    log.emit(logging.makeLogRecord({"msg": "the disk is full"}))
    log.close()
    assert (tmp_path / "log").read_text() == "the disk is full\n"


def refuse_to_flush() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")

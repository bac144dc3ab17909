"""Temporary folders: gone with their job, or with the next one where it was killed."""

import multiprocessing
import os
import tempfile
import time

import pytest

from landloom.job.folders import temporary_folder
from landloom.job.whole import machine


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def hold():
    with temporary_folder() as folder:
        (folder / "tile.tif").write_bytes(b"half")
        time.sleep(60)


def test_it_is_removed_with_what_is_in_it(scratch):
    with temporary_folder() as folder:
        (folder / "deep").mkdir()
        assert folder.parent == scratch
    assert list(scratch.iterdir()) == []


def test_what_a_killed_job_left_is_removed_by_the_next_and_what_a_living_one_has_is_not(scratch):
    context = multiprocessing.get_context("fork")
    killed, living = (context.Process(target=hold) for _ in range(2))
    killed.start()
    living.start()
    while len(list(scratch.glob("*/tile.tif"))) < 2:
        time.sleep(0.01)
    killed.kill()
    killed.join()
    try:
        with temporary_folder() as own:
            of_living = [path for path in scratch.iterdir() if path != own]
            assert [path.name.split(".")[-2] for path in of_living] == [str(living.pid)]
            assert (of_living[0] / "tile.tif").exists()
    finally:
        living.kill()
        living.join()


def test_what_may_be_in_use_stays(scratch):
    own = f"landloom.{machine()}.{os.getpid()}.abc"
    others = {"landloom.elsewhere.1.abc", "landloom-abc", own}
    for name in others:
        (scratch / name).mkdir()
    with temporary_folder():
        pass
    assert {path.name for path in scratch.iterdir()} == others

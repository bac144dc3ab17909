"""What a run knows of the files that it made anew."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from landloom.job.integrity import forget, record, recorded
from landloom.run.cutoff import Cutoff, time_of

OLD, LATER = 1_000_000_000.0, 1_000_000_100.0


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A file that a job made, a while ago."""
    return make(tmp_path / "made.json", "one")


def make(path: Path, text: str, at: float = OLD) -> Path:
    path.write_text(text)
    os.utime(path, (at, at))
    record(path)
    return path


def note(path: Path, *notes: str) -> None:
    (path.parent / ".notes").mkdir(exist_ok=True)
    (path.parent / ".notes" / path.name).write_text(json.dumps(notes))


def begun(path: Path) -> Cutoff:
    cutoff = Cutoff()
    cutoff.about_to_make([str(path)])
    forget(path)
    return cutoff


def test_the_same_bytes_are_the_file_as_before_though_it_is_newer(made: Path) -> None:
    cutoff = begun(made)
    make(made, "one", LATER)
    assert cutoff.is_as_before(str(made))
    assert cutoff.was_older(str(made), than=OLD)
    assert not cutoff.was_older(str(made), than=OLD - 1)


def test_other_bytes_are_not(made: Path) -> None:
    cutoff = begun(made)
    make(made, "two", LATER)
    assert not cutoff.is_as_before(str(made))


def test_nor_are_other_notes(made: Path) -> None:
    cutoff = begun(made)
    make(made, "one", LATER)
    note(made, "mind this")
    assert not cutoff.is_as_before(str(made))
    cutoff = begun(made)
    make(made, "one", LATER)
    assert cutoff.is_as_before(str(made))


def test_nor_is_what_has_no_record_before_or_after(made: Path) -> None:
    forget(made)
    cutoff = begun(made)
    record(made)
    assert not cutoff.is_as_before(str(made))
    cutoff = begun(made)
    assert not cutoff.is_as_before(str(made))


def test_a_file_that_was_not_there_was_not_older(tmp_path: Path) -> None:
    cutoff = begun(tmp_path / "new.json")
    make(tmp_path / "new.json", "one")
    assert not cutoff.is_as_before(str(tmp_path / "new.json"))
    assert not cutoff.was_older(str(tmp_path / "new.json"), than=LATER)


def test_the_first_look_counts_of_a_job_that_is_tried_again(made: Path) -> None:
    cutoff = begun(made)
    make(made, "half")
    cutoff.about_to_make([str(made)])
    make(made, "one")
    assert cutoff.is_as_before(str(made))


def test_what_the_run_does_not_make_goes_by_its_time(made: Path) -> None:
    cutoff = Cutoff()
    assert cutoff.is_as_before(str(made))
    assert cutoff.was_older(str(made), than=OLD)
    assert not cutoff.was_older(str(made), than=OLD - 1)


def test_a_link_is_as_new_as_the_later_of_both(made: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(made)
    assert (time_of(link) or 0) > LATER
    os.utime(made, (3e9, 3e9))
    assert time_of(link) == 3e9


def test_a_folder_has_the_time_of_its_mark_and_the_digests_of_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "windows"
    folder.mkdir()
    assert time_of(folder) is None
    (folder / ".snakemake_timestamp").touch()
    os.utime(folder / ".snakemake_timestamp", (OLD, OLD))
    assert time_of(folder) == OLD
    (folder / "a.tif").write_text("a")
    record(folder)
    before = recorded(folder)
    record(folder)
    assert recorded(folder) == before
    (folder / "b.tif").write_text("b")
    record(folder)
    assert recorded(folder) != before


def test_of_several_files_the_first_counts(made: Path, tmp_path: Path) -> None:
    other = make(tmp_path / "other.json", "two", LATER)
    assert Cutoff.made([str(other), str(made)]) == OLD
    assert Cutoff.made([str(other), str(tmp_path / "none")]) == 0.0

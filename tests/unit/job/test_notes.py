"""What jobs note is kept beside what they make."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from landloom.errors import LandloomError
from landloom.job.notes import all_noted, noted, notes_on
from landloom.job.runner import job


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def work(*notes: str, writes: tuple[str, ...] = ("map/a.tif", "map/a.json")) -> None:
    """Do a job's work, which notes something and makes files."""
    with job("logs/a.log", writes=writes) as log:
        log.info("nothing for a reader")
        for note in notes:
            log.warning("%s", note)
        for path in writes:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(path)


def test_notes_lie_beside_the_json_file_that_a_job_makes() -> None:
    work("one tile is void", "café", "one tile is void")
    assert notes_on("map/a.json") == ["one tile is void", "café"]
    assert notes_on("map/a.tif") == []
    kept = Path("map/.notes/a.json")
    first = kept.read_bytes()
    work("one tile is void", "café")
    assert kept.read_bytes() == first


def test_without_a_json_file_they_lie_beside_the_first() -> None:
    work("x", writes=("samples.parquet", "b.csv"))
    assert notes_on("samples.parquet") == ["x"]
    work("x", writes=())


def test_a_job_that_has_nothing_to_note_leaves_nothing() -> None:
    work()
    assert not Path("map/.notes").exists()
    work("x")
    work()
    assert notes_on("map/a.json") == []


def test_what_a_failed_job_noted_is_not_kept() -> None:
    def fail() -> None:
        with job("logs/a.log", writes=["map/a.json"]) as log:
            log.warning("new")
            raise LandloomError("no")

    work("old")
    with pytest.raises(SystemExit):
        fail()
    assert notes_on("map/a.json") == []


def test_secrets_of_addresses_are_not_kept() -> None:
    work("https://user:secret@example.org/a.tif?key=secret is slow")
    assert "secret" not in Path("map/.notes/a.json").read_text()


def test_notes_of_several_files_come_in_order_and_once() -> None:
    work("both", "first", writes=("map/a.json",))
    work("both", "second", writes=("map/b.json",))
    work("third", writes=("c/c.json",))
    paths = ["map/b.json", "map/a.json", "map/none.json", "nowhere/x.json", "c/c.json"]
    assert noted(paths) == {
        "map/b.json": ["both", "second"],
        "map/a.json": ["first"],
        "c/c.json": ["third"],
    }
    assert all_noted(paths) == ["both", "second", "first", "third"]


@pytest.mark.parametrize("text", ["", "[", "{}", "[1]", "null", "[" * 100_000, "\x80"])
def test_spoilt_notes_are_told_and_end_nothing(text: str) -> None:
    work("x")
    Path("map/.notes/a.json").write_bytes(text.encode("latin-1"))
    (told,) = notes_on("map/a.json")
    assert "map/a.json cannot be read; delete it" in told
    work("y")
    assert json.loads(Path("map/.notes/a.json").read_text()) == ["y"]

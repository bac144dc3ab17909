"""Finished pieces are there for the next job, as long as they are made from the same."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from landloom.job.integrity import RECORDS, record
from landloom.job.kept import FOLDER, Kept, clear

PARAMS: dict[str, Any] = {"block": 64, "layers": "labels", "code": "abc", "of": [None, {"a": 1}]}


@pytest.fixture
def reads(tmp_path: Path) -> list[Path]:
    """A user's own file, and one that a job made."""
    own, made = tmp_path / "own.tif", tmp_path / "model.npz"
    own.write_bytes(b"pixels")
    made.write_bytes(b"trees")
    record(made)
    return [own, made]


def kept(reads: list[Path], params: dict[str, Any] | None = None) -> Kept:
    return Kept(reads[0].parent / "blocks/r000-c000x2.tif", reads, params or PARAMS)


def keep(place: Kept, name: str = "a.tif") -> None:
    with place.adding(name) as draft:
        draft.write_text(name)


def test_a_piece_is_found_by_the_next_job(reads: list[Path]) -> None:
    keep(kept(reads))
    again = kept(reads, dict(reversed(PARAMS.items())))
    assert (again.has("a.tif"), again.has("b.tif")) == (True, False)
    assert again.path("a.tif").read_text() == "a.tif"


def test_a_file_that_a_job_made_again_with_the_same_bytes_is_the_same(reads: list[Path]) -> None:
    keep(kept(reads))
    os.utime(reads[1], (1, 1))
    assert kept(reads).has("a.tif")


def test_a_copy_that_is_fetched_again_with_the_same_bytes_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANDLOOM_COPIES", str(tmp_path))
    model, raster = tmp_path / "model.npz", tmp_path / "window.tif"
    model.write_bytes(b"trees")
    raster.write_bytes(b"pixels")
    keep(kept([model, raster]))
    for file in (model, raster):
        told = file.read_bytes()
        file.unlink()  # at the end of a run
        file.write_bytes(told)
        os.utime(file, (1, 1))
    assert kept([model, raster]).has("a.tif")
    model.write_bytes(b"other")
    os.utime(model, (1, 1))
    assert not kept([model, raster]).has("a.tif"), "of the same size and time"


def change(which: str, reads: list[Path]) -> dict[str, Any]:
    """Change one of the things that pieces follow from; return the params."""
    if which == "own file touched":
        os.utime(reads[0], (1, 1))
    elif which == "own file grown":
        stat = reads[0].stat()
        reads[0].write_bytes(b"pixels and more")
        os.utime(reads[0], ns=(stat.st_atime_ns, stat.st_mtime_ns))
    elif which == "made file":
        reads[1].write_bytes(b"other")
        record(reads[1])
    return PARAMS | ({"code": "abd"} if which == "params" else {})


@pytest.mark.parametrize("which", ["own file touched", "own file grown", "made file", "params"])
def test_what_was_made_from_something_else_is_none(reads: list[Path], which: str) -> None:
    before = kept(reads)
    keep(before)
    now = kept(reads, change(which, reads))
    assert not now.has("a.tif")
    now.tell(0, 1)
    assert not before.path("a.tif").exists()


DAMAGES: dict[str, Callable[[Path, Path], object]] = {
    "other bytes": lambda piece, _: piece.write_text("b.tif"),
    "cut short": lambda piece, _: piece.write_text("a"),
    "emptied": lambda piece, _: piece.write_text(""),
    "gone": lambda piece, _: piece.unlink(),
    "without a record, as of a job killed in between": lambda _, told: told.unlink(),
    "with a spoilt record": lambda _, told: told.write_text("?"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_piece_is_none(reads: list[Path], damage: str) -> None:
    keep(kept(reads))
    piece = kept(reads).path("a.tif")
    DAMAGES[damage](piece, piece.parent / RECORDS / "a.tif.sha256")
    assert not kept(reads).has("a.tif")
    keep(kept(reads))
    assert kept(reads).has("a.tif")


def test_nothing_is_left_of_what_was_read(reads: list[Path]) -> None:
    folder = reads[0].parent / "blocks"
    paths = [folder / "r000-c000x2.tif", folder / "r000-c001x2.tif"]
    one, other = (Kept(path, reads, PARAMS) for path in paths)
    keep(one)
    keep(other)
    clear(paths[:1])
    assert not one.has("a.tif")
    assert other.has("a.tif")
    clear([*paths, folder / "never.tif"])
    assert not (folder / FOLDER).exists()


def finish(reads: list[Path]) -> Path:
    """Finish a target of one piece."""
    place, path = kept(reads), reads[0].parent / "blocks/r000-c000x2.tif"
    keep(place)
    path.write_text("the whole")
    place.end()
    assert not place.has("a.tif")
    return path


def test_a_target_whose_end_nobody_saw_comes_back(reads: list[Path]) -> None:
    path = finish(reads)
    before = path.stat()
    os.utime(path, (1, 1))
    path.unlink()  # as Snakemake does where it has not seen that the job had ended
    assert kept(reads).restore()
    assert (path.read_text(), path.stat().st_ino) == ("the whole", before.st_ino)
    assert path.stat().st_mtime >= before.st_mtime, "newer than what it is made from"


def test_a_target_that_was_made_from_something_else_or_spoilt_does_not(reads: list[Path]) -> None:
    path = finish(reads)
    assert not kept(reads, PARAMS | {"code": "abd"}).restore()
    path.write_text("spoilt, and its second name with it")
    path.unlink()
    assert not kept(reads).restore()
    assert not path.exists()


def test_a_copy_of_what_is_sent_away_keeps_no_room(
    reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = reads[0].parent / ".snakemake/storage/s3"
    monkeypatch.setenv("LANDLOOM_COPIES", str(store))
    path = store / "blocks/r000-c000x2.tif"
    place = Kept(path, reads, PARAMS)
    keep(place)
    place.path("a.tif").write_text("b.tif")
    assert not place.has("a.tif"), "pieces stay on this machine, and so do their records"
    keep(place)
    assert place.has("a.tif")
    path.write_text("the whole")
    place.end()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_file_system_without_second_names_keeps_nothing(
    reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    path = finish(reads)
    assert (path.read_text(), kept(reads).restore()) == ("the whole", False)
    assert not (path.parent / FOLDER).exists()

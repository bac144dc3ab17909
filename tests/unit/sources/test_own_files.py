"""Digests of the user's own files, and what is said of those that are no longer the same."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from landloom.job import integrity
from landloom.sources import own_files
from landloom.sources.own_files import changed_files, digests_text, sampled_digest

Spoil = Callable[[bytes], bytes]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory where blocks are small."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(own_files, "BLOCK", 10)
    monkeypatch.setattr(own_files, "LARGEST_FILE", 2000)
    monkeypatch.setattr(own_files, "LARGEST_SUM", 2500)
    return tmp_path


def kept(here: Path, **sizes: int) -> Path:
    for name, size in sizes.items():
        (here / name).write_bytes(bytes(range(256)) * (size // 256) + b"x" * (size % 256))
    record = here / "inputs.sha256"
    record.write_text(digests_text(sizes))
    return record


def change(path: str, place: int) -> None:
    body = bytearray(Path(path).read_bytes())
    body[place] ^= 1
    Path(path).write_bytes(body)


@pytest.mark.parametrize("name", ["a.tif", "a  b.tif", "#sampled é.tif", "\\a.tif", "a\\nb.tif"])
def test_one_byte_is_noticed(here: Path, name: str) -> None:
    record = kept(here, **{name: 1000, "other": 3000})
    assert list(changed_files(record)) == []
    change(name, 500)
    (line,) = changed_files(record)
    assert line.startswith(f"{name}: is not what the results were made from")
    assert "touch" in line


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="sha256sum is not installed")
def test_sha256sum_agrees(here: Path) -> None:
    record = kept(here, **{"a  b.tif": 1000, "\\a.tif": 10, "large": 3000})
    call = ["sha256sum", "--check", "--strict", record.name]
    done = subprocess.run(call, cwd=here, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("OK") == 2
    change("a  b.tif", 0)
    assert subprocess.run(call, cwd=here, capture_output=True, check=False).returncode == 1


def test_large_files_are_sampled(here: Path) -> None:
    record = kept(here, large=3000)
    assert "#sampled" in record.read_text().splitlines()[-1]
    for place in (0, -1):
        change("large", place)
        (line,) = changed_files(record)
        assert line.startswith("large: is not what")
        change("large", place)
    assert list(changed_files(record)) == []
    with (here / "large").open("ab") as file:
        file.write(b"x")
    assert len(list(changed_files(record))) == 1


def test_most_of_a_file_need_not_be_read(here: Path) -> None:
    (here / "huge").touch()
    with (here / "huge").open("r+b") as file:
        file.truncate(2**40)
    assert sampled_digest("huge") == sampled_digest("huge")


def test_many_files_are_read_whole_up_to_a_sum(here: Path) -> None:
    record = kept(here, a=1500, b=900, c=1600)
    sampled = [line.split("  ")[1] for line in record.read_text().splitlines() if "#s" in line[:2]]
    assert sampled == ["c"]


def test_what_is_gone_is_told(here: Path) -> None:
    record = kept(here, a=10)
    (here / "a").unlink()
    assert list(changed_files(record)) == [
        "a: is gone, and the results were made from it; put it back"
    ]


def test_without_a_record_nothing_is_told(here: Path) -> None:
    assert list(changed_files(here / "none")) == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda body: body[:0], "it is empty"),
        (lambda body: b"x" * len(body) + b"\n", "line 1 is no digest and path"),
        (lambda body: b"\0" * len(body), "it is cut short"),
        (lambda body: body[:-3], "it is cut short"),
        (lambda body: body[:-80] + b"\n", "line 4 is no digest and path"),
        (lambda body: body.replace(b"  w/", b" w/"), "line 3 is no digest and path"),
        (lambda body: body.replace(b"w/", b"\xff/"), "it is not UTF-8"),
    ],
)
def test_a_damaged_record_is_told_and_nothing_else(here: Path, spoil: Spoil, said: str) -> None:
    (here / "w").mkdir()
    record = kept(here, **{"w/a.tif": 10, "w/b.tif": 3000})
    record.write_bytes(spoil(record.read_bytes()))
    (line,) = changed_files(record)
    assert line == (
        f"{record}: is damaged ({said}), so that nothing can be compared with it; delete it and "
        "start again, and it is made again"
    )


def test_a_record_that_is_another_than_its_job_made_is_told(here: Path) -> None:
    record = kept(here, a=10, b=10)
    integrity.record(record)
    record.write_text("".join(record.read_text().splitlines(keepends=True)[:-1]))
    (line,) = changed_files(record)
    assert line.startswith(f"{record}: is damaged, or another file than its job made")

"""Finished files that are not what they were: noticed before they are read, named, and mended."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from landloom.errors import LandloomError
from landloom.job import integrity
from landloom.job.integrity import damaged_below, damages, intact, record, refuse_damaged


@pytest.fixture
def file(tmp_path):
    """A finished file with its record."""
    path = tmp_path / "results" / "points.parquet"
    with intact([], [path]):
        path.parent.mkdir()
        path.write_bytes(bytes(range(100)))
    return path


@pytest.fixture
def windows(tmp_path):
    """A folder that was made as a whole, with its records."""
    folder = tmp_path / "results" / "windows"
    with intact([], [folder]):
        folder.mkdir(parents=True)
        for name in ("a.tif", "b.tif"):
            (folder / name).write_text(name)
        (folder / ".snakemake_timestamp").touch()
    return folder


def flip(path):
    body = bytearray(path.read_bytes())
    body[-1] ^= 1
    path.write_bytes(body)


SPOILT = {
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "flipped": flip,
    "emptied": lambda path: path.write_bytes(b""),
    "replaced": lambda path: path.write_bytes(b"of another run"),
}


def told(paths):
    with pytest.raises(LandloomError) as caught:
        refuse_damaged(paths)
    return str(caught.value)


class TestNoticed:
    def test_a_whole_file_is_taken(self, file):
        refuse_damaged([file, str(file)])

    @pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
    def test_another_is_named_with_the_remedy(self, file, spoil):
        spoil(file)
        assert told([file]).startswith(f"{file}: is damaged, or another file than its job made (")
        assert "delete it and start again" in told([file])
        assert "\n" not in told([file])

    def test_a_file_that_is_read_twice_is_named_once(self, file):
        flip(file)
        assert told([file, str(file), f"{file.parent}/./{file.name}"]) == told([file])
        assert told([file]).count(str(file)) == 1

    def test_times_tell_nothing(self, file):
        times = file.stat()
        flip(file)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
        assert str(file) in told([file])
        file.write_bytes(bytes(range(100)))
        refuse_damaged([file])

    def test_what_has_no_record_is_taken_as_it_is(self, tmp_path):
        (tmp_path / "own.tif").write_text("x")
        refuse_damaged([tmp_path / "own.tif", tmp_path / "https:/x.org/own.tif"])
        refuse_damaged([tmp_path])

    def test_a_spoilt_record_speaks_against_its_file(self, file):
        (file.parent / integrity.RECORDS / f"{file.name}.sha256").write_bytes(b"\xff\x00")
        assert str(file) in told([file])
        assert "the record of its digest is spoilt" in told([file])
        assert told([file]).isprintable()

    def test_a_folder_in_place_of_a_record_is_one_that_is_spoilt(self, file):
        kept = file.parent / integrity.RECORDS / f"{file.name}.sha256"
        kept.unlink()
        kept.mkdir()
        (kept / "inner").touch()
        assert "the record of its digest is spoilt" in told([file])
        with intact([], [file]):
            pass
        refuse_damaged([file])

    def test_a_folder_in_place_of_a_file_is_damage(self, file):
        file.unlink()
        file.mkdir()
        assert "(a folder); delete it and start again" in told([file])
        for damage in damaged_below(file.parent):
            damage.mend()
        assert not file.exists()
        refuse_damaged([file])

    def test_the_rest_of_many_is_counted(self, tmp_path):
        paths = [tmp_path / f"{number}.npz" for number in range(12)]
        with intact([], paths):
            for path in paths:
                path.touch()
        for path in paths:
            path.write_text("x")
        assert told(paths).count("is damaged") == 10
        assert "and 2 more\n" in told(paths)
        assert "snakemake repair" in told(paths)

    @pytest.mark.parametrize("spoil", [*SPOILT.values(), Path.unlink], ids=[*SPOILT, "removed"])
    def test_a_part_of_a_folder_is_named_and_the_folder_is_to_go(self, windows, spoil):
        refuse_damaged([windows])
        spoil(windows / "b.tif")
        assert told([windows]).startswith(f"{windows / 'b.tif'}: ")
        assert f"delete the folder {windows} and" in told([windows])

    def test_parts_in_inner_folders_count(self, windows):
        (windows / "inner/deep").mkdir(parents=True)
        (windows / "inner/deep/c.tif").write_text("c")
        (windows / "inner/.hidden").mkdir()
        (windows / "inner/.hidden/d.tif").write_text("d")
        record(windows)
        refuse_damaged([windows])
        (windows / "inner/.hidden/d.tif").write_text("x")
        refuse_damaged([windows])
        (windows / "inner/deep/c.tif").write_text("x")
        assert told([windows]).startswith(f"{windows / 'inner/deep/c.tif'}: ")
        assert f"delete the folder {windows} and" in told([windows])
        (found,) = damaged_below(windows.parent)
        assert found.remedy == windows

    def test_sha256sum_agrees(self, file):
        check = ["sha256sum", "--check", f"{integrity.RECORDS}/{file.name}.sha256"]
        done = subprocess.run(check, cwd=file.parent, capture_output=True, text=True, check=True)
        assert done.stdout == f"{file.name}: OK\n"


class TestJob:
    def test_nothing_begins_on_damaged_files(self, file, tmp_path):
        flip(file)
        with pytest.raises(LandloomError), intact([file], [tmp_path / "new"]):
            (tmp_path / "new").touch()
        assert not (tmp_path / "new").exists()

    def test_one_that_fails_keeps_no_record(self, file):
        def work():
            with intact([], [file]):
                file.write_text("half of it")
                raise ValueError("x")

        with pytest.raises(ValueError, match="x"):
            work()
        assert list(damages(file)) == []

    def test_made_again_it_counts_as_it_is_then(self, file):
        with intact([file], [file]):
            file.write_text("another")
        refuse_damaged([file])

    def test_equal_files_have_equal_records(self, file, tmp_path):
        again = tmp_path / "again" / file.name
        again.parent.mkdir()
        again.write_bytes(file.read_bytes())
        record(again)
        name = f"{integrity.RECORDS}/{file.name}.sha256"
        assert (again.parent / name).read_bytes() == (file.parent / name).read_bytes()


class TestRepair:
    def test_just_the_damaged_files_go(self, file, windows):
        other = file.with_name("other.json")
        other.write_text("{}")
        record(other)
        flip(file)
        found = list(damaged_below(file.parents[1]))
        assert [damage.file for damage in found] == [file]
        for damage in found:
            damage.mend()
        assert not file.exists()
        assert other.exists()
        assert (windows / "a.tif").exists()
        assert list(damaged_below(file.parents[1])) == []

    def test_a_folder_made_as_a_whole_goes_as_a_whole(self, windows):
        (windows / "a.tif").unlink()
        (found,) = damaged_below(windows.parent)
        assert found.remedy == windows
        found.mend()
        assert not windows.exists()

    def test_so_it_does_with_several_damaged_files(self, windows):
        for name in ("a.tif", "b.tif"):
            (windows / name).write_text("x")
        first, second = damaged_below(windows.parent)
        first.mend()
        second.mend()
        assert not windows.exists()

    def test_what_is_gone_is_no_damage_and_forgotten(self, file):
        file.unlink()
        assert list(damaged_below(file.parent)) == []
        assert list((file.parent / integrity.RECORDS).iterdir()) == []

    def test_a_file_that_is_being_made_again_is_left_alone(self, file, monkeypatch):
        def digest(path):
            integrity.forget(path)  # as its job does when it begins
            return "of what the job has made"

        monkeypatch.setattr(integrity, "sha256_of", digest)
        assert list(damaged_below(file.parent)) == []

"""Files appear whole or not at all."""

from __future__ import annotations

import errno
import math
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.errors import RasterioIOError

from landloom.job.files import read_json, whole_file, write_json


@pytest.fixture
def target(tmp_path):
    return tmp_path / "cells" / "r000c000.npz"


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write_half(target: Path, error: BaseException, *besides: str) -> None:
    """Begin to write a file and those that a driver puts beside it, then fail."""
    with whole_file(target) as draft:
        for suffix in ("", *besides):
            draft.with_name(draft.name + suffix).write_text("half")
        raise error


def write_half_and_die(target: Path) -> None:
    with whole_file(target) as draft:
        for suffix in ("", "-wal", "-journal", ".aux.xml"):
            draft.with_name(draft.name + suffix).write_text("half")
        os.kill(os.getpid(), signal.SIGKILL)


def write_and_raise(draft: Path, error: Exception | None) -> None:
    draft.write_text("half")
    if error:
        raise error


def write_tile(path: Path, pixels: np.ndarray) -> None:
    profile = {"driver": "GTiff", "count": 1, "dtype": "int16", "compress": "deflate"}
    size = {"height": pixels.shape[0], "width": pixels.shape[1], "tiled": True}
    with rasterio.open(
        path, "w", transform=Affine(1, 0, 0, 0, -1, 1), crs="EPSG:4326", **profile, **size
    ) as raster:
        raster.write(pixels, 1)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", disk]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("mounting a small file system takes root, which this is not")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


class TestWholeFile:
    def test_the_file_appears_when_the_block_ends(self, target):
        with whole_file(target) as draft:
            draft.write_text("new")
            assert not target.exists()
        assert target.read_text() == "new"
        assert names_in(target.parent) == [target.name]

    def test_a_former_file_is_replaced_in_one_step(self, target):
        with whole_file(target) as draft:
            draft.write_text("old")
        with whole_file(target) as draft:
            draft.write_text("new")
            number = draft.stat().st_ino
            assert target.read_text() == "old"
        assert target.read_text() == "new"
        assert target.stat().st_ino == number, "renamed, not copied"

    def test_it_is_on_the_disk_before_it_gets_its_name(self, target, monkeypatch):
        reached = []

        def fsync(descriptor):
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            reached.append((path == target.parent, target.exists()))

        monkeypatch.setattr(os, "fsync", fsync)
        with whole_file(target) as draft:
            draft.touch()
        assert reached == [(False, False), (True, True)]

    def test_what_does_not_reach_the_disk_does_not_appear(self, target, monkeypatch):
        def fsync(_):
            raise OSError(errno.EDQUOT, "Disk quota exceeded")

        monkeypatch.setattr(os, "fsync", fsync)
        with pytest.raises(OSError, match="quota") as caught, whole_file(target) as draft:
            draft.touch()
        assert caught.value.filename == str(target)
        assert names_in(target.parent) == []

    @pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt, SystemExit])
    def test_nothing_is_left_behind_when_the_block_raises(self, target, error):
        with pytest.raises(error):
            write_half(target, error("x"))
        assert names_in(target.parent) == []

    def test_a_former_file_stays_when_the_block_raises(self, target):
        target.parent.mkdir()
        target.write_text("old")
        with pytest.raises(ValueError, match="no"):
            write_half(target, ValueError("no"))
        assert target.read_text() == "old"
        assert names_in(target.parent) == [target.name]

    @pytest.mark.parametrize("name", ["a.gpkg", "a[1].gpkg", "a b*.gpkg"])
    def test_what_drivers_put_beside_it_goes_too(self, tmp_path, name):
        with pytest.raises(ValueError, match="no"):
            write_half(tmp_path / name, ValueError("no"), "-wal", "-journal", ".aux.xml")
        assert names_in(tmp_path) == []

    def test_the_files_of_others_are_left_alone(self, target):
        target.parent.mkdir()
        here = os.uname().nodename
        others = [
            f".r000c000.{here}.{os.getppid()}.npz",  # at work
            ".r000c000.another.999999999.npz",  # at work on another machine, for all that is known
            f".r000c001.{here}.999999999.npz",
            "r000c000.json",
            "r000c001.npz",
            ".r000c000.npz",
        ]
        for name in others:
            target.with_name(name).touch()
        with whole_file(target) as draft:
            draft.touch()
        assert names_in(target.parent) == sorted([*others, target.name])

    @pytest.mark.parametrize("name", ["a.gpkg", "a[1].gpkg", "a b*.gpkg"])
    def test_what_a_killed_writer_left_goes(self, tmp_path, name):
        writer = get_context("fork").Process(target=write_half_and_die, args=[tmp_path / name])
        writer.start()
        writer.join()
        assert writer.exitcode == -signal.SIGKILL
        assert len(names_in(tmp_path)) == 4

        with whole_file(tmp_path / name) as draft:
            assert names_in(tmp_path) == []
            draft.write_text("whole")
        assert names_in(tmp_path) == [name]

    def test_the_draft_has_the_suffix_that_drivers_go_by(self, target):
        with whole_file(target) as draft:
            draft.touch()
            assert draft.suffix == ".npz"
            assert draft.parent == target.parent
            assert str(os.getpid()) in draft.name

    def test_a_block_that_writes_nothing_is_a_defect(self, target):
        with pytest.raises(FileNotFoundError), whole_file(target):
            pass

    def test_a_full_disk_is_told_with_the_files_name(self, target):
        with pytest.raises(OSError, match="No space left") as caught, whole_file(target):
            raise OSError(errno.ENOSPC, "No space left on device")
        assert caught.value.filename == str(target)

    @pytest.mark.parametrize("error", [None, RasterioIOError("Write failed."), ValueError("?")])
    def test_a_full_disk_is_told_whatever_the_driver_says_of_it(self, target, monkeypatch, error):
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4096))
        with pytest.raises(OSError, match="No space left") as caught, whole_file(target) as draft:
            write_and_raise(draft, error)
        assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(target))
        assert names_in(target.parent) == []

    def test_a_raster_that_a_full_disk_cut_short_does_not_appear(self, small_disk):
        noise = np.random.default_rng(1).integers(0, 2000, (400, 400)).astype(np.int16)
        path, whole = small_disk / "tile.tif", 0
        for side in range(100, 400, 10):  # of some, the very last block alone finds no room
            with suppress(OSError), whole_file(path) as draft:
                write_tile(draft, noise[:side, :side])
            if path.exists():
                with rasterio.open(path) as raster:
                    np.testing.assert_array_equal(raster.read(1), noise[:side, :side])
                path.unlink()
                whole += 1
        assert 0 < whole < 30
        assert names_in(small_disk) == []

    def test_a_driver_that_cannot_write_is_told_with_the_files_name(self, target):
        with pytest.raises(OSError, match="npz: cannot be written") as caught, whole_file(target):
            raise RasterioIOError("Write failed.")
        assert str(caught.value) == f"{target}: cannot be written (Write failed.)"

    def test_an_error_that_names_a_file_keeps_it(self, target, tmp_path):
        missing = tmp_path / "missing"
        with pytest.raises(FileNotFoundError) as caught, whole_file(target):
            missing.read_text()
        assert caught.value.filename == str(missing)


class TestJson:
    def test_round_trip(self, target):
        content = {"share": 0.1 + 0.2, "tiny": 5e-324, "name": "Äcker", "cells": [1, None, True]}
        write_json(target, content)
        assert read_json(target) == content

    def test_the_layout_is_stable(self, target):
        write_json(target, {"b": [1], "a": "é"})
        assert target.read_text(encoding="utf-8") == '{\n  "b": [\n    1\n  ],\n  "a": "é"\n}\n'

    @pytest.mark.parametrize("number", [math.nan, math.inf])
    def test_what_json_does_not_have_is_refused_and_leaves_nothing(self, target, number):
        with pytest.raises(ValueError, match="not JSON compliant"):
            write_json(target, {"share": number})
        assert names_in(target.parent) == []

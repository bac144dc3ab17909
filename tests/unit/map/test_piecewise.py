"""A sheet is the pixels of its blocks, however often its job was stopped."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import rasterio
from affine import Affine
from pyproj import CRS

from landloom.job.kept import FOLDER, Kept, clear
from landloom.map.blocks import Block, block_named
from landloom.map.piecewise import Target, make_block
from landloom.map.sheets import PIECE
from landloom.raster.pixel_grid import PixelGrid

WIDTH, HEIGHT = 2 * PIECE + 300, PIECE + 40
GRID = PixelGrid(CRS.from_epsg(32631).to_wkt(), Affine(10, 0, 4e5, 0, -10, 6e6), WIDTH, HEIGHT)
Make = Callable[[Block], npt.NDArray[Any]]


def pixels(dtype: str) -> npt.NDArray[Any]:
    """Return a raster of two bands, with a hole that is wider than a stored tile."""
    row, col = np.indices((HEIGHT, WIDTH))
    values = np.stack([(row * 7 + col * 3) % 200, row % 101]).astype(dtype)
    values[:, 100:900, 100:900] = 255 if dtype == "uint8" else -9999
    return values


def cut(values: npt.NDArray[Any], asked: list[str] | None = None) -> Make:
    """Return what makes blocks of a raster, and notes which it was asked for."""

    def make(block: Block) -> npt.NDArray[Any]:
        if asked is not None:
            asked.append(block.name)
        return values[:, block.row :, block.col :][:, : block.height, : block.width]

    return make


def target(path: Path, name: str = "r000-c000x40", size: int = 64) -> Target:
    return Target(path, GRID, block_named(name, WIDTH, HEIGHT, size), size)


def kept(path: Path) -> Kept:
    return Kept(path, [], {"code": "abc"})


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize(("name", "size"), [("r000-c000x40", 64), ("r000-c001x18", 100)])
def test_a_sheet_holds_what_its_pixels_are(
    tmp_path: Path, dtype: str, name: str, size: int
) -> None:
    whole, asked = pixels(dtype), list[str]()
    wanted = target(tmp_path / "sheet.tif", name, size)
    block = wanted.block
    known = make_block(wanted, cut(whole, asked), kept(tmp_path / "sheet.tif"))
    assert len(asked) == len(wanted.pieces) > 1
    with rasterio.open(tmp_path / "sheet.tif") as sheet:
        found = sheet.read()
        assert sheet.transform == GRID.transform @ Affine.translation(block.col, block.row)
        assert (sheet.crs.to_epsg(), sheet.nodata) == (32631, 255 if dtype == "uint8" else -9999)
    np.testing.assert_array_equal(found, cut(whole)(block))
    assert known == (found[0] != found.dtype.type(255 if dtype == "uint8" else -9999)).sum()
    clear([tmp_path / "sheet.tif"])
    assert not (tmp_path / FOLDER).exists()


def test_a_sheet_that_was_finished_is_not_made_again(tmp_path: Path) -> None:
    whole, path, asked = pixels("uint8"), tmp_path / "sheet.tif", list[str]()
    known = make_block(target(path), cut(whole), kept(path))
    path.unlink()
    assert make_block(target(path), cut(whole, asked), kept(path)) == known
    assert asked == []
    with rasterio.open(path) as sheet:
        np.testing.assert_array_equal(sheet.read(), whole)


def test_a_block_of_its_own_is_made_at_once(tmp_path: Path) -> None:
    whole, asked = pixels("uint8"), list[str]()
    make_block(
        target(tmp_path / "block.tif", "r000-c000", 1500),
        cut(whole, asked),
        Kept(tmp_path / "block.tif", [tmp_path / "none that is looked at"], {}),
    )
    assert asked == ["r000-c000"]
    with rasterio.open(tmp_path / "block.tif") as block:
        np.testing.assert_array_equal(block.read(), whole[:, :1500, :1500])


@pytest.mark.parametrize("after", range(6))
def test_a_job_that_was_stopped_goes_on_and_ends_the_same(tmp_path: Path, after: int) -> None:
    whole = pixels("uint8")
    calm, path = tmp_path / "calm.tif", tmp_path / "sheet.tif"
    make_block(target(calm), cut(whole), kept(calm))
    first, second = list[str](), list[str]()
    make = cut(whole, first)

    def stopped(block: Block) -> npt.NDArray[Any]:
        if len(first) == after:
            raise KeyboardInterrupt
        return make(block)

    with pytest.raises(KeyboardInterrupt):
        make_block(target(path), stopped, kept(path))
    assert not path.exists()
    make_block(target(path), cut(whole, second), kept(path))
    assert (len(first), len(second)) == (after, 6 - after)
    assert not set(first) & set(second)
    assert path.read_bytes() == calm.read_bytes()


def test_pieces_that_were_damaged_meanwhile_are_made_again(tmp_path: Path) -> None:
    whole = pixels("uint8")
    calm, path = tmp_path / "calm.tif", tmp_path / "sheet.tif"
    make_block(target(calm), cut(whole), kept(calm))
    first, again = list[str](), list[str]()
    make = cut(whole, first)

    def stopped(block: Block) -> npt.NDArray[Any]:
        if len(first) == 4:
            raise KeyboardInterrupt
        return make(block)

    with pytest.raises(KeyboardInterrupt):
        make_block(target(path), stopped, kept(path))
    cut_short, other = (kept(path).path(f"{name}.tif") for name in first[1:3])
    cut_short.write_bytes(cut_short.read_bytes()[:-1])
    other.write_bytes(kept(path).path(f"{first[0]}.tif").read_bytes())
    make_block(target(path), cut(whole, again), kept(path))
    assert sorted(again) == sorted(
        [*first[1:3], *({p.name for p in target(path).pieces} - {*first})]
    )
    assert path.read_bytes() == calm.read_bytes()


def test_pieces_that_another_job_took_away_are_made_again(tmp_path: Path) -> None:
    whole, asked = pixels("uint8"), list[str]()
    path, place, make = tmp_path / "sheet.tif", kept(tmp_path / "sheet.tif"), cut(whole, asked)

    def taken(block: Block) -> npt.NDArray[Any]:
        if len(asked) == 5:  # it has the first five, and is about to have the last
            shutil.rmtree(tmp_path / FOLDER)
        return make(block)

    make_block(target(path), taken, place)
    assert len(asked) == 6 + 5
    with rasterio.open(path) as sheet:
        np.testing.assert_array_equal(sheet.read(), whole)


@pytest.mark.parametrize("at", range(6))
@pytest.mark.parametrize("ends", [False, True])
def test_two_jobs_of_one_sheet_share_their_pieces(tmp_path: Path, at: int, ends: bool) -> None:
    """As where a job outlived the run that began it, and the next run has it done again."""
    whole, calm, path = pixels("uint8"), tmp_path / "calm.tif", tmp_path / "sheet.tif"
    known = make_block(target(calm), cut(whole), kept(calm))
    first, second = list[str](), list[str]()
    make = cut(whole, first)

    def stopped(block: Block) -> npt.NDArray[Any]:
        if len(second) == 5 - at and not ends:
            raise KeyboardInterrupt
        return cut(whole, second)(block)

    def overtaken(block: Block) -> npt.NDArray[Any]:
        found = make(block)
        if len(first) == at + 1:  # while this job makes a piece, the other one makes the rest
            if ends:
                assert make_block(target(path), stopped, kept(path)) == known
            else:
                with pytest.raises(KeyboardInterrupt):
                    make_block(target(path), stopped, kept(path))
        return found

    assert make_block(target(path), overtaken, kept(path)) == known
    both = set(first) & set(second)
    assert len(both) <= 1, "the piece that both were making"
    assert len(first) + len(second) == 6 + len(both)
    assert path.read_bytes() == calm.read_bytes()


def test_a_fault_of_the_disk_is_no_reason_to_try_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("landloom.map.piecewise._join", full)
    path = tmp_path / "sheet.tif"
    with pytest.raises(OSError, match="No space"):
        make_block(target(path), cut(pixels("uint8")), kept(path))

"""Blocks: a raster cut into named rectangles, as pure arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landloom.map.blocks import (
    Block,
    block_named,
    blocks,
    blocks_aside,
    blocks_touching,
    named_as_sheets,
)


@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 40))
def test_blocks_cover_every_pixel_once(width: int, height: int, size: int) -> None:
    seen = np.zeros((height, width), int)
    cut = blocks(width, height, size)
    for block in cut:
        assert 0 < block.height <= size
        assert 0 < block.width <= size
        seen[block.row : block.row + block.height, block.col : block.col + block.width] += 1
    assert (seen == 1).all()
    names = [block.name for block in cut]
    assert names == sorted(names)
    assert len(set(names)) == len(names)
    assert [block_named(name, width, height, size) for name in names] == list(cut)


@given(
    st.integers(1, 90),
    st.integers(1, 90),
    st.integers(1, 40),
    st.lists(st.tuples(*[st.integers(0, 89)] * 2, *[st.integers(1, 90)] * 2), max_size=3),
)
def test_blocks_that_are_touched(
    width: int, height: int, size: int, drawn: list[tuple[int, int, int, int]]
) -> None:
    tiles = [
        (row, col, min(rows, height - row), min(cols, width - col))
        for row, col, rows, cols in drawn
        if row < height and col < width
    ]
    covered = np.zeros((height, width), bool)
    for row, col, rows, cols in tiles:
        covered[row : row + rows, col : col + cols] = True
    expected = [
        block
        for block in blocks(width, height, size)
        if covered[block.row : block.row + block.height, block.col : block.col + block.width].any()
    ]
    assert list(blocks_touching(width, height, size, tiles)) == expected


def test_tiles_on_either_side_of_the_world_make_two_blocks() -> None:
    ends = [(0, 0, 10, 10), (0, 4_007_491, 10, 10)]
    touched = blocks_touching(4_007_501, 10, 512, ends)
    assert [block.name for block in touched] == ["r0000-c0000", "r0000-c7827"]


def test_block_names_and_windows() -> None:
    cut = blocks(2500, 1100, 1024)
    assert [block.name for block in cut] == [
        "r000-c000", "r000-c001", "r000-c002", "r001-c000", "r001-c001", "r001-c002",
    ]  # fmt: skip
    assert cut[-1] == Block("r001-c002", row=1024, col=2048, height=76, width=452)
    assert blocks(1001, 1, 1)[-1].name == "r0000-c1000"


@pytest.mark.parametrize("name", ["r002-c000", "r000-c003", "r0-c0", "c000-r000", ""])
def test_a_block_that_is_not_there(name: str) -> None:
    with pytest.raises(ValueError, match="no block"):
        block_named(name, 2500, 1100, 1024)


@given(
    width=st.integers(1, 3000), height=st.integers(1, 3000), size=st.integers(64, 500),
    aside=st.integers(2, 9),
)  # fmt: skip
def test_a_sheet_is_the_square_of_its_blocks(
    width: int, height: int, size: int, aside: int
) -> None:
    of_sheets = named_as_sheets(blocks(width, height, size * aside), aside)
    assert [block_named(sheet.name, width, height, size) for sheet in of_sheets] == list(of_sheets)
    assert {blocks_aside(sheet.name) for sheet in of_sheets} == {aside}
    owners = np.full((height, width), -1)
    for number, sheet in enumerate(of_sheets):
        owners[sheet.row :, sheet.col :][: sheet.height, : sheet.width] = number
    assert owners.min() == 0
    for block in blocks(width, height, size):
        inside = owners[block.row :, block.col :][: block.height, : block.width]
        assert np.unique(inside).size == 1


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(64, 2000))
def test_pieces_cover_a_rectangle_once(height: int, width: int, side: int) -> None:
    whole = Block("r001-c002x8", 700, 900, height, width)
    times = np.zeros((height, width), int)
    for piece in whole.pieces(side):
        assert max(piece.height, piece.width) <= side
        top, left = piece.row - 700, piece.col - 900
        times[top : top + piece.height, left : left + piece.width] += 1
    assert (times == 1).all()


def test_names_of_blocks_are_no_sheets() -> None:
    for name in ("r000-c012", "utm31nx2-r000-c012", "epsg3035-r000-c012", ""):
        assert blocks_aside(name) == 1
    assert blocks_aside("utm31nx2-r000-c012x16") == 16
    assert named_as_sheets(blocks(10, 10, 64), 1) == blocks(10, 10, 64)

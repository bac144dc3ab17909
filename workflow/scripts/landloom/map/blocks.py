"""Blocks: how an embedding is cut for prediction, as pure arithmetic.

Where there are very many, squares of them are gathered: see `landloom.map.sheets`. A square of 8 by
8 blocks is named by its own row and column and by how many it has along a side, ``r003-c012x8``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

PREDICTED = ("labels", "labels+confidence", "labels+confidence+shares")
"""What blocks of the map may hold: each all that those before it do, in the same bands."""


@dataclass(frozen=True)
class Block:
    """A rectangle of pixels that is predicted as one target.

    Attributes
    ----------
    name : str
        Block row and block column, such as ``r003-c012``; of a sheet, ``r003-c012x8``.
    row, col : int
        The first pixel row and column.
    height, width : int
        The size in pixels; smaller than the rest at the raster's far edges.
    """

    name: str
    row: int
    col: int
    height: int
    width: int

    def pieces(self, side: int) -> tuple[Block, ...]:
        """Cut the rectangle into squares of so many pixels, row by row; itself, where it is one.

        Their places are those of the whole, as the rectangle's own.
        """
        if max(self.height, self.width) <= side:
            return (self,)
        return tuple(
            replace(piece, row=self.row + piece.row, col=self.col + piece.col)
            for piece in blocks(self.width, self.height, side)
        )


def blocks(width: int, height: int, size: int) -> tuple[Block, ...]:
    """Cut a raster into square blocks, row by row.

    Parameters
    ----------
    width, height : int
        The raster's size in pixels.
    size : int
        The side of a block in pixels.

    Returns
    -------
    tuple of Block
        Blocks that cover every pixel exactly once. Names sort in reading order.
    """
    return blocks_touching(width, height, size, [(0, 0, height, width)])


def blocks_touching(
    width: int, height: int, size: int, rectangles: Iterable[tuple[int, int, int, int]]
) -> tuple[Block, ...]:
    """Return those of `blocks` that a rectangle touches, without cutting the whole raster.

    Parameters
    ----------
    width, height, size : int
        As for `blocks`.
    rectangles : iterable of (row, col, height, width)
        What lies on the raster, in its pixels.

    Returns
    -------
    tuple of Block
        In the order of `blocks`.
    """
    places = {
        place
        for row, col, rows, cols in rectangles
        for place in product(
            range(row // size, (row + rows - 1) // size + 1),
            range(col // size, (col + cols - 1) // size + 1),
        )
    }
    return tuple(_block(r, c, width, height, size) for r, c in sorted(places))


def _block(r: int, c: int, width: int, height: int, size: int) -> Block:
    digits = max(3, len(str(-(-max(width, height) // size) - 1)))
    return Block(
        f"r{r:0{digits}d}-c{c:0{digits}d}",
        r * size,
        c * size,
        min(size, height - r * size),
        min(size, width - c * size),
    )


def block_named(name: str, width: int, height: int, size: int) -> Block:
    """Find a block of `blocks`, or a sheet of some, by its name, without cutting the whole raster.

    Raises
    ------
    ValueError
        If no block of this raster has the name.
    """
    match = re.fullmatch(r"r(\d{3,})-c(\d{3,})(x[1-9]\d*)?", name)
    if match:
        side = size * blocks_aside(name)
        row, col = (int(index) * side for index in match.groups()[:2])
        if row < height and col < width:
            return Block(name, row, col, min(side, height - row), min(side, width - col))
    raise ValueError(f"no block {name!r} in {width} by {height} pixels cut by {size}")


def blocks_aside(name: str) -> int:
    """Return how many blocks lie along a side of what has a name: 1 unless it is a sheet's."""
    match = re.search(r"c\d+x(\d+)$", name)
    return int(match[1]) if match else 1


def named_as_sheets(cut: Iterable[Block], aside: int) -> tuple[Block, ...]:
    """Name squares of so many blocks along a side as sheets; blocks stay as they are."""
    return tuple(replace(b, name=f"{b.name}x{aside}") if aside > 1 else b for b in cut)

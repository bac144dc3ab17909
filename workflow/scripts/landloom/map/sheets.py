"""Sheets: the squares of blocks that one job makes, where a job for each would be too many.

Snakemake takes 1.4 ms and 24 kB to plan the job of a block, and the job a quarter of a second of
CPU to start. So a map of very many blocks, or of many small ones, is cut into sheets. A sheet is a
target as a block is: one file, made by the same rules. Its job makes it in pieces, and keeps those
that are finished: see `landloom.map.piecewise`.
"""

from __future__ import annotations

from collections.abc import Callable

from landloom.errors import LandloomError

MOST_JOBS = 5_000
"""Jobs that predict the blocks of a map, unless more are asked for.

Other kinds of job do not count, so that a section that is added to a configuration has no map cut
anew.
"""

TOO_MANY_JOBS = 40_000
"""Jobs that may be asked for, as in `landloom.config.plan_size`: their plan takes a minute."""

ENOUGH_JOBS = 256
"""Jobs that keep all cores busy: small blocks are gathered only where there are more."""

PIECE = 1024
"""Pixels along a side of what is made at a time; larger blocks are made at once."""

STORED = 256
"""Pixels along the tiles in which the file of a sheet is stored."""

MOST_ASIDE = 1024
"""Blocks along a side of a sheet."""


def sheet_of(number: Callable[[int], int], block: int) -> int:
    """Return how many blocks a sheet has along a side, where nobody has told.

    Parameters
    ----------
    number
        Takes the side of a square, in pixels, and returns how many of them cover the map.
    block
        Pixels along a block.

    Returns
    -------
    int
        A power of two. 1, a job for each block, up to `MOST_JOBS` blocks; of blocks smaller than
        `PIECE` up to `ENOUGH_JOBS`, or so many as make up a `PIECE`.
    """
    aside = 1
    while aside < MOST_ASIDE:
        jobs = number(block * aside)
        small = jobs > ENOUGH_JOBS and 2 * block * aside <= PIECE
        if jobs <= MOST_JOBS and not small:
            break
        aside *= 2
    return aside


def refuse_too_many(
    number: Callable[[int], int], block: int, sheet: int, each: float = 1.0
) -> None:
    """Raise where a map would be made by more jobs than can be planned.

    Parameters
    ----------
    number, block
        As for `sheet_of`.
    sheet
        Blocks along a side of a sheet.
    each
        Jobs that there are for each square; on average, where the map has squares of its own.

    Raises
    ------
    LandloomError
        With the sheets that would do.
    """
    if (jobs := round(number(block * sheet) * each)) <= TOO_MANY_JOBS:
        return
    enough = sheet
    while round(number(block * enough) * each) > TOO_MANY_JOBS:
        enough += 1
    raise LandloomError(
        f"map.predict.sheet: {sheet}: makes about {jobs:,} jobs of the map, and no more than "
        f"{TOO_MANY_JOBS:,} can be planned; leave the key out, for {MOST_JOBS:,} sheets at most, "
        f"or ask for {enough} or more"
    )


def side_of_pieces(block: int) -> int:
    """Return the pixels along a side of the pieces of a sheet: `PIECE`, or about those of a block.

    That is where a block is larger; they are no more than its own then. They are whole tiles of the
    sheet's file, so that each of these is written once.
    """
    return max(PIECE, block // STORED * STORED)

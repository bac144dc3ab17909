"""How large a run may be: what Snakemake can plan, and from where on that takes its time.

Measured on two cores (dry runs; seconds, and megabytes at the peak):

==========================  ======  ====  ====
what is planned               jobs     s    MB
==========================  ======  ====  ====
100 x 100 cells, by rows       220     6   210
141 x 141 cells, by rows       300    12   320
200 x 200 cells, by rows       420    42   520
250 x 250 cells, by rows       520    52   740
300 x 300 cells, by rows       620   510  1030
70 x 70 cells, one by one     9800    30   320
100 x 100, one by one        20000    43   570
150 x 150, one by one        45000    67  1140
1800 elevation tiles          1800     7   170
5000 elevation tiles          5000    11   240
==========================  ======  ====  ====

The cells' time varies with what else the machine does, and grows by more than their number. Up to
250 x 250 cells, or 40,000 jobs, planning stays below a gigabyte and takes about a minute; every
start plans anew.
"""

from __future__ import annotations

import math

MOST_CELLS_ASIDE = 250
MOST_JOBS = 40_000

MOST_TILES = 10_000
"""Elevation tiles of a run. The conterminous United States have 1,500, Africa 5,500; 10,000 of
Copernicus are some 300 GB."""

_SECONDS_OF_A_CELL, _SECONDS_OF_A_JOB = 0.001, 0.002
_SLOW = 20.0
"""Seconds of planning from which on it is told."""


def most_cells_aside(*, one_by_one: bool) -> int:
    """Return into how many cells a side may be cut.

    Parameters
    ----------
    one_by_one
        Whether each cell is two jobs of its own, and not a part of its row's.
    """
    return min(MOST_CELLS_ASIDE, math.isqrt(MOST_JOBS // 2)) if one_by_one else MOST_CELLS_ASIDE


def slow_note(n: int, tiles: int, *, one_by_one: bool, rows: int = 1) -> str | None:
    """Return what is told of a run that takes long to plan; None for any other.

    Parameters
    ----------
    n
        Cells along each side.
    tiles
        Elevation tiles.
    one_by_one
        As for `most_cells_aside`.
    rows
        Rows that a job makes, where it makes rows.
    """
    cells = n * n
    jobs = tiles + 2 * (cells if one_by_one else n // rows)
    seconds = _SECONDS_OF_A_CELL * cells + _SECONDS_OF_A_JOB * jobs
    if seconds < _SLOW:
        return None
    return (
        f"planning {cells:,} cells in {jobs:,} jobs takes about {seconds:.0f} s at each start; "
        "fewer, larger cells are planned sooner: lower dataset.grid.n"
    )

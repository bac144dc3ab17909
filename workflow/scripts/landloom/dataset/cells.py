"""Cells: the region cut into boxes, their names and bounds, as pure arithmetic."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import product

from landloom.raster.bounds import METRES_PER_DEGREE, Bounds


@dataclass(frozen=True)
class Cell:
    """One lon/lat box of the grid, half-open: ``west <= lon < east``, ``south <= lat < north``.

    The region's own far edges belong to it too, so that the cells cover the region and no point
    lies in two of them: neighbours share the very same float as their edge.
    """

    bounds: Bounds
    closed_east: bool
    closed_north: bool


@dataclass(frozen=True)
class CellGrid:
    """The region cut into ``n`` x ``n`` cells, named ``r000c000`` from the north-west corner."""

    region: Bounds
    n: int

    @property
    def _digits(self) -> int:
        return max(3, len(str(self.n - 1)))

    def names(self) -> list[str]:
        """Return the names of all cells, row by row from the north-west."""
        return [self.name(row, column) for row, column in product(range(self.n), repeat=2)]

    def name(self, row: int, column: int) -> str:
        """Return the name of the cell in a row (0 = north) and column (0 = west)."""
        return f"r{row:0{self._digits}d}{self.column_name(column)}"

    def column_name(self, column: int) -> str:
        """Return the second half of the names of a column's cells, such as ``c000``."""
        return f"c{column:0{self._digits}d}"

    def cell_area(self) -> float:
        """Return the ground that a cell covers on average, in square metres."""
        west, south, east, north = self.region
        wide = (east - west) * math.cos(math.radians((south + north) / 2))
        return wide * (north - south) * (METRES_PER_DEGREE / self.n) ** 2

    def position(self, name: str) -> tuple[int, int]:
        """Return row and column of a cell's name."""
        found = re.fullmatch(r"r(\d+)c(\d+)", name)
        if not found:
            raise ValueError(f"not the name of a cell: {name}")
        return int(found[1]), int(found[2])

    def cell(self, name: str) -> Cell:
        """Return the cell of a name."""
        row, column = self.position(name)
        west, south, east, north = self.region
        return Cell(
            bounds=(
                self._edge(west, east, column),
                self._edge(south, north, self.n - 1 - row),
                self._edge(west, east, column + 1),
                self._edge(south, north, self.n - row),
            ),
            closed_east=column == self.n - 1,
            closed_north=row == 0,
        )

    def _edge(self, low: float, high: float, index: int) -> float:
        """Return one of the n + 1 edges: the same float, whichever cell asks."""
        return high if index == self.n else low + (high - low) * (index / self.n)

"""Cells cut the region without gap or overlap; tiles are found and named without a miss."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from boxes import regions
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import Geod

from landloom.dataset.cells import Cell, CellGrid

WGS84 = Geod(ellps="WGS84")

longitudes = st.floats(-180, 180)
latitudes = st.floats(-90, 90)


def holds(cell: Cell, lon: float, lat: float) -> bool:
    """The words of the design: half-open, the region's far edges closed."""
    west, south, east, north = cell.bounds
    in_lon = west <= lon < east or (cell.closed_east and lon == east)
    in_lat = south <= lat < north or (cell.closed_north and lat == north)
    return in_lon and in_lat


class TestGrid:
    def test_four_cells_by_hand(self):
        grid = CellGrid((-117.0, 42.0, -115.0, 43.0), 2)
        assert grid.names() == ["r000c000", "r000c001", "r001c000", "r001c001"]
        assert grid.cell("r000c000") == Cell((-117.0, 42.5, -116.0, 43.0), False, True)
        assert grid.cell("r000c001") == Cell((-116.0, 42.5, -115.0, 43.0), True, True)
        assert grid.cell("r001c000") == Cell((-117.0, 42.0, -116.0, 42.5), False, False)
        assert grid.cell("r001c001") == Cell((-116.0, 42.0, -115.0, 42.5), True, False)

    def test_one_cell_is_the_region(self):
        region = (-116.6, 42.6, -115.4, 43.4)
        assert CellGrid(region, 1).cell("r000c000") == Cell(region, True, True)

    @given(regions(), st.integers(1, 25))
    def test_neighbours_share_the_same_float_and_the_far_edges_are_the_regions(self, region, n):
        grid = CellGrid(region, n)
        west, south, east, north = region
        cells = {(r, c): grid.cell(grid.name(r, c)) for r, c in product(range(n), repeat=2)}
        for line in range(n):
            row = [cells[line, c].bounds for c in range(n)]
            column = [cells[r, line].bounds for r in range(n)]
            assert all(left[2] == right[0] for left, right in pairwise(row))
            assert all(upper[1] == lower[3] for upper, lower in pairwise(column))
            assert (row[0][0], row[-1][2]) == (west, east)
            assert (column[-1][1], column[0][3]) == (south, north)

    @given(regions(), st.integers(1, 12), st.data())
    def test_any_point_of_the_region_lies_in_exactly_one_cell(self, region, n, data):
        grid = CellGrid(region, n)
        cells = [grid.cell(name) for name in grid.names()]
        edges = sorted({cell.bounds[i] for cell in cells for i in (0, 2)})
        lines = sorted({cell.bounds[i] for cell in cells for i in (1, 3)})
        west, south, east, north = region
        lon = data.draw(st.floats(west, east) | st.sampled_from(edges))
        lat = data.draw(st.floats(south, north) | st.sampled_from(lines))
        assert sum(holds(cell, lon, lat) for cell in cells) == 1

    @given(regions(), st.integers(1, 12), longitudes, latitudes)
    def test_no_point_outside_the_region_lies_in_a_cell(self, region, n, lon, lat):
        west, south, east, north = region
        assume(not (west <= lon <= east and south <= lat <= north))
        grid = CellGrid(region, n)
        assert not any(holds(grid.cell(name), lon, lat) for name in grid.names())

    @pytest.mark.parametrize("n", [1, 2, 50, 999, 1000, 1001, 12345])
    def test_names_round_trip_and_sort_as_the_cells_do(self, n):
        grid = CellGrid((0.0, 0.0, 1.0, 1.0), n)
        ends = sorted({0, n // 2, max(0, n - 2), n - 1})
        names = [grid.name(row, column) for row, column in product(ends, repeat=2)]
        assert names == sorted(names)
        assert [grid.position(name) for name in names] == list(product(ends, repeat=2))

    def test_all_names_are_distinct(self):
        names = CellGrid((0.0, 0.0, 1.0, 1.0), 40).names()
        assert len(set(names)) == len(names) == 1600

    @pytest.mark.parametrize("name", ["", "r1", "c1r1", "r000c000 ", "r-01c000", "xr000c000"])
    def test_what_is_no_name_is_refused(self, name):
        with pytest.raises(ValueError, match="not the name of a cell"):
            CellGrid((0.0, 0.0, 1.0, 1.0), 2).cell(name)

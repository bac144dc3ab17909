"""The section `dataset`: cells, patches, and the elevation tiles that they need."""

from __future__ import annotations

import math
import re

import pytest
from configurations import VALID, changed, lines, refusal

from landloom.config.whole import load_config
from landloom.dataset.cells import CellGrid
from landloom.legend.legends import NLCD


def test_defaults_are_those_of_the_documentation():
    dataset = load_config(VALID).dataset
    assert dataset.landcover.classes == NLCD
    assert dataset.landcover.unknown_codes == [0]
    assert dataset.landcover.rejected == {11: 0.9}
    assert dataset.landcover.resolution == 30
    assert (dataset.grid.n, dataset.grid.test_fraction) == (50, 0.2)
    assert (dataset.grid.buffer_km, dataset.grid.seed) == (0, 827)
    assert (dataset.patches.size, dataset.patches.downsample) == (40, 2)
    assert (dataset.elevation.max_nodata, dataset.elevation.nodata) == (0.25, None)
    assert dataset.elevation.resampling == "bilinear"


class TestDerived:
    def test_cells(self):
        raw = changed("dataset.grid.n", 4)
        assert load_config(raw).dataset.cells == CellGrid((-116.6, 42.6, -115.4, 43.4), 4)

    def test_reach_is_half_a_patchs_diagonal_and_a_tenth(self):
        # 40 x 2 pixels of 30 m: a square of 2400 m.
        assert load_config(VALID).dataset.reach == pytest.approx(1.1 * 1697.0563, abs=0.001)

    def test_tiles_of_a_cell_and_of_the_region(self):
        raw = changed("dataset.grid.n", 4)
        dataset = load_config(raw).dataset
        assert dataset.tiles == ["N42W117", "N42W116", "N43W117", "N43W116"]
        assert dataset.tiles_of("r003c000") == ["N42W117"]
        # Its east edge is 116 W: patches of that cell reach over it.
        assert dataset.tiles_of("r003c001") == ["N42W117", "N42W116"]

    def test_every_cells_tiles_are_among_the_regions(self):
        dataset = load_config(changed("dataset.grid.n", 9)).dataset
        of_cells = {tile for cell in dataset.cells.names() for tile in dataset.tiles_of(cell)}
        assert of_cells == set(dataset.tiles)

    @pytest.mark.parametrize(
        ("raster", "joined"),
        [
            ("a.tif", []),
            (["a.tif"], []),
            (["a.tif", "b.tif"], ["a.tif", "b.tif"]),
            ("nlcd-2021", ["nlcd-2021"]),
            (["worldcover-2020"], ["worldcover-2020"]),
        ],
    )
    def test_land_cover_by_name_or_in_tiles_is_read_through_one_description(self, raster, joined):
        raw = changed("dataset.landcover.raster", raster)
        assert load_config(raw).dataset.landcover.joined == joined


# Key, value, and what is said about them.
@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("region", [1, 2], "[1, 2]: must be a section with keys of its own"),
        ("grid.n", 0, "0: must be at least 1"),
        ("grid.n", -3, "-3: must be at least 1"),
        ("grid.n", 2.5, "2.5: must be a whole number"),
        ("grid.n", True, "true: must be a whole number"),
        ("grid.n", "50", "50: must be a whole number"),
        ("grid.test_fraction", 1.5, "1.5: must lie between 0 and 1"),
        ("grid.test_fraction", 1, "1: must lie between 0 and 1, and be neither"),
        ("grid.test_fraction", 0, "0: must lie between 0 and 1, and be neither"),
        ("grid.test_fraction", math.nan, "NaN: must be a number, and finite"),
        ("grid.test_fraction", 0.0003, "0.0003: of 2500 cells gives no test"),
        ("grid.buffer_km", -1, "-1: must be at least 0"),
        ("grid.buffer_km", math.inf, "Infinity: must be a number, and finite"),
        ("grid.seed", -1, "-1: must be at least 0"),
        ("grid.seed", 2**32, "4294967296: must be less than 4294967296"),
        ("grid.seed", "now", "now: must be a whole number"),
        ("patches.size", 1, "1: must be at least 2"),
        ("patches.downsample", 0, "0: must be at least 1"),
        ("patches.downsample", 2.0, "2.0: must be a whole number"),
    ],
)
def test_a_bad_value_is_told_with_key_value_and_remedy(key, value, said):
    assert said in refusal(f"dataset.{key}", value)


class TestCellsOfAJob:
    """A region of some 9.7 million pixels of 30 m."""

    @staticmethod
    def of(n, resolution=30, elevation="heights.tif"):
        raw = changed("dataset.grid.n", n)
        raw["dataset"]["landcover"]["resolution"] = resolution
        raw["dataset"]["elevation"]["source"] = elevation
        return load_config(raw).dataset

    @pytest.mark.parametrize(
        ("n", "rows"), [(4, 4), (9, 9), (10, 10), (11, 1), (20, 10), (25, 1), (50, 10), (60, 1)]
    )
    def test_rows_go_by_tens_where_none_are_left_over_and_files_are_few(self, n, rows):
        assert self.of(n).rows_of_a_job == rows

    @pytest.mark.parametrize("n", [3, 7, 10, 11, 20])
    @pytest.mark.parametrize("resolution", [30, 2])
    def test_each_cell_is_made_by_one_job(self, n, resolution):
        dataset = self.of(n, resolution)
        names = dataset.cell_names_of_a_job
        made = [cell for cell in dataset.cells.names() for name in names if matches(name, cell)]
        assert made == dataset.cells.names()
        shared = {
            cell.removesuffix(name.removeprefix("{cells}"))
            for cell in made
            for name in names
            if matches(name, cell)
        }
        assert len(shared) * len(names) == n * n

    def test_where_tiles_may_not_arrive_rows_go_one_by_one(self):
        assert self.of(20, elevation="dem/{ns}{lat}{ew}{lon}.tif").rows_of_a_job == 1

    def test_what_is_large_goes_row_by_row_and_cell_by_cell(self):
        assert self.of(20, 30).rows_of_a_job == 10
        fine = self.of(20, 5)  # 340 million pixels
        assert fine.rows_of_a_job == 1
        assert fine.cell_names_of_a_job == [f"{{cells}}c{column:03d}" for column in range(20)]
        assert self.of(20, 1).cell_names_of_a_job == ["{cells}"]


def matches(name, cell):
    """Tell whether a job's name stands for a cell: ``{cells}`` for ``r`` and digits."""
    shared = r"r\d+c\d+" if name == "{cells}" else r"r\d+"
    return re.fullmatch(name.replace("{cells}", shared), cell) is not None


@pytest.mark.parametrize("source", ["landcover.tif", "./landcover.tif", ["a.tif", "landcover.tif"]])
def test_the_land_cover_is_no_elevation(source):
    (line,) = lines(changed("dataset.elevation.source", source))
    assert "config: dataset.elevation.source: " in line
    assert (
        "landcover.tif: is the land cover, 'dataset.landcover.raster', too: its codes are" in line
    )


def test_the_land_cover_may_lie_beside_tiles_of_elevation():
    raw = changed("dataset.landcover.raster", "dem/N42W117.tif")
    load_config(changed("dataset.elevation.source", "dem/{ns}{lat}{ew}{lon}.tif", raw))

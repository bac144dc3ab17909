"""The split: seeded, spread evenly, with the distance that was asked for."""

from __future__ import annotations

import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer
from scipy.stats import qmc

from landloom.dataset.cells import CellGrid
from landloom.dataset.lattice import Lattice
from landloom.dataset.split import Neighbours, choose_test_cells
from landloom.errors import LandloomError
from landloom.raster.pixel_grid import PixelGrid

WGS84 = Geod(ellps="WGS84")
REGION = (-116.6, 42.6, -115.4, 43.4)


def centres(grid: CellGrid, cells) -> np.ndarray:
    """Centres of cells in the unit square."""
    return np.array([grid.position(name) for name in sorted(cells)]) / grid.n + 0.5 / grid.n


class TestChooseTestCells:
    @given(st.integers(1, 30), st.floats(0.001, 0.999), st.integers(0, 2**32 - 1))
    def test_as_many_distinct_cells_of_the_grid_as_wanted(self, n, fraction, seed):
        grid = CellGrid(REGION, n)
        chosen = choose_test_cells(grid, fraction, seed)
        assert len(chosen) == int(n**2 * fraction)
        assert chosen <= set(grid.names())

    @pytest.mark.parametrize("fraction", [0.9999, 1 - 1e-9])
    @pytest.mark.parametrize("n", [2, 7, 50])
    def test_all_cells_but_one_end(self, n, fraction):
        assert len(choose_test_cells(CellGrid(REGION, n), fraction, 1)) == n**2 - 1

    def test_all_cells_end_too(self):
        assert len(choose_test_cells(CellGrid(REGION, 100), 1.0, 1)) == 100**2

    @pytest.mark.parametrize("seed", [0, 827, 2**32 - 1])
    def test_the_same_seed_gives_the_same_cells(self, seed):
        grid = CellGrid(REGION, 20)
        assert choose_test_cells(grid, 0.2, seed) == choose_test_cells(grid, 0.2, seed)

    def test_other_seeds_give_other_cells(self):
        grid = CellGrid(REGION, 20)
        splits = {frozenset(choose_test_cells(grid, 0.2, seed)) for seed in range(20)}
        assert len(splits) == 20

    def test_the_cells_are_those_of_the_version_before(self):
        # Users publish a seed: what it stands for does not change behind their back.
        chosen = sorted(choose_test_cells(CellGrid(REGION, 5), 0.2, 827))
        assert chosen == ["r000c002", "r001c001", "r002c004", "r003c000", "r004c003"]

    @pytest.mark.parametrize("seed", [0, 827])
    def test_cells_that_cannot_have_patches_are_passed_over(self, seed):
        """The share holds among the others, and these are chosen in the same order as ever."""
        grid = CellGrid(REGION, 10)
        west = {name for name in grid.names() if grid.position(name)[1] < 5}
        chosen = choose_test_cells(grid, 0.2, seed, west)
        assert len(chosen) == 10
        assert not chosen & west
        order = choose_test_cells(grid, 0.4, seed) - west
        assert chosen <= order or order <= chosen

    def test_one_test_cell_there_is(self):
        grid = CellGrid(REGION, 4)
        bare = set(grid.names()[3:])
        assert len(choose_test_cells(grid, 0.2, 1, bare)) == 1

    @pytest.mark.parametrize("left", [0, 1])
    def test_too_few_cells_are_refused(self, left):
        grid = CellGrid(REGION, 4)
        with pytest.raises(LandloomError, match=f"{left} of its 16 cells can have patches"):
            choose_test_cells(grid, 0.2, 1, set(grid.names()[left:]))

    def test_a_larger_fraction_adds_cells(self):
        grid = CellGrid(REGION, 20)
        fewer, more = (choose_test_cells(grid, fraction, 5) for fraction in (0.1, 0.12))
        assert fewer < more

    @pytest.mark.parametrize(("n", "fraction"), [(10, 0.2), (20, 0.2), (50, 0.2), (30, 0.1)])
    def test_spreads_better_than_chance(self, n, fraction):
        grid, rng = CellGrid(REGION, n), np.random.default_rng(1)
        names = grid.names()
        wanted = int(n**2 * fraction)
        by_chance = [
            qmc.discrepancy(centres(grid, rng.choice(names, wanted, replace=False)))
            for _ in range(20)
        ]
        ours = [
            qmc.discrepancy(centres(grid, choose_test_cells(grid, fraction, seed)))
            for seed in range(20)
        ]
        assert np.mean(ours) < np.mean(by_chance) / 2
        assert np.mean(np.array(ours) < np.mean(by_chance)) >= 0.95

    def test_every_half_of_the_region_gets_its_share(self):
        # To the north and to the west of the middle.
        grid = CellGrid(REGION, 40)
        places = centres(grid, choose_test_cells(grid, 0.25, 3))
        np.testing.assert_allclose((places < 0.5).mean(axis=0), 0.5, atol=0.04)


def lattice(crs: str, lon: float, lat: float, pixel: float) -> Lattice:
    """A lattice of 12 x 12 patches of 4 x 4 pixels round a place, a little turned."""
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    turned = Affine.rotation(10) * Affine.scale(pixel, -pixel) * Affine.translation(-24, -24)
    return Lattice(PixelGrid(CRS(crs).to_wkt(), Affine.translation(x, y) * turned, 48, 48), 2, 2)


def by_brute_force(one, others) -> float:
    """The shortest way over the ground between corners of two sets of patches."""
    lon, lat = (part.ravel() for part in one)
    other_lon, other_lat = (part.ravel() for part in others)
    a, b = (axis.ravel() for axis in np.mgrid[: lon.size, : other_lon.size])
    return WGS84.inv(lon[a], lat[a], other_lon[b], other_lat[b])[2].min()


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
class TestNearerThan:
    @pytest.mark.parametrize(
        ("crs", "lon", "lat", "pixel"),
        [
            ("EPSG:5070", -116, 43, 30),
            ("EPSG:32735", 27, -33, 250),
            ("EPSG:4326", 10, 60, 0.002),
            ("EPSG:3413", 40, 89.9, 500),
            ("EPSG:3857", 179.999, -17, 100),
        ],
    )
    def test_is_the_distance_over_the_ground(self, crs, lon, lat, pixel):
        grid, rng = lattice(crs, lon, lat, pixel), np.random.default_rng(7)
        rows, cols = (axis.ravel() for axis in np.mgrid[:12, :12])
        test = rng.random(rows.size) < 0.05
        here, there = grid.corners(rows[~test], cols[~test]), grid.corners(rows[test], cols[test])
        metres = np.array(
            [by_brute_force([part[i : i + 1] for part in here], there) for i in range(len(here[0]))]
        )
        for distance in (1.0, *np.quantile(metres, [0.2, 0.5, 0.9]) + 0.5):
            sure = np.abs(metres - distance) > 0.01
            near = Neighbours(there).nearer_than(distance, here)
            np.testing.assert_array_equal(near[sure], (metres < distance)[sure])
            assert near.any()
        assert not Neighbours(there).nearer_than(distance, here).all()

    def test_by_hand(self):
        # Patches of 0.01 degrees at the equator, where that is 1113.2 m.
        row = Lattice(
            PixelGrid(CRS(4326).to_wkt(), Affine(0.01, 0, 0, 0, -0.01, 0.005), 9, 1), 1, 1
        )
        here, there = row.corners([0] * 4, [0, 1, 2, 3]), row.corners([0], [4])
        assert Neighbours(there).nearer_than(0.0, here).tolist() == [False] * 4
        assert Neighbours(there).nearer_than(0.1, here).tolist() == [False, False, False, True]
        assert Neighbours(there).nearer_than(1113.0, here).tolist() == [False, False, False, True]
        assert Neighbours(there).nearer_than(1113.4, here).tolist() == [False, False, True, True]
        assert Neighbours(there).nearer_than(3339.0, here).tolist() == [False, True, True, True]
        assert Neighbours(there).nearer_than(3340.0, here).tolist() == [True] * 4

    def test_keeps_a_distance_of_a_hundred_kilometres_on_the_ground(self):
        # Straight through the ellipsoid is shorter: whoever keeps that keeps more on the ground.
        row = Lattice(PixelGrid(CRS(4326).to_wkt(), Affine(0.01, 0, 0, 0, -0.01, 60), 200, 1), 1, 1)
        cols = np.arange(1, 200)
        here, there = row.corners(np.zeros(199, int), cols), row.corners([0], [0])
        near = Neighbours(there).nearer_than(100_000.0, here)
        left = [
            by_brute_force([part[i : i + 1] for part in here], there) for i in np.flatnonzero(~near)
        ]
        assert 100_000 <= min(left) < 100_000 + 600

    def test_across_the_180th_meridian(self):
        lon, lat = np.array([[179.99, 180, 180, 179.99]]), np.array([[0.0, 0, -0.01, -0.01]])
        other = np.array([[-180, -179.99, -179.99, -180.0]])
        assert Neighbours((other, lat)).nearer_than(1.0, (lon, lat)).tolist() == [True]

    @pytest.mark.parametrize(("here", "there"), [(0, 3), (3, 0), (0, 0)])
    def test_of_none_or_to_none(self, here, there):
        some = [(np.zeros((count, 4)), np.zeros((count, 4))) for count in (here, there)]
        assert Neighbours(some[1]).nearer_than(1e6, some[0]).tolist() == [False] * here

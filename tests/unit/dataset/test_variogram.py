"""How far classes resemble themselves: pairs, semivariances, and the range of a model."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from published import CLASSES, LATTICE, Made, make
from pyproj import Geod, Transformer
from scipy.ndimage import gaussian_filter

from landloom.dataset.autocorrelation import autocorrelation
from landloom.dataset.lattice import Lattice
from landloom.dataset.split import Neighbours
from landloom.dataset.variogram import Pairs, PixelField, Variogram, fit_spherical
from landloom.raster.pixel_grid import PixelGrid

WGS84 = Geod(ellps="WGS84")


def pairs_of(*rows: tuple[float, int, int]) -> Pairs:
    metres, one, other = (np.array(column) for column in zip(*rows, strict=True))
    return Pairs(metres.astype(float), one, other)


class TestSemivariances:
    def test_by_hand(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("landloom.dataset.variogram._FEWEST_PAIRS", 1)
        near = [(1.0, 0, 0), (1.5, 0, 1), (1.5, 1, 1), (2.0, 2, 1)]
        far = [(9.0, 0, 2), (8.0, 0, 1)]
        found = Variogram.of(pairs_of(*near, *far, (40.0, 0, 1)), np.array([0.0, 5, 10]), 3)
        assert found.metres.tolist() == [1.5, 8.5]
        assert found.pairs.tolist() == [4, 2]
        # Of the near pairs one alone is of class 0 in one, of class 1 in two, of class 2 in one.
        assert found.classes.tolist() == [[1 / 8, 2 / 8, 1 / 8], [2 / 4, 1 / 4, 1 / 4]]
        assert found.together.tolist() == [0.5, 1.0]

    @given(
        st.lists(
            st.tuples(st.floats(0, 12), st.integers(0, 3), st.integers(0, 3)),
            min_size=1,
            max_size=60,
        )
    )
    def test_it_is_half_the_mean_square_of_indicators(
        self, rows: list[tuple[float, int, int]]
    ) -> None:
        edges = np.array([0.0, 3.0, 6.0, 12.0])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("landloom.dataset.variogram._FEWEST_PAIRS", 1)
            found = Variogram.of(pairs_of(*rows), edges, 4)
        lags = []
        for low, high in pairwise(edges):
            if inside := [row for row in rows if low <= row[0] < high]:
                lags.append(
                    [
                        np.mean([((a == k) - (b == k)) ** 2 / 2 for _, a, b in inside])
                        for k in range(4)
                    ]
                )
        np.testing.assert_allclose(found.classes, np.reshape(lags, (-1, 4)))

    def test_lags_of_few_pairs_are_left_out(self) -> None:
        found = Variogram.of(
            pairs_of(*[(1.0, 0, 1)] * 100, *[(6.0, 0, 1)] * 99), np.array([0.0, 5, 10]), 2
        )
        assert found.pairs.tolist() == [100]


def spherical(metres: np.ndarray, nugget: float, part: float, reach: float) -> np.ndarray:
    share = np.minimum(metres / reach, 1)
    return nugget + part * (1.5 * share - 0.5 * share**3)


METRES = np.geomspace(60, 30_000, 20)
MANY = np.full(20, 5000)


class TestFit:
    @pytest.mark.parametrize("nugget", [0.0, 0.1])
    @pytest.mark.parametrize("reach", [400.0, 2500.0, 14_000.0])
    def test_a_model_is_found_again(self, reach: float, nugget: float) -> None:
        fit = fit_spherical(METRES, spherical(METRES, nugget, 0.4, reach), MANY)
        assert fit.range == pytest.approx(reach, rel=0.02)
        assert (fit.nugget, fit.sill) == (
            pytest.approx(nugget, abs=0.01), pytest.approx(nugget + 0.4, abs=0.01)
        )  # fmt: skip
        assert fit.why is None

    def test_it_is_the_best_of_all_that_are_tried(self) -> None:
        """By a slow search over nugget, part and range."""
        rng = np.random.default_rng(3)
        values = spherical(METRES, 0.1, 0.3, 3000) + rng.normal(0, 0.02, 20)
        fit = fit_spherical(METRES, values, MANY)
        assert fit.range is not None

        def misfit(nugget: float, sill: float, reach: float) -> float:
            return float(((spherical(METRES, nugget, sill - nugget, reach) - values) ** 2).mean())

        least = misfit(fit.nugget, fit.sill, fit.range)
        for reach in np.geomspace(METRES[2], 30_000, 60):
            for nugget in np.linspace(0, 0.3, 31):
                for sill in np.linspace(nugget, 0.6, 31):
                    assert misfit(nugget, sill, reach) >= least - 1e-6

    def test_what_still_grows_has_no_range(self) -> None:
        fit = fit_spherical(METRES, METRES / 100_000, MANY)
        assert (fit.range, fit.why) == (None, "beyond")

    @pytest.mark.parametrize("reach", [70.0, 90.0, 110.0])
    def test_of_a_range_that_two_lags_do_not_lie_below_the_bound_is_none(self, reach) -> None:
        assert reach < METRES[2]
        fit = fit_spherical(METRES, spherical(METRES, 0.0, 0.4, reach), MANY)
        assert (fit.range, fit.why) == (None, "within")
        longer = spherical(METRES, 0.0, 0.4, 1.05 * METRES[2])
        assert fit_spherical(METRES, longer, MANY).range == pytest.approx(
            1.05 * METRES[2], rel=0.02
        )

    def test_what_does_not_depend_on_distance_has_none(self) -> None:
        fit = fit_spherical(METRES, np.full(20, 0.4), MANY)
        assert (fit.range, fit.why, fit.sill) == (None, "none", pytest.approx(0.4))

    def test_what_falls_with_distance_has_none(self) -> None:
        fit = fit_spherical(METRES, 0.5 - METRES / 100_000, MANY)
        assert (fit.range, fit.why) == (None, "none")

    def test_a_rare_class_has_none(self) -> None:
        assert fit_spherical(METRES, np.full(20, 1e-4), MANY).why == "rare"
        assert fit_spherical(METRES[:2], np.array([0.1, 0.2]), MANY[:2]).why == "rare"


def field_of(folder: Path, side: int, labels: np.ndarray) -> Made:
    """Return a dataset of all patches of a square; the last fifth of its columns is for testing."""
    size = LATTICE.size
    cut = side * 4 // 5
    places = {
        "train": [(row, col) for row in range(side) for col in range(cut)],
        "test": [(row, col) for row in range(side) for col in range(cut, side)],
    }
    blocks = labels.reshape(side, size, side, size).swapaxes(1, 2)
    pixels = {split: np.stack([blocks[at] for at in found]) for split, found in places.items()}
    return make(folder, places, pixels)


def test_pairs_are_of_the_pixels_that_lie_there(tmp_path: Path) -> None:
    """Each pixel is its own class: what a pair tells is where it lies."""
    side, size = 12, LATTICE.size
    numbers = np.arange((side * size) ** 2).reshape(side * size, side * size)
    made = field_of(tmp_path, side, numbers)
    field = PixelField(made.views, LATTICE)
    pairs = field.pairs(np.random.default_rng(1), 200.0, 900.0, 2000)
    assert 1000 < len(pairs.metres) < 2000
    rows, cols = np.divmod(np.stack([pairs.one, pairs.other]), side * size)
    lon, lat = LATTICE.lonlat((rows + 0.5) / size, (cols + 0.5) / size)
    metres = WGS84.inv(lon[0], lat[0], lon[1], lat[1])[2]
    np.testing.assert_allclose(pairs.metres, metres, rtol=1e-9)
    # A pixel has 60 m, so that rounding moves an end by less than one.
    assert 140 < pairs.metres.min() < 260
    assert 840 < pairs.metres.max() < 960
    assert (pairs.one != pairs.other).all()
    # All directions, and both splits.
    bearings = np.histogram(np.arctan2(rows[1] - rows[0], cols[1] - cols[0]), 8)[0]
    assert bearings.min() > len(pairs.metres) / 20
    assert len({"train" if col < 9 * size else "test" for col in cols.ravel().tolist()}) == 2


def test_places_without_a_sample_are_in_no_pair(tmp_path: Path) -> None:
    made = make(tmp_path)  # eight patches, most of them by themselves
    pairs = PixelField(made.views, LATTICE).pairs(np.random.default_rng(1), 60.0, 4000.0, 3000)
    assert 0 < len(pairs.metres) < 1500


class TestAutocorrelation:
    SIDE = 60

    def blobs(self, sigma: float) -> np.ndarray:
        """Return three classes of a smooth field; of pixels of 60 m."""
        side = self.SIDE * LATTICE.size
        noise = np.random.default_rng(4).normal(size=(side, side))
        smooth = gaussian_filter(noise, sigma, mode="wrap")
        return np.digitize(smooth, np.quantile(smooth, [1 / 3, 2 / 3]))

    def told(self, folder: Path, labels: np.ndarray, seed: int = 1) -> dict:
        folder.mkdir()
        made = field_of(folder, self.SIDE, labels)
        return autocorrelation(made.views, LATTICE, CLASSES, seed)

    def test_wider_blobs_have_a_longer_range(self, tmp_path: Path) -> None:
        """Twice as wide blobs, twice the range; and 95 % of the sill is reached there."""
        ranges = []
        for sigma in (4, 8):
            found = self.told(tmp_path / str(sigma), self.blobs(sigma))["all"]
            assert found["why"] is None
            assert found["sill"] == pytest.approx(2 / 3, abs=0.05)
            ranges.append(found["range_km"])
        # Correlation of a Gaussian-filtered field falls below 5 % within 4 sigma.
        assert 2 * 4 * 0.06 < ranges[0] < 4 * 4 * 0.06
        assert ranges[1] / ranges[0] == pytest.approx(2, rel=0.25)

    def test_noise_has_none(self, tmp_path: Path) -> None:
        side = self.SIDE * LATTICE.size
        noise = np.random.default_rng(6).integers(0, 3, (side, side))
        found = self.told(tmp_path / "noise", noise)
        assert found["all"]["why"] == "none"
        assert found["all"]["test_share_within"] is None

    def test_a_slope_has_none_within_its_bounds(self, tmp_path: Path) -> None:
        side = self.SIDE * LATTICE.size
        slope = np.repeat(np.arange(side) * 3 // side, side).reshape(side, side)
        found = self.told(tmp_path / "slope", slope)
        assert found["all"]["why"] == "beyond"

    def test_the_share_of_test_patches_within_it(self, tmp_path: Path) -> None:
        """A column of patches is 360 m wide, and test patches lie in the last twelve."""
        found = self.told(tmp_path / "a", self.blobs(5))
        reach = found["all"]["range_km"]
        # Columns 0, 1, 2 ... lie 0, 0.36, 0.72 ... km from the training patches.
        within = sum(0.36 * column < reach for column in range(12)) / 12
        assert found["all"]["test_share_within"] == pytest.approx(within, abs=1e-6)
        assert found["nearest_training_km"]["min"] == 0
        assert found["nearest_training_km"]["max"] == pytest.approx(11 * 0.36, rel=0.01)

    def test_it_is_the_same_each_time_and_hangs_on_the_seed(self, tmp_path: Path) -> None:
        labels = self.blobs(5)
        first = self.told(tmp_path / "a", labels)
        assert self.told(tmp_path / "b", labels) == first
        assert self.told(tmp_path / "c", labels, seed=2)["lags"] != first["lags"]


def test_longitudes_and_latitudes_are_measured_over_the_ground(tmp_path: Path) -> None:
    """On a grid in degrees, pixels far north are narrower than high."""
    from affine import Affine
    from pyproj import CRS

    grid = PixelGrid(CRS.from_epsg(4326).to_wkt(), Affine(0.001, 0, 20, 0, -0.001, 65), 720, 720)
    lattice = Lattice(grid, LATTICE.size, 2)
    places = {"train": [(r, c) for r in range(10) for c in range(10)], "test": [(10, 10)]}
    made = make(tmp_path, places, lattice=lattice)
    pairs = PixelField(made.views, lattice).pairs(np.random.default_rng(1), 500.0, 700.0, 3000)
    assert pairs.metres.min() > 350
    assert pairs.metres.max() < 850


def test_two_patches_are_enough(tmp_path: Path) -> None:
    made = make(tmp_path, {"train": [(1, 1)], "test": [(1, 2)]})
    found = autocorrelation(made.views, LATTICE, CLASSES, 0)
    assert found["nearest_training_km"]["max"] == 0
    assert [entry["code"] for entry in found["classes"]] == [11, 42, 71]


def test_distances_are_those_of_the_nearest_corners() -> None:
    """By comparing all corners, through the Earth; patches that share one are at no distance."""
    rng = np.random.default_rng(2)
    train, test = (LATTICE.corners(*rng.integers(0, 100, (2, 40))) for _ in range(2))
    beside = LATTICE.corners([20, 21, 25], [30, 31, 35])
    to_geocentric = Transformer.from_crs(4979, 4978, always_xy=True)
    here, there = (
        np.stack(to_geocentric.transform(*corners, np.zeros((40, 4))), -1).reshape(-1, 3)
        for corners in (train, test)
    )
    apart = np.linalg.norm(there[:, None] - here[None], axis=2).reshape(40, 4, -1).min(axis=(1, 2))
    found = Neighbours(train).distances(test)
    np.testing.assert_allclose(found, np.where(apart < 1e-3, 0, apart), rtol=1e-9, atol=1e-6)
    one = Neighbours(LATTICE.corners([20], [30]))
    # The same patch, one that meets it at a corner, and one with four of 360 m between.
    assert one.distances(beside)[:2].tolist() == [0, 0]
    assert one.distances(beside)[2] == pytest.approx(4 * 360 * 2**0.5, rel=0.01)

"""The unit and the threshold are those of CAST, worked out by hand and by another way."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landloom.errors import LandloomError
from landloom.legend.legends import Entry
from landloom.map.applicability import samples as module
from landloom.map.applicability.report import told
from landloom.map.applicability.samples import Applicability, threshold_of
from landloom.map.crossval.folds import Folds
from landloom.map.validation.areas import ClassAreas

# Published by CAST as what `trainDI` finds in its Cookfarm example (tests/testthat/test-trainDI.R).
CAST_TRAINING = [
    0.09043580, 0.14046341, 0.16584582, 0.57617177, 0.26840303, 0.14353894, 0.19768329, 0.24022059,
    0.06832037, 0.29150668, 0.18471625, 0.57617177, 0.12344463, 0.09043580, 0.14353894, 0.26896008,
    0.22713731, 0.24022059, 0.20388725, 0.06832037, 0.23604264, 0.20388725, 0.91513568, 0.09558666,
    0.14046341, 0.16214832, 0.37107762, 0.16214832, 0.18471625, 0.12344463,
]  # fmt: skip


def folds_of(*number: int) -> Folds:
    return Folds("blocks", np.array(number), max(number, default=0) + 1)


def test_the_threshold_is_cast_s() -> None:
    assert threshold_of(np.array(CAST_TRAINING)) == pytest.approx(0.38986, abs=5e-6)


def test_the_threshold_is_no_more_than_the_largest() -> None:
    assert threshold_of(np.array([1.0, 2.0, 3.0, 4.0])) == 4.0  # the whisker would end at 5.5
    assert threshold_of(np.array([0.0, 0.0, 0.0, 1.0])) == 0.625  # of a quartile of 0.25


def by_hand() -> Applicability:
    """Four samples of two bands, of which the second has no weight and a third is constant."""
    values = np.array([[0, 5, 7], [1, -5, 7], [3, 5, 7], [8, -5, 7]], np.float32)
    return Applicability.of(values, np.array([0.5, -0.1, 0.6]), folds_of(0, 0, 1, 1))


def test_a_case_worked_out_by_hand() -> None:
    found = by_hand()
    deviation = np.sqrt((9 + 4 + 0 + 25) / 3)  # of 0, 1, 3, 8 around 3
    assert found.scaling.scale.tolist() == [0.5 / deviation, 0, 0]
    # Mean distances to the others, in the first band: 12/3, 10/3, 10/3, 20/3.
    unit = np.mean([4, 10 / 3, 10 / 3, 20 / 3])
    assert found.mean_distance == pytest.approx(unit * 0.5 / deviation, rel=1e-14)
    # To the nearest of the other fold: 0 to 3, 1 to 3, 3 to 1, 8 to 1.
    np.testing.assert_allclose(found.training, np.array([3, 2, 2, 7]) / unit, rtol=1e-14)
    # Quartiles 2 and 4 (type 7): 4 + 1.5 * 2 = 7, which is the largest, too.
    assert found.threshold == pytest.approx(7 / unit, rel=1e-14)
    pixels = np.array([[4.5, 9, 9], [15.5, 9, 9], [1, 0, 0]], np.float32)
    near = found.index().search(pixels.T, found.mean_distance, found.threshold)
    np.testing.assert_allclose(near.dissimilarity, np.array([1.5, 7.5, 0]) / unit, atol=1e-14)
    # Distances 4.5 3.5 1.5 3.5; 15.5 14.5 12.5 7.5; 1 0 2 7, the last at the threshold.
    assert near.density[:2].tolist() == [4, 0]


def slow(values: np.ndarray, weights: np.ndarray, folds: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the unit and the training dissimilarity, one pair after the other."""
    exact = values.astype(float)
    used = [b for b in range(exact.shape[1]) if len(set(exact[:, b].tolist())) > 1]
    n = len(exact)
    mean = [sum(exact[:, b]) / n for b in used]
    spread = [
        (sum((v - m) ** 2 for v in exact[:, b]) / (n - 1)) ** 0.5
        for b, m in zip(used, mean, strict=True)
    ]

    def distance(i: int, j: int) -> float:
        parts = [
            (max(weights[b], 0) * (exact[i, b] - exact[j, b]) / s) ** 2
            for b, s in zip(used, spread, strict=True)
        ]
        return float(sum(parts) ** 0.5)

    own = [[distance(i, j) for j in range(n)] for i in range(n)]
    unit = sum(sum(own[i][j] for j in range(n) if j != i) / (n - 1) for i in range(n)) / n
    training = [min(own[i][j] for j in range(n) if folds[j] != folds[i]) / unit for i in range(n)]
    return unit, np.array(training)


@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(2, 40),
    bands=st.integers(1, 6),
    constant=st.booleans(),
    copies=st.booleans(),
    n_folds=st.integers(2, 5),
)
@settings(max_examples=40, deadline=None)
def test_samples_are_compared_as_one_by_one(
    seed: int, n: int, bands: int, constant: bool, copies: bool, n_folds: int
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((n, bands)).astype(np.float32)
    values[0, 0] += 5  # so that some band varies
    if copies and n > 3:
        values[n // 2 :] = values[: n - n // 2]
    if constant:
        values[:, -1] = values[0, -1] if bands > 1 else values[:, -1]
    weights = rng.random(bands) - 0.2
    weights[0] = 0.3
    number = np.arange(n) % min(n_folds, n)
    found = Applicability.of(values, weights, Folds("random", number, n_folds))
    unit, training = slow(values, weights, number)
    assert found.mean_distance == pytest.approx(unit, rel=1e-10)
    np.testing.assert_allclose(found.training, training, rtol=1e-9, atol=1e-12)


def test_a_file_holds_all_of_it_and_the_same_bytes(tmp_path: Path) -> None:
    found = by_hand()
    found.write(tmp_path / "one.npz")
    again = Applicability.read(tmp_path / "one.npz")
    again.write(tmp_path / "other.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()
    assert again.plain() == found.plain()
    np.testing.assert_array_equal(again.samples, found.samples)
    np.testing.assert_array_equal(again.training, found.training)
    with np.load(tmp_path / "one.npz", allow_pickle=False) as held:  # nothing to unpickle
        assert json.loads(str(held["about"]))["threshold"] == found.threshold


def test_of_many_samples_some_tell_the_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    values = rng.standard_normal((400, 4)).astype(np.float32)
    folds = Folds("random", np.arange(400) % 4, 4)
    exact = Applicability.of(values, np.ones(4), folds)
    monkeypatch.setattr(module, "_PAIRED", 300)
    drawn, again = (Applicability.of(values, np.ones(4), folds) for _ in range(2))
    assert exact.plain()["mean_distance"]["samples"] == 400
    assert drawn.plain()["mean_distance"]["samples"] == 300
    assert drawn.mean_distance == again.mean_distance != exact.mean_distance
    assert drawn.mean_distance == pytest.approx(exact.mean_distance, rel=0.05)


@pytest.mark.parametrize(
    ("n", "weight", "folds", "message"),
    [
        (1, 1.0, folds_of(0), "there is 1 sample, but samples are compared with each other"),
        (0, 1.0, folds_of(), "there is 0 sample"),
        (3, 1.0, folds_of(0, 1), "the folds are of 2 samples, but there are 3"),
        (3, 1.0, folds_of(1, 1, 1), "all 3 samples are in one fold of blocks"),
        (3, 0.0, folds_of(0, 1, 1), "none of the 2 bands tells samples apart: 2 of them vary"),
        (3, -1.0, folds_of(0, 1, 1), "none of the 2 bands tells samples apart"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    n: int, weight: float, folds: Folds, message: str
) -> None:
    values = np.arange(2.0 * n).reshape(n, 2).astype(np.float32)
    with pytest.raises(LandloomError, match=message) as error:
        Applicability.of(values, np.full(2, weight), folds)
    assert str(error.value).startswith("map.applicability")


def test_equal_samples_are_refused() -> None:
    with pytest.raises(LandloomError, match="0 of them vary"):
        Applicability.of(np.ones((3, 2), np.float32), np.ones(2), folds_of(0, 1, 1))


def test_shares_are_of_pixels_and_of_areas() -> None:
    def areas(pixels: dict[int, int], square_metres: dict[int, float]) -> ClassAreas:
        own, sizes = np.zeros(255, np.int64), np.zeros(255)
        own[list(pixels)] = list(pixels.values())
        sizes[list(square_metres)] = list(square_metres.values())
        return ClassAreas(own, sizes, 1.0, 1.0)

    whole = areas({1: 4, 9: 6}, {1: 40_000.0, 9: 160_000.0})
    inside = areas({9: 3}, {9: 60_000.0})
    folds = Folds("knndm", np.array([0, 1]), 2, {"random": True}, ("its folds are random",))
    about = told(by_hand(), whole, inside, {1: Entry("water")}, folds)
    assert about["folds"]["random"] is True
    assert about["notes"] == ["its folds are random"]
    assert about["map"] == {
        "pixels": 10, "pixels_inside": 3, "share_of_pixels": 0.3,
        "hectares": 20.0, "hectares_inside": 6.0, "share_of_area": 0.3,
    }  # fmt: skip
    water, other = about["classes"]
    assert (water["name"], water["share_of_area"]) == ("water", 0.0)
    assert (other["name"], other["share_of_pixels"], other["share_of_area"]) == ("9", 0.5, 0.375)


def test_a_model_that_tells_nothing_of_bands_has_them_weigh_the_same(tmp_path: Path) -> None:
    values = np.array([[0, 5, 7], [1, -5, 7], [3, 5, 7], [8, -5, 7]], np.float32)
    folds = folds_of(0, 0, 1, 1)
    found = Applicability.of(values, None, folds)
    same = Applicability.of(values, np.full(3, 0.25), folds)
    np.testing.assert_allclose(found.training, same.training, rtol=1e-14)
    assert found.threshold == pytest.approx(same.threshold, rel=1e-14)
    assert found.plain()["weights"].startswith("equal")
    assert "weights" not in same.plain()
    found.write(tmp_path / "a.npz")
    assert Applicability.read(tmp_path / "a.npz").plain() == found.plain()

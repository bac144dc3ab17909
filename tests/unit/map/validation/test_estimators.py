"""Estimates of accuracy and area, against the figures of the papers that the formulas come from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landloom.map.validation.estimators import Counts, Estimate, Figures, estimate, ratio
from landloom.map.validation.intervals import half_width


def by_map_class(matrix: Sequence[Sequence[int]], sizes: Sequence[float]) -> Counts:
    """Return a sample whose strata are the map's classes."""
    k = len(matrix)
    cells = np.zeros((k, k, k), np.int64)
    cells[range(k), range(k)] = matrix
    return Counts(cells, np.array(sizes, float))


def counted(cells: np.ndarray, pixels: np.ndarray) -> Counts:
    """Return a sample from so many pixels of each stratum, all of one area."""
    return Counts(cells, pixels, pixels)


OLOFSSON_2014 = by_map_class(
    [[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]],
    [200_000, 150_000, 3_200_000, 6_450_000],
)
HECTARES = 10_000_000 * 0.09


def values(figures: Sequence[Estimate]) -> list[float | None]:
    return [figure.value for figure in figures]


def errors(figures: Sequence[Estimate]) -> list[float | None]:
    return [figure.error for figure in figures]


def close(digits: float) -> dict[str, float]:
    return {"abs": digits, "rel": 0}


def test_table_8_of_olofsson_2014() -> None:
    found = estimate(OLOFSSON_2014)
    fine = close(6e-8)
    assert found.overall.value == pytest.approx(0.9465118881, **close(1e-10))
    assert found.overall.error == pytest.approx(0.0094304172, **close(1e-10))
    assert values(found.users) == pytest.approx([0.88, 0.7333333, 0.9272727, 0.9630769], **fine)
    assert errors(found.users) == pytest.approx(
        [0.0377760, 0.0514066, 0.0202782, 0.0104763], **fine
    )
    assert values(found.producers) == pytest.approx(
        [0.7486614, 0.8471564, 0.9345089, 0.9616090], **fine
    )
    assert errors(found.producers) == pytest.approx(
        [0.1088316, 0.1298002, 0.0175125, 0.0093681], **fine
    )
    assert values(found.shares) == pytest.approx(
        [0.0235086, 0.0129846, 0.3175221, 0.6459846], **fine
    )
    assert errors(found.shares) == pytest.approx(
        [0.0034907, 0.0021292, 0.0087924, 0.0092300], **fine
    )


def test_the_hectares_of_olofsson_2014() -> None:
    shares = estimate(OLOFSSON_2014).shares
    hectares = [HECTARES * (figure.value or 0) for figure in shares]
    assert hectares == pytest.approx(
        [21157.7622, 11686.1538, 285769.9301, 581386.1538], **close(1e-4)
    )
    halves = [HECTARES * (half_width(figure) or 0) for figure in shares]
    # The paper rounds z to 1.96, which is 0.002 % more.
    assert halves == pytest.approx([6157.52, 3755.76, 15509.55, 16281.36], rel=2.5e-5)


def test_strata_of_unequal_numbers_of_points() -> None:
    counts = by_map_class([[97, 0, 3], [3, 279, 18], [2, 1, 97]], [22_353, 1_122_543, 610_228])
    found, coarse = estimate(counts), close(6e-8)
    assert found.overall.value == pytest.approx(0.9444168, **coarse)
    assert found.overall.error == pytest.approx(0.0111644, **coarse)
    assert values(found.producers) == pytest.approx([0.4806308, 0.9941887, 0.8969259], **coarse)
    assert errors(found.producers) == pytest.approx([0.1145585, 0.0057783, 0.0210236], **coarse)
    pixels, first = counts.sizes.sum(), found.shares[0]
    assert pixels * (first.value or 0) == pytest.approx(45112.4, abs=0.05)
    assert pixels * (half_width(first) or 0) == pytest.approx(21072.37, rel=2.5e-5)


def test_shares_of_area_for_sizes() -> None:
    counts = by_map_class([[127, 66, 54], [2, 322, 17], [0, 15, 540]], [0.007, 0.295, 0.698])
    found, coarse = estimate(counts), close(6e-8)
    assert found.overall.value == pytest.approx(0.9612974, **coarse)
    assert found.overall.error == pytest.approx(0.0060533, **coarse)
    assert values(found.producers) == pytest.approx([0.6753468, 0.9307203, 0.9766498], **coarse)
    assert errors(found.producers) == pytest.approx([0.1554027, 0.0149909, 0.0048999], **coarse)


def stehman_2014() -> Figures:
    on_map = "A" * 7 + "B" * 3 + "A" + "B" * 11 + "C" * 6 + "B" * 2 + "D" * 10
    reference = "AAAAACBABCABBBBBAABBCCCCCDDBBADDDDDDDCCB"
    cells = np.zeros((4, 4, 4), np.int64)
    for number, (i, j) in enumerate(zip(on_map, reference, strict=True)):
        cells[number // 10, "ABCD".index(i), "ABCD".index(j)] += 1
    sizes = np.array([40_000.0, 30_000, 20_000, 10_000])
    return estimate(counted(cells, sizes))


def test_the_example_of_stehman_2014_whose_strata_are_no_map_classes() -> None:
    found, fine = stehman_2014(), close(6e-8)
    assert found.shares[0] == Estimate(
        pytest.approx(0.35, **fine), pytest.approx(0.0822478, **fine)
    )
    assert found.shares[2] == Estimate(
        pytest.approx(0.20, **fine), pytest.approx(0.0642798, **fine)
    )
    assert found.overall == Estimate(pytest.approx(0.63, **fine), pytest.approx(0.0846422, **fine))
    assert found.users[1] == Estimate(
        pytest.approx(0.5744681, **fine), pytest.approx(0.1247822, **fine)
    )
    assert found.producers[1] == Estimate(
        pytest.approx(0.7941176, **fine), pytest.approx(0.1165479, **fine)
    )
    assert found.matrix[1][2] == Estimate(
        pytest.approx(0.08, **fine), pytest.approx(0.0480662, **fine)
    )


def test_a_class_in_one_of_map_and_reference_only() -> None:
    whole = by_map_class([[8, 0, 2], [3, 7, 0], [0, 0, 0]], [70, 30, 0])
    found = estimate(Counts(whole.cells[:2], whole.sizes[:2]))
    assert found.users[2] == Estimate(None, None)
    assert found.producers[2].value == 0.0
    never = estimate(by_map_class([[8, 0], [10, 0]], [70, 30]))
    assert never.producers[1] == Estimate(None, None)
    assert never.shares[1] == Estimate(0.0, 0.0)


def test_a_stratum_of_one_point_has_no_variance_and_so_has_what_hangs_on_it() -> None:
    found = estimate(by_map_class([[8, 2], [0, 1]], [70, 30]))
    assert found.overall.value == pytest.approx(0.86)
    assert found.overall.error is None
    assert found.users[0].error is not None
    assert found.users[1] == Estimate(1.0, None)


def test_whoever_has_looked_at_every_pixel_knows() -> None:
    cells = np.array([[[3, 1], [0, 2]]])
    found = estimate(counted(cells, np.array([6.0])))
    assert found.overall == Estimate(pytest.approx(5 / 6), 0.0)
    one = np.array([[[3, 1], [0, 2]], [[0, 0], [0, 1]]])
    found = estimate(counted(one, np.array([60.0, 1.0])))
    assert found.overall.error is not None  # the one pixel of its stratum
    assert estimate(counted(one, np.array([60.0, 2.0]))).overall.error is None


@pytest.mark.parametrize("sizes", [[1.0, 0.0], [1.0]])
def test_a_stratum_without_a_size_or_points_is_refused(sizes: list[float]) -> None:
    cells = np.zeros((len(sizes), 2, 2), np.int64)
    cells[1:] = 1
    with pytest.raises(ValueError, match="every stratum"):
        estimate(Counts(cells, np.array(sizes)))


@given(
    st.lists(st.integers(0, 30), min_size=18, max_size=18),
    st.lists(st.floats(300, 1e6), min_size=2, max_size=2),
    st.booleans(),
)
def test_the_figures_agree_with_each_other(
    points: list[int], sizes: list[float], finite: bool
) -> None:
    cells = np.array(points, np.int64).reshape(2, 3, 3)
    cells[:, 0, 0] += 1
    counts = Counts(cells, np.array(sizes), np.array(sizes) if finite else None)
    found = estimate(counts)
    matrix = np.array([values(row) for row in found.matrix], float)
    assert matrix.sum() == pytest.approx(1)
    everything, cell = np.ones((3, 3), bool), np.zeros((3, 3), bool)
    cell[0, 2] = True
    alone = ratio(counts, cell, everything)
    assert found.matrix[0][2].value == pytest.approx(alone.value)
    assert found.matrix[0][2].error == (alone.error and pytest.approx(alone.error))
    assert found.overall.value == pytest.approx(np.trace(matrix))
    assert values(found.shares) == pytest.approx(matrix.sum(axis=0))
    for figure in (found.overall, *found.users, *found.producers, *found.shares):
        assert figure.error is None or np.isfinite(figure.error)

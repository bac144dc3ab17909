"""The search finds what a brute force in double precision finds, whatever the samples are like."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landloom.map.applicability.search import Index, Scaling, mean_distance


def brute(pixels: np.ndarray, samples: np.ndarray, unit: float, threshold: float):
    """Measure every pixel to every sample, (rows, bands) both."""
    far = np.zeros((len(pixels), len(samples)))
    for band in range(pixels.shape[1]):  # one band after the other, so that ties are ties
        step = pixels[:, band, None] - samples[None, :, band]
        far += step * step
    quotients = np.sqrt(far) / unit
    return quotients.min(axis=1), (quotients < threshold).sum(axis=1)


KINDS = ("spread", "clusters", "grid", "line", "copies", "outlier")


def drawn(kind: str, n: int, bands: int, rng: np.random.Generator) -> np.ndarray:
    """Return rows of one kind, (n, bands), float32."""
    if kind == "clusters":
        centres = 20 * rng.standard_normal((4, bands))
        rows = centres[rng.integers(0, 4, n)] + rng.standard_normal((n, bands))
    elif kind == "grid":  # many equal distances
        rows = rng.integers(0, 3, (n, bands))
    elif kind == "line":
        rows = rng.standard_normal((n, 1)) * np.ones(bands)
    elif kind == "copies":
        rows = np.repeat(rng.standard_normal((1, bands)), n, axis=0)
    else:
        rows = rng.standard_normal((n, bands))
    if kind == "outlier":
        rows[0] *= 1e6
    return rows.astype(np.float32)


@given(
    seed=st.integers(0, 2**32 - 1),
    kind=st.sampled_from(KINDS),
    n=st.sampled_from([1, 2, 5, 127, 128, 129, 300, 700]),
    bands=st.sampled_from([1, 2, 3, 8, 16, 17, 33, 64, 70]),
    pixels=st.sampled_from([1, 3, 63, 64, 65, 200]),
    threshold=st.sampled_from([0.0, 0.3, 1.0, 2.0, 1e9]),
    own=st.booleans(),
)
@settings(max_examples=80, deadline=None)
def test_it_is_a_brute_force(
    seed: int, kind: str, n: int, bands: int, pixels: int, threshold: float, own: bool
) -> None:
    rng = np.random.default_rng(seed)
    samples = drawn(kind, n, bands, rng)
    values = samples[rng.integers(0, n, pixels)] if own else drawn(kind, pixels, bands, rng)
    scale = rng.choice([0.0, 0.5, 1.0, 4.0], bands)
    scaling = Scaling(rng.integers(-2, 3, bands).astype(float), scale)
    unit = float(rng.choice([0.5, 1.0, 8.0]))
    found = Index.of(scaling, scaling(samples)).search(values.T, unit, threshold)
    nearest, near = brute(scaling(values), scaling(samples), unit, threshold)
    np.testing.assert_array_equal(found.dissimilarity, nearest)
    np.testing.assert_array_equal(found.density, near)


def test_ties_at_the_threshold_are_not_near() -> None:
    scaling = Scaling(np.zeros(2), np.ones(2))
    index = Index.of(scaling, np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]]))
    found = index.search(np.array([[0.0], [0.0]], np.float32), 2.0, 2.5)
    assert found.density.tolist() == [1]  # the second is at 5 / 2
    just_above = np.nextafter(2.5, 3)
    assert index.search(np.zeros((2, 1), np.float32), 2.0, just_above).density.tolist() == [2]


def test_ties_are_counted_alike_among_many() -> None:
    """On a grid hundreds of distances equal the threshold, to the last bit."""
    rng = np.random.default_rng(3)
    samples = rng.integers(0, 4, (1500, 20)).astype(np.float32)
    scaling = Scaling(np.zeros(20), np.full(20, 0.25))
    pixels = rng.integers(0, 4, (100, 20)).astype(np.float32)
    threshold = np.sqrt(24.0) / 4
    found = Index.of(scaling, scaling(samples)).search(pixels.T, 1.0, threshold)
    nearest, near = brute(scaling(pixels), scaling(samples), 1.0, threshold)
    _, near_or_at = brute(scaling(pixels), scaling(samples), 1.0, np.nextafter(threshold, 9))
    assert (near_or_at - near).sum() > 300
    np.testing.assert_array_equal(found.density, near)
    np.testing.assert_array_equal(found.dissimilarity, nearest)


@pytest.mark.parametrize("size", [1e8, 1e14, 1e20, 3e38])
def test_pixels_however_far_are_measured(size: float) -> None:
    rng = np.random.default_rng(0)
    samples = rng.standard_normal((200, 5)).astype(np.float32)
    pixels = rng.standard_normal((70, 5)).astype(np.float32)
    pixels[::7] = np.float32(size)
    scaling = Scaling(np.zeros(5), np.ones(5))
    found = Index.of(scaling, scaling(samples)).search(pixels.T, 1.0, 2.0)
    nearest, near = brute(scaling(pixels), scaling(samples), 1.0, 2.0)
    np.testing.assert_array_equal(found.dissimilarity, nearest)
    np.testing.assert_array_equal(found.density, near)


@given(seed=st.integers(0, 2**32 - 1), cut=st.integers(1, 150))
@settings(max_examples=20, deadline=None)
def test_a_pixel_does_not_depend_on_the_others(seed: int, cut: int) -> None:
    rng = np.random.default_rng(seed)
    samples, pixels = (rng.standard_normal((n, 24)).astype(np.float32) for n in (400, 151))
    scaling = Scaling(np.zeros(24), rng.random(24))
    index = Index.of(scaling, scaling(samples))
    whole = index.search(pixels.T, 1.7, 1.1)
    parts = [index.search(part.T, 1.7, 1.1) for part in (pixels[:cut], pixels[cut:])]
    for name in ("dissimilarity", "density"):
        joined = np.concatenate([getattr(part, name) for part in parts])
        np.testing.assert_array_equal(joined, getattr(whole, name))


def test_the_mean_distance_is_that_of_all_pairs() -> None:
    z = np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 12.0]])
    others = [[5, 12], [5, np.hypot(3, 8)], [12, np.hypot(3, 8)]]
    assert mean_distance(z) == pytest.approx(np.mean(np.mean(others, axis=1)), rel=1e-15)

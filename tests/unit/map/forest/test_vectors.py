"""Prediction in vector registers: leaf by leaf what the kernel for any processor says."""

from __future__ import annotations

from dataclasses import replace

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llvmlite import binding

from landloom.map.forest import vectors
from landloom.map.forest.forest import ALWAYS_LEFT, FlatForest, compile_vectors

pytestmark = pytest.mark.slow

LACKING = vectors.lacking()
where_it_can = pytest.mark.skipif(LACKING is not None, reason=str(LACKING))

TABLE = np.linspace(-1, 1, 256).astype(np.float32)
"""What codes from -128 on mean."""


@st.composite
def forests(draw, bands=None, on_codes=None):
    """Draw a forest that nobody fitted: of any shape, with thresholds that values fall upon."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_bands = draw(st.integers(1, 128)) if bands is None else bands
    classes = draw(st.sampled_from([1, 2, 9, 70, 300]))
    trees = draw(st.integers(1, 90))
    splits = draw(st.integers(0, 60))
    mixed = draw(st.sampled_from([0.0, 0.05, 1.0]))
    values = np.unique(np.round(rng.normal(size=draw(st.integers(1, 600))), 2).astype(np.float32))
    flat = grown(rng, trees, splits, n_bands, classes, mixed, values)
    if draw(st.booleans()) if on_codes is None else on_codes:
        return flat.with_codes(TABLE, -128), rng
    return flat, rng


def grown(rng, trees, splits, bands, classes, mixed, values):
    """Grow trees: any leaf may be split next, so that some are deep and some are wide."""
    nodes, roots, rows = [], [], []
    for _ in range(trees):
        start = 4 * len(nodes)
        roots.append(start)
        pairs = [leaf_pair(start)]
        leaves = [(0, 0)]
        for _ in range(rng.integers(splits + 1)):
            pair, side = leaves.pop(rng.integers(len(leaves)))
            child = start + 4 * len(pairs)
            pairs.append(leaf_pair(child))
            key = keys(rng.choice(values, 1))[0]
            pairs[pair][[2 * side, 2 * side + 1, 2 * side + 4]] = key, child, rng.integers(bands)
            leaves += [(len(pairs) - 1, 0), (len(pairs) - 1, 1)]
        for pair, side in leaves:
            says = rng.integers(classes)
            if rng.random() < mixed:
                shares = rng.random(classes)
                rows.append(shares / shares.sum())
                says = ~(len(rows) - 1)
            pairs[pair][2 * side + 5] = np.int64(says) & 0xFFFFFFFF
        nodes += pairs
    fractions = np.array(rows) if rows else np.empty((0, classes))
    return FlatForest(
        np.arange(classes) + 10,
        bands,
        np.array(nodes, dtype=np.uint32),
        np.array(roots, dtype=np.uint64),
        fractions,
        "",
    )


def leaf_pair(number):
    return np.array([ALWAYS_LEFT, number, ALWAYS_LEFT, number + 1, 0, 0, 0, 0], dtype=np.int64)


def keys(values):
    bits = (values + np.float32(0)).view(np.uint32)
    return np.where(bits & 0x80000000, ~bits, bits | 0x80000000)


def drawn_rows(flat, rng, n):
    """Draw rows that often lie on thresholds; of floats some are no number at all."""
    if flat.on_codes:
        return rng.integers(-128, 128, (n, flat.n_features)).astype(np.int8)
    inner = flat.nodes[:, 0:4:2]
    bits = inner[inner != ALWAYS_LEFT]
    on = np.where(bits & 0x80000000, bits ^ 0x80000000, ~bits).view(np.float32)
    odd = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, -np.nan, 1e-45, -1e-45, 3.4e38], np.float32)
    around = [on, np.nextafter(on, np.float32(9)), np.nextafter(on, np.float32(-9)), odd]
    return rng.choice(np.concatenate(around), (n, flat.n_features))


def assert_same(flat, X, rows=None):
    """Compare all that both kernels say, to the last bit; the vectors' is taken for certain."""
    plain = replace(flat)
    plain.__dict__["_parts"] = None
    assert flat._parts is not None
    assert np.array_equal(flat.predict(X, rows).labels, plain.predict(X, rows).labels)
    ours = flat.predict(X, rows, confidence=True, probabilities=True)
    theirs = plain.predict(X, rows, confidence=True, probabilities=True)
    for field in ("labels", "confidence", "probabilities"):
        assert getattr(ours, field).tobytes() == getattr(theirs, field).tobytes()


@where_it_can
@settings(max_examples=40, deadline=None)
@given(forests(), st.integers(0, 90))
def test_both_kernels_say_the_same_of_any_forest_and_rows(drawn, n):
    flat, rng = drawn
    assert_same(flat, drawn_rows(flat, rng, n))


@where_it_can
@pytest.mark.parametrize("on_codes", [False, True])
@pytest.mark.parametrize("bands", [1, 63, 64, 65, 127, 128])
def test_every_band_is_met(bands, on_codes):
    rng = np.random.default_rng(bands)
    flat = grown(rng, 40, 300, bands, 5, 0.0, rng.normal(size=500).astype(np.float32) / 2)
    flat = flat.with_codes(TABLE, -128) if on_codes else flat
    assert set(flat.nodes[:, 4]) >= {0, bands - 1}
    for n in (1, 7, 8, 9, 63, 64, 65, 2047, 2048, 2049, 2100):
        assert_same(flat, drawn_rows(flat, rng, n))


@where_it_can
@pytest.mark.parametrize("trees", [1, 15, 16, 17, 31, 33, 48, 64, 65, 96, 130, 1200])
@pytest.mark.parametrize("classes", [2, 9])
def test_any_number_of_trees(trees, classes):
    rng = np.random.default_rng(trees)
    values = rng.normal(size=90).astype(np.float32)
    for mixed in (0.0, 0.3):
        flat = grown(rng, trees, 12, 3, classes, mixed, values)
        X = drawn_rows(flat, rng, 300)
        assert_same(flat, X)
        # Rows that agree are settled together.
        assert_same(flat, np.repeat(X[:3], 100, axis=0))


@where_it_can
def test_rows_of_any_layout_and_choice():
    rng = np.random.default_rng(3)
    for on_codes in (False, True):
        flat = grown(rng, 70, 40, 6, 4, 0.0, TABLE)
        flat = flat.with_codes(TABLE, -128) if on_codes else flat
        X = drawn_rows(flat, rng, 2500)
        chosen = rng.integers(0, 2500, 2300)
        for each in (X, X[::-1], np.asfortranarray(X), np.repeat(X, 2, axis=1)[:, ::2]):
            assert_same(flat, each, chosen)
        X.flags.writeable = False
        assert_same(flat, X)
        whole = flat.predict(X, probabilities=True).probabilities
        for cut in (1, 999, 2048, 2100):
            parts = [flat.predict(part, probabilities=True) for part in (X[:cut], X[cut:])]
            assert np.array_equal(np.concatenate([p.probabilities for p in parts]), whole)


def chain(depth, trees, says=(0, 1)):
    """Return trees that are a single path: each node to the right of the one before."""
    nodes = np.zeros((trees, depth + 1, 8), dtype=np.int64)
    number = 4 * np.arange(trees * (depth + 1)).reshape(trees, depth + 1)
    nodes[..., [0, 2]] = ALWAYS_LEFT
    nodes[..., 1], nodes[..., 3] = number, number + 1
    nodes[..., 5], nodes[..., 7] = says
    threshold = keys(np.linspace(-1, 1, depth).astype(np.float32))
    nodes[:, 0, 0], nodes[:, 0, 1] = threshold[0], number[:, 1]
    nodes[:, 1:-1, 2], nodes[:, 1:-1, 3] = threshold[1:], number[:, 2:]
    flat = nodes.reshape(-1, 8).astype(np.uint32)
    return FlatForest(np.arange(2), 1, flat, number[:, 0].astype(np.uint64), np.empty((0, 2)), "")


@where_it_can
@pytest.mark.parametrize("bands", [3, 64, 100])
def test_first_steps_ask_for_nothing_beyond_their_rows(bands):
    """Though a node that all codes leave to the right has no child of its own on that side."""
    rng = np.random.default_rng(bands)
    beyond = np.array([-2.0, -1.5, 0.3], dtype=np.float32)
    for on_codes, values in ((True, beyond), (True, TABLE), (False, beyond)):
        flat = grown(rng, 40, 4, bands, 250, 0.0, values)  # leaves name classes beyond all bands
        flat = flat.with_codes(TABLE, -128) if on_codes else flat
        (part,) = flat._parts
        registers = part.shape[3]
        assert part.tops[..., :64].max() < 64 * 64 * registers
        assert_same(flat, drawn_rows(flat, rng, 130))


@where_it_can
def test_a_path_through_thousands_of_nodes_is_gone_to_its_end():
    flat = chain(3000, 17)
    X = np.linspace(-1.1, 1.1, 300).astype(np.float32)[:, np.newaxis]
    assert_same(flat, X)
    assert_same(flat.with_codes(TABLE, -128), np.arange(-128, 128, dtype=np.int8)[:, np.newaxis])


@where_it_can
def test_floats_are_ranked_anew_where_a_band_has_too_many_thresholds(monkeypatch):
    rng = np.random.default_rng(5)
    flat = grown(rng, 400, 60, 2, 3, 0.0, rng.normal(size=30_000).astype(np.float32))
    X = drawn_rows(flat, rng, 700)
    assert_same(flat, X)
    assert len(flat._parts) == 1
    monkeypatch.setattr(vectors, "_MOST_THRESHOLD_BITS", 11)
    again = replace(flat)
    assert_same(again, X)
    assert len(again._parts) == 4
    assert [part.shape[1] for part in again._parts] == [0, 96, 192, 288]
    mixed = grown(rng, 400, 60, 2, 3, 0.2, rng.normal(size=30_000).astype(np.float32))
    assert_same(mixed, X)
    assert len(mixed._parts) == 4


@where_it_can
def test_what_words_cannot_hold_is_left_to_the_other_kernel(monkeypatch):
    rng = np.random.default_rng(6)
    wide = grown(rng, 3, 9, 129, 3, 0.0, TABLE)
    deep = chain(40_000, 1)
    many = chain(30_000, 64)  # of words' 32 bits, 10 are left for ranks
    large = chain(33_000, 1)  # whose nodes take 17 bits, though a few of them tell its thresholds
    large.nodes[1:-1, 2] = keys(np.linspace(-1, 1, 5).astype(np.float32)).repeat(6600)[1:]
    on_codes = [flat.with_codes(TABLE, -128) for flat in (wide, deep)]
    for flat in (wide, deep, many, large, *on_codes):
        assert flat._parts is None
    assert chain(30_000, 1).with_codes(TABLE, -128)._parts is not None
    X = drawn_rows(wide, rng, 50)
    monkeypatch.setattr(vectors, "votes", None)
    assert wide.predict(X).labels.shape == (50,)


def test_a_processor_without_the_instructions_takes_the_other_kernel(monkeypatch):
    flat = chain(5, 3)
    X = np.linspace(-1.1, 1.1, 30).astype(np.float32)[:, np.newaxis]
    expected = flat.predict(X, confidence=True)
    for feature in vectors.NEEDED:
        features = binding.get_host_cpu_features()
        features.update(dict.fromkeys(vectors.NEEDED, True))
        features[feature] = False
        monkeypatch.setattr(binding, "get_host_cpu_features", lambda kept=features: kept)
        if LACKING is None:
            assert vectors.lacking() == f"the processor has no {feature}"
        other = replace(flat)
        assert other._parts is None
        found = other.predict(X, confidence=True)
        assert np.array_equal(found.labels, expected.labels)
        assert np.array_equal(found.confidence, expected.confidence)
        compile_vectors()
        monkeypatch.undo()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CPU_NAME", "generic"),
        ("CPU_FEATURES", "+sse2"),
        ("ENABLE_AVX", 0),
        ("DISABLE_JIT", 1),
    ],
)
def test_what_numba_is_told_counts(monkeypatch, name, value):
    monkeypatch.setattr(numba.config, name, value)
    assert "Numba is told" in vectors.lacking()
    assert chain(5, 3)._parts is None

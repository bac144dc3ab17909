"""The index of all samples, and the weights of a draw that treats classes alike."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas
import numpy as np
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from published import CLASSES, PLACES, cells_of, make

from landloom.dataset.publish.index import balanced_weights, class_shares, sample_index


def test_every_sample_is_listed_with_its_place_and_its_classes(tmp_path: Path) -> None:
    made = make(tmp_path)
    index = sample_index(made.views, CLASSES)
    assert index["split"].tolist() == ["train"] * 5 + ["test"] * 3
    assert index["sample"].tolist() == [0, 1, 2, 3, 4, 0, 1, 2]
    places = PLACES["train"] + PLACES["test"]
    assert list(zip(index["row"], index["col"], strict=True)) == places
    assert index["cell"].tolist() == cells_of(places)
    for i, row in index.iterrows():
        pixels = made.labels[row["split"]][row["sample"]]
        counted = [(pixels == k).sum() for k in range(3)]
        shares = [row[f"share_{code}"] for code in (11, 42, 71)]
        assert shares == [count / 36 for count in counted], i
        assert row["majority"] == CLASSES["code"][int(np.argmax(counted))]
        assert row["majority_name"] == CLASSES["name"][int(np.argmax(counted))]
    corners = geopandas.read_file(tmp_path / "test.gpkg").geometry
    assert index.geometry[5:].reset_index(drop=True).geom_equals(corners).all()


def test_of_classes_with_as_many_pixels_the_lower_code_has_the_majority(tmp_path: Path) -> None:
    half = np.repeat([2, 1], 18).reshape(1, 6, 6)
    made = make(tmp_path, {"train": [(1, 1)], "test": [(1, 2)]}, {"train": half, "test": half})
    assert sample_index(made.views, CLASSES)["majority"].tolist() == [42, 42]


def test_classes_may_stand_in_any_order(tmp_path: Path) -> None:
    made = make(tmp_path)
    turned = CLASSES.iloc[::-1].reset_index(drop=True)
    assert sample_index(made.views, turned).equals(sample_index(made.views, CLASSES))


def test_the_file_is_geoparquet_and_the_same_each_time(tmp_path: Path) -> None:
    made = make(tmp_path)
    for name in ("a", "b"):
        sample_index(made.views, CLASSES).to_parquet(tmp_path / f"{name}.parquet", index=False)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    told = pyarrow.parquet.read_schema(tmp_path / "a.parquet").metadata[b"geo"]
    assert json.loads(told)["columns"]["geometry"]["geometry_types"] == ["Polygon"]
    again = geopandas.read_parquet(tmp_path / "a.parquet")
    assert again.crs == "EPSG:4326"
    assert again.equals(sample_index(made.views, CLASSES))


def test_shares_do_not_depend_on_how_many_samples_are_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make(tmp_path)
    whole = class_shares(made.views[0], 3)
    monkeypatch.setattr("landloom.dataset.stack_view._CHUNK_PIXELS", 72)
    np.testing.assert_array_equal(class_shares(made.views[0], 3), whole)


def drawn_by_class(labels: np.ndarray) -> np.ndarray:
    """Return each sample's chance where a class is drawn, then one of its pixels: one by one."""
    chances = np.zeros(len(labels))
    present = np.unique(labels)
    for value in present:
        pixels = [i for i, sample in enumerate(labels) for pixel in sample if pixel == value]
        for i in pixels:
            chances[i] += 1 / len(present) / len(pixels)
    return chances


@given(
    arrays.arrays(
        np.int64, st.tuples(st.integers(1, 8), st.integers(1, 6)), elements=st.integers(0, 4)
    )
)
def test_weights_are_the_chances_of_a_draw_class_by_class(labels: np.ndarray) -> None:
    shares = np.stack([(labels == k).mean(axis=1) for k in range(5)], axis=1)
    weights = balanced_weights(shares)
    np.testing.assert_allclose(weights, drawn_by_class(labels), rtol=1e-9)
    assert weights.sum() == pytest.approx(1)
    assert (weights > 0).all()


def test_a_rare_class_is_met_as_often_as_a_common_one() -> None:
    """A hundred samples of one class; in one of them, a quarter is of another."""
    shares = np.tile([1.0, 0.0], (100, 1))
    shares[7] = [0.75, 0.25]
    weights = balanced_weights(shares)
    assert weights[7] == pytest.approx(0.5 + 0.5 * 0.75 / 99.75)
    assert weights[0] == pytest.approx(0.5 / 99.75)

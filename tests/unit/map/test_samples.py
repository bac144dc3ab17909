"""Samples: values belong to their labels, classes keep their shares, and splits are stratified."""

from __future__ import annotations

import hashlib
import warnings
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine
from rasters import write
from sklearn.model_selection import StratifiedKFold, train_test_split

from landloom.errors import LandloomError
from landloom.legend.legends import Entry
from landloom.map import embedding, embedding_reader
from landloom.map.embedding import EmbeddingInfo
from landloom.map.embedding_header import inspect
from landloom.map.encoding import decode
from landloom.map.left_out import LeftOut
from landloom.map.points import Points, allocate
from landloom.map.sample_table import band_names, features
from landloom.map.samples import check_folds, extract, select
from landloom.map.shares import Shares
from landloom.map.zones import ZonedEmbedding

TRANSFORM = Affine(10, 0, 500_000, 0, 10, 5_500_000)  # bottom-up
CLASSES = {1: Entry("water", "0064C8"), 2: Entry("forest"), 3: Entry("urban"), 5: Entry("E")}


def at(rows: np.ndarray, cols: np.ndarray, labels: np.ndarray) -> Points:
    """Labelled points on given pixels."""
    x, y = TRANSFORM @ (cols + 0.5, rows + 0.5)
    frame = pd.DataFrame(
        {
            "lon": x / 1e5, "lat": y / 1e5, "x": x, "y": y, "row": rows, "col": cols,
            "source": pd.Series([CLASSES[label].name for label in labels], dtype="str"),
            "label": labels,
        }
    )  # fmt: skip
    return Points(frame, {label: CLASSES[label] for label in sorted(set(labels))}, {"before": 4})


def scattered(height: int, width: int, n: int, seed: int = 0) -> Points:
    """Points on different pixels in random order."""
    rng = np.random.default_rng(seed)
    rows, cols = np.divmod(rng.permutation(height * width)[:n], width)
    return at(rows, cols, rng.integers(1, 4, n))


@pytest.fixture
def world(tmp_path: Path) -> tuple[EmbeddingInfo, np.ndarray]:
    array = np.random.default_rng(1).normal(size=(5, 70, 90)).astype(np.float32)
    return inspect(write(tmp_path / "embedding.tif", array, TRANSFORM)), array


@pytest.mark.parametrize("read_bytes", [1, 2**27])
def test_every_row_holds_the_values_of_its_pixel(
    world: tuple[EmbeddingInfo, np.ndarray], monkeypatch: pytest.MonkeyPatch, read_bytes: int
) -> None:
    monkeypatch.setattr(embedding, "_READ_BYTES", read_bytes)
    info, array = world
    assert info.chunk == (16 if read_bytes == 1 else 1024)
    points = scattered(70, 90, 500)
    samples = extract(ZonedEmbedding.alone(info), points)
    pd.testing.assert_frame_equal(samples.frame[list(points.frame)], points.frame)
    assert list(samples.frame)[8:] == ["b01", "b02", "b03", "b04", "b05"]
    values = features(samples.frame)
    assert values.dtype == np.float32
    assert values.flags.c_contiguous
    np.testing.assert_array_equal(values, array[:, points.frame["row"], points.frame["col"]].T)
    assert samples.classes == points.classes
    assert samples.dropped == {"before": 4}


def test_no_window_is_larger_than_a_chunk(
    world: tuple[EmbeddingInfo, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "_READ_BYTES", 1)
    sizes = []
    read = embedding_reader.Embedding.read

    def watched(self: embedding_reader.Embedding, window: Any) -> np.ndarray:
        sizes.append((window.height, window.width))
        return read(self, window)

    monkeypatch.setattr(embedding_reader.Embedding, "read", watched)
    extract(ZonedEmbedding.alone(world[0]), scattered(70, 90, 500))
    assert len(sizes) == 5 * 6
    assert max(max(size) for size in sizes) <= 16


def test_rows_without_an_embedding_take_their_labels_along(tmp_path: Path) -> None:
    """The feature tells the label, so a shift of one row would show."""
    labels = np.random.default_rng(0).integers(1, 4, (30, 30))
    array = np.stack([labels * 10.0, labels * 100.0, labels + 0.5, labels]).astype(np.float32)
    array[:, 9:12, 5:25] = 0
    array[1, 15, :] = np.nan
    array[2, 20, ::2] = -9999
    array[0, 25, :] = np.inf
    array[1, 2, :] = 0  # one band of zero is an embedding like any other
    info = inspect(write(tmp_path / "e.tif", array, TRANSFORM, nodata=-9999))
    rows, cols = np.divmod(np.random.default_rng(1).permutation(900), 30)
    points = at(rows, cols, labels[rows, cols])
    samples = extract(ZonedEmbedding.alone(info), points)
    assert samples.dropped == {
        "before": 4,
        "embedding is all zero": 60,
        "embedding is NaN": 60,
        "embedding is nodata": 15,
    }
    assert len(samples.frame) == 900 - 135
    values = features(samples.frame)
    assert (values[:, 0] == samples.frame["label"] * 10).all()
    assert (values[:, 2] == samples.frame["label"] + 0.5).all()
    gone = {9, 10, 11} & set(samples.frame.loc[samples.frame["col"].between(5, 24), "row"])
    assert not gone
    kept = samples.frame[list(points.frame)].merge(points.frame, how="left", indicator=True)
    assert (kept["_merge"] == "both").all()


def test_bytes_are_decoded_and_their_nodata_leaves(tmp_path: Path) -> None:
    stored = np.random.default_rng(0).integers(-127, 128, (12, 20, 20)).astype(np.int8)
    stored[:, 7] = -128
    stored[:5, 8] = -128
    info = inspect(write(tmp_path / "e.tif", stored, TRANSFORM), "alphaearth")
    points = scattered(20, 20, 400)
    samples = extract(ZonedEmbedding.alone(info), points)
    assert samples.dropped == {"before": 4, "embedding is nodata": 20}
    rows, cols = samples.frame["row"], samples.frame["col"]
    assert 8 in set(rows)
    np.testing.assert_array_equal(
        features(samples.frame), decode(stored[:, rows, cols].T, "alphaearth")
    )


def test_a_pixel_gives_one_sample(world: tuple[EmbeddingInfo, np.ndarray]) -> None:
    rows, cols = np.array([3, 4, 3, 3, 9]), np.array([5, 5, 5, 6, 0])
    samples = extract(ZonedEmbedding.alone(world[0]), at(rows, cols, np.array([1, 2, 3, 1, 2])))
    assert samples.frame["row"].tolist() == [3, 4, 3, 9]
    assert samples.frame["label"].tolist() == [1, 2, 1, 2]
    assert samples.dropped["another point on the same embedding pixel"] == 1
    assert set(samples.classes) == {1, 2}


def test_nothing_left(tmp_path: Path) -> None:
    info = inspect(write(tmp_path / "e.tif", np.zeros((4, 10, 10), np.float32), TRANSFORM))
    with pytest.raises(LandloomError, match=r"none of the 7 .*7 embedding is all zero"):
        extract(ZonedEmbedding.alone(info), scattered(10, 10, 7))


@pytest.mark.parametrize(
    ("descriptions", "columns"),
    [
        (["b02", "b03", "ndvi"], ["b02", "b03", "ndvi"]),
        (["red", "red", "nir"], ["b01", "b02", "b03"]),
        (["red", "", "nir"], ["b01", "b02", "b03"]),
        (["lon", "lat", "height"], ["b01", "b02", "b03"]),
        (["Label", "größte Höhe", "B 3"], ["Label", "größte Höhe", "B 3"]),
    ],
)
def test_bands_are_called_as_the_raster_calls_them(
    tmp_path: Path, descriptions: list[str], columns: list[str]
) -> None:
    array = np.random.default_rng(0).normal(size=(3, 20, 20)).astype(np.float32)
    path = write(tmp_path / "e.tif", array, TRANSFORM)
    with rasterio.open(path, "r+") as dataset:
        dataset.descriptions = descriptions
    points = scattered(20, 20, 200)
    samples = select(extract(ZonedEmbedding.alone(inspect(path)), points), 200, 0.0, 0.2, 1)
    samples.write(tmp_path / "samples.parquet")
    frame = Points.read(tmp_path / "samples.parquet").frame
    assert band_names(frame) == columns
    np.testing.assert_array_equal(features(frame), array[:, frame["row"], frame["col"]].T)


def samples(counts: dict[int, int], seed: int = 0) -> Points:
    """Samples whose one feature is a number of their own."""
    labels = np.repeat(list(counts), list(counts.values()))
    labels = np.random.default_rng(seed).permutation(labels)
    rows, cols = np.divmod(np.arange(labels.size), 100)
    points = at(rows, cols, labels)
    frame = points.frame.assign(b01=np.arange(labels.size, dtype=np.float32))
    return Points(frame, points.classes)


def counted(frame: pd.DataFrame, split: str | None = None) -> dict[int, int]:
    rows = frame if split is None else frame[frame["split"] == split]
    return dict(sorted(Counter(rows["label"].tolist()).items()))


def test_the_selection_is_stratified_and_every_row_stays_whole() -> None:
    before = samples({1: 600, 2: 300, 3: 101})
    chosen = select(before, 500, 0.01, 0.2, 42)
    frame = chosen.frame
    assert counted(frame) == allocate({1: 600, 2: 300, 3: 101}, 500, minimum=1)
    assert counted(frame, "test") == {1: 60, 2: 30, 3: 10}
    assert chosen.dropped == {"more than map.samples.n": 501}
    assert list(frame) == [*list(before.frame)[:8], "split", "b01"]
    assert frame["b01"].is_unique
    original = before.frame.iloc[frame["b01"].astype(int)].reset_index(drop=True)
    pd.testing.assert_frame_equal(frame.drop(columns="split"), original)


def test_all_samples_are_taken_when_there_are_few() -> None:
    chosen = select(samples({1: 60, 2: 40}), 5000, 0.01, 0.2, 42)
    assert counted(chosen.frame) == {1: 60, 2: 40}
    assert chosen.dropped == {}
    assert chosen.notes == ()


def test_the_split_is_scikit_learns() -> None:
    """On the same rows, in the order in which the selection drew them."""
    frame = select(samples({1: 60, 2: 40, 3: 33}), 100, 0, 0.3, 7).frame
    train, test = (frame[frame["split"] == part] for part in ("train", "test"))
    drawn = np.random.default_rng(7).permutation(133)
    rows = [int(row) for row in drawn if row in set(frame["b01"].astype(int))]
    labels = frame.set_index("b01")["label"].loc[rows]
    expected = train_test_split(rows, test_size=0.3, stratify=labels, random_state=7)
    assert train["b01"].tolist() == expected[0]
    assert test["b01"].tolist() == expected[1]
    assert frame["split"].tolist() == ["train"] * len(train) + ["test"] * len(test)


def test_the_seed_chooses_and_nothing_else(tmp_path: Path) -> None:
    digests = []
    for number, seed in enumerate((42, 42, 43)):
        path = tmp_path / f"{number}.parquet"
        select(samples({1: 600, 2: 300, 3: 101}), 500, 0.01, 0.2, seed).write(path)
        digests.append(hashlib.sha256(path.read_bytes()).hexdigest())
    assert digests[0] == digests[1] != digests[2]
    back = Points.read(tmp_path / "0.parquet")
    assert features(back.frame).shape == (500, 1)
    assert back.frame["b01"].dtype == np.float32


def test_rows_are_in_random_order_so_that_folds_can_be_cut() -> None:
    frame = select(samples({1: 600, 2: 400}), 1000, 0, 0.2, 1).frame
    train = frame[frame["split"] == "train"]
    halves = train["label"].to_numpy().reshape(2, -1)
    assert abs((halves[0] == 1).sum() - (halves[1] == 1).sum()) < 60
    assert abs(np.corrcoef(np.arange(800), train["b01"])[0, 1]) < 0.15


def test_classes_below_the_smallest_share_are_removed_and_named() -> None:
    chosen = select(samples({1: 600, 2: 391, 3: 9}), 5000, 0.01, 0.2, 1)
    assert counted(chosen.frame) == {1: 600, 2: 391}
    assert set(chosen.classes) == {1, 2}
    assert chosen.notes == ("class 3 (urban) removed: 9 samples are 0.90% of all",)
    assert chosen.left_out == (LeftOut(3, "urban", 9, 9 / 1000),)
    assert chosen.dropped == {"class 3 (urban): under 0.01 of all samples": 9}
    exactly = select(samples({1: 50, 2: 43, 3: 7}), 5000, 0.07, 0.2, 1)  # 0.07 * 100 > 7
    assert counted(exactly.frame)[3] == 7


def test_a_class_with_the_least_number_of_points_is_not_lost_to_the_smallest_share() -> None:
    before = samples({1: 600, 2: 386, 3: 9, 5: 5})
    chosen = select(before, 100, 0.01, 0.2, 1, Shares(per_class_min=8))
    assert counted(chosen.frame) == {1: 53, 2: 39, 3: 8}  # 60 + 39 + 8: the largest is lowered
    assert "class 5 (E) removed: 5 samples are 0.50% of all" in chosen.notes
    assert any("figures over all classes are of such samples" in note for note in chosen.notes)


def test_samples_are_shared_out_as_asked_for() -> None:
    before = samples({1: 600, 2: 386, 3: 9, 5: 5})
    equal = select(before, 60, 0.0, 0.2, 1, Shares(allocation="equal"))
    assert counted(equal.frame) == {1: 23, 2: 23, 3: 9, 5: 5}
    named = select(before, 60, 0.01, 0.2, 1, Shares(allocation={"urban": 7, "1": 20}))
    assert counted(named.frame) == {1: 20, 2: 33, 3: 7}  # class 3 is called urban
    with pytest.raises(LandloomError, match=r"map\.samples\.allocation: .* class 'swamp'; those"):
        select(before, 60, 0.01, 0.2, 1, Shares(allocation={"swamp": 7}))
    with pytest.raises(LandloomError, match=r"map\.samples: 60 cannot give each of 2 classes 40"):
        select(before, 60, 0.01, 0.2, 1, Shares(per_class_min=40))


def test_it_is_kept_whether_samples_are_in_proportion() -> None:
    before = samples({1: 60, 2: 30, 3: 10})
    equal = Shares(allocation="equal")
    assert select(before, 50, 0.0, 0.2, 1).proportional
    assert not select(before, 50, 0.0, 0.2, 1, equal).proportional
    whole = select(before, 100, 0.0, 0.2, 1, equal)  # all there are: as many as there are
    assert whole.proportional
    assert whole.notes == ()
    assert not select(replace(before, proportional=False), 50, 0.0, 0.2, 1).proportional


def test_every_class_keeps_one_sample_at_least() -> None:
    chosen = select(samples({1: 970, 2: 20, 3: 10}), 25, 0, 0.2, 1)
    assert counted(chosen.frame) == {1: 23, 2: 1, 3: 1}


def test_a_class_of_one_sample_is_trained_but_not_tested() -> None:
    chosen = select(samples({1: 30, 2: 20, 3: 1}), 5000, 0, 0.2, 1)
    assert counted(chosen.frame, "train") == {1: 24, 2: 16, 3: 1}
    assert counted(chosen.frame, "test") == {1: 6, 2: 4}
    assert chosen.notes == ("class 3 (urban) has 1 samples, none of them for testing",)


def test_a_class_without_a_test_sample_is_named() -> None:
    told = set()
    for seed in range(6):
        chosen = select(samples({1: 30, 2: 2}), 5000, 0, 0.1, seed)
        tested = 2 in counted(chosen.frame, "test")
        assert chosen.notes == (
            () if tested else ("class 2 (forest) has 2 samples, none of them for testing",)
        )
        told.add(tested)
    assert False in told


@pytest.mark.parametrize(
    ("counts", "arguments", "said"),
    [
        (
            {2: 50},
            (100, 0.01, 0.2),
            r"of 1 class \(class 2 \(forest\), 50 samples\).*of more classes$",
        ),
        (
            {1: 990, 2: 9},
            (100, 0.01, 0.2),
            r"of 1 class \(class 1 \(water\), 990 samples\).*, or lower map.samples.min_share",
        ),
        ({1: 50, 2: 50, 3: 50}, (2, 0.01, 0.2), r"map.samples.n: 2 is fewer than the 3 classes"),
        ({1: 5, 2: 3, 3: 2}, (100, 0.01, 0.2), r"0\.2 of 10 samples leaves 2 for testing and 8"),
        ({1: 1, 2: 1}, (100, 0.01, 0.2), r"map\.samples\.test_fraction"),
    ],
)
def test_too_little_to_select_from(
    counts: dict[int, int], arguments: tuple[int, float, float], said: str
) -> None:
    with pytest.raises(LandloomError, match=said):
        select(samples(counts), *arguments, seed=1)


@pytest.mark.parametrize("fraction", [0.1, 0.2, 0.25, 0.37, 0.5, 0.8])
@pytest.mark.parametrize("counts", [{1: 2, 2: 2}, {1: 4, 2: 3, 3: 2}, {1: 20, 2: 2}, {1: 9, 2: 9}])
def test_a_split_is_made_or_refused_but_never_crashes(
    counts: dict[int, int], fraction: float
) -> None:
    try:
        frame = select(samples(counts), 100, 0, fraction, 3).frame
    except LandloomError as error:
        assert "test_fraction" in str(error)  # noqa: PT017
        labels = np.repeat(list(counts), list(counts.values()))
        with pytest.raises(ValueError, match=r"number of classes|will be empty"):
            train_test_split(labels, test_size=fraction, stratify=labels)
    else:
        assert counted(frame) == counts
        assert (frame["split"] == "test").sum() == np.ceil(fraction * len(frame))


def test_folds_that_all_classes_fill() -> None:
    assert check_folds([1] * 5 + [2] * 9, 5, CLASSES) == ()


def test_a_class_smaller_than_the_folds_stays_and_is_told() -> None:
    labels = np.array([1] * 20 + [2] * 3)
    (note,) = check_folds(labels, 5, CLASSES)
    assert note == (
        "class 2 (forest) has 3 training samples, fewer than the 5 folds: "
        "2 of them hold out none of it"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        folds = list(StratifiedKFold(5).split(labels[:, None], labels))
    assert sum(2 not in labels[test] for _, test in folds) == 2
    assert all(2 in labels[train] for train, _ in folds)


def test_folds_that_are_cut_otherwise_are_told_of_elsewhere() -> None:
    assert check_folds([1] * 4 + [2] * 3, None, CLASSES) == ()
    with pytest.raises(LandloomError, match=r"map\.reference"):
        check_folds([1] * 40, None, CLASSES)


def test_folds_that_cannot_be() -> None:
    with pytest.raises(LandloomError, match=r"map\.tuning\.folds: 5 folds, but .* only 4"):
        check_folds([1] * 4 + [2] * 3, 5, CLASSES)
    with pytest.raises(LandloomError, match="of 1 class"):
        check_folds([1] * 40, 5, CLASSES)
    with pytest.raises(LandloomError, match=r"samples; lower it to 4, or give more labelled"):
        check_folds([1] * 4 + [2] * 3, 5, CLASSES)
    with pytest.raises(LandloomError, match=r"^map\.crossval\.n: 5 folds"):
        check_folds([1] * 4 + [2] * 3, 5, CLASSES, "map.crossval.n")
    with pytest.raises(LandloomError, match=r"only 1 training samples; give more labelled points"):
        check_folds([1, 2], 2, CLASSES)

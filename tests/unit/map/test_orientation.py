"""A tile whose rows lie the other way round is found out by its labels, and no other tile is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from affine import Affine
from rasterio.windows import Window
from rasters import NORTH_UP, write
from scipy.ndimage import gaussian_filter
from threadpoolctl import threadpool_limits

from landloom.errors import LandloomError
from landloom.map import orientation as module
from landloom.map.embedding import EmbeddingInfo, Tile
from landloom.map.embedding_header import inspect
from landloom.map.embedding_reader import Embedding
from landloom.map.encoding import valid_mask
from landloom.map.orientation import (
    Comparison,
    Read,
    check_orientation,
    check_orientations,
    compare,
    doubt,
)
from landloom.map.zones import ZonedEmbedding
from landloom.raster.pixel_grid import Box

SIDE = 128
BOTTOM_UP = Affine(10, 0, 500_000, 0, 10, 5_500_000)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As in a job: Snakemake gives it as many threads as its rule asks for."""
    with threadpool_limits(1):
        yield


def fields(seed: int, count: int, smooth: float) -> np.ndarray:
    """Random ground in which what is near is alike, shape (count, SIDE, SIDE)."""
    rng = np.random.default_rng(seed)
    ground = [gaussian_filter(rng.normal(size=(SIDE, SIDE)), smooth) for _ in range(count)]
    return np.stack([field / field.std() for field in ground]).astype(np.float32)


def classes(seed: int, count: int = 4, smooth: float = 6) -> np.ndarray:
    return fields(seed, count, smooth).argmax(axis=0)


def telling(cover: np.ndarray, seed: int = 0) -> np.ndarray:
    """Vectors that tell the classes, not too well."""
    rng = np.random.default_rng(seed)
    means = rng.normal(size=(cover.max() + 1, 8))
    noise = rng.normal(size=(8, *cover.shape))
    return (means[cover].transpose(2, 0, 1) + noise).astype(np.float32)


def embedding(
    folder: Path, arrays: Sequence[np.ndarray], transform: Affine = NORTH_UP
) -> EmbeddingInfo:
    """Write arrays as tiles side by side: 0.tif, 1.tif, …"""
    return inspect([
        write(folder / f"{number}.tif", array, transform @ Affine.translation(number * SIDE, 0))
        for number, array in enumerate(arrays)
    ])  # fmt: skip


def reader(info: EmbeddingInfo) -> Read:
    with Embedding(info) as opened:
        whole = opened.read(_window(info))

    def read(rows: np.ndarray, cols: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values = whole[:, rows, cols]
        return values.T, valid_mask(values, info.encoding, info.nodata)

    return read


def _window(info: EmbeddingInfo) -> Window:
    return Window(0, 0, info.grid.width, info.grid.height)


def samples(
    info: EmbeddingInfo, cover: np.ndarray, n: int, rows: int = SIDE, seed: int = 0
) -> pd.DataFrame:
    """Draw points that have data, with their labels, from so many rows."""
    rng = np.random.default_rng(seed)
    pixels = rng.choice(rows * info.grid.width, n, replace=False)
    row, col = np.divmod(pixels, info.grid.width)
    vectors, valid = reader(info)(row, col)
    frame = pd.DataFrame({"row": row, "col": col, "label": cover[row, col]})
    bands = pd.DataFrame(vectors, columns=info.band_names)
    return pd.concat([frame, bands], axis=1)[valid].reset_index(drop=True)


@pytest.mark.parametrize("transform", [NORTH_UP, BOTTOM_UP])
def test_rows_under_the_header_of_the_other_order_are_refused(
    tmp_path: Path, transform: Affine
) -> None:
    cover = classes(1)
    info = embedding(tmp_path, [telling(cover)[:, ::-1]], transform)
    with pytest.raises(LandloomError) as caught:
        check_orientation(info, samples(info, cover, 800), reader(info))
    told = str(caught.value)
    assert told.startswith(
        f"map.embedding.raster: {tmp_path / '0.tif'}: its rows seem to be stored the other way"
    )
    assert "the file's pixel order and its geotransform disagree: write it anew" in told
    assert f"gdal_translate ORIGINAL {tmp_path / '0.tif'}" in told
    info = embedding(tmp_path, [telling(cover)], transform)
    assert check_orientation(info, samples(info, cover, 800), reader(info)) == ()


def test_a_tile_is_looked_at_whole_whatever_part_of_it_is_mapped(tmp_path: Path) -> None:
    cover = classes(1)
    for turned in (True, False):
        bands = telling(cover)[:, ::-1] if turned else telling(cover)
        whole = embedding(tmp_path, [bands])
        south = Box(whole.grid.height // 2 + 8, whole.grid.height, 0, whole.grid.width)
        part = whole.crop(south)
        points = samples(whole, cover, 3000)
        points = points[points["row"] >= south.top]
        points = points.assign(row=points["row"] - south.top)
        if turned:
            with pytest.raises(LandloomError, match="its rows seem to be stored the other way"):
                check_orientations(ZonedEmbedding.alone(part), points)
        else:
            assert check_orientations(ZonedEmbedding.alone(part), points) == ()


def test_the_one_of_many_tiles_is_named(tmp_path: Path) -> None:
    cover = classes(2), classes(3), classes(4)
    arrays = [telling(cover[0]), telling(cover[1])[:, ::-1], telling(cover[2])]
    info = embedding(tmp_path, arrays)
    points = samples(info, np.concatenate(cover, axis=1), 2500)
    with pytest.raises(LandloomError, match=r"1\.tif: its rows") as caught:
        check_orientation(info, points, reader(info))
    assert "0.tif" not in str(caught.value)
    elsewhere = points[points["col"] // SIDE != 1]
    assert check_orientation(info, elsewhere, reader(info)) == ()


def test_mirrored_places_without_data_do_not_count(tmp_path: Path) -> None:
    cover = classes(5)
    vectors = telling(cover)
    vectors[:, ::3] = np.nan
    info = embedding(tmp_path, [vectors])
    assert check_orientation(info, samples(info, cover, 1500), reader(info)) == ()
    info = embedding(tmp_path, [vectors[:, ::-1]])
    with pytest.raises(LandloomError, match=r"0\.tif: its rows"):
        check_orientation(info, samples(info, cover, 1500), reader(info))


@pytest.mark.parametrize("smooth", [0.5, 5, 25])
@pytest.mark.parametrize("seed", range(4))
def test_vectors_that_tell_nothing_are_no_mirrored_ones(
    tmp_path: Path, seed: int, smooth: float
) -> None:
    info = embedding(tmp_path, [fields(seed + 50, 6, smooth)])
    points = samples(info, classes(seed, smooth=12), 600)
    for note in check_orientation(info, points, reader(info)):
        assert note.startswith(f"{tmp_path / '0.tif'}: the labels are no better told")


@pytest.mark.parametrize("smooth", [12, 25])
def test_labels_on_a_lake_with_a_smooth_picture_at_the_mirrored_places(
    tmp_path: Path, smooth: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = fields(7, 6, smooth)
    vectors[:, : SIDE // 2] = 1
    info = embedding(tmp_path, [vectors])
    points = samples(info, classes(8, smooth=8), 2000, rows=SIDE // 2)
    assert check_orientation(info, points, reader(info)) == ()
    # The picture tells places so well that without a look aside it would be refused.
    monkeypatch.setattr(module, "_aside", lambda cols: (cols * 37 + 11) % SIDE)
    with pytest.raises(LandloomError, match="its rows seem"):
        check_orientation(info, points, reader(info))


def test_vectors_from_elsewhere_are_told_to_the_log(tmp_path: Path) -> None:
    info = embedding(tmp_path, [telling(classes(9))])
    (note,) = check_orientation(info, samples(info, classes(10), 900), reader(info))
    assert note.startswith(f"{tmp_path / '0.tif'}: the labels are no better told from where it ")
    assert note.endswith("at 900 points); check its CRS and transform")


@pytest.mark.parametrize("world", ["south like north", "stripes from north to south"])
def test_a_world_that_is_its_own_mirror_image_is_not_doubted(tmp_path: Path, world: str) -> None:
    ground = fields(11, 3, 6)
    if world == "south like north":
        cover = (ground + ground[:, ::-1]).argmax(axis=0)
    else:
        cover = np.repeat(ground[:, :1], SIDE, axis=1).argmax(axis=0)
    info = embedding(tmp_path, [telling(cover)])
    assert check_orientation(info, samples(info, cover, 900), reader(info)) == ()


FOUND = Comparison(n=200, one=0.4, other=0.4, commonest=0.9, z=1.9)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, True),
        ({"z": -1.9}, True),
        ({"z": 2.0}, False),
        ({"z": -2.0}, False),
        ({"n": 199}, False),
        ({"commonest": 0.91}, False),
    ],
)
def test_what_is_doubted(change: dict[str, float], told: bool) -> None:
    assert bool(doubt(replace(FOUND, **change))) == told


def test_few_points_are_not_judged_and_nothing_is_read(tmp_path: Path) -> None:
    cover = classes(1)
    info = embedding(tmp_path, [telling(cover)[:, ::-1]])
    assert check_orientation(info, samples(info, cover, 99), pytest.fail) == ()


def test_no_more_than_what_is_needed_is_read_of_a_tile(tmp_path: Path) -> None:
    cover = classes(1)
    info = embedding(tmp_path, [telling(cover)])
    read, asked = reader(info), []

    def counting(rows: np.ndarray, cols: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        asked.append(rows.size)
        return read(rows, cols)

    check_orientation(info, samples(info, cover, 9000), counting)
    assert asked == [4000]


def test_places_off_the_embedding_or_in_two_tiles_are_left_out(tmp_path: Path) -> None:
    cover = classes(1)
    info = embedding(tmp_path, [telling(cover)[:, ::-1]])
    points = samples(info, cover, 3000)
    whole = info.tiles[0]
    # Of a taller tile, the embedding holds the first rows only: few are mirrored to where it is.
    taller = replace(info, tiles=(replace(whole, height=2 * SIDE - 3),))
    assert check_orientation(taller, points, pytest.fail) == ()
    below = Tile("other.tif", SIDE // 2, 0, SIDE, SIDE)  # so each point or its mirrored place
    assert check_orientation(replace(info, tiles=(whole, below)), points, pytest.fail) == ()


def test_without_neighbours_the_statistic_is_mcnemars() -> None:
    one = np.repeat([True, False, True, False], [50, 30, 12, 8])
    other = np.repeat([True, True, False, False], [50, 30, 12, 8])
    alone = np.arange(100)
    assert module._lead(one, other, alone) == pytest.approx((12 - 30) / (12 + 30) ** 0.5)
    assert module._lead(one, one, alone) == 0
    # Whatever is the same throughout a block counts once.
    five = np.repeat(np.arange(20), 5)
    ahead = np.repeat(np.arange(20) < 16, 5)
    assert module._lead(ahead, ~ahead, five) == pytest.approx((16 - 4) / 20**0.5)


def test_what_cannot_be_compared() -> None:
    rng = np.random.default_rng(0)
    vectors, labels, blocks = rng.normal(size=(150, 3)), rng.integers(0, 2, 150), np.arange(150)
    vectors = vectors.astype(np.float32)
    assert compare(vectors, vectors[::-1], labels, blocks) is not None
    assert compare(vectors, vectors, labels * 0, blocks) is None
    assert compare(vectors, vectors, labels, blocks % 4) is None
    assert compare(vectors[:99], vectors[:99], labels[:99], blocks[:99]) is None
    rare = np.where(np.arange(150) < 9, 1, 0)
    assert compare(vectors, vectors, rare, blocks) is None


def test_the_largest_numbers_are_compared_as_well() -> None:
    rng = np.random.default_rng(1)
    labels, blocks = np.arange(400) % 2, np.arange(400) // 20
    vectors = np.where(rng.random((400, 3)) < 0.5, 1, -1) * np.finfo(np.float32).max
    vectors = vectors.astype(np.float32)
    found = module.compare(vectors, vectors, labels, blocks)
    assert found is not None
    assert found.one == found.other

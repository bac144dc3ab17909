"""Embeddings: headers, decoding, merging tiles, and the guard."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from rasterio.windows import Window

from landloom import embedding as module
from landloom.embedding import (
    Embedding,
    EmbeddingInfo,
    check_encoding,
    decode,
    inspect,
    invalid,
    sample_pixels,
    valid_mask,
)
from landloom.errors import LandloomError

NORTH_UP = Affine(10, 0, 500_000, 0, -10, 5_600_000)
BOTTOM_UP = Affine(10, 0, 500_000, 0, 10, 5_500_000)
SHEARED = Affine(10, 3, 500_000, -2, -10, 5_600_000)
LONLAT = Affine(0.001, 0, 6.0, 0, -0.001, 50.0)


def write(path: Path, array: np.ndarray, transform: Affine = NORTH_UP, **options: Any) -> Path:
    profile = {"driver": "GTiff", "crs": "EPSG:32631", "transform": transform} | options
    bands, height, width = array.shape
    with rasterio.open(
        path, "w", count=bands, height=height, width=width, dtype=array.dtype, **profile
    ) as target:
        target.write(array)
    return path


def numbers(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def alphaearth_bytes(n: int, bands: int = 64, seed: int = 0) -> np.ndarray:
    """Quantise random unit vectors as the data set's description says; shape (n, bands)."""
    vectors = np.random.default_rng(seed).normal(size=(n, bands))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    stored = np.rint(np.sign(vectors) * np.sqrt(np.abs(vectors)) * 127.5)
    return np.clip(stored, -127, 127).astype(np.int8)


# --------------------------------------------------------------------------------------- inspect


@pytest.mark.parametrize("transform", [NORTH_UP, BOTTOM_UP, SHEARED])
def test_inspect_one_file(tmp_path: Path, transform: Affine) -> None:
    path = write(
        tmp_path / "a.tif", numbers((3, 40, 50)), transform,
        nodata=-9999, tiled=True, blockxsize=32, blockysize=16, interleave="pixel",
    )  # fmt: skip
    info = inspect(path)
    with rasterio.open(path) as source:
        assert rasterio.crs.CRS.from_wkt(info.crs) == source.crs
        assert info.affine == source.transform
    assert (info.bands, info.height, info.width, info.dtype) == (3, 40, 50, "float32")
    assert (info.nodata, info.block_shape, info.interleave) == (-9999, (16, 32), "pixel")
    corners = [transform @ corner for corner in ((0, 0), (50, 0), (0, 40), (50, 40))]
    xs, ys = zip(*corners, strict=True)
    assert info.bounds == (min(xs), min(ys), max(xs), max(ys))


@pytest.mark.parametrize("nodata", [None, math.nan, math.inf, -9999.0])
def test_info_survives_json(tmp_path: Path, nodata: float | None) -> None:
    info = inspect(write(tmp_path / "a.tif", numbers((2, 4, 5)), nodata=nodata))
    text = info.to_json()
    json.loads(text, parse_constant=pytest.fail)  # strict JSON: no NaN, no Infinity
    assert EmbeddingInfo.from_json(text) == info


def test_the_users_nodata_goes_first(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", numbers((2, 4, 5)), nodata=-1)
    assert inspect(path).nodata == -1
    assert inspect(path, nodata=7).nodata == 7


def test_chunks_are_bounded() -> None:
    base = EmbeddingInfo(
        (), "", (1, 0, 0, 0, 1, 0), (0, 0, 1, 1), 1, 1, 1, "int8", "float", None, (1, 1), "band"
    )
    for bands in (1, 8, 64, 128, 513, 10_000):
        for dtype in ("int8", "float32", "float64"):
            info = replace(base, bands=bands, dtype=dtype)
            assert 16 <= info.chunk <= 1024
            stored = info.chunk**2 * bands * np.dtype(dtype).itemsize
            assert stored <= 128 * 2**20
            assert info.chunk == 1024 or 4 * stored > 128 * 2**20


def make_tiles(
    folder: Path, array: np.ndarray, transform: Affine, cuts: tuple[int, int], **options: Any
) -> list[Path]:
    """Cut an array into four files at a row and a column."""
    row, col = cuts
    paths = []
    for rows in (slice(0, row), slice(row, None)):
        for cols in (slice(0, col), slice(col, None)):
            shift = Affine.translation(cols.start, rows.start)
            path = folder / f"{rows.start}-{cols.start}.tif"
            paths.append(write(path, array[:, rows, cols], transform @ shift, **options))
    return paths


@pytest.mark.parametrize("transform", [NORTH_UP, BOTTOM_UP, SHEARED, LONLAT])
@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 1, 0, 2)])
def test_tiles_read_as_the_raster_they_were_cut_from(
    tmp_path: Path, transform: Affine, order: tuple[int, ...]
) -> None:
    crs = "EPSG:4326" if transform == LONLAT else "EPSG:32631"
    array = numbers((3, 40, 50))
    array[:, 5:9, 7:30] = np.nan
    whole = inspect(write(tmp_path / "whole.tif", array, transform, crs=crs))
    paths = make_tiles(tmp_path, array, transform, (17, 31), crs=crs)
    info = inspect([paths[index] for index in order])
    assert (info.height, info.width, info.crs) == (whole.height, whole.width, whole.crs)
    np.testing.assert_allclose(info.transform, whole.transform, rtol=1e-12)
    np.testing.assert_allclose(info.bounds, whole.bounds, rtol=1e-12)
    with Embedding(info) as embedding:
        for window in (Window(0, 0, 50, 40), Window(20, 3, 25, 33), Window(2, 2, 5, 5)):
            rows, cols = window.toslices()
            np.testing.assert_array_equal(embedding.read(window), array[:, rows, cols])


def test_where_tiles_overlap_the_first_with_data_gives_the_whole_vector(tmp_path: Path) -> None:
    one, two = np.full((3, 4, 6), 1, np.float32), np.full((3, 4, 6), 2, np.float32)
    one[1, 0, 4] = np.nan  # one band is enough to make the vector void, and it must not be mixed
    one[:, 1, 4] = two[:, 1, 0] = 0
    two[:, 2, 1] = np.nan
    paths = [
        write(tmp_path / "one.tif", one),
        write(tmp_path / "two.tif", two, NORTH_UP @ Affine.translation(4, 1)),
    ]
    info = inspect(paths)
    assert (info.height, info.width) == (5, 10)
    with Embedding(info) as embedding:
        read = embedding.read(Window(0, 0, 10, 5))
    valid = valid_mask(read, "float", info.nodata)
    #           one |both |two
    expected = [[1, 1, 1, 1, 0, 1, 0, 0, 0, 0],
                [1, 1, 1, 1, 2, 1, 2, 2, 2, 2],
                [1, 1, 1, 1, 1, 1, 2, 2, 2, 2],
                [1, 1, 1, 1, 1, 1, 2, 2, 2, 2],
                [0, 0, 0, 0, 2, 2, 2, 2, 2, 2]]  # fmt: skip
    assert (np.where(valid, read, 0) == np.array(expected)).all()
    with Embedding(inspect(paths[::-1])) as embedding:
        read = embedding.read(Window(4, 1, 2, 3))
    assert read[0].tolist() == [[2, 2], [1, 2], [2, 1]]


@pytest.mark.parametrize(
    ("dtype", "encoding", "nodata"),
    [
        ("float32", "float", None),
        ("float32", "float", -9999),
        ("int16", "float", None),
        ("int16", "float", -9999),
        ("uint8", "float", 255),
        ("int8", "alphaearth", None),
        ("uint8", "alphaearth", None),  # refused by the guard, which must be able to read it
    ],
)
def test_ground_without_a_tile_has_no_data(
    tmp_path: Path, dtype: str, encoding: Any, nodata: float | None
) -> None:
    ones = np.ones((2, 3, 3), dtype)
    far = NORTH_UP @ Affine.translation(5, 1)
    paths = [write(tmp_path / "a.tif", ones), write(tmp_path / "b.tif", ones, far)]
    info = inspect(paths, encoding, nodata)
    with Embedding(info) as embedding:
        window = Window(0, 0, 8, 4)
        valid = valid_mask(embedding.read(window), encoding, info.nodata)
        assert (valid == embedding.valid(window)).all()
    assert valid.sum() == 18
    assert valid[:3, :3].all()
    assert valid[1:, 5:].all()


def shifted(cols: float, rows: float) -> Affine:
    return NORTH_UP @ Affine.translation(cols, rows)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"array": numbers((4, 8, 8))}, ["band counts", "has 3", "has 4"]),
        ({"array": np.ones((3, 8, 8), "int16")}, ["types", "float32", "int16"]),
        ({"crs": "EPSG:32632"}, ["CRS", "EPSG:32631", "EPSG:32632"]),
        ({"nodata": -1}, ["nodata", "None", "-1"]),
        ({"transform": NORTH_UP @ Affine.scale(2)}, ["pixel steps", "10.0", "20.0"]),
        ({"transform": BOTTOM_UP}, ["pixel steps", "-10.0", "10.0"]),
        ({"transform": shifted(8.25, 3)}, ["8.250 columns and 3.000 rows"]),
    ],
)
def test_tiles_that_do_not_belong_together(
    tmp_path: Path, other: dict[str, Any], said: list[str]
) -> None:
    first = write(tmp_path / "first.tif", numbers((3, 8, 8)))
    options = {"array": numbers((3, 8, 8)), "transform": shifted(8, 0)} | other
    second = write(tmp_path / "second.tif", **options)
    with pytest.raises(LandloomError) as caught:
        inspect([first, second])
    for word in ["map.embedding.raster", str(first), str(second), *said]:
        assert word in str(caught.value)


def test_a_rounded_header_is_no_other_grid(tmp_path: Path) -> None:
    step = 1 / 12_000
    lonlat = {"crs": "EPSG:4326"}
    one = write(tmp_path / "1.tif", numbers((1, 9, 9)), Affine(step, 0, 6, 0, -step, 50), **lonlat)
    near = Affine(8.3333333e-05, 0, 6.00075, 0, -8.3333333e-05, 50)
    info = inspect([one, write(tmp_path / "2.tif", numbers((1, 9, 9)), near, **lonlat)])
    assert (info.width, info.height) == (18, 9)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize(
    ("options", "said"),
    [({"crs": None}, "no CRS"), ({"transform": Affine.identity()}, "no usable geotransform")],
)
def test_a_file_without_a_place(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    path = write(tmp_path / "a.tif", numbers((1, 4, 4)), **options)
    with pytest.raises(LandloomError, match=said) as caught:
        inspect(path)
    assert str(path) in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(LandloomError, match=r"raster: .*missing\.tif: cannot be opened"):
        inspect(tmp_path / "missing.tif")
    with pytest.raises(LandloomError, match="empty"):
        inspect([])
    path = write(tmp_path / "complex.tif", np.ones((1, 4, 4), "complex64"))
    with pytest.raises(LandloomError, match="complex64"):
        inspect(path)


# -------------------------------------------------------------------------------------- decoding


def test_every_byte_is_decoded_as_the_formula_says() -> None:
    stored = np.arange(-128, 128).astype(np.int8)
    decoded = decode(stored, "alphaearth")
    exact = [math.copysign((v / 127.5) ** 2, v) for v in range(-128, 128)]
    assert decoded.dtype == np.float32
    np.testing.assert_allclose(decoded, exact, rtol=3e-7)
    assert decode(stored.astype(np.int16), "alphaearth").tolist() == decoded.tolist()
    assert (np.diff(decoded) > 0).all()
    assert decoded[128] == 0


def test_decoded_vectors_are_of_unit_length() -> None:
    vectors = decode(alphaearth_bytes(500).reshape(50, 10, 64), "alphaearth")
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=-1), 1, atol=0.01)


def test_float_is_taken_as_it_is() -> None:
    array = numbers((2, 3))
    assert decode(array, "float") is array
    assert decode(np.array([1, -5], np.int8), "float").tolist() == [1.0, -5.0]


def reason_of(vector: list[float], dtype: np.dtype, encoding: str, nodata: float | None) -> str:
    """The documented rules for one pixel, in plain Python."""
    if any(not math.isfinite(value) for value in vector):
        return "nan"
    if nodata == 1e300 or nodata is None or math.isnan(nodata):
        marks = []
    else:
        marks = [float(np.float32(nodata))]
    if dtype.kind != "f":
        marks = [nodata] if nodata is not None else []
    if encoding == "alphaearth":
        void = any(all(value == mark for value in vector) for mark in [-128, *marks])
    elif marks == [0]:
        void = all(value == 0 for value in vector)
    else:
        void = any(value == mark for mark in marks for value in vector)
    if void:
        return "nodata"
    return "zero" if all(value == 0 for value in vector) else ""


@pytest.mark.parametrize("encoding", ["float", "alphaearth"])
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "float32"])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_reasons_equal_the_rules(encoding: Any, dtype: str, data: st.DataObject) -> None:
    kind = np.dtype(dtype)
    pool = [0, 0, 0, 1, 127] if kind.kind == "u" else [0, 0, -128, -128, 1]
    pool += [math.nan, math.inf, -9999.9] if kind.kind == "f" else []
    array = data.draw(hnp.arrays(dtype, (3, 4, 2), elements=st.sampled_from(pool)))
    nodata = data.draw(st.sampled_from([None, 0, 1, -128, 127, -9999.9, math.nan, 0.5, 1e300]))
    if kind.kind != "f" and nodata is not None and not float(nodata).is_integer():
        expected_nodata = None
    else:
        expected_nodata = nodata
    found = invalid(array, encoding, nodata)
    valid = valid_mask(array, encoding, nodata)
    for row, col in np.ndindex(4, 2):
        reasons = [reason for reason, mask in found.items() if mask[row, col]]
        vector = array[:, row, col].tolist()
        assert "".join(reasons) == reason_of(vector, kind, encoding, expected_nodata)
        assert valid[row, col] == (not reasons)


def test_a_pixel_that_is_minus_128_in_some_bands_only_has_data() -> None:
    pixels = np.array([[-128, -128, 5], [-128, 0, 0]], np.int8)
    assert valid_mask(pixels, "alphaearth", None).tolist() == [False, True, True]


@pytest.mark.parametrize("interleave", ["band", "pixel"])
@pytest.mark.parametrize(
    ("dtype", "encoding", "nodata"),
    [
        ("int8", "alphaearth", None),
        ("int8", "alphaearth", 5),
        ("int8", "float", None),
        ("int8", "float", 0),
        ("int8", "float", -128),
        ("float32", "float", None),
    ],
)
def test_valid_is_what_reading_and_masking_gives(
    tmp_path: Path, interleave: str, dtype: str, encoding: Any, nodata: float | None
) -> None:
    rng = np.random.default_rng(3)
    paths = []
    for number in range(2):
        array = rng.choice([0, -128, 5], (3, 30, 20)).astype(dtype)
        array[:, 10:20] = rng.choice([0, -128, 5, 1], (10, 20)).astype(dtype)
        if dtype == "float32":
            array[1, 3] = np.nan
        transform = NORTH_UP @ Affine.translation(12 * number, 4 * number)
        paths.append(write(tmp_path / f"{number}.tif", array, transform, interleave=interleave))
    info = inspect(paths, encoding, nodata)
    assert info.interleave == interleave
    with Embedding(info) as embedding:
        for window in (Window(0, 0, 32, 34), Window(9, 3, 8, 20)):
            read = embedding.read(window)
            assert (embedding.valid(window) == valid_mask(read, encoding, info.nodata)).all()


def test_validity_of_band_stored_bytes_needs_few_bands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = alphaearth_bytes(400).T.reshape(64, 20, 20)
    stored[:, :5] = -128
    path = write(tmp_path / "a.tif", stored, interleave="band")
    info = inspect(path, "alphaearth")
    looked_at = []
    whole = module._in_every_band

    def counting(bands: Any, value: float) -> Any:
        taken = []
        found = whole((taken.append(1) or band for band in bands), value)
        looked_at.append(len(taken))
        return found

    monkeypatch.setattr(module, "_in_every_band", counting)
    with Embedding(info) as embedding:
        assert embedding.valid(Window(0, 8, 20, 10)).all()
        assert max(looked_at) <= 4
        assert not embedding.valid(Window(0, 0, 20, 5)).any()


# ----------------------------------------------------------------------------------------- guard


def image(pixels: np.ndarray, width: int) -> np.ndarray:
    """Shape (pixels, bands) into (bands, height, width)."""
    return np.ascontiguousarray(pixels.T.reshape(pixels.shape[1], -1, width))


def test_the_sample_is_the_same_each_time_and_from_everywhere(tmp_path: Path) -> None:
    array = np.arange(600 * 700, dtype=np.float32).reshape(1, 600, 700) + 1
    info = inspect(write(tmp_path / "a.tif", np.concatenate([array, array])))
    sample = sample_pixels(info, n=900, seed=5)
    assert (sample == sample_pixels(info, n=900, seed=5)).all()
    assert not np.array_equal(sample, sample_pixels(info, n=900, seed=6))
    assert sample.shape == (900, 2)
    assert np.unique(sample[:, 0]).size == 900
    rows, cols = np.divmod(sample[:, 0].astype(int) - 1, 700)
    assert {(row // 256, col // 256) for row, col in zip(rows, cols, strict=True)} == {
        (row, col) for row in range(3) for col in range(3)
    }


def test_the_sample_finds_an_island_in_a_sea_of_nodata(tmp_path: Path) -> None:
    array = np.full((2, 2048, 2048), np.nan, np.float32)
    array[:, 1900:1912, 300:312] = numbers((2, 12, 12))
    info = inspect(write(tmp_path / "a.tif", array, tiled=True, compress="deflate"))
    for seed in range(6):
        sample = sample_pixels(info, n=2048, seed=seed)
        assert valid_mask(sample.T, "float", None).sum() == 64
        assert check_encoding(sample, info) == ()


def guard(tmp_path: Path, pixels: np.ndarray, encoding: Any, **options: Any) -> tuple[str, ...]:
    """Write pixels (n, bands) as a raster, sample it, and have it checked."""
    path = write(tmp_path / "embedding.tif", image(pixels, 20), **options)
    info = inspect(path, encoding)
    return check_encoding(sample_pixels(info), info)


def tessera_like(dtype: str) -> np.ndarray:
    """128 bands stored as bytes whose AlphaEarth lengths happen to lie about 1."""
    stored = np.random.default_rng(2).normal(0, 28, (2000, 128))
    return np.clip(np.rint(stored), -127, 127).astype(dtype)


REAL = {
    "presto-like floats": (numbers((2000, 128)), "float"),
    "reflectances": (np.abs(numbers((2000, 8))) * 0.2, "float"),
    "reflectances as integers": ((np.abs(numbers((2000, 8))) * 2000).astype("uint16"), "float"),
    "AlphaEarth's bytes": (alphaearth_bytes(2000), "alphaearth"),
    "AlphaEarth's bytes in a wider type": (alphaearth_bytes(2000).astype("int16"), "alphaearth"),
    "AlphaEarth's bytes as floats": (alphaearth_bytes(2000).astype("float32"), "alphaearth"),
    "AlphaEarth's bytes with few bands": (alphaearth_bytes(2000, bands=6), "alphaearth"),
    "AlphaEarth decoded": (decode(alphaearth_bytes(2000), "alphaearth"), "float"),
    "unit vectors": (numbers((2000, 64)) / 8, "float"),
    "Tessera's bytes": (tessera_like("int8"), "float"),
    "Tessera's bytes as floats": (tessera_like("float32"), "float"),
    "Tessera's bytes, scaled": (tessera_like("float32") / 127, "float"),
    "Tessera, scaled by pixel": (
        tessera_like("float32") * np.abs(numbers((2000, 1))) / 100, "float",
    ),
    "one band": (np.abs(numbers((2000, 1))), "float"),
}  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_no_false_alarm(tmp_path: Path, name: str) -> None:
    pixels, encoding = REAL[name]
    assert guard(tmp_path, pixels, encoding) == ()


def with_holes(pixels: np.ndarray) -> np.ndarray:
    pixels = pixels.copy()
    pixels[::7] = -128
    return pixels


AE = alphaearth_bytes(2000)
UNIT = decode(AE, "alphaearth")
WRONG = {
    "all NaN": (np.full((400, 3), np.nan, "float32"), "float", {}, "every pixel read is NaN"),
    "all zero": (np.zeros((400, 3), "float32"), "float", {}, "is zero in every band"),
    "all nodata": (np.full((400, 3), 9, "int16"), "float", {"nodata": 9}, "is nodata"),
    "-128 as data": (with_holes(tessera_like("int8")), "float", {}, "set nodata: -128"),
    "-9999 as data": (
        np.where(np.arange(2000)[:, None] % 9 == 0, np.float32(-9999), numbers((2000, 8))),
        "float", {}, "set nodata: -9999",
    ),
    "bytes as float": (AE, "float", {}, "set encoding: alphaearth"),
    "bytes with holes as float": (with_holes(AE), "float", {}, "encoding: alphaearth"),
    "bytes / 127": (AE.astype("float32") / 127, "float", {}, "divided by 127,"),
    "bytes / 127.5": (AE.astype("float32") / np.float32(127.5), "float", {}, "divided by 127.5"),
    "bytes / 128": (AE.astype("float32") / 128, "float", {}, "divided by 128"),
    "decoded as bytes": (UNIT, "alphaearth", {}, "length 1.000.; if the vectors are decoded"),
    "sign lost": (AE.view("uint8"), "alphaearth", {}, "sign was lost"),
    "linear bytes": (np.rint(UNIT * 127).astype("int8"), "alphaearth", {}, "they are linear"),
    "some bands of all": (AE[:, :40], "alphaearth", {}, "all bands of the embedding are needed"),
    "other bytes": (tessera_like("int8") // 2, "alphaearth", {}, "must be 1"),
    "all bands constant": (np.full((400, 3), 5, "float32"), "float", {}, "every band .* constant"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_the_guard_stops(tmp_path: Path, name: str) -> None:
    pixels, encoding, options, said = WRONG[name]
    with pytest.raises(LandloomError, match=said) as caught:
        guard(tmp_path, pixels, encoding, **options)
    assert "embedding.tif" in str(caught.value)
    assert str(caught.value).startswith("map.embedding.")


def test_what_is_odd_is_told(tmp_path: Path) -> None:
    pixels = numbers((2000, 5))
    pixels[:, [1, 4]] = 3
    assert guard(tmp_path, pixels, "float") == (
        "constant in all 2000 sampled pixels, so of no use: band 2, 5",
    )
    (note,) = guard(tmp_path, with_holes(AE), "float", nodata=-128)
    assert "used undecoded" in note
    partly = AE.copy()
    partly[:10, 3] = -128
    (note,) = guard(tmp_path, partly, "alphaearth")
    assert note.startswith("10 of 2000 sampled pixels hold -128 in some bands only")

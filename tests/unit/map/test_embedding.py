"""Embeddings: headers, merging tiles, where data are, and a sample of it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from affine import Affine
from rasterio.enums import ColorInterp
from rasterio.windows import Window
from rasters import NORTH_UP, alphaearth_bytes, numbers, write

from landloom.errors import LandloomError
from landloom.map import embedding_reader as module
from landloom.map.embedding import EmbeddingInfo
from landloom.map.embedding_header import inspect
from landloom.map.embedding_reader import Embedding, sample_pixels
from landloom.map.encoding import valid_mask
from landloom.map.encoding_check import check_encoding
from landloom.raster.pixel_grid import PixelGrid

BOTTOM_UP = Affine(10, 0, 500_000, 0, 10, 5_500_000)
SHEARED = Affine(10, 3, 500_000, -2, -10, 5_600_000)
DEGREES = Affine(0.001, 0, 6.0, 0, -0.001, 50.0)


@pytest.mark.parametrize("transform", [NORTH_UP, BOTTOM_UP, SHEARED])
def test_inspect_one_file(tmp_path: Path, transform: Affine) -> None:
    path = write(
        tmp_path / "a.tif", numbers((3, 40, 50)), transform,
        nodata=-9999, tiled=True, blockxsize=32, blockysize=16, interleave="pixel",
    )  # fmt: skip
    info = inspect(path)
    with rasterio.open(path) as source:
        assert rasterio.crs.CRS.from_wkt(info.grid.wkt) == source.crs
        assert info.grid.transform == source.transform
    assert (info.bands, info.grid.height, info.grid.width, info.dtype) == (3, 40, 50, "float32")
    assert (info.nodata, info.block_shape, info.interleave) == (-9999, (16, 32), "pixel")
    corners = [transform @ corner for corner in ((0, 0), (50, 0), (0, 40), (50, 40))]
    xs, ys = zip(*corners, strict=True)
    assert info.grid.own_bounds == (min(xs), min(ys), max(xs), max(ys))


@pytest.mark.parametrize("nodata", [None, math.nan, math.inf, -9999.0])
def test_info_survives_json(tmp_path: Path, nodata: float | None) -> None:
    info = inspect(write(tmp_path / "a.tif", numbers((2, 4, 5)), nodata=nodata))
    info.save(tmp_path / "a.json")
    text = (tmp_path / "a.json").read_text()
    json.loads(text, parse_constant=pytest.fail)  # strict JSON: no NaN, no Infinity
    assert EmbeddingInfo.load(tmp_path / "a.json") == info


def test_the_users_nodata_goes_first(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", numbers((2, 4, 5)), nodata=-1)
    assert inspect(path).nodata == -1
    assert inspect(path, nodata=7).nodata == 7


NOWHERE = PixelGrid("", Affine.identity(), 1, 1)
BASE = EmbeddingInfo((), NOWHERE, 1, "int8", "float", None, (1, 1), "band")


def test_numbered_bands_sort() -> None:
    assert replace(BASE, bands=3).band_names == ("b01", "b02", "b03")
    assert replace(BASE, bands=64).band_names[-1] == "b64"
    assert replace(BASE, bands=128).band_names[:2] == ("b001", "b002")
    for bands in (9, 10, 99, 100, 1000):
        names = replace(BASE, bands=bands).band_names
        assert sorted(names) == list(names)
        assert len(set(names)) == bands


def test_tiles_whose_bands_stand_in_another_order(tmp_path: Path) -> None:
    paths = [
        write(tmp_path / "1.tif", numbers((3, 8, 8))),
        write(tmp_path / "2.tif", numbers((3, 8, 8)), shifted(8, 0)),
    ]
    for path, names in zip(paths, [["red", "nir", "ndvi"], ["nir", "red", "ndvi"]], strict=True):
        with rasterio.open(path, "r+") as dataset:
            dataset.descriptions = names
    with pytest.raises(LandloomError, match=r"order of the bands: .*red, nir, ndvi.*nir, red"):
        inspect(paths)
    assert inspect(paths[:1]).band_names == ("red", "nir", "ndvi")


def test_chunks_are_bounded() -> None:
    for bands in (1, 8, 64, 128, 513, 10_000):
        for dtype in ("int8", "float32", "float64"):
            info = replace(BASE, bands=bands, dtype=dtype)
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


@pytest.mark.parametrize("transform", [NORTH_UP, BOTTOM_UP, SHEARED, DEGREES])
@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 1, 0, 2)])
def test_tiles_read_as_the_raster_they_were_cut_from(
    tmp_path: Path, transform: Affine, order: tuple[int, ...]
) -> None:
    crs = "EPSG:4326" if transform == DEGREES else "EPSG:32631"
    array = numbers((3, 40, 50))
    array[:, 5:9, 7:30] = np.nan
    whole = inspect(write(tmp_path / "whole.tif", array, transform, crs=crs))
    paths = make_tiles(tmp_path, array, transform, (17, 31), crs=crs)
    info = inspect([paths[index] for index in order])
    assert replace(info.grid, transform=whole.grid.transform) == whole.grid
    np.testing.assert_allclose(info.grid.transform, whole.grid.transform, rtol=1e-12)
    np.testing.assert_allclose(info.grid.own_bounds, whole.grid.own_bounds, rtol=1e-12)
    with Embedding(info) as embedding:
        for window in (Window(0, 0, 50, 40), Window(20, 3, 25, 33), Window(2, 2, 5, 5)):
            rows, cols = window.toslices()
            np.testing.assert_array_equal(embedding.read(window), array[:, rows, cols])


def test_where_tiles_overlap_the_first_with_data_gives_the_whole_vector(tmp_path: Path) -> None:
    one, two = np.full((4, 4, 6), 1, np.float32), np.full((4, 4, 6), 2, np.float32)
    one[1, 0, 4] = np.nan  # one band is enough to make the vector void, and it must not be mixed
    one[:, 1, 4] = two[:, 1, 0] = 0
    two[:, 2, 1] = np.nan
    paths = [
        write(tmp_path / "one.tif", one),
        write(tmp_path / "two.tif", two, NORTH_UP @ Affine.translation(4, 1)),
    ]
    info = inspect(paths)
    assert (info.grid.height, info.grid.width) == (5, 10)
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
        ({"scales": (0.1, 0.1, 0.2)}, ["scale and offset", "(1.0, 0.0)", "(0.1, 0.0)"]),
        ({"offsets": (0, 0, 3)}, ["scale and offset", "(1.0, 0.0)", "(1.0, 3.0)"]),
        ({"transform": shifted(8.25, 3)}, ["8.250 columns and 3.000 rows"]),
    ],
)
def test_tiles_that_do_not_belong_together(
    tmp_path: Path, other: dict[str, Any], said: list[str]
) -> None:
    first = write(tmp_path / "first.tif", numbers((3, 8, 8)))
    options = {"array": numbers((3, 8, 8)), "transform": shifted(8, 0)} | other
    values = {name: options.pop(name) for name in ("scales", "offsets") if name in options}
    second = write(tmp_path / "second.tif", **options)
    with rasterio.open(second, "r+") as dataset:
        for name, value in values.items():
            setattr(dataset, name, value)
    with pytest.raises(LandloomError) as caught:
        inspect([first, second])
    for word in ["map.embedding.raster", str(first), str(second), *said]:
        assert word in str(caught.value)


@pytest.mark.parametrize("dtype", ["float32", "int16"])
@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("scales", math.nan, "the scale nan and the offset 0"),
        ("scales", math.inf, "the scale inf"),
        ("scales", 0.0, "the scale 0"),
        ("scales", -2e6, "the scale -2e\\+06"),
        ("offsets", math.nan, "the scale 1 and the offset nan"),
        ("offsets", -math.inf, "the offset -inf"),
    ],
)
def test_a_scale_or_offset_that_nobody_means(
    tmp_path: Path, dtype: str, kind: str, value: float, said: str
) -> None:
    path = write(tmp_path / "a.tif", np.ones((3, 4, 4), dtype))
    with rasterio.open(path, "r+") as dataset:
        plain = {"scales": 1.0, "offsets": 0.0}[kind]
        setattr(dataset, kind, (plain, value, plain))
    with pytest.raises(LandloomError, match=f"gives band 2 .*{said}") as caught:
        inspect([path, write(tmp_path / "b.tif", np.ones((3, 4, 4), dtype), shifted(4, 0))])
    assert str(caught.value).startswith(f"map.embedding.raster: the header of {path} ")
    assert f"gdal_edit.py -scale 1 -offset 0 {path}" in str(caught.value)


@pytest.mark.parametrize(("scale", "offset"), [(1e-9, 0), (-0.1, -9999), (1e6, 1e12)])
def test_scales_that_somebody_may_mean(tmp_path: Path, scale: float, offset: float) -> None:
    path = write(tmp_path / "a.tif", numbers((2, 4, 4)))
    with rasterio.open(path, "r+") as dataset:
        dataset.scales, dataset.offsets = (scale,) * 2, (offset,) * 2
    assert inspect(path).bands == 2


def test_a_rounded_header_is_no_other_grid(tmp_path: Path) -> None:
    step = 1 / 12_000
    lonlat = {"crs": "EPSG:4326"}
    one = write(tmp_path / "1.tif", numbers((1, 9, 9)), Affine(step, 0, 6, 0, -step, 50), **lonlat)
    near = Affine(8.3333333e-05, 0, 6.00075, 0, -8.3333333e-05, 50)
    info = inspect([one, write(tmp_path / "2.tif", numbers((1, 9, 9)), near, **lonlat)])
    assert (info.grid.width, info.grid.height) == (18, 9)


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


@pytest.mark.parametrize("bands", [1, 4])
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
    tmp_path: Path, interleave: str, dtype: str, encoding: Any, nodata: float | None, bands: int
) -> None:
    rng = np.random.default_rng(3)
    paths = []
    for number in range(2):
        array = rng.choice([0, -128, 5], (bands, 30, 20)).astype(dtype)
        array[:, 10:20] = rng.choice([0, -128, 5, 1], (10, 20)).astype(dtype)
        if dtype == "float32":
            array[0, 3] = np.nan
        transform = NORTH_UP @ Affine.translation(12 * number, 4 * number)
        paths.append(write(tmp_path / f"{number}.tif", array, transform, interleave=interleave))
    info = inspect(paths, encoding, nodata)
    assert info.interleave == (interleave if bands > 1 else "band")
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
    whole = module.in_every_band

    def counting(bands: Any, value: float) -> Any:
        taken = []
        found = whole((taken.append(1) or band for band in bands), value)
        looked_at.append(len(taken))
        return found

    monkeypatch.setattr(module, "in_every_band", counting)
    with Embedding(info) as embedding:
        assert embedding.valid(Window(0, 8, 20, 10)).all()
        assert max(looked_at) <= 4
        assert not embedding.valid(Window(0, 0, 20, 5)).any()


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


@pytest.mark.parametrize("interleave", ["band", "pixel"])
@pytest.mark.parametrize("how", ["read", "valid"])
def test_a_file_that_is_cut_short_is_named_with_what_to_do(
    tmp_path: Path, interleave: str, how: str
) -> None:
    layout = {"tiled": True, "blockxsize": 64, "blockysize": 64, "interleave": interleave}
    array = np.random.default_rng(0).integers(1, 99, (3, 256, 256)).astype(np.int16)
    paths = [
        write(tmp_path / "whole.tif", array, compress="deflate", **layout),
        write(tmp_path / "cut.tif", array, shifted(256, 0), compress="deflate", **layout),
    ]
    info = inspect(paths)
    paths[1].write_bytes(paths[1].read_bytes()[:100_000])
    with Embedding(info) as embedding:
        act = getattr(embedding, how)
        act(Window(0, 0, 256, 256))
        with pytest.raises(LandloomError) as caught:
            act(Window(200, 0, 300, 256))
    told = str(caught.value)
    assert told.startswith(f"map.embedding.raster: {paths[1]}: is damaged or cut short")
    assert "See previous exception" not in told
    assert told.endswith("fetch it again")


def cover(folder: Path, kind: str, array: np.ndarray, hidden: np.ndarray, **options: Any) -> Path:
    """Write an array, and say by another means than nodata where it has no data."""
    path = folder / f"{kind}.tif"
    shown = np.where(hidden, 0, 255).astype(np.uint8)
    if kind == "alpha":
        stacked = np.concatenate([array[:1], shown[None].astype(array.dtype), array[1:]])
        write(path, stacked, **options)
        with rasterio.open(path, "r+") as dataset:
            plain = ColorInterp.undefined
            dataset.colorinterp = [ColorInterp.gray, ColorInterp.alpha] + [plain] * (len(array) - 1)
        return path
    write(path, array, **options)
    if kind == "bands":  # a mask of each band, as only a VRT has it
        with rasterio.open(path.with_name("shown.tif"), "w", **_like(path, shown)) as dataset:
            dataset.write(shown, 1)
        band = path.with_suffix(".vrt")
        rasterio.shutil.copy(path, band, driver="VRT")
        text = band.read_text()
        mask = (
            '<MaskBand><VRTRasterBand dataType="Byte"><SimpleSource><SourceFilename '
            'relativeToVRT="1">shown.tif</SourceFilename><SourceBand>1</SourceBand>'
            "</SimpleSource></VRTRasterBand></MaskBand></VRTRasterBand>"
        )
        head, _, tail = text.partition("</VRTRasterBand>")
        band.write_text(head + mask + tail)
        return band
    inside = rasterio.Env(GDAL_TIFF_INTERNAL_MASK=kind == "internal")
    with inside, rasterio.open(path, "r+") as dataset:
        dataset.write_mask(shown)
    return path


def _like(path: Path, array: np.ndarray) -> dict[str, Any]:
    with rasterio.open(path) as dataset:
        return dataset.profile | {"count": 1, "dtype": array.dtype, "nodata": None}


@pytest.mark.parametrize("interleave", ["band", "pixel"])
@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
@pytest.mark.parametrize("kind", ["internal", "sidecar", "alpha", "bands"])
def test_what_a_mask_or_alpha_hides_is_no_data(
    tmp_path: Path, kind: str, dtype: str, interleave: str
) -> None:
    rng = np.random.default_rng(0)
    array = rng.integers(1, 200, (5, 30, 40)).astype(dtype)
    hidden = rng.random((30, 40)) < 0.4
    info = inspect(cover(tmp_path, kind, array, hidden, interleave=interleave))
    assert info.bands == 5
    window = Window(3, 2, 30, 20)
    rows, cols = window.toslices()
    with Embedding(info) as embedding:
        stored = embedding.read(window)
        np.testing.assert_array_equal(embedding.valid(window), ~hidden[rows, cols])
    valid = valid_mask(stored, "float", info.nodata)
    np.testing.assert_array_equal(valid, ~hidden[rows, cols])
    np.testing.assert_array_equal(stored[:, valid], array[:, rows, cols][:, valid])


def test_a_mask_and_nodata_both_count_and_another_tile_shows_below(tmp_path: Path) -> None:
    array = np.full((5, 4, 6), 7, np.int16)
    array[2, 0] = -9999
    hidden = np.zeros((4, 6), bool)
    hidden[:2, :2] = True
    one = cover(tmp_path, "internal", array, hidden, nodata=-9999)
    two = write(tmp_path / "two.tif", np.full((5, 4, 2), 9, np.int16), nodata=-9999)
    window = Window(0, 0, 6, 4)
    with Embedding(inspect(one)) as embedding:
        assert (
            embedding.valid(window).tolist()
            == [[False] * 6, [False] * 2 + [True] * 4] + [[True] * 6] * 2
        )
    with Embedding(inspect([one, two])) as embedding:
        assert embedding.read(window)[0, :, 0].tolist() == [9, 9, 7, 7]


def test_a_fourth_band_of_bytes_that_gdal_calls_alpha_by_itself(tmp_path: Path) -> None:
    array = np.random.default_rng(0).integers(1, 200, (4, 30, 40)).astype(np.uint8)
    path = write(tmp_path / "a.tif", array)
    with pytest.raises(
        LandloomError, match=r"band 4 of .*a\.tif is declared to be alpha"
    ) as caught:
        inspect(path)
    assert "--colorinterp red,green,blue,undefined" in str(caught.value)
    with rasterio.open(path, "r+") as dataset:
        dataset.colorinterp = [*dataset.colorinterp[:3], ColorInterp.undefined]
    assert inspect(path).bands == 4
    array[3] = 255
    assert inspect(write(tmp_path / "b.tif", array)).bands == 3


@pytest.mark.parametrize(
    ("dtype", "nodata", "said"),
    [
        ("uint16", -9999, "-9999 .*uint16: whole numbers from 0 to 65535"),
        ("int8", 255, "255 .*int8: whole numbers from -128 to 127"),
        ("int16", 0.5, "0.5 .*int16"),
        ("uint8", math.nan, "nan .*uint8"),
    ],
)
def test_a_nodata_that_cannot_stand_in_the_file(
    tmp_path: Path, dtype: str, nodata: float, said: str
) -> None:
    path = write(tmp_path / "a.tif", np.ones((3, 4, 4), dtype))
    with pytest.raises(LandloomError, match=f"map.embedding.nodata: {said}") as caught:
        inspect(path, nodata=nodata)
    assert str(path) in str(caught.value)
    inspect(write(tmp_path / "b.tif", numbers((3, 4, 4))), nodata=nodata)


@pytest.mark.parametrize(
    "crs",
    [
        'LOCAL_CS["site",UNIT["metre",1]]',
        'ENGCRS["site",EDATUM["a corner"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],'
        'LENGTHUNIT["metre",1]]',
    ],
)
def test_a_local_crs_has_no_place_on_the_earth(tmp_path: Path, crs: str) -> None:
    path = write(tmp_path / "a.tif", numbers((3, 4, 4)), crs=crs)
    with pytest.raises(LandloomError, match="no known place on the Earth; give it") as caught:
        inspect(path)
    assert str(path) in str(caught.value)


def test_a_crs_that_has_no_code_is_as_good_as_any(tmp_path: Path) -> None:
    sinusoidal = "+proj=sinu +R=6371007.181 +units=m"
    assert inspect(write(tmp_path / "a.tif", numbers((3, 4, 4)), crs=sinusoidal)).grid.width == 4

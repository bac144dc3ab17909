"""Joining blocks: the same bytes however they were cut, and nothing of a damaged one."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import rasterio
from affine import Affine
from rasters import NORTH_UP, UTM

from landloom.errors import LandloomError
from landloom.job.files import whole_file
from landloom.legend.legends import Entry, Legend
from landloom.legend.values import NODATA
from landloom.map.blocks import Block
from landloom.map.embedding import EmbeddingInfo, Tile
from landloom.map.join import Layer, most_numbers, share_names, write_map
from landloom.map.prediction import write_block
from landloom.raster.pixel_grid import PixelGrid

HEIGHT, WIDTH = 1500, 1700
LEGEND = {3: Entry("forest", "006400"), 7: Entry("water", "0064C8"), 9: Entry("town", "FA0000")}
Bytes = npt.NDArray[np.uint8]


def embedding(height: int, width: int, *tiles: tuple[int, int, int, int]) -> EmbeddingInfo:
    """An embedding without files: the map takes but its place from it."""
    with rasterio.Env():
        wkt = rasterio.crs.CRS.from_string(UTM).to_wkt()
    found = [Tile("a.tif", *tile) for tile in tiles or [(0, 0, height, width)]]
    grid = PixelGrid(wkt, NORTH_UP, width, height)
    return EmbeddingInfo(tuple(found), grid, 4, "int8", "float", None, (256, 256), "pixel")


def cut(
    folder: Path, pixels: Bytes, info: EmbeddingInfo, size: int
) -> list[tuple[Block, str | Path]]:
    """Write the pixels (bands, height, width) as blocks."""
    made: list[tuple[Block, str | Path]] = []
    for block in info.blocks(size):
        path = folder / f"{size}-{block.name}.tif"
        rows = slice(block.row, block.row + block.height)
        cols = slice(block.col, block.col + block.width)
        write_block(pixels[:, rows, cols], info.grid, block, path)
        made.append((block, path))
    return made


def joined(
    folder: Path, pixels: Bytes, size: int, bands: Mapping[int, str], legend: Legend
) -> Path:
    info = embedding(*pixels.shape[1:])
    target = folder / "out" / f"{size}.tif"
    with whole_file(target) as draft:
        write_map(cut(folder, pixels, info, size), info.grid, Layer(bands, legend), draft)
        if legend:
            draft.with_name(f"{draft.name}.aux.xml").replace(folder / "out" / f"{size}.xml")
    return target


@pytest.fixture(scope="module")
def classes() -> Bytes:
    """Fields of several pixels, noise between them, and holes."""
    rng = np.random.default_rng(4)
    fields = rng.choice([3, 7, 9], (HEIGHT // 10, WIDTH // 10)).astype(np.uint8)
    pixels: Bytes = np.kron(fields, np.ones((10, 10), np.uint8))
    noise = rng.random(pixels.shape)
    pixels = np.where(noise < 0.2, rng.choice([3, 7, 9], pixels.shape), pixels).astype(np.uint8)
    pixels[noise > 0.95] = NODATA
    pixels[:40, :300] = NODATA
    return pixels[None]


def windows(fine: Bytes, factor: int) -> npt.NDArray[Any]:
    """Lay the pixels under each coarse pixel side by side: (height, width, factor²)."""
    height, width = (-(-side // factor) for side in fine.shape)
    padded = np.full((height * factor, width * factor), NODATA, np.uint8)
    padded[: fine.shape[0], : fine.shape[1]] = fine
    parts = padded.reshape(height, factor, width, factor).swapaxes(1, 2)
    return parts.reshape(height, width, factor * factor)


def assert_modes(fine: Bytes, coarse: Bytes) -> None:
    """Each coarse pixel is a most frequent class of those below it that have one."""
    under = windows(fine, 2)
    assert coarse.shape == under.shape[:2]
    counts = np.stack([(under == value).sum(axis=2) for value in LEGEND])
    void = counts.sum(axis=0) == 0
    assert (coarse[void] == NODATA).all()
    won = np.stack([coarse == value for value in LEGEND])
    assert (won.sum(axis=0)[~void] == 1).all()
    assert (np.where(won, counts, 0).max(axis=0) == counts.max(axis=0))[~void].all()


def test_a_map_is_the_same_to_the_byte_however_it_was_cut(tmp_path: Path, classes: Bytes) -> None:
    made = {size: joined(tmp_path, classes, size, {1: ""}, LEGEND) for size in (128, 512, 700)}
    for path in made.values():
        assert path.read_bytes() == made[128].read_bytes()
        names = path.with_suffix(".xml").read_bytes()
        assert names == made[128].with_suffix(".xml").read_bytes()
        assert all(entry.name in names.decode() for entry in LEGEND.values())
    with rasterio.open(made[700]) as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert raster.transform == NORTH_UP
        np.testing.assert_array_equal(raster.read(1), classes[0])
        factors = raster.overviews(1)
        assert {code: raster.colormap(1)[code][:3] for code in LEGEND} == {
            code: entry.rgb for code, entry in LEGEND.items()
        }
    levels = [classes[0]]
    for level in range(len(factors)):
        with rasterio.open(made[700], overview_level=level) as raster:
            levels.append(raster.read(1))
    assert factors == [2, 4]
    for fine, coarse in pairwise(levels):
        assert_modes(fine, coarse)


def test_shares_are_averaged_and_bear_their_class(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 101, (5, 600, 700)).astype(np.uint8)
    pixels[:, 100:150] = NODATA
    names = share_names(LEGEND | {12: Entry("12")})
    assert names == ["forest (3)", "water (7)", "town (9)", "12"]
    bands = {3: names[0], 5: names[2]}
    made = [joined(tmp_path, pixels, size, bands, {}) for size in (128, 700)]
    assert made[0].read_bytes() == made[1].read_bytes()
    with rasterio.open(made[0]) as raster:
        assert raster.descriptions == ("forest (3)", "town (9)")
        assert not Path(f"{made[0]}.aux.xml").exists()  # it is all in the file
        np.testing.assert_array_equal(raster.read(), pixels[[2, 4]])
    with rasterio.open(made[0], overview_level=0) as raster:
        coarse = raster.read(2)
    under = np.ma.masked_equal(windows(pixels[4], 2), NODATA)
    mean = under.mean(axis=2)
    assert (coarse[mean.mask] == NODATA).all()
    assert np.abs(coarse.astype(float) - mean).max() <= 0.5


def test_where_no_tile_lies_the_map_has_no_data(tmp_path: Path) -> None:
    pixels = np.full((1, 600, 900), NODATA, np.uint8)
    pixels[:, :50, :60], pixels[:, 500:600, 800:900] = 3, 7
    whole = embedding(600, 900)
    apart = embedding(600, 900, (0, 0, 50, 60), (500, 800, 100, 100))
    assert len(apart.blocks(128)) == 1 + 4 < len(whole.blocks(128))
    made = []
    for info, size in ((whole, 128), (apart, 128), (apart, 700)):
        target = tmp_path / f"{len(made)}.tif"
        write_map(cut(tmp_path, pixels, info, size), info.grid, Layer({1: ""}, LEGEND), target)
        made.append(target.read_bytes())
    assert made[0] == made[1] == made[2]
    with rasterio.open(target) as raster:
        np.testing.assert_array_equal(raster.read(), pixels)


@pytest.mark.parametrize("left", [0, 40, 0.5, None])
def test_a_damaged_block_is_named_and_leaves_nothing(tmp_path: Path, left: float | None) -> None:
    pixels = np.random.default_rng(0).choice([3, 7], (1, 200, 300)).astype(np.uint8)
    info = embedding(200, 300)
    parts = cut(tmp_path, pixels, info, 128)
    spoilt = Path(parts[4][1])
    whole = spoilt.read_bytes()
    if left is None:
        spoilt.unlink()
    else:
        spoilt.write_bytes(whole[: int(len(whole) * left) if left < 1 else int(left)])
    out = tmp_path / "out"
    told = pytest.raises(LandloomError, match="delete it and start again")
    with told as caught, whole_file(out / "map.tif") as draft:
        write_map(parts, info.grid, Layer({1: ""}, LEGEND), draft)
    assert str(caught.value).startswith(f"{spoilt}: is damaged or cut short")
    assert list(out.iterdir()) == []


def test_another_failure_is_not_taken_for_a_damaged_block(tmp_path: Path) -> None:
    pixels = np.full((1, 50, 60), 3, np.uint8)
    info = embedding(50, 60)
    parts = cut(tmp_path, pixels, info, 64)
    with pytest.raises(Exception, match="nowhere") as caught:
        write_map(parts, info.grid, Layer({1: ""}, LEGEND), tmp_path / "nowhere" / "map.tif")
    assert not isinstance(caught.value, LandloomError)


def test_blocks_lie_in_their_place(tmp_path: Path) -> None:
    info = embedding(50, 60)
    block = info.blocks(32)[-1]
    path = tmp_path / "block.tif"
    write_block(np.full((2, block.height, block.width), 5, np.uint8), info.grid, block, path)
    with rasterio.open(path) as raster:
        assert raster.transform == NORTH_UP @ Affine.translation(32, 32)
        assert (raster.count, raster.shape, raster.nodata) == (2, (18, 28), NODATA)


def test_a_ramp_spans_most_of_the_numbers_that_a_map_has(tmp_path: Path) -> None:
    pixels = np.arange(10_000, dtype=np.float32).reshape(100, 100)
    pixels[:, :50] = -9999
    profile = {"driver": "GTiff", "width": 100, "height": 100, "count": 1, "dtype": "float32"}
    with rasterio.open(tmp_path / "a.tif", "w", nodata=-9999, transform=NORTH_UP, **profile) as out:
        out.write(pixels, 1)
    known = pixels[pixels != -9999]
    expected = tuple(np.percentile(known, [2, 98]).tolist())
    assert most_numbers(tmp_path / "a.tif") == pytest.approx(expected)
    low, high = expected
    assert f'minimumValue="{low:g}" maximumValue="{high:g}"' in Layer({1: "x"}).style(
        tmp_path / "a.tif"
    )
    for number, ends in ((-9999, (0.0, 1.0)), (7, (7.0, 8.0))):
        with rasterio.open(tmp_path / "a.tif", "r+") as out:
            out.write(np.full_like(pixels, number), 1)
        assert most_numbers(tmp_path / "a.tif") == ends


@pytest.mark.parametrize(("dtype", "nodata"), [("uint8", 255), ("float32", -9999), ("uint32", 9)])
def test_a_map_is_a_valid_cloud_optimized_geotiff(
    tmp_path: Path, classes: Bytes, dtype: str, nodata: float
) -> None:
    cogeo = pytest.importorskip("rio_cogeo.cogeo", reason="rio-cogeo is not installed")
    info = embedding(*classes.shape[1:])
    layer = Layer({1: "numbers"}, dtype=dtype, nodata=nodata, void=NODATA)
    write_map(cut(tmp_path, classes, info, 512), info.grid, layer, tmp_path / "map.tif")
    assert cogeo.cog_validate(tmp_path / "map.tif", strict=True, quiet=True) == (True, [], [])

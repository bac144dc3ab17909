"""Calibrated blocks and the maps that are joined from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt
import pytest
import rasterio
from rasters import NORTH_UP, UTM

from landloom.legend.legends import Entry
from landloom.map.blocks import Block, blocks
from landloom.map.calibration import blocks as calibrating
from landloom.map.calibration.blocks import Calibration, calibrate_block
from landloom.map.calibration.layers import calibrated_layer
from landloom.map.join import write_map
from landloom.map.prediction import write_block
from landloom.raster.pixel_grid import PixelGrid

LEGEND = {3 * place + 1: Entry(f"class {place}", f"{0x112233 + place:06X}") for place in range(31)}


def told(classes: int, level: float = 0.9) -> dict[str, Any]:
    """Return what a calibration of some classes says, as far as blocks ask for it."""
    rng = np.random.default_rng(classes)
    rows = [
        {
            "value": 3 * place + 1,
            "name": f"class {place}",
            "bit": place,
            "quantile": float(rng.uniform(0.5, 1)),
            "table": np.sort(rng.random(101)).tolist(),
        }
        for place in range(classes)
    ]
    return {"classes": rows, "level": level, "method": "isotonic"}


def predicted(classes: int, height: int, width: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    """Return a block as it is predicted, with a hole."""
    rng = np.random.default_rng(seed)
    shares = np.rint(100 * rng.dirichlet(np.full(classes, 0.3), (height, width)))
    shares = np.moveaxis(shares, -1, 0).astype(np.uint8)
    label = (3 * shares.argmax(axis=0) + 1).astype(np.uint8)
    pixels = np.concatenate([label[None], shares.max(axis=0)[None], shares])
    pixels[:, 2:5, 3:9] = 255
    return pixels


def whole(height: int, width: int) -> tuple[PixelGrid, Block]:
    with rasterio.Env():
        wkt = rasterio.crs.CRS.from_string(UTM).to_wkt()
    return PixelGrid(wkt, NORTH_UP, width, height), Block("r000-c000", 0, 0, height, width)


def calibrated(folder: Path, pixels: npt.NDArray[np.uint8], about: dict[str, Any]) -> Any:
    grid, block = whole(*pixels.shape[1:])
    write_block(pixels, grid, block, folder / "block.tif")
    with rasterio.open(folder / "block.tif") as source:
        return calibrate_block(source, Calibration.from_plain(about), block)


@pytest.mark.parametrize("classes", [2, 7, 8, 31])
def test_each_pixel_is_what_its_shares_say(tmp_path: Path, classes: int) -> None:
    about, pixels = told(classes), predicted(classes, 12, 17)
    made = calibrated(tmp_path, pixels, about)
    void = np.iinfo(made.dtype).max
    rows = about["classes"]
    for row, col in np.ndindex(12, 17):
        label, shares = pixels[0, row, col], pixels[2:, row, col].tolist()
        if label == 255:
            assert made[:, row, col].tolist() == [void] * 3
            continue
        tabled = [each["table"][share] for each, share in zip(rows, shares, strict=True)]
        own = next(place for place, each in enumerate(rows) if each["value"] == label)
        halves = [max(2 * share, 1) for share in shares]
        inside = [
            each["bit"]
            for each, half in zip(rows, halves, strict=True)
            if 1 - half / sum(halves) <= each["quantile"]
        ]
        confidence, size, bits = made[:, row, col].tolist()
        assert abs(confidence - 100 * tabled[own] / sum(tabled)) <= 0.5 + 1e-9
        assert size == len(inside)
        assert bits == sum(2**bit for bit in inside)


def test_strips_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = predicted(5, 40, 23)
    expected = calibrated(tmp_path, pixels, told(5))
    for at_once in (1, 23 * 7, 10**6):
        monkeypatch.setattr(calibrating, "_PIXELS_AT_ONCE", at_once)
        np.testing.assert_array_equal(calibrated(tmp_path, pixels, told(5)), expected)


def test_no_class_may_be_likely_enough(tmp_path: Path) -> None:
    about = told(3)
    for row in about["classes"]:
        row["quantile"] = 0.1
    pixels = predicted(3, 6, 10)
    pixels[2:, 0, 0] = 33
    made = calibrated(tmp_path, pixels, about)
    assert made[1:, 0, 0].tolist() == [0, 0]


@pytest.mark.parametrize(("classes", "kind"), [(3, "uint8"), (9, "uint16"), (31, "uint32")])
def test_maps_have_the_pixels_of_the_blocks_however_they_are_cut(
    tmp_path: Path, classes: int, kind: str
) -> None:
    about, height, width = told(classes, 0.95), 600, 700
    pixels = predicted(classes, height, width)
    grid, _ = whole(height, width)
    calibration = Calibration.from_plain(about)
    expected = calibrated(tmp_path, pixels, about)
    made: dict[str, set[bytes]] = {}
    for size in (256, 700):
        parts: list[tuple[Block, str | Path]] = []
        for block in blocks(width, height, size):
            path = tmp_path / f"{size}-{block.name}.tif"
            rows = slice(block.row, block.row + block.height)
            cols = slice(block.col, block.col + block.width)
            write_block(expected[:, rows, cols], grid, block, path, calibration.void)
            parts.append((block, path))
        for name in ("calibrated_confidence", "set_size", "class_set"):
            target = tmp_path / f"{name}.tif"
            write_map(parts, grid, calibrated_layer(name, about, LEGEND), target)
            made.setdefault(name, set()).add(target.read_bytes())
    assert all(len(found) == 1 for found in made.values())
    hole = pixels[0] == 255
    for band, name in enumerate(made):
        with rasterio.open(tmp_path / f"{name}.tif") as raster:
            assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
            values, void = raster.read(1), np.iinfo(raster.dtypes[0]).max
            assert raster.nodata == void
            assert (values[hole] == void).all()
            np.testing.assert_array_equal(values[~hole], expected[band][~hole])
            assert raster.dtypes[0] == (kind if name == "class_set" else "uint8")
            assert raster.descriptions[0]
    with rasterio.open(tmp_path / "class_set.tif", overview_level=0) as raster:
        assert set(np.unique(raster.read(1))) <= set(np.unique(expected[2]))
    with rasterio.open(tmp_path / "class_set.tif") as raster:
        assert raster.descriptions[0].startswith("classes in the 95 % set")
        assert raster.tags(1) == {
            f"bit_{place}": f"{3 * place + 1} class {place}" for place in range(classes)
        }


@pytest.mark.parametrize("classes", [1, 3, 9])
def test_styles_name_sets_of_one_class_and_sizes_of_sets(tmp_path: Path, classes: int) -> None:
    about = told(classes, 0.95)

    def entries(name: Any) -> dict[str | None, tuple[str | None, str | None]]:
        text = calibrated_layer(name, about, LEGEND).style(tmp_path / "not read")
        root = ElementTree.fromstring(text)
        return {e.get("value"): (e.get("label"), e.get("color")) for e in root.iter("paletteEntry")}

    masks = entries("class_set")
    assert set(masks) == {"0", *(str(2**place) for place in range(classes))}
    assert masks["1"] == ("class 0 alone", "#112233")
    sizes = entries("set_size")
    assert list(sizes) == [str(size) for size in range(classes + 1)]
    assert sizes["1"][0] == "1 class"
    assert len({color for _, color in sizes.values()}) == min(classes + 1, 6)
    ramp = calibrated_layer("calibrated_confidence", about, LEGEND).style(tmp_path / "not read")
    assert 'classificationMin="0" classificationMax="100"' in ramp

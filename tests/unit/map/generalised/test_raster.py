"""A generalised map: filter and sieve of the whole, whatever the windows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import geopandas
import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.features import rasterize, sieve
from scipy import ndimage

from landloom.errors import LandloomError
from landloom.legend.legends import Entry
from landloom.legend.values import NODATA
from landloom.map.generalised import polygons, raster
from landloom.map.generalised.majority import majority
from landloom.map.generalised.patches import Patch, Strip, patches
from landloom.map.generalised.polygons import write_polygons
from landloom.map.generalised.raster import Rules, generalised, sieved

CLASSES = {1: Entry("Wood", "006400"), 2: Entry("Wäter"), 7: Entry("x")}


@pytest.fixture
def codes() -> np.ndarray:
    rng = np.random.default_rng(3)
    found = np.repeat(np.repeat(rng.choice([1, 2, 7], (25, 30)), 3, 0), 3, 1).astype(np.uint8)
    found[rng.random(found.shape) < 0.1] = 1
    found[:10, :13] = NODATA
    return found


@pytest.fixture
def path(codes: np.ndarray, tmp_path: Path) -> str:
    target = tmp_path / "map.tif"
    with rasterio.open(
        target, "w", driver="GTiff", width=codes.shape[1], height=codes.shape[0], count=1,
        dtype="uint8", nodata=NODATA, crs="EPSG:32633",
        transform=Affine(10, 0, 500_000, 0, -10, 5_000_000),
    ) as dataset:  # fmt: skip
        dataset.write(codes, 1)
    return str(target)


@pytest.mark.parametrize("connectivity", [4, 8])
def test_it_is_filtered_and_then_sieved(
    path: str, codes: np.ndarray, connectivity: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raster, "_WINDOW", 16)
    found = generalised(path, Rules(5, 20, connectivity))
    smooth = majority(codes, 5)
    assert (smooth != codes).any()
    once = sieve(smooth, 20, mask=codes != NODATA, connectivity=connectivity)
    assert smallest(once, connectivity) >= 20  # so that there is nothing to be done again
    np.testing.assert_array_equal(found, once)
    assert ((found == NODATA) == (codes == NODATA)).all()


def smallest(codes: np.ndarray, connectivity: int) -> int:
    """Return the pixels of the smallest patch."""
    beside = ndimage.generate_binary_structure(2, 1 if connectivity == 4 else 2)
    sizes = []
    for value in set(np.unique(codes).tolist()) - {NODATA}:
        labels, _ = ndimage.label(codes == value, beside)
        sizes += np.bincount(labels.ravel())[1:].tolist()
    return min(sizes)


@pytest.mark.parametrize("connectivity", [4, 8])
@pytest.mark.parametrize("size", [2, 5, 20, 100])
@pytest.mark.parametrize("side", [1, 2])
def test_no_patch_is_smaller_whatever_lies_beside_it(
    connectivity: int, size: int, side: int
) -> None:
    """Patches of noise are small all of them, and GDAL's sieve leaves them, or some."""
    noise = np.random.default_rng(size).choice([1, 2, 7, 9], (60, 50)).astype(np.uint8)
    noise = np.repeat(np.repeat(noise, side, 0), side, 1)
    noise[5:9, 30:] = NODATA
    found = sieved(noise, size, connectivity)
    assert smallest(found, connectivity) >= size
    np.testing.assert_array_equal(found == NODATA, noise == NODATA)
    assert set(np.unique(found)) <= set(np.unique(noise))
    np.testing.assert_array_equal(sieved(found, size, connectivity), found)


def test_small_patches_in_void_and_of_a_chess_board_stay() -> None:
    codes = np.full((20, 20), NODATA, np.uint8)
    codes[2, 2:4] = 7
    codes[8:16, 8:16] = 1 + np.indices((8, 8)).sum(0) % 2
    np.testing.assert_array_equal(sieved(codes, 5, 4), codes)


def test_strips_of_a_wide_map_have_fewer_rows(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []

    def watched(strips: Iterable[Strip]) -> Iterator[list[Patch]]:
        for strip in strips:
            seen.append(strip.codes.shape)
            yield from patches([strip])

    monkeypatch.setattr(polygons, "patches", watched)
    for most, rows in ((90 * 17 + 5, 17), (1, 1)):
        seen.clear()
        monkeypatch.setattr(polygons, "_PIXELS", most)
        write_polygons(path, CLASSES, tmp_path / f"{most}.gpkg")
        assert seen[0] == (rows, 90)
        assert sum(height for height, _ in seen) == 75


def test_polygons_fill_the_map_exactly(
    path: str, codes: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polygons, "_ROWS", 17)
    monkeypatch.setattr(polygons, "_AT_ONCE", 10)
    number = write_polygons(path, CLASSES, tmp_path / "map.gpkg")
    frame = geopandas.read_file(tmp_path / "map.gpkg")
    assert len(frame) == number > 100
    assert frame.is_valid.all()
    assert frame.crs == "EPSG:32633"
    burnt = rasterize(
        zip(frame.geometry, frame["value"], strict=True), codes.shape, NODATA,
        transform=Affine(10, 0, 500_000, 0, -10, 5_000_000), dtype="uint8",
    )  # fmt: skip
    np.testing.assert_array_equal(burnt, codes)
    assert frame["pixels"].sum() == (codes != NODATA).sum()
    np.testing.assert_allclose(frame.area, frame["pixels"] * 100)
    # On the central meridian UTM shows 0.9996 of a length.
    np.testing.assert_allclose(frame["hectares"] * 1e4, frame.area / 0.9996**2, rtol=1e-5)
    names = dict(zip(frame["value"], frame["name"], strict=True))
    assert names == {1: "Wood", 2: "Wäter", 7: "x"}


def test_a_void_map_has_none(path: str, tmp_path: Path) -> None:
    with rasterio.open(path, "r+") as dataset:
        dataset.write(np.full(dataset.shape, NODATA, np.uint8), 1)
    with pytest.raises(LandloomError, match="is void, so there are no polygons"):
        write_polygons(path, CLASSES, tmp_path / "map.gpkg")

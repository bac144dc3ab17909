"""The map of several zones is that of the bands warped, whatever its grid and its blocks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.warp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from once import made_once
from zoned_world import ACROSS_6_E, ACROSS_THE_EQUATOR, slow_map, write_zone

from landloom.errors import LandloomError
from landloom.map.blocks import Block
from landloom.map.embedding_header import inspect_zones
from landloom.map.mosaic import mosaic_block
from landloom.map.plan import MapPlan, plan_map
from landloom.map.prediction import write_block
from landloom.map.vectors import vectors_on
from landloom.map.zones import ZonedEmbedding
from landloom.raster.pixel_grid import Box, PixelGrid

WORLDS = {"6 E": (ACROSS_6_E, (32631, 32632)), "equator": (ACROSS_THE_EQUATOR, (32631, 32731))}


def label(vectors: np.ndarray) -> np.ndarray:
    """Return a number for each of some vectors that tells a pixel from its neighbours."""
    return (np.abs(vectors[:, 0] * 1e4).astype(np.int64) % 251).astype(np.uint8)


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def make(folder: Path) -> None:
        for name, (bounds, codes) in WORLDS.items():
            for number, code in enumerate(codes):
                write_zone(folder / f"{name}-{code}.tif", code, bounds, up=number == 1,
                           halves=name == "equator", hole=number == 0)  # fmt: skip

    return made_once(tmp_path_factory, "zoned_worlds", make)


def predicted(folder: Path, embedding: ZonedEmbedding, plan: MapPlan) -> dict[str, str]:
    """Write each block of each zone, as if `label` were a forest; some have more bands."""
    files = {}
    for zone in embedding.zones:
        with rasterio.open(zone.info.tiles[0].path) as source:
            vectors = source.read()
        row, col = zone.info.tiles[0].row, zone.info.tiles[0].col
        vectors = vectors[:, -row or None :, -col or None :]
        known = np.isfinite(vectors).all(axis=0)
        labels = np.full(known.shape, 255, np.uint8)
        labels[known] = label(vectors[:, known].T)
        for name in zone.block_names(plan.size, aside=plan.sheet):
            block = zone.block(name, plan.size)
            part = labels[block.row :, block.col :][: block.height, : block.width]
            files[name] = str(folder / f"{name}.tif")
            bands = [part, part, 255 - part][: 3 - len(files) % 2]
            write_block(np.stack(bands), zone.info.grid, block, Path(files[name]))
    return files


def mapped(
    folder: Path, embedding: ZonedEmbedding, plan: MapPlan
) -> tuple[np.ndarray, dict[str, str]]:
    files = predicted(folder, embedding, plan)
    whole = np.full((2, plan.grid.height, plan.grid.width), 255, np.uint8)
    assert plan.mosaic is not None
    for name, sources in plan.mosaic.items():
        block = plan.block(name)
        parts = {source: files[source] for source in sources}
        here = whole[:, block.row :, block.col :][:, : block.height, : block.width]
        here[:] = mosaic_block(plan, embedding, block, parts)[:2]
    return whole, files


def expected(folder: Path, paths: list[Path], plan: MapPlan, halves: bool) -> np.ndarray:
    with rasterio.open(
        folder / "target.tif", "w", driver="GTiff", width=plan.grid.width, height=plan.grid.height,
        count=1, dtype="uint8", crs=plan.grid.wkt, transform=plan.grid.transform,
    ) as target:  # fmt: skip
        return slow_map(target, paths, label, halves)


@given(
    world=st.sampled_from(sorted(WORLDS)),
    crs=st.sampled_from(["native", "auto", "EPSG:4326", "EPSG:3857", "EPSG:32632", "EPSG:8857"]),
    size=st.sampled_from([64, 100, 500]),
    sheet=st.sampled_from([1, 2, 3]),
    swapped=st.booleans(),
)
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_pixel_differs_from_the_bands_warped(
    worlds: Path, tmp_path: Path, world: str, crs: str, size: int, sheet: int, swapped: bool
) -> None:
    codes = WORLDS[world][1][:: -1 if swapped else 1]
    paths = [worlds / f"{world}-{code}.tif" for code in codes]
    embedding = inspect_zones([str(path) for path in paths])
    plan = plan_map(embedding, crs, size, None, sheet)
    found, _ = mapped(tmp_path, embedding, plan)
    slow = expected(tmp_path, paths, plan, world == "equator")
    np.testing.assert_array_equal(found, [slow, slow])
    assert (found != 255).mean() > 0.4


def test_one_zone_is_warped_where_another_crs_is_asked_for(worlds: Path, tmp_path: Path) -> None:
    path = worlds / "6 E-32631.tif"
    embedding = inspect_zones([str(path)])
    plan = plan_map(embedding, "EPSG:3035", 128, None)
    assert list(plan.zones) == ["utm31n"]
    found, _ = mapped(tmp_path, embedding, plan)
    np.testing.assert_array_equal(found[0], expected(tmp_path, [path], plan, False))


def test_the_region_is_shown_and_nothing_else(worlds: Path, tmp_path: Path) -> None:
    paths = [worlds / f"6 E-{code}.tif" for code in (32631, 32632)]
    region = (5.993, 49.998, 6.0101, 50.0061)
    embedding = inspect_zones([str(path) for path in paths], region=region)
    plan = plan_map(embedding, "auto", 64, region)
    found, _ = mapped(tmp_path, embedding, plan)
    slow = expected(tmp_path, paths, plan, False)
    rows, cols = np.mgrid[: plan.grid.height, : plan.grid.width]
    x, y = plan.grid.centres(rows, cols)
    lon, lat = rasterio.warp.transform(plan.grid.wkt, "EPSG:4326", x.ravel(), y.ravel())
    inside = (np.array(lon) >= region[0]) & (np.array(lon) <= region[2])
    inside &= (np.array(lat) >= region[1]) & (np.array(lat) <= region[3])
    inside = inside.reshape(x.shape)
    np.testing.assert_array_equal(found[0], np.where(inside, slow, 255))
    assert inside.mean() > 0.9


def test_a_plan_survives_a_file_and_names_only_blocks_that_are_there(
    worlds: Path, tmp_path: Path
) -> None:
    embedding = inspect_zones([str(worlds / f"6 E-{code}.tif") for code in (32631, 32632)])
    plan = plan_map(embedding, "auto", 64, (5.99, 49.99, 6.01, 50.01))
    plan.save(tmp_path / "plan.json")
    assert MapPlan.load(tmp_path / "plan.json") == plan
    there = {name for names in plan.zones.values() for name in names}
    assert plan.mosaic is not None
    assert {name for names in plan.mosaic.values() for name in names} <= there
    assert plan.block_names == list(plan.mosaic)
    alone = plan_map(ZonedEmbedding((embedding.zones[0],)), "native", 64, None)
    assert (alone.mosaic, alone.block_names) == (None, alone.zones["utm31n"])


def test_floats_go_the_way_of_classes(worlds: Path, tmp_path: Path) -> None:
    """Void of floats is another number; all else is the same."""
    embedding = inspect_zones([str(worlds / f"6 E-{code}.tif") for code in (32631, 32632)])
    plan = plan_map(embedding, "EPSG:3035", 100, None)
    classes, files = mapped(tmp_path, embedding, plan)
    for path in files.values():
        with rasterio.open(path) as source:
            labels = source.read(1)
            grid = PixelGrid.of(source)
        floats = np.where(labels == 255, np.float32(-9999), labels / np.float32(7))
        block = Block("", 0, 0, *labels.shape)
        write_block(np.stack([floats, floats * 2, floats]), grid, block, Path(path))
    assert plan.mosaic is not None
    for name, sources in plan.mosaic.items():
        block = plan.block(name)
        found = mosaic_block(plan, embedding, block, {n: files[n] for n in sources})
        here = classes[0, block.row :, block.col :][: block.height, : block.width]
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found[0] == -9999, here == 255)
        np.testing.assert_array_equal(found[0][here != 255], here[here != 255] / np.float32(7))
        np.testing.assert_array_equal(found[1][here != 255], 2 * found[0][here != 255])


def test_a_damaged_block_is_named(worlds: Path, tmp_path: Path) -> None:
    embedding = inspect_zones([str(worlds / f"6 E-{code}.tif") for code in (32631, 32632)])
    plan = plan_map(embedding, "native", 500, None)
    _, files = mapped(tmp_path, embedding, plan)
    path = next(iter(files.values()))
    Path(path).write_bytes(Path(path).read_bytes()[:2000])
    assert plan.mosaic is not None
    (name, sources), *_ = plan.mosaic.items()
    with pytest.raises(LandloomError, match=r"utm31n-r000-c000\.tif"):
        mosaic_block(plan, embedding, plan.block(name), {n: files[n] for n in sources})


def test_vectors_lie_where_their_labels_do(worlds: Path, tmp_path: Path) -> None:
    embedding = inspect_zones([str(worlds / f"6 E-{code}.tif") for code in (32631, 32632)])
    plan = plan_map(embedding, "auto", 500, None)
    found, _ = mapped(tmp_path, embedding, plan)
    box = Box(50, 120, 90, 200)
    with vectors_on(plan, embedding) as vectors:
        values, valid = vectors(box)
    here = found[0, box.top : box.bottom, box.left : box.right]
    np.testing.assert_array_equal(valid, here != 255)
    np.testing.assert_array_equal(label(values), here[valid])

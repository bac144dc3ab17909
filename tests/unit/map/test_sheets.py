"""How many blocks one job makes: few jobs of a large map, one for each block of a small one."""

from __future__ import annotations

import math

import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from landloom.config import plan_size
from landloom.errors import LandloomError
from landloom.map.embedding import EmbeddingInfo, Tile
from landloom.map.plan import plan_map
from landloom.map.sheets import (
    ENOUGH_JOBS,
    MOST_JOBS,
    PIECE,
    STORED,
    TOO_MANY_JOBS,
    refuse_too_many,
    sheet_of,
    side_of_pieces,
)
from landloom.map.zones import ZonedEmbedding
from landloom.raster.pixel_grid import PixelGrid


def embedding(side: int) -> ZonedEmbedding:
    """Return a raster of so many pixels along a side, of which no file has to be there."""
    wkt = CRS.from_epsg(32613).to_wkt()
    grid = PixelGrid(wkt, Affine(10, 0, 5e5, 0, -10, 4.8e6), side, side)
    tile = Tile("none.tif", row=0, col=0, height=side, width=side)
    about = EmbeddingInfo((tile,), grid, 8, "int8", "float", None, (256, 256), "pixel")
    return ZonedEmbedding.alone(about)


def squares(width: int, height: int, side: int) -> int:
    return math.ceil(width / side) * math.ceil(height / side)


@given(st.integers(1, 2_000_000), st.integers(1, 2_000_000), st.integers(64, 8192))
def test_jobs_are_few_and_not_fewer_than_need_be(width: int, height: int, block: int) -> None:
    aside = sheet_of(lambda side: squares(width, height, side), block)
    jobs = squares(width, height, block * aside)
    assert jobs <= MOST_JOBS
    assert aside & (aside - 1) == 0, "a power of two"
    if aside > 1:
        more = squares(width, height, block * aside // 2)
        assert more > MOST_JOBS or (more > ENOUGH_JOBS and block * aside <= PIECE)
    if jobs > ENOUGH_JOBS:
        assert 2 * block * aside > PIECE, "small blocks could be gathered yet"


def test_maps_of_every_size() -> None:
    def cut(blocks_aside: int, block: int) -> tuple[int, int]:
        width = blocks_aside * block
        aside = sheet_of(lambda side: squares(width, width, side), block)
        return aside, squares(width, width, block * aside)

    assert cut(16, 64) == (1, 256)
    assert cut(70, 1024) == (1, 4900)
    assert cut(71, 1024) == (2, 1296)
    assert cut(317, 1024) == (8, 1600)  # 100,000 blocks
    assert cut(1000, 1024) == (16, 3969)  # a million
    assert cut(317, 64) == (16, 400)  # 100,000 small ones


@given(st.integers(64, 8192))
def test_pieces_have_1024_pixels_or_a_larger_blocks_own_and_are_whole_tiles(block: int) -> None:
    side = side_of_pieces(block)
    assert side % STORED == 0
    assert PIECE <= side <= max(PIECE, block) < side + STORED + max(0, PIECE - block)


def test_more_jobs_than_can_be_planned_are_refused_with_sheets_that_would_do() -> None:
    def number(side: int) -> int:
        return squares(317 * 64, 317 * 64, side)

    with pytest.raises(LandloomError) as refused:
        refuse_too_many(number, 64, 1)
    told = (
        "map.predict.sheet: 1: makes about 100,489 jobs of the map, and no more than 40,000 can be"
    )
    assert str(refused.value).startswith(told)
    told = "leave the key out, for 5,000 sheets at most, or ask for 2 or more"
    assert str(refused.value).endswith(told)
    refuse_too_many(number, 64, 2)
    assert plan_size.MOST_JOBS == TOO_MANY_JOBS


ALL_KINDS = ("predict_block", "applicability_block", "calibrate_block")


@pytest.mark.parametrize(
    ("crs", "kinds", "jobs"),
    [
        # 31 x 31 blocks of the zone: predicted; and compared and calibrated as well.
        ("native", ALL_KINDS[:1], 961),
        ("native", ALL_KINDS, 3 * 961),
        # Where the map has other blocks, those of the zone are not calibrated, all of its own are.
        ("EPSG:3857", ALL_KINDS[:1], None),
        ("EPSG:3857", ALL_KINDS, None),
    ],
)
def test_jobs_of_every_kind_count(
    monkeypatch: pytest.MonkeyPatch, crs: str, kinds: tuple[str, ...], jobs: int | None
) -> None:
    small = embedding(31 * 64)
    plan = plan_map(small, crs, 64, None, 1, kinds)
    if jobs is None:
        assert plan.mosaic is not None
        of_zones = len([kind for kind in kinds if kind != "calibrate_block"])
        jobs = of_zones * 961 + len(kinds) * len(plan.mosaic)
        assert jobs > (of_zones + len(kinds)) * 961
    monkeypatch.setattr("landloom.map.sheets.TOO_MANY_JOBS", jobs)
    assert plan_map(small, crs, 64, None, 1, kinds) == plan
    monkeypatch.setattr("landloom.map.sheets.TOO_MANY_JOBS", jobs - 1)
    with pytest.raises(LandloomError, match=f"makes about {jobs:,} jobs .* ask for 2 or more"):
        plan_map(small, crs, 64, None, 1, kinds)
    plan_map(small, crs, 64, None, 2, kinds)
    assert plan_map(small, crs, 64, None, None, kinds).sheet == 2, "not told: never refused"


@given(st.integers(1, 2_000_000), st.integers(1, 2_000_000), st.integers(64, 8192))
def test_what_is_chosen_is_never_refused(width: int, height: int, block: int) -> None:
    def number(side: int) -> int:
        return squares(width, height, side)

    refuse_too_many(number, block, sheet_of(number, block))


def test_the_plan_of_very_many_blocks_is_small_or_is_refused() -> None:
    large = embedding(317 * 64)
    plan = plan_map(large, "native", 64, None)
    assert (plan.sheet, len(plan.block_names)) == (16, 400)
    assert sum(block.height * block.width for block in plan.blocks) == (317 * 64) ** 2
    assert len(plan_map(large, "native", 64, None, 2).block_names) == 159**2
    with pytest.raises(LandloomError, match=r"^map\.predict\.sheet: 1: "):
        plan_map(large, "native", 64, None, 1)

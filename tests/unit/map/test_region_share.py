"""How much of the region lies on the embedding."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from rasters import write

from landloom.map.embedding_header import inspect_zones
from landloom.map.region_share import region_share, told_of_region
from landloom.map.zones import ZonedEmbedding
from landloom.raster.bounds import Bounds

# Two tiles of one degree with a gap of one between them: 9 to 10 and 11 to 12 east.
GAP: Bounds = (9.0, 47.0, 12.0, 48.0)


def tile(folder: Path, west: float) -> str:
    values = np.ones((4, 100, 100), np.float32)
    place = Affine(0.01, 0, west, 0, -0.01, 48.0)
    return str(write(folder / f"{west:g}.tif", values, place, crs="EPSG:4326"))


@pytest.fixture
def apart(tmp_path: Path) -> ZonedEmbedding:
    return inspect_zones([tile(tmp_path, 9.0), tile(tmp_path, 11.0)])


@pytest.mark.parametrize(
    ("region", "share"),
    [
        ((9.0, 47.0, 10.0, 48.0), 1.0),
        ((11.2, 47.1, 11.9, 47.9), 1.0),
        (GAP, 2 / 3),
        ((9.5, 47.0, 10.5, 48.0), 0.5),
        ((8.0, 47.0, 10.0, 48.0), 0.5),
    ],
)
def test_gaps_between_rasters_count_as_well(
    apart: ZonedEmbedding, region: Bounds, share: float
) -> None:
    assert region_share(apart, region) == pytest.approx(share, abs=0.005)


def test_ground_counts_and_not_degrees(apart: ZonedEmbedding) -> None:
    north = region_share(apart, (9.0, 47.0, 10.0, 89.0))
    ground = np.sin(np.radians([47.0, 48.0, 89.0]))
    assert north == pytest.approx((ground[1] - ground[0]) / (ground[2] - ground[0]), abs=0.01)


def test_zones_fill_each_others_gaps(tmp_path: Path) -> None:
    paths = [
        str(write(tmp_path / f"{code}.tif", np.ones((4, 60, 60)), place, f"EPSG:{code}"))
        for code, place in (
            (32631, Affine(1000, 0, 700_000, 0, -1000, 5_300_000)),
            (32632, Affine(1000, 0, 300_000, 0, -1000, 5_300_000)),
        )
    ]
    region = (5.8, 47.5, 7.0, 47.7)
    both, first = inspect_zones(paths), inspect_zones(paths[:1])
    assert region_share(both, region) == 1.0
    assert 0 < region_share(first, region) < 1


def test_what_is_cropped_to_the_region_covers_it(tmp_path: Path) -> None:
    region = (9.1234, 47.1234, 9.8766, 47.8766)
    cropped = inspect_zones([tile(tmp_path, 9.0)], region=region)
    assert region_share(cropped, region) == 1.0
    assert told_of_region(cropped, region) == []


def test_the_note_names_the_share(apart: ZonedEmbedding) -> None:
    (note,) = told_of_region(apart, GAP)
    assert re.fullmatch(r"33\.\d % of map\.region lies off the embedding, and is not mapped", note)
    (note,) = told_of_region(apart, (9.0, 46.998, 10.0, 48.0))
    assert re.fullmatch(r"0\.\d % of map\.region .*", note)

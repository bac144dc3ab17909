"""Neighbouring elevation tiles that disagree are told, with what can be told of the reason."""

from __future__ import annotations

import numpy as np
import pytest
from small_world import smooth, tile_pixels
from tiles import grain, made

from landloom.dataset.proof.edges import check_edges
from landloom.dataset.proof.findings import Findings
from landloom.dataset.proof.registration import HeightSource

STEP = 600
"""Pixels to the degree: of some 135 by 185 m."""

REGION = (-116.5, 42.5, -115.5, 43.5)
FOUR = ("N42W117", "N42W116", "N43W117", "N43W116")


def world(folder, spoil=None, names=FOUR, terrain=None, offset=0.0, collar=0, dtype="float32"):
    """Tiles of one terrain; `spoil` changes the terrain of N42W116."""
    tiles = {}
    for name in names:
        ground = terrain or smooth()
        if name == "N42W116" and spoil:
            ground = spoil(ground)
        pixels, transform = tile_pixels(name, ground, STEP, STEP, offset, collar)
        tiles[name] = str(made(folder, name, pixels.round(1).astype(dtype), transform))
    return HeightSource(None, tiles, "bilinear", None)


def found(heights, region=REGION, broken=()):
    findings = Findings(broken=list(broken))
    check_edges(heights, region, findings)
    return findings


def wide_hills(lon, lat):
    """Hills of 6 to 45 km, which bend little from pixel to pixel."""
    return 3 * smooth()(lon / 3, lat / 3)


def lifted(metres):
    return lambda ground: lambda lon, lat: ground(lon, lat) + metres


def moved(right, down):
    """Show the relief so many pixels too far to the right and too far down."""
    return lambda ground: lambda lon, lat: ground(lon - right / STEP, lat + down / STEP)


@pytest.mark.parametrize("dtype", ["float32", "int16"])
@pytest.mark.parametrize(("offset", "collar"), [(0.0, 0), (0.5, 0), (0.0, 3)])
def test_tiles_of_one_source_agree(tmp_path, offset, collar, dtype):
    findings = found(world(tmp_path, offset=offset, collar=collar, dtype=dtype))
    assert findings.notes == findings.broken == []
    assert findings.measured["elevation_edges"] == {"compared": 4, "disagreeing": []}


def test_rough_ground_is_no_disagreement(tmp_path):
    heights = world(tmp_path, terrain=lambda lon, lat: grain(lon, lat, STEP))
    assert found(heights).notes == []


def test_a_plain_is_no_disagreement(tmp_path):
    rng = np.random.default_rng(1)
    heights = world(tmp_path, terrain=lambda lon, _lat: rng.normal(5.0, 0.5, lon.shape))
    assert found(heights).notes == []


@pytest.mark.parametrize("metres", [-30.0, 15.0])
def test_a_tile_of_other_heights_is_named_with_the_difference(tmp_path, metres):
    findings = found(world(tmp_path, lifted(metres)))
    assert findings.measured["elevation_edges"]["disagreeing"] == [
        "N42W116 N43W116",
        "N42W117 N42W116",
    ]
    north, west = findings.notes
    how = "higher" if metres > 0 else "lower"
    assert "tiles N42W117 and N42W116 disagree along their edge at 116 W, by" in west
    assert f"(N42W116 is {abs(metres):.1f} m {how})" in west
    assert "tiles N42W116 and N43W116 disagree along their edge at 43 N" in north
    assert "N43W116 is" in north
    for note in findings.notes:
        assert "N42W116 is likely the one" in note
        assert "one datum and unit" in note
        assert "pixels" not in note


@pytest.mark.parametrize(("right", "down"), [(1.0, 0.0), (0.0, -1.3), (-0.8, 0.8)])
def test_a_misplaced_tile_is_named_with_its_shift(tmp_path, right, down):
    findings = found(world(tmp_path, moved(right, down), terrain=wide_hills))
    (west,) = [note for note in findings.notes if "116 W" in note]
    words = west.split("as if N42W116 lay ")[1].split()
    assert float(words[0]) == pytest.approx(right, abs=0.2)
    assert float(words[words.index("and") + 1]) == pytest.approx(down, abs=0.2)
    assert "gdal_edit.py -a_ullr" in west
    (north,) = [note for note in findings.notes if "43 N" in note]
    assert "as if N43W116 lay " in north  # the other way: of two, it is not known which is right


def test_with_two_tiles_neither_is_suspected(tmp_path):
    (note,) = found(world(tmp_path, lifted(20.0), FOUR[:2])).notes
    assert "likely the one" not in note


def test_where_samples_are_wrong_it_is_told_with_them(tmp_path):
    fault = "train: row 3: elevation is not that of the footprint"
    findings = found(world(tmp_path, lifted(20.0)), broken=[fault])
    assert findings.notes == []
    assert len(findings.broken) == 3


def test_edges_outside_the_region_do_not_matter(tmp_path):
    heights = world(tmp_path, lifted(20.0))
    findings = found(heights, (-116.8, 42.2, -116.2, 42.8))
    assert findings.notes == []
    assert findings.measured["elevation_edges"]["compared"] == 0


def test_what_does_not_exist_or_is_void_is_not_compared(tmp_path):
    heights = world(tmp_path, lambda _: lambda lon, _lat: np.full(lon.shape, -32768.0))
    findings = found(heights)
    assert findings.measured["elevation_edges"] == {"compared": 2, "disagreeing": []}
    assert found(HeightSource("one.tif", {}, "bilinear", None)).measured == {}


def test_tiles_of_different_width_agree(tmp_path):
    """As those of Copernicus do at some parallels."""
    tiles = {}
    for name, columns in (("N42W116", 600), ("N43W116", 400)):
        pixels, transform = tile_pixels(name, smooth(), columns, 600)
        tiles[name] = str(made(tmp_path, name, pixels.astype("float32"), transform))
    findings = found(HeightSource(None, tiles, "bilinear", None))
    assert findings.measured["elevation_edges"] == {"compared": 1, "disagreeing": []}

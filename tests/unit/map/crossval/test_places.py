"""Places of the map: uniform over what has data, in any CRS and any zones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from pyproj import Transformer
from rasters import LONLAT, NORTH_UP, UTM, embed, write
from zoned_world import ACROSS_6_E, OVERLAP, write_zone

from landloom.errors import LandloomError
from landloom.map.crossval.places import draw_places, read_places, write_places
from landloom.map.embedding_header import inspect_zones
from landloom.map.zones import ZonedEmbedding

BOTTOM_UP = Affine(10, 0, 500_000, 0, 10, 5_599_000)
DEGREES = Affine(1e-4, 0, 5.0, 0, -1e-4, 50.0)


@pytest.mark.parametrize(
    ("transform", "crs"), [(NORTH_UP, UTM), (BOTTOM_UP, UTM), (DEGREES, LONLAT)]
)
def test_pixels_with_data_are_drawn_evenly(tmp_path: Path, transform: Affine, crs: str) -> None:
    valid = np.zeros((100, 80), np.bool_)
    valid[:, :20] = valid[70:, :] = True
    info = embed(tmp_path / "a.tif", valid, transform, crs)
    lon, lat = draw_places(ZonedEmbedding.alone(info), None, 2000, 3)
    assert lon.size == 2000
    x, y = Transformer.from_crs(4326, info.grid.crs, always_xy=True).transform(lon, lat)
    rows, cols = info.grid.pixels(x, y)
    assert valid[rows, cols].all()
    drawn = np.zeros(valid.shape)
    np.add.at(drawn, (rows, cols), 1)
    for part in (np.s_[:50, :20], np.s_[50:, :20], np.s_[70:, 40:]):
        share = valid[part].sum() / valid.sum()
        assert drawn[part].sum() / 2000 == pytest.approx(share, abs=4 * np.sqrt(share / 2000))


def test_what_two_tiles_hold_is_drawn_once(tmp_path: Path) -> None:
    bands = np.ones((2, 40, 60), np.float32)
    second = NORTH_UP @ Affine.translation(30, 0)
    paths = [write(tmp_path / "a.tif", bands), write(tmp_path / "b.tif", bands, second)]
    embedding = inspect_zones([str(path) for path in paths])
    lon, lat = draw_places(embedding, None, 3000, 1)
    x, _ = Transformer.from_crs(4326, UTM, always_xy=True).transform(lon, lat)
    shares = np.histogram((x - 500_000) / 10, [0, 30, 60, 90])[0] / 3000
    assert shares == pytest.approx([1 / 3] * 3, abs=0.04)


def test_a_zone_is_drawn_from_where_it_speaks_for_the_place(tmp_path: Path) -> None:
    paths = [
        str(write_zone(tmp_path / f"{code}.tif", code, ACROSS_6_E, up=code == 32631))
        for code in (32631, 32632)
    ]
    west, south, east, north = ACROSS_6_E
    region = (west + 0.004, south + 0.004, east - 0.004, north - 0.004)
    lon, lat = draw_places(inspect_zones(paths), region, 2000, 5)
    assert lon.size == 2000
    assert ((region[0] <= lon) & (lon <= region[2])).all()
    assert ((region[1] <= lat) & (lat <= region[3])).all()
    both = np.abs(lon - 6.0) < OVERLAP
    assert both.mean() == pytest.approx(2 * OVERLAP / (region[2] - region[0]), abs=0.04)


def test_the_same_seed_draws_the_same_and_it_comes_back_from_the_file(tmp_path: Path) -> None:
    embedding = ZonedEmbedding.alone(embed(tmp_path / "a.tif", np.ones((64, 64), np.bool_)))
    drawn = draw_places(embedding, None, 50, 1)
    assert np.array_equal(drawn, draw_places(embedding, None, 50, 1))
    assert not np.array_equal(drawn, draw_places(embedding, None, 50, 2))
    write_places(*drawn, tmp_path / "places.json")
    assert np.array_equal(drawn, read_places(tmp_path / "places.json"))


def test_fewer_are_drawn_where_hardly_any_pixel_has_data(tmp_path: Path) -> None:
    valid = np.zeros((200, 200), np.bool_)
    valid[:20, :20] = True
    embedding = ZonedEmbedding.alone(embed(tmp_path / "a.tif", valid))
    assert 20 < draw_places(embedding, None, 500, 1)[0].size < 500


def test_an_embedding_without_data_is_refused(tmp_path: Path) -> None:
    valid = np.zeros((400, 400), np.bool_)
    valid[0, 0] = True
    embedding = ZonedEmbedding.alone(embed(tmp_path / "a.tif", valid))
    with pytest.raises(LandloomError, match=r"map\.embedding: none of 40 random pixels"):
        draw_places(embedding, None, 2, 1)

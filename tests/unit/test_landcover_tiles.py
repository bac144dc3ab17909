"""Land cover in tiles, read as one raster."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from landloom import landcover_tiles
from landloom.errors import LandloomError, NotThereError
from landloom.landcover_tiles import find_tiles, join_landcover

WHOLE = np.arange(1, 61, dtype=np.uint8).reshape(6, 10)


def write(path: Path, pixels, col=0, row=0, **changes) -> str:
    profile = {
        "driver": "GTiff",
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "count": 1,
        "dtype": pixels.dtype,
        "crs": "EPSG:32633",
        "transform": Affine(10, 0, 500_000, 0, -10, 5_000_000) @ Affine.translation(col, row),
        "nodata": 0,
    } | changes
    with rasterio.open(path, "w", **profile) as file:
        file.write(pixels, 1)
    return str(path)


def read(xml: str):
    with rasterio.open(xml) as file:
        return file.read(1), file.transform, file.nodata


def test_tiles_make_up_the_raster_that_they_were_cut_from(tmp_path):
    parts = [
        write(tmp_path / f"{row}-{col}.tif", WHOLE[row : row + 3, col : col + 5], col, row)
        for row in (3, 0)
        for col in (5, 0)
    ]
    pixels, transform, nodata = read(join_landcover(parts))
    assert np.array_equal(pixels, WHOLE)
    assert transform == Affine(10, 0, 500_000, 0, -10, 5_000_000)
    assert nodata == 0


def test_where_no_tile_lies_is_no_data(tmp_path):
    corner = write(tmp_path / "a.tif", WHOLE[:2, :2])
    other = write(tmp_path / "b.tif", WHOLE[4:, 7:], 7, 4)
    pixels, _, _ = read(join_landcover([corner, other]))
    expected = np.zeros_like(WHOLE)
    expected[:2, :2], expected[4:, 7:] = WHOLE[:2, :2], WHOLE[4:, 7:]
    assert np.array_equal(pixels, expected)


def test_codes_above_255(tmp_path):
    pixels = (WHOLE.astype(np.uint16) * 900)[:, :3]
    path = write(tmp_path / "a.tif", pixels, nodata=65535)
    found, _, nodata = read(join_landcover([path]))
    assert np.array_equal(found, pixels)
    assert nodata == 65535


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"crs": "EPSG:32634"}, "differ in CRS"),
        ({"nodata": 255}, "differ in nodata"),
        ({"transform": Affine(10, 0, 500_005, 0, -10, 5_000_000)}, "not lie on one pixel grid"),
        ({"transform": Affine(20, 0, 500_000, 0, -20, 5_000_000)}, "not lie on one pixel grid"),
    ],
)
def test_tiles_that_do_not_belong_together(tmp_path, changes, said):
    paths = [write(tmp_path / "a.tif", WHOLE), write(tmp_path / "b.tif", WHOLE, **changes)]
    with pytest.raises(LandloomError, match=said) as caught:
        join_landcover(paths)
    assert all(path in str(caught.value) for path in paths)


def test_heights_are_no_classes(tmp_path):
    path = write(tmp_path / "a.tif", WHOLE.astype(np.float32))
    with pytest.raises(LandloomError, match="holds float32"):
        join_landcover([path])


class TestPublicTiles:
    @pytest.fixture
    def server(self, monkeypatch):
        """Names of the tiles that the server has; None means that it fails."""
        there: dict[str, bool | None] = {}

        class Dataset:
            def close(self):
                pass

        def open_dataset(path, _label):
            answer = there.get(path[-15:-8], False)
            if answer is None:
                raise LandloomError("no connection")
            if not answer:
                raise NotThereError("404")
            return Dataset()

        monkeypatch.setattr(landcover_tiles, "open_dataset", open_dataset)
        return there

    def test_those_at_sea_do_not_exist(self, server):
        server["N00E000"] = True
        found, missing = find_tiles(["a.tif", "worldcover-2021"], (-1, 1, 1, 2), "key")
        assert [found[0], found[1][-15:-8], missing[0][-15:-8]] == ["a.tif", "N00E000", "N00W003"]
        assert (len(found), len(missing)) == (2, 1)

    @pytest.mark.usefixtures("server")
    def test_none_at_all_is_a_mistake(self):
        with pytest.raises(LandloomError, match="worldcover-2021: has no tile at -1, 1, 1, 2"):
            find_tiles(["worldcover-2021"], (-1, 1, 1, 2), "map.reference.raster")

    def test_one_that_cannot_be_had_is_not_taken_for_sea(self, server):
        server |= {"N00E000": True, "N00W003": None}
        with pytest.raises(LandloomError, match="no connection"):
            find_tiles(["worldcover-2021"], (-1, 1, 1, 2), "key")

    @pytest.mark.usefixtures("server")
    def test_a_dataset_in_one_file_is_not_asked_for(self):
        found, missing = find_tiles(["nlcd-2021"], (-1, 1, 1, 2), "key")
        assert found[0].endswith("LndCov_2021_CU_C1V0.tif")
        assert missing == []

"""Which tiles of public datasets there are."""

from __future__ import annotations

import pytest

from landloom.errors import LandloomError, NotThereError
from landloom.sources import tiles
from landloom.sources.tiles import find_tiles


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

        monkeypatch.setattr(tiles, "open_dataset", open_dataset)
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

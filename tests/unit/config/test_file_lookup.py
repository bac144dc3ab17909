"""Files are looked for where they lie, and trusted to others where others may make them."""

from __future__ import annotations

from difflib import get_close_matches

import pytest

from landloom.config import file_lookup
from landloom.config.file_lookup import FileLookup, nearest_file
from landloom.config.whole import load_config
from landloom.errors import ConfigError

REGION = {"west": -116.6, "south": 42.6, "east": -115.4, "north": 43.4}


def dataset(raster: str, elevation: str) -> dict:
    return {
        "dataset": {
            "region": REGION,
            "landcover": {"raster": raster},
            "elevation": {"source": elevation},
        }
    }


def nobody(_: str) -> bool:
    return False


def below(prefix: str) -> FileLookup:
    return FileLookup(nobody, moved=lambda path: f"{prefix}/{path}")


@pytest.fixture(autouse=True)
def _files_below_sub(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub/dem").mkdir(parents=True)
    for name in ("landcover.tif", "dem.tif", "dem/N42W117.tif"):
        (tmp_path / "sub" / name).touch()


@pytest.mark.parametrize("elevation", ["dem.tif", "dem/{ns}{lat}{ew}{lon}.tif"])
def test_files_are_looked_for_where_a_prefix_moves_them(elevation):
    raw = dataset("landcover.tif", elevation)
    load_config(raw, below("sub"))
    for wrong in (below("other"), FileLookup(nobody)):
        with pytest.raises(ConfigError, match=r"landcover\.tif(.|\n)*elevation\.source"):
            load_config(raw, wrong)


def test_the_message_tells_where_a_tile_was_looked_for():
    raw = dataset("landcover.tif", "dem/{ns}{lat}{ew}{lon}.tif")
    with pytest.raises(ConfigError, match=r"looked for other/dem/N42W117\.tif"):
        load_config(raw, below("other"))


class TestBesideOthers:
    files = FileLookup(nobody, shared=True)

    def test_who_may_make_a_raster_that_is_not_there(self):
        load_config(dataset("made/landcover.tif", "made/dem.tif"), self.files)

    def test_but_no_public_dataset(self):
        with pytest.raises(ConfigError, match="public datasets 'nlcd-1985' to 'nlcd-2024'"):
            load_config(dataset("nlcd-2031", "made/dem.tif"), self.files)
        with pytest.raises(ConfigError, match="neither a file nor a public product"):
            load_config(dataset("made/landcover.tif", "MAPZENN"), self.files)

    def test_and_no_tiles_for_those_not_there_are_sea(self):
        with pytest.raises(ConfigError, match="none of the region's 4 tiles is there"):
            load_config(dataset("made/landcover.tif", "made/{tile}.tif"), self.files)


@pytest.mark.parametrize(
    ("typed", "there"),
    [
        ("sub/landcovr.tif", "sub/landcover.tif"),
        ("sub/Landcover.TIF", "sub/landcover.tif"),
        ("subb/dem/N42W117.tif", "sub/dem/N42W117.tif"),
        ("./sub/../sub/landcove.tif", "sub/../sub/landcover.tif"),
        ("sub/labels.gpkg", None),
        ("sub/dm", None),  # a folder is no file
        ("nowhere/landcover.tif", None),
        ("sub/landcover.tif/x.tif", None),
        ("", None),
    ],
)
def test_a_mistyped_path_leads_to_the_nearest_file(typed, there, tmp_path):
    assert nearest_file(typed) == there
    assert nearest_file(f"{tmp_path}/{typed}") == (there and str(tmp_path / there))


def test_of_thousands_of_names_few_are_compared(tmp_path, monkeypatch):
    for number in range(2000):
        (tmp_path / f"ESA_2021_N{number // 40:02d}E{number % 40:03d}_Map.tif").touch()
    compared = []

    def counted(name, names, **kinds):
        compared.append(len(names))
        return get_close_matches(name, names, **kinds)

    monkeypatch.setattr(file_lookup, "get_close_matches", counted)
    for typed, meant in [
        ("ESA_2021_N07E013_Mapp.tif", "ESA_2021_N07E013_Map.tif"),
        ("EAS_2021_N07E013_Map.tif", "ESA_2021_N07E013_Map.tif"),
        ("esa_2021_n07e013_map.tif", "ESA_2021_N07E013_Map.tif"),
    ]:
        assert nearest_file(str(tmp_path / typed)) == str(tmp_path / meant)
    assert max(compared) <= 40


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"embedding": {"raster": "sub/embeding.tif"}}, "did you mean 'sub/embedding.tif'?"),
        ({"reference": {"table": "sub/lables.csv"}}, "did you mean 'sub/labels.csv'?"),
        (
            {"reference": {"raster": "sub/demm.tif", "classes": "sub/label.csv"}},
            "did you mean 'sub/dem.tif'?",
        ),
        ({"reference": None, "model": "sub/modle.zip"}, "did you mean 'sub/model.zip'?"),
        ({"validation": {"table": "sub/labelz.csv"}}, "did you mean 'sub/labels.csv'?"),
    ],
)
def test_every_key_of_a_path_names_the_nearest_file(change, told, tmp_path):
    for name in ("embedding.tif", "labels.csv", "model.zip"):
        (tmp_path / "sub" / name).touch()
    section = {
        "embedding": {"raster": "sub/embedding.tif"},
        "reference": {"table": "sub/labels.csv"},
    }
    with pytest.raises(ConfigError) as refused:
        load_config({"map": section | change}, FileLookup(nobody))
    assert told in str(refused.value)


def test_a_file_of_the_demo_is_meant_though_it_is_not_made_yet():
    lookup = FileLookup(lambda path: path == "resources/demo/landcover.tif")
    assert lookup.nearest("resources/demo/landcovr.tif") == "resources/demo/landcover.tif"
    assert FileLookup(nobody).nearest("resources/demo/landcovr.tif") is None

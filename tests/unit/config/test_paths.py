"""The files that a configuration names: which are looked for, and what is said if one is not there.

See `test_file_lookup.py` for where they are looked for.
"""

from __future__ import annotations

import os

import pytest
from configurations import MAP, NO_RULE, VALID, changed, lines

from landloom.config.file_lookup import FileLookup
from landloom.config.whole import load_config


def test_files_are_not_looked_for_unless_asked():
    load_config(VALID)


def test_missing_ones_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    reason = f"no such file (looked in {tmp_path}); correct the path"
    assert lines(VALID, NO_RULE) == [
        f"config: dataset.landcover.raster: landcover.tif: {reason}",
        f"config: dataset.elevation.source: dem.tif: {reason}",
    ]


def test_missing_ones_of_a_list_are_named_each(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "classes.tif").touch()
    (line,) = lines(changed("map.embedding.raster", ["a.tif", "b.tif"], MAP), NO_RULE)
    assert line.startswith('config: map.embedding.raster: ["a.tif", "b.tif"]: a.tif: no such file')
    assert "; b.tif: no such file" in line


def test_those_that_are_there_or_made_by_a_rule_are_fine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dem.tif").touch()
    assert load_config(VALID, FileLookup(lambda path: path == "landcover.tif"))


@pytest.mark.parametrize(
    "path",
    [
        "/vsicurl/https://mrlc.example/a.tif",
        "s3://bucket/a.tif",
        "/vsizip//vsicurl/https://x.org/a.zip/a.tif",
    ],
)
def test_what_gdal_fetches_is_not_looked_for(path):
    assert load_config(with_rasters(path), NO_RULE).dataset.landcover.raster == path
    raw = changed("dataset.elevation.source", path, with_rasters("s3://bucket/classes.tif"))
    assert load_config(raw, NO_RULE).dataset.elevation.source == path


def with_rasters(path):
    raw = changed("dataset.landcover.raster", path)
    raw["dataset"]["elevation"]["source"] = "COP30"
    return raw


def wrapped(path):
    return lines(with_rasters(path), NO_RULE)[0].removeprefix("config: dataset.landcover.raster: ")


@pytest.mark.parametrize(
    ("path", "behind"),
    [
        ("/vsizip/a.zip/a.tif", "a.zip"),
        ("vrt://in/a.tif?bands=1", "in/a.tif"),
        ('NETCDF:"in/a.nc":cover', "in/a.nc"),
        ("vrt:///vsigzip/a.tif.gz", "a.tif.gz"),
    ],
)
def test_a_file_behind_another_name_is_missed(tmp_path, monkeypatch, path, behind):
    monkeypatch.chdir(tmp_path)
    said = wrapped(path)
    assert said.endswith(
        f": leads to {behind}, where no file is (looked in {tmp_path}); correct the path there"
    )
    assert said.startswith(path.partition("?")[0])
    made = FileLookup(lambda other: other == behind)
    assert load_config(with_rasters(path), made)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("b.tif", "leads to in/b.tif, where no file is"),
        ("{b}.tif", "leads to in/{b}.tif, which holds braces"),
        ("pipe", "leads to in/pipe, which is a named pipe; name files"),
    ],
)
def test_a_vrt_whose_source_cannot_be_an_input_is_refused(tmp_path, monkeypatch, name, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    os.mkfifo(tmp_path / "in/pipe")
    text = f'<VRTDataset><SourceFilename relativeToVRT="1">{name}</SourceFilename></VRTDataset>'
    (tmp_path / "in/a.vrt").write_text(text)
    assert wrapped("in/a.vrt").startswith(f"in/a.vrt: {said}")


def test_a_template_that_matches_no_tile(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "landcover.tif").touch()
    raw = changed("dataset.elevation.source", "dem/{ns}{lat}{ew}{lon}.tif")
    assert lines(raw, NO_RULE) == [
        "config: dataset.elevation.source: dem/{ns}{lat}{ew}{lon}.tif: none of the region's "
        "4 tiles is there (looked for dem/N42W117.tif); correct the template or the region"
    ]


@pytest.mark.parametrize("there", [True, False], ids=["there", "made by a rule"])
def test_a_template_that_matches_one_tile(tmp_path, monkeypatch, there):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "landcover.tif").touch()
    if there:
        (tmp_path / "N43W116.tif").touch()
    raw = changed("dataset.elevation.source", "{tile}.tif")
    assert load_config(raw, FileLookup(lambda path: not there and path == "N43W116.tif"))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("worldcover-2021", "comes in tiles"),
        ("b.tif", "must be an address"),
        ("https://u:p@x.org/a.tif", "carries a password"),
    ],
)
def test_a_download_that_is_none(address, said):
    (line,) = lines(VALID | {"downloads": {"a.tif": address}})
    assert line.startswith("config: downloads.a.tif: ")
    assert said in line
    assert "u:p" not in line


# What a folder of results is called, and what is said about it; nothing where it is taken.
@pytest.mark.parametrize(
    ("results", "said"),
    [
        ("a b/é日本", None),
        ("-x", None),
        ("a/", None),
        ("a/../b", None),
        ("../up", None),
        ('it\'s [a] "b" $c *', None),
        ("a{b}", "holds braces"),
        ("a\nb", "holds the character U+000A"),
        ("a\0b", "holds the character U+0000"),
        (" ", "must not be empty"),
        ("x" * 300, "has a name of 300 bytes; 240 are the most"),
        ("é" * 150, "has a name of 300 bytes; 240 are the most"),
        ("x/" * 2500, "is longer than 2000 bytes"),
        ("~/x", "begins with '~'"),
        ("s3://b/x", "is an address; name a folder on a disk"),
        (".", "is the folder of the run itself"),
        ("..", "is the folder of the run itself, or one round it"),
        ("/", "is the folder of the run itself, or one round it"),
    ],
)
def test_names_of_the_results_folder(results, said, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for name in ("landcover.tif", "dem.tif"):
        (tmp_path / "here" / name).touch()
    if said is None:
        assert load_config(changed("results", results), NO_RULE)
    else:
        (line,) = lines(changed("results", results), NO_RULE)
        assert line.startswith("config: results: ")
        assert said in line


@pytest.mark.parametrize("name", ["", "a{b}.tif", "x" * 300, "a\nb"])
def test_names_of_downloads(name):
    (line,) = lines(VALID | {"downloads": {name: "https://a.org/b.tif"}})
    assert line.startswith("config: downloads.")
    assert line.isprintable()


def test_files_whose_names_cannot_be_are_told_as_any_other():
    for key in ("landcover.raster", "landcover.legend", "elevation.source"):
        (line,) = lines(changed(f"dataset.{key}", "x" * 5000))
        assert line.startswith(f"config: dataset.{key}: xxx")

"""The section `map`: an embedding, labels, samples and blocks."""

from __future__ import annotations

import pytest
from configurations import MAP, NO_RULE, changed, lines, refusal

from landloom.config.map import ReferenceConfig
from landloom.config.whole import load_config


def test_defaults_are_those_of_the_documentation():
    section = load_config(MAP).map
    assert (section.embedding.encoding, section.embedding.nodata) == ("float", None)
    reference = section.reference
    assert (reference.x, reference.y, reference.label) == ("lon", "lat", "class")
    assert (reference.band, reference.crs) == (1, None)
    assert (reference.n_points, reference.seed, reference.classes_table) == (10_000, 42, None)
    samples = section.samples
    assert (samples.n, samples.min_share) == (5000, 0.01)
    assert (samples.test_fraction, samples.seed) == (0.2, 42)
    predict = section.predict
    assert (predict.block, predict.confidence, predict.probabilities) == (1024, True, False)


BOX = {"west": 5.1, "south": 52.0, "east": 5.2, "north": 52.1}
NAMED = changed("map.embedding", {"raster": "alphaearth-2021"}, changed("map.region", BOX, MAP))


def test_a_public_embedding_brings_its_encoding():
    for raster in ("alphaearth-2021", ["alphaearth-2021"]):
        section = load_config(changed("map.embedding.raster", raster, NAMED)).map
        assert section.embedding.encoding == "alphaearth"
        assert section.embedding.public.name == "alphaearth-2021"
        assert section.region.bounds == (5.1, 52.0, 5.2, 52.1)
    assert load_config(MAP).map.embedding.public is None


def test_a_region_may_go_with_rasters_of_the_users_own():
    assert load_config(changed("map.region", BOX, MAP)).map.region.bounds[0] == 5.1
    assert load_config(MAP).map.region is None


def test_a_public_embedding_needs_a_region():
    (line,) = lines(changed("map.embedding.raster", "alphaearth-2021", MAP))
    assert line.startswith("config: map.region: is missing: alphaearth-2021 is fetched for")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("encoding", "float", "alphaearth-2021 is alphaearth; leave the key out"),
        ("nodata", 0.0, "alphaearth-2021 brings its own; leave the key out"),
    ],
)
def test_a_public_embedding_is_not_told_what_it_is(key, value, said):
    (line,) = lines(changed(f"map.embedding.{key}", value, NAMED))
    assert line == f"config: map.embedding.{key}: {said}"


def test_an_unknown_year_is_told_with_those_that_are_known(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    raw = changed("map.embedding.raster", "alphaearth-2016", NAMED)
    (line,) = lines(changed("map.reference.raster", "worldcover-2021", raw), NO_RULE)
    assert line.endswith(
        "did you mean one of the public datasets 'alphaearth-2017' to 'alphaearth-2025'?"
    )


@pytest.mark.parametrize("word", ["Native", "AUTO", " auto "])
def test_words_for_the_maps_crs_may_be_written_in_capitals(word):
    crs = load_config(changed("map.predict.crs", word, MAP)).map.predict.crs
    assert crs == word.strip().lower()


def test_names_of_the_maps_crs_stay_as_they_are():
    assert load_config(changed("map.predict.crs", "epsg:3035", MAP)).map.predict.crs == "epsg:3035"


def reference(**keys: object) -> ReferenceConfig:
    return load_config(changed("map.reference", keys, MAP)).map.reference


def test_the_classes_are_the_users_or_those_of_the_public_dataset():
    assert reference(raster="worldcover-2021").classes_table == "worldcover"
    assert reference(raster="worldcover-2021", classes="my.csv").classes_table == "my.csv"
    assert reference(table="points.csv").classes_table is None


def test_one_raster_and_a_list_are_both_rasters():
    assert reference(raster="a.tif").rasters == ["a.tif"]
    assert reference(raster=["a.tif", "b.tif"]).rasters == ["a.tif", "b.tif"]
    assert reference(table="points.csv").rasters == []


@pytest.mark.parametrize(
    ("keys", "found"),
    [({}, "neither is"), ({"raster": "a.tif", "table": "points.csv"}, "both are")],
)
def test_a_raster_or_a_table_is_named_and_not_both(keys, found):
    assert lines(changed("map.reference", keys, MAP)) == [
        f"config: map.reference.raster: name a raster or a table, one of them; {found} given"
    ]


def test_a_table_of_classes_that_is_not_there_is_told_with_those_built_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("embedding.tif", "classes.tif"):
        (tmp_path / name).touch()
    assert lines(changed("map.reference.classes", "worldcovr", MAP), NO_RULE) == [
        f"config: map.reference.classes: worldcovr: no such file (looked in {tmp_path}); correct "
        "the path (built in are nlcd, worldcover)"
    ]


# Key, value, and what is said about them.
@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("embedding.raster", "nlcd-2021", "a public dataset of classes, not an embedding"),
        ("embedding.raster", ["alphaearth-2021", "b.tif"], "a public dataset; name it alone"),
        ("reference.raster", "alphaearth-2021", "a public embedding, not a raster of classes"),
        ("embedding.raster", ["a.tif", ""], '["a.tif", ""]: must not be empty'),
        ("embedding.raster", 3, "3: must be text or a list; put it in quotes"),
        ("embedding.encoding", "bytes", "bytes: must be one of 'float' or 'alphaearth'"),
        ("reference.table", "https://a.org/b.csv", "tables are read from files; fetch it"),
        ("reference.table", "alphaearth-2021", "tables are read from files"),
        ("reference.band", 0, "0: must be at least 1"),
        ("samples.n", 1, "1: must be at least 2"),
        ("samples.min_share", 2, "2: must lie between 0 and 1"),
        ("samples.test_fraction", 1, "1: must lie between 0 and 1, and be neither"),
        ("predict.block", 63, "63: must be at least 64"),
        ("predict.confidence", "yes", "yes: must be true or false"),
    ],
)
def test_a_bad_value_is_told_with_key_value_and_remedy(key, value, said):
    assert said in refusal(f"map.{key}", value, MAP)


def test_keys_are_refused_that_say_nothing_of_the_labels_given():
    def said(**keys: object) -> str:
        (line,) = lines(changed("map.reference", keys, MAP))
        return line

    places = "map.reference.{}: is for a table with layers"
    for key in ("layer", "where"):
        for given in ({"table": "a.csv"}, {"table": "a.parquet"}, {"raster": "a.tif"}):
            assert places.format(key) in said(**given, **{key: "x"})
        assert getattr(reference(table="a.gpkg", **{key: "x"}), key) == "x"
    for given in ({"table": "a.csv"}, {"raster": "a.tif"}):
        assert "per_polygon: is for a table of polygons" in said(**given, per_polygon=5)
    for given in ("a.shp", "A.GPKG", "a.fgb", "a.geojson", "a.json", "a.parquet", "a.geoparquet"):
        assert reference(table=given, per_polygon=5).may_have_polygons
    assert not reference(table="a.csv").may_have_polygons
    for keys in ({"per_class_min": 5}, {"allocation": "equal"}):
        assert f"give it as map.samples.{next(iter(keys))}" in said(table="a.csv", **keys)


def test_points_of_a_class_are_drawn_as_many_as_its_samples_need():
    def least(samples: int | None, points: int | None) -> int | None:
        raw = changed("map.samples", {"per_class_min": samples}, MAP)
        return load_config(changed("map.reference.per_class_min", points, raw)).map.points_per_class

    assert [least(None, None), least(30, None), least(30, 50)] == [None, 30, 50]


def test_numbers_of_classes():
    def allocation(given: object) -> object:
        return load_config(changed("map.samples.allocation", given, MAP)).map.samples.allocation

    assert allocation("equal") == "equal"
    assert allocation({10: 20, "water": 30}) == {"10": 20, "water": 30}
    for given in ("evenly", {}, {"water": 0}, {"water": "many"}, 7, {1: 5, "1": 6}):
        (line,) = lines(changed("map.samples.allocation", given, MAP))
        assert line.startswith("config: map.samples.allocation")
    (line,) = lines(changed("map.samples", {"n": 50, "allocation": {"a": 30, "b": 21}}, MAP))
    assert line == "config: map.samples.allocation: asks for 51, but 'n' is 50; raise it"
    (line,) = lines(changed("map.samples", {"n": 50, "per_class_min": 51}, MAP))
    assert line.startswith("config: map.samples.per_class_min: is more than 'n', 50")


def test_polygons_are_groups_and_points_need_them_named():
    def schemes(table: str) -> dict[str, object]:
        raw = changed("map.crossval", {"schemes": ["group"]}, MAP)
        return changed("map.reference", {"table": table}, raw)

    assert load_config(schemes("fields.gpkg")).map.schemes == ["group"]
    (line,) = lines(schemes("points.csv"))
    assert line.startswith("config: map.reference.group: is missing")


def test_a_shapefile_needs_what_belongs_to_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    raw = changed("map.reference", {"table": "labels.shp"}, MAP)
    for name in ("embedding.tif", "labels.shp", "labels.SHX"):
        (tmp_path / name).touch()
    (line,) = lines(raw, NO_RULE)
    assert "map.reference.table: labels.shp: lacks labels.dbf, which belong" in line
    (tmp_path / "labels.dbf").touch()  # and no .prj: map.reference.crs may tell it
    assert load_config(raw, NO_RULE).map.reference.table == "labels.shp"


def test_a_table_with_edits_beside_it_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    raw = changed("map.reference", {"table": "labels.gpkg"}, MAP)
    for name in ("embedding.tif", "labels.gpkg", "labels.gpkg-wal"):
        (tmp_path / name).touch()
    assert load_config(raw, NO_RULE).map.reference.table == "labels.gpkg"
    (tmp_path / "labels.gpkg-wal").write_bytes(b"edits")
    (line,) = lines(raw, NO_RULE)
    assert "map.reference.table: labels.gpkg: is being edited: labels.gpkg-wal beside" in line


@pytest.mark.parametrize("name", ["labels.tif", "labels.VRT"])
def test_a_raster_given_as_a_table_is_sent_to_its_key(name):
    (line,) = lines(changed("map.reference", {"table": name}, MAP))
    assert f"map.reference.table: {name}: is a raster; name it as map.reference.raster" in line


@pytest.mark.parametrize("name", ["labels.zip", "labels.KML", "labels.xlsx", "labels.gml"])
def test_tables_that_are_not_read_are_told_by_their_names(name):
    (line,) = lines(changed("map.reference", {"table": name}, MAP))
    assert "is no table that is read; export it as CSV, GeoPackage (.gpkg), GeoJSON" in line


@pytest.mark.parametrize(
    "embedding",
    [
        "./here/../classes.tif",
        ["other.tif", "classes.tif"],
        {2020: "other.tif", 2021: "classes.tif"},
    ],
)
def test_the_embedding_is_not_learned_from_as_labels(embedding):
    raw = changed("map.embedding.raster", embedding, MAP)
    (line,) = lines(raw)
    assert line == (
        "config: map.reference.raster: classes.tif: is the embedding, 'map.embedding.raster', too: "
        "a map would be judged by the numbers that it is made from; name a raster of classes here, "
        "and there the one that is mapped"
    )


def test_bands_of_one_file_are_rasters_of_their_own():
    raw = changed("map.embedding.raster", "vrt://classes.tif?bands=2", MAP)
    load_config(changed("map.reference.raster", "vrt://classes.tif?bands=1", raw))

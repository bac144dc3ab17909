"""An embedding of several years, as users write it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from configurations import MAP, NO_RULE, changed, lines

from landloom.config.resolved import config_text
from landloom.config.whole import Config, load_config

BOX = {"west": 5.1, "south": 52.0, "east": 5.2, "north": 52.1}
TABLE = {"table": "points.csv"}


def of(embedding: dict[str, Any], reference: dict[str, Any] | None = None) -> dict[str, Any]:
    """A map of an embedding, whose region is known."""
    whole = changed("map.embedding", embedding, changed("map.region", BOX, MAP))
    return whole if reference is None else changed("map.reference", reference, whole)


def loaded(embedding: dict[str, Any], reference: dict[str, Any] | None = None) -> Config:
    return load_config(of(embedding, reference))


@pytest.mark.parametrize(
    ("embedding", "by_year"),
    [
        (
            {"raster": "e_{year}.tif", "years": [2018, 2024]},
            {2018: ["e_2018.tif"], 2024: ["e_2024.tif"]},
        ),
        ({"raster": "{year}/e_{year}.tif", "years": 2018}, {2018: ["2018/e_2018.tif"]}),
        (
            {"raster": ["a{year}.tif", "b{year}.tif"], "years": [7, 8]},
            {7: ["a7.tif", "b7.tif"], 8: ["a8.tif", "b8.tif"]},
        ),
        (
            {"raster": {2018: ["a.tif", "b.tif"], 2024: "c.tif"}},
            {2018: ["a.tif", "b.tif"], 2024: ["c.tif"]},
        ),
        (
            {"raster": {"2018": "a.tif", "2024": "c.tif"}, "years": [2024, 2018]},
            {2024: ["c.tif"], 2018: ["a.tif"]},
        ),
        (
            {"raster": "alphaearth-{year}", "years": [2024, 2018]},
            {2024: ["alphaearth-2024"], 2018: ["alphaearth-2018"]},
        ),
    ],
    ids=["field", "one", "tiles", "lines", "json", "named"],
)
def test_each_year_has_its_rasters(embedding, by_year):
    section = loaded(embedding).map.embedding
    assert section.by_year == by_year
    assert list(section.by_year) == list(by_year)
    assert section.main_year == next(iter(by_year))
    assert section.rasters == next(iter(by_year.values()))


def test_without_years_there_are_none():
    config = load_config(MAP)
    assert (config.map.embedding.by_year, config.map.embedding.main_year) == ({}, None)
    assert config.map.training_years == []
    told = yaml.safe_load(config_text(config))["map"]
    assert told["embedding"] == {"raster": "embedding.tif", "encoding": "float", "nodata": None}
    assert "year" not in told["reference"]


def test_a_public_dataset_of_any_year_brings_its_encoding():
    section = loaded({"raster": "alphaearth-{year}", "years": [2018, 2024]}).map.embedding
    assert section.encoding == "alphaearth"
    assert section.public.name == "alphaearth-2018"


@pytest.mark.parametrize(
    ("train", "reference", "years"),
    [
        (None, None, [2018]),
        (2024, None, [2024]),
        ([2024, 2018], None, [2024, 2018]),
        (None, {**TABLE, "year": "jahr"}, [2018, 2024]),
        ([2024], {**TABLE, "year": "jahr"}, [2024]),
    ],
)
def test_what_is_trained_on(train, reference, years):
    embedding = {"raster": "e_{year}.tif", "years": [2018, 2024]}
    if train is not None:
        embedding["train"] = train
    section = loaded(embedding, reference).map
    assert section.training_years == years
    assert section.embedding.main_year == years[0]
    assert section.embedding.rasters == [f"e_{years[0]}.tif"]


def test_all_years_are_sources():
    config = loaded({"raster": "alphaearth-{year}", "years": [2018, 2024]})
    keys = [use for use in config.uses if use[0] == "map.embedding.raster"]
    assert [name for _, _, name in keys] == ["alphaearth-2018", "alphaearth-2024"]


def test_the_resolved_configuration_gives_it_again():
    config = loaded({"raster": "e_{year}.tif", "years": [2018, 2024], "train": 2024})
    told = yaml.safe_load(config_text(config))
    assert told["map"]["embedding"]["raster"] == {2018: "e_2018.tif", 2024: "e_2024.tif"}
    assert load_config(told) == config


@pytest.mark.parametrize(
    ("embedding", "said"),
    [
        (
            {"raster": "e_{year}.tif"},
            ["years: is missing, but 'raster' has {year}; give them, such as [2018, 2024]"],
        ),
        (
            {"raster": "e.tif", "years": [2018, 2024]},
            [
                "raster: e.tif is the same for all of 'years'; write {year} where they differ, or "
                "give a raster for each, as {2018: a.tif, 2024: b.tif}"
            ],
        ),
        (
            {"raster": "e_{year}.tif", "years": [2018, 2018], "train": 2019},
            [
                "years: 2018 is given twice; name it once",
                "train: 2019 is none of the years, which are 2018, 2018; give some of these",
            ],
        ),
        (
            {"raster": "alphaearth-{year}", "years": [2016, 2018, 2030], "train": [2018, 2018]},
            [
                "train: 2018 is given twice; name it once",
                "years: alphaearth-{year} has no 2016, 2030; its years are 2017 to 2025",
            ],
        ),
        (
            {"raster": {2018: "a.tif"}, "years": [2018, 2020, 2022]},
            ["raster: has none for 2020, 2022, of 'years'; add a line '2020:'"],
        ),
        (
            {"raster": {"x": "a.tif", 2018: "b.tif"}},
            ["years: x: is no year; give years, such as [2018, 2024]"],
        ),
        (
            {"raster": "e_{year}.tif", "years": []},
            ["years: is empty; give years, such as [2018, 2024]"],
        ),
        (
            {"raster": "e_{year}.tif", "years": ["2018"], "train": True},
            [
                "years: 2018: is no year; give years, such as [2018, 2024]",
                "train: True: is no year; give years, such as [2018, 2024]",
            ],
        ),
        (
            {"raster": {2018: "a.tif"}, "years": [[2018], {}]},
            ["years: [2018]: is no year; give years, such as [2018, 2024]"],
        ),
        (
            {"raster": "e.tif", "train": 2018},
            [
                "train: says which of 'years' the samples are of, but there are none; leave it out",
            ],
        ),
        (
            {"raster": {2018: "alphaearth-2018", 2024: "tessera-2024"}},
            ["raster: different embeddings, which one model cannot map; give years of one of them"],
        ),
        (
            {"raster": {2018: "a.tif", 2024: 3}},
            ["raster.2024: 3: must be text or a list; put it in quotes"],
        ),
        ({"raster": {2018: "b.tif", 2024: {"a": 1}}}, ["raster.2024: must be text or a list"]),
        ({"raster": {2018: "b.tif", 2024: {"str": 1}}}, ["raster.2024: must be text or a list"]),
        (
            {"raster": {2018: "a.tif", "2018": "b.tif"}},
            ["raster: has two lines for 2018, as a number and as text; keep one"],
        ),
        (
            {"raster": {2018: "a.tif", 2020: "b.tif", 2022: "c.tif"}, "years": 2018},
            [
                "raster: has a line for 2020, 2022, none of 'years', which are 2018; add it to "
                "these, or leave the line out"
            ],
        ),
        (
            {"raster": {2018: "a.tif", 2020: "c.tif", 2024: ["a.tif", "b.tif"]}},
            ["raster: a.tif is given for 2018, 2024; give each year its own raster"],
        ),
        (
            {"raster": {2018: "nlcd-2021"}},
            ["raster: nlcd-2021 is a public dataset of classes, not an embedding"],
        ),
    ],
)
def test_what_does_not_fit_is_told_at_once(embedding, said):
    assert lines(of(embedding)) == [f"config: map.embedding.{line}" for line in said]


@pytest.mark.parametrize(
    ("raster", "found"),
    [
        ("e_{year}.tif", "e_{year}.tif"),
        (["e_{year}.tif", "f_{year}.tif"], '["e_{year}.tif", "f_{year}.tif"]: e_{year}.tif'),
        ({2018: "e_2018.tif", 2024: "e_2024.tif"}, "e_{year}.tif"),
    ],
    ids=["field", "tiles", "lines"],
)
def test_every_year_whose_raster_is_not_there_is_named(raster, found):
    raw = of({"raster": raster, "years": [2018, 2024]})
    told = [line for line in lines(raw, NO_RULE) if "embedding" in line]
    assert [line.split(": no such file")[0] for line in told] == [
        f"config: map.embedding.raster.{year}: {found.replace('{year}', str(year))}"
        for year in (2018, 2024)
    ]


@pytest.mark.parametrize(
    ("embedding", "reference", "said"),
    [
        (
            {"raster": "e.tif"},
            {**TABLE, "year": "jahr"},
            "year: jahr: is for an embedding of several years; name these as map.embedding.years, "
            "or leave the key out",
        ),
        (
            {"raster": "e_{year}.tif", "years": [1, 2]},
            {"raster": "classes.tif", "year": "jahr"},
            "year: jahr: is a column of a table, but a raster is given; leave it out",
        ),
    ],
)
def test_a_column_of_years_needs_years_and_a_table(embedding, reference, said):
    assert lines(of(embedding, reference)) == [f"config: map.reference.{said}"]

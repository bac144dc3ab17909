"""The JSON schema for editors, and the document beside it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from configurations import VALID, changed

from landloom.config.schema import BEGIN, END, schema, schema_text, with_tables, write
from landloom.config.whole import load_config
from landloom.errors import ConfigError
from landloom.sources.catalogue import names

CONFIG = Path(__file__).parents[3] / "config"
FAMILIES = ("nlcd", "mapbiomas")
"""Public datasets with a map for each year."""

REMEDY = "it has fallen behind the model; run: make schema"

SECTIONS = {"Config": schema(), **schema()["$defs"]}
KEYS = {
    f"{section}.{key}": field
    for section, content in SECTIONS.items()
    for key, field in content["properties"].items()
}


class TestFiles:
    def test_the_schema_is_the_one_that_the_model_gives(self):
        assert (CONFIG / "schema.json").read_text() == schema_text(), REMEDY

    def test_the_tables_of_keys_are_those_that_the_model_gives(self):
        document = (CONFIG / "README.md").read_text()
        assert document == with_tables(document), REMEDY

    def test_only_what_stands_between_the_markers_is_written(self, tmp_path):
        (tmp_path / "README.md").write_text(f"Before.\n\n{BEGIN}\nof before\n{END}\n\nAfter.\n")
        write(tmp_path)
        before, rest = (tmp_path / "README.md").read_text().split(BEGIN)
        tables, after = rest.split(END)
        assert (before, after) == ("Before.\n\n", "\n\nAfter.\n")
        assert "of before" not in tables
        assert json.loads((tmp_path / "schema.json").read_text()) == schema()

    @pytest.mark.parametrize("document", ["", BEGIN, END, f"{BEGIN}{END}{BEGIN}{END}"])
    def test_a_document_without_its_markers_is_left_alone(self, tmp_path, document):
        (tmp_path / "README.md").write_text(document)
        with pytest.raises(ValueError, match="unpack"):
            write(tmp_path)
        assert (tmp_path / "README.md").read_text() == document


@pytest.mark.parametrize("key", KEYS)
def test_yaml_takes_no_key_for_something_else(key):
    """To YAML 1.1, as Snakemake reads it, `on`, `off`, `yes` and `no` are no names."""
    name = key.split(".")[-1]
    assert list(yaml.safe_load(f"{name}: 1")) == [name]


class TestDescriptions:
    @pytest.mark.parametrize("key", KEYS)
    def test_every_key_has_one(self, key):
        text = KEYS[key].get("description", "")
        assert re.fullmatch(r"(\S+ )+\S+\.", text), (
            f"write below {key}, in quotes, what it means, its unit and its default"
        )

    @pytest.mark.parametrize("key", [k for k, f in KEYS.items() if f.get("default", "") is None])
    def test_it_says_what_holds_if_the_key_is_left_out(self, key):
        assert "If left out" in KEYS[key]["description"]

    def test_they_name_the_public_datasets(self):
        elevation = KEYS["ElevationConfig.source"]["description"]
        assert set(names("elevation", "product")) <= set(re.findall(r"`([\w-]+)`", elevation))
        yearly = [
            [name for name in names("landcover") if name.startswith(family)] for family in FAMILIES
        ]
        others = [f"`{name}`" for name in names("landcover") if not name.startswith(FAMILIES)]
        for section in ("LandcoverConfig", "ReferenceConfig"):
            text = KEYS[f"{section}.raster"]["description"]
            for years in yearly:
                assert f"`{years[0]}` to `{years[-1]}`" in text
            assert all(other in text for other in others)


class TestMeaning:
    @pytest.mark.parametrize("section", SECTIONS)
    def test_every_key_can_be_completed_and_no_other(self, section):
        assert SECTIONS[section]["additionalProperties"] is False
        assert SECTIONS[section]["description"]

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("results", "elsewhere"),
            ("results", ""),
            ("results", 5),
            ("dataset", []),
            ("datset", {}),
            ("dataset.region.west", -180),
            ("dataset.region.west", -180.5),
            ("dataset.region.south", "x"),
            ("dataset.region.top", 3),
            ("dataset.landcover.raster", ""),
            ("dataset.landcover.unknown", [0, 250]),
            ("dataset.landcover.unknown", 0),
            ("dataset.landcover.reject", {"11": 1}),
            ("dataset.landcover.reject", {"11": 1.5}),
            ("dataset.landcover.reject", None),
            ("dataset.landcover.resolution", 0),
            ("dataset.landcover.resolution", 10.5),
            ("dataset.elevation.source", ["a.tif", "b.tif"]),
            ("dataset.elevation.source", []),
            ("dataset.elevation.source", [1]),
            ("dataset.elevation.max_nodata", 0),
            ("dataset.elevation.max_nodata", 1),
            ("dataset.elevation.max_nodata", -1),
            ("dataset.elevation.resampling", "cubic"),
            ("dataset.elevation.resampling", "cubik"),
            ("dataset.elevation.nodata", None),
            ("dataset.elevation.nodata", "none"),
            ("dataset.grid.n", 250),
            ("dataset.grid.n", 251),
            ("dataset.grid.n", 0),
            ("dataset.grid.n", 2.5),
            ("dataset.grid.test_fraction", 0.5),
            ("dataset.grid.test_fraction", 0),
            ("dataset.grid.test_fraction", 1),
            ("dataset.grid.buffer_km", -1),
            ("dataset.grid.seed", 2**32 - 1),
            ("dataset.grid.seed", 2**32),
            ("dataset.patches.size", 2),
            ("dataset.patches.size", 1),
            ("demo", {"region": VALID["dataset"]["region"], "missing_tiles": ["N42W117"]}),
            ("demo", {"region": VALID["dataset"]["region"], "missing_tiles": ["n42w117"]}),
            ("demo", {"seed": 3}),
        ],
    )
    def test_says_what_the_model_says(self, key, value):
        jsonschema = pytest.importorskip("jsonschema")
        raw = changed(key, value)
        validator = jsonschema.Draft202012Validator(schema())
        try:
            load_config(raw)
        except ConfigError:
            accepted = False
        else:
            accepted = True
        assert validator.is_valid(raw) == accepted

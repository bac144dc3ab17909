"""The section `dataset.landcover`: a raster, its legend, and the codes that are left out."""

from __future__ import annotations

import math

import pytest
import yaml
from configurations import changed, lines, refusal

from landloom.config.landcover import LandcoverConfig
from landloom.config.resolved import config_text
from landloom.config.whole import load_config
from landloom.legend.legends import NLCD, WORLDCOVER


def landcover(key: str, value: object) -> LandcoverConfig:
    return load_config(changed(f"dataset.landcover.{key}", value)).dataset.landcover


class TestDerived:
    @pytest.mark.parametrize(
        ("legend", "reject", "rejected"),
        [
            ("nlcd", None, {11: 0.9}),
            ("worldcover", None, {80: 0.9}),
            ("nlcd", {}, {}),
            ("nlcd", {95: 0.5, 11: 1, 21: 0}, {11: 1, 21: 0, 95: 0.5}),
            ("nlcd", {"11": 0.25}, {11: 0.25}),
        ],
    )
    def test_reject_is_open_water_unless_told_in_order_of_the_codes(self, legend, reject, rejected):
        raw = changed("dataset.landcover.legend", legend)
        raw["dataset"]["landcover"]["reject"] = reject
        found = load_config(raw).dataset.landcover.rejected
        assert list(found.items()) == list(rejected.items())

    @pytest.mark.parametrize(
        ("keys", "told"),
        [
            ({}, {"legend": "nlcd", "unknown": [0], "reject": {11: 0.9}}),
            ({"raster": "nlcd-2019"}, {"legend": "nlcd", "unknown": [0, 250], "reject": {11: 0.9}}),
            ({"legend": "worldcover"}, {"reject": {80: 0.9}}),
            ({"reject": {}, "unknown": []}, {"unknown": [], "reject": {}}),
        ],
    )
    def test_the_resolved_configuration_tells_what_is_in_force(self, keys, told):
        raw = changed("dataset.landcover", {"raster": "landcover.tif"} | keys)
        resolved = yaml.safe_load(config_text(load_config(raw)))
        assert resolved["dataset"]["landcover"].items() >= told.items()
        assert config_text(load_config(resolved)) == config_text(load_config(raw))

    @pytest.mark.parametrize(("name", "legend"), [("nlcd", NLCD), ("worldcover", WORLDCOVER)])
    def test_built_in_legends(self, name, legend):
        assert landcover("legend", name).classes == legend

    def test_a_legend_of_the_users_own(self, tmp_path):
        path = tmp_path / "legend.csv"
        path.write_text("code,name,color\n3,Field,AABBCC\n")
        own = landcover("legend", str(path))
        assert own.classes[3].name == "Field"
        assert own.rejected == {}

    def test_a_public_dataset_brings_its_legend_and_codes(self):
        public = landcover("raster", "nlcd-2019")
        assert (public.classes, public.unknown_codes) == (NLCD, [0, 250])
        public = landcover("raster", "worldcover-2020")
        assert public.classes == WORLDCOVER
        assert public.rejected == {80: 0.9}

    def test_what_brings_no_legend_needs_one(self, tmp_path):
        (line,) = lines(changed("dataset.landcover.raster", "mapbiomas-2024"))
        assert "dataset.landcover.legend: is missing: mapbiomas-2024 has no built-in" in line
        assert "https://brasil.mapbiomas.org" in line
        path = tmp_path / "legend.csv"
        path.write_text("code,name,color\n3,Forest,1F8D49\n")
        raw = changed("dataset.landcover", {"raster": "mapbiomas-2024", "legend": str(path)})
        own = load_config(raw).dataset.landcover
        assert (list(own.classes), own.unknown_codes, own.rejected) == ([3], [0], {})


class TestErrors:
    # Key, value, and what is said about them.
    @pytest.mark.parametrize(
        ("key", "value", "said"),
        [
            ("raster", "", '"": must not be empty'),
            ("raster", [], "[]: must not be empty"),
            ("raster", "s3://a:b@c/d.tif", "carries a password"),
            ("raster", "https://a/d.tif?X-Amz-Signature=1", "or a signature"),
            ("legend", "nlcdd", "nlcdd: no such legend; use nlcd, worldcover or"),
            ("legend", 1, "1: must be text; put it in quotes"),
            ("unknown", 0, "0: must be a list"),
            ("unknown", 3, "3: must be a list"),
            ("reject", [11], "[11]: must be a section of 'key: value' lines"),
            ("reject", {13: 0.5, 14: 1}, "codes [13, 14] are not in the legend"),
            ("resolution", 0, "0: must be at least 0.01"),
            ("resolution", math.inf, "Infinity: must be a number, and finite"),
        ],
    )
    def test_a_bad_value_is_told_with_key_value_and_remedy(self, key, value, said):
        assert said in refusal(f"dataset.landcover.{key}", value)

    def test_a_secret_is_not_shown(self):
        line = refusal("dataset.landcover.raster", "s3://me:1234@bucket/a.tif")
        assert "which do not belong in a configuration; give them through GDAL's" in line
        assert "1234" not in line

    @pytest.mark.parametrize(
        ("reject", "said"),
        [
            ({"water": 0.5}, "reject.water: water: must be a whole number"),
            ({11.5: 0.5}, "reject.11.5: 11.5: must be a whole number"),
            ({11: 1.2}, "reject.11: 1.2: must lie between 0 and 1"),
            (
                {11: None},
                "reject.11: null: must be a number; give it a value, or leave it out",
            ),
            ({True: 0.5}, "reject.1: true: must be a whole number"),
        ],
    )
    def test_the_line_of_a_section_is_named(self, reject, said):
        assert lines(changed("dataset.landcover.reject", reject)) == [
            f"config: dataset.landcover.{said}"
        ]

    def test_the_item_of_a_list_is_named(self):
        assert lines(changed("dataset.landcover.unknown", [0, "cloud"])) == [
            "config: dataset.landcover.unknown.1: cloud: must be a whole number"
        ]

    def test_a_legends_bad_rows_are_told(self, tmp_path):
        path = tmp_path / "legend.csv"
        path.write_text("code,name,color\n3,Field,AABBCC\n4,Sea,blue\n")
        (line,) = lines(changed("dataset.landcover.legend", str(path)))
        key = "config: dataset.landcover.legend"
        assert line.startswith(f"{key}: {path}: line 3: the colour 'blue' is not six hex")

"""The whole configuration: what it accepts, and what it says to a user who got it wrong."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml
from configurations import NO_RULE, VALID, changed, lines, refusal

from landloom.config.whole import load_config

ROOT = Path(__file__).parents[3]

FULL = yaml.safe_load("""
results: results
dataset:
  region: {west: -116, south: 42, east: -115, north: 43.5}
  landcover:
    raster: resources/demo/landcover.tif
    legend: nlcd
    unknown: [0, 250]
    reject: {11: 0.9, 12: 1}
    resolution: 30
  grid: {n: 50, test_fraction: 0.2, buffer_km: 0, seed: 827}
  patches: {size: 40, downsample: 2}
  elevation: {source: "dem/{tile}.tif", max_nodata: 0.25, resampling: bilinear, nodata: -9999}
demo:
  region: {west: -116.6, south: 42.6, east: -115.4, north: 43.4}
  seed: 1
  missing_tiles: [N42W117, S01E001]
""")


class TestAccepted:
    def test_results_go_to_results(self):
        raw = {"dataset": VALID["dataset"]}
        assert load_config(raw).results == "results"
        assert load_config(raw).demo is None

    def test_a_full_configuration_is_taken_as_it_stands(self):
        cfg = load_config(FULL)
        assert cfg.dataset.region.bounds == (-116, 42, -115, 43.5)
        assert cfg.dataset.landcover.rejected == {11: 0.9, 12: 1}
        assert cfg.demo.missing_tiles == ["N42W117", "S01E001"]

    def test_it_cannot_be_changed(self):
        cfg = load_config(VALID)
        with pytest.raises(ValueError, match="frozen"):
            cfg.dataset.grid.n = 3

    def test_the_shipped_configuration_is_valid_but_for_files(self):
        raw = yaml.safe_load((ROOT / "config/config.yaml").read_text())
        load_config({"dataset": VALID["dataset"], **raw})


class TestErrors:
    def test_three_at_once(self):
        raw = changed("dataset.grid.test_fraction", 1.5)
        raw["dataset"]["patches"] = {"size": "large"}
        raw["dataset"]["landcover"]["lengend"] = "nlcd"
        assert sorted(lines(raw)) == [
            "config: dataset.grid.test_fraction: 1.5: must lie between 0 and 1",
            "config: dataset.landcover.lengend: unknown key (did you mean 'legend'?)",
            "config: dataset.patches.size: large: must be a whole number",
        ]

    def test_no_fault_hides_another(self):
        raw = copy.deepcopy(VALID)
        raw["dataset"]["region"] = {"west": 3, "south": 43, "east": 2, "north": 42}
        raw["dataset"]["landcover"] |= {"reject": {13: 0.5}, "raster": "nowhere.tif"}
        raw["dataset"]["elevation"] = {"source": "nowhere/{tile}.tif", "max_nodata": 2}
        raw["dataset"]["grid"] = {"n": 1}
        assert [line.split(": ")[1] for line in lines(raw, NO_RULE)] == [
            "dataset.region.east",
            "dataset.region.north",
            "dataset.landcover.raster",
            "dataset.landcover.reject",
            "dataset.elevation.max_nodata",
            "dataset.grid.test_fraction",
        ]

    def test_missing_tiles_do_not_wait_for_other_errors(self):
        raw = changed("dataset.elevation.source", "nowhere/{tile}.tif")
        raw["dataset"]["patches"] = {"size": 0}
        keys = [line.split(": ")[1] for line in lines(raw, NO_RULE)]
        assert keys == [
            "dataset.landcover.raster",
            "dataset.elevation.source",
            "dataset.patches.size",
        ]

    @pytest.mark.parametrize(
        ("key", "remedy"),
        [
            ("datset", " (did you mean 'dataset'?)"),
            (
                "embedding",
                "; it belongs below 'map'; known here: results, downloads, dataset, map, figures, "
                "demo",
            ),
            (
                "dataset.size",
                "; it belongs below 'dataset.patches'; known here: region, landcover, "
                "elevation, grid, patches, publication",
            ),
            ("dataset.grdi", " (did you mean 'grid'?)"),
            ("dataset.grid.buffer", " (did you mean 'buffer_km'?)"),
            ("dataset.grid.colour", "; known here: n, test_fraction, buffer_km, seed"),
            ("dataset.region.top", "; known here: west, south, east, north"),
            ("demo.region.top", "; known here: west, south, east, north"),
            ("dataset.elevation.sources", " (did you mean 'source'?)"),
        ],
    )
    def test_an_unknown_key_is_told_with_the_known_ones(self, key, remedy):
        assert any(line == f"config: {key}: unknown key{remedy}" for line in lines(changed(key, 1)))

    def test_a_key_that_is_no_text(self):
        raw = copy.deepcopy(VALID)
        raw["dataset"][7] = raw[2030] = 1
        assert lines(raw) == [
            "config: dataset.7: unknown key; known here: "
            "region, landcover, elevation, grid, patches, publication",
            "config: 2030: unknown key; known here: "
            "results, downloads, dataset, map, figures, demo",
        ]

    @pytest.mark.parametrize("key", ["dataset.region", "dataset.landcover", "dataset.elevation"])
    def test_a_missing_section(self, key):
        raw = copy.deepcopy(VALID)
        del raw["dataset"][key.split(".")[1]]
        assert lines(raw) == [f"config: {key}: is missing; add it"]

    @pytest.mark.parametrize("raw", [{}, {"results": "out"}, {"dataset": None}])
    def test_nothing_to_build(self, raw):
        assert lines(raw) == [
            "config: dataset: this section and 'map' are missing: nothing to build; add one of them"
        ]

    # Key, value, and what is said about them.
    @pytest.mark.parametrize(
        ("key", "value", "said"),
        [
            ("results", "", '"": must not be empty'),
            ("results", 5, "5: must be text; put it in quotes"),
            ("results", None, "null: must be text; give it a value, or leave it out"),
            (
                "results",
                True,
                "true: must be text; put it in quotes: without them, yes, no",
            ),
            ("results", ["a"], '["a"]: must be text; give one value, without brackets'),
            ("dataset", "all", "all: must be a section with keys of its own"),
            ("dataset", [1], "[1]: must be a section with keys of its own"),
        ],
    )
    def test_a_bad_value_is_told_with_key_value_and_remedy(self, key, value, said):
        assert said in refusal(key, value)

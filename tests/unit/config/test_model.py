"""The configuration: what it accepts, and what it says to a user who got it wrong."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path

import pytest
import yaml

from landloom.config import model as config
from landloom.config.file_lookup import FileLookup
from landloom.config.model import load_config
from landloom.dataset.cells import Grid
from landloom.errors import ConfigError
from landloom.legend.legends import NLCD, WORLDCOVER

ROOT = Path(__file__).parents[3]

VALID = yaml.safe_load("""
results: out
dataset:
  region: {west: -116.6, south: 42.6, east: -115.4, north: 43.4}
  landcover: {raster: landcover.tif}
  elevation: {source: dem.tif}
""")

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

JARGON = (
    "Input should",
    "valid",
    "type=",
    "Value error",
    "pydantic",
    "unable to",
    "[key]",
    "Error(",
)


def changed(key: str, value: object) -> dict:
    """The valid configuration with one key set."""
    raw = copy.deepcopy(VALID)
    *sections, last = key.split(".")
    section = raw
    for name in sections:
        section = section.setdefault(name, {})
    section[last] = value
    return raw


def lines(raw: object, places=None) -> list[str]:
    """What is said about a configuration that is wrong."""
    with pytest.raises(ConfigError) as caught:
        load_config(raw, places)
    return str(caught.value).split("\n")


NO_RULE = FileLookup(lambda _: False)
"""No file is made by a rule."""


class TestDefaults:
    def test_are_those_of_the_documentation(self):
        dataset = load_config(VALID).dataset
        assert dataset.landcover.classes == NLCD
        assert dataset.landcover.unknown_codes == [0]
        assert dataset.landcover.rejected == {11: 0.9}
        assert dataset.landcover.resolution == 30
        assert (dataset.grid.n, dataset.grid.test_fraction) == (50, 0.2)
        assert (dataset.grid.buffer_km, dataset.grid.seed) == (0, 827)
        assert (dataset.patches.size, dataset.patches.downsample) == (40, 2)
        assert (dataset.elevation.max_nodata, dataset.elevation.nodata) == (0.25, None)
        assert dataset.elevation.resampling == "bilinear"

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


class TestDerived:
    def test_cells(self):
        raw = changed("dataset.grid.n", 4)
        assert load_config(raw).dataset.cells == Grid((-116.6, 42.6, -115.4, 43.4), 4)

    def test_reach_is_half_a_patchs_diagonal_and_a_tenth(self):
        # 40 x 2 pixels of 30 m: a square of 2400 m.
        assert load_config(VALID).dataset.reach == pytest.approx(1.1 * 1697.0563, abs=0.001)

    def test_tiles_of_a_cell_and_of_the_region(self):
        raw = changed("dataset.grid.n", 4)
        dataset = load_config(raw).dataset
        assert dataset.tiles == ["N42W117", "N42W116", "N43W117", "N43W116"]
        assert dataset.tiles_of("r003c000") == ["N42W117"]
        # Its east edge is 116 W: patches of that cell reach over it.
        assert dataset.tiles_of("r003c001") == ["N42W117", "N42W116"]

    def test_every_cells_tiles_are_among_the_regions(self):
        dataset = load_config(changed("dataset.grid.n", 9)).dataset
        of_cells = {tile for cell in dataset.cells.names() for tile in dataset.tiles_of(cell)}
        assert of_cells == set(dataset.tiles)

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

    @pytest.mark.parametrize(("name", "legend"), [("nlcd", NLCD), ("worldcover", WORLDCOVER)])
    def test_built_in_legends(self, name, legend):
        assert (
            load_config(changed("dataset.landcover.legend", name)).dataset.landcover.classes
            == legend
        )

    def test_a_legend_of_the_users_own(self, tmp_path):
        path = tmp_path / "legend.csv"
        path.write_text("code,name,color\n3,Field,AABBCC\n")
        raw = changed("dataset.landcover.legend", str(path))
        landcover = load_config(raw).dataset.landcover
        assert landcover.classes[3].name == "Field"
        assert landcover.rejected == {}

    def test_a_template_or_one_raster(self):
        assert load_config(VALID).dataset.elevation.template is None
        raw = changed("dataset.elevation.source", "dem/{tile}.tif")
        assert load_config(raw).dataset.elevation.template.path("N42W117") == "dem/N42W117.tif"

    def test_a_public_dataset_is_all_that_has_to_be_named(self):
        landcover = load_config(changed("dataset.landcover.raster", "nlcd-2019")).dataset.landcover
        assert (landcover.classes, landcover.unknown_codes) == (NLCD, [0, 250])
        raw = changed("dataset.landcover.raster", "worldcover-2020")
        dataset = load_config(raw).dataset
        assert dataset.landcover.classes == WORLDCOVER
        assert dataset.landcover.rejected == {80: 0.9}
        # 116.6 W to 115.4 W and 42.6 N to 43.4 N: one tile of 3 degrees, N42W117.
        assert dataset.landcover_tiles == []
        assert dataset.landcover_raster.endswith("_v100_N42W117_Map.tif")
        raw["dataset"]["region"]["east"] = -112.0
        assert load_config(raw).dataset.landcover_tiles == ["worldcover-2020"]

    @pytest.mark.parametrize("name", ["MAPZEN", "SRTM1"])
    def test_products_of_the_package(self, name):
        elevation = load_config(changed("dataset.elevation.source", name)).dataset.elevation
        assert (elevation.tiled, elevation.fetched, elevation.template) == (True, True, None)
        assert elevation.address == "MAPZEN"
        assert elevation.store == "resources/elevation/MAPZEN"

    def test_copernicus_by_its_public_bucket(self):
        elevation = load_config(changed("dataset.elevation.source", "COP30")).dataset.elevation
        assert (elevation.tiled, elevation.fetched) == (True, True)
        name = "Copernicus_DSM_COG_10_S05_00_E009_00_DEM"
        path = elevation.template.path("S05E009")
        assert path == f"https://copernicus-dem-30m.s3.amazonaws.com/{name}/{name}.tif"

    def test_each_template_by_address_has_a_store_of_its_own(self):
        stores = {
            load_config(changed("dataset.elevation.source", source)).dataset.elevation.store
            for source in ("https://a.org/{tile}.tif", "https://a.org/b/{tile}.tif")
        }
        assert len(stores) == 2
        assert all(store.startswith("resources/elevation/a.org-") for store in stores)


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

    @pytest.mark.parametrize(
        ("address", "said"),
        [
            ("worldcover-2021", "comes in tiles"),
            ("b.tif", "must be an address"),
            ("https://u:p@x.org/a.tif", "carries a password"),
        ],
    )
    def test_a_download_that_is_none(self, address, said):
        (line,) = lines(VALID | {"downloads": {"a.tif": address}})
        assert line.startswith("config: downloads.a.tif: ")
        assert said in line
        assert "u:p" not in line

    def test_a_key_that_is_no_text(self):
        raw = copy.deepcopy(VALID)
        raw["dataset"][7] = raw[2030] = 1
        assert lines(raw) == [
            "config: dataset.7: unknown key; known here: "
            "region, landcover, elevation, grid, patches",
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
            ("results", None, "null: must be text; put it in quotes"),
            ("dataset", "all", "all: must be a section with keys of its own"),
            ("dataset", [1], "[1]: must be a section with keys of its own"),
            ("dataset.region", [1, 2], "[1, 2]: must be a section with keys of its own"),
            ("dataset.region.west", "116W", "116W: must be a number"),
            ("dataset.region.west", True, "true: must be a number"),
            ("dataset.region.west", -200, "-200: must lie between -180 and 180"),
            ("dataset.region.south", -90.5, "-90.5: must lie between -90 and 90"),
            ("dataset.region.north", math.nan, "NaN: must be a number, and finite"),
            ("dataset.region.east", math.inf, "Infinity: must be a number, and finite"),
            ("dataset.region.east", -116.6, "must lie east of west, -116.6 (a region across"),
            ("dataset.region.east", -117, "-117: must lie east of west, -116.6"),
            ("dataset.region.north", 42.6, "42.6: must lie north of south, 42.6"),
            ("dataset.landcover.raster", "", '"": must not be empty'),
            ("dataset.landcover.raster", [], "[]: must not be empty"),
            ("dataset.landcover.raster", "s3://a:b@c/d.tif", "carries a password"),
            ("dataset.landcover.raster", "https://a/d.tif?X-Amz-Signature=1", "or a signature"),
            ("dataset.landcover.legend", "nlcdd", "nlcdd: no such legend; use nlcd, worldcover or"),
            ("dataset.landcover.legend", 1, "1: must be text; put it in quotes"),
            ("dataset.landcover.unknown", 0, "0: must be a list"),
            ("dataset.landcover.unknown", 3, "3: must be a list"),
            ("dataset.landcover.reject", [11], "[11]: must be a section of 'code: share' lines"),
            ("dataset.landcover.reject", {13: 0.5, 14: 1}, "codes [13, 14] are not in the legend"),
            ("dataset.landcover.resolution", 0, "0: must be greater than 0"),
            ("dataset.landcover.resolution", math.inf, "Infinity: must be a number, and finite"),
            ("dataset.elevation.source", "", '"": must not be empty'),
            ("dataset.elevation.source", "dem/{lat}.tif", "dem/{lat}.tif: a tile template names"),
            ("dataset.elevation.source", "dem/{tile.tif", "dem/{tile.tif: not a tile template"),
            ("dataset.elevation.source", "{tile}{lat.x}", "{tile}{lat.x}: not a tile template"),
            ("dataset.elevation.source", "ftp://x.org/{tile}.tif", "tiles are fetched from"),
            ("dataset.elevation.source", "https://a:b@x.org/{tile}.tif", "carries a password"),
            ("dataset.elevation.max_nodata", 1.01, "1.01: must lie between 0 and 1"),
            ("dataset.elevation.max_nodata", -0.01, "-0.01: must lie between 0 and 1"),
            ("dataset.elevation.resampling", "cubik", "cubik: must be one of 'nearest'"),
            ("dataset.elevation.resampling", 3, "3: must be one of 'nearest'"),
            ("dataset.elevation.nodata", math.nan, "NaN: must be a number, and finite"),
            ("dataset.grid.n", 0, "0: must be at least 1"),
            ("dataset.grid.n", -3, "-3: must be at least 1"),
            ("dataset.grid.n", 2.5, "2.5: must be a whole number"),
            ("dataset.grid.n", True, "true: must be a whole number"),
            ("dataset.grid.n", "50", "50: must be a whole number"),
            ("dataset.grid.test_fraction", 1.5, "1.5: must lie between 0 and 1"),
            ("dataset.grid.test_fraction", 1, "1: must lie between 0 and 1, and be neither"),
            ("dataset.grid.test_fraction", 0, "0: must lie between 0 and 1, and be neither"),
            ("dataset.grid.test_fraction", math.nan, "NaN: must be a number, and finite"),
            ("dataset.grid.test_fraction", 0.0003, "0.0003: of 2500 cells gives no test"),
            ("dataset.grid.buffer_km", -1, "-1: must be at least 0"),
            ("dataset.grid.buffer_km", math.inf, "Infinity: must be a number, and finite"),
            ("dataset.grid.seed", -1, "-1: must be at least 0"),
            ("dataset.grid.seed", 2**32, "4294967296: must be less than 4294967296"),
            ("dataset.grid.seed", "now", "now: must be a whole number"),
            ("dataset.patches.size", 1, "1: must be at least 2"),
            ("dataset.patches.downsample", 0, "0: must be at least 1"),
            ("dataset.patches.downsample", 2.0, "2.0: must be a whole number"),
        ],
    )  # fmt: skip
    def test_a_bad_value_is_told_with_key_value_and_remedy(self, key, value, said):
        (line,) = lines(changed(key, value))
        assert line.startswith(f"config: {key}: ")
        assert said in line
        assert not any(word in line for word in JARGON)

    @pytest.mark.parametrize(
        ("reject", "said"),
        [
            ({"water": 0.5}, "reject.water: water: must be a whole number"),
            ({11.5: 0.5}, "reject.11.5: 11.5: must be a whole number"),
            ({11: 1.2}, "reject.11: 1.2: must lie between 0 and 1"),
            ({11: None}, "reject.11: null: must be a number"),
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

    def test_a_tile_that_is_none(self):
        demo = {"region": VALID["dataset"]["region"], "missing_tiles": ["N42W117", "n42w117"]}
        assert lines(changed("demo", demo)) == [
            "config: demo.missing_tiles.1: n42w117: must be the name of a tile, such as N42W117"
        ]

    def test_a_legends_bad_rows_are_told(self, tmp_path):
        path = tmp_path / "legend.csv"
        path.write_text("code,name,color\n3,Field,AABBCC\n4,Sea,blue\n")
        (line,) = lines(changed("dataset.landcover.legend", str(path)))
        key = "config: dataset.landcover.legend"
        assert line == f"{key}: {path}: line 3: color 'blue' is not RRGGBB"


class TestFiles:
    def test_are_not_looked_for_unless_asked(self):
        load_config(VALID)

    def test_missing_ones_are_named(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        reason = f"no such file (looked in {tmp_path}); correct the path"
        assert lines(VALID, NO_RULE) == [
            f"config: dataset.landcover.raster: landcover.tif: {reason}",
            f"config: dataset.elevation.source: dem.tif: {reason}",
        ]

    def test_those_that_are_there_or_made_by_a_rule_are_fine(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "dem.tif").touch()
        assert load_config(VALID, FileLookup(lambda path: path == "landcover.tif"))

    @pytest.mark.parametrize(
        "path", ["/vsicurl/https://mrlc.example/a.tif", "s3://bucket/a.tif", "/vsizip/a.zip/a.tif"]
    )
    def test_what_gdal_fetches_is_not_looked_for(self, path):
        raw = changed("dataset.landcover.raster", path)
        raw["dataset"]["elevation"]["source"] = path
        assert load_config(raw, NO_RULE).dataset.landcover.raster == path

    def test_a_template_that_matches_no_tile(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "landcover.tif").touch()
        raw = changed("dataset.elevation.source", "dem/{ns}{lat}{ew}{lon}.tif")
        assert lines(raw, NO_RULE) == [
            "config: dataset.elevation.source: dem/{ns}{lat}{ew}{lon}.tif: none of the region's "
            "4 tiles is there (looked for dem/N42W117.tif); correct the template or the region"
        ]

    @pytest.mark.parametrize("there", [True, False], ids=["there", "made by a rule"])
    def test_a_template_that_matches_one_tile(self, tmp_path, monkeypatch, there):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "landcover.tif").touch()
        if there:
            (tmp_path / "N43W116.tif").touch()
        raw = changed("dataset.elevation.source", "{tile}.tif")
        assert load_config(raw, FileLookup(lambda path: not there and path == "N43W116.tif"))


class TestSchema:
    def test_the_file_is_the_one_that_the_model_gives(self):
        remedy = (
            "run: PYTHONPATH=workflow/scripts python -m landloom.config.model > config/schema.json"
        )
        assert (ROOT / "config/schema.json").read_text() == config.schema(), remedy

    def test_every_key_can_be_completed_and_no_other(self):
        schema = json.loads(config.schema())
        for section in [schema, *schema["$defs"].values()]:
            assert section["additionalProperties"] is False
            assert section["description"]

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
            ("dataset.elevation.max_nodata", 0),
            ("dataset.elevation.max_nodata", 1),
            ("dataset.elevation.max_nodata", -1),
            ("dataset.elevation.resampling", "cubic"),
            ("dataset.elevation.resampling", "cubik"),
            ("dataset.elevation.nodata", None),
            ("dataset.elevation.nodata", "none"),
            ("dataset.grid.n", 1000),
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
        validator = jsonschema.Draft202012Validator(json.loads(config.schema()))
        try:
            load_config(raw)
        except ConfigError:
            accepted = False
        else:
            accepted = True
        assert validator.is_valid(raw) == accepted

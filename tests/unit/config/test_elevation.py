"""The section `dataset.elevation`: public products, tile templates and single rasters."""

from __future__ import annotations

import math

import pytest
from configurations import VALID, changed, refusal

from landloom.config.elevation import ElevationConfig
from landloom.config.whole import load_config


def elevation(source: str | list[str]) -> ElevationConfig:
    return load_config(changed("dataset.elevation.source", source)).dataset.elevation


class TestDerived:
    @pytest.mark.parametrize(
        ("source", "rasters"),
        [
            ("a.tif", ["a.tif"]),
            (["a.tif"], ["a.tif"]),
            (["a.tif", "s3://b/c.tif"], ["a.tif", "s3://b/c.tif"]),
            ("{tile}.tif", []),
            ("COP30", []),
        ],
    )
    def test_rasters(self, source, rasters):
        loaded = elevation(source)
        assert loaded.rasters == rasters
        assert loaded.tiled == (not rasters)
        assert loaded.fetched == (source == "COP30")

    def test_a_template_or_one_raster(self):
        assert load_config(VALID).dataset.elevation.template is None
        assert elevation("dem/{tile}.tif").template.path("N42W117") == "dem/N42W117.tif"

    @pytest.mark.parametrize("name", ["MAPZEN", "SRTM1"])
    def test_products_of_the_package(self, name):
        product = elevation(name)
        assert (product.tiled, product.fetched, product.template) == (True, True, None)
        assert product.address == "MAPZEN"
        assert product.store == "resources/elevation/MAPZEN"

    def test_copernicus_by_its_public_bucket(self):
        copernicus = elevation("COP30")
        assert (copernicus.tiled, copernicus.fetched) == (True, True)
        name = "Copernicus_DSM_COG_10_S05_00_E009_00_DEM"
        path = copernicus.template.path("S05E009")
        assert path == f"https://copernicus-dem-30m.s3.amazonaws.com/{name}/{name}.tif"

    def test_each_template_by_address_has_a_store_of_its_own(self):
        stores = {
            elevation(source).store
            for source in ("https://a.org/{tile}.tif", "https://a.org/b/{tile}.tif")
        }
        assert len(stores) == 2
        assert all(store.startswith("resources/elevation/a.org-") for store in stores)


# Key, value, and what is said about them.
@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("source", "", '"": must not be empty'),
        ("source", "alphaearth-2021", "a public dataset of something else than heights"),
        ("source", [], "[]: must not be empty"),
        ("source", 5, "5: must be text or a list; put it in quotes"),
        ("source", ["a.tif", "COP30"], "COP30 is a public product, and a list holds rasters only"),
        ("source", ["a.tif", "{tile}.tif"], "{tile}.tif is a template of tiles, and a list holds"),
        ("source", ["a.tif", "a.tif"], "a.tif is given twice; name it once"),
        ("source", ["https://a:b@x.org/a.tif"], "carries a password"),
        ("source", "dem/{lat}.tif", "dem/{lat}.tif: a tile template names"),
        ("source", "dem/{tile.tif", "dem/{tile.tif: not a tile template"),
        ("source", "{tile}{lat.x}", "{tile}{lat.x}: not a tile template"),
        ("source", "ftp://x.org/{tile}.tif", "tiles are fetched from"),
        ("source", "https://a:b@x.org/{tile}.tif", "carries a password"),
        ("max_nodata", 1.01, "1.01: must lie between 0 and 1"),
        ("max_nodata", -0.01, "-0.01: must lie between 0 and 1"),
        ("resampling", "cubik", "cubik: must be one of 'nearest'"),
        ("resampling", 3, "3: must be one of 'nearest'"),
        ("nodata", math.nan, "NaN: must be a number, and finite"),
    ],
)
def test_a_bad_value_is_told_with_key_value_and_remedy(key, value, said):
    assert said in refusal(f"dataset.elevation.{key}", value)

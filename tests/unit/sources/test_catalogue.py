"""Public datasets by name."""

import elevation
import pytest

from landloom.legend.legends import BUILT_IN
from landloom.sources.catalogue import catalogue, is_local, named, names, resolve

PUBLIC = list(catalogue().values())


def test_it_has_all_products_of_the_elevation_package():
    assert {source.name for source in PUBLIC if source.kind == "product"} == set(elevation.PRODUCTS)


def test_the_packages_old_name_means_the_new_one():
    assert named("SRTM1", "product") == named("MAPZEN", "product")
    assert set(elevation.RETIRED_PRODUCTS) == {"SRTM1"}
    assert "SRTM1" in names("product")
    assert "SRTM1" not in names("landcover")


@pytest.mark.parametrize("source", PUBLIC, ids=lambda source: source.name)
def test_whoever_uses_one_is_told_its_licence(source):
    if source.kind != "product":  # the package knows about those
        told = (source.title, source.licence, source.attribution, source.citation, source.page)
        assert all(told)
        assert source.url.startswith("https://")
        assert "{year}" not in source.url + source.title


@pytest.mark.parametrize("source", PUBLIC, ids=lambda source: source.name)
def test_land_cover_has_a_legend(source):
    assert (source.legend in BUILT_IN) == (source.kind == "landcover")


def test_a_year_of_nlcd():
    assert resolve(["nlcd-1985"], (0, 0, 1, 1)) == [
        "https://s3-us-west-2.amazonaws.com/mrlc/Annual_NLCD_LndCov_1985_CU_C1V0.tif"
    ]
    assert named("nlcd-1984", "landcover") is None


def test_tiles_of_worldcover_are_three_degrees_wide_from_the_equator():
    tiles = [path[-15:-8] for path in resolve(["worldcover-2021"], (-3.5, -0.1, 0.1, 3.0))]
    assert tiles == ["S03W006", "S03W003", "S03E000", "N00W006", "N00W003", "N00E000"]


def test_other_paths_stay_in_their_order():
    paths = ["b.tif", "nlcd-2021", "https://x.org/a.tif"]
    assert resolve(paths, (0, 0, 1, 1))[::2] == ["b.tif", "https://x.org/a.tif"]


@pytest.mark.parametrize("path", ["a.tif", "nlcd.tif", "/data/nlcd-2021.tif", "COP30"])
def test_a_file_is_local(path):
    assert is_local(path)


@pytest.mark.parametrize(
    "path",
    ["nlcd-2021", "https://x.org/a.tif", "s3://b/a.tif", "/vsicurl/https://x.org/a.tif",
     "/vsizip/a.zip/a.tif", "NETCDF:a.nc:b"],
)  # fmt: skip
def test_no_file_to_depend_on(path):
    assert not is_local(path)

"""Public datasets by name."""

import re

import elevation
import pytest

from landloom.legend.legends import BUILT_IN
from landloom.sources.catalogue import alternatives, catalogue, is_local, meant, named, names

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
        assert "{year}" not in source.title


@pytest.mark.parametrize("source", PUBLIC, ids=lambda source: source.name)
def test_land_cover_has_a_legend_or_needs_one(source):
    if source.kind == "landcover" and not source.name.startswith("mapbiomas"):
        assert source.legend in BUILT_IN
    else:
        assert source.legend is None


@pytest.mark.parametrize("source", PUBLIC, ids=lambda source: source.name)
def test_it_is_had_in_several_places_none_of_which_is_told_twice(source):
    urls = [address.url for address in source.addresses]
    assert len(set(urls)) == len(urls)
    assert (len(urls) > 1) == (source.kind != "product")
    for address in source.addresses:
        assert address.url.startswith("https://")
        assert "{year}" not in address.url
        assert re.fullmatch(r"20\d\d-[01]\d", address.checked)
        assert ("{bbox}" in address.url) == (address.kind == "wcs")


@pytest.mark.parametrize("source", PUBLIC, ids=lambda source: source.name)
def test_what_a_service_cuts_has_a_grid(source):
    """And is the last resort: its answers are cut anew for each run."""
    kinds = [address.kind for address in source.addresses]
    assert kinds == sorted(kinds)
    if "wcs" in kinds:
        promise = source.promise
        assert None not in (promise.crs, promise.pixel, promise.origin, promise.size)
        assert (promise.dtype, promise.bands) == ("uint8", 1)


def test_years():
    for name in ("nlcd", "mapbiomas"):
        assert named(f"{name}-1984", "landcover") is None
        assert named(f"{name}-1985", "landcover")
        assert named(f"{name}-2024", "landcover")
        assert named(f"{name}-2025", "landcover") is None
    first, *_, service = named("nlcd-1985", "landcover").addresses
    assert first.of("").endswith("/Annual_NLCD_LndCov_1985_CU_C1V1.tif")
    assert "&time=1985-01-01T00:00:00.000Z&" in service.url


def test_years_of_an_embedding_share_their_folders():
    assert named("alphaearth-2016", "embedding") is None
    first, last = named("alphaearth-2017", "embedding"), named("alphaearth-2025", "embedding")
    assert first.addresses == last.addresses
    assert first.family == last.family == "alphaearth"
    assert {address.kind for address in first.addresses} == {"index"}
    for address in first.addresses:
        assert address.below("2017/31N/a.tiff").endswith("/v1/annual/2017/31N/a.tiff")
    assert named("alphaearth-2021", "landcover") is None


def test_tiles_of_worldcover_are_three_degrees_wide_from_the_equator():
    source = named("worldcover-2021", "landcover")
    tiles = source.tiles((-3.5, -0.1, 0.1, 3.0))
    assert tiles == ["S03W006", "S03W003", "S03E000", "N00W006", "N00W003", "N00E000"]
    for address in source.addresses:
        assert address.of("S03W006").endswith("/ESA_WorldCover_10m_2021_v200_S03W006_Map.tif")


def test_an_address_has_alternatives_where_it_is_a_public_datasets_first():
    cop30 = named("COP30", "elevation")
    assert alternatives(cop30.url) == [address.url for address in cop30.addresses]
    assert len(alternatives(named("nlcd-2021", "landcover").url)) == 2  # a service has no file
    for other in ("https://x.org/{tile}.tif", cop30.addresses[1].url, ""):
        assert alternatives(other) == [other]


def test_a_dataset_in_one_file_has_one_tile_without_a_name():
    assert named("nlcd-2021", "landcover").tiles((0, 0, 1, 1)) == [""]


@pytest.mark.parametrize("path", ["a.tif", "nlcd.tif", "/data/nlcd-2021.tif", "COP30"])
def test_a_file_is_local(path):
    assert is_local(path)


@pytest.mark.parametrize(
    "path",
    ["nlcd-2021", "alphaearth-2021", "https://x.org/a.tif", "s3://b/a.tif", "/vsicurl/https://x.org/a.tif",
     "/vsizip/a.zip/a.tif", "NETCDF:a.nc:b"],
)  # fmt: skip
def test_no_file_to_depend_on(path):
    assert not is_local(path)


ALPHAEARTH = "one of the public datasets 'alphaearth-2017' to 'alphaearth-2025'"
MEANT = {
    "alphaearth-2030": ALPHAEARTH,
    "AlphaEarth": ALPHAEARTH,
    "alphaerth-1999": ALPHAEARTH,
    "alphaerth-2021": "the public dataset 'alphaearth-2021'",
    "tessera-2025": "one of the public datasets 'tessera-2017' to 'tessera-2024', "
    "'tessera-v1.1-2017' to 'tessera-v1.1-2025'",
    "tessera-v1.1-2016": "one of the public datasets 'tessera-v1.1-2017' to 'tessera-v1.1-2025'",
    "NLCD_2021": "the public dataset 'nlcd-2021'",
    "nlcd2021": "the public dataset 'nlcd-2021'",
    "nlcd-21": "one of the public datasets 'nlcd-1985' to 'nlcd-2024'",
    "mapbiomas-2025": "one of the public datasets 'mapbiomas-1985' to 'mapbiomas-2024'",
    "worldcover-2022": "one of the public datasets 'worldcover-2020' to 'worldcover-2021'",
}


@pytest.mark.parametrize("word", MEANT)
def test_a_name_with_a_fault_is_told_with_those_that_there_are(word):
    assert meant(word, "landcover", "embedding") == f"did you mean {MEANT[word]}?"


@pytest.mark.parametrize("path", ["landcover.tif", "data/nlcd-2021.tif", "dem.tif", "", "2021"])
def test_a_path_is_taken_for_no_name(path):
    assert meant(path, "landcover", "embedding") is None


def test_only_datasets_that_suit_are_offered():
    assert meant("worldcover-2022", "embedding") is None
    assert meant("worldcovr") is None

"""What a zone of a store promises: each thing that may differ is refused by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from affine import Affine
from public_tessera import FakeArray
from pyproj import CRS

from landloom.map.named.tessera_zone import StoredZone, Zone, zone_name, zone_number
from landloom.sources.asking import RefusedError


def times(values: Any, **attributes: Any) -> FakeArray:
    values = np.asarray(values)
    return FakeArray(values.shape, values.dtype, attributes, values)


def array(shape: tuple[int, ...], dtype: str) -> FakeArray:
    return FakeArray(shape, np.dtype(dtype))


def zone(**changed: Any) -> StoredZone:
    """Return a zone of 20 rows and 30 columns with something else about it, or without (None)."""
    attributes = {"proj:code": "EPSG:32631", "spatial:transform": [10, 0, 4e5, 0, -10, 1e5]}
    arrays = {
        "embeddings": array((2, 128, 20, 30), "int8"),
        "scales": array((2, 20, 30), "float32"),
        "time": times([2020, 2021]),
    }
    attributes |= {key.replace("_", ":"): x for key, x in changed.items() if "_" in key}
    arrays |= {key: found for key, found in changed.items() if "_" not in key}
    return StoredZone(
        "utm31",
        {key: x for key, x in attributes.items() if x is not None},
        {key: found for key, found in arrays.items() if found is not None},
    )


def refusal(stored: StoredZone) -> str:
    with pytest.raises(RefusedError) as refused:
        Zone.of(stored)
    assert refused.value.kind == "differs"
    assert str(refused.value).startswith("utm31 ")
    return str(refused.value)


def test_a_sound_zone_is_taken_as_it_is():
    found = Zone.of(zone())
    assert found.name == "utm31"
    assert found.grid.crs == CRS.from_epsg(32631)
    assert found.grid.transform == Affine(10, 0, 4e5, 0, -10, 1e5)
    assert (found.grid.height, found.grid.width) == (20, 30)
    assert found.years == (2020, 2021)
    assert [found.step(2020), found.step(2021)] == [0, 1]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"embeddings": None}, "has no array 'embeddings'"),
        ({"scales": None}, "has no array 'scales'"),
        ({"time": None}, "has no array 'time'"),
        ({"embeddings": array((2, 64, 20, 30), "int8")}, "has 64 bands, not 128"),
        ({"embeddings": array((2, 20, 30, 128), "int8")}, "has 20 bands, not 128"),
        ({"embeddings": array((128, 20, 30), "int8")}, "embeddings of 3 axes, not 4"),
        ({"embeddings": array((2, 128, 20, 30), "uint8")}, "type uint8, not int8"),
        ({"embeddings": array((2, 128, 20, 30), "float32")}, "type float32, not int8"),
        ({"scales": array((2, 20, 30), "float64")}, "type float64, not float32"),
        ({"scales": array((2, 20, 31), "float32")}, "scales of (2, 20, 31) for embeddings of"),
        ({"scales": array((1, 20, 30), "float32")}, "scales of (1, 20, 30) for embeddings of"),
        ({"proj_code": None}, "the CRS None (proj:code), not EPSG:32631"),
        ({"proj_code": "EPSG:32731"}, "the CRS EPSG:32731 (proj:code), not EPSG:32631"),
        ({"proj_code": "EPSG:32632"}, "the CRS EPSG:32632 (proj:code), not EPSG:32631"),
        ({"spatial_transform": None}, "no affine of six numbers (spatial:transform): None"),
        ({"spatial_transform": "10 0 0 0"}, "no affine of six numbers"),
        ({"spatial_transform": [10, 0, 4e5, 0, -10]}, "no affine of six numbers"),
        ({"spatial_transform": [10, 0, None, 0, -10, 0]}, "no affine of six numbers"),
        ({"spatial_transform": [10, 0, float("nan"), 0, -10, 0]}, "no affine of six numbers"),
        ({"spatial_transform": [20, 0, 4e5, 0, -20, 1e5]}, "no pixels of 10 m"),
        ({"spatial_transform": [10, 0, 4e5, 0, -9.99, 1e5]}, "no pixels of 10 m"),
        ({"spatial_transform": [0, 10, 4e5, -10, 0, 1e5]}, "no pixels of 10 m"),
        # The order of GDAL's geotransform, origin first.
        ({"spatial_transform": [4e5, 10, 0, 1e5, 0, -10]}, "no pixels of 10 m"),
        ({"spatial_registration": "node"}, "by their node, not their corners"),
        ({"time": times([2020])}, "tells 1 times of 2"),
        ({"time": times([[2020, 2021]])}, "time of 2 axes, not 1"),
        ({"time": times([0, 1])}, "tells times that are no years: [0, 1]"),
        ({"time": times([2020.5, 2021])}, "not understood (2020.5 is no whole year)"),
        ({"time": times([np.nan, 2021])}, "not understood"),
        ({"time": times(["2020", "x"])}, "not understood"),
        ({"time": times([1, 2], units="months since 2017-01-01")}, "units 'months since"),
        ({"time": times([1, 2], units="days after 2017-01-01")}, "units 'days after"),
        ({"time": times([1, 2], units="days since the flood")}, "not understood"),
        ({"time": times([1, 2], units="days since 2017-01-01", calendar="noleap")}, "'noleap'"),
        ({"time": times([1, 1e12], units="days since 2017-01-01")}, "not understood"),
    ],
)  # fmt: skip
def test_what_differs_is_refused_by_name(changed, words):
    assert words in refusal(zone(**changed))


@pytest.mark.parametrize(
    "time",
    [
        times([2020, 2021]),
        times(np.array([2020, 2021], "uint16")),
        times([2020.0, 2021.0]),
        times([2020, 2021], units="year"),
        # From 2017 to 2019 no year is a leap year, and 2020 is one: 3 * 365, and 366 more.
        times([1095, 1461], units="days since 2017-01-01"),
        times([1095 + 365, 1461], units="days since 2017-01-01"),
        times([1095.0, 1461.5], units="days since 2017-01-01T00:00:00", calendar="standard"),
        times([1577836800, 1609459200], units="seconds since 1970-01-01", calendar="gregorian"),
        times(np.array(["2020-01-01", "2021-12-31"], "datetime64[ns]")),
        times(np.array(["2020-07-01", "2021-07-01"], "datetime64[D]")),
    ],
)  # fmt: skip
def test_years_are_told_in_many_ways(time):
    assert Zone.of(zone(time=time)).years == (2020, 2021)


def test_a_year_that_is_not_there_is_refused_with_those_that_are():
    found = Zone.of(zone())
    with pytest.raises(
        RefusedError, match="utm31 has no year 2019; its years are 2020, 2021"
    ) as no:
        found.step(2019)
    assert no.value.kind == "differs"
    with pytest.raises(RefusedError, match="has 2 times the year 2021; its years are 2021"):
        replace(found, years=(2021, 2021)).step(2021)


def test_zones_have_names_of_two_digits():
    assert [zone_name(number) for number in (1, 31, 60)] == ["utm01", "utm31", "utm60"]
    assert [zone_number(name) for name in ("utm01", "utm31", "utm60")] == [1, 31, 60]

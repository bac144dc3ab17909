"""The box of a region: four numbers, or a file that it encloses."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landloom.command.parsing import UsageError
from landloom.command.region import cells_aside, parse_region


@pytest.mark.parametrize(
    "text", ["5.05,52,5.25,53", " 5.05, 52, 5.25, 53 ", "5.05 52 5.25 53", "5.05;52;5.25;53"]
)
def test_four_numbers_are_a_box(text: str) -> None:
    assert parse_region(text) == (5.05, 52.0, 5.25, 53.0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("5,52,6", "must be west,south,east,north"),
        ("5,52,6,nan", "must be west,south,east,north"),
        ("Utrecht", "must be west,south,east,north"),
        ("52,5,53,190", "north: 190 is no degree"),
        ("52,100,53,101", "south: 100 is no degree of it; the order is west,south,east,north"),
        ("6,52,5,53", "west must be less than east"),
        ("5,52,6,52", "south less than north"),
        ("no.geojson", "No such file or directory; correct the path"),
    ],
)
def test_anything_else_is_told(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        parse_region(text)


PLACES = st.lists(
    st.tuples(st.floats(-179, 179), st.floats(-89, 89)), min_size=3, max_size=8, unique=True
).filter(lambda places: all(max(side) - min(side) > 1e-3 for side in zip(*places, strict=True)))


@given(PLACES, st.sampled_from(["Polygon", "MultiPoint", "Feature", "FeatureCollection"]))
def test_a_file_is_enclosed_by_little_more(
    tmp_path_factory: pytest.TempPathFactory, places: list[tuple[float, float]], kind: str
) -> None:
    ring = [[*place, 7.0] for place in places]
    shape = (
        {"type": "MultiPoint", "coordinates": ring}
        if kind == "MultiPoint"
        else {"type": "Polygon", "coordinates": [ring]}
    )
    feature = {"type": "Feature", "properties": {"coordinates": [0, 0]}, "geometry": shape}
    content = {"Feature": feature, "FeatureCollection": {"type": kind, "features": [feature]}}
    path = tmp_path_factory.mktemp("region") / "area.geojson"
    path.write_text(json.dumps(content.get(kind, shape)))
    west, south, east, north = parse_region(str(path))
    xs, ys = zip(*places, strict=True)
    for edge, value, sign in ((west, min(xs), 1), (east, max(xs), -1), (south, min(ys), 1)):
        assert 0 <= sign * (value - edge) <= 1.1e-6
    assert north >= max(ys)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "is not GeoJSON"),
        ('{"type": "FeatureCollection", "features": []}', "has no shapes"),
        ('{"coordinates": [5, 52]}', "west must be less than east"),
        ('{"coordinates": [[400000, 5e6], [400100, 5.1e6]]}', "is no degree"),
        ('{"crs": {"properties": {"name": "EPSG:32631"}}, "coordinates": [1, 2]}', "EPSG:4326"),
    ],
)
def test_a_file_that_is_no_region_is_told(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "area.json"
    path.write_text(content)
    with pytest.raises(UsageError, match=told):
        parse_region(str(path))


def test_cells_hold_some_patches_and_are_enough_to_split() -> None:
    zion = (-113.2, 37.16, -112.88, 37.48)  # 28 by 35 km
    assert cells_aside(zion, 2400) == round(math.sqrt(28.2 * 35.4) / (2.5 * 2.4))
    assert cells_aside((5.0, 52.0, 5.01, 52.01), 2400) == 4
    assert cells_aside((-119.0, 22.0, -64.0, 49.0), 2400) == 50

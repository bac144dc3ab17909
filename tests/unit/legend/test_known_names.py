"""Colours that names call for."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from landloom.legend.known_names import known_color
from landloom.legend.legends import Entry, colored, for_the_colour_blind

WATER, FOREST, URBAN, CROPS = "0064C8", "006400", "FA0000", "F096FF"
TUNDRA = "FAE6A0"
GRASS, BARE, WETLAND, SHRUBS, ICE = "FFFF4C", "B4B4B4", "0096A0", "FFBB22", "F0F0F0"


@pytest.mark.parametrize(
    ("name", "color"),
    [
        ("forest", FOREST), ("Stadtwald", FOREST), ("forêt", FOREST), ("Bosque", FOREST),
        ("FLORESTA", FOREST), ("trees", FOREST), ("bos", FOREST),
        ("Water", WATER), ("Süßwasser", WATER), ("eau", WATER), ("água", WATER), ("Meer", WATER),
        ("open water", WATER), ("permanent_water_bodies", WATER),
        ("Urban", URBAN), ("Siedlung", URBAN), ("built-up", URBAN), ("città", URBAN),
        ("residential area", URBAN), ("Straße", URBAN),
        ("cropland", CROPS), ("Ackerland", CROPS), ("cultivos", CROPS),
        ("grassland", GRASS), ("Wiesen", GRASS), ("bare soil", BARE), ("Barren land", BARE),
        ("Woody wetlands", WETLAND), ("Feuchtgebiet", WETLAND), ("shrubs", SHRUBS),
        ("Snow and ice", ICE), ("Gletscher", ICE),
        ("Alpine grassland", GRASS), ("Icefield", ICE), ("Treeless tundra", TUNDRA),
        ("baumlose Steppe", GRASS), ("Mischwald", FOREST), ("Hochmoor", WETLAND),
        ("Getreidefeld", CROPS), ("Wheat field", CROPS), ("Farm", CROPS), ("rainforest", FOREST),
        ("Bergwiesen", GRASS), ("waldfreies Moor", WETLAND), ("Großstadt", URBAN),
        ("union forest", FOREST), ("Korenakker", CROPS),
    ],
)  # fmt: skip
def test_a_name_calls_for_a_colour(name: str, color: str) -> None:
    assert known_color(name, ()) == color


@pytest.mark.parametrize(
    "name",
    ["7", "", "class A", "other", "stable non-forest", "kein Wald", "no water", "deforestation",
     "mixed", "nice", "Seestern", "Marble",
     "Nonforest", "Nichtwald", "Treeless", "baumlos", "waldfreie Fläche", "ice-free", "undeveloped",
     "Harbor", "Airfield", "Lava field", "Solar farm", "Wind farms", "Broad valley", "Alpine"],
)  # fmt: skip
def test_others_tell_nothing(name: str) -> None:
    assert known_color(name, ()) is None


def test_further_classes_of_a_kind_get_shades() -> None:
    legend = {code: Entry(f"forest {code}") for code in range(5)}
    found = [entry.color for entry in colored(legend).values()]
    assert found[0] == FOREST
    assert len(set(found)) == 5
    for color in found:  # all are green, or grey-green
        red, green, blue = bytes.fromhex(color or "")
        assert green > max(red, blue)


def least(colors: list[str | None]) -> float:
    """Return how far the nearest two of some colours lie apart, in CIELAB."""
    rgb = np.array([[list(bytes.fromhex(color or "")) for color in colors]], np.float32) / 255
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[0]
    return float(pdist(lab).min())


@pytest.mark.parametrize(
    "names",
    [
        [f"forest {number}" for number in range(5)],
        ["snow", "ice", "glacier", "old snow", "Gletscher"],
        ["deciduous", "forest", "old forest", "conifer", "oak"],
        ["old forest", "young forest", "deciduous"],
        ["bare", "snow", "ice", "glacier"],
    ],
)
def test_shades_are_told_apart(names: list[str]) -> None:
    found = [entry.color for entry in colored(dict(enumerate(map(Entry, names)))).values()]
    assert least(found) >= 8.9
    if names[0] == "snow":
        assert all(max(bytes.fromhex(color or "")) <= 0xF0 for color in found)


def test_a_colour_near_one_that_is_taken_is_not_given() -> None:
    near = "01650A"
    assert least([FOREST, near]) < 5
    color = known_color("forest", [near])
    assert color is not None
    assert least([color, near]) > 9


NAMES = st.sampled_from(["forest", "Wald", "water", "urban", "x", "snow", "7", "crops"])


@given(st.lists(NAMES, max_size=30), st.sampled_from([None, FOREST, WATER]))
def test_no_two_classes_have_one_colour(names: list[str], given_color: str | None) -> None:
    legend = {code: Entry(name) for code, name in enumerate(names)}
    legend[99] = Entry("given", given_color)
    found = [entry.color for entry in colored(legend).values()]
    assert None not in found
    assert len(set(found)) == len(found)
    assert not {"000000", "FFFFFF"} & set(found)
    if given_color:
        assert found[-1] == given_color


def test_the_colour_blind_get_others_whatever_the_names() -> None:
    legend = {1: Entry("forest", "00FF00"), 2: Entry("urban", "FF0000"), 3: Entry("water")}
    found = for_the_colour_blind(legend)
    assert [entry.name for entry in found.values()] == ["forest", "urban", "water"]
    assert [entry.color for entry in found.values()] == ["E69F00", "56B4E9", "009E73"]
    assert colored(found) == found

"""Styles for QGIS: what they say, by their XML; what QGIS makes of them was looked at by hand."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from landloom.figures.style import SPLIT_COLORS
from landloom.legend import qgis
from landloom.legend.legends import Entry

LEGEND = {3: Entry("forest", "007700"), 9: Entry('town & "mill" <x>'), 0: Entry("sea", "0000FF")}


def test_classes_have_their_names_and_colours_in_order_of_their_values() -> None:
    root = ElementTree.fromstring(qgis.style_of_classes(LEGEND))
    renderer = root.find("pipe/rasterrenderer")
    assert renderer is not None
    assert (renderer.get("type"), renderer.get("band")) == ("paletted", "1")
    entries = [(e.get("value"), e.get("label"), e.get("color")) for e in root.iter("paletteEntry")]
    assert entries[0] == ("0", "sea", "#0000FF")
    assert entries[1] == ("3", "forest", "#007700")
    assert entries[2][:2] == ("9", 'town & "mill" <x>')
    assert entries[2][2] != "#None"


def test_numbers_go_from_one_end_to_the_other() -> None:
    root = ElementTree.fromstring(qgis.style_of_numbers(0, 100, "%"))
    items = [(e.get("value"), e.get("label")) for e in root.iter("item")]
    assert items == [(v, f"{v} %") for v in ("0", "25", "50", "75", "100")]


def test_numbers_of_many_digits_are_told_without_powers_of_ten() -> None:
    root = ElementTree.fromstring(qgis.style_of_numbers(3, 4321, ""))
    items = [(e.get("value"), e.get("label")) for e in root.iter("item")]
    assert items[0] == ("3", "3")
    assert items[1:] == [
        ("1082.5", "1080"), ("2162", "2160"), ("3241.5", "3240"), ("4321", "4320")
    ]  # fmt: skip


@pytest.mark.parametrize(("metres", "factor"), [(1.0, "1"), (110_574.0, "9.04372e-06")])
def test_heights_are_led_to_the_unit_of_the_places(metres: float, factor: str) -> None:
    root = ElementTree.fromstring(qgis.style_of_heights(metres))
    renderer = root.find("pipe/rasterrenderer")
    assert renderer is not None
    assert (renderer.get("type"), renderer.get("zfactor")) == ("hillshade", factor)


def test_each_group_has_a_symbol_of_its_colour() -> None:
    root = ElementTree.fromstring(qgis.style_of_legend("value", LEGEND))
    (renderer,) = root.iter("renderer-v2")
    assert renderer.get("attr") == "value"
    symbols = {
        s.get("name"): s.find("layer/Option/Option[@name='color']") for s in root.iter("symbol")
    }
    colors = {}
    for category in root.iter("category"):
        color = symbols[category.get("symbol")]
        assert color is not None
        colors[category.get("value")] = color.get("value")
    assert colors["3"] == "0,119,0,255"
    assert colors["0"] == "0,0,255,255"
    assert len(set(colors.values())) == 3
    old = {p.get("k"): p.get("v") for p in next(root.iter("layer")).iter("prop")}
    new = {
        o.get("name"): o.get("value")
        for o in next(root.iter("layer")).iter("Option")
        if o.get("name")
    }
    assert old == new


def test_points_to_be_labelled_look_alike_and_leave_free_what_is_below() -> None:
    root = ElementTree.fromstring(qgis.style_of_points())
    (renderer,) = root.iter("renderer-v2")
    assert (renderer.get("type"), renderer.get("attr")) == ("singleSymbol", None)
    (symbol,) = root.iter("symbol")
    assert symbol.get("type") == "marker"
    fill = symbol.find("layer/Option/Option[@name='color']")
    assert fill is not None
    assert (fill.get("value") or "").endswith(",0")


def test_splits_have_the_colours_of_the_figures() -> None:
    assert {name: f"#{color}" for name, color in qgis.SPLIT_COLORS.items()} == SPLIT_COLORS
    assert "0,114,178," in qgis.style_of_outlines(qgis.SPLIT_COLORS["train"])


def test_a_style_is_written_with_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.qml", "b.qml"):
        qgis.write_style(tmp_path / name, qgis.style_of_classes(LEGEND))
    assert (tmp_path / "a.qml").read_bytes() == (tmp_path / "b.qml").read_bytes()
    assert (tmp_path / "a.qml").read_text().startswith("<!DOCTYPE qgis")

"""Styles for QGIS: ``.qml`` files that it takes by itself for the layer beside which they lie.

References
----------
What QGIS 3.22 writes (`QgsMapLayer::exportNamedStyle`); of each element only what it needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from landloom.job.files import whole_file
from landloom.legend.legends import Legend, colored

_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_RAMP = ("440154", "3b528b", "21918c", "5ec962", "fde725")
"""Five of the colours of viridis, which eyes of all kinds and printers keep apart."""
SPLIT_COLORS = {"train": "0072B2", "test": "E69F00"}
"""As in the figures."""

_OUTLINE = {"outline_style": "solid", "outline_width": "0.26", "outline_width_unit": "MM"}


def style_of_classes(legend: Legend) -> str:
    """Return the style of a raster of classes: names and colours of its values."""
    renderer = _renderer("paletted")
    palette = ET.SubElement(renderer, "colorPalette")
    for value, entry in sorted(colored(legend).items()):
        ET.SubElement(
            palette,
            "paletteEntry",
            {"value": str(value), "label": entry.name, "color": f"#{entry.color}", "alpha": "255"},
        )
    return _raster(renderer)


def style_of_numbers(low: float, high: float, unit: str) -> str:
    """Return the style of a raster of numbers between two, from dark to light."""
    ends = {"classificationMin": f"{low:g}", "classificationMax": f"{high:g}"}
    renderer = _renderer("singlebandpseudocolor", **ends)
    shader = ET.SubElement(
        ET.SubElement(renderer, "rastershader"),
        "colorrampshader",
        {
            "colorRampType": "INTERPOLATED",
            "classificationMode": "1",
            "clip": "0",
            "minimumValue": f"{low:g}",
            "maximumValue": f"{high:g}",
        },
    )
    for number, color in enumerate(_RAMP):
        value = low + (high - low) * number / (len(_RAMP) - 1)
        label = f"{float(f'{value:.3g}'):g}"  # three digits, and no powers of ten up to a million
        entry = {"value": f"{value:g}", "label": f"{label} {unit}".strip()}
        ET.SubElement(shader, "item", entry | {"color": f"#{color}", "alpha": "255"})
    return _raster(renderer)


def style_of_heights(metres_of_unit: float) -> str:
    """Return the style of heights in metres: as hills in a light from several sides.

    Parameters
    ----------
    metres_of_unit
        Metres of a unit of the raster's coordinates.
    """
    light = {"azimuth": "315", "angle": "45", "multidirection": "1"}
    return _raster(_renderer("hillshade", zfactor=f"{1 / metres_of_unit:.6g}", **light))


def style_of_groups(column: str, groups: Mapping[str, tuple[str, str]], alpha: int = 255) -> str:
    """Return the style of polygons that a column tells apart.

    Parameters
    ----------
    column
        Its name.
    groups
        What each value is called, and its colour as ``RRGGBB``.
    alpha
        How opaque the fill is, 0 to 255.
    """
    renderer = ET.Element("renderer-v2", {"type": "categorizedSymbol", "attr": column})
    categories, symbols = ET.SubElement(renderer, "categories"), ET.SubElement(renderer, "symbols")
    for number, (value, (label, color)) in enumerate(groups.items()):
        place = {"value": value, "symbol": str(number), "label": label, "render": "true"}
        ET.SubElement(categories, "category", place)
        _add_fill(symbols, str(number), color, alpha)
    return _vector(renderer)


def style_of_legend(column: str, legend: Legend) -> str:
    """Return the style of polygons of which a column holds the code of a class."""
    return style_of_groups(
        column,
        {str(code): (entry.name, entry.color or "") for code, entry in colored(legend).items()},
    )


def style_of_outlines(color: str) -> str:
    """Return the style of polygons of which the outline shows, in a colour ``RRGGBB``."""
    renderer = ET.Element("renderer-v2", {"type": "singleSymbol"})
    _add_fill(ET.SubElement(renderer, "symbols"), "0", color, 40)
    return _vector(renderer)


def style_of_points() -> str:
    """Return the style of places to look at: rings that leave free what is below.

    All are alike: whoever labels points must not see what the map says of them.
    """
    renderer = ET.Element("renderer-v2", {"type": "singleSymbol"})
    ring = {
        "name": "circle",
        "color": "255,255,255,0",
        "outline_color": "255,0,255,255",
        "outline_style": "solid",
        "outline_width": "0.5",
        "outline_width_unit": "MM",
        "size": "4",
        "size_unit": "MM",
    }
    _add_symbol(ET.SubElement(renderer, "symbols"), "0", ("marker", "SimpleMarker"), ring)
    return _vector(renderer)


def write_style(path: str | Path, style: str) -> None:
    """Write a style as a file that appears whole or not at all."""
    with whole_file(path) as draft:
        draft.write_text(style, encoding="utf-8")


def _renderer(kind: str, **attributes: str) -> ET.Element:
    every = {"type": kind, "band": "1", "opacity": "1", "alphaBand": "-1", "nodataColor": ""}
    renderer = ET.Element("rasterrenderer", every | attributes)
    ET.SubElement(renderer, "rasterTransparency")
    return renderer


def _raster(renderer: ET.Element) -> str:
    root = _root()
    ET.SubElement(root, "pipe").append(renderer)
    return _text(root, [("blendMode", "0")])


def _vector(renderer: ET.Element) -> str:
    root = _root()
    renderer.attrib.update({"forceraster": "0", "symbollevels": "0", "enableorderby": "0"})
    root.append(renderer)
    return _text(root, [("blendMode", "0"), ("featureBlendMode", "0"), ("layerOpacity", "1")])


def _add_fill(symbols: ET.Element, name: str, color: str, alpha: int) -> None:
    red, green, blue = bytes.fromhex(color)
    properties = {
        "color": f"{red},{green},{blue},{alpha}",
        "outline_color": f"{red},{green},{blue},255",
        "style": "solid",
    } | _OUTLINE
    _add_symbol(symbols, name, ("fill", "SimpleFill"), properties)


def _add_symbol(
    symbols: ET.Element, name: str, kind: tuple[str, str], properties: Mapping[str, str]
) -> None:
    """Add a symbol of one layer: what it is for, and the class of the layer."""
    symbol = ET.SubElement(
        symbols,
        "symbol",
        {"name": name, "type": kind[0], "alpha": "1", "clip_to_extent": "1", "force_rhr": "0"},
    )
    layer = ET.SubElement(
        symbol, "layer", {"class": kind[1], "enabled": "1", "locked": "0", "pass": "0"}
    )
    options = ET.SubElement(layer, "Option", type="Map")
    for key, value in sorted(properties.items()):
        ET.SubElement(options, "Option", name=key, type="QString", value=value)
    for key, value in sorted(properties.items()):  # for QGIS before 3.20
        ET.SubElement(layer, "prop", k=key, v=value)


def _root() -> ET.Element:
    return ET.Element("qgis", {"version": "3.22", "styleCategories": "Symbology"})


def _text(root: ET.Element, rest: Sequence[tuple[str, str]]) -> str:
    for name, text in rest:
        ET.SubElement(root, name).text = text
    ET.indent(root)
    return f"{_DOCTYPE}{ET.tostring(root, encoding='unicode')}\n"

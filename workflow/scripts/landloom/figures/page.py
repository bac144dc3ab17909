"""The map as a page: one HTML file that needs a browser and nothing else, no network either.

Bokeh and the pixels stand in the file itself. What it shows and tells are the values of the map's
own rasters, at the finest overview that keeps the file small.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import chain
from typing import Any

from bokeh.core.templates import get_env
from bokeh.document import Document
from bokeh.embed import file_html
from bokeh.events import DocumentReady, DoubleTap, Tap
from bokeh.models import (
    BasicTicker,
    BasicTickFormatter,
    ColumnDataSource,
    CustomJS,
    CustomJSHover,
    HoverTool,
    Image,
    LinearColorMapper,
    Range1d,
    WheelZoomTool,
)
from bokeh.models.annotations import ScaleBar
from bokeh.models.renderers import GlyphRenderer
from bokeh.palettes import Viridis256
from bokeh.plotting import figure
from bokeh.resources import INLINE

from landloom.arrays import UInt8s
from landloom.figures.page_script import SCRIPT, STYLE
from landloom.figures.style import INK, shape_ratio
from landloom.figures.view import View, metres_per_unit
from landloom.legend.decimals import percent
from landloom.legend.legends import Legend
from landloom.legend.values import NODATA
from landloom.map.classifiers.words import OF_CONFIDENCE
from landloom.map.left_out import LeftOut, headline
from landloom.map.points import Points
from landloom.pages.look import document, of_a_world

LIMIT = 2000
"""The most pixels along a side of what a page shows: three layers are then 16 MB of text."""

_TITLE = "Land cover"
_HEAD = "{{ bokeh_css }}\n{{ bokeh_js }}\n"

_LAYERS = {"landcover": "Land cover", "confidence": "Confidence", "reference": "Reference"}
"""What the layers are called."""

_CLEAR = "#00000000"
_BY = " \N{MULTIPLICATION SIGN} "
_SHORT = {"metre": "m", "degree": "degrees"}


@dataclass(frozen=True)
class Layers:
    """What a page shows.

    Attributes
    ----------
    landcover : View
        The map.
    confidence : ndarray of uint8 or None
        Percents on the same pixels, 255 where there are none; None if they were not mapped.
    reference : ndarray of uint8 or None
        Classes of the reference on the same pixels, 255 where there are none; None without one.
    points : Points or None
        The labelled points, where the reference is a table.
    legend : Legend
        Names and colours of all classes of the map and the reference.
    counts : mapping of int to int
        How many pixels of each class the whole map has.
    left_out : sequence of LeftOut
        Classes of the reference that the map leaves out.
    world : str
        What to say of a world that is not the Earth's; empty of the Earth's.
    kind : str
        Of the model.
    """

    landcover: View
    confidence: UInt8s | None
    reference: UInt8s | None
    points: Points | None
    legend: Legend
    counts: Mapping[int, int]
    left_out: Sequence[LeftOut] = ()
    world: str = ""
    kind: str = "forest"


def map_page(layers: Layers) -> str:
    """Return the page, as HTML.

    A process that makes one page of equal layers makes the same bytes: Bokeh's models are numbered
    in the order in which they are made, and its random identifiers are replaced.
    """
    source = _source(layers)
    plot = _plot(layers.landcover)
    renderers = _renderers(plot, source, layers)
    landcover = renderers["landcover"][0]
    plot.add_tools(_hover(landcover, layers))
    tell = CustomJS(code="document.getElementById('map').tell(cb_obj.x, cb_obj.y)")
    for event in (Tap, DoubleTap):  # what two quick clicks come as, even at two places
        plot.js_on_event(event, tell)
    shown = Document()
    shown.add_root(plot)
    shown.js_on_event(DocumentReady, _script(plot, source, renderers, layers))
    # The texts go in as variables: a class may be called what the template would take for its own.
    template = get_env().from_string(
        document(_TITLE, "{{ before }}{{ plot_div }}{{ after }}{{ plot_script }}", STYLE, _HEAD)
    )
    texts = {"before": _before(layers), "after": _after(layers, list(renderers))}
    page = file_html(
        shown, INLINE, _TITLE, template=template, template_variables=texts,
        suppress_callback_warning=True,
    )  # fmt: skip
    return _stable(page)


def _before(layers: Layers) -> str:
    """Return what stands above the map."""
    gone = f"<p class='note'>{escape(headline(layers.left_out))}.</p>" if layers.left_out else ""
    return (
        f"<main class='page'>\n<h1>{_TITLE}</h1>{of_a_world(layers.world)}{gone}\n"
        "<div class='board'>\n"
        f"<div id='map' style='--shape: {_shape(layers.landcover):.3f}' role='application' "
        "tabindex='0' aria-label='The map. Arrow keys move it, "
        "plus and minus zoom, 0 shows it whole, Enter tells what its middle holds.'>"
    )


def _after(layers: Layers, shown: Sequence[str]) -> str:
    """Return what stands beside and below the map."""
    choices = "\n".join(
        f"<label><input type='radio' name='layer' value='{name}'{' checked' if at == 0 else ''}>"
        f"{_LAYERS[name]}</label>"
        for at, name in enumerate(shown)
    )
    return (
        "</div>\n<div id='side' role='region' tabindex='0' aria-label='Layers and legend'>\n"
        f"<fieldset><legend>Layer</legend>\n{choices}\n<div id='laid' hidden>"
        "<label for='over'>Land cover on top of it: <output id='percent' for='over'>0 %</output>"
        "</label><input id='over' type='range' min='0' max='100' step='5' value='0'></div>"
        "</fieldset>\n<div class='buttons' role='group' aria-label='Zoom'>"
        "<button id='in' type='button'>Zoom in</button>"
        "<button id='out' type='button'>Zoom out</button>"
        "<button id='whole' type='button'>Whole map</button></div>\n"
        "<section aria-labelledby='here'><h2 id='here'>At a place</h2>"
        "<div id='told' aria-live='polite'><p>Click the map, or move to it with Tab and press "
        "Enter, to see what it holds.</p></div></section>\n"
        f"{_legend_text(layers)}\n</div>\n</div>\n"
        f"<details id='about'><summary>About this map</summary>\n<p>{escape(_note(layers))}</p>"
        "</details>\n</main>\n"
    )


def _source(layers: Layers) -> ColumnDataSource:
    """Keep the layers as arrays whose first row is the southernmost, as Bokeh draws them."""
    shown = {"landcover": layers.landcover.pixels}
    if layers.reference is not None:
        shown["reference"] = layers.reference
    if layers.confidence is not None:
        shown["confidence"] = layers.confidence
    return ColumnDataSource({name: [pixels[::-1]] for name, pixels in shown.items()})


def _plot(view: View) -> figure:
    """Return an empty plot that fills the room it has; the page's script sets what it shows."""
    west, south, east, north = view.bounds
    crs = view.grid.crs
    names = _axis_names(view)
    plot = figure(
        sizing_mode="stretch_both",
        x_range=Range1d(start=west, end=east),
        y_range=Range1d(start=south, end=north),
        x_axis_label=names[0],
        y_axis_label=names[1],
        tools="pan",
        toolbar_location=None,
        min_border_right=30,
    )
    wheel = WheelZoomTool(zoom_on_axis=False)
    plot.add_tools(wheel)
    plot.toolbar.active_scroll = wheel
    plot.grid.visible = False
    for axis in plot.axis:
        axis.formatter = BasicTickFormatter(use_scientific=False)
        axis.ticker = BasicTicker(desired_num_ticks=5)
    if not crs.is_geographic and abs(metres_per_unit(view.grid) - 1) < 0.01:
        bar = ScaleBar(
            unit="m",
            location="bottom_right",
            bar_length=0.15,
            padding=6,
            border_line_color=None,
            background_fill_alpha=0.8,
        )
        plot.add_layout(bar)
    return plot


def _shape(view: View) -> float:
    """Return height by width of the map on the ground."""
    west, south, east, north = view.bounds
    geographic = view.grid.crs.is_geographic
    return shape_ratio(view.bounds) if geographic else (north - south) / (east - west)


def _axis_names(view: View) -> tuple[str, str]:
    if view.grid.crs.is_geographic:
        return "longitude (degrees)", "latitude (degrees)"
    unit = view.grid.crs.axis_info[0].unit_name
    return f"easting ({_SHORT.get(unit, unit)})", f"northing ({_SHORT.get(unit, unit)})"


def _renderers(
    plot: figure, source: ColumnDataSource, layers: Layers
) -> dict[str, list[GlyphRenderer[Any]]]:
    """Draw the layers; the map comes last, on top, and is all that is seen at first."""

    def image(name: str, mapper: LinearColorMapper) -> GlyphRenderer[Any]:
        west, south, east, north = layers.landcover.bounds
        glyph = Image(
            image=name, x=west, y=south, dw=east - west, dh=north - south, color_mapper=mapper
        )
        return plot.add_glyph(source, glyph)

    classes = _class_colors(layers.legend)
    drawn: dict[str, list[GlyphRenderer[Any]]] = {"landcover": []}
    if layers.confidence is not None:
        drawn["confidence"] = [image("confidence", _share_colors())]
    if layers.reference is not None:
        drawn["reference"] = [image("reference", classes)]
    if layers.points is not None:
        drawn.setdefault("reference", []).append(_dots(plot, layers.points, layers.legend))
    for renderer in chain(*drawn.values()):
        renderer.visible = False
    drawn["landcover"] = [image("landcover", classes)]
    return drawn


def _class_colors(legend: Legend) -> LinearColorMapper:
    """Return the mapper by which a byte is the number of its colour."""
    palette = [f"#{legend[v].color}" if v in legend else _CLEAR for v in range(256)]
    return LinearColorMapper(palette=palette, low=-0.5, high=255.5)


def _share_colors() -> LinearColorMapper:
    palette = [Viridis256[round(255 * share / 100)] for share in range(101)]
    return LinearColorMapper(palette=palette, low=-0.5, high=100.5, high_color=_CLEAR)


def _dots(plot: figure, points: Points, legend: Legend) -> GlyphRenderer[Any]:
    frame = points.frame
    colors = [f"#{legend[label].color}" for label in frame["label"].tolist()]
    source = ColumnDataSource(
        {"x": frame["x"].to_numpy(), "y": frame["y"].to_numpy(), "color": colors}
    )
    # Above the map, wherever that is laid over them.
    return plot.scatter(
        "x", "y", source=source, size=9, fill_color="color", line_color=INK, level="overlay"
    )


def _names(legend: Legend) -> list[str]:
    """Name every byte; what is no class is no data."""
    return [legend[value].name if value in legend else "no data" for value in range(256)]


def _hover(landcover: GlyphRenderer[Any], layers: Layers) -> HoverTool:
    names = _names(layers.legend)
    named = CustomJSHover(args={"names": names}, code="return names[value]")
    known = CustomJSHover(args={"names": [*names[:NODATA], "none"]}, code="return names[value]")
    percent = CustomJSHover(code="return value == 255 ? 'no data' : value + ' %'")
    rows = [("class", "@landcover{custom}")]
    formatters: dict[str, Any] = {"@landcover": named}
    if layers.confidence is not None:
        rows.append(("confidence", "@confidence{custom}"))
        formatters["@confidence"] = percent
    if layers.reference is not None:
        rows.append(("reference", "@reference{custom}"))
        formatters["@reference"] = known
    return HoverTool(renderers=[landcover], tooltips=rows, formatters=formatters)


def _script(
    plot: figure,
    source: ColumnDataSource,
    renderers: Mapping[str, list[GlyphRenderer[Any]]],
    layers: Layers,
) -> CustomJS:
    """Return what ties the page to the plot, once that is there."""
    mark = ColumnDataSource({"x": [], "y": []})
    for color, line in (("white", 5), (INK, 2)):  # to be seen on every class
        plot.scatter(
            "x", "y", source=mark, marker="cross", size=18, line_color=color, line_width=line
        )
    view = layers.landcover
    west, south, east, north = view.bounds
    rows, columns = view.pixels.shape
    return CustomJS(
        args={
            "plot": plot,
            "axes": plot.axis[:],
            "source": source,
            "mark": mark,
            "landcover": renderers["landcover"][0],
            "others": {name: drawn for name, drawn in renderers.items() if name != "landcover"},
            "names": [escape(name) for name in _names(layers.legend)],
            "confident": layers.confidence is not None,
            "compared": layers.reference is not None,
            "west": west,
            "south": south,
            "width": east - west,
            "height": north - south,
            # On the ground a degree of latitude is longer than one of longitude.
            "stretch": _shape(view) * (east - west) / (north - south),
            "rows": rows,
            "columns": columns,
            "places": [name.split()[0] for name in _axis_names(view)],
            "digits": 5 if view.grid.crs.is_geographic else 1,
        },
        code=SCRIPT,
    )


def _legend_text(layers: Layers) -> str:
    total = max(1, sum(layers.counts.values()))
    items = [
        _item(layers.legend, value, percent(count / total))
        for value, count in layers.counts.items()
    ]
    text = _key("classes", "Classes of the map", items)
    elsewhere = [value for value in layers.legend if value not in layers.counts]
    met = (
        [value for value in elsewhere if (layers.reference == value).any()]
        if (layers.reference is not None)
        else []
    )
    if met:
        more = [_item(layers.legend, value, "") for value in met]
        text += _key("others", "In the reference only", more)
    if (layers.landcover.pixels == NODATA).any():
        text += (
            "<ul class='key'><li><i class='void'></i><span class='name'>no data</span></li></ul>"
        )
    if layers.confidence is not None:
        colors = ", ".join(Viridis256[::51])
        text += (
            "<section aria-labelledby='sure'><h2 id='sure'>Confidence</h2>"
            f"<div class='scale' style='background:linear-gradient(to right, {colors})'></div>"
            f"<div class='ends'><span>0 %</span><span>{OF_CONFIDENCE[layers.kind]}</span>"
            "<span>100 %</span></div></section>"
        )
    return text


def _key(name: str, title: str, items: Sequence[str]) -> str:
    return (
        f"<section aria-labelledby='{name}'><h2 id='{name}'>{title}</h2>"
        f"<ul class='key {name}'>{''.join(items)}</ul></section>"
    )


def _item(legend: Legend, value: int, share: str) -> str:
    entry = legend[value]
    return (
        f"<li data-value='{value}'><i style='background:#{entry.color}'></i>"
        f"<span class='name'>{escape(entry.name)}</span><span class='share'>{share}</span></li>"
    )


def _note(layers: Layers) -> str:
    """Return in words what is seen: the CRS, the pixels, and what became of the others."""
    view = layers.landcover
    grid = view.grid
    unit = grid.crs.axis_info[0].unit_name
    sides = f"{grid.transform.a:.6g}", f"{-grid.transform.e:.6g}"
    text = f"{grid.crs.name}. A pixel shown here measures {_BY.join(sides)} "
    text += _SHORT.get(unit, unit)
    if view.step == 1:
        text += ": all pixels of the map."
    else:
        pixels = _BY.join([str(view.step)] * 2)
        text += (
            f" and stands for {pixels} pixels of the map: its values are those of the map's "
            "overview (the most frequent class, the mean confidence), and the reference is that at "
            "the pixel's centre."
        )
    if view.turned:
        text += " The map's rows do not run east; the nearest pixel is shown."
    text += " Shares are those of all pixels of the map."
    if layers.points is not None:
        text += " The reference is a table of points."
    return text


_RANDOM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def _stable(html: str) -> str:
    """Number the random identifiers by their order in the page."""
    numbers: dict[str, int] = {}

    def numbered(found: re.Match[str]) -> str:
        number = numbers.setdefault(found[0], len(numbers))
        return f"00000000-0000-4000-8000-{number:012d}"

    return _RANDOM.sub(numbered, html)

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

from bokeh.embed import file_html
from bokeh.events import DoubleTap, Tap
from bokeh.layouts import column, row
from bokeh.models import (
    BasicTicker,
    BasicTickFormatter,
    BoxZoomTool,
    ColumnDataSource,
    CustomJS,
    CustomJSHover,
    HoverTool,
    Image,
    LayoutDOM,
    LinearColorMapper,
    Range1d,
    WheelZoomTool,
)
from bokeh.models.annotations import ScaleBar
from bokeh.models.renderers import GlyphRenderer
from bokeh.models.widgets import Div, RadioButtonGroup, Slider
from bokeh.palettes import Viridis256
from bokeh.plotting import figure
from bokeh.resources import INLINE

from landloom.arrays import UInt8s
from landloom.figures.style import INK, VOID, shape_ratio
from landloom.figures.view import View, metres_per_unit
from landloom.legend.legends import Legend
from landloom.legend.values import NODATA
from landloom.map.classifiers.words import OF_CONFIDENCE
from landloom.map.left_out import LeftOut, headline
from landloom.map.points import Points

LIMIT = 2000
"""The most pixels along a side of what a page shows: three layers are then 16 MB of text."""

_WIDEST, _HIGHEST, _LEAST = 820, 640, 280  # pixels of the screen
_SIDE = 280
_CLEAR = "#00000000"
_BY = " \N{MULTIPLICATION SIGN} "
_SHORT = {"metre": "m", "degree": "degrees"}

_CSS = f"""
:host {{ font: 13px/1.45 system-ui, sans-serif; color: {INK}; }}
h1 {{ font-size: 20px; margin: 4px 0 2px; }} h2 {{ font-size: 14px; margin: 6px 0 4px; }}
p {{ margin: 0 0 4px; }} .note {{ color: #555; max-width: 1100px; }}
ul {{ list-style: none; margin: 0; padding: 0; max-height: 400px; overflow-y: auto; }}
li {{ display: flex; align-items: baseline; gap: 7px; padding: 1px 0; }}
li i {{ flex: none; width: 13px; height: 13px; border: 1px solid #8a8a8a; align-self: center; }}
li .name {{ flex: 1; overflow-wrap: anywhere; }} li .share {{ color: #555; white-space: nowrap; }}
table {{ border-collapse: collapse; }} td {{ padding: 1px 10px 1px 0; vertical-align: top; }}
td:first-child {{ color: #555; white-space: nowrap; }} td {{ overflow-wrap: anywhere; }}
.bk-clearfix {{ width: 100%; }}
.scale {{ height: 11px; border: 1px solid #8a8a8a; margin: 2px 0; }}
.ends {{ display: flex; justify-content: space-between; color: #555; }}
"""

# Where a click fell, and what all layers hold there. Rows of the arrays count from the south.
_TELL = """
const {x, y} = cb_obj
const col = Math.floor((x - west) / width * columns)
const row = Math.floor((y - south) / height * rows)
if (col < 0 || row < 0 || col >= columns || row >= rows) return
const at = (name) => source.data[name][0][row * columns + col]
const lines = [["class", names[at("landcover")]]]
if (confident) {
  const share = at("confidence")
  lines.push(["confidence", share == 255 ? "no data" : share + " %"])
}
const known = at("reference")
lines.push(["reference", known == 255 ? "none" : names[known]])
lines.push([axes[0], x.toFixed(digits)], [axes[1], y.toFixed(digits)])
told.text = "<h2>Here</h2><table class='told'>" +
  lines.map(([what, value]) => `<tr><td>${what}</td><td>${value}</td></tr>`).join("") + "</table>"
mark.data = {x: [x], y: [y]}
"""

# One layer is seen at a time, and the map over it as far as wanted. The map is never switched off
# but made clear, since it is what a pointer asks.
_SWITCH = """
const layer = shown.labels[shown.active]
const below = layer != "Land cover"
for (const [name, renderers] of Object.entries(others))
  for (const renderer of renderers) renderer.visible = name == layer
landcover.glyph.global_alpha = below ? over.value : 1
over.disabled = !below
"""


@dataclass(frozen=True)
class Layers:
    """What a page shows.

    Attributes
    ----------
    landcover : View
        The map.
    confidence : ndarray of uint8 or None
        Percents on the same pixels, 255 where there are none; None if they were not mapped.
    reference : ndarray of uint8
        Classes of the reference on the same pixels, 255 where there are none.
    points : Points or None
        The labelled points, where the reference is a table.
    legend : Legend
        Names and colours of all classes of the map and the reference.
    counts : mapping of int to int
        How many pixels of each class the whole map has.
    left_out : sequence of LeftOut
        Classes of the reference that the map leaves out.
    kind : str
        Of the model.
    """

    landcover: View
    confidence: UInt8s | None
    reference: UInt8s
    points: Points | None
    legend: Legend
    counts: Mapping[int, int]
    left_out: Sequence[LeftOut] = ()
    kind: str = "forest"


def map_page(layers: Layers) -> str:
    """Return the page, as HTML.

    A process that makes one page of equal layers makes the same bytes: Bokeh's models are numbered
    in the order in which they are made, and its random identifiers are replaced.
    """
    source = _source(layers)
    plot = _plot(layers.landcover)
    renderers = _renderers(plot, source, layers)
    landcover = renderers["Land cover"][0]
    plot.add_tools(_hover(landcover, layers))
    told = _div("<h2>Here</h2><p>Click the map to see what it holds at a place.</p>", _SIDE)
    tell = _on_tap(plot, source, told, layers)
    for event in (Tap, DoubleTap):  # what two quick clicks come as, even at two places
        plot.js_on_event(event, tell)
    side = column(
        *_switch(renderers),
        _div(_legend_text(layers), _SIDE),
        told,
        width=_SIDE,
        spacing=8,
    )
    gone = f"<p>{escape(headline(layers.left_out))}.</p>" if layers.left_out else ""
    head = _div(f"<h1>Land cover</h1>{gone}<p class='note'>{escape(_note(layers))}</p>")
    page = column(head, row(plot, side, spacing=18), margin=(6, 6, 6, 14))
    return _stable(file_html(page, INLINE, "Land cover", suppress_callback_warning=True))


def _div(text: str, width: int | None = None) -> Div:
    return Div(text=text, width=width, stylesheets=[_CSS])


def _source(layers: Layers) -> ColumnDataSource:
    """Keep the layers as arrays whose first row is the southernmost, as Bokeh draws them."""
    shown = {"landcover": layers.landcover.pixels, "reference": layers.reference}
    if layers.confidence is not None:
        shown["confidence"] = layers.confidence
    return ColumnDataSource({name: [pixels[::-1]] for name, pixels in shown.items()})


def _plot(view: View) -> figure:
    """Return an empty plot on which x and y have one scale, on the ground at the map's middle."""
    west, south, east, north = view.bounds
    crs = view.grid.crs
    ratio = shape_ratio(view.bounds) if crs.is_geographic else (north - south) / (east - west)
    width = min(_WIDEST, max(_LEAST, round(_HIGHEST / ratio)))
    height = min(_HIGHEST, max(_LEAST, round(_WIDEST * ratio)))
    # A frame of another shape than the map's shows more beside it, and never stretches it.
    wide = 1.03 * max(1.0, width / height * ratio) * (east - west) / 2
    high = 1.03 * max(1.0, height / width / ratio) * (north - south) / 2
    x, y = (west + east) / 2, (south + north) / 2
    names = _axis_names(view)
    plot = figure(
        frame_width=width,
        frame_height=height,
        x_range=Range1d(start=x - wide, end=x + wide),
        y_range=Range1d(start=y - high, end=y + high),
        x_axis_label=names[0],
        y_axis_label=names[1],
        tools="pan,reset,save",
        toolbar_location="above",
        background_fill_color=VOID,
        min_border_right=30,
    )
    wheel = WheelZoomTool(zoom_on_axis=False)
    plot.add_tools(wheel, BoxZoomTool(match_aspect=True))
    plot.toolbar.active_scroll = wheel
    plot.toolbar.logo = None
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
    drawn: dict[str, list[GlyphRenderer[Any]]] = {"Land cover": []}
    if layers.confidence is not None:
        drawn["Confidence"] = [image("confidence", _share_colors())]
    drawn["Reference"] = [image("reference", classes)]
    if layers.points is not None:
        drawn["Reference"].append(_dots(plot, layers.points, layers.legend))
    for renderer in chain(*drawn.values()):
        renderer.visible = False
    drawn["Land cover"] = [image("landcover", classes)]
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
    rows = [("class", "@landcover{custom}"), ("reference", "@reference{custom}")]
    formatters: dict[str, Any] = {"@landcover": named, "@reference": known}
    if layers.confidence is not None:
        rows.insert(1, ("confidence", "@confidence{custom}"))
        formatters["@confidence"] = percent
    return HoverTool(renderers=[landcover], tooltips=rows, formatters=formatters)


def _on_tap(plot: figure, source: ColumnDataSource, told: Div, layers: Layers) -> CustomJS:
    mark = ColumnDataSource({"x": [], "y": []})
    for color, line in (("white", 5), (INK, 2)):  # to be seen on every class
        plot.scatter(
            "x", "y", source=mark, marker="cross", size=18, line_color=color, line_width=line
        )
    west, south, east, north = layers.landcover.bounds
    rows, columns = layers.landcover.pixels.shape
    return CustomJS(
        args={
            "source": source,
            "told": told,
            "mark": mark,
            "names": [escape(name) for name in _names(layers.legend)],
            "confident": layers.confidence is not None,
            "west": west,
            "south": south,
            "width": east - west,
            "height": north - south,
            "rows": rows,
            "columns": columns,
            "axes": [name.split()[0] for name in _axis_names(layers.landcover)],
            "digits": 5 if layers.landcover.grid.crs.is_geographic else 1,
        },
        code=_TELL,
    )


def _switch(renderers: Mapping[str, list[GlyphRenderer[Any]]]) -> list[LayoutDOM]:
    """Return the buttons that choose a layer, and the slider that lays the map over it."""
    shown = RadioButtonGroup(labels=list(renderers), active=0)
    over = Slider(
        title="Land cover laid over the layer",
        start=0,
        end=1,
        step=0.05,
        value=0,
        width=_SIDE - 20,
        disabled=True,
    )
    others = {name: drawn for name, drawn in renderers.items() if name != "Land cover"}
    args = {"shown": shown, "over": over, "landcover": renderers["Land cover"][0], "others": others}
    act = CustomJS(args=args, code=_SWITCH)
    shown.js_on_change("active", act)
    over.js_on_change("value", act)
    return [shown, over]


def _legend_text(layers: Layers) -> str:
    total = max(1, sum(layers.counts.values()))
    items = [
        _item(layers.legend, value, f"{100 * count / total:.1f} %")
        for value, count in layers.counts.items()
    ]
    text = f"<h2>Classes of the map</h2><ul class='classes'>{''.join(items)}</ul>"
    elsewhere = [value for value in layers.legend if value not in layers.counts]
    met = [value for value in elsewhere if (layers.reference == value).any()]
    if met:
        more = "".join(_item(layers.legend, value, "") for value in met)
        text += f"<h2>In the reference only</h2><ul class='others'>{more}</ul>"
    if layers.confidence is not None:
        colors = ", ".join(Viridis256[::51])
        text += (
            "<h2>Confidence</h2>"
            f"<div class='scale' style='background:linear-gradient(to right, {colors})'></div>"
            f"<div class='ends'><span>0 %</span><span>{OF_CONFIDENCE[layers.kind]}</span>"
            "<span>100 %</span></div>"
        )
    return text


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

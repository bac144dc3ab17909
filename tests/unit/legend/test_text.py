"""Names that users give: refused where no edge could show them, else shown as they are."""

from __future__ import annotations

import re
import warnings
from html import escape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import rasterio
import rasterio.shutil
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from map_reports import held_out

from landloom.dataset.stack import class_distribution
from landloom.errors import LandloomError
from landloom.figures.accuracy import draw_confusion
from landloom.figures.agreement import draw_report
from landloom.figures.dataset import classes_figure
from landloom.figures.map import draw_landcover
from landloom.figures.page import Layers, map_page
from landloom.figures.style import class_legend, new_figure, save_png
from landloom.figures.view import View
from landloom.job.geopackage import write_gpkg
from landloom.legend.classes import read_classes
from landloom.legend.csv_table import read_csv
from landloom.legend.legends import Entry, colored, load_legend
from landloom.legend.text import columns, shortened, text_table, unfit
from landloom.map.left_out import LeftOut
from landloom.map.report.estimates import Findings, map_report
from landloom.map.report.text import classes_table, report_text
from landloom.pages.look import Table, page_of_parts, verbatim
from landloom.raster.pixel_grid import PixelGrid
from landloom.raster.vrt import Band, Piece, vrt

ODD = [
    "$x$",
    "$\\frac{a$",
    "$",
    r"C:\new\table \$5",
    "\"quoted\" 'too'",
    "<script>alert(1)</script>",
    "</li></script><!--",
    "a & b &amp; c",
    "100 % {x} {} %s %(name)s",
    "_hidden",
    "__",
    "\u202eright to left",
    "שלום עולם",
    "zero\u200bwidth\u200d",
    "\u200b",
    "森林と草原",
    "🌲🌊",
    "e\u0301",
    "=1+1",
    "-",
    "#aabbcc",
    "x" * 200,
    "森" * 200,
]
letters = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"])
names = (
    st.text(letters, min_size=1, max_size=60)
    .map(str.strip)
    .filter(lambda name: name and unfit(name) is None)
)
few = settings(
    max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
GRID = PixelGrid(
    rasterio.crs.CRS.from_epsg(32631).to_wkt(), Affine(10.0, 0, 5e5, 0, -10.0, 5e6), 20, 20
)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ('"two\nlines"', "line 3: name holds a line end (U+000A)"),
        ("a\x07b", "line 2: name holds a control character (U+0007)"),
        ("a\0b", "line 2: name holds a control character (U+0000)"),
        ("a\x85b", "line 2: name holds a line end (U+0085)"),
        ("a\u2028b", "line 2: name holds a line end (U+2028)"),
        ("a\ufffeb", "line 2: name holds a control character (U+FFFE)"),
        ("x" * 10_000, "line 2: name has 10000 letters, more than 200; shorten it"),
    ],
)
def test_what_cannot_be_shown_is_refused_at_the_reader(tmp_path, name, said):
    path = tmp_path / "legend.csv"
    path.write_bytes(f"code,name,color\n1,{name},FF0000\n".encode())
    with pytest.raises(LandloomError, match=re.escape(said)):
        load_legend(str(path))
    path.write_bytes(f"code,value,name\n1,1,{name}\n".encode())
    with pytest.raises(LandloomError, match=re.escape(f"map.reference.classes: {path}: {said}")):
        read_classes(path)


def test_columns_that_nobody_asks_for_may_hold_anything(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(b'x,note\n1,"two\nlines \x07"\n')
    assert read_csv(path, ("x",)).columns == {"x": ["1"]}


def write_names(path: Path, some: list[str]) -> None:
    quoted = ['"' + name.replace('"', '""') + '"' for name in some]
    rows = [f"{code},{name},FF00{code:02X}" for code, name in enumerate(quoted, start=1)]
    path.write_text("\n".join(["code,name,color", *rows]), encoding="utf-8")


def test_all_else_is_read_as_it_is(tmp_path):
    write_names(tmp_path / "legend.csv", ODD)
    legend = load_legend(str(tmp_path / "legend.csv"))
    assert [entry.name for entry in legend.values()] == ODD


def legend_of(some: list[str]) -> dict[int, Entry]:
    return colored({code: Entry(name) for code, name in enumerate(some, start=1)})


def a_view(legend: dict[int, Entry]) -> View:
    pixels = np.resize(np.array(list(legend), np.uint8), (20, 20))
    return View(pixels, GRID, 1, False)


def a_report(called: dict[int, str]) -> dict[str, Any]:
    return map_report(Findings(held_out(np.diag([3] * len(called)), called)))


def draw_all(some: list[str], folder: Path) -> None:
    """Draw whatever shows names of classes; a warning fails."""
    legend = legend_of(some)
    counts = dict.fromkeys(legend, 10)
    report = a_report({code: entry.name for code, entry in legend.items()})
    classes = class_distribution([counts], legend)
    shares = pd.DataFrame(dict.fromkeys(("region", "train", "test"), [1.0] * len(classes)))
    figure = new_figure(6, 4)
    class_legend(figure, some, ["#ffffff"] * len(some))
    assert len(figure.legends[0].get_texts()) == len(some)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        save_png(figure, folder / "legend.png")
        save_png(draw_landcover(a_view(legend), legend, counts), folder / "map.png")
        save_png(draw_confusion(report), folder / "confusion.png")
        save_png(draw_report(report), folder / "report.png")
        save_png(classes_figure(classes, shares), folder / "classes.png")


def test_figures_of_odd_names(tmp_path):
    draw_all(ODD, tmp_path)


@few
@given(st.lists(names, min_size=1, max_size=4, unique=True))
def test_figures_of_any_names(tmp_path, some):
    draw_all(some, tmp_path)


def test_a_dollar_is_one_in_pictures():
    figure = new_figure(6, 4)
    class_legend(figure, ["$x$"], ["#ffffff"])
    (text,) = figure.legends[0].get_texts()
    assert text.get_text() == "$x$"
    assert not text.get_parse_math()


@few
@given(st.lists(names, min_size=1, max_size=4, unique=True))
def test_pages_hold_names_escaped(some):
    for chosen in (some, ODD):
        legend = legend_of(chosen)
        shown = a_view(legend)
        gone = [LeftOut(code, entry.name, 1, 0.01) for code, entry in legend.items()]
        counts = dict.fromkeys(legend, 1)
        html = map_page(Layers(shown, None, shown.pixels, None, legend, counts, gone))
        assert "<script>alert(1)" not in html
        cells = Table(["n", *map(str, range(len(chosen)))], [["", *chosen]])
        page = page_of_parts("t", [("a", cells), ("b", verbatim("\n".join(chosen), "b"))])
        for name in chosen:
            assert f">{escape(name)}</td>" in page


def names_back(some: list[str], folder: Path) -> tuple[list[str], tuple[str | None, ...]]:
    """Write names as categories and as a band's description; read them by GDAL."""
    source = folder / "in.tif"
    kind = {"driver": "GTiff", "width": 20, "height": 20, "count": 1, "dtype": "uint8"}
    with rasterio.open(source, "w", **kind, crs=GRID.wkt, transform=GRID.transform) as file:
        file.write(np.ones((1, 20, 20), np.uint8))
    legend = legend_of(some)
    piece = Piece.at(source, GRID, 0, 0)
    target = folder / "out.tif"
    text = vrt(GRID, [Band(1, "uint8", 255, legend, some[0])], [piece])
    rasterio.shutil.copy(text, target, driver="COG")
    ElementTree.parse(f"{target}.aux.xml")
    again = folder / "again.vrt"  # as GDAL has read it
    rasterio.shutil.copy(target, again, driver="VRT")
    found = ElementTree.parse(again).findall(".//Category")
    with rasterio.open(target) as file:
        return [element.text or "" for element in found][1:], file.descriptions


@few
@given(st.lists(names, min_size=1, max_size=4, unique=True))
def test_category_names_come_back_from_the_raster(tmp_path, some):
    for chosen in (some, ODD):
        categories, (description,) = names_back(chosen, tmp_path)
        assert categories == chosen
        assert description == chosen[0]


def test_a_band_may_be_described_by_anything(tmp_path):
    source = tmp_path / "in.tif"
    text = vrt(GRID, [Band(1, "uint8", 255, {}, "a\x07\ufffeb")], [Piece.at(source, GRID, 0, 0)])
    assert "<Description>a  b</Description>" in text


@few
@given(st.lists(names, min_size=1, max_size=5, unique=True))
def test_the_report_stays_a_table(some):
    for chosen in (some, ODD):
        report = a_report(dict(enumerate(chosen, start=1)))
        lines = text_table(*classes_table(report))
        rows = lines[1 : 1 + len(chosen)]
        assert len({columns(row) for row in lines}) == 1
        assert all(row.endswith("1.000 (0.439 to 1.000)  1.000") for row in rows)
        assert "\n".join(lines) in report_text(report)
        for value, (row, name) in enumerate(zip(rows, chosen, strict=True), start=1):
            called = name if name == str(value) else f"{value} {name}"
            assert shortened(called, 60) in row


@few
@given(st.lists(names, min_size=1, max_size=4))
def test_tables_hold_names_as_they_are(tmp_path, some):
    import geopandas
    from shapely.geometry import Point

    for chosen in (some, ODD):
        table = class_distribution([dict.fromkeys(legend_of(chosen), 1)], legend_of(chosen))
        table.to_parquet(tmp_path / "a.parquet")
        assert pd.read_parquet(tmp_path / "a.parquet")["name"].tolist() == chosen
        table.to_csv(tmp_path / "a.csv", index=False)
        read = read_csv(tmp_path / "a.csv", ("name",)).columns["name"]
        assert read == chosen
        frame = geopandas.GeoDataFrame(
            {"name": chosen}, geometry=[Point(0, 0)] * len(chosen), crs="EPSG:4326"
        )
        write_gpkg(frame, tmp_path / "a.gpkg", "a")
        assert geopandas.read_file(tmp_path / "a.gpkg")["name"].tolist() == chosen
        (tmp_path / "a.gpkg").unlink()

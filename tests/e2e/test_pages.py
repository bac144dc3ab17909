"""Pages that people open, driven in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from affine import Affine
from map_reports import held_out
from pages import Watched, browser_page
from PIL import Image
from rasters import NORTH_UP, write

from landloom.figures.page import Layers, map_page
from landloom.figures.tables import dataset_parts, map_parts, run_parts
from landloom.figures.view import full_legend, reference_on, value_counts, values_in, view
from landloom.legend.legends import Entry
from landloom.map.report.estimates import Findings, map_report
from landloom.pages.index import Run, index_page
from landloom.pages.look import page_of_parts

pytestmark = pytest.mark.full

NAMES = {3: "Water & <reed>", 7: "Tree cover", 40: "Cropland", 254: "Rock, bare"}


class Map(NamedTuple):
    """A page, and what it was made from, in the rows and columns of the raster."""

    page: Path
    classes: np.ndarray
    confidence: np.ndarray | None
    reference: np.ndarray
    transform: Affine


def make(folder: Path, transform: Affine = NORTH_UP, confident: bool = True) -> Map:
    rng = np.random.default_rng(5)
    classes = rng.choice(np.array([3, 7, 40, 255], np.uint8), (12, 20))
    reference = rng.choice(np.array([3, 7, 254, 0], np.uint8), (12, 20))
    confidence = np.where(classes == 255, 255, rng.integers(30, 101, (12, 20))).astype(np.uint8)
    path = str(write(folder / "map.tif", classes, transform, nodata=255))
    shares = str(write(folder / "confidence.tif", confidence, transform, nodata=255))
    labels = str(write(folder / "reference.tif", reference, transform, nodata=0))
    shown = view(path, 2000)
    met = reference_on(shown.grid, [labels], 1, None)
    legend = {value: Entry(name) for value, name in NAMES.items() if value != 254}
    layers = Layers(
        shown,
        view(shares, 2000).pixels if confident else None,
        met,
        None,
        {**full_legend(legend, None, values_in(met)), 254: Entry(NAMES[254], "123456")},
        value_counts(path),
    )
    page = folder / "index.html"
    page.write_text(map_page(layers), encoding="utf-8")
    return Map(page, classes, confidence if confident else None, reference, transform)


@pytest.fixture(scope="module")
def tab() -> Iterator[Watched]:
    with browser_page() as page:
        yield Watched(page)


def look(tab: Watched, made: Map) -> None:
    tab.open(made.page)
    tab.page.wait_for_selector(".classes li")
    tab.page.wait_for_function(
        "() => document.getElementById('map').dataset.fitted && Bokeh.documents[0].is_idle",
        timeout=20_000,
    )


def on_screen(tab: Watched, made: Map, row: int, col: int) -> tuple[float, float]:
    """Return where on the screen the middle of a pixel of the raster lies."""
    x, y = tab.page.evaluate(
        """([x, y]) => {
          const inside = (view) => [view, ...(view.child_views ?? []).flatMap(inside)]
          const views = [...Bokeh.index.roots].flatMap(inside)
          const plot = views.find((view) => view.frame !== undefined)
          const box = plot.canvas_view.el.getBoundingClientRect()
          return [box.x + plot.frame.x_scale.compute(x), box.y + plot.frame.y_scale.compute(y)]
        }""",
        list(made.transform @ (col + 0.5, row + 0.5)),
    )
    return x, y


def click(tab: Watched, made: Map, row: int, col: int) -> dict[str, str]:
    """Click the middle of a pixel of the raster, and return what the page tells of it."""
    tab.page.mouse.click(*on_screen(tab, made, row, col))
    x, y = made.transform @ (col + 0.5, row + 0.5)
    for _ in range(50):
        cells = tab.page.locator(".told th, .told td").all_inner_texts()
        told = dict(zip(cells[::2], cells[1::2], strict=True))
        # On the screen a pixel of the raster is wide; the click lies near its middle.
        if told and max(abs(float(told["easting"]) - x), abs(float(told["northing"]) - y)) < 2:
            return told
        tab.page.wait_for_timeout(100)
    raise AssertionError(f"the page tells of {told}, not of {x}, {y}")


def expected(made: Map, row: int, col: int) -> dict[str, str]:
    value, known = int(made.classes[row, col]), int(made.reference[row, col])
    told = {"class": NAMES.get(value, "no data"), "reference": NAMES.get(known, "none")}
    if made.confidence is not None:
        share = int(made.confidence[row, col])
        told["confidence"] = "no data" if share == 255 else f"{share} %"
    return told


FLIPPED = Affine(10, 0, 500_000, 0, 10, 5_600_000)


@pytest.mark.parametrize(
    ("transform", "confident"),
    [(NORTH_UP, True), (FLIPPED, False)],
    ids=["north up", "bottom up, no confidence"],
)
def test_a_click_tells_what_the_raster_holds(
    tab: Watched, tmp_path: Path, transform: Affine, confident: bool
) -> None:
    made = make(tmp_path, transform, confident)
    look(tab, made)
    for row, col in [(0, 0), (0, 19), (11, 0), (11, 19), (5, 7), (6, 13)]:
        told = click(tab, made, row, col)
        assert {key: told[key] for key in expected(made, row, col)} == expected(made, row, col)
    assert ("confidence" in told) == confident
    # A layer to choose, and its scale in the legend.
    assert tab.page.get_by_text("Confidence", exact=True).count() == (2 if confident else 0)
    assert not tab.errors
    assert not tab.outside(made.page)


def test_the_legend_names_just_the_classes_present(tab: Watched, tmp_path: Path) -> None:
    made = make(tmp_path)
    look(tab, made)
    values = tab.page.locator(".classes li").evaluate_all("all => all.map(e => e.dataset.value)")
    assert values == ["3", "7", "40"]
    names = tab.page.locator(".classes .name").all_inner_texts()
    assert names == [NAMES[3], NAMES[7], NAMES[40]]
    assert tab.page.locator(".others .name").all_inner_texts() == [NAMES[254]]
    shares = tab.page.locator(".classes .share").all_inner_texts()
    valid = made.classes[made.classes != 255]
    assert shares == [f"{100 * (valid == value).mean():.1f} %" for value in (3, 7, 40)]


def color_at(tab: Watched, made: Map, row: int, col: int) -> object:
    """Return the colour on the screen at the middle of a pixel of the raster."""
    x, y = on_screen(tab, made, row, col)
    picture = Image.open(BytesIO(tab.page.screenshot())).convert("RGB")
    return picture.getpixel((round(x), round(y)))


def test_choices_show_the_layer_that_is_seen(tab: Watched, tmp_path: Path) -> None:
    made = make(tmp_path)
    look(tab, made)
    row, col = np.argwhere((made.classes == 7) & (made.reference == 254))[0]
    map_color = color_at(tab, made, row, col)
    assert not tab.page.get_by_role("slider").is_visible()
    tab.page.get_by_role("radio", name="Reference").check()
    tab.page.wait_for_timeout(300)
    assert color_at(tab, made, row, col) == (0x12, 0x34, 0x56)
    tab.page.get_by_role("slider", name="Land cover on top of it").press("End")
    tab.page.wait_for_timeout(300)
    assert "100 %" in tab.page.locator("#laid").inner_text()
    assert color_at(tab, made, row, col) == map_color != (0x12, 0x34, 0x56)
    tab.page.get_by_role("radio", name="Land cover").check()
    tab.page.wait_for_timeout(300)
    assert color_at(tab, made, row, col) == map_color
    assert not tab.errors


def shown_of(tab: Watched) -> list[float]:
    """Return the edges of what the map shows: west, east, south, north."""
    found: list[float] = tab.page.evaluate(
        """() => {
          const plot = Bokeh.documents[0].roots()[0]
          return [plot.x_range.start, plot.x_range.end, plot.y_range.start, plot.y_range.end]
        }"""
    )
    return found


def test_keys_move_the_map_and_tell_what_its_middle_holds(tab: Watched, tmp_path: Path) -> None:
    made = make(tmp_path)
    look(tab, made)
    whole = shown_of(tab)
    tab.page.locator("#map").focus()
    tab.page.keyboard.press("+")
    west, east, south, north = shown_of(tab)
    assert east - west == pytest.approx((whole[1] - whole[0]) / 1.5)
    tab.page.keyboard.press("ArrowRight")
    tab.page.keyboard.press("ArrowUp")
    moved = shown_of(tab)
    assert moved[0] - west == pytest.approx((east - west) / 10)
    assert moved[3] - north == pytest.approx((north - south) / 10)
    tab.page.keyboard.press("Enter")
    x, y = (moved[0] + moved[1]) / 2, (moved[2] + moved[3]) / 2
    col, row = (int(place) for place in ~made.transform @ (x, y))
    cells = tab.page.locator(".told th, .told td").all_inner_texts()
    told = dict(zip(cells[::2], cells[1::2], strict=True))
    assert {key: told[key] for key in expected(made, row, col)} == expected(made, row, col)
    tab.page.keyboard.press("0")
    assert shown_of(tab) == pytest.approx(whole)


WIDTHS = {390: 844, 768: 1024, 1280: 800, 1920: 1080}
"""Screens: a phone, a tablet, a laptop, a desk; width to height."""


@pytest.fixture
def sized(tab: Watched) -> Iterator[Watched]:
    yield tab
    tab.page.set_viewport_size({"width": 1400, "height": 900})
    tab.page.emulate_media(color_scheme="light")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_pixel_is_as_high_as_wide_on_any_screen(
    sized: Watched, tmp_path: Path, width: int
) -> None:
    made = make(tmp_path)
    look(sized, made)
    sized.page.locator("#map").focus()
    sized.page.keyboard.press("+")
    sized.page.set_viewport_size({"width": width, "height": WIDTHS[width]})
    sized.page.wait_for_timeout(700)
    (x0, y0), (x1, y1) = (on_screen(sized, made, row, row) for row in (2, 8))
    assert abs(x1 - x0) == pytest.approx(abs(y1 - y0), rel=0.01)
    box = sized.page.locator("#map").bounding_box()
    assert box
    assert box["width"] > 0.55 * width
    assert not sized.errors


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One page of each kind."""
    folder = tmp_path_factory.mktemp("site")
    names = {10: "Tree cover", 20: "Bog & <fen>", 30: "Wide open grassland without any trees"}
    found = map_report(Findings(held_out([[9, 1, 0], [0, 6, 2], [1, 0, 7]], names)))
    counts = {"owned": 9, "rejected": {"unknown": 1}, "void": 3, "buffered": 0, "samples": 5}
    certificate = {
        "registration": {"train": {"compared": 3, "median_shift_right": 0.25}},
        "patches_sharing_pixels": {"between_splits": 0, "within_a_split": 0},
        "nearest_train_test_km": 0.0,
        "class_shares_percent": {"11 Water": {"region": 60.0, "train": 50.0, "test": 1.0}},
        "patches": {"train": counts, "test": counts},
        "notes": ["a note"],
    }
    about = {"code": [11], "name": ["Water"], "index": [0], "count": [5000]}
    Image.new("RGB", (1200, 400), "white").save(folder / "split.png")
    files = {
        "split.png": 9, "figures/dataset_split.png": 9, "figures/terrain.gif": 9,
        "map/index.html": 9, "dataset/train.npy": 7_000_000, "map/landcover.tif": 10,
        "config.yaml": 3,
    }  # fmt: skip
    notes = [{"product": "map", "file": "map/plan.json", "note": "a note"}]
    texts = {"config.yaml": "map: {}\n" * 40, "SOURCES.md": "# Sources\n\n## `a`: b\n\n- c: d"}
    pages = {
        "index": index_page(Run(files, certificate, None, found, notes, "Synthetic world")),
        "dataset": page_of_parts("Dataset", dataset_parts(certificate, pd.DataFrame(about), None)),
        "map tables": page_of_parts("Map", map_parts(found)),
        "run": page_of_parts("Run", run_parts(texts)),
    }
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    written = {name: folder / f"{name}.html" for name in pages}
    (folder / "map").mkdir()
    return {**written, "map": make(folder / "map").page}


PAGES = ["index", "dataset", "map tables", "run", "map"]

# What a person who sees little, or uses no mouse, would miss; as axe-core asks it, but without it.
MISSING = """() => {
  const faults = []
  const say = (what, element) => faults.push(`${what}: ${element.outerHTML.slice(0, 80)}`)
  if (document.documentElement.lang != "en") faults.push("no language")
  if (!document.title) faults.push("no title")
  if (document.querySelectorAll("main").length != 1) faults.push("not one main")
  if (document.querySelectorAll("h1").length != 1) faults.push("not one h1")
  let level = 0
  for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    const own = Number(heading.tagName[1])
    if (own > level + 1) say("a level is left out", heading)
    level = own
  }
  for (const image of document.images) if (!image.alt) say("no alt", image)
  for (const input of document.querySelectorAll("input"))
    if (!input.labels.length) say("no label", input)
  for (const act of document.querySelectorAll("a, button, summary"))
    if (!act.textContent.trim() && !act.querySelector("img[alt]")) say("no name", act)
  for (const cell of document.querySelectorAll("table tr > :first-child"))
    if (cell.tagName != "TH" || !cell.scope) say("no scope", cell)
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id)
  if (new Set(ids).size != ids.length) faults.push("an id twice")
  const regions = [...document.querySelectorAll("[role=region], section")]
  const named = regions.map((each) => each.ariaLabel || each.getAttribute("aria-labelledby"))
  if (named.includes(null) || new Set(named).size != named.length)
    faults.push("regions without names of their own")
  for (const each of document.querySelectorAll(".wide, pre"))
    if (each.tabIndex != 0) say("keys cannot scroll it", each)
  const parts = (text) => text.match(/[\\d.]+/g).map(Number)
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map(
    (c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  ).reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0)
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parts(getComputedStyle(at).backgroundColor)
      if (color.length == 3 || color[3] > 0) return color
    }
    return [255, 255, 255]
  }
  for (const element of document.querySelectorAll("main *, header *")) {
    const own = [...element.childNodes].some((n) => n.nodeType == 3 && n.data.trim())
    if (!own || element.closest("#map > *")) continue
    const [low, high] = [
      light(parts(getComputedStyle(element).color)), light(ground(element))
    ].sort((a, b) => a - b)
    if ((high + 0.05) / (low + 0.05) < 4.5) say("low contrast", element)
  }
  return faults
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_nobody_is_left_out_on_any_screen(
    sized: Watched, site: dict[str, Path], name: str, scheme: str
) -> None:
    sized.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for width, height in WIDTHS.items():
        sized.page.set_viewport_size({"width": width, "height": height})
        sized.open(site[name])
        assert sized.page.evaluate(MISSING) == [], width
        wide = sized.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, "the page as a whole runs off the screen"
    sized.page.keyboard.press("Tab")
    outline = "getComputedStyle(document.activeElement)"
    assert sized.page.evaluate(f"{outline}.outlineStyle") != "none"
    assert sized.page.evaluate(f"parseFloat({outline}.outlineWidth)") >= 2
    ground = sized.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")


def test_what_leaves_people_out_is_found(tab: Watched, tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text(
        "<html><title>t</title><body><main><h1>a</h1><h3>b</h3><img src='x.png'><input>"
        "<p style='color:#999;background:#fff'>pale</p><a href='#'></a></main></html>"
    )
    tab.open(page)
    found = {fault.split(":")[0] for fault in tab.page.evaluate(MISSING)}
    assert found == {
        "no language", "a level is left out", "no alt", "no label", "low contrast", "no name",
    }  # fmt: skip

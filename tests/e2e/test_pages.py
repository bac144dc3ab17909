"""Pages that people open, driven in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from affine import Affine
from pages import Watched, browser_page
from PIL import Image
from rasters import NORTH_UP, write

from landloom.figures.page import Layers, map_page
from landloom.figures.view import full_legend, reference_on, value_counts, values_in, view
from landloom.legend.legends import Entry

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
        "() => Bokeh.documents.length && Bokeh.documents[0].is_idle", timeout=20_000
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
        cells = tab.page.locator(".told td").all_inner_texts()
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


def test_buttons_choose_the_layer_that_is_seen(tab: Watched, tmp_path: Path) -> None:
    made = make(tmp_path)
    look(tab, made)
    row, col = np.argwhere((made.classes == 7) & (made.reference == 254))[0]
    map_color = color_at(tab, made, row, col)
    tab.page.get_by_text("Reference", exact=True).first.click()
    tab.page.wait_for_timeout(300)
    assert color_at(tab, made, row, col) == (0x12, 0x34, 0x56)
    tab.page.get_by_text("Land cover", exact=True).last.click()
    tab.page.wait_for_timeout(300)
    assert color_at(tab, made, row, col) == map_color != (0x12, 0x34, 0x56)
    assert not tab.errors

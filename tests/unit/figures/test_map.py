from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from rasters import LONLAT, NORTH_UP, UTM, write

from landloom.figures import style
from landloom.figures.accuracy import draw_confusion, draw_importances, draw_tuning
from landloom.figures.map import (
    Closeup,
    class_colors,
    draw_closeup,
    draw_confidence,
    draw_landcover,
    false_colors,
)
from landloom.figures.page import Layers, map_page
from landloom.figures.view import View, value_counts, view, view_window
from landloom.legend.legends import Entry, colored
from landloom.legend.values import NODATA
from landloom.map.embedding import EmbeddingInfo
from landloom.map.embedding_header import inspect
from landloom.map.forest.accuracy import assess
from landloom.map.forest.parameters import key_of
from landloom.map.forest.ranking import rank
from landloom.map.forest.scores import CandidateScore
from landloom.map.forest.tuning_units import candidates
from landloom.map.left_out import LeftOut
from landloom.map.plan import plan_map
from landloom.map.points import Points
from landloom.map.vectors import vectors_on
from landloom.map.zones import ZonedEmbedding
from landloom.raster.pixel_grid import Box

pytestmark = pytest.mark.slow

SHEARED = Affine(10, 3, 500_000, 2, -10, 5_600_000)
BOTTOM_UP = Affine(10, 0, 500_000, 0, 10, 5_600_000)
DEGREES = Affine(0.001, 0, 12, 0, -0.001, 66)


def a_map(folder: Path, classes: int, shape: tuple[int, int], transform: Affine, crs: str) -> str:
    pixels = np.random.default_rng(1).integers(0, classes, shape).astype(np.uint8)
    pixels[:1, :1] = 255
    return str(write(folder / "map.tif", pixels, transform, crs, nodata=255))


def points(shown: View, classes: int, n: int = 9) -> Points:
    west, south, east, north = shown.bounds
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {
            "x": rng.uniform(west, east, n),
            "y": rng.uniform(south, north, n),
            "label": rng.integers(0, classes, n),
        }
    )
    return Points(frame, named(classes))


def named(classes: int, name: str = "Some class of which the name is rather long") -> dict:
    return {value: Entry(f"{name} {value}") for value in range(classes)}


CASES = {
    "plain": (4, (60, 80), NORTH_UP, UTM),
    "one class": (1, (40, 40), NORTH_UP, UTM),
    "thirty classes": (30, (60, 80), NORTH_UP, UTM),
    "tiny": (2, (10, 20), NORTH_UP, UTM),
    "one pixel wide": (3, (300, 1), NORTH_UP, UTM),
    "tall": (3, (400, 12), NORTH_UP, UTM),
    "wide": (3, (12, 400), NORTH_UP, UTM),
    "sheared": (3, (60, 80), SHEARED, UTM),
    "bottom up": (3, (60, 80), BOTTOM_UP, UTM),
    "degrees": (3, (60, 80), DEGREES, LONLAT),
}


@pytest.mark.parametrize("case", CASES)
def test_figures_of_odd_maps_can_be_read(case: str, tmp_path: Path) -> None:
    classes, shape, transform, crs = CASES[case]
    path = a_map(tmp_path, classes, shape, transform, crs)
    shown, counts, legend = view(path, 100), value_counts(path), colored(named(classes))
    part = view_window(path, Box(0, shape[0], 0, shape[1]))
    clear = np.zeros((*part.pixels.shape, 4), np.uint8)
    labelled = points(part, classes)
    figures = {
        "landcover": draw_landcover(shown, legend, counts),
        "confidence": draw_confidence(shown, classes, counts),
        "closeup": draw_closeup(Closeup(part, None, labelled, clear, 0.5, legend)),
        "beside": draw_closeup(Closeup(part, part.pixels, labelled, clear, 0.5, legend)),
    }
    for name, figure in figures.items():
        picture = tmp_path / f"{name}.png"
        style.save_png(figure, picture)
        height, width, _ = matplotlib.image.imread(picture).shape
        assert 150 < width < 2000, name
        assert 150 < height < 2200, name
    told = legend_texts(figures["landcover"])
    if (shown.pixels == NODATA).any():
        *told, void = told
        assert void == "no data"
    assert all(f"{legend[value].name} " in text for value, text in zip(counts, told, strict=True))


def legend_texts(figure: object) -> list[str]:
    (legend,) = figure.legends  # type: ignore[attr-defined]
    return [text.get_text() for text in legend.get_texts()]


def test_the_map_is_drawn_in_the_colours_of_its_legend() -> None:
    legend = {3: Entry("a", "FF8000"), 200: Entry("b", "0000FF")}
    pixels = np.array([[3, 200, 255, 7]], np.uint8)
    np.testing.assert_array_equal(
        class_colors(pixels, legend),
        [[[255, 128, 0, 255], [0, 0, 255, 255], [0, 0, 0, 0], [0, 0, 0, 0]]],
    )


def painted(info: EmbeddingInfo, box: Box, features: np.ndarray) -> tuple[np.ndarray, float]:
    embedding = ZonedEmbedding.alone(info)
    with vectors_on(plan_map(embedding, "native", 256, None), embedding) as vectors:
        return false_colors(vectors, info.grid, box, features)


def test_false_colours_follow_the_main_directions(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    first = np.linspace(-5, 5, 600).reshape(20, 30)
    bands = np.stack([rng.normal(0, 0.01, (20, 30)), first, -first]).astype(np.float32)
    bands[:, 0, 0] = np.nan
    info = inspect(write(tmp_path / "embedding.tif", bands))
    features = bands[:, :, 1:].reshape(3, -1).T
    picture, share = painted(info, Box(0, 20, 0, 30), features)
    assert picture.shape == (20, 30, 4)
    assert picture[0, 0].tolist() == [0, 0, 0, 0]
    assert (picture[..., 3].ravel()[1:] == 255).all()
    red = picture[..., 0].astype(float).ravel()[1:]
    assert abs(np.corrcoef(red, first.ravel()[1:])[0, 1]) > 0.99
    assert {red.min(), red.max()} == {0, 255}
    assert share == pytest.approx(1)


@pytest.mark.parametrize("bands", [1, 2])
def test_false_colours_do_with_few_bands(bands: int, tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(bands, 8, 9)).astype(np.float32)
    info = inspect(write(tmp_path / "embedding.tif", values))
    picture, _ = painted(info, Box(2, 8, 0, 9), values.reshape(bands, -1).T)
    assert picture.shape == (6, 9, 4)
    assert (picture[..., bands:3] == 128).all()


def test_the_embedding_lies_under_a_bottom_up_map_pixel_by_pixel(tmp_path: Path) -> None:
    values = np.arange(12, dtype=np.float32).reshape(1, 4, 3)
    info = inspect(write(tmp_path / "embedding.tif", values + 1, BOTTOM_UP))
    classes = np.arange(12, dtype=np.uint8).reshape(4, 3)
    path = str(write(tmp_path / "map.tif", classes, BOTTOM_UP, nodata=255))
    picture, _ = painted(info, Box(0, 4, 0, 3), values.reshape(1, -1).T)
    order = np.argsort(view_window(path, Box(0, 4, 0, 3)).pixels, axis=None)
    red = picture[..., 0].astype(int).ravel()[order]
    assert (np.diff(red) >= 0).all() or (np.diff(red) <= 0).all()


def a_report(classes: int, n: int = 400) -> dict:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, classes, n)
    predicted = np.where(rng.random(n) < 0.7, truth, rng.integers(0, classes, n))
    names = {value: entry.name for value, entry in named(classes).items()}
    return assess(truth, predicted, names)


@pytest.mark.parametrize("classes", [2, 30])
def test_reports_of_few_and_many_classes_are_drawn(classes: int, tmp_path: Path) -> None:
    style.save_png(draw_confusion(a_report(classes)), tmp_path / "picture.png")
    height, width, _ = matplotlib.image.imread(tmp_path / "picture.png").shape
    assert 100 < width < 3300
    assert 100 < height < 5500


def test_the_confusion_matrix_tells_shares_of_rows_and_counts() -> None:
    report = assess([0, 0, 0, 0, 1], [0, 0, 0, 1, 1], {0: "a", 1: "b"})
    figure = draw_confusion(report)
    axes = figure.axes[0]
    told = {text.get_position(): text.get_text() for text in axes.texts}
    assert told == {(0, 0): "75 %\n3", (1, 0): "25 %\n1", (1, 1): "100 %\n1"}


def a_stage(grid: dict, n_bands: int = 64) -> dict:
    rng = np.random.default_rng(4)
    fixed = {
        "n_estimators": 100, "max_features": "sqrt", "max_depth": None,
        "min_samples_leaf": 1, "min_samples_split": 2, "class_weight": None,
    }  # fmt: skip
    fixed = {name: value for name, value in fixed.items() if name not in grid}
    scores = [
        CandidateScore(params, key_of({**fixed, **params}, n_bands), tuple(rng.random(5)))
        for params in candidates(grid)
    ]
    return rank(grid, scores, fixed, n_bands)


@pytest.mark.parametrize(
    "depths", [[None], [None, 20], list(range(1, 101))], ids=["one", "few", "hundreds"]
)
def test_searches_small_and_large_are_drawn_with_their_winner(depths: list, tmp_path: Path) -> None:
    first = a_stage({"max_depth": depths, "min_samples_leaf": [1, 5, 10]})
    second = a_stage({"n_estimators": [100], "class_weight": [None]})
    figure = draw_tuning([first, second])
    style.save_png(figure, tmp_path / "picture.png")
    stars = [
        line.get_ydata()[0]
        for axes in figure.axes
        for line in axes.lines
        if line.get_marker() == "*" and axes.get_visible()
    ]
    best = [
        stage["candidates"][stage["best_index"]]["mean_test_score"] for stage in (first, second)
    ]
    assert set(stars) == set(best)


def test_importances_add_up_and_the_largest_come_first() -> None:
    values = np.random.default_rng(5).dirichlet(np.ones(60))
    named_values = {f"b{i:02d}": float(value) for i, value in enumerate(values)}
    figure = draw_importances(named_values)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == sorted(named_values, key=lambda name: -named_values[name])[:25]
    summed = figure.axes[1].lines[0].get_ydata()
    assert summed[0] == 0
    assert summed[-1] == pytest.approx(1)


PAGE = """
import sys
sys.path[:0] = sys.argv[2:]
from landloom.legend.legends import Entry, colored
from landloom.figures.page import Layers, map_page
from landloom.figures.view import value_counts, view
shown, counts = view(sys.argv[1], 100), value_counts(sys.argv[1])
legend = colored({value: Entry("class") for value in counts})
sys.stdout.write(map_page(Layers(shown, None, shown.pixels, None, legend, counts)))
"""


def test_the_page_is_the_same_to_the_byte_in_every_process(tmp_path: Path) -> None:
    path = a_map(tmp_path, 3, (30, 40), NORTH_UP, UTM)
    call = [sys.executable, "-c", PAGE, path, *sys.path]
    pages = [subprocess.run(call, check=True, capture_output=True).stdout for _ in range(2)]
    assert pages[0] == pages[1]
    assert len(pages[0]) > 100_000  # the library stands in the page itself


def test_the_page_stays_small_and_says_what_it_leaves_out(tmp_path: Path) -> None:
    path = a_map(tmp_path, 5, (2000, 2000), NORTH_UP, UTM)
    shown = view(path, 2000)
    layers = Layers(shown, shown.pixels, shown.pixels, None, colored(named(5)), value_counts(path))
    page = map_page(layers)
    assert len(page) < 25e6
    assert "all pixels of the map" in page
    assert "not in this map" not in page
    gone = map_page(replace(layers, left_out=[LeftOut(95, "Bog & fen", 9, 0.009)]))
    assert "1 class of the reference is not in this map: 95 Bog &amp; fen (0.90 %)." in gone
    small = view(path, 500)
    layers = Layers(small, None, small.pixels, None, colored(named(5)), value_counts(path))
    assert "4 \N{MULTIPLICATION SIGN} 4 pixels of the map" in map_page(layers)

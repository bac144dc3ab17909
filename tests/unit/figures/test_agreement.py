"""Pictures of how well a map agrees: what is drawn of each figure, and where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
import pytest
from map_reports import held_out, scores, validation
from matplotlib.axes import Axes

from landloom.figures import style
from landloom.figures.agreement import draw_estimates, draw_report
from landloom.map.left_out import LeftOut
from landloom.map.report.estimates import Findings, map_report

GONE = LeftOut(999, "City", 9, 0.1)


def a_report(classes: int, *, more: bool, left_out: bool = False, n: int = 400) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    long = "a name of a class that hardly has room beside an axis, number"
    names = {value: f"{long} {value}" for value in range(classes)}
    counts = rng.multinomial(n, [1 / classes**2] * classes**2).reshape(classes, classes)
    counts[0] = 0  # of which no sample is held out
    counts[-1] = 0
    counts[-1, -1] = 1
    folds = [scores(2 * counts, names) | {"scheme": scheme} for scheme in ("random", "knndm")]
    points = validation({**names, 999: "City"}, 999)
    found = held_out(counts, names, [GONE] if left_out else [])
    return map_report(Findings(found, folds, points) if more else Findings(found))


@pytest.mark.parametrize("classes", [3, 9, 20])
@pytest.mark.parametrize("more", [True, False])
def test_few_and_many_classes_are_drawn(classes: int, more: bool, tmp_path: Path) -> None:
    report = a_report(classes, more=more, left_out=more)
    for draw in (draw_report, draw_estimates):
        style.save_png(draw(report), tmp_path / "picture.png")
        height, width, _ = matplotlib.image.imread(tmp_path / "picture.png").shape
        assert 100 < width < 3300
        assert 100 < height < 5500


def marks(axes: Axes) -> list[tuple[float, float, str]]:
    """Return the markers of axes: value, place, sign."""
    return [
        (float(line.get_xdata()[0]), float(line.get_ydata()[0]), str(line.get_marker()))
        for line in axes.lines
        if len(line.get_xdata()) == 1
    ]


def bars(axes: Axes) -> dict[float, tuple[float, float]]:
    """Return the limits of the intervals by their places."""
    found = [part.get_segments()[0] for part in axes.collections]
    return {float(ends[0, 1]): (float(ends[0, 0]), float(ends[1, 0])) for ends in found}


def test_each_class_has_its_figures_with_intervals_and_numbers() -> None:
    counts = [[30, 4, 0], [2, 4, 0], [0, 0, 0]]
    report = map_report(Findings(held_out(counts, {1: "a", 2: "b", 3: "c"})))
    precision, mapped, recall, reference = draw_report(report).axes
    assert [label.get_text() for label in precision.get_yticklabels()] == ["a", "b"]
    (split,) = report["estimates"]
    for axes, measure in ((precision, "precision"), (recall, "recall")):
        drawn = {place: value for value, place, _ in marks(axes)}
        assert drawn == {n: about[measure]["value"] for n, about in enumerate(split["classes"])}
        for place, limits in bars(axes).items():
            about = split["classes"][round(place)]
            assert limits == pytest.approx(about[measure]["interval"])
    assert [text.get_text() for text in mapped.texts] == ["32", "8"]
    assert [text.get_text() for text in reference.texts] == ["34", "6"]


def test_no_marker_lies_on_another() -> None:
    report = a_report(9, more=True, left_out=True)
    for axes in draw_report(report).axes[::2]:
        places = [place for _, place, _ in marks(axes)]
        assert len(set(places)) == len(places) > 20
        assert np.diff(sorted(places)).min() > 0.25
    signs = marks(draw_estimates(report).axes[0])
    rows = {(place, sign) for _, place, sign in signs}
    assert len(rows) == len(signs) == 3 * 4 + 1


def test_what_rests_on_no_sample_is_no_zero() -> None:
    precision, mapped, _, _ = draw_report(a_report(3, more=True, left_out=True)).axes
    city = [label.get_text() for label in precision.get_yticklabels()].index("City")
    assert not [place for _, place, _ in marks(precision) if abs(place - city) < 0.5]
    assert [text.get_text() for text in precision.texts] == ["none"]
    assert [text.get_text() for text in mapped.texts][-1] == "0"


def test_the_estimates_stand_below_each_other_with_their_baselines() -> None:
    report = a_report(3, more=True)
    (axes,) = draw_estimates(report).axes
    told = [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]
    assert told == [each["basis"] for each in report["estimates"]]
    for row, each in enumerate(report["estimates"]):
        drawn = {sign: value for value, place, sign in marks(axes) if abs(place - row) < 0.5}
        overall = {sign: value for sign, value in drawn.items() if sign in ("o", "D", "s")}
        assert list(overall.values()) == [each["overall"]["value"]]
        assert bars(axes)[row] == pytest.approx(each["overall"]["interval"])
        if each["baselines"]:
            assert drawn["|"] == each["baselines"]["majority"]["accuracy"]
            assert drawn["x"] == each["baselines"]["nearest_centroid"]["accuracy"]
        else:
            assert drawn.keys() == {"s"}
    assert "75.0 % (70.0 % to 80.0 %), n = 300" in [text.get_text() for text in axes.texts]


def test_with_classes_left_out_both_are_drawn_and_told_apart() -> None:
    report = a_report(3, more=True, left_out=True)
    (axes,) = draw_estimates(report).axes
    hollow = {
        round(float(line.get_ydata()[0])): float(line.get_xdata()[0])
        for line in axes.lines
        if line.get_markerfacecolor() == "white"
    }
    assert hollow == {
        row: each["with_left_out"]["value"] for row, each in enumerate(report["estimates"])
    }
    assert "all classes: 75.0 % (70.0 % to 80.0 %)\nn = 300" in [t.get_text() for t in axes.texts]

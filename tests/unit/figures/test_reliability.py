"""The picture of the calibration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from landloom.figures.reliability import draw_reliability
from landloom.figures.style import save_png
from landloom.legend.legends import Entry
from landloom.map.calibration.evidence import from_votes
from landloom.map.calibration.report import Wanted, calibrate
from landloom.map.crossval.folds import Folds
from landloom.map.crossval.votes import Votes

pytestmark = pytest.mark.slow

FEW = 10
"""Places from which on a bin is part of the curve."""


def calibration(classes: int, n: int = 400, name: str = "class") -> dict[str, Any]:
    rng = np.random.default_rng(classes)
    values = np.arange(classes)
    shares = rng.dirichlet(np.full(classes, 0.5), n)
    label = np.where(rng.random(n) < 0.8, shares.argmax(axis=1), np.arange(n) % classes)
    votes = Votes(np.arange(n), label, np.arange(n) % 5, values, shares)
    legend = {int(value): Entry(f"{name} {value}") for value in values}
    folds = Folds("knndm", votes.fold, 5)
    evidence = from_votes(votes, folds, proportional=True)
    return calibrate(evidence, Wanted("auto", "isotonic", 0.5), legend)


@pytest.mark.parametrize("classes", [2, 8, 31])
def test_every_bin_and_class_is_drawn(classes: int, tmp_path: Path) -> None:
    told = calibration(classes)
    figure = draw_reliability(told)
    curve, counts, coverage = figure.axes
    for line, which in zip(curve.lines[1:], ("before", "after"), strict=True):
        filled = [bin_ for bin_ in told["bins"][which] if bin_["n"] >= FEW]
        assert line.get_xdata().tolist() == [bin_["confidence"] for bin_ in filled]
        assert line.get_ydata().tolist() == [bin_["accuracy"] for bin_ in filled]
    markers = sum(len(each.get_offsets()) for each in curve.collections[1::2])
    assert markers == sum(bool(b["n"]) for bins in told["bins"].values() for b in bins)
    heights = [bar.get_height() for bar in counts.patches]
    assert sum(heights) == 2 * told["n"]
    names = [label.get_text() for label in coverage.get_yticklabels()]
    assert names == [*(f"class {value}" for value in range(classes)), "all"]
    held = coverage.collections[-1].get_offsets()[:, 0].tolist()
    expected = [*(about["coverage"] for about in told["classes"]), told["coverage"]]
    assert held == pytest.approx(expected)
    for place in range(2):
        save_png(draw_reliability(told), tmp_path / f"{place}.png")
    assert (tmp_path / "0.png").read_bytes() == (tmp_path / "1.png").read_bytes()


def test_names_of_any_length_fit(tmp_path: Path) -> None:
    figure = draw_reliability(calibration(3, name="a $very$ long name of a class " * 6))
    save_png(figure, tmp_path / "long.png")
    assert all(len(label.get_text()) < 40 for label in figure.axes[2].get_yticklabels())


def test_a_class_that_was_set_aside_has_no_dot(tmp_path: Path) -> None:
    told = calibration(3)
    told["classes"][1]["coverage"] = None
    figure = draw_reliability(told)
    held = figure.axes[2].collections[-1].get_offsets()
    assert np.ma.getmaskarray(held)[:, 0].tolist() == [False, True, False, False]
    save_png(figure, tmp_path / "aside.png")

"""Prediction by each kind of classifier against scikit-learn's own, of the same model.

``python benchmarks/classifiers.py`` predicts labels and shares of pixels of 64 bands by models that
were fitted on 5,000 samples: in blocks as the map is predicted, and by scikit-learn with one
thread, in turns and in one process. Nearest neighbours are set beside the plain way, too, of
standardised bands and Euclidean distances by a matrix product. It prints a table of the processor's
seconds per million pixels and fails if a label differs or a goal is missed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"], "1"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

import numpy as np
from forest import encoded
from measure import Row, cpu_time, print_table, take_turns
from scene import samples, scene

from landloom.map.classifiers.kinds import Fitted, Recipe, load_kernels
from landloom.map.encoding import Encoding, decode

SAMPLES = 5000
RECIPES = {
    "forest": (Recipe({"n_estimators": 400}, seed=0), 3.0),
    "logistic": (Recipe({"C": 1.0}, seed=0, kind="logistic"), 1.0),
    "knn": (Recipe({"n_neighbors": 5, "weights": "distance"}, seed=0, kind="knn"), 5.0),
}
"""How each kind is fitted, and how many times faster than scikit-learn's own it is to be."""

PLAIN = 1.0
"""How many times faster than the plain way nearest neighbours are to be."""

FEW = {"forest": 2**15, "logistic": 2**18, "knn": 2**13}
"""Pixels that scikit-learn predicts, which are enough to tell its time."""


def main() -> bool:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=512, help="of a block, in pixels")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--kinds", nargs="+", default=list(RECIPES))
    arguments = parser.parse_args()
    block, labels = scene(arguments.side)
    for kind in arguments.kinds:
        load_kernels(kind)
    rows: list[Row] = []
    for encoding in ("alphaearth", "float"):
        stored = encoded(block, encoding)
        X, y = samples(decode(stored, encoding), labels, SAMPLES)
        for kind in arguments.kinds:
            rows += compare(kind, RECIPES[kind][0].fit(X, y), stored, encoding, arguments.repeats)
    return print_table(rows)


def compare(
    kind: str, fitted: Fitted, stored: np.ndarray, encoding: Encoding, repeats: int
) -> list[Row]:
    """Predict in both ways, in turns."""
    flat = fitted.classifier
    if encoding == "alphaearth":
        codes = np.arange(-128, 128).astype(np.int8)
        flat = flat.with_codes(decode(codes, encoding), -128)
    pixels = stored.reshape(len(stored), -1).T
    own = pixels if kind != "knn" else pixels[: 2**16]
    part = np.ascontiguousarray(pixels[: FEW[kind]].T)
    dtype = np.float32 if kind == "forest" else np.float64
    fitted.estimator.n_jobs = 1

    def rows_of() -> np.ndarray:
        """Return rows as scikit-learn takes them, of pixels as blocks have them."""
        return np.ascontiguousarray(decode(part, encoding).T, dtype)

    ways: dict[str, tuple[Callable[[], Any], int]] = {
        "ours": (lambda: flat.predict(own, confidence=True), len(own)),
        "theirs": (lambda: fitted.estimator.predict_proba(rows_of()), part.shape[1]),
    }
    if kind == "knn":
        plain = fitted.stand_in
        ways["plain"] = (lambda: plain.predict_proba(rows_of()), part.shape[1])
    flat.predict(own[:10], confidence=True)
    seconds = take_turns({name: timed(*way) for name, way in ways.items()}, repeats)
    found = flat.predict(pixels[: part.shape[1]]).labels
    differ = int(np.count_nonzero(found != fitted.estimator.predict(rows_of())))
    what, goal = f"{encoding}, {kind}", RECIPES[kind][1]
    rows = [
        row(f"{what}: CPU per million pixels", seconds["theirs"], seconds["ours"], goal),
        Row(f"{what}: labels", f"{part.shape[1]}", f"{differ} differ", differ, high=0),
    ]
    if kind == "knn":
        rows.append(row(f"{what}, the plain way", seconds["plain"], seconds["ours"], PLAIN))
    return rows


def timed(work: Callable[[], Any], pixels: int) -> Callable[[], float]:
    """Return what measures some work, in seconds per million pixels."""
    return lambda: cpu_time(work) * 1e6 / pixels


def row(what: str, theirs: float, ours: float, goal: float) -> Row:
    return Row(what, f"{theirs:.2f} s", f"{ours:.2f} s", theirs / ours, low=goal)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)

"""The inner loop of prediction by itself: rows per second of CPU, against scikit-learn's.

``python benchmarks/kernels.py`` fits a forest for signed bytes and one for floats, and lets
scikit-learn, the kernel for any processor and the one in vector registers predict the same rows in
turn, in one process of one thread. It prints a table of medians and fails if a goal is missed, or a
share differs. It takes three minutes of CPU time. Where the processor lacks what vectors take, it
says so, and has the other kernel's figures alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

import numpy as np
from measure import Row, cpu_time, print_table, take_turns
from numpy.typing import NDArray
from scene import samples, scene

from landloom.map.encoding import Encoding, decode
from landloom.map.forest import vectors
from landloom.map.forest.forest import FlatForest, fit_final

GOALS = {
    ("alphaearth", "with confidence"): 11.0,
    ("alphaearth", "labels"): 15.0,
    ("float", "with confidence"): 7.0,
    ("float", "labels"): 9.0,
}
"""Times as fast as scikit-learn, in vectors."""

SAMPLES = 4000


def main() -> bool:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trees", type=int, default=304)
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    reason = vectors.lacking()
    if reason is not None:
        print(f"not in vectors: {reason}")
    block, labels = scene(512)
    rows: list[Row] = []
    codes = np.rint(np.sign(block) * np.sqrt(np.abs(block)) * 127.5)
    signed = codes.clip(-127, 127).astype(np.int8)
    encodings: tuple[tuple[Encoding, NDArray[Any]], ...] = (
        ("alphaearth", signed),
        ("float", block),
    )
    for encoding, stored in encodings:
        X, y = samples(decode(stored, encoding), labels, SAMPLES)
        model = fit_final(X, y, {"n_estimators": arguments.trees}, seed=42)
        flat = FlatForest.from_model(model)
        if encoding == "alphaearth":
            table = decode(np.arange(-128, 128).astype(np.int8), encoding)
            flat = flat.with_codes(table, -128)
        some = stored.reshape(len(stored), -1)[:, : arguments.rows].T
        plain_rows = np.ascontiguousarray(decode(some.T, encoding).T)
        rows += compare(encoding, model, flat, (some, plain_rows), arguments.repeats)
    return print_table(rows)


def compare(
    encoding: Encoding,
    model: Any,
    flat: FlatForest,
    rows: tuple[NDArray[Any], NDArray[Any]],
    repeats: int,
) -> list[Row]:
    """Let all predict rows, as they are stored and as scikit-learn takes them."""
    stored, decoded = rows
    plain = replace(flat)
    plain.__dict__["_parts"] = None  # as where the processor lacks what vectors take
    kernels = {"any processor": plain} | ({"vectors": flat} if flat._parts else {})
    works: dict[str, Callable[[], object]] = {"scikit-learn": lambda: model.predict_proba(decoded)}
    for name, forest in kernels.items():
        works[f"{name}, with confidence"] = lambda forest=forest: forest.predict(
            stored, confidence=True
        )
        works[f"{name}, labels"] = lambda forest=forest: forest.predict(stored)
        forest.predict(stored[:1])  # compiled
    turns = {name: lambda work=work: cpu_time(work) for name, work in works.items()}
    seconds = take_turns(turns, repeats)
    expected = model.predict_proba(decoded)
    what = f"{encoding}, {len(flat.roots)} trees"
    found = []
    for name, forest in kernels.items():
        for asked in ("with confidence", "labels"):
            ratio = seconds["scikit-learn"] / seconds[f"{name}, {asked}"]
            goal = GOALS[encoding, asked] if name == "vectors" else None
            theirs, ours = (
                f"{len(stored) / seconds[which] / 1e3:.0f} thousand/s"
                for which in ("scikit-learn", f"{name}, {asked}")
            )
            found.append(Row(f"{what}: {name}, {asked}", theirs, ours, ratio, low=goal))
        shares = forest.predict(stored, probabilities=True).probabilities
        labels = forest.predict(stored).labels
        differ = np.count_nonzero(shares != expected)
        differ += np.count_nonzero(labels != model.classes_.take(expected.argmax(axis=1)))
        of = f"{expected.size + len(labels)}"
        found.append(Row(f"{what}: {name}, values", of, f"{differ} differ", differ, high=0))
    return found


if __name__ == "__main__":
    sys.exit(0 if main() else 1)

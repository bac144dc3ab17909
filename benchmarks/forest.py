"""Blocks of the map against scikit-learn: the same labels, in less CPU time and little memory.

``python benchmarks/forest.py`` runs a block's job, a process from its imports to its GeoTIFF, and
a process that has scikit-learn do the same in the plain way. It prints a table and fails if a goal
is missed. It takes half an hour of CPU time, and 2 GB of temporary files.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

import numpy as np
import rasterio
from blocks import Embedded, Forest, compile_kernel, our_block, plain_block
from measure import Row, Usage, print_table, take_turns
from numpy.typing import NDArray
from scene import Floats, samples, scene

from landloom.map.encoding import Encoding, decode
from landloom.map.forest import vectors

LAYERS = {"labels": "labels", "labels+confidence": "with confidence"}
"""By what the block holds, what to call it."""

GOALS = {
    "any processor": {"labels": 4.0, "labels+confidence": 3.0},
    "vectors": {"labels": 6.0, "labels+confidence": 5.0},
}
"""How many times faster it is to be made, by the kernel that makes it."""

ALL = "labels+confidence+shares"
MOST_MEMORY = 1e9
SAMPLES = 5000


def main() -> bool:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trees", type=int, nargs="+", default=[300, 400, 1000, 1200])
    parser.add_argument("--leaf", type=int, default=1, help="min_samples_leaf of the forests")
    parser.add_argument("--side", type=int, default=1024, help="of a block, in pixels")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--encodings", nargs="+", default=["alphaearth", "float"])
    arguments = parser.parse_args()
    block, labels = scene(arguments.side)
    rows = []
    with tempfile.TemporaryDirectory(prefix="landloom-bench-") as scratch:
        kernel = compile_kernel(Path(scratch))
        for encoding in arguments.encodings:
            stored = encoded(block, encoding)
            X, y = samples(decode(stored, encoding), labels, SAMPLES)
            small, large = (
                Embedded(Path(scratch), encoding, scale, arguments.side) for scale in (1, 2)
            )
            for embedded in (small, large):
                embedded.make(stored)
            for trees in arguments.trees:
                forest = Forest(Path(scratch), trees)
                forest.fit(X, y, arguments.leaf, small)
                for layers in LAYERS:
                    rows += compare(small, forest, kernel, layers, arguments.repeats)
            rows += memory(small, large, Forest(Path(scratch), arguments.trees[0]), kernel)
            small.raster.unlink()
            large.raster.unlink()
    return print_table(rows)


def compare(
    embedded: Embedded, forest: Forest, kernel: Path, layers: str, repeats: int
) -> list[Row]:
    """Make a block in both ways, ours before and after the other."""
    ours, theirs = embedded.folder / "ours.tif", embedded.folder / "theirs.tif"
    used: list[Usage] = []

    def run() -> float:
        used.append(our_block(embedded, forest, kernel, layers, ours))
        return used[-1].cpu

    seconds = take_turns(
        {
            "ours": run,
            "theirs": lambda: plain_block(embedded, forest, layers, theirs).cpu,
            "ours again": run,
        },
        repeats,
    )
    plain, our = seconds["theirs"], (seconds["ours"] + seconds["ours again"]) / 2
    goal = GOALS["any processor" if vectors.lacking() else "vectors"][layers]
    what = f"{embedded.encoding}, {forest.trees} trees, {LAYERS[layers]}"
    differ, of = different(ours, theirs)
    peak = max(usage.peak for usage in used)
    return [
        Row(f"{what}: CPU time", f"{plain:.1f} s", f"{our:.1f} s", plain / our, low=goal),
        Row(f"{what}: values", f"{of}", f"{differ} differ", differ, high=0),
        at_most(f"{what}: peak memory", peak),
    ]


def different(ours: Path, theirs: Path) -> tuple[int, int]:
    """Count the values, labels and percents, that differ in two files, and all of them."""
    with rasterio.open(ours) as one, rasterio.open(theirs) as other:
        pixels = one.read()
        return int(np.count_nonzero(pixels != other.read())), pixels.size


def at_most(what: str, peak: int) -> Row:
    limit = f"{MOST_MEMORY / 1e6:.0f} MB"
    return Row(what, limit, f"{peak / 1e6:.0f} MB", peak / MOST_MEMORY, high=1)


def memory(small: Embedded, large: Embedded, forest: Forest, kernel: Path) -> list[Row]:
    """Compare the peak of a block's job in a raster of one block and of four."""
    target = small.folder / "block.tif"
    peaks = [our_block(embedded, forest, kernel, ALL, target).peak for embedded in (small, large)]
    what = f"{small.encoding}, share of every class"
    one, four = (f"{peak / 1e6:.0f} MB" for peak in peaks)
    return [
        at_most(f"{what}: peak memory", max(peaks)),
        Row(
            f"{what}: peak memory",
            f"{one} in 1x",
            f"{four} in 4x",
            peaks[1] / peaks[0],
            low=0.9,
            high=1.1,
        ),
    ]


def encoded(block: Floats, encoding: Encoding) -> NDArray[Any]:
    """Return embeddings as their files store them: AlphaEarth in signed bytes."""
    if encoding == "float":
        return block
    codes = np.rint(np.sign(block) * np.sqrt(np.abs(block)) * 127.5)
    return codes.clip(-127, 127).astype(np.int8)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)

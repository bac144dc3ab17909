"""A block's dissimilarity and density of samples against its prediction, and a brute force.

``python benchmarks/applicability.py`` runs the jobs of a block, each a process from its imports to
its GeoTIFF: prediction with confidence by 400 trees, and the comparison with 5,000 samples of 64
bands. The brute force is a matrix product in single precision, by the BLAS of numpy, with one
thread and in memory, so without a job's start, reading and writing. It prints a table and fails if
a goal is missed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"], "1"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

import joblib
import numpy as np
import rasterio
from blocks import Embedded, Forest, compile_kernel, our_block
from forest import encoded
from job import run_job
from measure import Row, Usage, cpu_time, print_table, take_turns
from scene import samples, scene

from landloom.map.applicability.samples import Applicability
from landloom.map.crossval.folds import Folds
from landloom.map.encoding import decode

SAMPLES, TREES, FOLDS = 5000, 400, 5
MOST = 2.0
"""How many times a block's prediction its comparison may cost."""

BRUTE_FORCE = 2**16
"""Pixels that are measured by brute force, of which the block's time is told."""

CHECKED = 2000


def main() -> bool:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=1024, help="of a block, in pixels")
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    block, labels = scene(arguments.side)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="landloom-bench-") as scratch:
        folder = Path(scratch)
        kernel = compile_kernel(folder)
        search = folder / "kernel" / "search.json"
        run_job("compile_search", folder, output={"kernel": search})
        for encoding in ("alphaearth", "float"):
            stored = encoded(block, encoding)
            X, y = samples(decode(stored, encoding), labels, SAMPLES)
            embedded = Embedded(folder, encoding, 1, arguments.side)
            embedded.make(stored)
            forest = Forest(folder, TREES)
            forest.fit(X, y, 1, embedded)
            fitted = fit(forest, X)
            fitted.write(folder / "samples.npz")
            rows += compare(embedded, forest, fitted, (kernel, search), arguments.repeats)
            embedded.raster.unlink()
    return print_table(rows)


def fit(forest: Forest, X: np.ndarray) -> Applicability:
    """Compare the samples with each other, as the job does."""
    weights = joblib.load(forest.model).feature_importances_
    number = np.random.default_rng(0).integers(0, FOLDS, len(X))
    return Applicability.of(X, weights, Folds("random", number, FOLDS))


def compare(
    embedded: Embedded,
    forest: Forest,
    fitted: Applicability,
    kernels: tuple[Path, Path],
    repeats: int,
) -> list[Row]:
    """Make a block without and with it by turns, and measure some pixels by brute force."""
    folder, target = embedded.folder, embedded.folder / "applicability.tif"
    with rasterio.open(embedded.raster) as source:
        stored = source.read().reshape(source.count, -1)
    values = decode(np.ascontiguousarray(stored[:, :BRUTE_FORCE]), embedded.encoding)
    used: list[Usage] = []

    def predict() -> float:
        return our_block(
            embedded, forest, kernels[0], "labels+confidence", folder / "block.tif"
        ).cpu

    def ours() -> float:
        used.append(
            run_job(
                "applicability_block",
                folder,
                input={
                    "embedding": embedded.info,
                    "samples": folder / "samples.npz",
                    "kernel": kernels[1],
                },
                output={"block": target},
                params={"block": embedded.side},
                wildcards={"block": embedded.last.name},
            )
        )
        return used[-1].cpu

    def brute() -> float:
        share = stored.shape[1] / values.shape[1]
        return share * cpu_time(lambda: brute_force(values, fitted))

    seconds = take_turns({"predict": predict, "ours": ours, "brute": brute}, repeats)
    without, alone, plain = (seconds[name] for name in ("predict", "ours", "brute"))
    what = f"{embedded.encoding}, {SAMPLES} samples"
    with rasterio.open(target) as source:
        found = source.read().reshape(3, -1)
    wrong, off = checked(stored, found, embedded, fitted)
    return [
        Row(f"{what}: CPU time over the prediction's", f"{without:.1f} s", f"{alone:.1f} s",
            alone / without, high=MOST),
        Row(f"{what}: CPU time of a block with it to one without", f"{without:.1f} s",
            f"{without + alone:.1f} s", (without + alone) / without, high=1 + MOST),
        Row(f"{what}: CPU time of the brute force over ours", f"{plain:.1f} s", f"{alone:.1f} s",
            plain / alone),
        Row(f"{what}: dissimilarity, largest difference", "float64", f"{off:.1e}", off, high=1e-6),
        Row(f"{what}: densities", f"{CHECKED}", f"{wrong} differ", wrong, high=0),
        Row(f"{what}: peak memory", "-", f"{max(u.peak for u in used) / 1e6:.0f} MB",
            max(u.peak for u in used) / 1e9, high=1),
    ]  # fmt: skip


def brute_force(values: np.ndarray, fitted: Applicability) -> tuple[np.ndarray, np.ndarray]:
    """Measure pixels to all samples, (bands, pixels), by a product of matrices."""
    z = fitted.scaling(values.T).astype(np.float32)
    samples = fitted.samples.astype(np.float32)
    squares = (samples**2).sum(axis=1)
    nearest, near = np.empty(len(z), np.float32), np.empty(len(z), np.int64)
    limit = np.float32((fitted.threshold * fitted.mean_distance) ** 2)
    for start in range(0, len(z), 1024):
        part = z[start : start + 1024]
        far = part @ samples.T
        far *= -2
        far += squares
        far += (part**2).sum(axis=1)[:, None]
        nearest[start : start + 1024] = far.min(axis=1)
        near[start : start + 1024] = np.count_nonzero(far < limit, axis=1)
    return np.sqrt(np.maximum(nearest, 0)) / np.float32(fitted.mean_distance), near


def checked(
    stored: np.ndarray, found: np.ndarray, embedded: Embedded, fitted: Applicability
) -> tuple[int, float]:
    """Return wrong densities of some pixels, and the largest error of their dissimilarity."""
    from scipy.spatial.distance import cdist

    pixels = np.random.default_rng(1).choice(stored.shape[1], CHECKED, replace=False)
    z = fitted.scaling(decode(stored[:, pixels], embedded.encoding).T)
    far = cdist(z, fitted.samples) / fitted.mean_distance
    wrong = np.count_nonzero((far < fitted.threshold).sum(axis=1) != found[2, pixels])
    return int(wrong), float(np.abs(far.min(axis=1) - found[0, pixels]).max())


if __name__ == "__main__":
    sys.exit(0 if main() else 1)

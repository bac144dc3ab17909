"""Compare the flat forest with scikit-learn on one core: equal results, CPU time, start-up.

Run ``python benchmarks/forest.py``. Times are medians of runs that take turns.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from scene import samples, scene

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

from landloom import forest

PACKAGE = Path(forest.__file__).parents[1]
CODES = np.arange(-127, 128)
DECODED = (np.sign(CODES) * (np.abs(CODES) / 127.5) ** 2).astype(np.float32)
START_UP = {
    "scikit-learn": "import joblib; joblib.load('model.joblib')",
    "flat": f"""
import sys; sys.path.insert(0, {str(PACKAGE)!r})
from landloom import forest
forest.keep_kernel('kernel')
forest.FlatForest.load('model.npz')
forest.compile_kernel()""",
}


def cpu(function: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = function()
    return time.process_time() - start, result


def take_turns(runs: dict[str, Callable[[], Any]], repeats: int) -> tuple[Any, Any]:
    """Return each run's median CPU seconds and its result."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    results = {}
    for _ in range(repeats):
        for name, run in runs.items():
            seconds, results[name] = cpu(run)
            times[name].append(seconds)
    return {name: median(each) for name, each in times.items()}, results


def compare(model: Any, flat: Any, X: Any, decoded: Any, repeats: int) -> None:
    runs = {
        "predict": lambda: model.predict(decoded),
        "predict_proba": lambda: model.predict_proba(decoded),
        "labels": lambda: flat.predict(X),
        "confidence": lambda: flat.predict(X, confidence=True),
    }
    seconds, results = take_turns(runs, repeats)
    labels = np.count_nonzero(results["labels"].labels != results["predict"])
    shares = np.count_nonzero(
        results["confidence"].confidence != results["predict_proba"].max(axis=1)
    )
    for ours, theirs, wrong in (
        ("labels", "predict", labels),
        ("confidence", "predict_proba", shares),
    ):
        print(
            f"  {X.dtype.name:8} {ours:11} {seconds[ours]:6.2f} s, scikit-learn's {theirs} "
            f"{seconds[theirs]:6.2f} s: 1/{seconds[theirs] / seconds[ours]:.2f}; {wrong} differ",
            flush=True,
        )


def start_up(model: Any, flat: Any, repeats: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        forest.save_model(model, f"{folder}/model.joblib")
        flat.save(f"{folder}/model.npz")
        sizes = [Path(folder, name).stat().st_size / 1e6 for name in ("model.joblib", "model.npz")]
        code = "\nimport time; print(time.process_time())"
        subprocess.run([sys.executable, "-c", START_UP["flat"]], cwd=folder, check=True)
        times: dict[str, list[float]] = {name: [] for name in START_UP}
        for _ in range(repeats):
            for name, script in START_UP.items():
                done = subprocess.run(
                    [sys.executable, "-c", script + code],
                    cwd=folder,
                    check=True,
                    capture_output=True,
                )
                times[name].append(float(done.stdout))
    print(
        f"  start-up and load: {median(times['flat']):.2f} s ({sizes[1]:.0f} MB), "
        f"scikit-learn {median(times['scikit-learn']):.2f} s ({sizes[0]:.0f} MB)",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trees", type=int, nargs="+", default=[400, 1200])
    parser.add_argument("--leaf", type=int, nargs="+", default=[1, 5])
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    block, labels = scene()
    X, y = samples(block, labels, 4000)
    block = block[:, : arguments.side, : arguments.side]
    codes = np.round(np.sign(block) * np.sqrt(np.abs(block)) * 127.5).clip(-127, 127)
    codes = np.ascontiguousarray(codes.astype(np.int8)).reshape(len(block), -1).T
    decoded = np.ascontiguousarray(DECODED[codes.astype(np.intp) + 127])
    values = np.ascontiguousarray(decoded.T).T  # bands first, as a block is read
    forest.compile_kernel()
    for leaf in arguments.leaf:
        for n_trees in arguments.trees:
            params = {"n_estimators": n_trees, "min_samples_leaf": leaf}
            model = forest.fit_final(X, y, params, seed=42, n_jobs=2)
            flat = forest.FlatForest.from_model(model)
            print(f"{n_trees} trees, leaves of {leaf} or more, {len(codes)} rows")
            compare(model, flat, values, decoded, arguments.repeats)
            compare(model, flat.with_codes(DECODED, -127), codes, decoded, arguments.repeats)
            start_up(model, flat, arguments.repeats)


if __name__ == "__main__":
    main()

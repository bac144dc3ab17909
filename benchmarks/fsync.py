"""What it costs a job to have its files on the disk before they get their names.

Writes files as jobs do, with and without, in turn; prints the medians and their ratio, and the
share of the quarter of a second that a job takes at the least.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "workflow/scripts"))

from landloom.job.whole import whole_file

ROUNDS = 40
SIZES = {"a table of 10 kB": 10_000, "a tile of 1 MB": 10**6, "a stack of 30 MB": 30 * 10**6}
JOB = 0.25
"""Seconds that the shortest job takes."""


def seconds(path: Path, content: bytes) -> float:
    begun = time.perf_counter()
    with whole_file(path) as draft:
        draft.write_bytes(content)
    return time.perf_counter() - begun


def measure(folder: Path, size: int) -> tuple[float, float]:
    """Return the medians of the seconds with and without."""
    fsync, content = os.fsync, bytes(size)
    taken: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(2 * ROUNDS):
        kept = turn % 2 == 0
        os.fsync = fsync if kept else lambda _: None
        taken[kept].append(seconds(folder / f"{turn}.bin", content))
        (folder / f"{turn}.bin").unlink()
    os.fsync = fsync
    return statistics.median(taken[True]), statistics.median(taken[False])


def main() -> None:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        for name, size in SIZES.items():
            there, without = measure(Path(folder), size)
            print(
                f"{name}: {1000 * there:.1f} ms, {1000 * without:.1f} ms without; "
                f"{there / without:.1f} times, {100 * (there - without) / JOB:.1f} % of a job"
            )


if __name__ == "__main__":
    main()

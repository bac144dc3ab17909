"""What it costs to notice damaged files: the digests of a job against all that the job does.

``python benchmarks/integrity.py`` prints a table and fails if a goal is missed. It takes a few
minutes, and a gigabyte of temporary files for as long as it runs.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

import world as jobs
from blocks import Embedded, Forest, compile_kernel, our_block
from landscape import land_cover, relief
from measure import Row, Usage, cpu_time, print_table, take_turns
from scene import samples, scene
from world import World

from landloom.dataset.patches import CellPatches
from landloom.dataset.relief import Relief
from landloom.job.integrity import record, refuse_damaged
from landloom.map.encoding import decode

MOST = 0.03
"""Of the CPU that a run takes without digests."""

REPEATS = 3
CELLS = 16
TREES = 400


def digests(reads: Sequence[Path], writes: Sequence[Path]) -> float:
    """Return the CPU seconds of what a job does about these files."""

    def work() -> None:
        refuse_damaged(reads)
        for path in writes:
            record(path)

    return cpu_time(work)


def compare(
    job: Callable[[], Usage], reads: Sequence[Path], writes: Sequence[Path]
) -> tuple[float, float]:
    """Return the CPU seconds of a job's digests, and of the job without them."""
    job()
    for path in reads:
        record(path)
    found = take_turns(
        {"job": lambda: job().cpu, "digests": lambda: digests(reads, writes)}, REPEATS
    )
    return found["digests"], found["job"] - found["digests"]


def row(what: str, spent: float, work: float, most: float | None = MOST) -> Row:
    return Row(what, f"{work:.2f} s", f"{spent:.3f} s", spent / work, high=most)


def dataset(world: World) -> list[Row]:
    """Measure the jobs of a dataset of 16 cells, each by one of its kind."""
    cell, names = "r001c001", world.grid.names()
    patches, warped = world.patches(cell), world.relief(cell)
    tiles = world.tiles_near(world.grid.cell(cell).bounds)
    cut = compare(partial(jobs.extract_cell, world, cell), [], [patches])
    warp = compare(partial(jobs.relief_cell, world, cell), [*tiles, patches, world.info], [warped])
    merged = compare(
        partial(jobs.elevation_mosaic, world), world.tiles, [world.folder / "mosaic.tif"]
    )
    whole = World(world.folder / "whole", 1)
    whole.make_landcover(None)
    whole.make_stack_inputs(land_cover(), relief())
    reads = [*map(whole.patches, names), *map(whole.relief, names), whole.split, whole.classes]
    made = [whole.folder / f"train.{suffix}" for suffix in ("npy", "gpkg", "json")]
    stacked = compare(partial(jobs.stack, whole, 0.0), reads, made)
    parts = (
        ("patches of a cell", cut, CELLS),
        ("relief of a cell, of 1 arc second", warp, CELLS),
        ("mosaic", merged, 1),
        ("stack", stacked, 2),
    )
    spent = sum(number * part[0] for _, part, number in parts)
    work = sum(number * part[1] for _, part, number in parts)
    each = [row(what, *part, most=None) for what, part, _ in parts]
    return [*each, row("all these jobs of 16 cells", spent, work), reading(reads[: 2 * CELLS])]


def reading(files: Sequence[Path]) -> Row:
    """Compare reading cells' files with reading them after they have been looked at."""

    def read() -> None:
        for path in files:
            (CellPatches if path.parent.name == "patches" else Relief).load(path)

    def look_and_read() -> None:
        refuse_damaged(files)
        read()

    works = {"read": partial(cpu_time, read), "both": partial(cpu_time, look_and_read)}
    found = take_turns(works, 3 * REPEATS)
    ratio = found["both"] / found["read"]
    return Row("reading alone, of cells", f"{found['read']:.3f} s", f"{found['both']:.3f} s", ratio)


def block(folder: Path) -> Row:
    """Measure the job of a block of the map."""
    stored, labels = scene(1024)
    embedded, forest = Embedded(folder, "float", 1, 1024), Forest(folder, TREES)
    embedded.make(stored)
    X, y = samples(decode(stored, "float"), labels, 5000)
    forest.fit(X, y, 1, embedded)
    kernel, target = compile_kernel(folder), folder / "block.tif"
    job = partial(our_block, embedded, forest, kernel, "labels+confidence", target)
    return row("block of the map", *compare(job, [embedded.info, forest.flat, kernel], [target]))


def main() -> bool:
    with tempfile.TemporaryDirectory(prefix="landloom-bench-") as scratch:
        world = World(Path(scratch, "world"), 1)
        world.make_landcover(land_cover())
        world.make_tiles(relief(), 3600)
        return print_table([*dataset(world), block(Path(scratch))])


if __name__ == "__main__":
    sys.exit(0 if main() else 1)

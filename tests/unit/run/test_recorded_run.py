"""A recorded run of the demo, gone through again: was the time left told about right?"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from landloom.map.forest.tuning_units import stage1_units, stage2_units
from landloom.run.durations import Durations, Job
from landloom.run.outlook import Outlook, Started
from landloom.run.sizes import DatasetSize, EmbeddingSize, MapSize, Sizes

# Rule: the seconds that its jobs took, on two cores, and the rules that it waits for.
RECORDED: dict[str, tuple[list[float], list[str]]] = {
    "demo_landcover": ([9.9], []),
    "demo_tile": ([5.2, 5.2, 5.2], []),
    "demo_map_inputs": ([7.6], []),
    "configuration": ([0.1], []),
    "elevation_tile": ([1.3, 1.2, 1.1, 0.2], ["demo_tile"]),
    "inspect_landcover": ([0.5], ["demo_landcover"]),
    "extract_cells": ([0.5, 0.5, 0.3, 0.5, 0.3, 0.3, 0.3, 0.3], ["inspect_landcover"]),
    "class_distribution": ([0.4], ["extract_cells"]),
    "split": ([0.8], ["class_distribution"]),
    "relief_cells": ([0.4] * 8, ["extract_cells", "elevation_tile"]),
    "elevation_mosaic": ([4.5], ["elevation_tile"]),
    "elevation_tiles": ([0.8], ["elevation_tile"]),
    "stack": ([1.1, 1.1], ["relief_cells", "split"]),
    "certificate": ([3.2], ["stack"]),
    "figure_terrain": ([9.2], ["stack"]),
    "figure_patches": ([2.1, 2.4], ["stack"]),
    "figure_relief": ([2.0], ["stack"]),
    "figure_split": ([1.9], ["stack"]),
    "figure_places": ([1.3], ["stack"]),
    "figure_mosaic": ([1.8], ["elevation_mosaic"]),
    "figure_classes": ([1.6], ["certificate"]),
    "dataset_tables": ([0.7], ["certificate", "elevation_tiles"]),
    "sources": ([0.2], ["elevation_tiles"]),
    "run_tables": ([0.4], ["sources", "configuration"]),
    "inspect_embedding": ([0.5], ["demo_map_inputs"]),
    "plan_map": ([0.4], ["inspect_embedding"]),
    "check_tuning": ([0.1], ["inspect_embedding"]),
    "reference_points": ([1.0], ["inspect_embedding"]),
    "samples": ([1.5], ["reference_points"]),
    "tune_stage1": ([4.7, 2.3, 3.5, 2.9], ["samples", "check_tuning"]),
    "stage1": ([0.8], ["tune_stage1"]),
    "tune_stage2": ([7.1, 6.5, 7.3, 8.9], ["stage1"]),
    "stage2": ([1.9], ["tune_stage2"]),
    "accuracy": ([2.3], ["stage2"]),
    "model": ([4.2], ["stage2"]),
    "compile_kernel": ([1.1], ["plan_map"]),
    "predict_block": ([2.8, 3.0, 1.8, 2.3], ["model", "compile_kernel"]),
    "landcover_map": ([0.9], ["predict_block"]),
    "confidence_map": ([1.0], ["predict_block"]),
    "map_report": ([1.4], ["accuracy"]),
    "map_tables": ([0.6], ["map_report"]),
    "map_page": ([4.4], ["landcover_map", "confidence_map"]),
    "figure_landcover": ([3.3], ["landcover_map"]),
    "figure_confidence": ([3.6], ["confidence_map"]),
    "figure_closeup": ([5.5], ["landcover_map"]),
    "figure_report": ([1.6], ["map_report"]),
    "figure_accuracy": ([1.7], ["accuracy"]),
    "figure_tuning": ([1.7], ["stage2"]),
}
UNPLANNED = {"compile_kernel", "predict_block"}
"""What Snakemake plans only once the map's blocks are known."""

GRIDS = {
    1: {"max_features": ["sqrt", "n/4"], "max_depth": [None, 20], "min_samples_leaf": [1, 5]},
    2: {
        "n_estimators": [100, 200],
        "min_samples_split": [2, 10],
        "class_weight": [None, "balanced"],
    },
}
UNITS = {1: stage1_units(GRIDS[1]), 2: stage2_units(GRIDS[2])}


def demo(block: int) -> Sizes:
    """Return how much the demo's jobs have to do, with blocks of so many pixels a side."""
    return Sizes(
        DatasetSize(0.6e6, 4.9e6, tiles=4, surfaces=4 * 8 * 90),
        MapSize(EmbeddingSize(1024, 1024, 64), block, 4000, 2000, 5, GRIDS, UNITS),
        0.48,
    )


BLOCKS = {4: (512, [2.8, 3.0, 1.8, 2.3]), 49: (147, [1.6, 1.3, 1.4, 1.3, 1.2, 1.5, 1.4] * 7)}
"""How many blocks there are: pixels along their sides, and the seconds that each took."""


@dataclass
class Replay:
    """The run, as Snakemake would tell of it."""

    cores: int
    slower: float
    blocks: int

    def __post_init__(self) -> None:
        block, taken_by_blocks = BLOCKS[self.blocks]
        self.sizes = demo(block)
        recorded = {**RECORDED, "predict_block": (taken_by_blocks, RECORDED["predict_block"][1])}
        self.seconds: dict[int, float] = {}
        rules: dict[str, list[int]] = {}
        for rule, (taken, _) in recorded.items():
            rules[rule] = list(range(len(self.seconds), len(self.seconds) + len(taken)))
            self.seconds.update(zip(rules[rule], (self.slower * t for t in taken), strict=True))
        units = {
            name: {"unit": unit.name}
            for stage in (1, 2)
            for name, unit in zip(rules[f"tune_stage{stage}"], UNITS[stage], strict=True)
        }
        self.all = {
            name: Job(
                rule,
                self.sizes.of(rule, units.get(name, {}), 1),
                name=name,
                after=[i for before in recorded[rule][1] for i in rules[before]],
            )
            for rule, names in rules.items()
            for name in names
        }
        self.done: set[int] = set()
        (self.planner,) = rules["plan_map"]

    def jobs(self) -> list[Job]:
        planned = self.planner in self.done
        return self.sizes.to_come(
            [
                job
                for name, job in self.all.items()
                if name not in self.done and (planned or job.rule not in UNPLANNED)
            ]
        )

    def size(self, rule: str, wildcards: Mapping[str, str], threads: int) -> float:
        return self.sizes.of(rule, wildcards, threads)

    def at_once(self) -> tuple[int, int | None]:
        return self.cores, None

    def events(self) -> Iterator[tuple[float, str, int]]:
        """Give when each job begins and ends."""
        now, at_work, waiting = 0.0, list[tuple[float, int]](), dict(self.all)
        while waiting or at_work:
            for name, job in list(waiting.items()):
                if len(at_work) < self.cores and self.done.issuperset(job.after):  # type: ignore[arg-type]
                    del waiting[name]
                    heapq.heappush(at_work, (now + self.seconds[name], name))
                    yield now, "begin", name
            now, name = heapq.heappop(at_work)
            self.done.add(name)
            yield now, "finish", name


@pytest.mark.parametrize("cores", [1, 2, 4, 16])
@pytest.mark.parametrize("slower", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("blocks", BLOCKS)
def test_from_a_fifth_on_the_time_left_is_right_within_a_factor_of_two(
    cores: int, slower: float, blocks: int
) -> None:
    replay = Replay(cores, slower, blocks)
    outlook = Outlook(replay, Durations())
    told: list[tuple[float, float, float]] = []
    for at, what, name in replay.events():
        if what == "begin":
            outlook.begin(Started(name, replay.all[name].rule, {}, 1), at)
        else:
            outlook.finish(name, at)
        told.append((at, *outlook.estimate(at)))
    end = told[-1][0]
    assert told[-1][1:] == (1.0, 0.0)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    late = [(end - at, left) for at, done, left in told if done >= 0.2]
    assert len(late) > 50
    worst = max(abs(math.log(left / true)) for true, left in late if true > 5 * slower)
    assert math.exp(worst) < 2

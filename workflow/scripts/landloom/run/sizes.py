"""How much each job has to do, as far as a configuration tells it, and which jobs will come.

The units are what `landloom.run.rule_times` counts in: millions of pixels, mostly; of jobs that
grow or use trees the seconds that one thread of an ordinary machine takes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from statistics import fmean
from typing import Any, NamedTuple

from landloom.errors import LandloomError
from landloom.map.blocks import blocks_aside
from landloom.map.forest.parameters import STAGE1_FIXED, representatives, resolve_max_features
from landloom.map.forest.tuning_units import Unit
from landloom.map.sheets import sheet_of
from landloom.raster.bounds import METRES_PER_DEGREE, Bounds
from landloom.run.durations import Job

_MILLION = 1e6


@dataclass(frozen=True)
class DatasetSize:
    """What the configuration tells of a dataset.

    Attributes
    ----------
    job_pixels, region_pixels
        Source pixels of the cells that one job makes, and of the region.
    tiles
        Tiles of elevation; 0 of one raster.
    surfaces
        Surfaces of the animation, of all its frames.
    """

    job_pixels: float
    region_pixels: float
    tiles: int = 0
    surfaces: int = 0


class EmbeddingSize(NamedTuple):
    """Of an embedding: its pixels and its bands."""

    width: int = 1024
    height: int = 1024
    bands: int = 64

    @classmethod
    def of_box(cls, bounds: Bounds) -> EmbeddingSize:
        """Return the size of a box in degrees, at ten metres, as AlphaEarth's and Tessera's are."""
        west, south, east, north = bounds
        wide = (east - west) * math.cos(math.radians((south + north) / 2))
        across, down = (side * METRES_PER_DEGREE / 10 for side in (wide, north - south))
        return cls(max(round(across), 1), max(round(down), 1))

    @classmethod
    def of_tiles(cls, tiles: Sequence[EmbeddingSize]) -> EmbeddingSize:
        """Return the size of a raster of as many pixels as some tiles have together."""
        if len(tiles) == 1:
            return tiles[0]
        side = max(math.isqrt(sum(tile.width * tile.height for tile in tiles)), 1)
        return cls(side, side, tiles[0].bands)

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> EmbeddingSize:
        """Return the size that ``map/embedding.json`` tells."""
        zones = told.get("zones")
        if zones:
            return cls.of_tiles([cls.read(zone) for zone in zones])
        return cls(int(told["width"]), int(told["height"]), int(told["bands"]))


@dataclass(frozen=True)
class MapSize:
    """What the configuration tells of a map.

    Attributes
    ----------
    embedding
        As far as it is known before any job has run.
    block
        Pixels along a block.
    points, samples
        How many are drawn.
    folds
        Of the tuning.
    grids
        Of both stages: the values of each parameter.
    units
        Their jobs.
    classifier
        Its kind; of a finished model that no job has read yet, taken for a forest.
    sheet
        Blocks along a side of what one job makes; None for what suits their number.
    kinds
        The rules that make something of each block: ``predict_block``, and ``applicability_block``
        and ``calibrate_block``, where they apply.
    """

    embedding: EmbeddingSize
    block: int
    points: int
    samples: int
    folds: int
    grids: Mapping[int, Mapping[str, Any]]
    units: Mapping[int, Collection[Unit]] = field(default_factory=dict)
    classifier: str = "forest"
    sheet: int | None = None
    kinds: tuple[str, ...] = ("predict_block",)

    @property
    def pixels(self) -> float:
        """Pixels of the map."""
        return self.embedding.width * self.embedding.height

    @cached_property
    def side(self) -> int:
        """Pixels along the square that one job makes: a block, or a sheet of blocks."""
        return self.block * (self.sheet or sheet_of(self._squares, self.block))

    @property
    def blocks(self) -> int:
        """How many blocks, or sheets of blocks, the map is cut into."""
        return self._squares(self.side)

    def _squares(self, side: int) -> int:
        across, down = (math.ceil(n / side) for n in self.embedding[:2])
        return max(across * down, 1)

    @property
    def block_pixels(self) -> float:
        """Pixels of what one job makes."""
        width, height = self.embedding[:2]
        return float(min(self.side, width) * min(self.side, height))

    @property
    def trees(self) -> float:
        """Trees of the forest: which number is best is not known, so their mean."""
        return fmean(self.grids[2]["n_estimators"])

    @property
    def looked_at(self) -> float:
        """Bands that a split looks at, on average over the grid."""
        return fmean(self._bands(value) for value in self.grids[1]["max_features"])

    @property
    def asking(self) -> float:
        """Seconds of a pixel that the classifier is asked for."""
        neighbours = _OF_A_DISTANCE * self.samples if self.classifier == "knn" else 0.0
        return _OF_A_WALK * self.trees if self.classifier == "forest" else neighbours

    def growing(self, trees: float, samples: float, looked_at: float) -> float:
        """Return the seconds that one thread takes to grow trees: n log n for each band."""
        n = max(samples, 2.0)
        return trees * n * math.log2(n) * (_OF_A_TREE + _OF_A_BAND * looked_at)

    def tuning(self, stage: int, name: str) -> float:
        """Return the seconds that a tuning unit takes; none, where another grows the same trees."""
        unit = next((unit for unit in self.units.get(stage, ()) if unit.name == name), None)
        if unit is None or (stage == 1 and self._same.get(name, name) != name):
            return 0.0
        if stage == 1:
            trees = float(STAGE1_FIXED["n_estimators"] or 0)
            looked_at = float(self._bands(dict(unit.shared)["max_features"]))
        else:
            trees = float(max(value for value in unit.values if isinstance(value, int)))
            looked_at = self.looked_at
        training = 0.8 * self.samples * (1 - 1 / self.folds)
        return self.folds * self.growing(trees, training, looked_at)

    @cached_property
    def _same(self) -> dict[str, str]:
        try:
            return representatives(self.units.get(1, ()), STAGE1_FIXED, self.embedding.bands)
        except LandloomError:  # told by the job that checks the grid
            return {}

    def _bands(self, value: Any) -> int:  # noqa: ANN401
        try:
            return resolve_max_features(value, self.embedding.bands)
        except LandloomError:
            return self.embedding.bands


# Measured with 1,600 to 4,000 samples: scikit-learn's splitter, and what a tree takes besides.
_OF_A_TREE, _OF_A_BAND = 2.5e-7, 2.5e-8
# Seconds of a pixel: for each tree that it goes down, and for each band that is read.
_OF_A_WALK, _OF_A_READ = 2e-8, 8e-9
# Seconds of a pixel and a sample: bounds of distances spare most.
_OF_A_DISTANCE = 2e-9


@dataclass(frozen=True)
class Sizes:
    """How much each job of a run has to do.

    Attributes
    ----------
    dataset, map
        What the configuration tells of each product; None of one that is not made.
    demo_degrees
        Square degrees of the demo's world.
    """

    dataset: DatasetSize | None = None
    map: MapSize | None = None
    demo_degrees: float = 0.0

    @staticmethod
    def degrees(bounds: Bounds) -> float:
        """Return the square degrees of a box."""
        west, south, east, north = bounds
        return (east - west) * (north - south)

    def of(self, rule: str, wildcards: Mapping[str, str], threads: int = 1) -> float:
        """Return the size of a job, in the units of its rule; 0 where it is the same for all."""
        if rule in _DEMO:
            return self.demo_degrees
        if self.dataset and rule in _DATASET:
            return _DATASET[rule](self.dataset)
        if self.map and rule in ("tune_stage1", "tune_stage2"):
            return self.map.tuning(int(rule[-1]), wildcards.get("unit", ""))
        if self.map and rule in _FITTED:
            return _fitting(self.map) / max(threads, 1)
        if self.map and rule in _MAP:
            name = wildcards.get("block")  # which tells how large the job's own is
            about = replace(self.map, sheet=blocks_aside(name)) if name else self.map
            return _MAP[rule](about)
        return 0.0

    def to_come(self, jobs: Collection[Job]) -> list[Job]:
        """Return the jobs, with those that will be planned once the map's blocks are known.

        Parameters
        ----------
        jobs
            Those that are planned; each one's `Job.name` is to be set.
        """
        planners = [job.name for job in jobs if job.rule == PLANNER]
        if not planners or self.map is None:
            return list(jobs)
        of = {rule: [job.name for job in jobs if job.rule == rule] for rule in _BEFORE_BLOCKS}
        ready = [*planners, *(name for names in of.values() for name in names)]
        compiled = [Job(rule, name=("to come", rule)) for rule in _compilers(self.map)]
        ready += [job.name for job in compiled]
        blocks = [
            Job(rule, self.of(rule, {}), name=("to come", rule, i), after=ready)
            for rule in self.map.kinds
            for i in range(len(planners) * self.map.blocks)  # a map for each, of several years
        ]
        names = [job.name for job in blocks]
        joined = [
            replace(job, after=[*job.after, *names]) if job.rule in _JOINS else job for job in jobs
        ]
        return [*joined, *compiled, *blocks]


PLANNER = "plan_map"
"""The rule that tells how many blocks there are."""

_BEFORE_BLOCKS = ("model", "import_model", "applicability_samples", "calibration")
_JOINS = {
    "landcover_map", "confidence_map", "probability_map", "dissimilarity_map", "applicability_map",
    "point_density_map", "calibrated_confidence_map", "set_size_map", "class_set_map",
}  # fmt: skip


def _compilers(about: MapSize) -> Iterable[str]:
    return ["compile_kernel"] if "predict_block" in about.kinds else []


def _fitting(about: MapSize) -> float:
    if about.classifier != "forest":
        return 0.0
    return about.growing(about.trees, about.samples, about.looked_at)


_DEMO = {"demo_landcover", "demo_tile"}
_FITTED = {"accuracy", "model", "export_model", "crossval_fold"}
_DATASET: Mapping[str, Callable[[DatasetSize], float]] = {
    **dict.fromkeys(("extract_cells", "relief_cells"), lambda d: d.job_pixels / _MILLION),
    **dict.fromkeys(
        ("class_distribution", "stack", "certificate"), lambda d: d.region_pixels / _MILLION
    ),
    "elevation_mosaic": lambda d: max(d.tiles, d.region_pixels / _MILLION / 10),
    "figure_terrain": lambda d: d.surfaces,
}
_MAP: Mapping[str, Callable[[MapSize], float]] = {
    "reference_points": lambda m: m.points,
    "point_vectors": lambda m: m.points * m.embedding.bands / 64,
    "predict_block": lambda m: m.block_pixels * (m.asking + _OF_A_READ * m.embedding.bands),
    "applicability_block": lambda m: m.block_pixels * m.samples * _OF_A_DISTANCE,
    "applicability_samples": lambda m: m.samples**2 * m.embedding.bands * 1e-9,
    **dict.fromkeys(
        ("mosaic_block", "applicability_mosaic", "calibrate_block"),
        lambda m: m.block_pixels / _MILLION,
    ),
    **dict.fromkeys(
        (*sorted(_JOINS), "class_areas", "validation_sample", "validation", "applicability",
         "generalised_map", "map_polygons", "map_page", "figure_landcover", "figure_confidence",
         "figure_applicability", "zone_landcover", "zone_confidence", "zone_probabilities"),
        lambda m: m.pixels / _MILLION,
    ),
}  # fmt: skip

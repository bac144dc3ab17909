"""How much each job has to do."""

from __future__ import annotations

import pytest

from landloom.map.forest.tuning_units import stage1_units, stage2_units
from landloom.run.durations import Job
from landloom.run.sizes import DatasetSize, EmbeddingSize, MapSize, Sizes

GRIDS = {
    1: {"max_features": ["sqrt", "n/8", "n/4"], "max_depth": [None], "min_samples_leaf": [1]},
    2: {"n_estimators": [100, 300], "min_samples_split": [2], "class_weight": [None]},
}
UNITS = {1: stage1_units(GRIDS[1]), 2: stage2_units(GRIDS[2])}


def a_map(width: int = 1000, height: int = 700, samples: int = 2000, **more: object) -> Sizes:
    about = MapSize(
        EmbeddingSize(width, height, 64),
        block=512,
        points=4000,
        samples=samples,
        folds=5,
        grids=GRIDS,
        units=UNITS,
        **more,  # type: ignore[arg-type]
    )
    return Sizes(map=about)


def test_a_job_of_more_pixels_samples_or_trees_is_larger() -> None:
    small, large = Sizes(DatasetSize(1e6, 1e7)), Sizes(DatasetSize(4e6, 4e7))
    for rule in ("extract_cells", "relief_cells", "stack", "certificate"):
        assert 0 < 4 * small.of(rule, {}) == large.of(rule, {})
    unit = {"unit": "max_features=sqrt+min_samples_leaf=1"}
    few, many = a_map(), a_map(samples=20_000)
    assert 10 < many.of("tune_stage1", unit) / few.of("tune_stage1", unit) < 20
    assert many.of("model", {}) == 4 * many.of("model", {}, threads=4)
    assert few.of("tune_stage2", {"unit": UNITS[2][0].name}) > 2 * few.of("tune_stage1", unit)
    assert a_map(100, 100).of("predict_block", {}) < a_map().of("predict_block", {})


def test_a_unit_that_grows_the_trees_of_another_takes_no_time() -> None:
    # Of 64 bands, sqrt and n/8 are both 8.
    assert a_map().of("tune_stage1", {"unit": "max_features=n_8+min_samples_leaf=1"}) == 0
    assert a_map().of("tune_stage1", {"unit": "max_features=n_4+min_samples_leaf=1"}) > 0


def test_what_is_the_same_for_all_has_no_size() -> None:
    assert Sizes().of("figure_split", {}) == Sizes().of("of another workflow", {}) == 0
    assert Sizes().of("extract_cells", {}) == Sizes().of("tune_stage1", {"unit": "?"}) == 0
    assert a_map().of("tune_stage1", {"unit": "?"}) == 0


def test_blocks_that_are_not_planned_yet_are_counted() -> None:
    sizes = a_map(kinds=("predict_block", "calibrate_block"))
    jobs = [Job("plan_map", name=1), Job("model", name=2), Job("landcover_map", name=3, after=[1])]
    found = sizes.to_come(jobs)
    blocks = [job for job in found if job.rule == "predict_block"]
    assert len(blocks) == 4  # 1000 x 700 pixels, by 512
    assert len([job for job in found if job.rule == "calibrate_block"]) == 4
    assert {1, 2} < set(blocks[0].after)
    (joined,) = (job for job in found if job.rule == "landcover_map")
    assert {1} | {job.name for job in blocks} <= set(joined.after)
    assert blocks[0].size == sizes.of("predict_block", {}) > 0


def test_blocks_of_a_sheet_are_counted_as_one_job_of_their_pixels() -> None:
    few, asked = a_map(3000, 3000), a_map(3000, 3000, sheet=2)
    jobs = [Job("plan_map", name=1)]
    counted = [sum(j.rule == "predict_block" for j in s.to_come(jobs)) for s in (few, asked)]
    assert counted == [36, 9]  # by 512 pixels, and by 1024
    sheet, block = ({"block": name} for name in ("r000-c000x2", "r000-c000"))
    assert few.of("predict_block", sheet) == 4 * few.of("predict_block", block) > 0
    assert asked.of("predict_block", sheet) == asked.of("predict_block", {})
    assert len(a_map(512 * 400, 512 * 400).to_come(jobs)) < 3000  # of 160,000 blocks


def test_a_block_of_its_own_is_no_sheet_where_a_map_has_these() -> None:
    """Whether sheets are asked for, or the map has so many blocks."""
    one, four = ({"block": name} for name in ("r000-c000", "r000-c000x4"))
    for sizes in (a_map(512 * 400, 512 * 400), a_map(512 * 400, 512 * 400, sheet=4)):
        for rule in ("predict_block", "applicability_block", "mosaic_block"):
            assert sizes.of(rule, four) == pytest.approx(16 * sizes.of(rule, one))
        assert sizes.of("predict_block", {}) > sizes.of("predict_block", one) > 0


def test_what_is_planned_is_left_as_it_is() -> None:
    jobs = [Job("landcover_map", name=3), Job("predict_block", name=4)]
    assert a_map().to_come(jobs) == jobs
    assert Sizes().to_come([Job("plan_map", name=1)]) == [Job("plan_map", name=1)]


def test_the_size_of_an_embedding_is_that_of_its_box_or_its_rasters() -> None:
    about = EmbeddingSize.of_box((5.0, 52.0, 5.1, 52.1))
    assert about.height == pytest.approx(1113, abs=10)
    assert about.width == pytest.approx(685, abs=10)
    whole = {"width": 30, "height": 40, "bands": 8}
    assert EmbeddingSize.read(whole) == EmbeddingSize(30, 40, 8)
    zones = EmbeddingSize.read({"bands": 8, "zones": [whole, whole, whole]})
    assert zones == EmbeddingSize(60, 60, 8)
    assert Sizes.degrees((5.0, 52.0, 5.5, 53.0)) == 0.5

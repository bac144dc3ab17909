"""What no run can do is refused at once, with the largest value that works."""

from __future__ import annotations

import time

import pytest
from configurations import MAP, VALID, changed, lines, refusal

from landloom.config.plan_size import most_cells_aside, slow_note
from landloom.config.whole import load_config

WORLD = {"west": -180, "south": -90, "east": 180, "north": 90}


# Key, value, and what is said about them.
@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("dataset.grid.n", 5000, "5000: must be at most 250"),
        ("dataset.grid.n", 10**9, "1000000000: must be at most 250"),
        ("dataset.grid.buffer_km", 1e300, "1e+300: must be at most 20000"),
        ("dataset.patches.size", 10**9, "1000000000: must be at most 4096"),
        ("dataset.patches.downsample", 10**12, "1000000000000: must be at most 1000"),
        ("dataset.landcover.resolution", 1e-300, "1e-300: must be at least 0.01"),
        ("dataset.landcover.resolution", 1e300, "1e+300: must be at most 100000"),
        ("dataset.elevation.source", "{tile}{lat:>1000000000}", "{lat:>1000000000} is none of its"),
        ("dataset.elevation.source", "{tile}{0.__class__}", "{0.__class__} is none of its fields"),
        ("dataset.elevation.source", "{tile}{", "braces do not pair"),
        ("figures.samples", 10**9, "1000000000: must be at most 8"),
        ("figures.animation.frames", 10**9, "1000000000: must be at most 360"),
    ],
)
def test_of_the_dataset(key, value, said):
    assert said in refusal(key, value)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("reference.n_points", 10**12, "1000000000000: must be at most 10000000"),
        ("reference.band", 10**12, "1000000000000: must be at most 65535"),
        ("samples.n", 10**12, "1000000000000: must be at most 1000000"),
        ("predict.block", 10**9, "1000000000: must be at most 8192"),
        ("tuning.folds", 10**9, "1000000000: must be at most 100"),
    ],
)
def test_of_the_map(key, value, said):
    assert said in refusal(f"map.{key}", value, MAP)


def test_of_values_in_the_tunings_grids():
    (line,) = lines(changed("map.tuning.stage2.n_estimators", [100, 10**9], MAP))
    assert line.endswith("n_estimators.1: 1000000000: must be at most 10000")
    (line,) = lines(changed("map.tuning.stage1.max_features", [10**400], MAP))
    assert "must be sqrt, log2, n/k" in line


def test_of_combinations_of_the_tunings_grids():
    (line,) = lines(changed("map.tuning.stage1.min_samples_leaf", list(range(1, 101)), MAP))
    assert line == (
        "config: map.tuning.stage1.min_samples_leaf: 100 values: the stage has 5 x 3 x 100 = 1,500 "
        "combinations, 1,000 are the most; keep 66 of them, or fewer of the others"
    )
    load_config(changed("map.tuning.stage1.min_samples_leaf", list(range(1, 67)), MAP))
    sizes = {"n_estimators": list(range(1, 101)), "min_samples_split": list(range(2, 202))}
    (line,) = lines(changed("map.tuning.stage2", sizes, MAP))
    assert "100 x 200 x 3 = 60,000 combinations" in line


class TestRegion:
    def test_the_whole_world_has_too_many_tiles(self):
        raw = changed("dataset.region", WORLD)
        raw["dataset"]["elevation"]["source"] = "COP30"
        (line,) = lines(raw)
        assert line.startswith(
            "config: dataset.elevation.source: COP30: the region has 64,800 tiles of 1 degree, "
            "10,000 are the most"
        )
        raw["dataset"]["elevation"]["source"] = "dem.tif"
        load_config(raw)

    def test_no_room_for_two_patches(self):
        raw = changed("dataset.region", {"west": 0, "south": 0, "east": 1e-9, "north": 1e-9})
        (line,) = lines(raw)
        assert line == (
            "config: dataset.patches.size: 40: the region has no room for 2 patches of 40 x 2 "
            "pixels, even of 3 m; choose a larger region (if pixels are finer: set "
            "dataset.landcover.resolution)"
        )

    def test_the_largest_size_that_is_named_works(self):
        raw = changed("dataset.region", {"west": 0, "south": 0, "east": 0.002, "north": 0.002})
        (line,) = lines(raw)
        most = int(line.split("make it ")[1].split()[0])
        raw["dataset"]["patches"] = {"size": most}
        load_config(raw)

    def test_patches_wider_than_a_job_holds(self):
        raw = changed("dataset.patches", {"size": 100, "downsample": 200})
        (line,) = lines(raw)
        assert "set it to 100 at most" in line
        raw["dataset"]["patches"]["downsample"] = 100
        raw["dataset"]["region"] = WORLD
        load_config(raw)

    def test_cells_that_are_jobs_are_fewer(self):
        raw = changed("dataset.landcover.resolution", 0.1)
        raw["dataset"]["grid"] = {"n": 200}
        (line,) = lines(raw)
        assert "141 x 141 of them are the most" in line
        raw["dataset"]["grid"] = {"n": 141}
        load_config(raw)

    def test_a_demo_world_that_a_job_can_hold(self):
        (line,) = lines(changed("demo", {"region": WORLD}))
        assert line.startswith("config: demo.region.east: 180: the demo's world would be 64800")


class TestPlanning:
    def test_most_cells(self):
        assert most_cells_aside(one_by_one=False) == 250
        assert most_cells_aside(one_by_one=True) == 141

    def test_a_slow_plan_is_told(self):
        assert slow_note(50, 100, one_by_one=False) is None
        assert slow_note(120, 100, one_by_one=False) is None
        assert "about 41 s at each start" in slow_note(200, 0, one_by_one=False)
        assert slow_note(100, 0, one_by_one=True)
        assert load_config(VALID).dataset.slow_to_plan is None
        assert load_config(changed("dataset.grid.n", 200)).dataset.slow_to_plan

    def test_the_impossible_is_refused_in_a_moment(self):
        begun = time.process_time()
        for key, value in (
            ("dataset.grid.n", 10**9),
            ("dataset.elevation.source", "{lat:>9999999}"),
        ):
            lines(changed(key, value))
        assert time.process_time() - begun < 1.0

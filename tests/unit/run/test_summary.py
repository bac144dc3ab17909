"""The last words of a run."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from landloom.job.integrity import record
from landloom.job.lacks import CANNOT_GO_ON
from landloom.run import summary as summary_module
from landloom.run.summary import first_error, summary

COUNTS = {"owned": 10, "rejected": {"unknown": 1, "11": 0}, "void": 2, "buffered": 0, "samples": 7}
REPORT: dict[str, Any] = {
    "classes": [{}, {}],
    "samples": {"train": 80, "test": 20},
    "accuracy": 0.85,
    "macro": {"f1": 0.7},
    "notes": ["class 95 left out: 3 points"],
}


@pytest.fixture
def _results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in {
        "dataset/certificate.json": {
            "patches": {"train": COUNTS, "test": COUNTS},
            "notes": ["24.9% of the region lies off the land-cover raster"],
        },
        "map/report.json": REPORT,
        "map/index.html": "",
    }.items():
        path = tmp_path / "out" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))


@pytest.mark.usefixtures("_results")
def test_it_tells_what_was_made_with_its_numbers_and_notes() -> None:
    made = ["out/dataset/certificate.json", "out/map/report.json", "out/map/index.html"]
    told = summary("out", made)
    assert "7 training and 7 test samples" in told
    assert "of 10 patches left out: 1 with unknown pixels, 2 with void elevation" in told
    assert "class 11" not in told
    assert "note: 24.9% of the region lies off the land-cover raster" in told
    assert "on 20 samples held out the accuracy is 0.850, macro F1 0.700" in told
    assert "note: class 95 left out: 3 points" in told
    assert "out/map/index.html" in told
    assert "landcover.tif" not in told


@pytest.mark.usefixtures("_results")
def test_design_based_figures_are_told_apart_from_the_random_split() -> None:
    overall = {"value": 0.9, "standard_error": 0.02, "wald": [0.86, 0.94], "dirichlet": [0.8, 0.95]}
    told = {"points": 300, "overall": overall, "notes": ["the area of Bog rests on 1 point"]}
    path = Path("out/map/validation.json")
    path.write_text(json.dumps(told))
    said = summary("out", ["out/map/report.json", str(path)])
    assert "on 20 samples held out, a random split, the agreement is 0.850" in said
    assert "design-based, by 300 independent reference points: overall accuracy 0.900" in said
    assert "(0.800 to 0.950)" in said
    assert "note: the area of Bog rests on 1 point" in said
    assert "the accuracy is" not in said
    assert "design-based" not in summary("out", ["out/map/report.json"])
    record(path)
    path.write_text("{")
    assert f"{path}: is damaged" in summary("out", ["out/map/report.json", str(path)])


@pytest.mark.usefixtures("_results")
def test_what_the_plan_of_the_map_notes_is_told_too() -> None:
    plan = Path("out/map/plan.json")
    plan.write_text(json.dumps({"notes": ["3.0% of map.region lies off the embedding"]}))
    made = ["out/map/report.json", str(plan)]
    note = "  note: 3.0% of map.region lies off the embedding"
    assert note in summary("out", made).splitlines()
    assert note not in summary("out", made[:1])
    record(plan)
    plan.write_text("{")
    assert f"{plan}: is damaged" in summary("out", made)


@pytest.mark.usefixtures("_results")
def test_a_damaged_product_is_named_in_place_of_its_numbers() -> None:
    made = ["out/dataset/certificate.json", "out/map/report.json"]
    for path in made:
        record(path)
    Path(made[0]).write_text('{"patches": {')
    told = summary("out", made)
    assert told.startswith(f"{made[0]}: is damaged")
    assert "Dataset:" not in told
    assert "the accuracy is 0.850" in told
    Path(made[0]).unlink()
    assert "is damaged" not in summary("out", made)


@pytest.mark.usefixtures("_results")
def test_it_keeps_to_what_the_run_was_asked_for() -> None:
    assert "Map" not in summary("out", ["out/dataset/certificate.json"])
    assert summary("out", ["out/elsewhere"]) == ""
    # Asked for, and not there: nothing is claimed.
    assert "Figures" not in summary("out", ["out/figures/terrain.gif"])


def test_the_first_error_speaks_for_itself(tmp_path: Path) -> None:
    first, second = tmp_path / "a.log", tmp_path / "b.log"
    first.write_text("3 tiles read\ntile N42W117: has no CRS; set one\n")
    second.write_text("something else\n")
    told = first_error([("tile", [str(first)]), ("cell", [str(second)])])
    assert "tile N42W117: has no CRS; set one" in told
    assert str(first) in told
    assert "something else" not in told
    assert "1 more failed" in told


def test_a_defect_is_told_by_its_last_line(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("Traceback (most recent call last):\n  File x\nValueError: bad shape\n")
    told = first_error([("stack", [str(log)])])
    assert "ValueError: bad shape" in told
    assert "File x" not in told
    assert "report it" in told


def test_a_job_ended_from_outside_leaves_no_word(tmp_path: Path) -> None:
    assert "ended from outside" in first_error([("stack", [str(tmp_path / "none.log")])])
    assert first_error([]) == ""


def test_what_the_machine_lacks_is_no_defect(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text(
        f"Traceback (most recent call last):\n{CANNOT_GO_ON}a.tif: File too large; raise\n"
    )
    told = first_error([("stack", [str(log)])])
    assert "\na.tif: File too large; raise" in told
    assert "report it" not in told


def test_a_disk_without_room_for_a_log_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OSError(errno.ENOSPC, "?", str(tmp_path))
    monkeypatch.setattr(summary_module, "no_room", lambda _: full)
    told = first_error([("stack", [str(tmp_path / "none.log")])])
    assert "No space left on device; free some" in told
    assert "ended from outside" not in told

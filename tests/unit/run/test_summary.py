"""The last words of a run."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from landloom.job.integrity import record
from landloom.job.lacks import CANNOT_GO_ON
from landloom.map.left_out import LeftOut
from landloom.run import summary as summary_module
from landloom.run.summary import first_error, summary, whereabouts

COUNTS = {"owned": 10, "rejected": {"unknown": 1, "11": 0}, "void": 2, "buffered": 0, "samples": 7}
OVERALL = {"value": 0.85, "interval": [0.64, 0.95]}
SPLIT: dict[str, Any] = {
    "basis": "random split of the samples",
    "samples": 20,
    "overall": OVERALL,
    "with_left_out": {"value": 0.8, "interval": [0.6, 0.9]},
    "counts_left_out": False,
    "macro_f1": 0.7,
    "baselines": {"majority": {"accuracy": 0.4}, "nearest_centroid": {"accuracy": 0.75}},
    "notes": [],
}
REPORT: dict[str, Any] = {
    "map_classes": [30, 40],
    "classes": [{}, {}],
    "estimates": [SPLIT],
    "left_out": [],
    "notes": ["class 95 has 1 samples, none of them for testing"],
}


@pytest.fixture
def _results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in {
        "dataset/certificate.json": {
            "patches": {"train": COUNTS, "test": COUNTS},
            "notes": ["24.9 % of the region lies off the land-cover raster"],
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
    assert "note: 24.9 % of the region lies off the land-cover raster" in told
    assert (
        "  random split of the samples: 0.850 (0.640 to 0.950), n = 20, macro F1 0.700, "
        "majority class 0.400, nearest centroid 0.750\n"
    ) in told
    assert "note: class 95 has 1 samples" in told
    assert "not in this map" not in told
    assert "accuracy" not in told
    assert "out/map/index.html" in told
    assert "resembles itself" not in told


@pytest.mark.usefixtures("_results")
@pytest.mark.parametrize(
    ("everything", "words"),
    [
        ((1.851, None, 0.87218), "up to 1.85 km; 87 % of the test samples lie that near to a"),
        ((None, "beyond", 1.0), "up to at least 31 km; 100 % of the test samples lie that near"),
        ((None, "within", 0.1), "up to at most 0.0487 km; 10 % of the test samples lie that near"),
        (
            (None, "none", None),
            "how far land cover resembles itself cannot be told: whether two pix",
        ),
    ],
)
def test_it_tells_how_far_land_cover_resembles_itself_if_that_is_known(
    everything: tuple[object, ...], words: str
) -> None:
    keys = ("range_km", "why", "test_share_within")
    lags = [{"km": km} for km in (0.03, 0.0387, 0.0487, 31.005)]
    content = {"all": dict(zip(keys, everything, strict=True)), "lags": lags}
    path = Path("out/dataset/autocorrelation.json")
    path.write_text(json.dumps(content))
    told = summary("out", ["out/dataset/certificate.json", str(path)])
    assert words in told
    assert str(path) in told
    record(path)
    path.write_text(path.read_text() + " ")
    told = summary("out", ["out/dataset/certificate.json", str(path)])
    assert "resembles itself" not in told
    assert f"{path}: is damaged" in told
    assert "landcover.tif" not in told


@pytest.mark.usefixtures("_results")
def test_all_estimates_are_told_and_first_what_the_map_leaves_out() -> None:
    bog = LeftOut(95, "Bog", 3, 0.0375)
    points = SPLIT | {
        "basis": "design-based, independent points",
        "overall": {"value": 0.9, "interval": [0.8, 0.95]},
        "samples": 300,
        "counts_left_out": True,
        "macro_f1": None,
        "baselines": None,
        "notes": ["the area of Bog rests on 1 point"],
    }
    report = REPORT | {"estimates": [SPLIT, points], "left_out": [bog.plain()]}
    report["notes"] = [bog.note, "another note"]
    Path("out/map/report.json").write_text(json.dumps(report))
    Path("out/map/validation.txt").write_text("")
    said = summary("out", ["out/map/report.json", "out/map/validation.txt"])
    lines = said.splitlines()
    assert lines[1] == "1 class of the reference is not in this map: 95 Bog (3.75 %)"
    assert "n = 20, with the classes left out 0.800 (0.600 to 0.900), macro F1" in lines[2]
    assert lines[3] == "  design-based, independent points: 0.900 (0.800 to 0.950), n = 300"
    assert lines[4:6] == ["  note: another note", "  note: the area of Bog rests on 1 point"]
    assert "out/map/validation.txt" in said
    assert "validation.txt" not in summary("out", ["out/map/report.json"])


@pytest.mark.usefixtures("_results")
def test_what_jobs_noted_is_told_once_and_only_of_files_that_the_run_uses() -> None:
    known = REPORT["notes"][0]
    for name, notes in {
        "map/embedding.json": ["the bytes look like AlphaEarth's", known],
        "map/gone.json": ["of a file that is not there"],
        "map/other.json": ["of a file that the run does not use"],
    }.items():
        if "gone" not in name:
            Path("out", name).write_text("{}")
        kept = Path("out", name).parent / ".notes" / Path(name).name
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(json.dumps(notes))
    made = ["out/map/report.json", "out/map/embedding.json", "out/map/gone.json"]
    told = summary("out", made)
    assert "\nNote on out/map/embedding.json: the bytes look like AlphaEarth's" in told
    assert told.count(known) == 1
    assert "of a file" not in told
    assert summary("out", made[1:]).startswith("Note on out/map/embedding.json: the bytes")


def test_where_things_are_that_were_asked_for_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("out/chips/train").mkdir(parents=True)
    Path("out/model.zip").write_bytes(bytes(81_470))
    for name in ("a", "train/b"):
        Path("out/chips", name).write_bytes(bytes(600))
    told = summary("out", [], ["out/model.zip", "out/chips", "out/none", "out/model.zip"])
    assert told.splitlines() == [
        "Here it is: out/model.zip (81 kB)",
        "Here it is: out/chips (2 files, 1.2 kB)",
    ]
    many = [f"out/{number}" for number in range(13)]
    for path in many:
        Path(path).touch()
    assert whereabouts(many)[9:] == ["Here it is: out/9 (0 B)", "and 3 more files"]


@pytest.mark.usefixtures("_results")
def test_a_damaged_product_is_named_in_place_of_its_numbers() -> None:
    made = ["out/dataset/certificate.json", "out/map/report.json"]
    for path in made:
        record(path)
    Path(made[0]).write_text('{"patches": {')
    told = summary("out", made)
    assert told.startswith(f"{made[0]}: is damaged")
    assert "Dataset:" not in told
    assert "random split of the samples: 0.850" in told
    Path(made[0]).unlink()
    assert "is damaged" not in summary("out", made)


@pytest.mark.usefixtures("_results")
def test_it_keeps_to_what_the_run_was_asked_for() -> None:
    assert "Map" not in summary("out", ["out/dataset/certificate.json"])
    assert summary("out", ["out/elsewhere"]) == ""
    # Asked for, and not there: nothing is claimed.
    assert "Figures" not in summary("out", ["out/figures/terrain.gif"])


@pytest.mark.usefixtures("_results")
def test_further_years_are_told_with_the_caution_and_whatever_is_known_of_them() -> None:
    fit = {"pixels": 9, "values_within": 0.96, "outside": 0.2, "pixels_compared": 9}
    for name, content in {
        "areas.csv": "",
        "2024/map/landcover.tif": "",
        "2024/map/report.json": {"model": {"fit": fit}, "estimates": [], "notes": ["all is grey"]},
        "2021/map/landcover.tif": "",
    }.items():
        path = Path("out/years") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    made = [str(path) for path in Path("out/years").rglob("*.*")]
    told = summary("out", made).splitlines()
    assert told[0].endswith("areas of the classes by year: out/years/areas.csv")
    assert told[1] == "  2021: out/years/2021/map/landcover.tif"
    assert told[2] == "  2024: out/years/2024/map/landcover.tif"
    assert "96.0 % lie in the range" in told[3]
    assert "20.0 % of 9 pixels" in told[4]
    assert told[5] == "    note: all is grey"
    assert told[6].startswith("  note: differences between these areas are no estimate of change")
    assert "years" not in summary("out", [path for path in made if "areas" not in path])


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


def test_a_log_is_called_what_it_is_and_read_where_it_lies(tmp_path: Path) -> None:
    """In an object store, say, and as a copy of that."""
    (tmp_path / "copy.log").write_text("the tile has no CRS\n")
    failed = [("tile", ["s3://b/tile.log (send to storage)"])]
    told = first_error(failed, lambda _: [("s3://b/tile.log", str(tmp_path / "copy.log"))])
    assert told == "tile failed (s3://b/tile.log):\n\nthe tile has no CRS"


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

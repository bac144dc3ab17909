"""Every kind of file that a run makes, damaged in every way: noticed, named, and mended alone."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import Place, digests

from landloom.errors import LandloomError
from landloom.job.integrity import RECORDS, refuse_damaged
from landloom.job.notes import FOLDER

pytestmark = pytest.mark.slow


def truncate(path: Path, _: bytes) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip_a_bit(path: Path, _: bytes) -> None:
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(body)


def empty(path: Path, _: bytes) -> None:
    path.write_bytes(b"")


def replace(path: Path, other: bytes) -> None:
    path.write_bytes(other)


DAMAGES: list[Callable[[Path, bytes], None]] = [truncate, flip_a_bit, empty, replace]


def spoil(path: Path, damage: Callable[[Path, bytes], None], other: bytes = b"of another") -> None:
    """Damage a file as a disk would: Snakemake, which goes by times, is not to see it."""
    times = path.stat()
    damage(path, other)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def made(place: Place) -> Iterator[Path]:
    """Give all files of a run, but for logs, benchmarks, and what no job makes."""
    others = ("logs", "benchmarks", "software.json")
    for path in sorted(place.results.rglob("*")):
        told = path.relative_to(place.results).parts
        hidden = path.name.startswith(".") or {RECORDS, FOLDER} & set(told)
        if path.is_file() and not hidden and told[0] not in others:
            yield path


def name(path: Path, place: Place) -> str:
    return str(path.relative_to(place.results))


def names(place: Place) -> set[str]:
    return {name(path, place) for path in made(place)}


def others(places: list[Place]) -> Callable[[Path], bytes]:
    """Return what gives, for a file, one of another run or part: same suffix, other bytes."""
    by_suffix: dict[str, list[bytes]] = {}
    for place in places:
        for path in made(place):
            by_suffix.setdefault(path.suffix, []).append(path.read_bytes())

    def another(path: Path) -> bytes:
        own = path.read_bytes()
        return next((body for body in by_suffix[path.suffix] if body != own), own + b"\n")

    return another


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_each_file_is_noticed(
    damage: Callable[[Path, bytes], None], finished: Place, mapped: Place, tmp_path: Path
) -> None:
    another = others([finished, mapped])
    count = 0
    for place in (finished.copy(tmp_path / "dataset"), mapped.copy(tmp_path / "map")):
        for path in made(place):
            refuse_damaged([path])
            spoil(path, damage, another(path))
            with pytest.raises(LandloomError, match=rf"^{re.escape(str(path))}: is damaged, or"):
                refuse_damaged([path])
            count += 1
    assert count > 80


# What a job reads, and the rule that is made to run on it; they do not wait for one another.
READ = {
    "finished": {
        "landcover/cells/r000c000.npz": ("class_distribution", truncate),
        "elevation/tiles/N42W117.tif": ("elevation_mosaic", flip_a_bit),
        "elevation/tiles/N42W116.json": ("elevation_tiles", replace),
    },
    "mapped": {
        "map/points.parquet": ("point_vectors", flip_a_bit),
        "map/embedding.json": ("check_tuning", truncate),
    },
    "mapped again": {
        "map/blocks/r000-c001.tif": ("confidence_map", empty),
        "map/held_out.json": ("figure_accuracy", replace),
    },
}


@pytest.mark.parametrize("case", READ)
def test_a_job_that_reads_it_says_so_and_deleting_it_mends_it(
    case: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    whole = request.getfixturevalue(case.split()[0])
    place = whole.copy(tmp_path / "place")
    rules = [rule for rule, _ in READ[case].values()]
    for path, (_, damage) in READ[case].items():
        spoil(place.results / path, damage)
    run = place.run("-R", *rules, "--", *rules)
    assert run.code != 0
    assert "Traceback" not in run.output
    assert "defect" not in run.output
    logs = "".join(path.read_text() for path in (place.results / "logs").rglob("*.log"))
    for path in READ[case]:
        assert f"results/{path}: is damaged, or another file than its job made" in logs
        (place.results / path).unlink()
    run = place.run("--", *rules)
    assert run.code == 0, run.output
    assert digests(place) == digests(whole)


def test_a_damaged_plan_is_told_before_any_job(mapped: Place, tmp_path: Path) -> None:
    place = mapped.copy(tmp_path / "place")
    spoil(place.results / "map/plan.json", truncate)
    run = place.run()
    assert run.code != 0
    assert "results/map/plan.json: is damaged" in run.output
    assert "Traceback" not in run.output
    assert run.jobs == {}


def one_of_each_kind(place: Place) -> list[Path]:
    """Return a file of each folder and suffix, of those that are not drawn or read by people."""
    kinds = {(path.parent, path.suffix): path for path in made(place)}
    told = ("figures", "tables")
    return [p for (folder, _), p in sorted(kinds.items()) if folder.name not in told]


@pytest.mark.parametrize("product", ["finished", pytest.param("mapped", marks=pytest.mark.full)])
def test_a_run_mends_itself_when_asked(
    product: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    whole = request.getfixturevalue(product)
    place = whole.copy(tmp_path / "place")
    run = place.run("repair")
    assert run.code == 0, run.output
    assert "repair: no file is damaged" in run.output
    assert digests(place) == digests(whole)

    damaged = one_of_each_kind(place)
    for number, path in enumerate(damaged):
        spoil(path, DAMAGES[number % len(DAMAGES)])
    run = place.run("repair")
    assert run.code == 0, run.output
    for path in damaged:
        assert f"repair: deleted {path.relative_to(place.folder)} (" in run.output
    assert f"repair: {len(damaged)} deleted; start again to have them made" in run.output
    gone = {name(path, place) for path in damaged}
    assert names(whole) - names(place) == gone

    run = place.run()
    assert run.code == 0, run.output
    # What nothing needs any more is not made again; whatever is there is as it was.
    assert digests(place).items() <= digests(whole).items()
    assert names(whole) - names(place) <= gone


def test_a_crafted_cache_beside_results_is_not_read(mapped: Place, tmp_path: Path) -> None:
    place = mapped.copy(tmp_path / "place")
    kernel = place.results / "map/kernel"
    assert [path.name for path in kernel.glob("*.*") if path.is_file()] == ["compiled.json"]
    (kernel / "kernel.py").write_text("import os\nos.mkdir('ran')\n")
    shutil.copytree(kernel, kernel / "__pycache__")
    block = place.results / "map/blocks/r000-c000.tif"
    pixels = block.read_bytes()
    block.unlink()
    run = place.run("results/map/blocks/r000-c000.tif")
    assert run.code == 0, run.output
    assert block.read_bytes() == pixels
    assert not (place.folder / "ran").exists()

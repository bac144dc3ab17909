"""The command on a tiny world: check, run and report; and what is said to a new user's mistakes."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import REPOSITORY, Place, Run, digests

pytestmark = pytest.mark.slow

SCRIPTS = REPOSITORY / "workflow/scripts"


def start(
    place: Place, *words: str, scripts: Path = SCRIPTS, **options: Any
) -> subprocess.Popen[str]:
    """Start the command in a place, as the file in the environment's `bin` does."""
    # rasterio, once imported, tells its own certificates to all programs that are started.
    inherited = {name: value for name, value in os.environ.items() if "CURL_CA" not in name}
    code = (
        f"import sys; sys.path.insert(0, {str(scripts)!r}); "
        "from landloom.command.main import main; sys.exit(main())"
    )
    return subprocess.Popen(
        [sys.executable, "-P", "-c", code, *words],
        cwd=place.folder,
        text=True,
        env=inherited | {"COLUMNS": "200"} | place.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **options,
    )


def landloom(place: Place, *words: str, scripts: Path = SCRIPTS) -> Run:
    """Call the command with the place's configuration beside it, and wait for its end."""
    if not (place.folder / "mine.yaml").exists():
        (place.folder / "mine.yaml").write_text(yaml.safe_dump(place.config))
    process = start(place, *words, scripts=scripts)
    output = process.communicate()[0]
    return Run(process.returncode, output)


def test_a_run_is_that_of_snakemake(place: Place, finished: Place) -> None:
    """What the command makes is the same to the byte, and what is finished stays."""
    targets = ("results/dataset/split.gpkg", "results/SOURCES.md")
    run = landloom(place, "run", "mine.yaml", *targets, "--cores", "2")
    assert run.code == 0, run.output
    assert "Sources, licences and citations: results/SOURCES.md" in run.output
    made, other = digests(place), digests(finished)
    assert {"dataset/split.gpkg", "SOURCES.md"} <= made.keys()
    assert {name: other[name] for name in made} == made
    again = landloom(place, "run", "mine.yaml", *targets, "-n")
    assert again.code == 0
    assert "Nothing to be done" in again.output


def test_check_tells_what_would_run_and_what_that_takes(place: Place) -> None:
    run = landloom(place, "check", "mine.yaml", "--jobs")
    assert run.code == 0, run.output
    assert run.output.startswith("mine.yaml: nothing wrong\n")
    planned = place.run("-n").jobs
    gathering = {"all", "dataset", "map", "figures"}
    counts = {rule: int(n) for n, rule in re.findall(r"^ +(\d+)  (\w+) ", run.output, re.MULTILINE)}
    assert counts == {rule: n for rule, n in planned.items() if rule not in gathering}
    assert f"Would run: {sum(counts.values())} jobs" in run.output
    size = (place.folder / "in/landcover.tif").stat().st_size
    assert f"in/landcover.tif: your own, {round(size / 1000)} kB" in run.output
    assert "your own, 3 of 4 tiles are there" in run.output
    assert "about 650 MB at most for one job (certificate)" in run.output
    assert re.search(r"Time    about \d+ (s|min) on this machine$", run.output, re.MULTILINE)
    assert re.search(r"Disk    about [\d.]+ MB below results/; .* free", run.output)
    assert not place.results.exists()


def test_check_tells_what_comes_of_a_part(map_place: Place) -> None:
    run = landloom(map_place, "check", "mine.yaml", "results/map/landcover.tif")
    assert run.code == 0, run.output
    assert ", and about 4 predict_block, counted while it runs" in run.output
    assert "compile_kernel" not in run.output


def test_check_tells_what_comes_of_a_further_year_alone(map_place: Place) -> None:
    shutil.copy(map_place.folder / "in/embedding.tif", map_place.folder / "in/later.tif")
    rasters = {2018: "in/embedding.tif", 2024: "in/later.tif"}
    map_place.config["map"]["embedding"]["raster"] = rasters
    target = "results/years/2024/map/landcover.tif"
    run = landloom(map_place, "check", "mine.yaml", target, "--jobs")
    assert run.code == 0, run.output
    assert " year_2024_plan_map " in run.output
    assert " plan_map " not in run.output
    assert ", and about 4 predict_block, counted while it runs" in run.output


def test_check_and_report_of_what_is_finished(finished: Place, tmp_path: Path) -> None:
    place = finished.copy(tmp_path / "place")
    run = landloom(place, "check", "mine.yaml")
    assert run.code == 0, run.output
    assert "Nothing would run: all is there below results/" in run.output
    for words, page in ((["--output", "page.html"], "page.html"), ([], "results/report.html")):
        run = landloom(place, "report", "mine.yaml", *words)
        assert run.code == 0, run.output
        size = (place.folder / page).stat().st_size
        assert size > 10**6
        assert f"The page: {page} ({size / 1e6:.1f} MB)" in run.output
    assert not (place.folder / "report.html").exists()
    run = landloom(place, "run", "mine.yaml", "results/dataset/split.gpkg")
    assert "Nothing to be done" in run.output
    assert "Here it is: results/dataset/split.gpkg (" in run.output


def test_what_a_job_says_is_told_once_and_last(map_place: Place) -> None:
    map_place.config["map"]["samples"] = {"n": 2}
    target = "results/map/samples.parquet"
    checked = landloom(map_place, "check", "mine.yaml", target)
    run = landloom(map_place, "run", "mine.yaml", target)
    assert checked.code == run.code == 1
    (message,) = (line for line in run.output.splitlines() if line.startswith("map.samples"))
    assert run.output.strip().endswith(message)
    assert message in checked.output
    assert "A job failed; what it says stands in results/logs/samples.log" in run.output
    assert "Error" not in run.output.replace("CURL", "")
    assert "RuleException" not in run.output
    (log,) = (map_place.folder / ".snakemake/log").glob("*.log")
    assert "RuleException" in log.read_text()
    plain = map_place.run(target)
    assert "RuleException" in plain.output
    assert plain.output.count(message) == 2


def test_ctrl_c_reaches_snakemake_itself(place: Place) -> None:
    (place.folder / "mine.yaml").write_text(yaml.safe_dump(place.config))
    process = start(place, "run", "mine.yaml", "--cores", "2", start_new_session=True)
    assert process.stdout
    said = ""
    while "%" not in said:  # its first job begins
        line = process.stdout.readline()
        assert line, said
        said += line
    command = Path(f"/proc/{process.pid}/cmdline")
    if command.exists():
        assert b"snakemake" in command.read_bytes()
    os.killpg(process.pid, signal.SIGINT)
    said += process.communicate()[0]
    assert process.returncode == -signal.SIGINT
    assert "Traceback" not in said
    assert landloom(place, "run", "mine.yaml", "dataset", "-n").code == 0


def misspell_a_key(place: Place) -> None:
    place.config["dataset"]["grid"]["sed"] = 3


def misspell_a_raster(place: Place) -> None:
    place.config["dataset"]["landcover"]["raster"] = "in/landcove.tif"


def give_nothing_to_build(place: Place) -> None:
    del place.config["dataset"]


def indent_by_a_tab(place: Place) -> None:
    (place.folder / "mine.yaml").write_text("dataset:\n\tgrid: {n: 2}\n")


def label_without_a_column(place: Place) -> None:
    (place.folder / "points.csv").write_text("lon,lat,klass\n-116,43,1\n-116.01,43,2\n")
    place.config = {
        "results": "results",
        "map": {
            "embedding": {"raster": "in/landcover.tif"},
            "reference": {"table": "points.csv"},
        },
    }


def name_a_crs_that_is_none(place: Place) -> None:
    label_without_a_column(place)
    (place.folder / "points.csv").write_text("lon,lat,class\n-116,43,1\n-116.01,43,2\n")
    place.config["map"]["predict"] = {"crs": "EPSG:1"}


def nothing(place: Place) -> None:
    """A configuration without a mistake."""


MISTAKES: list[tuple[str, Callable[[Place], None], str]] = [
    ("run mine.yaml dataste", nothing, "did you mean 'dataset'?"),
    ("run mine.yaml dataset/train.npy", nothing, "did you mean 'results/dataset/train.npy'?"),
    ("run mine.yaml map", nothing, "the configuration has no section 'map'"),
    ("run mine.yaml extract_cells", nothing, "ask for one of its files"),
    ("run mien.yaml", nothing, "did you mean 'mine.yaml'?"),
    ("run dataset", nothing, "the configuration comes first: landloom run mine.yaml dataset"),
    ("run mine.yaml --core 2", nothing, "did you mean '--cores'?"),
    ("run mine.yaml --forceall", nothing, "Options of Snakemake go behind '--': -- --forceall"),
    ("run mine.yaml", indent_by_a_tab, "mine.yaml, line 2"),
    ("run mine.yaml", misspell_a_key, "dataset.grid.sed: unknown key (did you mean 'seed'?)"),
    ("check mine.yaml", misspell_a_key, "dataset.grid.sed: unknown key (did you mean 'seed'?)"),
    ("check mine.yaml", misspell_a_raster, "in/landcove.tif: no such file"),
    ("check mine.yaml", give_nothing_to_build, "nothing to build; add one of them"),
    (
        "check mine.yaml",
        label_without_a_column,
        "points.csv has no column class; its columns are lon, lat, klass",
    ),
    ("check mine.yaml", name_a_crs_that_is_none, "map.predict.crs"),
    ("check mine.yaml dataste", nothing, "did you mean 'dataset'?"),
    ("report mine.yaml", nothing, "go on with 'landloom run mine.yaml'"),
    ("chek mine.yaml", nothing, "did you mean 'check'?"),
    ("mine.yaml", nothing, "say what to do with it: landloom run mine.yaml"),
]


@pytest.mark.parametrize(
    ("words", "mistake", "told"),
    MISTAKES,
    ids=[f"{words} - {mistake.__name__}" for words, mistake, _ in MISTAKES],
)
def test_a_mistake_is_told_in_one_message(
    words: str, mistake: Callable[[Place], None], told: str, place: Place
) -> None:
    mistake(place)
    run = landloom(place, *words.split())
    assert run.code in (1, 2)
    assert told in run.output
    assert "Traceback" not in run.output
    assert "Exception" not in run.output
    assert not place.results.exists()


def test_snakemake_by_itself_tells_of_targets_too(place: Place) -> None:
    run = place.run("dataste")
    assert run.code == 1
    assert "target dataste: is neither" in run.output
    assert "did you mean 'dataset'?" in run.output
    assert "MissingRule" not in run.output


def installed(folder: Path) -> Path:
    """Lay the workflow out as pip installs it, by what pyproject.toml says of it."""
    unmade = shutil.ignore_patterns("__pycache__")
    shutil.copytree(SCRIPTS / "landloom", folder / "landloom", ignore=unmade)
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    for pattern in project["tool"]["setuptools"]["package-data"]["landloom.shipped"]:
        for path in filter(Path.is_file, REPOSITORY.glob(pattern)):
            copy = folder / "landloom/shipped" / path.relative_to(REPOSITORY)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    return folder


def test_what_pip_installs_is_the_whole_workflow(place: Place, tmp_path: Path) -> None:
    site = installed(tmp_path / "site")
    run = landloom(place, "run", "mine.yaml", "results/dataset/split.gpkg", scripts=site)
    assert run.code == 0, run.output
    assert (place.results / "dataset/split.gpkg").is_file()
    run = landloom(place, "init", "demo.yaml", "--product", "demo", scripts=site)
    assert run.code == 0, run.output
    run = landloom(place, "check", "demo.yaml", scripts=site)
    assert run.code == 0, run.output
    assert "made by the demo" in run.output

"""Runs of the workflow: a tiny world, and Snakemake in a folder of its own."""

from __future__ import annotations

import copy
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from once import made_once
from server import Server

from landloom.demo.rasters import World, write_landcover, write_tile

# What starts the tests in the background has their programs ignore these; a terminal does not.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

REPOSITORY = Path(__file__).parents[1]
SNAKEMAKE = Path(sys.executable).with_name("snakemake")

WORLD = World((-116.06, 42.95, -115.94, 43.05), 7, ("N43W116",))
CONFIG: dict[str, Any] = {
    "results": "results",
    "dataset": {
        "region": {"west": -116.06, "south": 42.95, "east": -115.94, "north": 43.05},
        "landcover": {"raster": "in/landcover.tif"},
        "grid": {"n": 3, "test_fraction": 0.34},
        "patches": {"size": 8, "downsample": 2},
        "elevation": {"source": "in/dem/{ns}{lat}{ew}{lon}.tif"},
    },
    "figures": {"samples": 2, "animation": {"rows": 1, "columns": 2, "frames": 3}},
}


@dataclass
class Run:
    """One call of Snakemake."""

    code: int
    output: str
    jobs: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the table of jobs."""
        lines = iter(self.output.splitlines())
        for line in lines:
            if line.startswith("Job stats:"):
                self.jobs = {}
                for row in list(lines)[2:]:
                    parts = row.split()
                    if len(parts) != 2 or parts[0] == "total":
                        break
                    self.jobs[parts[0]] = int(parts[1])
                break


@dataclass
class Place:
    """A working folder with inputs and a configuration."""

    folder: Path
    repository: Path = REPOSITORY
    config: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(CONFIG))
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def results(self) -> Path:
        return self.folder / self.config["results"]

    def run(self, *arguments: str, cores: int = 2) -> Run:
        (self.folder / "mine.yaml").write_text(yaml.safe_dump(self.config))
        return self.snakemake("--configfile", "mine.yaml", "--cores", str(cores), *arguments)

    def snakemake(self, *arguments: str) -> Run:
        with self.start(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            stdout, stderr = process.communicate()
        return Run(process.returncode, stdout + stderr)

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start Snakemake and return; `options` are those of `subprocess.Popen`."""
        call = [SNAKEMAKE, "-s", self.repository / "Snakefile", *arguments]
        # rasterio, once imported, tells its own certificates to all programs that are started.
        inherited = {name: value for name, value in os.environ.items() if "CURL_CA" not in name}
        environment = inherited | {"COLUMNS": "200"} | self.environment
        return subprocess.Popen(call, cwd=self.folder, text=True, env=environment, **options)

    def copy(self, folder: Path) -> Place:
        shutil.copytree(self.folder, folder, symlinks=True)
        return Place(folder, self.repository, copy.deepcopy(self.config))


def make_inputs(folder: Path) -> None:
    (folder / "in/dem").mkdir(parents=True)
    write_landcover(WORLD, folder / "in/landcover.tif", margin_km=2.0)
    for tile in ("N42W117", "N42W116", "N43W117"):
        write_tile(WORLD, tile, folder / f"in/dem/{tile}.tif", pixels_per_degree=360)


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "inputs", make_inputs)


@pytest.fixture
def place(inputs: Path, tmp_path: Path) -> Place:
    """A folder with inputs, where nothing has run yet."""
    return Place(inputs).copy(tmp_path / "place")


@pytest.fixture(scope="session")
def finished(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A folder where everything has been built. Not to be changed: take a copy."""

    def make(folder: Path) -> None:
        run = Place(inputs).copy(folder / "place").run()
        assert run.code == 0, run.output

    return Place(made_once(tmp_path_factory, "finished", make) / "place")


def digests(place: Place) -> dict[str, str]:
    """Digest every product: not logs and benchmarks, which hold times."""
    files = {path.relative_to(place.results): path for path in place.results.rglob("*")}
    return {
        str(name): sha256(path.read_bytes()).hexdigest()
        for name, path in sorted(files.items())
        if path.is_file() and name.parts[0] not in ("logs", "benchmarks")
    }


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A folder where the whole demo has been built. Not to be changed: take a copy.

    Where `LANDLOOM_DEMO` names a folder, it has been built there, for several runs of pytest.
    """
    if named := os.environ.get("LANDLOOM_DEMO"):
        return Place(Path(named))

    def make(folder: Path) -> None:
        run = Place(folder).snakemake("--cores", "2")
        assert run.code == 0, run.output

    return Place(made_once(tmp_path_factory, "demo", make))


@pytest.fixture
def server() -> Iterator[Server]:
    """A web server that answers for every host; see `Server.environment` for its clients."""
    with Server().running() as running:
        yield running

"""A store, and clones of the repository whose jobs run on machines that share nothing else."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import pytest
from conftest import REPOSITORY, Place
from object_store.store import Store, running, skip_without

from .machine import Machine, image_of

NEEDED = {
    "snakemake_executor_plugin_kubernetes": "profiles/kubernetes/requirements.txt",
    "snakemake_executor_plugin_aws_batch": "profiles/aws-batch/requirements.txt",
    "snakemake_storage_plugin_s3": "profiles/s3/requirements.txt",
    "moto": "tests/object_store/requirements.txt",
}
SOURCES = ("Snakefile", "config", "envs", "profiles", "workflow")

Cloned = Callable[[Path], Place]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take an option for a run of ten minutes, which continuous integration has no time for."""
    parser.addoption("--whole-demo", action="store_true", help="run all of the demo in pods")


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    skip_without(NEEDED)
    with running(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a container."""
    wheels = tmp_path_factory.mktemp("wheels")
    pack("snakemake-storage-plugin-s3", wheels)
    return image_of(REPOSITORY / "Containerfile", wheels)


@pytest.fixture
def machine(image: dict[str, str], tmp_path: Path) -> Machine:
    return Machine(tmp_path / "nodes", image)


@pytest.fixture(scope="session")
def cloned(store: Store) -> Cloned:
    """Make a clone of the repository in a folder, to start runs from; it leads to the store."""

    def clone(folder: Path) -> Place:
        folder.mkdir()
        ignored = shutil.ignore_patterns("__pycache__")
        for name in SOURCES:
            if (REPOSITORY / name).is_dir():
                shutil.copytree(REPOSITORY / name, folder / name, ignore=ignored)
            else:
                shutil.copy(REPOSITORY / name, folder / name)
        for command in (["init", "--quiet"], ["add", "--all"]):
            subprocess.run(["git", *command], cwd=folder, check=True)
        place = Place(folder, repository=folder)
        place.environment |= store.environment
        return place

    return clone


def pack(distribution: str, folder: Path) -> None:
    """Make a wheel again of what is installed, as the image keeps it."""
    installed = metadata.distribution(distribution)
    name = f"{distribution.replace('-', '_')}-{installed.version}-py3-none-any.whl"
    with zipfile.ZipFile(folder / name, "w") as wheel:
        for file in installed.files or []:
            if file.suffix != ".pyc" and file.name not in ("INSTALLER", "REQUESTED"):
                wheel.write(str(file.locate()), str(file))

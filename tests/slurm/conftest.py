"""A real Slurm of one node, for as long as these tests run."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .one_node import Slurm, hindrance

ONE_NODE = Path(__file__).with_name("one_node.sh")


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slurm]:
    if reason := hindrance():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("slurm")
    started = subprocess.run(
        [ONE_NODE, "start", folder], capture_output=True, text=True, check=False
    )
    try:
        if started.returncode:
            pytest.skip(f"Slurm does not start: {started.stderr.strip()}")
        yield Slurm()
    finally:
        subprocess.run([ONE_NODE, "stop", folder], check=False)

"""What the Snakemake of a job on a cluster looks at: its own files, not all that came before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[2]

SNAKEFILE = f"""
from snakemake.io import _IOFile

include: "{REPOSITORY}/workflow/rules/snakemake_internals.smk"

exists_local = _IOFile.exists_local

async def told(file):
    with open("asked", "a") as record:
        print(file, file=record)
    return await exists_local(file)

_IOFile.exists_local = told
if not is_main_process():
    plan_own_jobs_only()

def parts(wildcards):
    names = open(checkpoints.plan.get().output[0]).read().split()
    return [f"part_{{name}}" for name in names]

rule all:
    input: "page", "whole"

rule page:
    input: "table"
    output: "page"
    shell: "cp {{input}} {{output}}"

rule table:
    input: expand("cell_{{cell}}", cell=range(3))
    output: "table"
    shell: "cat {{input}} > {{output}}"

rule cell:
    output: "cell_{{cell}}"
    shell: "echo {{wildcards.cell}} > {{output}}"

checkpoint plan:
    input: "table"
    output: "plan"
    shell: "cp {{input}} {{output}}"

rule part:
    output: "part_{{name}}"
    shell: "echo {{wildcards.name}} > {{output}}"

rule whole:
    input: parts
    output: "whole"
    shell: "cat {{input}} > {{output}}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder where all has been made."""
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    run(tmp_path, "all")
    (tmp_path / "asked").unlink()
    return tmp_path


def run(folder: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "snakemake", "--cores", "1", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def run_job(folder: Path, rule: str) -> set[str]:
    """Run a rule's job as a cluster does; return the files that it has asked for."""
    only = ("--target-jobs", f"{rule}:", "--allowed-rules", rule, "--force")
    run(folder, *only, "--mode", "remote", "--nolock")
    return set((folder / "asked").read_text().split())


def test_a_job_looks_at_no_files_but_its_own_and_those_of_checkpoints(folder: Path) -> None:
    (folder / "page").unlink()
    assert {"page", "table"} <= run_job(folder, "page") <= {"page", "table", "plan"}
    assert (folder / "page").read_text() == "0\n1\n2\n"


def test_a_job_after_a_checkpoint_finds_what_that_made(folder: Path) -> None:
    (folder / "whole").unlink()
    asked = run_job(folder, "whole")
    assert {"part_0", "part_1", "part_2"} <= asked
    assert not [name for name in asked if name.startswith("cell")]
    assert (folder / "whole").read_text() == "0\n1\n2\n"


def test_a_checkpoint_itself_runs(folder: Path) -> None:
    (folder / "plan").unlink()
    assert not [name for name in run_job(folder, "plan") if name.startswith("cell")]
    assert (folder / "plan").read_text() == "0\n1\n2\n"

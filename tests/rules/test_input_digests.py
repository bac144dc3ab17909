"""How often Snakemake digests what a job read: once, and anew for the next job."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]

SNAKEFILE = f"""
from snakemake.io import _IOFile

include: "{REPOSITORY}/workflow/rules/snakemake_internals.smk"

checksum = _IOFile.checksum

async def told(file, *arguments, **options):
    with open("digested", "a") as record:
        print(file, file=record)
    return await checksum(file, *arguments, **options)

_IOFile.checksum = told
digest_inputs_once()

rule later:
    input: "one.txt", "a"
    output: "d"
    shell: "cat {{input}} > {{output}}"

rule earlier:
    input: "one.txt", "two.txt"
    output: "a", "b", "c"
    shell: "echo 1 | tee {{output}}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    for name in ("one", "two"):
        (tmp_path / f"{name}.txt").write_text(name)
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "d"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    return tmp_path


def test_each_job_digests_each_of_its_inputs_once(folder: Path) -> None:
    digested = Counter((folder / "digested").read_text().split())
    assert digested == {"one.txt": 2, "two.txt": 1, "a": 1}


def test_what_each_file_was_made_from_is_kept(folder: Path) -> None:
    records = map(json.loads, (file.read_text() for file in records_of(folder)))
    kept = sorted(sorted(record["input_checksums"].items()) for record in records)
    digests = {
        name: f"sha256:{sha256((folder / name).read_bytes()).hexdigest()}"
        for name in ("one.txt", "two.txt", "a")
    }
    earlier = [(name, digests[name]) for name in ("one.txt", "two.txt")]
    later = [(name, digests[name]) for name in ("a", "one.txt")]
    assert kept == [later, earlier, earlier, earlier]


def records_of(folder: Path) -> list[Path]:
    """What Snakemake keeps of each file that was made."""
    return [file for file in (folder / ".snakemake/metadata").rglob("*") if file.is_file()]

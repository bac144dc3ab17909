"""Whether a job is left out, in a workflow of two steps: the first keeps a letter of a text."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]

SNAKEFILE = f"""
from landloom.run.cutoff import Cutoff

include: "{REPOSITORY}/workflow/rules/snakemake_internals.smk"

def is_enough(rule, before, now):
    return (rule, before, now) == ("second", {{"1: 5"}}, {{"1: 4"}})

tell_parameters_apart(is_enough)

onstart:
    keep_what_is_as_before(Cutoff())

RECORD = (
    "&& mkdir -p .digests && rm -f .digests/{{output}}.sha256"
    " && sha256sum {{output}} > .digests/{{output}}.sha256"
    " && echo {{rule}} >> made"
)

rule second:
    input: "first.txt"
    output: "second.txt"
    params: rows=config["rows"], columns=config["columns"], frames=config["frames"]
    shell: "cp {{input}} {{output}} && if [ -e bad ]; then rm bad; exit 1; fi"
        " && echo {{params}} >> {{output}}" + RECORD

rule first:
    input: "given.txt"
    output: "first.txt"
    shell: "head -c1 {{input}} > {{output}}" + RECORD
"""

SIZES = {"rows": 3, "columns": 5, "frames": 3}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    (tmp_path / "given.txt").write_text("a, then b")
    assert made(tmp_path) == ["first", "second"]
    return tmp_path


def made(folder: Path, *options: str, **sizes: int) -> list[str]:
    """Run, and return which files were made."""
    (folder / "made").unlink(missing_ok=True)
    config = [f"{name}={value}" for name, value in (SIZES | sizes).items()]
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--config", *config, *options]
    package = str(REPOSITORY / "workflow" / "scripts")
    environment = os.environ | {"PYTHONPATH": package, "XDG_CACHE_HOME": str(folder / "cache")}
    run = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return (folder / "made").read_text().split() if (folder / "made").exists() else []


def test_what_was_made_from_the_same_bytes_is_left_as_it_is(folder: Path) -> None:
    (folder / "given.txt").write_text("a, then c")
    assert made(folder) == ["first"]
    (folder / "given.txt").write_text("b, then c")
    assert made(folder) == ["first", "second"]
    assert made(folder) == []


def test_other_parameters_count_where_a_run_does_not_go_by_them(folder: Path) -> None:
    """Else a later run would take the files for those of the new parameters."""
    (folder / "given.txt").write_text("a, then c")
    assert made(folder, "--rerun-triggers", "mtime", rows=4) == ["first", "second"]


def test_what_was_begun_and_not_finished_is_made(folder: Path) -> None:
    marks = folder / ".snakemake" / "incomplete"
    marks.mkdir(exist_ok=True)
    (marks / base64.b64encode(b"second.txt").decode()).write_text("{}")
    (folder / "given.txt").write_text("a, then c")
    assert made(folder, "--ignore-incomplete") == ["first", "second"]


def test_parameters_that_trade_their_values_are_others(folder: Path) -> None:
    """Snakemake by itself sees the same set of values."""
    assert made(folder, rows=5, columns=3, frames=5) == ["second"]
    assert made(folder, rows=5, columns=3, frames=5) == []


def test_a_change_that_leaves_enough_is_none(folder: Path) -> None:
    assert made(folder, columns=4) == []
    assert made(folder, columns=6) == ["second"]
    assert made(folder, columns=4) == ["second"]
    (folder / "given.txt").write_text("b")
    assert made(folder, columns=4) == ["first", "second"]


def test_what_failed_is_made_when_it_is_tried_again(folder: Path) -> None:
    """Snakemake keeps a record of a job that failed as of one that is done, and half of a file."""
    (folder / "given.txt").write_text("a, then c")
    (folder / "bad").touch()
    assert made(folder, "--keep-incomplete", "--retries", "1", rows=4) == ["first", "second"]
    assert (folder / "second.txt").read_text() == "a4 5 3\n"


def test_a_step_that_the_user_has_run_is_followed_by_the_next(folder: Path) -> None:
    """What it reads may not be a file that Snakemake knows, as a raster on a server."""
    assert made(folder, "--forcerun", "first") == ["first", "second"]
    (folder / "first.txt").unlink()
    assert made(folder, "--", "first.txt", "second.txt") == ["first", "second"]


def test_without_a_record_that_can_be_read_a_step_is_followed_by_the_next(folder: Path) -> None:
    record = folder / ".digests" / "first.txt.sha256"
    record.unlink()
    record.symlink_to(record)
    (folder / "given.txt").write_text("a, then c")
    assert made(folder) == ["first", "second"]

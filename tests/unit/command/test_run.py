"""The command line of ours, and the one of Snakemake that it becomes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from landloom.command import engine, run
from landloom.command.engine import become
from landloom.command.parsing import UsageError
from landloom.command.run import command_of
from landloom.errors import ConfigError
from landloom.job.terminal import TOLD_LAST


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one configuration, where the user is."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("results: results\n")
    return tmp_path


def words(*arguments: str) -> list[str]:
    """Return what Snakemake is called with, behind the workflow's path."""
    command = command_of(arguments)
    assert command[:4] == [sys.executable, "-P", "-m", "snakemake"]
    assert command[4] == "-s"
    assert (Path(command[5]).parent / "workflow/rules/landloom.smk").is_file()
    return command[6:]


def test_a_run_is_told_to_say_last_what_went_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[tuple[list[str], str | None]] = []
    monkeypatch.setattr(run, "become", lambda to: became.append((to, os.environ.get(TOLD_LAST))))
    monkeypatch.setenv(TOLD_LAST, "")
    run.main(["mine.yaml"])
    assert became == [(command_of(["mine.yaml"]), "yes")]


@pytest.mark.parametrize(
    ("arguments", "becomes"),
    [
        ("mine.yaml", "--cores all --configfile=mine.yaml"),
        ("mine.yaml dataset", "dataset --cores all --configfile=mine.yaml"),
        ("mine.yaml -n map", "map --cores all --dry-run --configfile=mine.yaml"),
        ("--cores 3 mine.yaml map figures", "map figures --cores 3 --configfile=mine.yaml"),
        ("mine.yaml -c2 --dryrun", "--cores 2 --dry-run --configfile=mine.yaml"),
        ("mine.yaml -- --forceall", "--cores all --configfile=mine.yaml --forceall"),
        ("mine.yaml -- -R stack -n", "--cores all --configfile=mine.yaml -R stack -n"),
        ("mine.yaml -- --profile slurm", "--configfile=mine.yaml --profile slurm"),
        ("mine.yaml -- --jobs=9", "--configfile=mine.yaml --jobs=9"),
        ("mine.yaml --cores 2 -- -e slurm", "--cores 2 --configfile=mine.yaml -e slurm"),
    ],
)  # fmt: skip
def test_it_becomes_a_call_of_snakemake(arguments: str, becomes: str) -> None:
    assert words(*arguments.split()) == becomes.split()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("", "name a configuration: landloom run mine.yaml\n(there is mine.yaml)"),
        ("dataset", "dataset: is a target, and the configuration comes first: landloom run "
         "mine.yaml dataset"),
        ("mine.yml", "mine.yml: no such file (looked in {here}); did you mean 'mine.yaml'?"),
        ("mien.yaml map", "did you mean 'mine.yaml'?"),
        ("other.yaml", "other.yaml: no such file (looked in {here}); correct the path\n"
         "(there is mine.yaml)"),
        (".", ".: is a folder; name a configuration in it\n(there is mine.yaml)"),
        ("mine.yaml mine.yaml", "mine.yaml: is a second configuration"),
        ("mine.yaml --core 4", "--core: unknown option; did you mean '--cores'?"),
        ("mine.yaml --cores=x", "--cores x: must be a whole number from 1 on, or 'all'"),
        ("mine.yaml --cores 0", "--cores 0: must be a whole number from 1 on, or 'all'"),
        ("mine.yaml --cores", "argument -c/--cores: expected one argument"),
        ("mine.yaml --dry-rum", "--dry-rum: unknown option; did you mean '--dry-run'?"),
        ("mine.yaml --forceall", "--forceall: unknown option. Options of Snakemake go behind "
         "'--': -- --forceall"),
        ("--configfile mine.yaml", "--configfile: unknown option"),
        ("mine.yaml -- --configfile b.yaml", "the configuration comes first, without it"),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_the_right_word(arguments: str, told: str, place: Path) -> None:
    with pytest.raises(UsageError) as error:
        command_of(arguments.split())
    assert told.replace("{here}", str(place)) in str(error.value)


def test_of_several_configurations_some_are_named(place: Path) -> None:
    for name in "abcd":
        (place / f"{name}.yaml").touch()
        (place / f".{name}.yaml").touch()
    with pytest.raises(UsageError, match=r"\(there are a.yaml, b.yaml, c.yaml, ...\)"):
        command_of([])


def test_where_there_is_none_init_is_named(place: Path) -> None:
    (place / "mine.yaml").unlink()
    with pytest.raises(UsageError, match=r"\('landloom init' writes one\)"):
        command_of([])


def test_what_snakemake_could_not_read_is_told_with_its_line(place: Path) -> None:
    (place / "mine.yaml").write_text("dataset:\n\tgrid: {n: 2}\n")
    with pytest.raises(ConfigError, match=r"mine.yaml, line 2: .*tab"):
        command_of(["mine.yaml"])


def test_it_goes_on_as_the_program_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signals and exit codes are Snakemake's then, with nothing in between."""
    called: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(engine.os, "execv", lambda path, words: called.append((path, words)))
    become(["/bin/true", "a", "b c"])
    assert called == [("/bin/true", ["/bin/true", "a", "b c"])]


def test_a_package_without_its_workflow_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(engine, "_PLACES", (tmp_path,))
    with pytest.raises(engine.LandloomError, match="the workflow does not lie beside the package"):
        run.command_of(["mine.yaml"])

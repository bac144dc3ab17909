"""The first words of the command: sub-commands, help, version, exit codes."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from landloom.command import main as main_module
from landloom.command.main import COMMANDS, main

REPOSITORY = Path(__file__).parents[3]


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_the_first_screen_names_every_command(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert all(f"  landloom {name} " in shown for name in COMMANDS)
    assert max(map(len, shown.splitlines())) <= 100
    assert len(shown.splitlines()) <= 24


@pytest.mark.parametrize("word", ["--version", "-V"])
def test_the_version_is_that_of_the_project(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert main([word]) == 0
    assert capsys.readouterr().out == f"landloom {project['version']}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_tells_its_options(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    module = importlib.import_module(COMMANDS[name])
    assert module.SUMMARY
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f"usage: landloom {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["chek", "mine.yaml"], "landloom: chek: unknown command; did you mean 'check'?"),
        (["bulid"], "landloom: bulid: unknown command; there are init, check, run, report"),
        (["mine.yaml"], "landloom: mine.yaml: is a file; say what to do with it: landloom run"),
        (["-n"], "landloom: -n: options come behind a command: landloom run mine.yaml -n"),
        (["check"], "landloom check: name a configuration: landloom check mine.yaml"),
        (["check", "mine.yaml", "--jbos"], "--jbos: unknown option; did you mean '--jobs'?"),
        (["report", "mine.yaml", "-o", "a.pdf"], "--output a.pdf: must end with .html or .zip"),
        (["report", "mine.yaml", "-o", "no/a.html"], "--output no/a.html: there is no folder no"),
        (["report", "mine.yaml", "more"], "landloom report: more: one word too many"),
        (["completion", "zhs"], "shell zhs: did you mean 'zsh'?"),
        (["init", "x.yaml", "--product", "maps"], "--product maps: did you mean 'map'?"),
    ],
)
def test_a_slip_of_the_call_ends_with_2_and_one_message(
    words: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("map: {}\n")
    assert main(words) == 2
    shown = capsys.readouterr()
    assert told in shown.err
    assert shown.out == ""


def test_a_fault_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.yaml").write_text("mpa: {}\n")
    assert main(["check", str(tmp_path / "mine.yaml")]) == 1
    assert "config: mpa: unknown key (did you mean 'map'?)" in capsys.readouterr().err


def test_ctrl_c_ends_quietly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(main_module, "_dispatch", interrupt)
    assert main(["check"]) == 130
    assert capsys.readouterr().err == "\n"


def test_it_starts_without_what_only_some_commands_need() -> None:
    code = "import sys, landloom.command.main as m; m.main(['--version']); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(REPOSITORY / "workflow/scripts")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"numpy", "pydantic", "rasterio", "yaml", "snakemake"}.isdisjoint(done.stdout.split())

"""What the shells complete: bash is asked itself."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from landloom.command.completion import script
from landloom.command.main import COMMANDS
from landloom.run.targets import TARGETS

ASK = """
{script}
COMP_WORDS=({words})
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_landloom
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def completed(words: str, folder: Path) -> set[str]:
    """Return what bash offers for the last of some words; a last one may be empty."""
    text = ASK.format(script=script("bash"), words=words)
    done = subprocess.run(
        ["bash", "-c", text], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return set(done.stdout.split("\n")) - {""}


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
def test_bash_completes_commands_files_targets_and_options(tmp_path: Path) -> None:
    for name in ("mine.yaml", "my notes.yml", "map.tif"):
        (tmp_path / name).touch()
    (tmp_path / "examples").mkdir()
    assert completed("landloom ''", tmp_path) == {*COMMANDS, "--help", "--version"}
    assert completed("landloom re", tmp_path) == {"report"}
    assert completed("landloom run m", tmp_path) == {"mine.yaml", "my notes.yml", "map"}
    assert completed("landloom run ex", tmp_path) == {"examples"}
    assert completed("landloom run mine.yaml --c", tmp_path) == {"--cores"}
    assert completed("landloom run mine.yaml el", tmp_path) == {"elevation"}
    assert completed("landloom run mine.yaml da", tmp_path) > {"dataset", "dataset_chips"}
    assert completed("landloom run mine.yaml p", tmp_path) == {"publish"}
    assert completed("landloom init --em", tmp_path) == {"--embedding"}
    assert completed("landloom completion z", tmp_path) == {"zsh"}


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_shell_understands_its_script(shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell}")
    subprocess.run([shell, "-n"], input=script(shell), text=True, check=True)


def test_zsh_is_told_the_same() -> None:
    text = script("zsh")
    assert f"compadd -- {' '.join(COMMANDS)}" in text
    assert f"check) compadd -- --help --cores --jobs {' '.join(TARGETS)} ;;" in text

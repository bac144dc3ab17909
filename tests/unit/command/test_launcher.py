"""The command that make writes into the environment of a clone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from landloom.command.launcher import write_launcher

SCRIPTS = Path(__file__).parents[3] / "workflow/scripts"


@pytest.mark.parametrize("name", ["plain", "with blanks", "it's", 'a "quote" $HOME'])
def test_it_runs_the_code_of_the_clone_from_anywhere(name: str, tmp_path: Path) -> None:
    scripts = tmp_path / name / "scripts"
    scripts.parent.mkdir()
    scripts.symlink_to(SCRIPTS)
    (tmp_path / "landloom.py").write_text("raise SystemExit('what lies where the user is')")
    file = tmp_path / name / "landloom"
    write_launcher(file, Path(sys.executable), scripts)
    done = subprocess.run(
        [file, "chek", "a b"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "chek: unknown command; did you mean 'check'?" in done.stderr

"""Whether a configuration is right, without Snakemake: ``make validate CONFIG=mine.yaml``.

Snakemake reads the file before anything of this workflow runs, and does not tell the line of what
it cannot read.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from landloom.config.file_lookup import FileLookup, made_by_a_rule
from landloom.config.strict_yaml import check_files
from landloom.config.whole import Config, load_config
from landloom.errors import ConfigError


def faults_of(path: Path) -> list[str]:
    """Return all that is wrong with a configuration file, one line each."""
    if not path.is_file():
        return [f"config: {path}: no such file (looked in {Path.cwd()}); correct the path"]
    if faults := check_files([path]):
        return faults
    try:
        read_config(path)
    except ConfigError as error:
        return str(error).split("\n")
    return []


def read_config(path: Path) -> Config:
    """Return what a file holds whose text is sound.

    Raises
    ------
    ConfigError
        All that is wrong with its keys and values, one line each.
    """
    raw = _parsed(path.read_text(encoding="utf-8-sig"))
    return load_config(raw, FileLookup(lambda name: made_by_a_rule(name, raw)))


def _parsed(text: str) -> Any:  # noqa: ANN401
    """Return what a sound file holds, as Snakemake reads it: JSON first."""
    try:
        return json.loads(text)
    except ValueError:
        return yaml.safe_load(text)


def main(arguments: Sequence[str]) -> int:
    """Tell what is wrong with some files; return the exit code."""
    faults = [fault for name in arguments for fault in faults_of(Path(name).absolute())]
    print("\n".join(faults or [f"{', '.join(arguments)}: nothing wrong"]))
    return 1 if faults or not arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

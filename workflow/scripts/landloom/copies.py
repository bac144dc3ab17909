"""Files that lie in an object store: their copies on this machine, and what they are called.

With a default storage provider, Snakemake brings what a job reads into a folder of the machine
where it runs, and takes away what it makes. Where that folder lies is the machine's affair:
products and messages call a file what it is called in the configuration, and what opens it finds
the copy. Where nothing lies in an object store, names and files are the same.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

_VARIABLE = "LANDLOOM_COPIES"
"""Environment variable that names the folder; jobs inherit it from the Snakemake that runs them."""


def set_folder(folder: str | None, environment: MutableMapping[str, str] = os.environ) -> None:
    """Tell this process, and those that it starts, where copies lie.

    Parameters
    ----------
    folder
        None where no file has a copy.
    environment
        What processes inherit.
    """
    if folder is None:
        environment.pop(_VARIABLE, None)
    else:
        environment[_VARIABLE] = folder


def called(path: str | Path) -> str:
    """Return what a file is called, wherever its copy lies; the path of any other as it is."""
    folder = os.environ.get(_VARIABLE)
    return str(path).removeprefix(f"{folder}/") if folder else str(path)


def lies_at(name: str) -> str:
    """Return where the copy of a file lies; the name itself where there is none.

    Parameters
    ----------
    name
        As `called` gives it; or the XML of a raster, which lies nowhere.
    """
    folder = os.environ.get(_VARIABLE)
    if not folder or Path(name).is_absolute() or name.startswith(("<", f"{folder}/")):
        return name
    copy = Path(folder, name)
    return str(copy) if copy.exists() else name


def is_copy(path: str | Path) -> bool:
    """Return whether a path is that of a copy."""
    return called(path) != str(path)


def keep_folder(folder: str | Path) -> None:
    """Have a folder kept in which there may be nothing: an object store knows files only."""
    if is_copy(folder):
        (Path(folder) / ".snakemake_timestamp").touch()  # which Snakemake may add, too


def in_words(text: str) -> str:
    """Return a text that calls files by their names, not by the paths of their copies."""
    folder = os.environ.get(_VARIABLE)
    return text.replace(f"{folder}/", "") if folder else text

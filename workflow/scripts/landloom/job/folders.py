"""Temporary folders that do not outlive their jobs for long, even where these are killed."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from landloom.job.whole import is_another_at_work, machine


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield a folder of this process's own, and remove it when the block is left.

    Its name tells machine and process. What jobs that were killed outright (SIGKILL) left is
    removed first: of this machine's, since of others' it cannot be told whether they are alive.

    Yields
    ------
    pathlib.Path
        An empty folder where the system keeps what is temporary.
    """
    _remove_folders_of_the_dead()
    with tempfile.TemporaryDirectory(prefix=f"landloom.{machine()}.{os.getpid()}.") as folder:
        yield Path(folder)


def _remove_folders_of_the_dead() -> None:
    """Remove what belongs to no process any more; nothing fails where it is another user's."""
    name = re.compile(rf"landloom\.{re.escape(machine())}\.(\d+)\.\w+")
    for folder in Path(tempfile.gettempdir()).glob("landloom.*"):
        found = name.fullmatch(folder.name)
        if found and folder.is_dir() and not folder.is_symlink() and _is_left(int(found[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _is_left(process: int) -> bool:
    return process != os.getpid() and not is_another_at_work(process)

"""ZIP archives whose bytes depend on their contents alone."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time of all files in archives: the first that the format has."""


class Archive:
    """An archive that is being written; its files are stored as they are.

    Parameters
    ----------
    file
        Open for writing.
    """

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file

    def add(self, name: str, content: bytes) -> None:
        """Add a file under a path, its folders parted by ``/``."""
        self._file.writestr(zipfile.ZipInfo(name, _EARLIEST), content)


@contextmanager
def new_archive(path: Path) -> Iterator[Archive]:
    """Yield an archive to add files to, and finish it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        yield Archive(file)

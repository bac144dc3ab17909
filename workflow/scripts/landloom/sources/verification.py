"""Have files changed since they were made or fetched?"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from landloom.job.files import read_json, sha256_of


def changed_tiles(table: str | Path, folder: str | Path) -> Iterator[str]:
    """Compare elevation tiles with the digests in `elevation_tiles.csv`.

    Parameters
    ----------
    table
        With the columns ``tile`` and ``sha256``.
    folder
        Where the tiles lie, as ``<tile>.tif``.

    Yields
    ------
    str
        A line for each tile that is another one now, or gone.
    """
    with Path(table).open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield from _changed(Path(folder, f"{row['tile']}.tif"), row["sha256"])


def changed_downloads(paths: Sequence[str | Path]) -> Iterator[str]:
    """Compare downloaded files with the digests beside them, as `sha256sum` writes them."""
    for path in map(Path, paths):
        record = path.with_name(f"{path.name}.sha256")
        if path.exists() and record.exists():
            yield from _changed(path, record.read_text(encoding="utf-8").split()[0])


def changed_windows(folder: str | Path) -> Iterator[str]:
    """Compare the windows of an embedding in a folder with the records beside them."""
    for record in sorted(Path(folder).glob("*.json")):
        told = read_json(record)
        if "window" in told:
            yield from _changed(record.with_suffix(".tif"), told["sha256"])


def _changed(path: Path, expected: str) -> Iterator[str]:
    if not path.exists():
        yield f"{path}: is gone; run the workflow again to have it made anew"
    elif (found := sha256_of(path)) != expected:
        yield (
            f"{path}: is not what it was (SHA-256 {found[:16]}..., not {expected[:16]}...); delete "
            "it and run the workflow again"
        )

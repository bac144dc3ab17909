"""Have files changed since they were made or fetched?"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from landloom.errors import LandloomError
from landloom.job.files import sha256_of
from landloom.job.integrity import damages

_DIGEST = re.compile("[0-9a-f]{64}")


def record_text(record: str | Path) -> str:
    """Return what a record of digests says.

    Raises
    ------
    LandloomError
        It is not what its job made, or no text.
    """
    for damage in damages(record):
        raise LandloomError(str(damage))
    try:
        return Path(record).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise spoilt(record, "it is not UTF-8") from None


def spoilt(record: str | Path, what: str) -> LandloomError:
    """Return the error that a record of digests cannot be read, of which nothing can be told."""
    return LandloomError(
        f"{record}: is damaged ({what}), so that nothing can be compared with it; delete it and "
        "start again, and it is made again"
    )


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
    try:
        text = record_text(table)
        rows = list(csv.DictReader(text.splitlines()))
        if not text.endswith("\n"):
            raise spoilt(table, "it is cut short")
        digests = [(row["tile"], _digest(row["sha256"], table)) for row in rows]
    except (KeyError, csv.Error):
        yield str(spoilt(table, "it lacks the columns tile and sha256"))
    except LandloomError as error:
        yield str(error)
    else:
        for tile, digest in digests:
            yield from _changed(Path(folder, f"{tile}.tif"), digest)


def changed_downloads(paths: Sequence[str | Path]) -> Iterator[str]:
    """Compare downloaded files with the digests beside them, as `sha256sum` writes them."""
    for path in map(Path, paths):
        record = path.with_name(f"{path.name}.sha256")
        if path.exists() and record.exists():
            try:
                digest = _digest(record_text(record).lstrip("\\").partition(" ")[0], record)
            except LandloomError as error:
                yield str(error)
            else:
                yield from _changed(path, digest)


def changed_windows(folder: str | Path) -> Iterator[str]:
    """Compare the windows of an embedding in a folder with the records beside them."""
    for record in sorted(Path(folder).glob("*.json")):
        try:
            told = json.loads(record_text(record))
            digest = _digest(told["sha256"], record) if told.get("window") else None
        except (ValueError, KeyError, TypeError, AttributeError):
            yield str(spoilt(record, "it is no record of a window"))
        except LandloomError as error:
            yield str(error)
        else:
            if digest:
                yield from _changed(record.with_suffix(".tif"), digest)


def _digest(text: str | None, record: str | Path) -> str:
    if not _DIGEST.fullmatch(text or ""):
        raise spoilt(record, "it holds what is no SHA-256")
    return text or ""


def _changed(path: Path, expected: str) -> Iterator[str]:
    if not path.exists():
        yield f"{path}: is gone; run the workflow again to have it made anew"
    elif (found := sha256_of(path)) != expected:
        yield (
            f"{path}: is not what it was (SHA-256 {found[:16]}..., not {expected[:16]}...); delete "
            "it and run the workflow again"
        )

"""Writing files so that they appear whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import Any


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Give a name to write to, and put the finished file in place in one step.

    The name has the file's own suffix, since drivers go by it, and the writer's process number,
    so that two writers of the same file (a job that a cluster started twice) do not mix.

    Parameters
    ----------
    path
        Where the file belongs; its folder is made.

    Yields
    ------
    pathlib.Path
        Where to write. Removed when the block raises.

    Raises
    ------
    OSError
        As the block raises it; one that names no file (a full disk) gets the name of this one.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield draft
        draft.replace(path)
    except OSError as error:
        if not error.filename and not error.errno:  # drivers of GDAL: their words are all there is
            raise OSError(f"{path}: cannot be written ({error.__cause__ or error})") from error
        error.filename = error.filename or str(path)
        raise
    finally:
        for leftover in path.parent.glob(f"{escape(draft.name)}*"):
            leftover.unlink()


def write_json(path: str | Path, content: Any) -> None:  # noqa: ANN401
    """Write JSON with a stable layout; numbers keep every digit."""
    with whole_file(path) as draft:
        draft.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: str | Path) -> Any:  # noqa: ANN401
    """Read JSON."""
    return json.loads(Path(path).read_text())

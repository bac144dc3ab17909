"""A folder that only the user writes to, for what is run when it is loaded, as compiled code is.

Folders of results are not such: they are shared, copied and unpacked.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_NAME = "landloom"


def private_folder() -> Path | None:
    """Return a folder of the user's own that lasts from job to job; None where there is none.

    That is ``landloom`` in the user's cache (``XDG_CACHE_HOME``, else ``~/.cache``), which the
    machines of a cluster mostly share; else one of this machine where the system keeps what is
    temporary. It belongs to the user, and nobody else may read it or write to it; one that is
    found to be otherwise is not used.
    """
    return next(filter(_is_private, _candidates()), None)


def _candidates() -> Iterator[Path]:
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if named.is_absolute():
        yield named / _NAME
    else:
        with suppress(RuntimeError):  # no home
            yield Path.home() / ".cache" / _NAME
    yield Path(tempfile.gettempdir(), f"{_NAME}-{os.getuid()}")


def _is_private(folder: Path) -> bool:
    """Make a folder if need be, and return whether nobody else has a say in it."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        own, around = folder.lstat(), folder.parent.stat()
    except OSError:
        return False
    ours = stat.S_ISDIR(own.st_mode) and own.st_uid == os.getuid() and not own.st_mode & 0o077
    # Whoever writes to the folder around it could put another in its place.
    open_to_all = around.st_mode & stat.S_IWOTH and not around.st_mode & stat.S_ISVTX
    return ours and not open_to_all and os.access(folder, os.W_OK | os.X_OK)

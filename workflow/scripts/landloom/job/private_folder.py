"""A folder that only the user writes to, for what is run when it is loaded, as compiled code is.

Folders of results are not such: they are shared, copied and unpacked.
"""

from __future__ import annotations

import grp
import os
import pwd
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
    return ours and not _is_open(around) and os.access(folder, os.W_OK | os.X_OK)


def _is_open(around: os.stat_result) -> bool:
    """Return whether others write to a folder, and so could put another in place of one in it."""
    if around.st_uid not in (0, os.getuid()):
        return True
    if around.st_mode & stat.S_ISVTX:
        return False
    shared = around.st_mode & stat.S_IWGRP and not _is_of_one(around.st_gid)
    return bool(shared or around.st_mode & stat.S_IWOTH)


def _is_of_one(group: int) -> bool:
    """Return whether a group is the user's own alone, as many systems give one to each user."""
    with suppress(KeyError):
        user, found = pwd.getpwuid(os.getuid()), grp.getgrgid(group)
        alone = set(found.gr_mem) <= {user.pw_name}
        return alone and found.gr_gid == user.pw_gid and found.gr_name == user.pw_name
    return False

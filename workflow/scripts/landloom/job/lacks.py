"""What the machine lacks, in words: which file, what is wanting, and what to do about it."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

CANNOT_GO_ON = "Cannot go on: "
"""What the message begins with in a log, where it follows a traceback."""

_PROBE = 2**16
_AGAIN = "start again, finished files are kept"

_ROOM = f"free some of it and {_AGAIN}"
_FOLDER = "work in a folder that you may write to (`results` in the configuration, `--directory`)"
_LESS = f"give it less to do at once (`--cores`), and {_AGAIN}"
REMEDIES = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EROFS: _FOLDER,
    errno.EACCES: f"{_FOLDER}, or see to its permissions and {_AGAIN}",
    errno.EPERM: f"{_FOLDER}, or see to its permissions and {_AGAIN}",
    errno.EFBIG: "raise the limit on the size of files (`ulimit -f unlimited`), or work on another "
    f"file system, and {_AGAIN}",
    errno.EMFILE: f"raise the limit on open files (`ulimit -n 4096`) and {_AGAIN}",
    errno.ENFILE: f"the machine's limit is met: end other programs and {_AGAIN}",
    errno.ENOMEM: f"have more memory, or {_LESS}",
    errno.EAGAIN: f"raise the limit on processes (`ulimit -u`), or {_LESS}",
}
"""What to do, by the number of the error."""


def told(error: OSError | MemoryError) -> str:
    """Return what is wanting, and the remedy."""
    if isinstance(error, MemoryError):
        error = OSError(errno.ENOMEM, "")
    where = f"{error.filename}: " if error.filename else ""
    reason = os.strerror(error.errno) if error.errno else str(error)
    remedy = REMEDIES.get(error.errno or 0, f"see to it and {_AGAIN}")
    return f"{where}{reason}; {remedy}"


def no_room(folder: str | Path) -> OSError | None:
    """Return why a folder takes no file of 64 kB, or None where it does.

    Libraries say of a full disk only that they cannot write.

    Parameters
    ----------
    folder
        The folder, or one that is to be made: the nearest that exists is tried.
    """
    there = Path(folder).absolute()
    while not there.is_dir() and there != there.parent:
        there = there.parent
    try:
        with tempfile.TemporaryFile(dir=there, buffering=0) as file:
            file.write(bytes(_PROBE))
            os.fsync(file.fileno())
            if os.fstat(file.fileno()).st_size < _PROBE:  # cut short, without an error
                file.write(bytes(_PROBE))
    except OSError as error:
        return OSError(error.errno, os.strerror(error.errno or 0), str(there))
    return None

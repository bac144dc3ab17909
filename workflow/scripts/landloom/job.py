"""What every job does around its work: a log, and errors that a user can read."""

from __future__ import annotations

import logging
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from landloom.errors import LandloomError

log = logging.getLogger("landloom")

_BLOCK_CACHE = "32"
"""Megabytes in which GDAL may keep blocks of rasters; by itself it takes 5 % of the machine."""


@contextmanager
def job(log_file: str | Path) -> Iterator[logging.Logger]:
    """Run a job's work: messages go to its log, a user's mistake ends it without a traceback.

    GDAL's cache of blocks is kept small, for memory that neither region nor machine determines;
    ``GDAL_CACHEMAX``, where it is set, goes before.

    Parameters
    ----------
    log_file
        The rule's log. It holds the messages, and the traceback of a defect.

    Raises
    ------
    SystemExit
        With status 1 after a `LandloomError`, a full disk or the like; the message goes to
        standard error and to the log.
    """
    # A scheduler that ends a job asks first: what is half-written is then removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.environ.setdefault("GDAL_CACHEMAX", _BLOCK_CACHE)
    try:
        with _recorded(log_file):
            yield log
    except LandloomError as error:
        sys.exit(f"\n{error}\n")
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        reason = os.strerror(error.errno) if error.errno else str(error)
        sys.exit(f"\n{where}{reason}; see to it and start again, finished files are kept\n")


@contextmanager
def _recorded(log_file: str | Path) -> Iterator[None]:
    """Send the messages to a file, and what ends the block as well."""
    Path(log_file).parent.mkdir(parents=True, exist_ok=True)
    handler = _LogFile(log_file, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    except LandloomError as error:
        log.error("%s", error)
        raise
    except BaseException:
        log.error("%s", traceback.format_exc())
        raise
    finally:
        log.removeHandler(handler)
        handler.close()


class _LogFile(logging.FileHandler):
    """A log that falls silent on a full disk, rather than drown the job's own message."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Let a message go that cannot be written."""

    def close(self) -> None:
        """Close the file, whatever of it could be written."""
        with suppress(OSError):
            super().close()

"""What every job does around its work: a log, and errors that a user can read."""

from __future__ import annotations

import atexit
import gc
import logging
import os
import resource
import sys
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, TypeVar

from landloom.addresses import without_secrets
from landloom.errors import LandloomError
from landloom.job.ending import ended_in_order
from landloom.job.gdal import set_gdal_options
from landloom.job.integrity import intact
from landloom.job.lacks import CANNOT_GO_ON, told
from landloom.job.last_word import last_word
from landloom.job.notes import notes_kept
from landloom.job.terminal import cleared, told_last

log = logging.getLogger("landloom")

T = TypeVar("T")

_RESERVED = 4096
"""Bytes of a log that it takes at once: a block of most file systems."""


@contextmanager
def job(
    log_file: str | Path,
    attempt: int | None = None,
    *,
    reads: Iterable[str | Path] = (),
    writes: Iterable[str | Path] = (),
) -> Iterator[logging.Logger]:
    """Run a job's work: messages go to its log, a user's mistake ends it without a traceback.

    GDAL gets its options (see `landloom.job.gdal`): patience with networks, and a small cache of
    blocks, for memory that neither region nor machine determines.

    Parameters
    ----------
    log_file
        The rule's log. It holds the messages, and the traceback of a defect. Warnings go to
        standard error as well.
    attempt
        Snakemake's count of attempts, where a job that ends by its own word is not to be tried
        again, but one that dies is: see `landloom.job.last_word`.
    reads, writes
        The job's files. Where one that it reads is not what another job made, nothing begins; of
        those that it makes, digests are kept: see `landloom.job.integrity`. Warnings are kept
        beside the first of them, for the end of the run: see `landloom.job.notes`.

    Raises
    ------
    SystemExit
        With status 1 after a `LandloomError`, a full disk or the like; the message goes to
        standard error and to the log. With that of a signal which asked to end.
    """
    atexit.register(gc.freeze)  # to look for garbage while Python ends takes a tenth of a short job
    set_gdal_options()
    sys.excepthook = _tell_defect
    said = nullcontext() if attempt is None else last_word(log_file, attempt)
    files = intact(reads, writes), notes_kept(writes)
    try:
        with _recorded(log_file), ended_in_order(), said, files[0], files[1]:
            yield log
    except LandloomError as error:
        sys.exit(_last_word(str(error), log_file))
    except (OSError, MemoryError) as error:
        sys.exit(_last_word(without_secrets(told(error)), log_file))


def _last_word(text: str, log_file: str | Path) -> str:
    """Return what a job that fails writes to standard error: little, where the run tells it."""
    if told_last():
        where = f"stands in {log_file}, and at the end, if it is the first"
        return f"{cleared()}A job failed; what it says {where}."
    return f"\n{text}\n"


@contextmanager
def _recorded(log_file: str | Path) -> Iterator[None]:
    """Send the messages to a file, and what ends the block as well; warnings to the user, too."""
    starting = time.process_time()
    Path(log_file).parent.mkdir(parents=True, exist_ok=True)
    handler = _LogFile(log_file)
    handler.setFormatter(_Formatter("%(message)s"))
    shown = logging.StreamHandler()
    shown.setFormatter(_Formatter(f"{cleared()}Note: %(message)s"))
    shown.addFilter(lambda record: record.levelno == logging.WARNING)
    log.addHandler(handler)
    log.addHandler(shown)
    log.setLevel(logging.INFO)
    try:
        yield
        _record_usage(starting)
    except LandloomError as error:
        log.error("%s", error)
        raise
    except SystemExit as error:
        log.error("ended from outside (status %s); start again, finished files are kept", error)
        raise
    except BaseException as error:
        log.error("%s", traceback.format_exc())
        if isinstance(error, OSError | MemoryError):
            log.error("%s%s", CANNOT_GO_ON, told(error))
        raise
    finally:
        log.removeHandler(handler)
        log.removeHandler(shown)
        handler.close()


def _record_usage(starting: float) -> None:
    """Log what the job used, and what of it went before its work began."""
    log.info("peak memory: %.0f MB", peak_memory() / 1e6)
    working = time.process_time() - starting + sum(os.times()[2:4])  # the tools that it called
    log.info("CPU time: %.2f s, after %.2f s to start", working, starting)


def peak_memory() -> int:
    """Return the most memory that this process has held so far, in bytes.

    Snakemake's own benchmarks look every half a second or less often, and so miss what short jobs
    take.
    """
    status = Path("/proc/self/status")  # `getrusage` counts from before the program began
    if status.exists():
        return int(status.read_text(encoding="utf-8").split("VmHWM:")[1].split()[0]) * 1024
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


def _tell_defect(kind: type[BaseException], error: BaseException, trace: Any) -> None:  # noqa: ANN401
    """Write to standard error what Python would, but of addresses only what may be shown."""
    text = "".join(traceback.format_exception(kind, error, trace))
    print(without_secrets(text), end="", file=sys.stderr)


class _Formatter(logging.Formatter):
    """Tells of addresses only what may be shown, whoever speaks of them."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        return without_secrets(super().format(record))


class _LogFile(logging.FileHandler):
    """A log that keeps its last message even where the disk is full meanwhile."""

    def __init__(self, path: str | Path) -> None:
        super().__init__(path, mode="w", encoding="utf-8")
        self._lost = ""
        with suppress(OSError), Path(path).open("r+b", buffering=0) as file:
            file.write(b" " * _RESERVED)  # what is written over it takes no room

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Keep a message that cannot be written, rather than drown the job's own."""
        self._lost = record.getMessage()

    def close(self) -> None:
        """Close the file; what found no room goes over its beginning."""
        if self.stream is not None:
            with suppress(OSError):
                self.stream.truncate()
        with suppress(OSError):
            super().close()
        if self._lost:
            text = f"{self._lost}\n".encode()[-_RESERVED:]
            with suppress(OSError), Path(self.baseFilename).open("r+b", buffering=0) as file:
                file.truncate(file.write(text))


def tenths(items: Sequence[T], what: str) -> Iterator[T]:
    """Yield the items in turn, and log at each tenth of them how far the work is."""
    told = 0
    for done, item in enumerate(items, start=1):
        yield item
        if 10 * done // len(items) > told:
            told = 10 * done // len(items)
            log.info("%s: %d %%, %d of %d", what, 10 * told, done, len(items))

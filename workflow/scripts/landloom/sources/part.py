"""What has arrived of a file from the web, and what must be known to go on with it."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from landloom.errors import LandloomError
from landloom.job.files import read_json, write_json
from landloom.job.gdal import USER_AGENT

if TYPE_CHECKING:
    import requests

log = logging.getLogger(__name__)

MEGABYTE = 1e6


@dataclass(frozen=True)
class Downloaded:
    """What arrived: the URL without credentials and query, bytes, and SHA-256 in hexadecimal."""

    url: str
    size: int
    sha256: str


@contextmanager
def alone(target: Path) -> Iterator[None]:
    """Keep all other processes that fetch a file from the block.

    Raises
    ------
    LandloomError
        Where another one is at it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    path = target.with_name(f"{target.name}.part.lock")
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LandloomError(
                f"{target}: another job is fetching it; wait until that has ended, and start again"
            ) from None
        except OSError as error:  # some network file systems know no locks
            log.info("%s: %s", path, error)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


class Part:
    """What has arrived of a file, and what must be known to go on with it.

    A record beside it keeps the URL, the whole length and the validator (RFC 9110, 8.8) by which
    the server tells whether its file is still the same.

    Parameters
    ----------
    target
        Where the file belongs; its folder is made.
    url
        The URL as it may be told.
    lasting
        Whether the folder outlives the job.
    """

    def __init__(self, target: Path, url: str, lasting: bool = True) -> None:
        self.url = url
        self.folder = target.parent
        self.is_page = target.suffix.lower() in (".html", ".htm")
        self._lasting = lasting
        self.size = 0
        self.whole: int | None = None
        self._target = target
        self._path = target.with_name(f"{target.name}.part")
        self._record = target.with_name(f"{target.name}.part.json")
        self._validator: str | None = None
        self._digest = hashlib.sha256()
        target.parent.mkdir(parents=True, exist_ok=True)
        self._take_up()

    def _take_up(self) -> None:
        try:
            record = read_json(self._record)
            known = record["url"] == self.url and isinstance(record["validator"], str)
            if known:
                with self._path.open("rb") as part:
                    self._digest = hashlib.file_digest(part, "sha256")
                    self.size = part.tell()
                self.whole, self._validator = record["whole"], record["validator"]
        except (OSError, ValueError, LookupError, TypeError):
            known = False
        self._of_another = not known  # it goes when an answer brings what takes its place
        if known and self.whole is not None and self.size > self.whole:
            self.drop()
        elif self.size:
            log.info("%s: going on after %s", self.url, self.progress())

    @property
    def complete(self) -> bool:
        """Whether nothing is missing, as far as is known."""
        return self.whole is not None and self.size == self.whole

    def progress(self) -> str:
        """Return how much has arrived, in words."""
        if self.whole:
            return f"{100 * self.size // self.whole} % of {self.whole / MEGABYTE:.1f} MB"
        return f"{self.size / MEGABYTE:.1f} MB"

    def request_headers(self) -> dict[str, str]:
        """Ask for what is missing, or for all of it if the file has changed (``If-Range``)."""
        headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
        if self.size and self._validator:
            headers |= {"Range": f"bytes={self.size}-", "If-Range": self._validator}
        return headers

    def continued_by(self, answer: requests.Response) -> bool:
        """Return whether an answer goes on where this ends."""
        start, whole = _content_range(answer)
        if start != self.size or (whole and self.whole and whole != self.whole):
            return False
        return _validator(answer) in (None, self._validator)

    def begin(self, answer: requests.Response) -> None:
        """Take note of what an answer is going to bring."""
        if answer.status_code == 200:
            length = answer.headers.get("Content-Length", "")
            self._begin_anew(int(length) if length.isdigit() else None, _validator(answer))
        else:
            self.whole = self.whole or _content_range(answer)[1]

    def begin_object(self, whole: int, validator: str | None) -> None:
        """Take note of what a store has, which can be read from where this ends."""
        if not (self.size and validator and (whole, validator) == (self.whole, self._validator)):
            self._begin_anew(whole, validator)

    def _begin_anew(self, whole: int | None, validator: str | None) -> None:
        self.drop()
        self.whole, self._validator = whole, validator
        write_json(self._record, {"url": self.url, "validator": validator, "whole": whole})

    @contextmanager
    def receiving(self) -> Iterator[None]:
        """Open the file for what an answer brings."""
        try:
            with self._path.open("ab") as self._file:
                yield
        except OSError as error:  # a full disk, which Python tells without a name
            error.filename = error.filename or str(self._path)
            raise

    def write(self, chunk: bytes) -> None:
        """Append bytes."""
        self._file.write(chunk)
        self._digest.update(chunk)
        self.size += len(chunk)

    def drop(self) -> None:
        """Forget what has arrived."""
        self._of_another = False
        self.size, self.whole, self._validator = 0, None, None
        self._digest = hashlib.sha256()
        self._path.unlink(missing_ok=True)
        self._record.unlink(missing_ok=True)

    def leave(self) -> None:
        """Keep what can be gone on with."""
        if not ((self._validator and self.size) or self._of_another):
            self.drop()

    def kept_in_words(self) -> str:
        """Return, for the end of a message, that what has arrived is kept, if it is."""
        kept = self._lasting and self.size and self._validator
        return " (what has arrived is kept, and taken up from there)" if kept else ""

    def finish(self) -> Downloaded:
        """Put the file in its place.

        Raises
        ------
        LandloomError
            Where somebody else has written to it, too.
        """
        if self._path.stat().st_size != self.size:
            self.drop()
            raise LandloomError(f"{self._target}: something else has written to it; start again")
        self._path.replace(self._target)
        self._record.unlink(missing_ok=True)
        return Downloaded(self.url, self.size, self._digest.hexdigest())


def _content_range(answer: requests.Response) -> tuple[int | None, int | None]:
    """Return at which byte an answer begins, and how many the file has; None where not told."""
    told = answer.headers.get("Content-Range", "")
    span = re.fullmatch(r"bytes (\d+)-\d+/(?:(\d+)|\*)", told)
    return (int(span[1]), int(span[2]) if span[2] else None) if span else (None, None)


def _validator(answer: requests.Response) -> str | None:
    """Return what tells versions of a file apart byte by byte: weak ETags do not."""
    etag: str | None = answer.headers.get("ETag")
    if etag and etag.startswith('"'):
        return etag
    return answer.headers.get("Last-Modified")

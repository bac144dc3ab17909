"""Parts of files at addresses: asked for in blocks, so that many small reads are few requests.

What lies close together in a file is wanted close together, as the chunks of a Zarr shard are: 4096
of them make a window, and servers take so many requests for an attack.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from landloom.sources.asking import Haste, RefusedError, answered, body_of

if TYPE_CHECKING:
    import requests

PATIENT = Haste(connect=20.0, silence=60.0, whole=600.0)
"""For what is read, once an address was found to serve."""

_BLOCK = 4 << 20
"""Bytes that are asked for at once where some of them are wanted."""

_KEPT = 64 << 20
"""Bytes of parts that are kept for what is read next."""

_CONNECTIONS = 16
_ATTEMPTS = 3
PAUSE = 2.0
"""Seconds before the second attempt; doubled each time."""


class RemoteFiles:
    """Files below an address, whole or in parts.

    Parameters
    ----------
    address
        That of the folder, without a slash at its end.
    haste
        How long to wait for each answer.
    pause
        Seconds before the second attempt; doubled each time.
    """

    def __init__(self, address: str, haste: Haste = PATIENT, pause: float = PAUSE) -> None:
        self.address = address
        self._haste, self._pause = haste, pause
        self._session = _session()
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._versions: dict[str, str] = {}
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def whole(self, name: str) -> bytes:
        """Return a file.

        Raises
        ------
        RefusedError
            Where it does not come; ``absent`` where there is none.
        """
        return self._asked(name, None)

    def span(self, name: str, start: int, stop: int) -> bytes:
        """Return bytes of a file: those from a place up to another, or to its end before that.

        Raises
        ------
        RefusedError
            As `whole`; where the server sends something else than the part, and where the file is
            another one than before.
        """
        if stop <= start:
            return b""
        with self._lock_of(name):
            parts = []
            for at in range(start // _BLOCK * _BLOCK, stop, _BLOCK):
                block = memoryview(self._block(name, at))  # of which little is wanted: no copy
                parts.append(block[max(0, start - at) : stop - at])
        return b"".join(parts)

    def end(self, name: str, size: int) -> bytes:
        """Return the last bytes of a file; all of a shorter one.

        Raises
        ------
        RefusedError
            As `span`.
        """
        with self._lock_of(name):
            return self._remembered(name, f"bytes=-{size}")

    def since(self, name: str, start: int) -> bytes:
        """Return the bytes of a file from a place on.

        Raises
        ------
        RefusedError
            As `span`.
        """
        return self._asked(name, f"bytes={start}-")

    def _lock_of(self, name: str) -> threading.Lock:
        """Return what keeps two readers of a file from asking for the same."""
        with self._lock:
            return self._locks.setdefault(name, threading.Lock())

    def _block(self, name: str, at: int) -> bytes:
        return self._remembered(name, f"bytes={at}-{at + _BLOCK - 1}")

    def _remembered(self, name: str, wanted: str) -> bytes:
        key = (name, wanted)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        body = self._asked(name, wanted)
        with self._lock:
            self._kept[key] = body
            while len(self._kept) > 1 and sum(map(len, self._kept.values())) > _KEPT:
                self._kept.popitem(last=False)
        return body

    def _asked(self, name: str, wanted: str | None) -> bytes:
        return _in_the_end(lambda: self._ask(name, wanted), self._pause)

    def _ask(self, name: str, wanted: str | None) -> bytes:
        url = f"{self.address}/{name}"
        with answered(url, self._haste, wanted, self._session) as answer:
            if wanted is not None:
                _check_part(answer, wanted)
            self._check_version(name, answer)
            return body_of(answer, self._haste)

    def _check_version(self, name: str, answer: requests.Response) -> None:
        """Refuse parts of two files that had the same name one after the other."""
        told = answer.headers.get("ETag") or answer.headers.get("Last-Modified")
        if told:
            with self._lock:
                before = self._versions.setdefault(name, told)
            if told != before:
                raise RefusedError(f"{name} was changed while it was read", "refused")


def _session() -> requests.Session:
    import requests
    from requests.adapters import HTTPAdapter

    session = requests.Session()
    session.mount("https://", HTTPAdapter(pool_maxsize=_CONNECTIONS))
    return session


def _in_the_end(ask: Callable[[], bytes], pause: float) -> bytes:
    for attempt in range(1, _ATTEMPTS):
        try:
            return ask()
        except RefusedError as refusal:
            if refusal.kind != "passing":
                raise
            time.sleep(pause * 2.0 ** (attempt - 1))
    return ask()


def _check_part(answer: requests.Response, wanted: str) -> None:
    """Refuse the whole of a file, which may be large, and another part than was asked for."""
    told = answer.headers.get("Content-Range", "")
    span = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", told)
    if answer.status_code != 206 or not span:
        raise RefusedError("sends no parts of files (HTTP ranges)")
    first, last, size = map(int, span.groups())
    if (first, last) != _meant(wanted, size):
        raise RefusedError(f"sends another part of a file than was asked for ({told})")


def _meant(wanted: str, size: int) -> tuple[int, int]:
    """Return the first and the last byte that a header ``Range`` means in a file of a size."""
    start, _, stop = wanted.removeprefix("bytes=").partition("-")
    if not start:
        return max(0, size - int(stop)), size - 1
    return int(start), min(int(stop), size - 1) if stop else size - 1

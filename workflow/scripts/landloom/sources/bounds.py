"""How large a file from the web may be, and how long it may take to arrive."""

from __future__ import annotations

import shutil
import time

from landloom.errors import LandloomError
from landloom.sources.part import MEGABYTE, Part
from landloom.sources.patience import Patience, in_words

RESERVE = 500_000_000
"""Bytes of a disk that downloads leave free."""

_LOOK = 64_000_000
"""Bytes that arrive between two looks at the disk."""


class Bounds:
    """What a file may not exceed.

    Parameters
    ----------
    part
        The file.
    patience
        Tells how long a file may take.
    limit
        The most bytes that it can weigh; where None, what the disk has room for.
    """

    def __init__(self, part: Part, patience: Patience, limit: int | None) -> None:
        self._part, self._patience, self._limit = part, patience, limit
        self._began = time.monotonic()
        self._next_look = 0

    def check_announced(self) -> None:
        """Refuse a file whose length, as it is told, is too large; nothing of it is written.

        Raises
        ------
        LandloomError
            Where it is larger than it can be, or than the disk has room for.
        """
        part = self._part
        if part.whole is None:
            return
        if self._limit is not None:
            if part.whole > self._limit:
                self._refuse(f"is announced with {_megabytes(part.whole)}")
            return
        missing, free = part.whole - part.size, self._free()
        if missing > free:
            part.leave()
            raise LandloomError(
                f"{part.url}: {_megabytes(missing)} are to come, and the disk of {part.folder} has "
                f"room for {_megabytes(max(free, 0))} ({_megabytes(RESERVE)} are left free); make "
                "room and start again"
            )

    def check_arrived(self) -> None:
        """Refuse what is larger than it can be; what came of it is removed.

        Raises
        ------
        LandloomError
            Where more came than was announced, than the file can weigh, or the disk is filled.
        """
        part = self._part
        if part.whole is not None and part.size > part.whole:
            whole = part.whole
            part.drop()
            raise LandloomError(
                f"{part.url}: more came than the {whole} bytes that were announced; the server is "
                "at fault: start again later, or name another address"
            )
        if self._limit is not None:
            if part.size > self._limit:
                self._refuse(f"goes on after {_megabytes(part.size)}")
        elif part.size >= self._next_look:
            self._next_look = part.size + _LOOK
            if self._free() < 0:
                self._refuse_to_fill()

    def check_time(self) -> None:
        """Refuse what takes too long; what came of it is kept.

        Raises
        ------
        LandloomError
            Where the time is over that a file of its length may take.
        """
        part = self._part
        size = part.whole if part.whole is not None else self._limit
        longest = self._patience.longest(size)
        if time.monotonic() - self._began > longest:
            arrived = part.progress()
            part.leave()
            raise LandloomError(
                f"{part.url}: only {arrived} came in {in_words(longest)}; see to the network, or "
                f"start again when it is faster{part.kept_in_words()}"
            )

    def _free(self) -> int:
        return shutil.disk_usage(self._part.folder).free - RESERVE

    def _refuse(self, what: str) -> None:
        part = self._part
        part.drop()
        raise LandloomError(
            f"{part.url}: {what}, and such a file has {_megabytes(self._limit or 0)} at most; "
            "correct the address, or tell those who serve it"
        )

    def _refuse_to_fill(self) -> None:
        part = self._part
        arrived = _megabytes(part.size)
        if part.whole is None:
            part.drop()
        else:
            part.leave()
        raise LandloomError(
            f"{part.url}: {arrived} came, and the disk of {part.folder} is full but for "
            f"{_megabytes(RESERVE)}, which are left free; make room and start again"
        )


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:.1f} MB" if size < 1e10 else f"{size / 1e9:.1f} GB"

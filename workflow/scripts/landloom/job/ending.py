"""A job that is asked to end: it leaves its work by an exception, and what is half-written goes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_SOON = 0.05


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Leave the block by an exception when a scheduler, a user or a terminal asks to end.

    Raises
    ------
    SystemExit
        With the status that shells give: 128 and the signal's number, whatever a library has made
        of the exception on its way.
    """
    asked: list[int] = []

    def hear(number: int, _: Any) -> None:  # noqa: ANN401
        if not asked:
            asked.append(number)
        for each in _SIGNALS:  # once is enough: another would break off the clearing up
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + asked[0])

    heard = [each for each in _SIGNALS if signal.getsignal(each) is not signal.SIG_IGN]
    before = {each: signal.signal(each, hear) for each in heard}
    before[signal.SIGALRM] = signal.signal(signal.SIGALRM, hear)
    try:
        with _insisting(asked):
            yield
    except BaseException:
        if asked:
            raise SystemExit(128 + asked[0]) from None
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for each, handler in before.items():
            signal.signal(each, handler or signal.SIG_DFL)


@contextmanager
def _insisting(asked: list[int]) -> Iterator[None]:
    """Ask again where Python has nowhere to raise, as in the callback of a library.

    What else goes wrong there once the job was asked to end, as with an object that is half made,
    is told to nobody, and stays so until the process ends.
    """
    before = sys.unraisablehook

    def hook(unraisable: Any) -> None:  # noqa: ANN401
        if not asked:
            before(unraisable)
        elif isinstance(unraisable.exc_value, SystemExit):
            signal.setitimer(signal.ITIMER_REAL, _SOON)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        if not asked:
            sys.unraisablehook = before

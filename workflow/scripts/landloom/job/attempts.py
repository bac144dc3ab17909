"""Trying again what may be better a moment later, and nothing else."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from landloom.errors import PassingError

log = logging.getLogger(__name__)

T = TypeVar("T")

ATTEMPTS = 4
_LONGEST = 160.0


def persist(work: Callable[[], T], pause: float, attempts: int = ATTEMPTS) -> T:
    """Do some work, once more after each `PassingError`, and return what it returns.

    Parameters
    ----------
    work
        Begins anew each time.
    pause
        Seconds before the second attempt; four times as long each time, up to 160.
    attempts
        How often at most.

    Raises
    ------
    PassingError
        Of the last attempt.
    LandloomError
        Any other at once: it would be the same again.
    """
    for attempt in range(attempts - 1):
        try:
            return work()
        except PassingError as error:
            wait = min(pause * 4**attempt, _LONGEST)
            log.info("%s; once more in %.0f s", error, wait)
        time.sleep(wait)
    return work()

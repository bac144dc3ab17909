"""How long a server is borne with: silence, speed, time, and attempts."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

_DAY = 86400.0


@dataclass(frozen=True)
class Patience:
    """How long to bear with a server.

    Attributes
    ----------
    connect, silence
        Seconds until a connection stands, and without a byte.
    attempts
        Attempts in a row that bring nothing; one that brings a megabyte begins the count anew.
    pause
        Seconds before the second attempt; doubled each time, up to a minute. A server that asks
        for a longer pause (``Retry-After``) gets up to two minutes.
    slowest
        Bytes per second; what brings less over a window counts as silence. A line of 30 kB/s, on
        which four files arrive at a time, gives each of them more.
    window
        Seconds over which speed is measured.
    grace
        Seconds that a file may take besides those of its bytes at the slowest speed: for pauses,
        and for what has to be fetched twice.
    """

    connect: float = 20.0
    silence: float = 60.0
    attempts: int = 6
    pause: float = 2.0
    slowest: float = 5e3
    window: float = 60.0
    grace: float = 600.0

    def longest(self, size: int | None) -> float:
        """Return the seconds that a file may take in all: a day where its size is not known."""
        return self.grace + (_DAY if size is None else size / self.slowest)

    def hurried(self) -> Patience:
        """Return a patience for an address after which another one is tried."""
        return replace(
            self,
            connect=min(self.connect, 6.0),
            silence=min(self.silence, 10.0),
            attempts=min(self.attempts, 2),
        )

    def pause_before(self, attempt: int, asked: float = 0.0) -> float:
        """Return the seconds to wait before the second attempt, the third, ...

        Parameters
        ----------
        attempt
            1 for the second attempt.
        asked
            What the server has asked for.
        """
        return max(min(self.pause * 2.0 ** (attempt - 1), 60.0), min(asked, 120.0))


class Pace:
    """Watches how fast bytes arrive.

    Parameters
    ----------
    patience
        The slowest speed, and the window over which it is measured.
    """

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._since = time.monotonic()
        self._arrived = 0

    def too_slow(self, size: int) -> str | None:
        """Count bytes that arrived; where a window ends too slow, return in words how few came."""
        self._arrived += size
        now = time.monotonic()
        passed, came = now - self._since, self._arrived
        if passed < self._patience.window:
            return None
        self._since, self._arrived = now, 0
        if came >= self._patience.slowest * passed:
            return None
        return (
            f"only {came / 1e3:.1f} kB came in {passed:.0f} s (less than "
            f"{self._patience.slowest / 1e3:g} kB/s counts as silence)"
        )


def in_words(seconds: float) -> str:
    """Return a length of time in words."""
    if seconds < 120:
        return f"{seconds:.3g} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"

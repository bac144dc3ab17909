"""The errors that a user can mend, and how a job tells them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from landloom.addresses import without_secrets


class LandloomError(Exception):
    """A mistake in the configuration or the data, told in one message.

    The message names the key or the file, the value that was found and the remedy. A job prints
    it without a traceback (see `landloom.job.runner`); every other exception is a defect of
    Landloom. Of addresses in it there is what may be shown.
    """

    def __init__(self, message: str) -> None:
        super().__init__(without_secrets(message))


class ConfigError(LandloomError):
    """Every error of a configuration at once, one line each."""


class NotThereError(LandloomError):
    """A server says that it has no such file: of a dataset in tiles, one over open sea."""


class PassingError(LandloomError):
    """What may be better a moment later, as a server that is overloaded: worth another attempt.

    Every other `LandloomError` stays what it is until the user has done something.
    """


class Faults:
    """Mistakes that are found one after the other, and told together."""

    def __init__(self) -> None:
        self._found: dict[str, None] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    @property
    def lines(self) -> list[str]:
        """What was found, in order."""
        return list(self._found)

    def add(self, message: str) -> None:
        """Take note of a mistake; of one that is known already, no more."""
        self._found[message] = None

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Take note of the mistake that ends a block, and go on after the block."""
        try:
            yield
        except LandloomError as error:
            for message in str(error).splitlines():
                self.add(message)

    def tell(self) -> None:
        """Raise what was found, a line each, if anything was.

        Raises
        ------
        LandloomError
            There were mistakes.
        """
        if self._found:
            raise LandloomError("\n".join(self._found))

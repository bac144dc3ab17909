"""The errors that a user can mend, and how a job tells them."""

from __future__ import annotations

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

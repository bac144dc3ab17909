"""Command lines, read so that a slip is told with the nearest right word."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Callable, Collection, Sequence
from typing import NoReturn

from landloom.errors import LandloomError

_UNKNOWN = re.compile(r"unrecognized arguments: (.*)", re.DOTALL)
_INVALID = re.compile(r"argument (\S+): invalid choice: '?(.*?)'? \(choose from (.*)\)")
_ENGINE = "Options of Snakemake go behind '--'"


CORES = "how many to use; all by default"


class UsageError(LandloomError):
    """A command line that asks for nothing that there is."""


def nearest(word: str, known: Collection[str]) -> str | None:
    """Return the known word that is most like another, where one is like it."""
    return next(iter(difflib.get_close_matches(word, known, n=1)), None)


class Parser(argparse.ArgumentParser):
    """The parser of a sub-command: options are written in full, and may stand anywhere.

    Parameters
    ----------
    name
        Of the sub-command.
    about
        What it does.
    passes_on
        Whether words behind ``--`` go to Snakemake.
    """

    def __init__(self, name: str, about: str, *, passes_on: bool = False) -> None:
        super().__init__(
            prog=f"landloom {name}",
            description=about,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self._passes_on = passes_on

    def read(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Return the values of a command line.

        Raises
        ------
        UsageError
            A word of it is none that is known, or one is missing.
        """
        return self.parse_intermixed_args(list(arguments))

    def error(self, message: str) -> NoReturn:
        """Tell of a slip.

        Raises
        ------
        UsageError
            Always.
        """
        if found := _UNKNOWN.fullmatch(message):
            message = self._of_unknown(found[1].split(" ")[0])
        elif found := _INVALID.fullmatch(message):
            known = re.findall(r"[\w-]+", found[3])
            near = nearest(found[2], known)
            asked = f"did you mean '{near}'?" if near else f"it is one of {', '.join(known)}"
            message = f"{found[1]} {found[2]}: {asked}"
        raise UsageError(f"{self.prog}: {message}\n{self.short_usage}")

    @property
    def short_usage(self) -> str:
        """How the command is called, on one line."""
        return " ".join(self.format_usage().split())

    def _of_unknown(self, word: str) -> str:
        option = word.split("=")[0]
        if near := nearest(option, options_of(self)):
            return f"{word}: unknown option; did you mean '{near}'?"
        if not option.startswith("-"):
            return f"{word}: one word too many"
        hint = f". {_ENGINE}: -- {word}" if self._passes_on else ""
        return f"{word}: unknown option{hint}"


def options_of(parser: argparse.ArgumentParser) -> list[str]:
    """Return all options of a command, in full."""
    return [option for option in parser._option_string_actions if option.startswith("--")]


def cores_of(command: str) -> Callable[[str], str]:
    """Return what checks a number of cores, as a sub-command is given it, and hands it on."""

    def checked(text: str) -> str:
        if text == "all" or (text.isascii() and text.isdecimal() and int(text) > 0):
            return text
        raise UsageError(
            f"landloom {command}: --cores {text}: must be a whole number from 1 on, or 'all'"
        )

    return checked


def cut_at_dashes(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what stands before the first ``--``, and what stands behind it."""
    words = list(arguments)
    if "--" not in words:
        return words, []
    at = words.index("--")
    return words[:at], words[at + 1 :]

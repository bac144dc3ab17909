"""The command ``landloom``: sub-commands round Snakemake, which does the work."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from landloom.command.parsing import UsageError, nearest
from landloom.errors import LandloomError

COMMANDS = {
    "init": "landloom.command.init",
    "check": "landloom.command.check",
    "run": "landloom.command.run",
    "report": "landloom.command.report",
    "audit": "landloom.command.audit",
    "completion": "landloom.command.completion",
}
"""Sub-commands, and the module of each: ``main(arguments)`` returns the exit code, ``parser()``
tells the options, ``SUMMARY`` what it does in a few words. It is imported when it is called."""

_HELP = """\
Landloom makes machine-learning datasets of land cover, and land-cover maps from embeddings.

  landloom init mine.yaml       write a configuration: it asks what you want
  landloom check mine.yaml      tell what is wrong with it, what would run, and what that takes
  landloom run mine.yaml        build it; -n only says what would run
  landloom report mine.yaml     gather all pictures and tables in one page

{others}
'landloom COMMAND --help' tells the options of each. Snakemake does the work, and can be called by
itself: snakemake --configfile mine.yaml.
"""
_FIRST = ("init", "check", "run", "report")


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what a command line asks; return the exit code: 1 for a fault, 2 for a slip of the call.

    Parameters
    ----------
    arguments
        The words behind the command; by default those that the process was called with.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _dispatch(words)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    except LandloomError as error:
        print(f"\n{error}\n", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except BrokenPipeError:  # as of `landloom check mine.yaml | head`
        sys.stderr.close()
        return 141


def _dispatch(words: Sequence[str]) -> int:
    first = words[0] if words else "--help"
    if first in ("-h", "--help", "help"):
        print(_help(), end="")
        return 0
    if first in ("-V", "--version", "version"):
        print(f"landloom {own_version()}")
        return 0
    if first not in COMMANDS:
        raise UsageError(_unknown(first))
    result: int = importlib.import_module(COMMANDS[first]).main(words[1:])
    return result


def _help() -> str:
    others = [name for name in COMMANDS if name not in _FIRST]
    lines = [
        f"  landloom {name:<21}{importlib.import_module(COMMANDS[name]).SUMMARY}" for name in others
    ]
    return _HELP.replace("{others}", "\n".join([*lines, ""]))


def _unknown(word: str) -> str:
    if Path(word).is_file():
        return f"landloom: {word}: is a file; say what to do with it: landloom run {word}"
    near = nearest(word, COMMANDS)
    if near is None and word.startswith("-"):
        return f"landloom: {word}: options come behind a command: landloom run mine.yaml {word}"
    asked = f"did you mean '{near}'?" if near else f"there are {', '.join(COMMANDS)}"
    return f"landloom: {word}: unknown command; {asked}"


def own_version() -> str:
    """Return the version: of a clone, what its pyproject.toml says."""
    project = Path(__file__).parents[4] / "pyproject.toml"
    if project.is_file():
        import tomllib

        content = tomllib.loads(project.read_text(encoding="utf-8")).get("project", {})
        if content.get("name") == "landloom":
            return str(content["version"])
    try:
        return version("landloom")
    except PackageNotFoundError:
        return "of unknown version"


if __name__ == "__main__":
    sys.exit(main())

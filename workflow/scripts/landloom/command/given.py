"""The configuration file that a command is given, and what is said where it is none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from landloom.command.parsing import UsageError, nearest
from landloom.config.strict_yaml import check_files
from landloom.errors import ConfigError
from landloom.run.targets import TARGETS

_ENDINGS = (".yaml", ".yml", ".json")
_SHOWN = 3


def given_file(name: str | None, command: str) -> Path:
    """Return the path of a configuration file that is there.

    Parameters
    ----------
    name
        As the command line has it; None where it has none.
    command
        The sub-command, for messages.

    Raises
    ------
    UsageError
        There is no such file.
    """
    call = f"landloom {command}"
    if name is None:
        raise UsageError(f"{call}: name a configuration: {call} {_example()}{_here()}")
    if Path(name).is_file():
        return Path(name)
    if Path(name).is_dir():
        raise UsageError(f"{call}: {name}: is a folder; name a configuration in it{_here(name)}")
    if name in TARGETS:
        raise UsageError(
            f"{call}: {name}: is a target, and the configuration comes first: "
            f"{call} {_example()} {name}"
        )
    stems = {path.stem: path for path in _beside(name)}  # the endings are alike
    near = nearest(Path(name).stem, stems)
    asked = f"did you mean '{stems[near]}'?" if near else "correct the path"
    more = "" if near else _here()
    raise UsageError(f"{call}: {name}: no such file (looked in {Path.cwd()}); {asked}{more}")


def check_text(path: Path) -> None:
    """Refuse a file that Snakemake could not read, or would read otherwise than it looks.

    Raises
    ------
    ConfigError
        All faults, with their lines.
    """
    if faults := check_files([path]):
        raise ConfigError("\n".join(faults))


def refuse_more_files(words: Sequence[str], command: str) -> None:
    """Refuse targets that are configuration files.

    Raises
    ------
    UsageError
        One of them is.
    """
    for word in words:
        if word.endswith(_ENDINGS) and Path(word).is_file():
            raise UsageError(
                f"landloom {command}: {word}: is a second configuration, but a run has one; to "
                f"merge it into the first, call snakemake --configfile FIRST {word}"
            )


def _beside(name: str) -> list[Path]:
    folder = Path(name).parent
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    shown = (path for path in found if not path.name.startswith("."))
    return [path for path in shown if path.suffix in _ENDINGS and path.is_file()]


def _example() -> str:
    found = _beside("x")
    return found[0].name if len(found) == 1 else "mine.yaml"


def _here(folder: str = ".") -> str:
    """Return which configurations lie in a folder, for the end of a message."""
    names = [path.name for path in _beside(f"{folder}/x")]
    if not names:
        return "" if folder != "." else "\n('landloom init' writes one)"
    more = ", ..." if len(names) > _SHOWN else ""
    return f"\n(there {'are' if len(names) > 1 else 'is'} {', '.join(names[:_SHOWN])}{more})"

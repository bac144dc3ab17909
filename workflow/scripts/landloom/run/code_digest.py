"""Which code makes a result: digests, so that an edit reruns just what it concerns.

Snakemake goes by the time of a script, which a mere checkout changes, and not at all by the modules
that the script imports. So the profile has it leave scripts to these digests.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path

from landloom.run.parsed_code import Code, ParsedCode
from landloom.run.software import concerning

_PACKAGE = Path(__file__).parents[1]

_WORK = ["attempts", "ending", "folders", "gdal", "integrity", "kept", "lacks", "last_word"]
_WORK += ["private_folder", "runner", "terminal", "whole"]
ABOUT_JOBS = frozenset({"landloom.errors", *(f"landloom.job.{module}" for module in _WORK)})
"""What words messages, keeps logs and finished pieces, bears with networks, refuses damaged files
and puts whole ones in place: no result hangs on it."""


_PARSED = ParsedCode()


def code_of_script(script: str | Path, versions: Mapping[str, str] | None = None) -> str:
    """Return the digest of a script, with the modules that it imports: see `code_of_modules`."""
    own = _PARSED.of(Path(script).read_text(encoding="utf-8"))
    return _digest({"script": own} | _reached(_ours(own)), versions or {})


def code_of_modules(*modules: str, versions: Mapping[str, str] | None = None) -> str:
    """Return a digest of modules of Landloom and of those of its modules that they import.

    Comments, docstrings and layout do not count, nor do imports for type checkers alone, nor the
    modules of `ABOUT_JOBS`.

    Parameters
    ----------
    modules
        Names such as ``landloom.dataset.patches``.
    versions
        Of others' packages, by name: those count that the code imports.
    """
    return _digest(_reached(modules), versions or {})


def _reached(modules: Iterable[str]) -> dict[str, Code]:
    """Return the code of modules and of those of ours that they import, by name."""
    reached: dict[str, Code] = {}
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in reached and module not in ABOUT_JOBS:
            reached[module] = _parsed(module)
            waiting += _ours(reached[module])
    return reached


def _digest(code: Mapping[str, Code], versions: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for module, own in sorted(code.items()):
        digest.update(f"{module} {own.digest}\n".encode())
    others = {name.split(".")[0] for own in code.values() for name in own.imports}
    digest.update("\n".join(concerning(others, versions)).encode())
    return digest.hexdigest()[:16]


def keep_parsed_code() -> None:
    """Keep what was parsed for digests in the user's cache, for the next start."""
    _PARSED.save()


def _ours(code: Code) -> set[str]:
    """Return the modules of Landloom that code imports: what a package is asked for is a module."""
    names = (name for name in code.imports if name.startswith("landloom."))
    return {name if _file_of(name).exists() else name.rpartition(".")[0] for name in names}


@cache
def _parsed(module: str) -> Code:
    return _PARSED.of(_file_of(module).read_text(encoding="utf-8"))


def _file_of(module: str) -> Path:
    return _PACKAGE.joinpath(*module.split(".")[1:]).with_suffix(".py")


def other_version(package: Path, search: Sequence[str]) -> Path | None:
    """Return the folder of another version of this package that Python would find first.

    Parameters
    ----------
    package
        The folder of the version that is wanted.
    search
        Folders of packages, in the order in which a job looks into them.
    """
    found = PathFinder.find_spec("landloom", search)
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent
    wanted = (path.relative_to(package) for path in package.rglob("*.py"))
    same = all(_text(folder / module) == _text(package / module) for module in wanted)
    return None if same else folder


def _text(path: Path) -> str | None:
    """Return a module's text but for the end of its last line, which Git's readers drop."""
    return path.read_text(encoding="utf-8").rstrip() if path.exists() else None

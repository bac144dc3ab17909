"""Which code makes a result: digests, so that an edit reruns just what it concerns.

Snakemake goes by the time of a script, which a mere checkout changes, and not at all by the modules
that the script imports. So the profile has it leave scripts to these digests.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path
from typing import NamedTuple, TypeGuard

from landloom.run.software import concerning

_PACKAGE = Path(__file__).parents[1]

_WORK = ["attempts", "ending", "folders", "gdal", "integrity", "lacks", "last_word"]
_WORK += ["private_folder", "runner", "terminal", "whole"]
ABOUT_JOBS = frozenset({"landloom.errors", *(f"landloom.job.{module}" for module in _WORK)})
"""What words messages, keeps logs, bears with networks, refuses damaged files and puts whole ones
in place: no result hangs on it."""


class _Code(NamedTuple):
    """Code without what does not count, and what it imports: our modules, and others' packages."""

    text: str
    ours: tuple[str, ...]
    others: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> _Code:
        tree = ast.parse(text)
        statements = list(_statements(tree))
        ours, others = tuple(sorted(_imports(statements))), tuple(sorted(_others(statements)))
        for node in statements:
            _drop_what_does_not_count(node)
        return cls(ast.unparse(tree), ours, others)


def code_of_script(script: str | Path, versions: Mapping[str, str] | None = None) -> str:
    """Return the digest of a script, with the modules that it imports: see `code_of_modules`."""
    own = _Code.of(Path(script).read_text(encoding="utf-8"))
    return _digest({"script": own} | _reached(own.ours), versions or {})


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


def _reached(modules: Iterable[str]) -> dict[str, _Code]:
    """Return the code of modules and of those of ours that they import, by name."""
    reached: dict[str, _Code] = {}
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in reached and module not in ABOUT_JOBS:
            reached[module] = _parsed(module)
            waiting += reached[module].ours
    return reached


def _digest(code: Mapping[str, _Code], versions: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for module, own in sorted(code.items()):
        digest.update(f"{module}\n{own.text}\n".encode())
    others = {name for own in code.values() for name in own.others}
    digest.update("\n".join(concerning(others, versions)).encode())
    return digest.hexdigest()[:16]


@cache
def _parsed(module: str) -> _Code:
    return _Code.of(_file_of(module).read_text(encoding="utf-8"))


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


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield a module and all its statements, not the many expressions that these are made of.

    What stands there for type checkers alone is left out.
    """
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        parts = ("body", "orelse", "finalbody", "handlers", "cases")
        for part in ("orelse",) if _is_for_type_checkers(node) else parts:
            waiting += getattr(node, part, [])


def _imports(statements: Iterable[ast.AST]) -> set[str]:
    """Return the modules of Landloom that are imported; imports are absolute here."""
    nodes = (node for node in statements if isinstance(node, ast.Import | ast.ImportFrom))
    names = (name for node in nodes for name in _named(node))
    return {name for name in names if name.startswith("landloom.")}


def _others(statements: Iterable[ast.AST]) -> set[str]:
    """Return the packages, by the names that are imported, that are not ours."""
    found = set()
    for node in statements:
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found - {"landloom"}


def _named(node: ast.Import | ast.ImportFrom) -> Iterable[str]:
    """Return the modules that a statement may import: what a package is asked for is a module."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    module = node.module or ""
    inner = (f"{module}.{alias.name}" for alias in node.names)
    return [name if _file_of(name).exists() else module for name in inner]


def _drop_what_does_not_count(node: ast.AST) -> None:
    """Take docstrings, and what stands there for type checkers alone, out of a statement."""
    if _is_for_type_checkers(node):
        node.body = [ast.Pass()]
    elif isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
        node.body = [
            statement
            for statement in node.body
            if not (
                isinstance(statement, ast.Expr)
                and isinstance(statement.value, ast.Constant)
                and isinstance(statement.value.value, str)
            )
        ]


def _is_for_type_checkers(node: ast.AST) -> TypeGuard[ast.If]:
    test = node.test if isinstance(node, ast.If) else None
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"

"""Which code makes a result: digests, so that an edit reruns just what it concerns.

Snakemake notices an edited script, not an edited module that the script imports.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path

_PACKAGE = Path(__file__).parent


def code_of(*modules: str) -> str:
    """Return a digest of modules of Landloom and of those of its modules that they import.

    Comments, docstrings and layout do not count.

    Parameters
    ----------
    modules
        Names such as ``landloom.patches``.
    """
    reached: set[str] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            waiting += _parsed(module)[1]
    digest = hashlib.sha256()
    for module in sorted(reached):
        digest.update(f"{module}\n{_parsed(module)[0]}\n".encode())
    return digest.hexdigest()[:16]


@cache
def _parsed(module: str) -> tuple[str, tuple[str, ...]]:
    """Return a module's syntax, and the modules of Landloom that it imports."""
    name = module.removeprefix("landloom.")
    tree = ast.parse((_PACKAGE / f"{name}.py").read_text(encoding="utf-8"))
    imported = {
        found
        for node in _statements(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for found in _ours(node)
    }
    for node in _statements(tree):
        _drop_docstring(node)
    return ast.unparse(tree), tuple(sorted(imported))


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
    wanted = package.glob("*.py")
    same = all(_text(folder / module.name) == _text(module) for module in wanted)
    return None if same else folder


def _text(path: Path) -> str | None:
    """Return a module's text but for the end of its last line, which Git's readers drop."""
    return path.read_text(encoding="utf-8").rstrip() if path.exists() else None


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Give a module and all its statements, not the many expressions that these are made of."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, part, [])


def _ours(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Return the modules of Landloom that a statement imports; imports are absolute here."""
    if isinstance(node, ast.ImportFrom):
        if node.module == "landloom":
            return [f"landloom.{alias.name}" for alias in node.names]
        names = [node.module or ""]
    else:
        names = [alias.name for alias in node.names]
    return [name for name in names if name.startswith("landloom.")]


def _drop_docstring(node: ast.AST) -> None:
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
        node.body = [
            statement
            for statement in node.body
            if not (
                isinstance(statement, ast.Expr)
                and isinstance(statement.value, ast.Constant)
                and isinstance(statement.value.value, str)
            )
        ]

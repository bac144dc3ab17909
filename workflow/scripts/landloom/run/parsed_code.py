"""What of a file of code counts: parsed, and kept from start to start in the user's cache.

To parse the package takes half a second, at each start of Snakemake; to look up what is known of
the same text, almost nothing.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

from landloom.job.files import whole_file
from landloom.job.private_folder import private_folder

FILE = "parsed_code.json"
_MOST = 3000
"""Files of code that are kept, of several versions of the package; beyond, those in use alone."""

_EMPTY: tuple[object, ...] = (None, [])
"""What fields of syntax hold that are not used."""


class Code(NamedTuple):
    """Code, as far as it counts.

    Attributes
    ----------
    digest
        SHA-256 of its syntax, without comments, docstrings, and what is for type checkers alone.
    imports
        Names with their modules, sorted: ``landloom.arrays.Mask`` where that is taken from there.
    """

    digest: str
    imports: tuple[str, ...]


def parse(text: str) -> Code:
    """Return what of some code counts; the same in each version of Python."""
    tree = ast.parse(text)
    imports = tuple(sorted(set(_imports(tree))))
    for node in list(_statements(tree)):
        _drop_what_does_not_count(node)
    return Code(hashlib.sha256(_written(tree).encode()).hexdigest(), imports)


class ParsedCode:
    """Parses code that is not known yet."""

    def __init__(self) -> None:
        self._known: dict[str, Any] | None = None
        self._used: dict[str, Code] = {}
        self._salt = Path(__file__).read_bytes()

    def of(self, text: str) -> Code:
        """Return what of some code counts, as `parse` does."""
        key = hashlib.sha256(self._salt + text.encode()).hexdigest()
        if key not in self._used:
            if self._known is None:
                self._known = _load()
            self._used[key] = _read(self._known.get(key)) or parse(text)
        return self._used[key]

    def save(self) -> None:
        """Keep what was not known, where there is a folder of the user's own."""
        known, folder = self._known or {}, private_folder()
        if folder is None or self._used.keys() <= known.keys():
            return
        if len(known) > _MOST:
            known = {}
        with suppress(OSError), whole_file(folder / FILE) as draft:
            draft.write_text(json.dumps(known | self._used), encoding="utf-8")


def _load() -> dict[str, Any]:
    """Return what is kept; nothing where that is spoilt."""
    with suppress(OSError, ValueError):
        if folder := private_folder():
            kept = json.loads((folder / FILE).read_text(encoding="utf-8"))
            return kept if isinstance(kept, dict) else {}
    return {}


def _read(found: Any) -> Code | None:  # noqa: ANN401
    with suppress(TypeError, ValueError):
        digest, imports = found
        if isinstance(digest, str) and all(isinstance(name, str) for name in imports):
            return Code(digest, tuple(imports))
    return None


def _written(node: object) -> str:
    """Return syntax as a text: the same in each version of Python, though some add fields to it."""
    if isinstance(node, ast.AST):
        used = ((name, held) for name, held in ast.iter_fields(node) if held not in _EMPTY)
        fields = (f"{name}={_written(held)}" for name, held in used)
        return f"{type(node).__name__}({','.join(fields)})"
    if isinstance(node, list):
        return f"[{','.join(map(_written, node))}]"
    return repr(node)


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


def _imports(tree: ast.AST) -> Iterable[str]:
    """Yield what is imported; imports are absolute here."""
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


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
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"

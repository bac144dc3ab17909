"""The rooms of the package: imports go one way, from the products down, and never round."""

from __future__ import annotations

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "workflow/scripts/landloom"

ROOMS = [
    {"addresses"},
    {"errors", "arrays"},
    {"job"},
    {"legend"},
    {"raster"},
    {"sources"},
    {"elevation"},
    {"dataset", "map"},
    {"pages"},
    {"figures", "demo", "config", "run", "audit"},
    {"command"},
]
"""Rooms from the ground up: each may use those below it, and none of its own floor."""

MOST_LINES = 450
MOST_PARAMETERS = 6

_KERNEL = "compiled by numba, which takes no dataclasses"
LONG_SIGNATURES = {
    "landloom.demo.embedding._encode": _KERNEL,
    "landloom.demo.noise._nearest": _KERNEL,
    "landloom.map.applicability.kernel._add": _KERNEL,
    "landloom.map.applicability.kernel._close": _KERNEL,
    "landloom.map.applicability.kernel._lay_out": _KERNEL,
    "landloom.map.applicability.kernel._meet_all": _KERNEL,
    "landloom.map.applicability.kernel._settle": _KERNEL,
    "landloom.map.applicability.kernel.search": _KERNEL,
    "landloom.map.classifiers.knn_kernel._gather": _KERNEL,
    "landloom.map.classifiers.knn_kernel._lay_out": _KERNEL,
    "landloom.map.classifiers.knn_kernel._measure": _KERNEL,
    "landloom.map.classifiers.knn_kernel._meet": _KERNEL,
    "landloom.map.classifiers.knn_kernel.nearest": _KERNEL,
    "landloom.map.classifiers.votes_kernel.go_through": _KERNEL,
    "landloom.map.forest.kernel._add_votes": _KERNEL,
    "landloom.map.forest.kernel._walk": _KERNEL,
    "landloom.map.forest.kernel.vote": _KERNEL,
    "landloom.map.forest.vector_kernel._add": _KERNEL,
    "landloom.map.forest.vector_kernel._arrive": _KERNEL,
    "landloom.map.forest.vector_kernel.vote": _KERNEL,
}
"""Functions with more than that, and the reason."""


def modules(package: Path) -> dict[str, Path]:
    """Return the package's modules by name."""
    return {
        "landloom." + ".".join(path.relative_to(package).with_suffix("").parts): path
        for path in package.rglob("*.py")
        if path.name != "__init__.py"
    }


def imports(package: Path) -> dict[str, set[str]]:
    """Return each module's imports of others of the package, wherever they are in its text."""
    files = modules(package)
    found: dict[str, set[str]] = {}
    for module, path in files.items():
        named: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                named |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                inner = {f"{node.module}.{alias.name}" for alias in node.names}
                named |= inner | {str(node.module)}
        found[module] = named & files.keys()
    return found


def room(module: str) -> str:
    return module.split(".")[1]


def against_the_order(found: dict[str, set[str]]) -> list[str]:
    floor = {name: level for level, names in enumerate(ROOMS) for name in names}
    return [
        f"{module} -> {other}"
        for module, others in sorted(found.items())
        for other in sorted(others)
        if room(module) != room(other) and floor[room(module)] <= floor[room(other)]
    ]


def circle(found: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(found).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_every_room_has_its_place() -> None:
    assert {room(module) for module in imports(PACKAGE)} == set().union(*ROOMS)


def test_no_import_goes_against_the_order() -> None:
    assert against_the_order(imports(PACKAGE)) == []


def test_no_imports_go_round() -> None:
    assert circle(imports(PACKAGE)) == []


@pytest.mark.parametrize(
    ("module", "text", "arrow"),
    [
        ("raster/vrt.py", "from landloom.map.join import write_map\n", "landloom.raster.vrt -> "),
        ("dataset/split.py", "from landloom.map import points\n", "landloom.dataset.split -> "),
        ("errors.py", "def late():\n    import landloom.job.files\n", "landloom.errors -> "),
    ],
)
def test_an_arrow_against_the_order_is_found(
    tmp_path: Path, module: str, text: str, arrow: str
) -> None:
    plant(tmp_path, module, text)
    (found,) = against_the_order(imports(tmp_path))
    assert found.startswith(arrow)


def test_a_circle_is_found_even_within_a_room_and_for_type_checkers(tmp_path: Path) -> None:
    guarded = "if TYPE_CHECKING:\n    from landloom.map.embedding_reader import Embedding\n"
    plant(tmp_path, "map/embedding.py", f"from typing import TYPE_CHECKING\n{guarded}")
    assert {"landloom.map.embedding", "landloom.map.embedding_reader"} <= set(
        circle(imports(tmp_path))
    )


def reached(found: dict[str, set[str]], start: str) -> set[str]:
    """Return the modules of a room, or of a part of one, and all that they import, near or far."""
    seen: set[str] = set()
    waiting = [module for module in found if module.startswith(f"{start}.")]
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting += found[module]
    return seen


def makers(found: dict[str, set[str]]) -> set[str]:
    """Return what the proof of a dataset shares with the making of it."""
    return {
        name
        for name in reached(found, "landloom.dataset.proof")
        if room(name) in ("dataset", "elevation") and not name.startswith("landloom.dataset.proof.")
    }


def test_the_proof_of_a_dataset_asks_nothing_of_what_made_it() -> None:
    assert makers(imports(PACKAGE)) == set()


def test_a_proof_that_asks_a_maker_is_found(tmp_path: Path) -> None:
    plant(tmp_path, "raster/coordinates.py", "import landloom.dataset.cells\n")
    assert makers(imports(tmp_path)) == {"landloom.dataset.cells"}


def plant(folder: Path, module: str, text: str) -> None:
    """Copy the package, with something more in one of its modules."""
    for path in PACKAGE.rglob("*.py"):
        copy = folder / path.relative_to(PACKAGE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text())
    (folder / module).write_text((folder / module).read_text() + text)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("__init__.py")), ids=lambda p: p.parent.name)
def test_packages_run_nothing_when_they_are_imported(path: Path) -> None:
    """Jobs pay for what is imported: thousands of times."""
    tree = ast.parse(path.read_text())
    assert len(tree.body) == (1 if ast.get_docstring(tree) else 0)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.stem)
def test_modules_stay_short(path: Path) -> None:
    assert path.read_text().count("\n") <= MOST_LINES


def test_signatures_stay_short_but_for_a_reason() -> None:
    """A reason for a function that is gone, or short by now, has to go as well."""
    assert long_signatures(PACKAGE) == LONG_SIGNATURES.keys()


@pytest.mark.parametrize("last", ["g", "*, g", "/, g"])
def test_a_long_signature_is_found(tmp_path: Path, last: str) -> None:
    method = f"class Kept:\n    def keep(self, a, b, c, d, e, f, {last}): ...\n"
    plant(tmp_path, "map/points.py", method)
    found = long_signatures(tmp_path)
    assert found - LONG_SIGNATURES.keys() == {"landloom.map.points.keep"}


def long_signatures(package: Path) -> set[str]:
    """Return the functions with more parameters than most have, with their modules."""
    return {
        f"{module}.{node.name}"
        for module, path in modules(package).items()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and parameters(node.args) > MOST_PARAMETERS
    }


def parameters(arguments: ast.arguments) -> int:
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return sum(argument.arg not in ("self", "cls") for argument in named)


def test_the_document_names_what_is_there() -> None:
    text = (REPOSITORY / "docs/architecture.md").read_text()
    named = set(re.findall(r"`([\w./-]+/|[\w./-]+\.(?:py|smk|csv|md))`", text))
    roots = (REPOSITORY, REPOSITORY / "workflow", PACKAGE)
    assert len(named) > 25
    assert [
        path for path in sorted(named) if not any((root / path).exists() for root in roots)
    ] == []


def test_the_document_names_functions_that_are_in_the_module_beside_them() -> None:
    text = (REPOSITORY / "docs/architecture.md").read_text()
    pairs = re.findall(r"`([\w/]+\.py)`, `(\w+)(?:\.(\w+))?`", text)
    assert len(pairs) > 6
    for path, *names in pairs:
        defined = {
            node.name
            for node in ast.walk(ast.parse((PACKAGE / path).read_text()))
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
        }
        assert {name for name in names if name} <= defined, path

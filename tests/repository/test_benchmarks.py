"""Benchmarks run the workflow's scripts by themselves: they give them all that these ask for."""

from __future__ import annotations

import ast
import importlib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from landloom.config.demo import DemoConfig

ROOT = Path(__file__).resolve().parents[2]

FIELDS = ("input", "output", "params", "wildcards")


def runs(file: Path) -> list[tuple[str, dict[str, ast.Dict]]]:
    """Return the scripts that a benchmark names where it runs them, and what it gives, by field."""
    return [
        (
            node.args[0].value,
            {word.arg: word.value for word in node.keywords if isinstance(word.value, ast.Dict)},
        )
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "run_job"
        and isinstance(node.args[0], ast.Constant)
    ]


def asked(script: str) -> dict[str, set[str]]:
    """Return the names that a script asks for, by field."""
    tree = ast.parse((ROOT / f"workflow/scripts/{script}.py").read_text())
    short = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target, value in pairs(node.targets[0], node.value):
                if isinstance(target, ast.Name) and (field := field_of(value)):
                    short[target.id] = field
    found = defaultdict(set)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            known = isinstance(node.value, ast.Name) and short.get(node.value.id)
            if field := known or field_of(node.value):
                found[field].add(node.attr)
    return found


def pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return list(zip(target.elts, value.elts, strict=True))
    return [(target, value)]


def field_of(node: ast.expr) -> str | None:
    """Return which of a job's fields an expression is: ``snakemake.output`` is its output."""
    if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "snakemake":
        return node.attr if node.attr in FIELDS else None
    return None


RUNS = [
    pytest.param(script, given, id=f"{file.stem}: {script}")
    for file in sorted((ROOT / "benchmarks").glob("*.py"))
    for script, given in runs(file)
]


def test_there_are_such_runs() -> None:
    assert len(RUNS) > 5
    assert asked("stack")["output"] >= {"array", "style", "counts"}
    assert asked("stack")["wildcards"] == {"split"}


@pytest.mark.parametrize(("script", "given"), RUNS)
def test_a_script_is_given_what_it_asks_for(script: str, given: dict[str, ast.Dict]) -> None:
    for field, names in asked(script).items():
        keys = given[field].keys if field in given else []
        if None not in keys:  # a dictionary within it may hold any others
            assert names <= {ast.literal_eval(key) for key in keys if key}, field


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Return what imports a benchmark, with those beside it that it needs."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module


@pytest.mark.parametrize(("name", "kind"), [("figures", "Dataset"), ("figures_map", "Map")])
def test_pictures_are_given_what_they_ask_for(
    benchmark: Callable[[str], ModuleType], tmp_path: Path, name: str, kind: str
) -> None:
    module = benchmark(name)
    for script in module.SCRIPTS:
        given = getattr(module, kind)(tmp_path, 1).given(script)
        lacking = {
            field: names - given.get(field, {}).keys() for field, names in asked(script).items()
        }
        assert not any(lacking.values()), (script, lacking)


def test_the_larger_world_is_one_that_a_configuration_may_ask_for(
    benchmark: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    resources = benchmark("resources")
    for written in ("write_embedding", "write_worldcover"):
        monkeypatch.setattr(resources, written, lambda *_: None)
    small, large = (
        DemoConfig.model_validate(make(tmp_path)["demo"]).region.bounds
        for make in (resources.demo, resources.larger)
    )
    assert area(large) == pytest.approx(resources.AREA * area(small), rel=0.01)


def area(bounds: tuple[float, float, float, float]) -> float:
    west, south, east, north = bounds
    return (east - west) * (north - south)

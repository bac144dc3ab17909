"""Runs of the workflow in this process: its own rules plan them, its own scripts do the work.

Snakemake reads the Snakefile and plans, as in any run; what a job is given is what the rules say.
Only what would start a process for each job is left out, which is most of the time of a small run.
"""

from __future__ import annotations

import ast
import importlib
import logging
import os
import runpy
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import yaml
from bokeh.util import serialization
from snakemake.api import SnakemakeApi
from snakemake.exceptions import print_exception
from snakemake.iocontainers import Snakemake
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    OutputSettings,
    Quietness,
    RerunTrigger,
    ResourceSettings,
    WorkflowSettings,
)
from snakemake_interface_executor_plugins.settings import ExecMode

from landloom.map.applicability.search import SEARCH
from landloom.map.classifiers.kinds import load_kernels
from landloom.map.kernel_cache import load_kernel

REPOSITORY = Path(__file__).parents[2]
SCRIPTS = REPOSITORY / "workflow/scripts"
CONFIG = "mine.yaml"
"""The configuration of a run, in its folder."""

Workflow = Any
Job = Any


def run(raw: Mapping[str, Any], *targets: str) -> None:
    """Make what is asked for of a configuration, in the working folder, as a run does."""
    Path(CONFIG).write_text(yaml.safe_dump(raw), encoding="utf-8")
    with _planned(targets) as (workflow, plan):
        plan()
        for check in workflow.globals["CHECKS_AT_START"]:
            check()
        while jobs := _in_order(workflow, set(workflow.dag.needrun_jobs())):
            _do(workflow, jobs)
            plan()


def rerun_after(changed: Path, *targets: str) -> None:
    """Do what comes after a file of a finished run again, as if that file had just been made."""
    with _planned(targets) as (workflow, plan):
        plan()
        stale, after = {str(changed)}, []
        for job in _in_order(workflow, set(workflow.dag.jobs)):
            if any(_lies_in(file, stale) for file in job.input):
                stale |= set(map(str, job.output))
                after.append(job)
        _do(workflow, after)


def repair() -> None:
    """Delete the damaged files of a finished run, as the rule of that name does."""
    with _planned(("repair",)) as (workflow, plan):
        plan()
        (job,) = workflow.dag.needrun_jobs()
        _do(workflow, [job])


def read(content: bytes) -> None:
    """Read a configuration file, and the workflow with it."""
    Path(CONFIG).write_bytes(content)
    with _planned(()) as (_, plan):
        plan()


def _lies_in(file: str, stale: set[str]) -> bool:
    return any(file == one or one.startswith(f"{file}/") for one in stale)


@contextmanager
def _planned(
    targets: tuple[str, ...], mode: ExecMode = ExecMode.DEFAULT
) -> Iterator[tuple[Workflow, Callable[[], None]]]:
    """Have Snakemake read the workflow, and give it and what plans it, or plans it anew.

    What ends a run ends this process likewise, with the words of the one that is at fault.
    """
    asked = DAGSettings(targets=set(targets), rerun_triggers=frozenset({RerunTrigger.MTIME}))
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        try:
            settings = api.workflow(
                resource_settings=ResourceSettings(cores=1),
                config_settings=ConfigSettings(configfiles=[Path(CONFIG)]),
                workflow_settings=WorkflowSettings(exec_mode=mode),
                snakefile=REPOSITORY / "Snakefile",
            )
            settings.dag(asked)
            workflow = settings._workflow

            def plan() -> None:
                workflow._prepare_dag(
                    forceall=False, ignore_incomplete=True, lock_warn_only=False, nolock=True
                )
                workflow._build_dag()

            yield workflow, plan
        except Exception as error:
            print_exception(error)
            raise SystemExit(1) from None


def _in_order(workflow: Workflow, jobs: set[Job]) -> list[Job]:
    """Return jobs that have work to do, each after those whose files it needs."""
    levels = workflow.dag.toposorted(jobs)
    # As names tell, so that it is the same order each time.
    ordered = (job for level in levels for job in sorted(level, key=lambda job: str(job.output)))
    return [job for job in ordered if job.output]


def _do(workflow: Workflow, jobs: list[Job]) -> None:
    """Do some jobs, up to the first that tells which others there are."""
    for job in jobs:
        workflow.async_run(job.remove_existing_output())
        for file in [*job.output, *job.log]:
            file.prepare()
        given = Snakemake(
            job.input, job.output, job.params, job.wildcards, job.threads, job.resources, job.log,
            job.rule.workflow.config, job.rule.name, None,
        )  # fmt: skip
        with _logs_apart(), _pages_apart():
            runpy.run_path(str(SCRIPTS / Path(job.rule.script).name), {"snakemake": given})
        for file in job.output:
            file.touch()  # with Snakemake's mark in a folder
        if job.is_checkpoint:
            return


@contextmanager
def _logs_apart() -> Iterator[None]:
    """Have no logger that a job set up hear the next one's."""
    root = logging.getLogger()
    before = list(root.handlers)
    try:
        yield
    finally:
        root.handlers[:] = before


@contextmanager
def _pages_apart() -> Iterator[None]:
    """Have the parts of a page counted from the first, as in a process of its own."""
    before = serialization._simple_id
    try:
        yield
    finally:
        serialization._simple_id = before


def load_modules() -> None:
    """Do once for all processes of cases what each would do in the same way: import, parse, digest.

    Nothing else is left behind in this process.
    """
    for path in SCRIPTS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                importlib.import_module(node.module)
            elif isinstance(node, ast.Import):
                for name in node.names:
                    importlib.import_module(name.name)
    importlib.import_module("pyarrow.parquet")
    load_kernels("forest")
    load_kernel(SEARCH)
    module = importlib.import_module("snakemake.workflow")
    module.parse = _Parsed(module.parse)


class _Parsed:
    """Snakemake's parser, which remembers the files that it has parsed."""

    def __init__(self, parse: Callable[..., tuple[str, int]]) -> None:
        self._parse = parse
        self._known: dict[tuple[str, int], tuple[tuple[str, int], dict[int, int]]] = {}

    def __call__(
        self, path: Any, workflow: Workflow, linemap: dict[int, int], rulecount: int = 0
    ) -> tuple[str, int]:
        key = path.get_path_or_uri(secret_free=True), rulecount
        if key not in self._known:
            self._known[key] = self._parse(path, workflow, linemap, rulecount=rulecount), linemap
        found, lines = self._known[key]
        linemap |= lines
        return found


def warm_up(raw: Mapping[str, Any], folder: Path) -> None:
    """Plan a run once in this process: all that are forked from it know the parsed rules."""
    here, environment, path = Path.cwd(), dict(os.environ), list(sys.path)
    os.chdir(folder)
    try:
        Path(CONFIG).write_text(yaml.safe_dump(raw), encoding="utf-8")
        with _planned((), ExecMode.SUBPROCESS) as (_, plan), suppress(SystemExit):
            plan()
    finally:
        os.chdir(here)
        sys.path[:] = path
        os.environ.clear()
        os.environ.update(environment)

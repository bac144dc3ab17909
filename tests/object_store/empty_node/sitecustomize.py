"""Has each script of a run find nothing but its inputs, as on a machine that shares no folder.

Python runs this first, wherever its folder is on the path. A script that Snakemake starts works in
a folder of its own then, below the one that `LANDLOOM_NODES` names: copies of what its job names as
inputs lie there, and what it names as outputs and logs is taken back at the end. All else that the
script looks for by a relative path is missing, though other jobs have made it on this machine.
"""

from __future__ import annotations

import ast
import atexit
import os
import pickle
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def _job(script: Path) -> Any:
    """Return what Snakemake tells a script of its job."""
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pickle.loads":
            return pickle.loads(ast.literal_eval(node.args[0]))
    raise ValueError(f"{script}: is none of Snakemake's scripts")


def _bring(names: Iterable[str], start: Path, end: Path) -> None:
    """Copy what is there of some files and folders."""
    for name in names:
        (end / name).parent.mkdir(parents=True, exist_ok=True)
        if (start / name).is_dir():
            shutil.copytree(start / name, end / name, dirs_exist_ok=True)
        elif (start / name).exists() and not Path(name).is_absolute():
            shutil.copy2(start / name, end / name)


def _work_apart(script: Path) -> None:
    """Have this process work in a folder of its own."""
    job, run = _job(script), Path.cwd()
    node = Path(tempfile.mkdtemp(prefix=f"{script.stem}-", dir=os.environ["LANDLOOM_NODES"]))
    _bring(job.input, run, node)
    for name in [*job.output, *job.log]:
        (node / name).parent.mkdir(parents=True, exist_ok=True)
    os.chdir(node)
    atexit.register(_bring, [*job.output, *job.log], node, run)


if "LANDLOOM_NODES" in os.environ and "/.snakemake/scripts/" in sys.orig_argv[-1]:
    _work_apart(Path(sys.orig_argv[-1]))

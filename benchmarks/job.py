"""Run one of the workflow's scripts as Snakemake would, with a stand-in for its object.

`run_job` does it in a process of its own, which is ``python job.py JOB``. JOB is a JSON file:
`script`, and by name what the rule would give: `input`, `output`, `params`, `wildcards`, `log`.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from measure import Usage

SCRIPTS = Path(__file__).resolve().parents[1] / "workflow" / "scripts"
ONE_THREAD = dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"], "1")


def run_job(script: str, folder: Path, **fields: Mapping[str, object]) -> Usage:
    """Run a rule's script in a process of its own, with one thread as its rule has."""
    from measure import run_measured  # here, for the job's own process shall not pay for it

    job = {"script": SCRIPTS / f"{script}.py", "log": {"log": folder / "log"}, **fields}
    described = folder / "job.json"
    described.write_text(json.dumps(job, default=str))
    return run_measured([sys.executable, __file__, str(described)], os.environ | ONE_THREAD)


class Named(list[Any]):
    """Values to be had by name or by number, as Snakemake hands them over: lists are laid flat."""

    def __init__(self, values: dict[str, Any]) -> None:
        for value in values.values():
            self.extend(value if isinstance(value, list) else [value])
        self.__dict__.update(values)


if __name__ == "__main__":
    job = json.loads(Path(sys.argv[1]).read_text())
    script = Path(job.pop("script"))
    sys.path.append(str(script.parent))
    fields = {name: Named(values) for name, values in ({"input": {}, "output": {}} | job).items()}
    runpy.run_path(str(script), {"snakemake": SimpleNamespace(**fields)}, "__main__")

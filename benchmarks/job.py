"""Run one of the workflow's scripts as Snakemake would, with a stand-in for its object.

``python job.py JOB``, where JOB is a JSON file: `script`, and by name what the rule would give:
`input`, `output`, `params`, `wildcards`, `log`.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any


class Named(list[Any]):
    """Values to be had by name or by number, as Snakemake hands them over."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__(values.values())
        self.__dict__.update(values)


if __name__ == "__main__":
    job = json.loads(Path(sys.argv[1]).read_text())
    script = Path(job.pop("script"))
    sys.path.append(str(script.parent))
    fields = {name: Named(values) for name, values in job.items()}
    runpy.run_path(str(script), {"snakemake": SimpleNamespace(**fields)}, "__main__")

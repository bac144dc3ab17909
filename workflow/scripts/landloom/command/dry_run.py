"""What Snakemake would run, which it alone knows: asked by a dry run."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from landloom.command.engine import snakemake
from landloom.errors import LandloomError
from landloom.run.planned import CHECKS_TOO, VARIABLE, RunPlan

_CHATTER = re.compile(
    r"Using (workflow specific )?profile .*|Assuming unrestricted shared filesystem usage\..*"
    r"|host: .*|Building DAG of jobs\.\.\..*"
)


def dry_run(
    path: Path, targets: Sequence[str] = (), *, cores: str = "all", checks: bool = True
) -> RunPlan:
    """Return what a run would do.

    Parameters
    ----------
    path
        The configuration.
    targets
        What is asked for; everything by default.
    cores
        How many would be used.
    checks
        Whether to look at what a run looks at before its first job: tables, hosts.

    Raises
    ------
    LandloomError
        Snakemake refuses, with its words.
    """
    with tempfile.TemporaryDirectory(prefix="landloom-") as folder:
        plan = Path(folder, "plan.json")
        command = snakemake(
            *targets, "--cores", cores, "--dry-run", "--nolock", f"--configfile={path}"
        )
        asked = {VARIABLE: str(plan), CHECKS_TOO: "yes" if checks else "no"}
        done = subprocess.run(
            [*command, "--quiet", "rules", "progress"],
            env=os.environ | asked,
            capture_output=True,
            text=True,
            check=False,
        )
        if plan.is_file():
            return RunPlan.load(plan)
    raise LandloomError(_words(done.stderr) or _words(done.stdout) or "Snakemake gave no plan")


def _words(text: str) -> str:
    """Return what was said but for what Snakemake always says."""
    kept = (line for line in text.splitlines() if not _CHATTER.fullmatch(line))
    return "\n".join(kept).strip()

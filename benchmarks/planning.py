"""How long the workflow takes to plan a run, and how much memory, without any network.

``python benchmarks/planning.py`` prints a table and fails if a goal is missed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import Row, print_table, run_measured

REPOSITORY = Path(__file__).resolve().parents[1]
SNAKEMAKE = str(Path(sys.executable).with_name("snakemake"))
NO_NETWORK = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
"""Port 9 discards, and nothing listens there: whatever is asked of a network fails at once."""


def dry_run(folder: str, config: Path) -> list[str]:
    where = ["--directory", folder, "--snakefile", str(REPOSITORY / "Snakefile")]
    return [SNAKEMAKE, *where, "--configfile", str(config), "--dry-run", "--quiet", "all"]


def count_jobs(folder: str, config: Path) -> dict[str, int]:
    """Return the jobs of each rule, of the table that a dry run ends with."""
    command = [part for part in dry_run(folder, config) if part not in ("--quiet", "all")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())
    lines = done.stdout.splitlines() + done.stderr.splitlines()
    rows = (line.split() for line in lines)
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}


def environment() -> dict[str, str]:
    return os.environ | NO_NETWORK


def main() -> None:
    config = REPOSITORY / "examples" / "conus.yaml"
    with tempfile.TemporaryDirectory() as folder:
        jobs = count_jobs(folder, config)
        print(
            f"{config.name}: {jobs['total']} jobs, of them {jobs['extract_cell']} cells and "
            f"{jobs['elevation_tile']} elevation tiles"
        )
        used = run_measured(dry_run(folder, config), environment())
    rate = f"{used.cpu:.1f} CPU-s"
    rows = [
        Row("plan of the conterminous US", "20 s", rate, used.cpu / 20, high=1.0),
        Row("memory", "1 GB", f"{used.peak / 1e9:.2f} GB", used.peak / 1e9, high=1.0),
    ]
    sys.exit(0 if print_table(rows) else 1)


if __name__ == "__main__":
    main()

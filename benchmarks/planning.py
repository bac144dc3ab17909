"""How long the workflow takes to plan a run, to start its first job, and to find nothing to do.

``python benchmarks/planning.py`` prints a table and fails if a goal is missed. All of it goes
without a network. Seconds are of CPU: those of a clock are the same where nothing else runs.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import Row, print_table, run_measured
from plans import REPOSITORY, write_large_map, write_plan

SNAKEMAKE = [str(Path(sys.executable).with_name("snakemake"))]
NO_NETWORK = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
NO_NETWORK["LANDLOOM_CHECK_HOSTS"] = "no"
"""Port 9 discards, and nothing listens there: whatever is asked of a network fails at once. That no
host can be reached is not to end a run before its first job."""
TOUCH = "from snakemake.executors import touch; touch.Executor.SLEEPING_TIME = 0; "
TOUCH += "from snakemake.cli import main; main()"
"""Snakemake waits for a tenth of a second at each file whose time it changes."""
GOALS = {1_000: None, 5_000: None, 13_000: 20.0, 20_000: 40.0}
"""Targets, each a job of its own: seconds that a run may take to start its first job, or to find
that there is none. A dry run tells of every job besides, and takes longer for that."""
LARGE_MAPS = ((100_000, 1024), (100_000, 64), (1_000_000, 1024))
"""Blocks of a map, and the pixels along a side of each."""
BARE = """
rule all:
    input: [f"{{number}}.txt" for number in range({jobs})]

rule one:
    output: "{{number}}.txt"
    shell: "echo > {{output}}"
"""
"""The least that Snakemake takes for so many jobs: of one rule, without anything."""
TICK = os.sysconf("SC_CLK_TCK")


def command(folder: Path, config: Path, *options: str) -> list[str]:
    where = ["--directory", str(folder), "--snakefile", str(REPOSITORY / "Snakefile")]
    return [*SNAKEMAKE, *where, "--configfile", str(config), *options]


def environment() -> dict[str, str]:
    return os.environ | NO_NETWORK


def said(*arguments: str) -> list[str]:
    done = subprocess.run(arguments, capture_output=True, text=True, check=True, env=environment())
    return done.stdout.splitlines() + done.stderr.splitlines()


def count_jobs(folder: Path, config: Path) -> dict[str, int]:
    """Return the jobs of each rule, of the table that a dry run ends with."""
    rows = (line.split() for line in said(*command(folder, config, "--dry-run")))
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}


def plan(folder: Path, config: Path) -> tuple[float, int]:
    """Return the seconds and the bytes that a dry run takes."""
    used = run_measured(command(folder, config, "--dry-run", "--quiet", "all"), environment())
    return used.cpu, used.peak


def to_first_job(folder: Path, config: Path) -> float:
    """Return the seconds until a run tells of its first job; it is then ended."""
    run = subprocess.Popen(
        command(folder, config, "--cores", "1"),
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        start_new_session=True,
    )
    assert run.stderr is not None
    for line in run.stderr:
        if re.match(r"\[ +0 %", line):
            break
    else:
        raise RuntimeError(f"{config}: the run ended before its first job")
    fields = Path(f"/proc/{run.pid}/stat").read_text().rpartition(")")[2].split()
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    return (int(fields[11]) + int(fields[12])) / TICK


def bare(jobs: int) -> float:
    """Return the seconds of a dry run of so many jobs of the plainest kind."""
    with tempfile.TemporaryDirectory() as name:
        snakefile = Path(name) / "Snakefile"
        snakefile.write_text(BARE.format(jobs=jobs))
        where = ["--directory", name, "--snakefile", str(snakefile)]
        return run_measured([*SNAKEMAKE, *where, "--dry-run", "--quiet", "all"]).cpu


def finish(folder: Path, config: Path) -> None:
    """Make every file of a plan, empty, and have Snakemake take it for made by its rules.

    What has no suffix is a folder that a job makes as a whole.
    """
    subprocess.run(command(folder, config, "--unlock"), check=True, capture_output=True)
    for line in said(*command(folder, config, "--summary"))[1:]:
        path = folder / line.split("\t")[0]
        if "\t" in line and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch() if path.suffix else path.mkdir()
    _, *arguments = command(folder, config, "--cores", "2", "--touch", "--forceall")
    # It fails at its very end, where the workflow sums up what was made, and the files are empty.
    subprocess.run(
        [sys.executable, "-c", TOUCH, *arguments, "--quiet", "all"],
        capture_output=True,
        env=environment(),
        check=False,
    )
    assert count_jobs(folder, config) == {}


def row(what: str, seconds: float, goal: float | None) -> Row:
    told = "-" if goal is None else f"{goal:g} s"
    ratio = seconds / goal if goal else float("nan")
    return Row(what, told, f"{seconds:.1f} CPU-s", ratio, high=goal and 1.0)


def conus() -> list[Row]:
    """Plan the example of the conterminous United States."""
    config = REPOSITORY / "examples" / "conus.yaml"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        jobs = count_jobs(folder, config)
        told = f"{config.stem}: {jobs['total']} jobs, {jobs['elevation_tile']} of them tiles"
        seconds, peak = plan(folder, config)
        memory = Row("memory", "1 GB", f"{peak / 1e9:.2f} GB", peak / 1e9, high=1.0)
        return [row(told, seconds, 20.0), memory]


def sized(targets: int, goal: float | None, *, rows: bool) -> list[Row]:
    """Plan so many targets, start them, and look at them again when they are done."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = write_plan(folder, targets, rows=rows)
        jobs = count_jobs(folder, config)["total"]
        seconds, peak = plan(folder, config)
        start = to_first_job(folder, config)
        finish(folder, config)
        nothing, _ = plan(folder, config)
    least = bare(jobs)
    what = f"{targets} targets, {jobs} jobs"
    told = f"{least:.1f} CPU-s (bare jobs)"
    return [
        row(f"{what}: to the first job", start, goal),
        row(f"{what}: nothing to do", nothing, goal),
        Row(f"{what}: dry run, {peak / 1e6:.0f} MB", told, f"{seconds:.1f} CPU-s", seconds / least),
    ]


def large_map(blocks: int, block: int) -> list[Row]:
    """Plan a map of so many blocks of so many pixels along a side, which are made in sheets."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = write_large_map(folder, blocks, block)
        jobs = count_jobs(folder, config)
        seconds, peak = plan(folder, config)
        told = f"{blocks:,} blocks of {block}: {jobs['predict_block']} jobs of {jobs['total']}"
        memory = Row("memory", "1 GB", f"{peak / 1e9:.2f} GB", peak / 1e9, high=1.0)
        return [row(told, seconds, 60.0), memory]


def main() -> None:
    table = conus()
    for blocks, block in LARGE_MAPS:
        table += large_map(blocks, block)
    for targets, goal in GOALS.items():
        table += sized(targets, goal, rows=False)
    table += sized(max(GOALS), GOALS[max(GOALS)], rows=True)
    sys.exit(0 if print_table(table) else 1)


if __name__ == "__main__":
    main()

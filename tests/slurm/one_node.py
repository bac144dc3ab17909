"""Runs that submit to a Slurm of one node, on this machine."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import time
from dataclasses import dataclass

from conftest import REPOSITORY, Place, Run

PROFILE = REPOSITORY / "profiles/slurm"
HERE = [
    # The node has two CPUs, no accounting, and its jobs take seconds.
    *("--cores", "2"),
    *("--slurm-status-command", "squeue"),
    *("--slurm-init-seconds-before-status-checks", "6"),
    *("--latency-wait", "5"),
]
"""What differs from the profile on this machine."""


@dataclass(frozen=True)
class Job:
    """A job as Slurm knows it: what it is, what it asked for, and what became of it."""

    number: int
    what: str
    cpus: int
    memory: float
    """Megabytes."""
    minutes: float
    state: str

    @classmethod
    def parse(cls, line: str) -> Job:
        number, what, cpus, memory, limit, state = line.split("|")
        megabytes = float(memory[:-1]) * {"M": 1, "G": 1024}[memory[-1]]
        days, _, clock = limit.rpartition("-")
        seconds = 0
        for part in clock.split(":"):
            seconds = 60 * seconds + int(part)
        minutes = 1440 * int(days or 0) + seconds / 60
        return cls(int(number), what, int(cpus), megabytes, minutes, state)


class Slurm:
    """Runs of the workflow that submit to Slurm, and the jobs that Slurm got from them."""

    def __init__(self) -> None:
        self.seen = 0

    def run(self, place: Place, *arguments: str) -> Run:
        """Run the demo, or what is configured in a place that has inputs."""
        self.seen = max((job.number for job in self.all_jobs()), default=0)
        profile = ["--profile", str(PROFILE), *HERE]
        if (place.folder / "in").exists():
            return place.run(*profile, *arguments)
        return place.snakemake(*profile, *arguments)

    def all_jobs(self) -> list[Job]:
        told = subprocess.run(
            ["squeue", "--states=all", "--noheader", "--sort=i", "--format=%i|%k|%C|%m|%l|%T"],
            capture_output=True,
            text=True,
            check=True,
        )
        return [Job.parse(line) for line in told.stdout.splitlines()]

    def jobs(self, what: str = "") -> list[Job]:
        """Return the jobs of the latest run, in order; those of a rule or a group."""
        return [job for job in self.all_jobs() if job.number > self.seen and what in job.what]

    def cancel_first(self, what: str) -> None:
        """Wait for a job of a rule or a group to begin, and end it."""
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            for job in self.jobs(what):
                if job.state == "RUNNING":
                    subprocess.run(["scancel", str(job.number)], check=True)
                    return
            time.sleep(0.2)
        raise TimeoutError(f"no job of {what} has begun: {self.jobs()}")


def hindrance() -> str | None:
    """Return why Slurm cannot be started here."""
    needed = ["slurmctld", "slurmd", "sbatch", "squeue", "munged"]
    missing = [command for command in needed if shutil.which(command) is None]
    if missing:
        return (
            f"{', '.join(missing)} not found: apt-get install slurmctld slurmd slurm-client munge"
        )
    if importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        return "the plug-in is not installed: pip install -r profiles/slurm/requirements.txt"
    if os.geteuid() != 0:
        return "starting Slurm takes root, which this is not"
    return None

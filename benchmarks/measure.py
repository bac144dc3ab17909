"""Measuring: CPU time and peak memory, repeats that take turns, and a table of goals.

Run as a program, ``python measure.py COMMAND...`` runs a command and prints what it used, as JSON.
A process's peak counts from before its program is loaded, so whatever its parent held would be
taken for the child's; a parent this small holds next to nothing.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median

_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""What `ru_maxrss` counts in: bytes on macOS, kibibytes on Linux."""


@dataclass(frozen=True)
class Usage:
    """What a process used: seconds of CPU, its children's too; bytes of memory at its peak.

    `read` counts the bytes that its calls to read files gave it, also those that the system had in
    memory; None where the system does not tell. Its children's are not in it.
    """

    status: int
    cpu: float
    peak: int
    read: int | None


@dataclass(frozen=True)
class Row:
    """One line of the table. `low` and `high` bound the ratio; None leaves that side open.

    A row without bounds is there to be read, and cannot fail.
    """

    what: str
    baseline: str
    ours: str
    ratio: float
    low: float | None = None
    high: float | None = None

    @property
    def held(self) -> bool:
        low = -float("inf") if self.low is None else self.low
        high = float("inf") if self.high is None else self.high
        return low <= self.ratio <= high

    @property
    def goal(self) -> str:
        if self.low is None and self.high is None:
            return "-"
        if self.low is None or self.high is None:
            return f"at most {self.high:g}" if self.low is None else f"at least {self.low:g}"
        return f"{self.low:g} to {self.high:g}"


def cpu_time(work: Callable[[], object]) -> float:
    """Return the CPU seconds that this process, all its threads, spends on some work."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run_measured(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Usage:
    """Run a command in a process of its own and return what it used.

    Raises
    ------
    subprocess.CalledProcessError
        Where it fails; what it wrote to standard error has been shown.
    """
    done = subprocess.run(
        [sys.executable, "-I", "-S", __file__, *command],
        env=dict(os.environ if environment is None else environment),
        stdout=subprocess.PIPE,
        check=True,
    )
    usage = Usage(**json.loads(done.stdout))
    if usage.status:
        raise subprocess.CalledProcessError(usage.status, list(command))
    return usage


def take_turns(works: Mapping[str, Callable[[], float]], repeats: int) -> dict[str, float]:
    """Measure several works in turn, so that a slow minute of the machine hits all of them.

    Returns
    -------
    dict
        The median of each.
    """
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            found[name].append(work())
    return {name: median(values) for name, values in found.items()}


def print_table(rows: Sequence[Row]) -> bool:
    """Print what was measured and return whether every goal was held."""
    lines = [("what", "baseline", "ours", "ratio", "goal", "held?")]
    for row in rows:
        held = "-" if row.goal == "-" else "yes" if row.held else "NO"
        lines.append((row.what, row.baseline, row.ours, f"{row.ratio:.3g}", row.goal, held))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, tuple("-" * width for width in widths))
    for line in lines:
        print(" | ".join(map(str.ljust, line, widths)).rstrip())
    return all(row.held for row in rows)


def _run_and_report(command: Sequence[str]) -> None:
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    read = _bytes_read(child.pid)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    peak = used.ru_maxrss * _RSS_UNIT
    print(json.dumps(asdict(Usage(child.returncode, used.ru_utime + used.ru_stime, peak, read))))


def _bytes_read(pid: int) -> int | None:
    """Wait for a process to end, and return the bytes that it has read."""
    if sys.platform != "linux":
        return None
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    try:
        with open(f"/proc/{pid}/io") as file:  # noqa: PTH123 - pathlib takes memory
            return int(file.readline().removeprefix("rchar:"))
    except OSError:
        return None


if __name__ == "__main__":
    _run_and_report(sys.argv[1:])

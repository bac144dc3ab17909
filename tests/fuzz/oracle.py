"""What an end of some work has to be: a result, or one message that helps; nothing else.

Work is done in a process of its own, so that a crash, a hang and its memory are seen as well.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from landloom.job.runner import peak_memory

PATIENCE = 60.0
"""Seconds after which work hangs."""
MOST_MEMORY = 10**9
"""Bytes that work may take beyond what the process held when it began."""

_KEY = re.compile(r"\b(dataset|map|figures|demo)\.[a-z]\w*|\bconfig: \S")
_REMEDY = re.compile(
    r"\b(add|ask|begin|check|choose|close|convert|correct|delete|did you mean|fetch|give|indent|"
    r"keep|known here|leave|list tiles|look at|lower|make|must|"
    r"name (a|an|files|it|other|rasters|the)|needs|put|raise|remove|rename|"
    r"save|see to|set|shorten|takes?|use|warp|write)\b"
)
_LONGEST = 8000
"""Letters of a message."""
_NEVER = ("Traceback", "defect", "Segmentation", "pydantic", "Warning:", "ERROR 1")


@dataclass(frozen=True)
class Ending:
    """How some work ended.

    Attributes
    ----------
    code
        Its exit status; minus the signal that killed it.
    said
        What stands on standard error and output.
    seconds
        How long it took.
    memory
        Bytes that it took at most, beyond what there was before.
    hung
        Whether it did not end by itself.
    """

    code: int
    said: str
    seconds: float
    memory: int = 0
    hung: bool = False


def ended(work: Callable[[], object], folder: Path) -> Ending:
    """Do some work in a folder, in a process of its own, and return how it ended."""
    told = folder / "said.txt"
    told.touch()
    starting, before = time.monotonic(), _resident()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        _as_a_job(work, folder, told)
    status = None
    while status is None and time.monotonic() - starting < PATIENCE:
        found, waited, usage = os.wait4(child, os.WNOHANG)
        status = waited if found else None
        time.sleep(0.002)
    hung = status is None
    if hung:
        os.kill(child, signal.SIGKILL)
        _, status, usage = os.wait4(child, 0)
    seconds = time.monotonic() - starting
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    said = told.read_text(encoding="utf-8", errors="replace")
    return Ending(os.waitstatus_to_exitcode(status), said, seconds, peak - before, hung)


def _resident() -> int:
    """Return the bytes of this process that one forked from it begins with."""
    with suppress(OSError):
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        return int(status.split("RssAnon:")[1].split()[0]) * 1024
    return peak_memory()


def _as_a_job(work: Callable[[], object], folder: Path, told: Path) -> None:
    """Work and end, as a job's process does; never returns."""
    code = 1
    try:
        os.chdir(folder)
        file = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, 1)
        os.dup2(file, 2)
        sys.stdout = os.fdopen(1, "w", closefd=False)
        sys.stderr = os.fdopen(2, "w", closefd=False)
        os.fsync = lambda _: None  # what a disk does is not what is tried
        try:
            work()
            code = 0
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 1
            if isinstance(error.code, str):
                print(error.code, file=sys.stderr)
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def fault(ending: Ending, names: Iterable[str], product: Path | None = None) -> str | None:
    """Return what is wrong with an ending, beginning with what tells it from other faults.

    Parameters
    ----------
    ending
        How the work ended.
    names
        Names of files that a message may name, if it names no key.
    product
        What has to be there after a good end.
    """
    said = ending.said
    if ending.hung:
        return f"hangs for {ending.seconds:.0f} s"
    if ending.memory > MOST_MEMORY:
        return f"takes {ending.memory / 1e6:.0f} MB"
    if ending.code < 0:
        return f"dies of signal {-ending.code}: {said[-300:]}"
    for word in _NEVER:
        if word in said:
            return f"{word}: {_last_line(said)}\n{said[-3000:]}"
    if ending.code == 0:
        return f"made no {product.name}" if product and not product.exists() else None
    lines = message(said)
    if not lines:
        return "ends without a message"
    if not any(name in lines for name in names) and not _KEY.search(lines):
        return f"names neither file nor key: {lines}"
    if not all(line.isprintable() for line in lines.splitlines()) or len(lines) > _LONGEST:
        return f"cannot be shown: {lines!r}"
    if not _REMEDY.search(lines):
        return f"tells no remedy: {lines}"
    return None


def message(said: str) -> str:
    """Return what was said last, without the notes before."""
    return "\n".join(
        line for line in said.strip().splitlines() if line.strip() and not line.startswith("Note: ")
    )


def _last_line(said: str) -> str:
    return said.strip().splitlines()[-1][:200]


def pattern(text: str) -> str:
    """Return a message without its numbers and names, to tell how many kinds there are."""
    return re.sub(r"'[^']*'|\S*/\S*|[-+]?\d[\d.,e+-]*", "#", text)[:160]


@dataclass
class Tally:
    """What became of the cases of an attack."""

    attack: str
    outcomes: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    example: dict[str, str] = field(default_factory=dict)
    faults: dict[str, tuple[str, str]] = field(default_factory=dict)

    def judge(
        self, case: object, ending: Ending, names: Iterable[str], product: Path | None = None
    ) -> None:
        """Count a case, and keep it where its end is at fault."""
        if found := fault(ending, names, product):
            self.outcomes["at fault"] += 1
            self.faults.setdefault(pattern(found), (repr(case), found))
        elif ending.code == 0:
            self.outcomes["made"] += 1
        else:
            self.outcomes["refused"] += 1
            kind = pattern(message(ending.said))
            self.told[kind] += 1
            self.example.setdefault(kind, f"{message(ending.said)[:300]} <- {repr(case)[:200]}")

    def check(self) -> None:
        """Fail where a case was at fault: one of each kind is shown."""
        TALLIES.append(self)
        shown = "\n\n".join(f"{case}\n{found}" for case, found in self.faults.values())
        assert not self.faults, f"{self.attack}: {len(self.faults)} kinds of faults\n{shown}"


TALLIES: list[Tally] = []
"""Of all tests that have run in this process."""

"""Sessions: a run that was started with all of its processes in one, looked at and killed."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress

import psutil


def members(session: int) -> Iterator[psutil.Process]:
    """Give the processes of a session that are alive."""
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                yield process


def kill_all(run: subprocess.Popen[str]) -> None:
    """Kill the leader of a session and all that belongs to it, and wait until nothing is left."""
    with suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    while left := list(members(run.pid)):
        for process in left:
            process.kill()

"""Where libraries keep what they need again, for users without a home to write to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

FALLBACK = Path(".snakemake/landloom/caches")
"""Below the folder of the run, which can be written to or nothing can be made."""


def caches(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what to add to the environment, so that no library looks for a home in vain.

    Matplotlib would make a folder for each job, and tell of it each time.

    Parameters
    ----------
    environment
        Nothing that it says already is changed.
    """
    home = Path(environment.get("HOME") or "~").expanduser()
    fallback = FALLBACK.absolute()
    added = {}
    cache = Path(environment.get("XDG_CACHE_HOME") or home / ".cache")
    if not _can_be_written_to(cache) and "XDG_CACHE_HOME" not in environment:
        added["XDG_CACHE_HOME"] = str(fallback)
    settings = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    writable = _can_be_written_to(cache) and _can_be_written_to(settings)
    if not writable and "MPLCONFIGDIR" not in environment:
        added["MPLCONFIGDIR"] = str(fallback / "matplotlib")
    return added


def _can_be_written_to(folder: Path) -> bool:
    """Return whether files can be made in a folder, which may have to be made itself."""
    folder = folder.absolute()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)

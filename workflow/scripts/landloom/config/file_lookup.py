"""Where the files that a configuration names are looked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEMO = "resources/demo"
"""The folder of the demo world's files."""

_DEMO_FILES = {
    f"{DEMO}/{name}.tif" for name in ("landcover", "embedding", "embedding_later", "worldcover")
}


def is_there(path: str) -> bool:
    """Return whether there is a file or a folder; no name is too long for the question."""
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


@dataclass(frozen=True)
class FileLookup:
    """What is known about files where the workflow runs.

    Attributes
    ----------
    made
        Tells whether one of the workflow's own rules makes a file.
    moved
        Tells where a path leads: elsewhere, in a module with a prefix.
    shared
        Whether another workflow, which uses this one as a module, makes files too.
    """

    made: Callable[[str], bool]
    moved: Callable[[str], str] = str
    shared: bool = False

    def has(self, path: str) -> bool:
        """Return whether a file is there, or one of the workflow's own rules makes it."""
        return self.made(path) or is_there(self.moved(path))

    def may_have(self, path: str) -> bool:
        """Return whether a file is there or may be made by anyone; nobody makes a mere word."""
        return self.has(path) or (self.shared and not re.fullmatch(r"[\w-]+", path))


def made_by_a_rule(path: str, config: Mapping[str, Any]) -> bool:
    """Return whether one of the workflow's own rules makes a file.

    Parameters
    ----------
    path
        As a configuration names it.
    config
        The configuration, which need not have been checked yet.
    """
    downloads, demo = config.get("downloads"), config.get("demo")
    if isinstance(downloads, dict) and path in downloads:
        return True
    if not isinstance(demo, dict):
        return False
    tile = re.fullmatch(rf"{DEMO}/elevation/([NS]\d\d[EW]\d{{3}})\.tif", path)
    if tile:
        missing = demo.get("missing_tiles", [])
        return not (isinstance(missing, list) and tile[1] in missing)
    return path in _DEMO_FILES

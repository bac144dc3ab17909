"""Where the files that a configuration names are looked for."""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Any

_LOOKED_THROUGH = 5000
"""Names of a folder among which the nearest to a mistyped one is looked for."""

_BESIDE = 10
"""Names on either side of a mistyped one in order, forwards or backwards, that are compared."""

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

    def nearest(self, path: str) -> str | None:
        """Return the file that a mistyped path is most like, where one is like it."""
        made = [name for name in sorted(_DEMO_FILES) if self.made(name)]
        return next(iter(get_close_matches(path, made, n=1, cutoff=0.9)), None) or (
            nearest_file(path) if self.moved(path) == path else None
        )

    def remedy(self, path: str) -> str:
        """Return what to do about a path where no file is, for the end of a message."""
        near = self.nearest(path)
        return f"did you mean '{near}'?" if near else "correct the path"


def nearest_file(path: str) -> str | None:
    """Return the path that is there and differs least: folder by folder, then by the file's name.

    None where a part is like nothing that lies in its folder.
    """
    found = Path(Path(path).anchor)
    for part in Path(path).parts[bool(found.anchor) :]:
        if part != ".." and not is_there(str(found / part)):
            try:
                with os.scandir(found) as entries:
                    names = {e.name.lower(): e.name for e in islice(entries, _LOOKED_THROUGH)}
            except OSError:
                return None
            likely = _beside(part.lower(), names)
            near = get_close_matches(part.lower(), likely, n=1, cutoff=0.7)
            if not near:
                return None
            part = names[near[0]]
        found /= part
    return str(found) if found.is_file() else None


def _beside(name: str, names: Collection[str]) -> list[str]:
    """Return, of many names, those that begin or end most like one; in order.

    To compare a name with thousands takes seconds, and of a list of tiles all may be missing.
    """
    found: set[str] = set()
    for step in (1, -1):
        ordered, place = sorted(each[::step] for each in names), name[::step]
        at = bisect_left(ordered, place)
        found.update(each[::step] for each in ordered[max(at - _BESIDE, 0) : at + _BESIDE])
    return sorted(found)


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

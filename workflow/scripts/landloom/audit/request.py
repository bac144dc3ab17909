"""What is asked for on the command line: files, and how they are to be read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from landloom.errors import LandloomError
from landloom.map.vector_file import VectorFile

SUFFIXES = (".csv", ".gpkg")


@dataclass(frozen=True)
class Size:
    """Side of the square that each point stands for.

    Attributes
    ----------
    value
        How long it is.
    in_pixels
        Whether in pixels of the raster, else in metres.
    """

    value: float
    in_pixels: bool

    @classmethod
    def of(cls, text: str) -> Size:
        """Read a size such as ``80px``, ``2400`` or ``2400m``.

        Raises
        ------
        LandloomError
            It is none.
        """
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(px|m|km)?\s*", text)
        value = float(found[1]) if found else 0.0
        if found is None or not value > 0 or (found[2] == "px" and value % 1):
            raise LandloomError(
                f"--size: {text!r} is no size; give whole pixels, such as 80px (with --raster), or "
                "metres, such as 2400"
            )
        return cls(value * (1000 if found[2] == "km" else 1), found[2] == "px")


@dataclass(frozen=True)
class Request:
    """What is to be read, and how.

    Attributes
    ----------
    paths
        A file of footprints, a folder of rasters, or a list of rasters, for each set.
    names
        Of the sets; empty for those of the files.
    split
        The column that tells the sets of one file.
    label
        A column to name footprints by.
    layer
        The layer of files that have several.
    crs
        The CRS of files that tell none.
    size
        What points stand for.
    """

    paths: tuple[str, ...]
    names: tuple[str, ...] = field(default=())
    split: str | None = None
    label: str | None = None
    layer: str | None = None
    crs: str | None = None
    size: Size | None = None

    @property
    def columns(self) -> list[str]:
        """The columns that are to be read."""
        return [name for name in (self.split, self.label) if name]

    def file(self, path: str) -> AuditFile:
        """Return a file of footprints, for those that read layers."""
        return AuditFile(path, path, "--layer", self.layer)


class AuditFile(VectorFile):
    """A layer of a file that the command line names."""

    @property
    def layer_key(self) -> str:
        """What names the layer, for messages."""
        return self.key


def set_names(paths: tuple[str, ...], given: tuple[str, ...]) -> list[str]:
    """Return a name for each set: those given, or the shortest ends of paths that tell them apart.

    Raises
    ------
    LandloomError
        There are more or fewer than sets, or one comes twice.
    """
    if given:
        if len(given) != len(paths):
            raise LandloomError(
                f"--name: {len(given)} names for {len(paths)} sets; give one for each, in order"
            )
        if twice := sorted({name for name in given if given.count(name) > 1}):
            raise LandloomError(f"--name: {twice[0]!r} is given twice; give each set its own")
        return list(given)
    parts = [Path(path).resolve().with_suffix("").parts for path in paths]
    for length in range(1, max(map(len, parts)) + 1):
        names = ["/".join(one[-length:]) for one in parts]
        if len(set(names)) == len(names):
            return names
    return list(paths)

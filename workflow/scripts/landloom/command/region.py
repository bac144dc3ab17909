"""The box of a region as a user gives it: four numbers, or a GeoJSON file that it encloses."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from landloom.command.parsing import UsageError
from landloom.dataset.cells import CellGrid
from landloom.raster.bounds import Bounds

_SIDES = ("west", "south", "east", "north")
_OUTWARD = 1e6
"""The box of a file is rounded outward to so many parts of a degree, a tenth of a metre."""

_PATCHES_OF_A_CELL = 2.5
"""Patches along a cell, so that a split has cells to choose from and these have patches."""

_FEWEST, _MOST = 4, 50


def parse_region(text: str) -> Bounds:
    """Return the box that a text names.

    Parameters
    ----------
    text
        ``west,south,east,north`` in degrees, or the path of a GeoJSON file.

    Raises
    ------
    UsageError
        It is neither, or no box.
    """
    parts = [part for part in re.split(r"[,;\s]+", text.strip()) if part]
    numbers = [number for part in parts if (number := _number(part)) is not None]
    if len(numbers) == len(parts) == 4:
        return _checked((numbers[0], numbers[1], numbers[2], numbers[3]), text)
    if text.lower().endswith((".geojson", ".json")) or Path(text).is_file():
        return _checked(_enclosing(text), text)
    raise UsageError(
        f"--region {text}: must be west,south,east,north in degrees, as 5.05,52.05,5.25,52.15, or "
        "a GeoJSON file"
    )


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _checked(box: Bounds, text: str) -> Bounds:
    west, south, east, north = box
    limits = ((-180, 180), (-90, 90)) * 2
    for side, value, (low, high) in zip(_SIDES, box, limits, strict=True):
        if not low <= value <= high:
            hint = "; the order is west,south,east,north" if abs(value) <= 180 else ""
            raise UsageError(f"--region {text}: {side}: {value:g} is no degree of it{hint}")
    if west >= east or south >= north:
        raise UsageError(
            f"--region {text}: west must be less than east, and south less than north; the order "
            "is west,south,east,north"
        )
    return box


def _enclosing(path: str) -> Bounds:
    """Return the box round all places of a GeoJSON file."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"--region {path}: {error.strerror}; correct the path") from None
    except (ValueError, RecursionError):
        raise UsageError(f"--region {path}: is not GeoJSON; export it as such") from None
    crs = json.dumps(content.get("crs") if isinstance(content, dict) else None)
    if crs != "null" and not re.search(r"CRS84|EPSG:+4326\b", crs):
        raise UsageError(f"--region {path}: has a CRS of its own; export it in EPSG:4326")
    places = list(_places(content))
    if not places:
        raise UsageError(f"--region {path}: has no shapes; give a file with some")
    xs, ys = zip(*places, strict=True)
    return (
        math.floor(min(xs) * _OUTWARD) / _OUTWARD,
        math.floor(min(ys) * _OUTWARD) / _OUTWARD,
        math.ceil(max(xs) * _OUTWARD) / _OUTWARD,
        math.ceil(max(ys) * _OUTWARD) / _OUTWARD,
    )


def _places(content: Any) -> Iterator[tuple[float, float]]:  # noqa: ANN401
    """Yield the places of GeoJSON, wherever they are in it."""
    waiting = [content]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            kinds = ("features", "geometry", "geometries", "coordinates")
            waiting += [part[kind] for kind in kinds if kind in part]
        elif isinstance(part, list):
            if len(part) > 1 and all(_is_number(value) for value in part[:2]):
                yield float(part[0]), float(part[1])
            else:
                waiting += part


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def cells_aside(box: Bounds, patch: float) -> int:
    """Return into how many cells each side of a region may be cut, for a few patches in each.

    Parameters
    ----------
    box
        The region.
    patch
        Side of a patch on the ground, in metres.
    """
    side = math.sqrt(CellGrid(box, 1).cell_area())
    return min(max(round(side / (_PATCHES_OF_A_CELL * patch)), _FEWEST), _MOST)

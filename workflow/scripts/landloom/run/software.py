"""Which versions of other packages results were made with: told where they change, and kept.

What was made stays, for most upgrades change no byte. The versions that a run began with are kept
in its results, and a job's digest of code counts these, not those that are installed; so that what
an upgrade concerns is made anew when that record is deleted, and only then.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from landloom.errors import LandloomError

_OF_RASTERS = ("rasterio", "GDAL")
_OF_TABLES = ("pandas", "pyarrow")

BROUGHT: Mapping[str, tuple[str, ...]] = {
    "bokeh": ("bokeh",),
    "cv2": ("opencv-python-headless",),
    "elevation": ("elevation",),
    "geopandas": ("geopandas", "pandas", "pyogrio", "shapely", "pyproj", "GDAL"),
    "matplotlib": ("matplotlib", "pillow"),
    "numba": ("numba", "numpy"),
    "numpy": ("numpy",),
    "pandas": _OF_TABLES,
    "PIL": ("pillow",),
    "pyarrow": ("pyarrow",),
    "pyogrio": ("pyogrio", "GDAL"),
    "pyproj": ("pyproj",),
    "rasterio": _OF_RASTERS,
    "scipy": ("scipy",),
    "shapely": ("shapely",),
    "sklearn": ("scikit-learn", "scipy", "joblib", "numpy"),
    "zarr": ("zarr",),
}
"""Modules of others that ours import, and the packages on which it hangs what these do."""


def installed() -> dict[str, str]:
    """Return the versions of the packages that are installed here, by name.

    GDAL has a version of its own where conda brought it; in wheels, it changes with its package.
    """
    found = {}
    for name in sorted({name for names in BROUGHT.values() for name in names}):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    conda = sorted(Path(sys.prefix, "conda-meta").glob("libgdal-core-*.json"))
    return found | ({"GDAL": conda[-1].name.split("-")[2]} if conda else {})


def recorded_versions(path: str | Path) -> dict[str, str]:
    """Return the versions that results were made with; none where there is no record of them.

    Raises
    ------
    LandloomError
        If the record is spoilt.
    """
    try:
        kept = json.loads(Path(path).read_text(encoding="utf-8"))
        if isinstance(kept, dict) and all(isinstance(text, str) for text in kept.values()):
            return kept
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except ValueError:
        pass
    raise LandloomError(
        f"{path}: is no record of versions; delete it, and what was made with others than are "
        "installed is made anew"
    )


def differences(made_with: Mapping[str, str], now: Mapping[str, str], path: str) -> str | None:
    """Return what to say where results were made with other versions than are installed.

    Parameters
    ----------
    made_with, now
        Versions by name. What is in one of them alone is not spoken of.
    path
        The record.
    """
    changed = [
        f"{name} {made_with[name]} (now {now[name]})"
        for name in sorted(made_with.keys() & now.keys())
        if made_with[name] != now[name]
    ]
    if not changed:
        return None
    return (
        f"results were made with {', '.join(changed)}; they stay as they are. To make anew what "
        f"this concerns, delete {path}"
    )


def concerning(modules: Iterable[str], versions: Mapping[str, str]) -> list[str]:
    """Return the versions on which code hangs that imports some modules, as lines."""
    names = {name for module in modules for name in BROUGHT.get(module, ())}
    return [f"{name} {versions[name]}" for name in sorted(names & versions.keys())]

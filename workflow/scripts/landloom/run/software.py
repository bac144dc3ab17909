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


def recorded_versions(path: str | Path) -> dict[str, list[str]] | None:
    """Return the versions of each package that results were made with; None without a record.

    The first is the one that digests of code count.

    Raises
    ------
    LandloomError
        If the record is spoilt.
    """
    try:
        kept = json.loads(Path(path).read_text(encoding="utf-8"))
        if isinstance(kept, dict) and all(map(_are_versions, kept.values())):
            return kept
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:
        pass
    raise LandloomError(
        f"{path}: is no record of versions; delete it, and what was made with others than are "
        "installed is made anew"
    )


def _are_versions(value: object) -> bool:
    return isinstance(value, list) and value != [] and all(isinstance(one, str) for one in value)


def with_versions(
    kept: Mapping[str, list[str]] | None, now: Mapping[str, str]
) -> dict[str, list[str]]:
    """Return a record of versions after a run with those that are installed.

    A package that it lacks stays out until it is begun anew: digests would change for it.
    """
    if kept is None:
        return {name: [version] for name, version in now.items()}
    return {
        name: [*versions, now[name]] if now.get(name, versions[0]) not in versions else versions
        for name, versions in kept.items()
    }


def first_versions(kept: Mapping[str, list[str]]) -> dict[str, str]:
    """Return the versions of a record that digests of code count."""
    return {name: versions[0] for name, versions in kept.items()}


def differences(kept: Mapping[str, list[str]], now: Mapping[str, str], path: str) -> str | None:
    """Return what to say where results were made with other versions than are installed.

    Parameters
    ----------
    kept, now
        Versions by name. What is in one of them alone is not spoken of.
    path
        The record.
    """
    changed = [
        f"{name} {' and '.join(kept[name])} (now {now[name]})"
        for name in sorted(kept.keys() & now.keys())
        if kept[name] != [now[name]]
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

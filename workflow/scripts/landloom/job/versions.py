"""Versions of the packages that results hang on: what a product names to be made again."""

from __future__ import annotations

from importlib import import_module

_TOLD_BY = {
    "GDAL": ("rasterio", "__gdal_version__"),
    "OpenCV": ("cv2", "__version__"),
    "PROJ": ("pyproj", "__proj_version__"),
    "scikit-learn": ("sklearn", "__version__"),
}
"""What tells a version, where that is not the package's own `__version__`."""


def versions_of(*names: str) -> dict[str, str]:
    """Return the versions of packages, and of the libraries that come with them, by name."""
    told = {name: _TOLD_BY.get(name, (name, "__version__")) for name in names}
    return {name: getattr(import_module(module), what) for name, (module, what) in told.items()}

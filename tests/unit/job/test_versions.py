"""Versions are told as packages and libraries tell them."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from rasterio import __gdal_version__

from landloom.job.versions import versions_of


def test_packages_are_told_by_the_names_they_are_installed_by():
    names = ("numpy", "scikit-learn", "affine", "pyarrow", "rasterio", "scipy")
    assert versions_of(*names) == {name: version(name) for name in names}


def test_libraries_are_told_too():
    told = versions_of("GDAL", "PROJ", "OpenCV")
    assert told["GDAL"] == __gdal_version__
    assert version("opencv-python-headless").startswith(told["OpenCV"])
    assert told["PROJ"][0].isdigit()


def test_what_is_not_installed_is_an_error():
    with pytest.raises(ModuleNotFoundError):
        versions_of("no_such_package")

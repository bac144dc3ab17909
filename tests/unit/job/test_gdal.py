"""GDAL's options, through the environment."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio

from landloom.job.gdal import OPTIONS, set_gdal_options

PACKAGE = Path(__file__).parents[3] / "workflow" / "scripts"

READ_ALL = """
import psutil, sys
from landloom.job.gdal import set_gdal_options
set_gdal_options()
import rasterio
held = lambda: psutil.Process().memory_info().rss / 2**20
rasters = [rasterio.open(path) for path in sys.argv[1:]]
rasters[0].read(1)
before = held()
for raster in rasters:
    raster.read(1)
print(held() - before)
"""


@pytest.fixture
def environment(monkeypatch):
    for name in list(os.environ):
        if name.startswith(("AWS_", "GDAL_", "VSI_", "CPL_", "GS_", "GOOGLE_")):
            monkeypatch.delenv(name)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    return os.environ


class TestOptions:
    def test_all_are_set(self, environment):
        set_gdal_options()
        assert {name: environment[name] for name in OPTIONS} == OPTIONS
        assert environment["AWS_NO_SIGN_REQUEST"] == "YES"
        assert environment["GS_NO_SIGN_REQUEST"] == "YES"

    def test_the_users_go_before(self, environment):
        environment["GDAL_HTTP_MAX_RETRY"] = "9"
        set_gdal_options()
        assert environment["GDAL_HTTP_MAX_RETRY"] == "9"

    @pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_PROFILE"])
    def test_with_credentials_requests_are_signed(self, environment, name):
        environment[name] = "x"
        set_gdal_options()
        assert "AWS_NO_SIGN_REQUEST" not in environment
        assert environment["GS_NO_SIGN_REQUEST"] == "YES"

    @pytest.mark.parametrize("name", ["GOOGLE_APPLICATION_CREDENTIALS", "GS_ACCESS_KEY_ID"])
    def test_each_store_has_credentials_of_its_own(self, environment, name):
        environment[name] = "x"
        set_gdal_options()
        assert "GS_NO_SIGN_REQUEST" not in environment
        assert environment["AWS_NO_SIGN_REQUEST"] == "YES"

    def test_what_the_machine_has_counts_where_it_is_said(self, environment):
        environment["GS_NO_SIGN_REQUEST"] = "NO"
        set_gdal_options()
        assert environment["GS_NO_SIGN_REQUEST"] == "NO"

    def test_certificates_that_others_trust_are_trusted(self, environment):
        environment |= {"CURL_CA_BUNDLE": "", "SSL_CERT_FILE": "a.pem", "REQUESTS_CA_BUNDLE": "b"}
        set_gdal_options()
        assert environment["GDAL_CURL_CA_BUNDLE"] == "a.pem"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_of_rasters_that_are_here_gdal_keeps_no_more_than_its_cache(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 255, (1, 2000, 2000), np.uint8)
    paths = [tmp_path / f"{number}.tif" for number in range(25)]
    for path in paths:
        with rasterio.open(path, "w", "GTiff", 2000, 2000, 1, dtype="uint8") as raster:
            raster.write(pixels)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READ_ALL, *paths],
        env=os.environ | {"PYTHONPATH": str(PACKAGE)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout) < float(OPTIONS["GDAL_CACHEMAX"]) + 20, "MB, of 100"

"""The probe: a line for each address, on loopback, and which failures count."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from affine import Affine
from public_copies import BARE_TIFF, FIRST, SECOND, SERVICE, coverage_service, regional, write_whole
from server import Fault

from landloom.errors import LandloomError
from landloom.sources.probe import chosen

PACKAGE = Path(__file__).parents[3] / "workflow" / "scripts"
UTAH = Affine(30, 0, -1_511_085, 0, -30, 1_733_805)


@pytest.mark.slow
def test_every_address_has_its_line(server, tmp_path):
    def probe() -> tuple[int, list[str]]:
        inherited = {name: value for name, value in os.environ.items() if "CURL_CA" not in name}
        done = subprocess.run(
            [sys.executable, "-m", "landloom.sources.probe", "nlcd-2021"],
            env=inherited | server.environment | {"PYTHONPATH": str(PACKAGE)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == ""
        return done.returncode, done.stdout.splitlines()[1:]

    body = regional(tmp_path / "a.tif", transform=UTAH)
    whole = write_whole(tmp_path / "a.tif", tmp_path / "whole.tif")
    server.put(FIRST, body)
    server.put(SECOND, regional(tmp_path / "b.tif", transform=UTAH, dtype="uint16"))
    server.offer(SERVICE, coverage_service(whole))
    code, lines = probe()
    assert code == 0
    assert [line.split()[:2] for line in lines] == [
        ["nlcd-2021", "data.source.coop"],
        ["nlcd-2021", "s3.us-west-2.amazonaws.com"],
        ["nlcd-2021", "dmsdata.cr.usgs.gov"],
    ]
    assert [line.split(" s  ")[1] for line in lines] == [
        "answers",
        "differs: has another type than the dataset: uint16, not uint8",
        "answers",
    ]
    server.misbehave(FIRST, Fault("wrong", body=BARE_TIFF))
    code, lines = probe()
    assert code == 1
    assert "refuses: answers with a bare TIFF header" in lines[0]


def test_the_first_and_last_year_of_each_are_looked_at():
    assert [source.name for source in chosen([])] == [
        "nlcd-1985", "nlcd-2024", "mapbiomas-1985", "mapbiomas-2024", "worldcover-2020",
        "worldcover-2021", "alphaearth-2017", "alphaearth-2025", "tessera-2017", "tessera-2024",
        "tessera-v1.1-2017", "tessera-v1.1-2025", "COP30",
    ]  # fmt: skip
    assert [source.name for source in chosen(["COP30"])] == ["COP30"]
    with pytest.raises(
        LandloomError, match="SRTM3: no dataset with addresses; name COP30, alphaearth-YEAR"
    ):
        chosen(["SRTM3"])

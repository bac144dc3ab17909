"""A store in the public layout, over real HTTPS: its numbers, few requests, faults in words."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from public_tessera import FIRST, SECOND, tessera_numbers, write_tessera_zone
from server import Fault, Server

from landloom.map.named.tessera import read, windows
from landloom.map.named.tessera_store import TesseraStore, open_store
from landloom.map.named.windows import NamedWindow
from landloom.sources.asking import Haste, RefusedError

PACKAGE = Path(__file__).parents[4] / "workflow/scripts/landloom"

TRANSFORM = Affine(10, 0, 499_000, 0, -10, 500)
REGION = (2.9945, -0.0035, 3.0035, 0.0035)
QUICK = Haste(connect=2.0, silence=0.5, whole=2.0)
STORE = f"{FIRST}/v1"
EMBEDDINGS = f"{STORE}/utm31/embeddings/c/0/0/0/0"
SCALES = f"{STORE}/utm31/scales/c/0/0/0"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The public address of a store of one zone, in shards; a single one holds all."""
    embeddings, scales = tessera_numbers((100, 150))
    scales[0, :30] = np.nan
    folder = tmp_path / "site" / STORE
    write_tessera_zone(folder, 31, TRANSFORM, embeddings, scales, [2021], 16, 256)
    with Server(tmp_path / "site").running() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


def remote(release: str = STORE) -> TesseraStore:
    return open_store(f"https://{release}/", QUICK, pause=0.0)


def whole(store: TesseraStore, window: NamedWindow) -> np.ndarray:
    values = np.zeros((128, *window.box.shape), np.float32)
    for box, piece in read(store, window, 2021):
        values[:, *box.within(window.box)] = piece
    return values


def refusal(call) -> tuple[str, str]:
    with pytest.raises(RefusedError) as refused:
        call()
    return refused.value.kind, str(refused.value)


@pytest.mark.usefixtures("site")
def test_an_address_gives_what_its_folder_does(tmp_path):
    local = open_store(str(tmp_path / "site" / STORE))
    assert windows(remote(), REGION, 2021) == windows(local, REGION, 2021)
    (window,) = windows(remote(), REGION, 2021)
    assert np.array_equal(whole(remote(), window), whole(local, window), equal_nan=True)


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("chunk", [32, 150])
def test_a_store_without_shards(tmp_path, chunk):
    embeddings, scales = tessera_numbers((100, 150))
    folder = tmp_path / "site" / SECOND / "v1.1"
    write_tessera_zone(folder, 31, TRANSFORM, embeddings, scales, [2021], chunk, None)
    (window,) = windows(remote(f"{SECOND}/v1.1"), REGION, 2021)
    box = window.box
    part = np.s_[0, ..., box.top : box.bottom, box.left : box.right]
    assert np.array_equal(whole(remote(f"{SECOND}/v1.1"), window), embeddings[part] * scales[part])


def test_a_window_of_many_chunks_is_few_requests(site):
    (window,) = windows(remote(), REGION, 2021)
    planned = len(site.requests)
    # The zone's description and those of its three arrays, and the years.
    assert planned == 5
    whole(remote(), window)
    assert site.count(SCALES) == 2  # what lies where in the shard, and what lies there
    assert site.count(EMBEDDINGS) == 2
    assert len(site.requests) == 2 * planned + 4


def test_shards_that_were_never_written_are_void(site, tmp_path):
    (tmp_path / "site" / SCALES).unlink()
    (window,) = windows(remote(), REGION, 2021)
    assert np.isnan(whole(remote(), window)).all()
    assert site.count(EMBEDDINGS) == 0


@pytest.mark.parametrize(
    ("status", "kind"), [(403, "refused"), (503, "passing"), (429, "passing"), (500, "passing")]
)
@pytest.mark.parametrize("key", [f"{STORE}/utm31/zarr.json", f"{STORE}/utm31/scales/zarr.json"])
def test_a_server_that_refuses_is_told(site, key, status, kind):
    site.misbehave(key, Fault(status))
    assert refusal(lambda: windows(remote(), REGION, 2021)) == (kind, f"HTTP {status}")


@pytest.mark.parametrize("key", [SCALES, EMBEDDINGS])
@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (Fault(403), "refused", "HTTP 403"),
        (Fault(503), "passing", "HTTP 503"),
        (Fault(503, after=1), "passing", "HTTP 503"),
        (Fault("silence", seconds=1.0), "passing", "nothing came for 0.5 s"),
        (Fault("reset"), "passing", "the connection failed"),
        (Fault("half"), "passing", "the connection failed (IncompleteRead)"),
        (Fault("garbage"), "passing", " cannot be read ("),
    ],
)
def test_a_shard_that_does_not_come_is_told(site, key, fault, kind, words):
    (window,) = windows(remote(), REGION, 2021)
    site.misbehave(key, fault)
    found, told = refusal(lambda: whole(remote(), window))
    assert found == kind
    assert words in told


@pytest.mark.parametrize("what", [503, "reset", "half"])
def test_a_shard_that_comes_at_last_is_read(site, what):
    (window,) = windows(remote(), REGION, 2021)
    expected = whole(remote(), window)
    site.misbehave(EMBEDDINGS, Fault(what, times=2))
    assert np.array_equal(whole(remote(), window), expected, equal_nan=True)


@pytest.mark.parametrize("name", ["zarr.json", "scales/zarr.json", "time/c/0"])
def test_descriptions_that_are_none_are_told(site, name):
    key = f"{STORE}/utm31/{name}"
    site.misbehave(key, Fault("wrong", body=b"<html>log in</html>"))
    kind, told = refusal(lambda: windows(remote(), REGION, 2021))
    assert kind == "passing"
    assert told.startswith("utm31")
    assert " cannot be read (" in told


@pytest.mark.usefixtures("site")
def test_an_address_without_a_store_is_told():
    assert refusal(lambda: windows(remote(f"{FIRST}/v7"), REGION, 2021)) == (
        "absent",
        "there is no Zarr store",
    )


@pytest.mark.usefixtures("site")
def test_a_zone_without_an_array_of_scales_is_told(tmp_path):
    (tmp_path / "site" / STORE / "utm31/scales/zarr.json").unlink()
    assert refusal(lambda: windows(remote(), REGION, 2021)) == (
        "differs",
        "utm31 has no array 'scales'",
    )


@pytest.mark.usefixtures("site")
def test_nothing_is_ever_written(tmp_path):
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "site").rglob("*")}
    (window,) = windows(remote(), REGION, 2021)
    whole(open_store(str(tmp_path / "site" / STORE)), window)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "site").rglob("*")} == before


def test_zarr_is_imported_by_what_opens_a_store_alone():
    code = "import sys, landloom.map.named.tessera; print({'zarr', 'requests'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(PACKAGE.parent)},
    )  # fmt: skip
    assert done.stdout == "set()\n"
    importing = [
        path.name
        for path in sorted(PACKAGE.rglob("*.py"))
        if re.search(r"^\s*(import|from) zarr\b", path.read_text(), re.MULTILINE)
    ]
    assert importing == ["zarr_archive.py", "tessera_store.py"]  # and what writes one

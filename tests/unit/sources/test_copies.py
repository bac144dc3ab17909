"""Copies of files that are had at several addresses."""

from __future__ import annotations

import hashlib
import subprocess

import pytest
from server import Fault

from landloom.config.whole import Config
from landloom.errors import LandloomError, PassingError
from landloom.sources.copies import digest_text, download_first, origin_of
from landloom.sources.part import Downloaded
from landloom.sources.patience import Patience
from landloom.sources.verification import changed_downloads


@pytest.fixture
def trusting(server, monkeypatch):
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return server


def test_the_next_address_is_tried(trusting, tmp_path):
    trusting.misbehave("a.org/x.tif", Fault(403))
    trusting.put("b.org/x.tif", b"pixels")
    done = download_first(["https://a.org/x.tif", "https://b.org/x.tif"], tmp_path / "x.tif")
    assert done.url == "https://b.org/x.tif"
    assert (tmp_path / "x.tif").read_bytes() == b"pixels"


def test_where_none_gives_it_each_is_told(trusting, tmp_path):
    trusting.misbehave("a.org/x.tif", Fault(403))
    with pytest.raises(LandloomError) as caught:
        download_first(["https://a.org/x.tif", "https://b.org/x.tif"], tmp_path / "x.tif")
    assert "https://a.org/x.tif: access is refused (HTTP 403)" in str(caught.value)
    assert "https://b.org/x.tif: there is no such file (HTTP 404)" in str(caught.value)


def test_what_has_arrived_outlives_the_next_address(trusting, tmp_path):
    body = bytes(range(256)) * 20_000
    trusting.put("a.org/x.tif", body)
    trusting.misbehave("a.org/x.tif", Fault("half"))
    trusting.misbehave("b.org/x.tif", Fault(403))
    addresses = ["https://a.org/x.tif", "https://b.org/x.tif"]
    quick = Patience(connect=2, silence=1, attempts=1, pause=0)
    with pytest.raises(PassingError, match="what has arrived is kept"):
        download_first(addresses, tmp_path / "x.tif", quick)
    before = trusting.sent("a.org/x.tif")
    assert 0 < before < len(body)
    trusting.misbehave("a.org/x.tif", None)
    download_first(addresses, tmp_path / "x.tif", quick)
    assert (tmp_path / "x.tif").read_bytes() == body
    assert trusting.sent("a.org/x.tif") == len(body)


def test_a_copy_of_a_public_dataset_is_had_where_it_is_a_file():
    config = Config.model_construct(downloads={"a.tif": "nlcd-2021", "b.tif": "https://x.org/b"})
    assert [url.split("/")[2] for url in config.download_addresses("a.tif")] == [
        "data.source.coop",
        "s3.us-west-2.amazonaws.com",
    ]
    assert config.download_addresses("b.tif") == ["https://x.org/b"]


def test_what_lies_beside_a_copy_is_read_by_sha256sum_and_tells_its_origin(tmp_path):
    copy, digest = tmp_path / "a b.tif", tmp_path / "a b.tif.sha256"
    copy.write_bytes(b"abc")
    done = Downloaded("https://b.org/x.tif", 3, hashlib.sha256(b"abc").hexdigest())
    digest.write_text(digest_text(done, copy.name))
    subprocess.run(["sha256sum", "--check", "--strict", digest.name], cwd=tmp_path, check=True)
    assert list(changed_downloads([copy])) == []
    assert origin_of(digest) == "https://b.org/x.tif"
    digest.write_text(digest.read_text().splitlines()[0])
    assert origin_of(digest) is None

"""Objects of stores that are not public, from a server that answers as one does."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from landloom.errors import LandloomError, NotThereError, PassingError
from landloom.sources.bucket import is_of_own_store
from landloom.sources.download import download
from landloom.sources.patience import Patience

PACKED = gzip.compress(b"heights" * 100_000, mtime=0)
OBJECTS = {"/own": b"", "/own/dem/N42W117.hgt.gz": PACKED, "/own/empty": b"", "/shut": b""}
QUICK = Patience(connect=5.0, silence=5.0, attempts=1, pause=0.01)
VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_S3_ENDPOINT", "AWS_NO_SIGN_REQUEST")


class Handler(BaseHTTPRequestHandler):
    """Refuses one bucket, is out of order for another, and knows who asks."""

    protocol_version = "HTTP/1.1"
    asked: list[str]

    def _answer(self) -> None:
        type(self).asked.append(self.headers.get("Authorization", ""))
        path = self.path.partition("?")[0].rstrip("/")
        body = OBJECTS.get(path, b"")
        if path.startswith("/shut/"):
            self.send_response(403)
        elif path.startswith("/broken/"):
            self.send_response(500)
        else:
            self.send_response(200 if path in OBJECTS else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET = _answer  # noqa: N815 - names that the server looks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A store that the environment names; with what each request said of who asks."""
    handler = type("Bound", (Handler,), {"asked": []})
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        monkeypatch.setenv("AWS_S3_ENDPOINT", f"127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AWS_HTTPS", "NO")
        monkeypatch.setenv("AWS_REGION", "here")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "word")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield handler.asked
        server.shutdown()


@pytest.mark.parametrize("name", ["dem/N42W117.hgt.gz", "empty"])
def test_an_object_arrives_as_it_is(name: str, asked: list[str], tmp_path: Path) -> None:
    """Not unpacked, though its name says that it is packed."""
    done = download(f"s3://own/{name}", tmp_path / "file", QUICK)
    assert (tmp_path / "file").read_bytes() == OBJECTS[f"/own/{name}"]
    assert done.sha256 == hashlib.sha256(OBJECTS[f"/own/{name}"]).hexdigest()
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert all("Credential=someone/" in said and "/here/s3/" in said for said in asked)


def test_who_has_no_account_is_anonymous(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_NO_SIGN_REQUEST", "YES")
    download("s3://own/empty", tmp_path / "file", QUICK)
    assert set(asked) == {""}


@pytest.mark.parametrize(
    ("address", "kind", "said"),
    [
        ("s3://own/dem/N00E000.hgt.gz", NotThereError, "there is no such file; correct"),
        ("s3://other/dem/N00E000.hgt.gz", LandloomError, "there is no such bucket; correct"),
        ("s3://shut/a.tif", LandloomError, "access is refused"),
        ("s3://broken/a.tif", PassingError, "the store does not answer"),
    ],
)
@pytest.mark.usefixtures("asked")
def test_what_fails_is_told(address: str, kind: type, said: str, tmp_path: Path) -> None:
    with pytest.raises(LandloomError, match=said) as raised:
        download(address, tmp_path / "file", QUICK)
    assert type(raised.value) is kind
    assert str(raised.value).startswith(f"{address}: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("asked")
def test_a_file_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LandloomError, match="is announced with"):
        download("s3://own/dem/N42W117.hgt.gz", tmp_path / "file", QUICK, limit=100)
    assert list(tmp_path.iterdir()) == []


def test_without_account_or_endpoint_a_bucket_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert not is_of_own_store("s3://bucket/a.tif")
    for name, value in (("AWS_PROFILE", "mine"), ("AWS_NO_SIGN_REQUEST", "NO")):
        with monkeypatch.context() as here:
            here.setenv(name, value)
            assert is_of_own_store("s3://bucket/a.tif")
            assert not is_of_own_store("https://example.org/a.tif")
    assert not is_of_own_store("https://example.org/a.tif")

"""Objects of stores that are not public, from servers that answer as those do."""

from __future__ import annotations

import gzip
import hashlib
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from server import Fault, Server

from landloom.errors import LandloomError, NotThereError, PassingError
from landloom.sources import bucket
from landloom.sources.download import download
from landloom.sources.part import Downloaded
from landloom.sources.patience import Patience

PACKED = gzip.compress(b"heights" * 100_000, mtime=0)
LARGE = bytes(hashlib.shake_128(b"tile").digest(2_500))
OBJECTS = {
    "/own": b"",
    "/own/dem/N42W117.hgt.gz": PACKED,
    "/own/empty": b"",
    "/own/large": LARGE,
    "/shut": b"",
}
QUICK = Patience(connect=5.0, silence=5.0, attempts=1, pause=0.01)
TWICE = Patience(connect=5.0, silence=5.0, attempts=2, pause=0.01)
VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_S3_ENDPOINT",
    "AWS_NO_SIGN_REQUEST",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
)


class Store:
    """Objects by path, what was asked, and how many parts of objects come before a fault."""

    def __init__(self) -> None:
        self.objects = dict(OBJECTS)
        self.who: list[str] = []
        self.parts: list[str] = []
        self.region: str | None = None
        self.then: dict[str, bytes] = {}
        self.after: int | None = None
        """Parts after which `then` takes the place of what is there, or all breaks without it."""


class Handler(BaseHTTPRequestHandler):
    """Refuses one bucket, is out of order for another, and knows who asks."""

    protocol_version = "HTTP/1.1"
    store: Store

    def _answer(self) -> None:
        store = self.store
        store.who.append(self.headers.get("Authorization", ""))
        path = self.path.partition("?")[0].rstrip("/")
        part = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if self.command == "GET" and part:
            store.parts.append(part[0])
        if store.after is not None and len(store.parts) > store.after:
            if store.then:
                store.objects |= store.then
            elif self.command == "GET":
                path = "/broken/now"
        whole = store.objects.get(path, b"")
        body = whole[int(part[1]) : int(part[2]) + 1] if part else whole
        if store.region:
            self.send_response(301)
            self.send_header("x-amz-bucket-region", store.region)
        elif path.startswith("/shut/"):
            self.send_response(403)
        elif path.startswith("/broken/"):
            self.send_response(400)
        else:
            self.send_response((206 if part else 200) if path in store.objects else 404)
        self.send_header("ETag", f'"{hashlib.sha256(whole).hexdigest()}"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET = _answer  # noqa: N815 - names that the server looks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store that the environment names."""
    store = Store()
    handler = type("Bound", (Handler,), {"store": store})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        monkeypatch.setenv("AWS_S3_ENDPOINT", f"127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AWS_HTTPS", "NO")
        monkeypatch.setenv("AWS_REGION", "here")
        account(monkeypatch)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield store
        server.shutdown()


def account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "word")


@pytest.mark.parametrize("name", ["dem/N42W117.hgt.gz", "empty"])
def test_an_object_arrives_as_it_is(name: str, store: Store, tmp_path: Path) -> None:
    """Not unpacked, though its name says that it is packed."""
    done = download(f"s3://own/{name}", tmp_path / "file", QUICK)
    assert (tmp_path / "file").read_bytes() == OBJECTS[f"/own/{name}"]
    assert done.sha256 == hashlib.sha256(OBJECTS[f"/own/{name}"]).hexdigest()
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert all("Credential=someone/" in said and "/here/s3/" in said for said in store.who)


def test_who_has_no_account_is_anonymous(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_NO_SIGN_REQUEST", "YES")
    download("s3://own/empty", tmp_path / "file", QUICK)
    assert set(store.who) == {""}


# Chunks


def test_a_large_object_comes_in_few_requests(store: Store, tmp_path: Path) -> None:
    store.objects["/own/large"] = body = bytes(40_000_000)
    done = download("s3://own/large", tmp_path / "file", QUICK)
    assert (done.size, done.sha256) == (len(body), hashlib.sha256(body).hexdigest())
    assert len(store.parts) == 3


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "_CHUNK", 1000)


@pytest.mark.parametrize("after", [0, 1, 2])
@pytest.mark.usefixtures("_small")
def test_what_is_replaced_meanwhile_comes_anew(store: Store, tmp_path: Path, after: int) -> None:
    """Also by what is as large."""
    store.after, store.then = after, {"/own/large": LARGE[::-1]}
    with pytest.raises(PassingError, match="the file has changed"):
        download("s3://own/large", tmp_path / "file", QUICK)
    assert list(tmp_path.iterdir()) == []
    store.objects["/own/large"], store.parts[:] = LARGE, []
    done = download("s3://own/large", tmp_path / "file", TWICE)
    assert (tmp_path / "file").read_bytes() == LARGE[::-1]
    assert done.sha256 == hashlib.sha256(LARGE[::-1]).hexdigest()


def test_what_is_removed_meanwhile_is_no_sea(store: Store) -> None:
    """It may be about to be replaced: the next attempt sees."""
    found = bucket.StoredObject("s3://own/large", "s3://own/large", QUICK)
    assert not found.has_changed()
    del store.objects["/own/large"]
    assert found.has_changed()


@pytest.mark.parametrize("replaced", [False, True])
@pytest.mark.usefixtures("_small")
def test_an_object_goes_on_where_it_broke_off(store: Store, tmp_path: Path, replaced: bool) -> None:
    """Unless it is another by then."""
    store.after = 1
    with pytest.raises(PassingError, match="what has arrived is kept"):
        download("s3://own/large", tmp_path / "file", QUICK)
    store.after, store.parts[:] = None, []
    if replaced:
        store.objects["/own/large"] = LARGE[::-1]
    done = download("s3://own/large", tmp_path / "file", QUICK)
    assert (tmp_path / "file").read_bytes() == store.objects["/own/large"]
    assert done.sha256 == hashlib.sha256(store.objects["/own/large"]).hexdigest()
    assert store.parts == ["bytes=0-999"] * replaced + ["bytes=1000-1999", "bytes=2000-2499"]


# Errors


@pytest.mark.parametrize(
    ("address", "kind", "said"),
    [
        ("s3://own/dem/N00E000.hgt.gz", NotThereError, "there is no such file; correct"),
        ("s3://other/dem/N00E000.hgt.gz", LandloomError, "there is no such bucket; correct"),
        ("s3://own", LandloomError, "such an address; name it s3://bucket/key$"),
        ("s3://shut/a.tif", LandloomError, "access is refused"),
        ("s3://broken/a.tif", PassingError, "the store does not answer"),
    ],
)
@pytest.mark.usefixtures("store")
def test_what_fails_is_told(address: str, kind: type, said: str, tmp_path: Path) -> None:
    with pytest.raises(LandloomError, match=said) as raised:
        download(address, tmp_path / "file", QUICK)
    assert type(raised.value) is kind
    assert str(raised.value).startswith(f"{address}: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("store")
def test_an_address_that_is_none_tells_no_secret(tmp_path: Path) -> None:
    with pytest.raises(LandloomError, match=r"^s3://…: no object has such an address"):
        download("s3://own:word/a.tif", tmp_path / "file", QUICK)


@pytest.mark.usefixtures("store")
def test_a_proxy_that_cannot_be_used_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("http_proxy", "socks5://someone:word@127.0.0.1:9")
    with pytest.raises(LandloomError, match=r"socks5.*correct the variables") as raised:
        download("s3://own/large", tmp_path / "file", QUICK)
    assert "word" not in str(raised.value)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("proxy", {"scheme": "http", "host": "proxy", "port": 80}),
        ("http://proxy:3128", {"scheme": "http", "host": "proxy", "port": 3128}),
        (
            "https://me:a%40b@proxy",
            {"scheme": "https", "host": "proxy", "port": 443, "username": "me", "password": "a@b"},
        ),
    ],
)
def test_a_proxy_is_taken_as_other_programs_take_it(
    told: str, found: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", told)
    monkeypatch.setenv("no_proxy", "store.example.org")
    assert bucket._proxy("https://other.example.org") == found
    assert bucket._proxy("https://store.example.org") == {}


def test_another_region_is_told(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    store.region = "eu-central-1"
    with pytest.raises(LandloomError, match=r"another region; set AWS_REGION=eu-central-1$"):
        download("s3://own/large", tmp_path / "file", QUICK)


@pytest.mark.usefixtures("store")
def test_a_file_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LandloomError, match="is announced with"):
        download("s3://own/dem/N42W117.hgt.gz", tmp_path / "file", QUICK, limit=100)
    assert list(tmp_path.iterdir()) == []


# Amazon's store, behind a proxy


@pytest.fixture
def amazon(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A bucket in another region than the one that the environment names, with one object."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    there = {"x-amz-bucket-region": "us-west-2"}
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    server.misbehave("bucket.s3.eu-west-1.amazonaws.com/a.tif", Fault(403))
    server.misbehave("bucket.s3.eu-west-1.amazonaws.com/", Fault(403, headers=there))
    server.put("bucket.s3.us-west-2.amazonaws.com/a.tif", LARGE)
    return server


def test_an_account_counts_where_who_has_none_is_refused(
    amazon: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account(monkeypatch)
    done = download("s3://bucket/a.tif", tmp_path / "file", QUICK)
    assert done == Downloaded("s3://bucket/a.tif", len(LARGE), hashlib.sha256(LARGE).hexdigest())
    assert amazon.count("bucket.s3.eu-west-1.amazonaws.com/a.tif") == 1
    monkeypatch.setenv("AWS_NO_SIGN_REQUEST", "YES")
    with pytest.raises(LandloomError, match=r"refused \(HTTP 403\).*account in the environment"):
        download("s3://bucket/a.tif", tmp_path / "other", QUICK)


def test_no_account_is_asked_for_a_public_bucket(
    amazon: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account(monkeypatch)
    amazon.put("open.s3.eu-west-1.amazonaws.com/a.tif", LARGE)
    download("s3://open/a.tif", tmp_path / "file", QUICK)
    assert [request.method for request in amazon.requests] == ["GET"]


@pytest.mark.parametrize(
    ("name", "value"), [("AWS_PROFILE", "mine"), ("AWS_NO_SIGN_REQUEST", "NO")]
)
def test_an_account_is_that_of_the_environment_or_of_the_machine(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not bucket.has_account("s3://bucket/a.tif")
    monkeypatch.setenv(name, value)
    assert bucket.has_account("s3://bucket/a.tif")
    assert not bucket.has_account("https://example.org/a.tif")
    assert not bucket.has_own_endpoint("s3://bucket/a.tif")


def test_a_bucket_that_is_not_there_is_no_sea(amazon: Server, tmp_path: Path) -> None:
    with pytest.raises(NotThereError):
        download("s3://nobody/a.tif", tmp_path / "file", QUICK)
    body = b"<Error><Code>NoSuchBucket</Code></Error>"
    amazon.misbehave("nobody.s3.eu-west-1.amazonaws.com/a.tif", Fault(404, body=body))
    with pytest.raises(LandloomError, match="there is no such bucket") as raised:
        download("s3://nobody/a.tif", tmp_path / "file", QUICK)
    assert type(raised.value) is LandloomError

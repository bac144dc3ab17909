"""Whole files from the web: what fails is gone on with, what stays bad is named."""

import hashlib
import json
import logging
import multiprocessing
import os
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from server import Fault

from landloom.addresses import shown
from landloom.errors import LandloomError, NotThereError, PassingError
from landloom.sources.bounds import RESERVE, Bounds
from landloom.sources.download import download, https_url
from landloom.sources.part import Downloaded, Part, alone
from landloom.sources.patience import Patience

pytestmark = pytest.mark.slow

KEY = "files.example.org/folder/file.tif"
URL = f"https://{KEY}"
BODY = bytes(hashlib.shake_128(b"file").digest(3_000_000))
QUICK = Patience(connect=2.0, silence=0.4, attempts=3, pause=0.01)


@pytest.fixture(autouse=True)
def network(server, monkeypatch):
    """Send this process's requests to the server."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_REGION", raising=False)
    server.put(KEY, BODY)


@pytest.fixture
def target(tmp_path):
    return tmp_path / "new" / "file.tif"


def parts_of(target):
    return sorted(path.name for path in target.parent.glob("*.part*"))


def begun(target, body, validator, whole=3_000_000, url=URL):
    """Leave what an ended job would have left."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.with_name("file.tif.part").write_bytes(body)
    record = {"url": url, "validator": validator, "whole": whole}
    target.with_name("file.tif.part.json").write_text(json.dumps(record))


def etag(body):
    return f'"{hashlib.sha256(body).hexdigest()[:16]}"'


def test_a_file_arrives_whole_with_its_digest(server, target):
    done = download(URL, target, QUICK)
    assert done == Downloaded(URL, len(BODY), hashlib.sha256(BODY).hexdigest())
    assert target.read_bytes() == BODY
    assert parts_of(target) == []
    assert server.count(KEY) == 1


def test_plain_http_works_too(server, target, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server.put("127.0.0.1/file", b"plain")
    assert download(f"{server.address}/file", target, QUICK).size == 5
    assert target.read_bytes() == b"plain"


def test_an_empty_file_is_a_file(server, target):
    server.put(KEY, b"")
    assert download(URL, target, QUICK).size == 0
    assert target.read_bytes() == b""


def test_a_body_whose_length_is_not_told_arrives(server, target):
    server.lengths = False
    assert download(URL, target, QUICK).size == len(BODY)
    assert target.read_bytes() == BODY


def test_an_existing_file_is_replaced_only_by_a_whole_one(server, target):
    target.parent.mkdir()
    target.write_bytes(b"former")
    server.misbehave(KEY, Fault("half"))
    with pytest.raises(LandloomError):
        download(URL, target, QUICK)
    assert target.read_bytes() == b"former"
    server.misbehave(KEY, None)
    download(URL, target, QUICK)
    assert target.read_bytes() == BODY


# What passes


@pytest.mark.parametrize(
    "what", [408, 429, 500, 502, 503, 504, "reset", "half", "silence"], ids=str
)
def test_what_passes_is_borne(server, target, what):
    server.misbehave(KEY, Fault(what, times=2, seconds=1.0))
    assert download(URL, target, QUICK).sha256 == hashlib.sha256(BODY).hexdigest()
    assert target.read_bytes() == BODY
    assert server.count(KEY) >= (1 if what == "silence" else 3)  # silence is recorded at its end


def test_a_body_that_is_cut_is_gone_on_with(server, target):
    server.misbehave(KEY, Fault("half", times=2))
    download(URL, target, QUICK)
    assert target.read_bytes() == BODY
    first, second, third = (request.range for request in server.requests)
    assert first is None
    assert 0 < int(second[6:-1]) < int(third[6:-1])
    # What has once arrived is not fetched again, but for a piece that was under way.
    assert server.sent(KEY) < 1.2 * len(BODY)


def test_silence_in_the_middle_is_noticed(server, target):
    server.pace = 1e6  # three seconds for the file
    server.misbehave(KEY, Fault("silence", times=1, after=1, seconds=1.0))
    with pytest.raises(LandloomError, match=r"nothing came for 0\.01 s"):
        download(URL, target, Patience(silence=0.01, attempts=2, pause=0.01))


@pytest.mark.parametrize(
    ("ranges", "validators"), [(False, True), (True, False), (False, False)], ids=str
)
def test_servers_of_whole_files_only_are_borne(server, target, ranges, validators):
    server.ranges, server.validators = ranges, validators
    server.misbehave(KEY, Fault("half", times=1))
    download(URL, target, QUICK)
    assert target.read_bytes() == BODY
    assert server.sent(KEY) >= 1.5 * len(BODY)


def test_what_cannot_be_gone_on_with_is_not_kept(server, target):
    server.validators = False
    server.misbehave(KEY, Fault("half"))
    with pytest.raises(LandloomError):
        download(URL, target, QUICK)
    assert parts_of(target) == []


def test_parts_shorter_than_asked_for_add_up(server, target):
    begun(target, BODY[:1_000_000], etag(BODY))
    server.longest = 700_000
    download(URL, target, QUICK)
    assert target.read_bytes() == BODY
    assert len(server.requests) == 3


def test_attempts_that_bring_something_do_not_count(server, target):
    body = BODY * 10
    server.put(KEY, body)
    server.misbehave(KEY, Fault("half", times=4))
    # 15, 7.5, 3.75, 1.9 MB arrive: never two attempts in a row without a megabyte
    download(URL, target, Patience(attempts=2, pause=0.01))
    assert target.read_bytes() == body


def test_a_server_may_ask_for_a_pause(server, target, monkeypatch):
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)
    server.misbehave(KEY, Fault(503, times=3))
    download(URL, target, Patience(attempts=4, pause=30.0))
    assert slept == [30.0, 60.0, 60.0]


# What an ended job left


def test_a_later_job_goes_on_where_one_ended(server, target, caplog):
    caplog.set_level(logging.INFO, "landloom")
    begun(target, BODY[:1_000_000], etag(BODY))
    assert download(URL, target, QUICK).sha256 == hashlib.sha256(BODY).hexdigest()
    assert target.read_bytes() == BODY
    assert [request.range for request in server.requests] == ["bytes=1000000-"]
    assert server.sent() == 2_000_000
    assert "going on after 33 % of 3.0 MB" in caplog.text
    assert parts_of(target) == []


def test_what_was_whole_already_is_put_in_place(server, target):
    begun(target, BODY, etag(BODY))
    assert download(URL, target, QUICK).sha256 == hashlib.sha256(BODY).hexdigest()
    assert server.requests == []


@pytest.mark.parametrize(
    "record",
    [
        pytest.param({"url": "https://files.example.org/another.tif"}, id="another-url"),
        pytest.param({"validator": '"0123456789abcdef"'}, id="it-has-changed"),
        pytest.param({"validator": None}, id="no-validator"),
        pytest.param({"whole": 5}, id="too-long"),
        pytest.param({"whole": 2_000_000}, id="another-length"),
    ],
)
def test_what_is_left_of_something_else_is_not_used(server, target, record):
    begun(target, b"?" * 1_000_000, **{"validator": etag(BODY), **record})
    download(URL, target, QUICK)
    assert target.read_bytes() == BODY
    assert parts_of(target) == []
    # Asked once, on condition; but for a length that only the answer shows to be another.
    assert len(server.requests) == (2 if record == {"whole": 2_000_000} else 1)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"url": 1}'])
def test_a_record_that_is_damaged_is_not_used(target, text):
    begun(target, b"?" * 1_000_000, etag(BODY))
    target.with_name("file.tif.part.json").write_text(text)
    download(URL, target, QUICK)
    assert target.read_bytes() == BODY


def test_a_file_that_changes_meanwhile_is_fetched_anew(server, target):
    server.misbehave(KEY, Fault("half"))
    with pytest.raises(LandloomError):
        download(URL, target, QUICK)
    assert len(parts_of(target)) == 2
    server.misbehave(KEY, None)
    new = BODY[::-1]
    server.put(KEY, new)
    download(URL, target, QUICK)
    assert target.read_bytes() == new


def test_a_job_that_is_killed_leaves_what_the_next_one_goes_on_with(server, target):
    server.pace = 1e6
    context = multiprocessing.get_context("fork")
    process = context.Process(target=download, args=(URL, target, QUICK))
    process.start()
    part = target.with_name("file.tif.part")
    while not (part.exists() and part.stat().st_size > 500_000):
        time.sleep(0.02)
    process.kill()
    process.join()
    arrived = part.stat().st_size
    assert not target.exists()
    server.pace = None
    download(URL, target, QUICK)
    assert target.read_bytes() == BODY
    assert f"bytes={arrived}-" in [request.range for request in server.requests]


# What stays bad


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_not_there_is_told_apart(server, target, status):
    server.misbehave(KEY, Fault(status))
    with pytest.raises(NotThereError, match=f"{URL}: there is no such file .HTTP {status}."):
        download(URL, target, QUICK)
    assert server.count(KEY) == 1
    assert parts_of(target) == []


@pytest.mark.parametrize("status", [401, 403, 400, 451])
def test_a_refusal_is_neither_absence_nor_passing(server, target, status):
    server.misbehave(KEY, Fault(status))
    with pytest.raises(LandloomError, match=f"HTTP {status}") as refusal:
        download(URL, target, QUICK)
    assert not isinstance(refusal.value, NotThereError | PassingError)
    assert server.count(KEY) == 1


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (500, "HTTP 500"),
        (503, "HTTP 503"),
        ("reset", "the connection failed (Remote end closed connection|Connection reset by peer"),
        ("half", "% of 3.0 MB"),
        ("silence", "nothing came for 0.4 s"),
    ],
)
def test_what_stays_bad_is_named(server, target, what, reason):
    server.misbehave(KEY, Fault(what, seconds=1.0))
    with pytest.raises(PassingError) as failure:
        download(URL, target, QUICK)
    message = str(failure.value)
    assert message.startswith(f"{URL}: ")
    assert any(words in message for words in reason.split("|"))
    assert "try again later" in message
    assert not target.exists()


def test_a_port_where_nobody_listens_is_named(target, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://user:word@127.0.0.1:{port}")
    with pytest.raises(LandloomError, match="Connection refused") as failure:
        download(URL, target, QUICK)
    assert "word" not in str(failure.value)


def test_a_certificate_that_is_not_trusted_is_told_with_its_remedy(target, monkeypatch):
    import certifi

    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, certifi.where())
    with pytest.raises(LandloomError, match=r"not trusted.*REQUESTS_CA_BUNDLE"):
        download(URL, target, QUICK)


def test_a_full_disk_is_told_as_such(target, monkeypatch):
    target.parent.mkdir()
    target.with_name("file.tif.part").symlink_to("/dev/full")
    monkeypatch.setattr("pathlib.Path.unlink", lambda *_, **__: None)
    with pytest.raises(OSError, match="No space left") as failure:
        download(URL, target, QUICK)
    assert failure.value.filename.endswith("file.tif.part")


def test_a_name_that_does_not_resolve_is_asked_for_once(target, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    asked = []

    def unknown(host, *_):
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(LandloomError, match="name does not resolve; correct") as error:
        download(URL, target, QUICK)
    assert not isinstance(error.value, PassingError)
    assert len(asked) == 1


def test_a_server_of_names_that_is_not_there_is_borne_for_a_while(target, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")

    def away(*_):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", away)
    with pytest.raises(LandloomError, match="cannot be looked up, 3 times in a row") as error:
        download(URL, target, QUICK)
    assert not isinstance(error.value, PassingError)


@contextmanager
def proxy_that_answers(status):
    """Run a proxy that lets nobody through; yield its address, and what it was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self):
            asked.append(self.path)
            self.send_error(status)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as proxy:
        threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://user:word@127.0.0.1:{proxy.server_port}", asked
        finally:
            proxy.shutdown()


@pytest.mark.parametrize("status", [403, 407])
def test_a_proxy_that_refuses_is_asked_once(target, monkeypatch, status):
    with proxy_that_answers(status) as (address, asked):
        for name in ("https_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, address)
        with pytest.raises(LandloomError, match=rf"proxy refuses .*HTTP {status}") as error:
            download(URL, target, QUICK)
    assert not isinstance(error.value, PassingError)
    assert "word" not in str(error.value)
    assert len(asked) == 1


def test_a_proxy_that_fails_is_asked_again(target, monkeypatch):
    with proxy_that_answers(503) as (address, asked):
        for name in ("https_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, address)
        with pytest.raises(PassingError):
            download(URL, target, QUICK)
    assert len(asked) == QUICK.attempts


def test_a_proxy_that_wants_an_account_for_plain_http_is_named(server, target):
    server.misbehave(KEY, Fault(407))
    with pytest.raises(LandloomError, match="proxy wants an account"):
        download(URL.replace("https", "http"), target, QUICK)
    assert server.count(KEY) == 1


@pytest.mark.parametrize("start", [b"<!DOCTYPE html><html>", b"\n <HTML lang='en'>"])
def test_a_web_page_is_not_taken_for_a_file(server, target, start):
    server.put(KEY, start + b" log in " * 1000)
    with pytest.raises(LandloomError, match="a web page came in the place of the file") as error:
        download(URL, target, QUICK)
    assert not isinstance(error.value, PassingError)
    assert server.count(KEY) == 1
    assert list(target.parent.iterdir()) == []
    assert download(URL, target.with_suffix(".html"), QUICK).size > 8000


# What is slow, or without end


DRIP = Patience(silence=5.0, attempts=2, pause=0.01, slowest=5e3, window=0.5)


@pytest.mark.parametrize("lengths", [True, False])
def test_a_server_that_drips_is_left(server, target, lengths):
    server.lengths = lengths
    server.pace = 10.0  # a byte every tenth of a second, and so never silent
    began = time.monotonic()
    with pytest.raises(PassingError, match=r"only 0\.0 kB came in .*less than 5 kB/s") as error:
        download(URL, target, DRIP)
    assert time.monotonic() - began < 10
    assert "what has arrived is kept" in str(error.value)
    assert len(parts_of(target)) == 2
    server.pace, server.lengths = None, True
    download(URL, target, DRIP)
    assert target.read_bytes() == BODY
    assert server.requests[-1].range.startswith("bytes=")


def test_what_is_slow_but_honest_arrives(server, target):
    server.put(KEY, BODY[:60_000])
    server.pace = 30e3
    assert download(URL, target, DRIP).size == 60_000
    assert all(request.range is None for request in server.requests)  # in one go


def test_the_time_of_a_file_is_bounded_by_its_length(server, target):
    assert Patience().longest(3_000_000) == 600 + 600
    server.pace = 1e6
    with pytest.raises(LandloomError, match=r"% of 3\.0 MB came in 0\.5 s; .*is kept") as error:
        download(URL, target, Patience(grace=0.5, slowest=1e12))
    assert not isinstance(error.value, PassingError)
    assert len(parts_of(target)) == 2
    server.pace = None
    assert download(URL, target, QUICK).size == len(BODY)
    assert any(request.range for request in server.requests)


def test_a_job_without_a_lasting_folder_promises_nothing(server, target):
    server.misbehave(KEY, Fault("half"))
    with pytest.raises(PassingError) as error:
        download(URL, target, QUICK, lasting=False)
    assert "is kept" not in str(error.value)


def test_a_body_without_end_is_left_and_removed(server, target):
    server.lengths = False
    with pytest.raises(LandloomError, match=r"goes on after .* has 1\.0 MB at most") as error:
        download(f"{URL}?sig=secret", target, QUICK, 1_000_000)
    assert "secret" not in str(error.value)
    assert not isinstance(error.value, PassingError)
    assert server.count(KEY) <= 1  # recorded at its end
    assert list(target.parent.iterdir()) == []


def test_a_file_that_is_announced_too_large_is_not_begun(target):
    with pytest.raises(LandloomError, match=r"announced with 3\.0 MB, .* 1\.0 MB at most"):
        download(URL, target, QUICK, 1_000_000)
    assert list(target.parent.iterdir()) == []
    assert download(URL, target, QUICK, len(BODY)).size == len(BODY)


def free(monkeypatch, size):
    usage = type("Usage", (), {"free": size})
    monkeypatch.setattr("landloom.sources.bounds.shutil.disk_usage", lambda _: usage)


def test_a_file_for_which_there_is_no_room_is_not_begun(target, monkeypatch):
    free(monkeypatch, RESERVE + 1_000_000)
    with pytest.raises(LandloomError, match=r"3\.0 MB are to come, .* has room for 1\.0 MB"):
        download(URL, target, QUICK)
    assert list(target.parent.iterdir()) == []
    free(monkeypatch, RESERVE + len(BODY))
    assert download(URL, target, QUICK).size == len(BODY)


def test_a_body_without_end_does_not_fill_the_disk(server, target, monkeypatch):
    server.lengths = False
    free(monkeypatch, RESERVE - 1)
    with pytest.raises(LandloomError, match=r"full but for 500\.0 MB, .*make room"):
        download(URL, target, QUICK)
    assert list(target.parent.iterdir()) == []


def test_more_than_was_announced_is_refused_and_removed(target):
    part = Part(target, URL)
    part.whole = 3
    with part.receiving():
        part.write(b"four")
        with pytest.raises(LandloomError, match="more came than the 3 bytes"):
            Bounds(part, QUICK, None).check_arrived()
    assert list(target.parent.iterdir()) == []


# What is told


SIGNED = f"https://user:word@{KEY}?X-Amz-Signature=0123abcd#page"


def test_secrets_are_never_told(server, target, caplog):
    caplog.set_level(logging.DEBUG, "landloom")
    assert shown(SIGNED) == URL
    told = []
    for what in (404, 403, 400, 503, "reset", "half", "silence"):
        server.misbehave(KEY, Fault(what, seconds=0.5))
        with pytest.raises(LandloomError) as failure:
            download(SIGNED, target, QUICK)
        told.append(str(failure.value))
        told += [path.read_text(errors="replace")[:500] for path in target.parent.glob("*.json")]
    server.misbehave(KEY, None)
    told.append(str(download(SIGNED, target, QUICK)))
    text = "\n".join([*told, caplog.text])
    assert "files.example.org" in text
    assert not any(secret in text for secret in ("word", "0123abcd", "user"))


def test_progress_is_told_now_and_then(server, target, caplog, monkeypatch):
    monkeypatch.setattr("landloom.sources.download._EVERY", 0.2)
    caplog.set_level(logging.INFO, "landloom")
    server.pace = 3e6
    download(URL, target, QUICK)
    lines = [message for message in caplog.messages if " MB/s" in message]
    assert 1 <= len(lines) <= 6
    assert all(line.startswith(f"{URL}: ") and " % of 3.0 MB" in line for line in lines)
    assert hashlib.sha256(BODY).hexdigest() in caplog.messages[-1]


# Public buckets


@pytest.mark.parametrize(
    ("url", "region", "expected"),
    [
        ("s3://bucket/a/b.tif", None, "https://bucket.s3.amazonaws.com/a/b.tif"),
        ("s3://bucket/a b+c.tif", None, "https://bucket.s3.amazonaws.com/a%20b%2Bc.tif"),
        ("s3://bucket/b.tif", "eu-central-1", "https://bucket.s3.eu-central-1.amazonaws.com/b.tif"),
        ("s3://a.b/c.tif", "us-west-2", "https://s3.us-west-2.amazonaws.com/a.b/c.tif"),
        ("https://example.org/c.tif?d", "us-west-2", "https://example.org/c.tif?d"),
    ],
)
def test_buckets_are_read_without_an_account(monkeypatch, url, region, expected):
    assert https_url(url, region) == expected
    if region:
        monkeypatch.setenv("AWS_REGION", region)
    assert https_url(url) == expected


def test_an_object_arrives(server, target):
    server.put("bucket.s3.amazonaws.com/a/b.tif", BODY)
    assert download("s3://bucket/a/b.tif", target, QUICK).url == "s3://bucket/a/b.tif"
    assert target.read_bytes() == BODY


def test_a_bucket_of_another_region_is_found(server, target, monkeypatch):
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    there = {"x-amz-bucket-region": "us-west-2"}
    server.misbehave("bucket.s3.eu-west-1.amazonaws.com/b.tif", Fault(301, headers=there))
    server.put("bucket.s3.us-west-2.amazonaws.com/b.tif", BODY)
    download("s3://bucket/b.tif", target, QUICK)
    assert target.read_bytes() == BODY
    server.misbehave("bucket.s3.us-west-2.amazonaws.com/b.tif", Fault(301, headers=there))
    with pytest.raises(LandloomError, match="region cannot be found"):
        download("s3://bucket/b.tif", target, QUICK)


def test_the_servers_own_environment_reaches_subprocesses(server):
    names = {"https_proxy", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "no_proxy"}
    assert names <= server.environment.keys()
    assert all(os.environ[name] == server.environment[name] for name in names)


def test_two_do_not_fetch_one_file_at_once(server, target):
    server.put(KEY, b"pixels")
    with alone(target):
        with pytest.raises(LandloomError, match="another job is fetching it"):
            download(URL, target, QUICK)
        assert not target.exists()
    download(URL, target, QUICK)
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_what_another_has_written_to_is_not_put_in_place(tmp_path):
    part = Part(tmp_path / "a.tif", "https://x.org/a.tif", True)
    with part.receiving():
        part.write(b"pixels")
    with (tmp_path / "a.tif.part").open("ab") as other:
        other.write(b"more")
    with pytest.raises(LandloomError, match="something else has written to it"):
        part.finish()
    assert list(tmp_path.iterdir()) == []

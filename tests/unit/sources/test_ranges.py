"""Parts of files over real HTTPS: the right bytes, few requests, and words for what goes wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from server import Fault, Server

from landloom.sources import ranges
from landloom.sources.asking import Haste, RefusedError, answered
from landloom.sources.ranges import RemoteFiles, _meant

HOST = "data.source.coop"
KEY = f"{HOST}/store/file"
QUICK = Haste(connect=2.0, silence=0.5, whole=2.0)
BODY = bytes(range(251)) * 40
"""No block of it is like another."""


@pytest.fixture(autouse=True)
def behind_the_proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def files(server: Server) -> RemoteFiles:
    server.put(KEY, BODY)
    return RemoteFiles(f"https://{HOST}/store", QUICK, pause=0.0)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "_BLOCK", 1000)
    monkeypatch.setattr(ranges, "_KEPT", 3000)


def kind_of(call) -> tuple[str, str]:
    with pytest.raises(RefusedError) as refused:
        call()
    return refused.value.kind, str(refused.value)


@pytest.mark.usefixtures("small_blocks")
def test_whole_files_and_parts_of_them(files):
    assert files.whole("file") == BODY
    assert files.end("file", 16) == BODY[-16:]
    assert files.end("file", 20_000) == BODY
    assert files.since("file", 9_000) == BODY[9_000:]
    assert files.span("file", 5, 5) == b""
    spans = [(0, 1), (0, 1000), (999, 1001), (1000, 4500), (10_000, 10_040), (10_039, 10_040)]
    for start, stop in [*spans, (0, 10_040), *spans]:
        assert files.span("file", start, stop) == BODY[start:stop]


def test_many_spans_are_few_requests(files, server):
    for start in range(0, 10_000, 10):
        assert files.span("file", start, start + 10) == BODY[start : start + 10]
    assert server.count(KEY) == 1
    for _ in range(3):
        files.end("file", 20)
    assert server.count(KEY) == 2


@pytest.mark.usefixtures("small_blocks")
def test_no_more_is_kept_than_is_meant(files, server):
    for start in (0, 1000, 2000, 0, 3000, 0, 1000):
        files.span("file", start, start + 1)
    # 1000 was dropped for 3000, as the one that had not been used for longest.
    asked = [request.range for request in server.requests]
    assert asked == [f"bytes={at}-{at + 999}" for at in (0, 1000, 2000, 3000, 1000)]


@pytest.mark.parametrize(
    ("status", "kind", "times"), [(404, "absent", 1), (403, "refused", 1), (503, "passing", 3)]
)
def test_what_a_server_says_is_told_as_of_all_addresses(files, server, status, kind, times):
    server.misbehave(KEY, Fault(status))
    for call in (lambda: files.whole("file"), lambda: files.span("file", 0, 9)):
        before = server.count(KEY)
        assert kind_of(call) == (kind, f"HTTP {status}")
        assert server.count(KEY) - before == times


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("silence", seconds=1.0), "nothing came for 0.5 s"),
        (Fault("reset"), "the connection failed"),
        (Fault("half"), "the connection failed (IncompleteRead)"),
        (Fault(525), "HTTP 525"),
    ],
)
def test_what_may_pass_is_asked_for_again(files, server, fault, words):
    server.misbehave(KEY, fault)
    kind, told = kind_of(lambda: files.span("file", 0, 9))
    assert kind == "passing"
    assert words in told
    server.misbehave(KEY, Fault(fault.what, times=2, seconds=fault.seconds))
    assert files.span("file", 0, 9) == BODY[:9]


def test_a_server_that_knows_no_parts_is_refused_before_it_sends_all(files, server):
    server.ranges = False
    assert files.whole("file") == BODY
    sent = server.sent(KEY)
    assert kind_of(lambda: files.span("file", 0, 9)) == (
        "refused",
        "sends no parts of files (HTTP ranges)",
    )
    assert server.count(KEY) == 2
    assert sent == len(BODY)


def test_another_part_than_was_asked_for_is_refused(files, server):
    server.longest = 100
    kind, told = kind_of(lambda: files.span("file", 0, 500))
    assert kind == "refused"
    assert told == "sends another part of a file than was asked for (bytes 0-99/10040)"


@pytest.mark.usefixtures("small_blocks")
def test_a_file_that_changes_between_two_parts_is_refused(files, server):
    files.span("file", 0, 9)
    server.put(KEY, BODY[::-1])
    kind, told = kind_of(lambda: files.span("file", 2000, 2009))
    assert (kind, told) == ("refused", "file was changed while it was read")


def test_servers_are_told_who_asks(server):
    server.put(KEY, BODY)
    for session in (None, ranges._session()):
        with answered(f"https://{KEY}", QUICK, session=session) as answer:
            assert answer.request.headers["User-Agent"] == "landloom"


def test_a_certificate_of_nobody_known_is_told(server, monkeypatch):
    import certifi

    server.put(KEY, BODY)
    for name in ("CURL_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, certifi.where())
    files = RemoteFiles(f"https://{HOST}/store", QUICK, pause=0.0)
    assert "its certificate is not trusted" in kind_of(lambda: files.whole("file"))[1]


@given(start=st.integers(0, 99), length=st.integers(1, 150), size=st.integers(100, 120))
def test_what_a_range_means(start, length, size):
    numbers = list(range(size))
    first, last = _meant(f"bytes={start}-{start + length - 1}", size)
    assert numbers[start : start + length] == numbers[first : last + 1]
    first, last = _meant(f"bytes=-{length}", size)
    assert numbers[-length:] == numbers[first : last + 1]
    first, last = _meant(f"bytes={start}-", size)
    assert numbers[start:] == numbers[first : last + 1]

"""A web server on loopback that answers for every host, and misbehaves when told to.

It is an HTTP proxy: a client that is given `Server.environment` reaches it under any URL, and what
it asks for by ``https://`` is answered with a certificate of a throw-away authority. Plain
``http://127.0.0.1:port/…`` works as well. So real clients (GDAL, libcurl, requests, urllib) speak
real TLS with it, and see real 404s, resets and bodies that are cut short.

By itself it serves a folder laid out as ``host/path`` and prints the environment for a shell:
``python tests/server.py FOLDER [--fault 'host/path=503*2' …]``.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import re
import shlex
import socket
import ssl
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import trustme

LOOPBACK = "127.0.0.1"
CHUNK = 1 << 16
EPOCH = 1_600_000_000.0
"""When files are said to have been changed first (s)."""

Service = Callable[[dict[str, str]], bytes]
"""Makes an answer of the parameters of a query."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a file.

    Attributes
    ----------
    what
        A status such as 503; ``reset`` (the connection is torn down), ``half`` (the body is cut
        in the middle, though its length was told), ``garbage`` (noise of the right length),
        ``silence`` (the answer comes late) or ``wrong`` (the bytes of another file).
    times
        The first so many requests; all of them when left out.
    after
        Requests that are answered rightly before.
    seconds
        How long silence lasts.
    body
        The other file's bytes, or what comes with a status.
    methods
        The methods that are concerned.
    headers
        What is told besides a status.
    """

    what: int | str
    times: int | None = None
    after: int = 0
    seconds: float = 0.0
    body: bytes = b""
    methods: tuple[str, ...] = ("GET", "HEAD")
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """One request as it was answered."""

    method: str
    key: str
    range: str | None
    status: int
    sent: int


@dataclass
class _File:
    body: bytes
    changed: float
    etag: str


class Server:
    """Files by ``host/path``, the faults they have, and a record of the requests."""

    def __init__(self, folder: Path | None = None) -> None:
        self.requests: list[Request] = []
        self._unfinished = 0
        self.ranges = True
        """Whether parts of files are sent."""
        self.longest: int | None = None
        """Bytes that a part may have; as many as are asked for when None."""
        self.validators = True
        """Whether ETag and Last-Modified are told."""
        self.lengths = True
        """Whether Content-Length is told; bodies are chunked else."""
        self.pace: float | None = None
        """Bytes per second; as fast as can be when None."""
        self._folder = folder
        self._files: dict[str, _File] = {}
        self._services: dict[str, Service] = {}
        self._faults: dict[str, tuple[Fault, list[int]]] = {}
        self._lock = threading.Lock()
        self._authority = trustme.CA()
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._stopping = threading.Event()

    # What is served

    def put(self, key: str, body: bytes) -> str:
        """Serve bytes as ``host/path``; give the URL. Once more: the file has changed."""
        with self._lock:
            changed = self._files[key].changed + 60.0 if key in self._files else EPOCH
            self._files[key] = _File(body, changed, _etag(body))
        return f"https://{key}"

    def misbehave(self, key: str, fault: Fault | None) -> None:
        """Give a file a fault, or take it away."""
        with self._lock:
            self._faults.pop(key, None)
            if fault:
                self._faults[key] = (fault, [0])

    def offer(self, key: str, service: Service) -> None:
        """Answer under ``host/path`` with what a function makes of each query."""
        with self._lock:
            self._services[key] = service

    def find(self, key: str, query: str = "") -> _File | None:
        """Return a file, or what a service makes of a query."""
        with self._lock:
            if key in self._files:
                return self._files[key]
            service = self._services.get(key)
        if service:
            body = service(dict(parse_qsl(query)))
            return _File(body, EPOCH, _etag(body))
        if self._folder and ".." not in key.split("/") and (self._folder / key).is_file():
            path = self._folder / key
            body = path.read_bytes()
            return _File(body, path.stat().st_mtime, _etag(body))
        return None

    def fault_of(self, key: str, method: str) -> Fault | None:
        """Return what goes wrong with this request, counting it."""
        with self._lock:
            fault, seen = self._faults.get(key, (None, [0]))
            if fault is None or method not in fault.methods:
                return None
            seen[0] += 1
            number = seen[0] - fault.after
            return fault if number > 0 and (fault.times is None or number <= fault.times) else None

    # What was asked

    def begin(self) -> None:
        """Take note that an answer has begun."""
        with self._lock:
            self._unfinished += 1

    def record(self, request: Request) -> None:
        """Remember a request that has been answered."""
        with self._lock:
            self.requests.append(request)
            self._unfinished -= 1

    def count(self, key: str, method: str | None = None) -> int:
        """Return how often a file was asked for, once all answers under way have been given."""
        end = time.monotonic() + 2
        while self._unfinished and time.monotonic() < end:
            time.sleep(0.01)
        return sum(r.key == key and method in (None, r.method) for r in list(self.requests))

    def sent(self, key: str | None = None) -> int:
        """Return how many bytes of bodies were sent."""
        return sum(r.sent for r in list(self.requests) if key in (None, r.key))

    # Who is answered, and how

    def context_for(self, host: str) -> ssl.SSLContext:
        """Return a TLS context with a certificate for a host."""
        with self._lock:
            if host not in self._contexts:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self._authority.issue_cert(host).configure_cert(context)
                self._contexts[host] = context
            return self._contexts[host]

    @contextmanager
    def running(self) -> Iterator[Server]:
        """Serve while the block runs."""
        listener = _Listener((LOOPBACK, 0), _Handler)
        listener.site = self
        self.port = listener.server_address[1]
        thread = threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
        with tempfile.TemporaryDirectory(prefix="authority") as folder:
            self._bundle = Path(folder, "authority.pem")
            self._authority.cert_pem.write_to_path(str(self._bundle))
            thread.start()
            try:
                yield self
            finally:
                self._stopping.set()
                listener.shutdown()
                listener.server_close()

    def sleep(self, seconds: float) -> None:
        """Wait, but no longer than the server runs."""
        self._stopping.wait(seconds)

    @property
    def address(self) -> str:
        """Where plain HTTP is answered."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which clients come here and trust what they find."""
        names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
        bundles = ("CURL_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
        return {
            **dict.fromkeys(names, self.address),
            **dict.fromkeys(bundles, str(self._bundle)),
            "no_proxy": "",
            "NO_PROXY": "",
        }


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:16]}"'


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    site: Server

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that give up are no news here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 120
    server: _Listener
    _host: str | None = None

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""

    def do_CONNECT(self) -> None:
        """Answer in the place of a host, over TLS."""
        host = self.path.rpartition(":")[0].strip("[]")
        self.send_response_only(200, "Connection established")
        self.end_headers()
        self.wfile.flush()
        context = self.server.site.context_for(host)
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb", -1)
        self.wfile = self.connection.makefile("wb", 0)
        self._host = host
        self.close_connection = False

    def do_HEAD(self) -> None:
        """Answer without a body."""
        self.do_GET()

    def do_GET(self) -> None:
        """Answer, or misbehave."""
        site, (key, query) = self.server.site, self._key()
        fault = site.fault_of(key, self.command)
        found = site.find(key, query)
        asked = self.headers.get("Range")
        site.begin()
        try:
            status, sent = self._answer(site, found, fault)
        except OSError:  # the client has gone
            status, sent, self.close_connection = 0, 0, True
        site.record(Request(self.command, key, asked, status, sent))

    def finish(self) -> None:
        """Close TLS, too, which the listener knows nothing of."""
        with suppress(OSError, ValueError):
            super().finish()
        with suppress(OSError):
            self.connection.close()

    def _key(self) -> tuple[str, str]:
        url = urlsplit(self.path)
        host = self._host or url.hostname or self.headers.get("Host", "").partition(":")[0]
        return f"{host}{unquote(url.path)}", url.query

    def _answer(self, site: Server, found: _File | None, fault: Fault | None) -> tuple[int, int]:
        what = fault.what if fault else None
        if fault and what == "silence":
            site.sleep(fault.seconds)
        if what == "reset":
            return self._reset()
        if isinstance(what, int):
            return self._status(what, fault.headers if fault else {}, fault.body if fault else b"")
        if found is None:
            return self._status(404, {}, b"")
        if what == "garbage":
            # Not the file's own bytes, and the same each time.
            noise = random.Random(len(found.body)).randbytes(len(found.body))
            found = _File(noise, found.changed, found.etag)
        elif fault and what == "wrong":
            found = _File(fault.body, found.changed, _etag(fault.body))
        return self._send(site, found, cut=what == "half")

    def _status(self, status: int, headers: Mapping[str, str], body: bytes) -> tuple[int, int]:
        body = b"" if self.command == "HEAD" else body or f"<Error>{status}</Error>".encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return status, len(body)

    def _reset(self) -> tuple[int, int]:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.wfile.close()
        self.connection.close()
        self.close_connection = True
        return 0, 0

    def _send(self, site: Server, found: _File, cut: bool) -> tuple[int, int]:
        size = len(found.body)
        span = self._span(site, found)
        if span is None:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return 416, 0
        start, stop, part = span
        status = 206 if part else 200
        self.send_response(status)
        if part:
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{size}")
        if site.ranges:
            self.send_header("Accept-Ranges", "bytes")
        if site.validators:
            self.send_header("ETag", found.etag)
            self.send_header("Last-Modified", formatdate(found.changed, usegmt=True))
        if site.lengths:
            self.send_header("Content-Length", str(stop - start))
        else:
            self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Content-Type", "application/octet-stream")
        self.end_headers()
        if self.command == "HEAD":
            return status, 0
        if cut:
            stop = (start + stop) // 2
            self.close_connection = True
        return status, self._write(site, memoryview(found.body)[start:stop], cut)

    def _write(self, site: Server, body: memoryview, cut: bool) -> int:
        sent, began = 0, time.monotonic()
        step = CHUNK if site.pace is None else max(1, int(site.pace / 20))
        with suppress(OSError):  # the client has gone
            while sent < len(body):
                piece = body[sent : sent + step]
                if site.lengths:
                    self.wfile.write(piece)
                else:
                    self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                sent += len(piece)
                if site.pace is not None:
                    site.sleep(began + sent / site.pace - time.monotonic())
            if not site.lengths and not cut:
                self.wfile.write(b"0\r\n\r\n")
            return sent
        self.close_connection = True
        return sent

    def _span(self, site: Server, found: _File) -> tuple[int, int, bool] | None:
        """Return first byte, end, and whether it is a part; None where the file is too short."""
        size = len(found.body)
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if not site.ranges or not asked or not any(asked.groups()) or not self._unchanged(found):
            return 0, size, False
        first, last = asked.groups()
        start = int(first) if first else max(size - int(last), 0)
        stop = min(int(last) + 1, size) if first and last else size
        if site.longest is not None:
            stop = min(stop, start + site.longest)
        return (start, stop, True) if start < stop else None

    def _unchanged(self, found: _File) -> bool:
        condition = self.headers.get("If-Range")
        if condition is None or condition == found.etag:
            return True
        if condition.startswith(('"', "W/")):
            return False
        return parsedate_to_datetime(condition).timestamp() == int(found.changed)


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fault", action="append", default=[], metavar="HOST/PATH=WHAT[*TIMES]")
    parser.add_argument("--pace", type=float, help="bytes per second")
    arguments = parser.parse_args()
    server = Server(arguments.folder)
    server.pace = arguments.pace
    for text in arguments.fault:
        key, _, told = text.rpartition("=")
        what, _, times = told.partition("*")
        server.misbehave(
            key,
            Fault(
                int(what) if what.isdigit() else what,
                int(times) if times else None,
                seconds=3600,
            ),
        )
    with server.running(), suppress(KeyboardInterrupt):
        for name, value in server.environment.items():
            print(f"export {name}={shlex.quote(value)}")
        print(f"# process {os.getpid()}; Ctrl-C ends it", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    _main()

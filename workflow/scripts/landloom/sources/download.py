"""Whole files from the web: resumed where they broke off, checked, and put in place in one step."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

from landloom.errors import LandloomError, NotThereError

if TYPE_CHECKING:
    import requests

log = logging.getLogger(__name__)

_CHUNK = 1 << 18
_MEGABYTE = 1e6
_EVERY = 5.0
"""Seconds between two lines of progress."""
_ABSENT = (404, 410)
_REFUSED = (401, 403, 407)
_PASSING = (408, 425, 429, 500, 502, 503, 504)


class _PassingError(Exception):
    """Something that may be better a moment later."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


class _ElsewhereError(Exception):
    """The bucket lies in another region than the one that was asked."""


@dataclass(frozen=True)
class Patience:
    """How long to bear with a server.

    Attributes
    ----------
    connect, silence
        Seconds until a connection stands, and without a byte.
    attempts
        Attempts in a row that bring nothing; one that brings a megabyte begins the count anew.
    pause
        Seconds before the second attempt; doubled each time, up to a minute. A server that asks
        for a longer pause (``Retry-After``) gets up to two minutes.
    """

    connect: float = 20.0
    silence: float = 60.0
    attempts: int = 6
    pause: float = 2.0


@dataclass(frozen=True)
class Downloaded:
    """What arrived: the URL without credentials and query, bytes, and SHA-256 in hexadecimal."""

    url: str
    size: int
    sha256: str


def is_url(path: str) -> bool:
    """Return whether `download` takes a path."""
    return path.startswith(("http://", "https://", "s3://"))


def shown(url: str) -> str:
    """Return a URL as it may be told: without credentials, query and fragment.

    The query of a signed URL is as good as a password.
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def https_url(url: str, region: str | None = None) -> str:
    """Return where the object of a public S3 bucket is read without an account.

    Parameters
    ----------
    url
        ``s3://bucket/key``; whatever else is given back as it is.
    region
        The bucket's region; where left out, that of ``AWS_REGION`` or the global endpoint.
    """
    if not url.startswith("s3://"):
        return url
    bucket, _, key = url.removeprefix("s3://").partition("/")
    region = region or os.environ.get("AWS_REGION")
    endpoint = f"s3.{region}.amazonaws.com" if region else "s3.amazonaws.com"
    if "." in bucket:  # which Amazon's certificate does not cover as the name of a host
        return f"https://{endpoint}/{bucket}/{quote(key)}"
    return f"https://{bucket}.{endpoint}/{quote(key)}"


def download(url: str, target: str | Path, patience: Patience | None = None) -> Downloaded:
    """Fetch a file whole.

    It grows as ``<target>.part`` beside its place and is put there in one step once its length
    is right. What a broken connection, or a job that was ended, left of it is taken up again,
    unless the file at the source has changed or the server gives whole files only.

    Parameters
    ----------
    url
        ``http(s)://…``, or ``s3://bucket/key`` of a public bucket. A proxy, its certificates and
        ``~/.netrc`` are taken from the environment as `requests` does.
    target
        Where the file belongs; its folder is made.
    patience
        How long to bear with the server.

    Returns
    -------
    Downloaded
        Size and digest of the whole file.

    Raises
    ------
    NotThereError
        Where the server says so: 404 or 410.
    LandloomError
        Where access is refused (401, 403), or the file could not be had; names the URL, what
        happened and the remedy. URLs are told without credentials and query.
    """
    patience = patience or Patience()
    part = _Part(Path(target), shown(url))
    failures, region, whole = 0, None, part.complete
    while not whole:
        before = part.size
        try:
            _attempt(https_url(url, region), part, patience)
            whole = True
        except _ElsewhereError as elsewhere:
            if region is not None:
                raise _failure(part.url, "the bucket's region cannot be found") from None
            region = str(elsewhere)
        except _PassingError as error:
            failures = 1 if part.size - before >= _MEGABYTE else failures + 1
            if failures >= patience.attempts:
                part.leave()
                raise _failure(part.url, f"{error}, {failures} times in a row") from None
            wait = max(min(patience.pause * 2 ** (failures - 1), 60.0), min(error.wait, 120.0))
            log.info("%s: %s; once more in %.0f s", part.url, error, wait)
            time.sleep(wait)
    done = part.finish()
    log.info("%s: %.1f MB, SHA-256 %s", done.url, done.size / _MEGABYTE, done.sha256)
    return done


def _failure(url: str, reason: str) -> LandloomError:
    return LandloomError(
        f"{url}: {reason}; see to the network, or try again later (what has arrived is kept, and "
        "taken up from there)"
    )


def _attempt(url: str, part: _Part, patience: Patience) -> None:
    """Ask for what is missing and write it; the whole file is there when this returns."""
    import requests

    with requests.Session() as session:
        with _told(part.url, patience):
            answer = session.get(
                url,
                headers=part.request_headers(),
                stream=True,
                timeout=(patience.connect, patience.silence),
            )
        with answer:
            _judge(answer, part)
            with part.receiving(answer):
                try:
                    _receive(answer, part, patience)
                except _PassingError as error:
                    raise _PassingError(f"{error} after {part.progress()}") from None
    if part.whole is not None and part.size != part.whole:
        raise _PassingError(f"{part.size} of {part.whole} bytes arrived")


def _receive(answer: requests.Response, part: _Part, patience: Patience) -> None:
    began = told = time.monotonic()
    before = part.size
    with _told(part.url, patience):
        # Not decoded: the length that was told is that of the bytes as they come.
        for chunk in answer.raw.stream(_CHUNK, decode_content=False):
            part.write(chunk)
            now = time.monotonic()
            if now - told >= _EVERY:
                told = now
                rate = (part.size - before) / _MEGABYTE / (now - began)
                log.info("%s: %s, %.1f MB/s", part.url, part.progress(), rate)


def _judge(answer: requests.Response, part: _Part) -> None:
    """Return where the answer holds the file, or the part of it that was asked for."""
    status, region = answer.status_code, answer.headers.get("x-amz-bucket-region")
    if status == 200 or (status == 206 and part.continued_by(answer)):
        return
    if status in (206, 416):
        part.drop()
        raise _PassingError("the file has changed; what had arrived of it is of no use")
    if status in _ABSENT:
        raise NotThereError(f"{part.url}: there is no such file (HTTP {status}); correct the URL")
    if status in (301, 400) and region:
        raise _ElsewhereError(region)
    if status in _REFUSED:
        raise LandloomError(
            f"{part.url}: access is refused (HTTP {status}); correct the URL, or the account in "
            "~/.netrc (some buckets answer so for files that do not exist)"
        )
    if status in _PASSING:
        asked = answer.headers.get("Retry-After", "")
        raise _PassingError(
            f"the server answers HTTP {status}", float(asked if asked.isdigit() else 0)
        )
    raise LandloomError(f"{part.url}: the server answers HTTP {status}; correct the URL")


@contextmanager
def _told(url: str, patience: Patience) -> Iterator[None]:
    """Turn what a network does into our own errors; theirs tell URLs whole, secrets and all."""
    import requests
    import urllib3

    try:
        yield
    except (requests.exceptions.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError):
        raise _PassingError(f"no connection within {patience.connect:g} s") from None
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError):
        raise _PassingError(f"nothing came for {patience.silence:g} s") from None
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
        root = _root(error)
        if isinstance(root, ssl.SSLCertVerificationError):
            raise LandloomError(
                f"{url}: the server's certificate is not trusted ({root.verify_message}); name "
                "the authorities that your network uses in REQUESTS_CA_BUNDLE"
            ) from None
        passing = (requests.exceptions.ConnectionError, urllib3.exceptions.HTTPError)
        if not isinstance(error, passing):
            raise LandloomError(f"{url}: {type(error).__name__}; correct the URL") from None
        raise _PassingError(f"the connection failed ({_words(root)})") from None


def _root(error: BaseException) -> BaseException:
    """Return the innermost reason of an error."""
    for _ in range(20):
        inner = (*error.args, getattr(error, "reason", None), error.__cause__, error.__context__)
        found = next((one for one in inner if isinstance(one, BaseException)), None)
        if found is None:
            break
        error = found
    return error


def _words(error: BaseException) -> str:
    """Return a reason in its own words, where those are sure to hold no URL."""
    if isinstance(error, HTTPException):
        return str(error)
    return getattr(error, "strerror", None) or type(error).__name__


class _Part:
    """What has arrived of a file, and what must be known to go on with it.

    A record beside it keeps the URL, the whole length and the validator (RFC 9110, 8.8) by which
    the server tells whether its file is still the same.
    """

    def __init__(self, target: Path, url: str) -> None:
        self.url = url
        self.size = 0
        self.whole: int | None = None
        self._target = target
        self._path = target.with_name(f"{target.name}.part")
        self._record = target.with_name(f"{target.name}.part.json")
        self._validator: str | None = None
        self._digest = hashlib.sha256()
        target.parent.mkdir(parents=True, exist_ok=True)
        self._take_up()

    def _take_up(self) -> None:
        try:
            record = json.loads(self._record.read_text(encoding="utf-8"))
            known = record["url"] == self.url and isinstance(record["validator"], str)
            if known:
                with self._path.open("rb") as part:
                    self._digest = hashlib.file_digest(part, "sha256")
                    self.size = part.tell()
                self.whole, self._validator = record["whole"], record["validator"]
        except (OSError, ValueError, LookupError, TypeError):
            known = False
        if not known or (self.whole is not None and self.size > self.whole):
            self.drop()
        elif self.size:
            log.info("%s: going on after %s", self.url, self.progress())

    @property
    def complete(self) -> bool:
        """Whether nothing is missing, as far as is known."""
        return self.whole is not None and self.size == self.whole

    def progress(self) -> str:
        """Return how much has arrived, in words."""
        if self.whole:
            return f"{100 * self.size // self.whole} % of {self.whole / _MEGABYTE:.1f} MB"
        return f"{self.size / _MEGABYTE:.1f} MB"

    def request_headers(self) -> dict[str, str]:
        """Ask for what is missing, or for all of it if the file has changed (``If-Range``)."""
        headers = {"Accept-Encoding": "identity"}
        if self.size and self._validator:
            headers |= {"Range": f"bytes={self.size}-", "If-Range": self._validator}
        return headers

    def continued_by(self, answer: requests.Response) -> bool:
        """Return whether an answer goes on where this ends."""
        span = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", answer.headers.get("Content-Range", ""))
        if not span or int(span[1]) != self.size or span[3] not in ("*", str(self.whole)):
            return False
        return _validator(answer) in (None, self._validator)

    @contextmanager
    def receiving(self, answer: requests.Response) -> Iterator[None]:
        """Open the file for what an answer brings."""
        if answer.status_code == 200:
            self.drop()
            length = answer.headers.get("Content-Length", "")
            self.whole = int(length) if length.isdigit() else None
            self._validator = _validator(answer)
            record = {"url": self.url, "validator": self._validator, "whole": self.whole}
            self._record.write_text(json.dumps(record), encoding="utf-8")
        try:
            with self._path.open("ab") as self._file:
                yield
        except OSError as error:  # a full disk, which Python tells without a name
            error.filename = error.filename or str(self._path)
            raise

    def write(self, chunk: bytes) -> None:
        """Append bytes."""
        self._file.write(chunk)
        self._digest.update(chunk)
        self.size += len(chunk)

    def drop(self) -> None:
        """Forget what has arrived."""
        self.size, self.whole, self._validator = 0, None, None
        self._digest = hashlib.sha256()
        self._path.unlink(missing_ok=True)
        self._record.unlink(missing_ok=True)

    def leave(self) -> None:
        """Keep what can be gone on with."""
        if not self._validator:
            self.drop()

    def finish(self) -> Downloaded:
        """Put the file in its place."""
        self._path.replace(self._target)
        self._record.unlink(missing_ok=True)
        return Downloaded(self.url, self.size, self._digest.hexdigest())


def _validator(answer: requests.Response) -> str | None:
    """Return what tells versions of a file apart byte by byte: weak ETags do not."""
    etag: str | None = answer.headers.get("ETag")
    if etag and etag.startswith('"'):
        return etag
    return answer.headers.get("Last-Modified")

"""Whole files from the web: resumed where they broke off, checked, and put in place in one step."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from landloom.addresses import restored, shown
from landloom.errors import LandloomError, NotThereError, PassingError
from landloom.sources import bucket
from landloom.sources.bounds import Bounds
from landloom.sources.failures import AgainError, told
from landloom.sources.part import MEGABYTE, Downloaded, Part, alone
from landloom.sources.patience import Pace, Patience

if TYPE_CHECKING:
    import requests

log = logging.getLogger(__name__)

_CHUNK = 1 << 18
_EVERY = 5.0
"""Seconds between two lines of progress."""
_ABSENT = (404, 410)
_REFUSED = (401, 403)
_PASSING = (408, 425, 429, 500, 502, 503, 504)


class _ElsewhereError(Exception):
    """The bucket lies in another region than the one that was asked."""


class _RefusedError(LandloomError):
    """The file is not public."""


def is_url(path: str) -> bool:
    """Return whether `download` takes a path."""
    return path.startswith(("http://", "https://", "s3://"))


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


def download(
    url: str,
    target: str | Path,
    patience: Patience | None = None,
    limit: int | None = None,
    lasting: bool = True,
) -> Downloaded:
    """Fetch a file whole.

    It grows as ``<target>.part`` beside its place and is put there in one step once its length
    is right. What a broken connection, or a job that was ended, left of it is taken up again,
    unless the file at the source has changed or the server gives whole files only.

    Parameters
    ----------
    url
        ``http(s)://…``, or ``s3://bucket/key``: of the store whose endpoint the environment names,
        or of Amazon's: without an account first, then, where that is refused, with the one of the
        environment (`landloom.sources.bucket`). A proxy, its certificates and ``~/.netrc`` are
        taken from the environment as `requests` does.
    target
        Where the file belongs; its folder is made.
    patience
        How long to bear with the server.
    limit
        The most bytes that such a file can weigh. Without it, it may fill the disk but for
        `landloom.sources.bounds.RESERVE`.
    lasting
        Whether the folder outlives the job, and what has arrived can be gone on with.

    Returns
    -------
    Downloaded
        Size and digest of the whole file.

    Raises
    ------
    NotThereError
        Where the server says so: 404 or 410.
    PassingError
        Where the server failed, fell silent or sent next to nothing in each attempt.
    LandloomError
        Where another attempt would end the same way: access is refused, a name or a certificate is
        wrong, the file is too large, is a web page or takes too long. Each names the URL, what
        happened and the remedy. URLs are told without credentials and query.
    """
    target = Path(target)
    with alone(target):
        part = Part(target, shown(url), lasting)
        return _download(url, part, patience or Patience(), limit)


def _download(url: str, part: Part, patience: Patience, limit: int | None) -> Downloaded:
    url, bounds = restored(url), Bounds(part, patience, limit)
    failures, region, whole = 0, None, part.complete
    stored = bucket.has_own_endpoint(url)
    while not whole:
        before = part.size
        try:
            if stored:
                _attempt_object(url, part, patience, bounds)
            else:
                _attempt(https_url(url, region), part, patience, bounds)
            whole = True
        except _ElsewhereError as elsewhere:
            if region is not None:
                raise LandloomError(
                    f"{part.url}: the bucket's region cannot be found; name it in AWS_REGION"
                ) from None
            region = str(elsewhere)
        except _RefusedError:
            if not bucket.has_account(url):
                raise
            stored = True
        except AgainError as error:
            failures = 1 if part.size - before >= MEGABYTE else failures + 1
            if failures >= patience.attempts:
                raise _failure(part, error, failures) from None
            bounds.check_time()
            wait = patience.pause_before(failures, error.wait)
            log.info("%s: %s; once more in %.0f s", part.url, error, wait)
            time.sleep(wait)
    done = part.finish()
    log.info("%s: %.1f MB, SHA-256 %s", done.url, done.size / MEGABYTE, done.sha256)
    return done


def _failure(part: Part, error: AgainError, failures: int) -> LandloomError:
    part.leave()
    kind = LandloomError if error.lasting else PassingError
    return kind(
        f"{part.url}: {error}, {failures} times in a row; {error.remedy}{part.kept_in_words()}"
    )


def _attempt(url: str, part: Part, patience: Patience, bounds: Bounds) -> None:
    """Ask for what is missing and write it; the whole file is there when this returns."""
    import requests

    with requests.Session() as session:
        with told(part.url, patience):
            answer = session.get(
                url,
                headers=part.request_headers(),
                stream=True,
                timeout=(patience.connect, patience.silence),
            )
        with answer:
            with told(part.url, patience):
                _judge(answer, part)
            part.begin(answer)
            bounds.check_announced()
            with part.receiving():
                try:
                    _receive(answer, part, patience, bounds)
                except AgainError as error:
                    raise error.after(part.progress()) from None
    if part.whole is not None and part.size != part.whole:
        raise AgainError(f"{part.size} of {part.whole} bytes arrived")


def _attempt_object(url: str, part: Part, patience: Patience, bounds: Bounds) -> None:
    """The same of an object in a store that is not public."""
    region = None if bucket.has_own_endpoint(url) else _region(url, part.url, patience)
    stored = bucket.StoredObject(url, part.url, patience, region)
    part.begin_object(stored.size, stored.validator)
    bounds.check_announced()
    with part.receiving():
        for chunk in stored.chunks(part.size):
            if stored.has_changed():  # before or after the chunk: each is a request of its own
                part.drop()
                raise AgainError("the file has changed; what had arrived of it is of no use")
            part.write(chunk)
            bounds.check_arrived()
            bounds.check_time()
    if part.size != part.whole:
        raise AgainError(f"{part.size} of {part.whole} bytes arrived")


def _region(url: str, name: str, patience: Patience) -> str | None:
    """Return where an object's bucket lies, as Amazon tells everybody; None if it does not."""
    import requests

    root = https_url(url[: url.find("/", len("s3://")) + 1])
    with told(name, patience):
        answer = requests.head(root, timeout=(patience.connect, patience.silence))
    return answer.headers.get("x-amz-bucket-region")


def _receive(answer: requests.Response, part: Part, patience: Patience, bounds: Bounds) -> None:
    began = last = time.monotonic()
    before, pace = part.size, Pace(patience)
    with told(part.url, patience):
        # Not decoded: the length that was told is that of the bytes as they come. And as they come:
        # to wait until a chunk is full could take for ever.
        while chunk := answer.raw.read1(_CHUNK, decode_content=False):
            if not part.size:
                _refuse_page(chunk, part)
            part.write(chunk)
            bounds.check_arrived()
            bounds.check_time()
            if slow := pace.too_slow(len(chunk)):
                raise AgainError(slow)
            now = time.monotonic()
            if now - last >= _EVERY:
                last = now
                rate = (part.size - before) / MEGABYTE / (now - began)
                log.info("%s: %s, %.1f MB/s", part.url, part.progress(), rate)


def _refuse_page(start: bytes, part: Part) -> None:
    """Refuse a web page in the place of a file: a login, or what a network shows to guests."""
    text = start[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")) and not part.is_page:
        part.drop()
        raise LandloomError(
            f"{part.url}: a web page came in the place of the file; open the address in a browser: "
            "correct it, or log in to the network"
        )


def _judge(answer: requests.Response, part: Part) -> None:
    """Return where the answer holds the file, or the part of it that was asked for."""
    status, region = answer.status_code, answer.headers.get("x-amz-bucket-region")
    if status == 200 or (status == 206 and part.continued_by(answer)):
        return
    if status in (206, 416):
        part.drop()
        raise AgainError("the file has changed; what had arrived of it is of no use")
    stored = part.url.startswith("s3://")
    if status in _ABSENT and stored and b"NoSuchBucket" in answer.raw.read(4096):
        raise LandloomError(f"{part.url}: there is no such bucket; correct the address")
    if status in _ABSENT:
        raise NotThereError(f"{part.url}: there is no such file (HTTP {status}); correct the URL")
    if status in (301, 400) and region:
        raise _ElsewhereError(region)
    if status in _REFUSED:
        account = "the environment" if stored else "~/.netrc"
        raise _RefusedError(
            f"{part.url}: access is refused (HTTP {status}); correct the URL, or the account in "
            f"{account} (some buckets answer so for files that do not exist)"
        )
    if status == 407:
        raise LandloomError(
            f"{part.url}: the proxy wants an account (HTTP 407); name it in https_proxy and "
            "http_proxy"
        )
    if status in _PASSING:
        asked = answer.headers.get("Retry-After", "")
        raise AgainError(
            f"the server answers HTTP {status}", float(asked if asked.isdigit() else 0)
        )
    raise LandloomError(f"{part.url}: the server answers HTTP {status}; correct the URL")

"""Asking an address over HTTP, within bounds of time: what it says, in words that tell why not."""

from __future__ import annotations

import json
import os
import re
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from landloom.job.gdal import OPTIONS, USER_AGENT, authorities

if TYPE_CHECKING:
    import requests

_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PARQUET_START = b"PAR1"
_LOOKED_AT = 1024
"""Bytes that tell a raster from what only seems to be one."""
_BARE = 64
"""Bytes that are a header at most: no image is described in so few."""
_PIECE = 1 << 16
_DESCRIPTION = 1 << 24
"""Bytes that the description of a Zarr group has at most, with all that is below it."""
_ABSENT = (404, 410)
_PASSING = (408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525)
"""From 520 on those of Cloudflare, which stands before Source Cooperative: it answers so to many
requests at once."""


Kind = Literal["refused", "absent", "passing", "differs", "elsewhere"]


class RefusedError(Exception):
    """Why an address does not serve.

    Attributes
    ----------
    kind
        ``refused`` for good; ``absent``, there is no such file; ``passing``, it may say something
        else a moment later; ``differs`` from what is promised; holds data, but ``elsewhere``.
    """

    def __init__(self, reason: str, kind: Kind = "refused") -> None:
        super().__init__(reason)
        self.kind = kind


@dataclass(frozen=True)
class Haste:
    """How long an address is waited for before the next one is tried.

    Attributes
    ----------
    connect, silence
        Seconds until a connection stands, and without a byte.
    whole
        Seconds for the whole of an answer.
    """

    connect: float = 6.0
    silence: float = 8.0
    whole: float = 15.0

    @classmethod
    def told(cls) -> Haste:
        """Return ours, but for what the user has told GDAL through the environment."""
        return cls(
            _told("GDAL_HTTP_CONNECTTIMEOUT", cls.connect),
            silence := _told("GDAL_HTTP_LOW_SPEED_TIME", cls.silence),
            _told("GDAL_HTTP_TIMEOUT", max(cls.whole, silence)),
        )


def _told(name: str, ours: float) -> float:
    value = os.environ.get(name)
    if value is None or value == OPTIONS.get(name):
        return ours
    try:
        return float(value)
    except ValueError:
        return ours


def check_index(url: str, haste: Haste) -> None:
    """Refuse an address of which the first bytes are not those of an index of tiles, in Parquet.

    Raises
    ------
    RefusedError
        With the status, or what came in its place.
    """
    check_is_parquet(fetch(url, haste, most=_LOOKED_AT))


def check_group(url: str, haste: Haste) -> None:
    """Refuse an address that does not answer with the description of a group of a Zarr store.

    Raises
    ------
    RefusedError
        With the status, or what came in its place.
    """
    body = fetch(url, haste, limit=_DESCRIPTION)
    try:
        is_group = json.loads(body)["node_type"] == "group"
    except (ValueError, LookupError, TypeError):
        is_group = False
    if not is_group:
        raise RefusedError(f"answers with {_looks_like(body)}, not with a group of a Zarr store")


def check_start(url: str, haste: Haste) -> None:
    """Refuse an address of which the first bytes are not those of a TIFF with something in it.

    Raises
    ------
    RefusedError
        With the status, or what came in the raster's place.
    """
    check_is_tiff(fetch(url, haste, most=_LOOKED_AT))


def check_is_parquet(start: bytes) -> None:
    """Refuse what does not begin as a Parquet file does.

    Raises
    ------
    RefusedError
        With what it looks like.
    """
    if not start.startswith(_PARQUET_START):
        raise RefusedError(f"answers with {_looks_like(start)}, not with a Parquet file")


def check_is_tiff(start: bytes) -> None:
    """Refuse what does not begin as a TIFF with something in it does.

    Raises
    ------
    RefusedError
        With what it looks like.
    """
    if not start.startswith(_TIFF_STARTS):
        raise RefusedError(f"answers with {_looks_like(start)}, not with a TIFF")
    if len(start) <= _BARE:
        raise RefusedError(f"answers with a bare TIFF header of {len(start)} bytes, without pixels")


def fetch(url: str, haste: Haste, most: int | None = None, limit: int | None = None) -> bytes:
    """Return the body that an address answers with.

    Parameters
    ----------
    url
        The address.
    haste
        How long to wait.
    most
        Bytes from the beginning that are wanted; all when None.
    limit
        Bytes that it may send at most.

    Raises
    ------
    RefusedError
        Where it does not answer with 200 or 206, or in time, or sends too much.
    """
    wanted = None if most is None else f"bytes=0-{most - 1}"
    with answered(url, haste, wanted) as answer:
        return body_of(answer, haste, most, limit)


@contextmanager
def answered(
    url: str, haste: Haste, wanted: str | None = None, session: requests.Session | None = None
) -> Iterator[requests.Response]:
    """Yield what an address answers with, its body not read yet.

    Parameters
    ----------
    url
        The address.
    haste
        How long to wait for a connection, and for the next byte.
    wanted
        The header ``Range``; the whole when None.
    session
        What keeps connections open from one request to the next; none is kept when None.

    Raises
    ------
    RefusedError
        Where it does not answer with 200 or 206, or the connection fails within the block.
    """
    import requests

    headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
    if wanted is not None:
        headers["Range"] = wanted
    get = session.get if session else requests.get
    limits = (haste.connect, haste.silence)
    trusted = authorities() or True
    with (
        _worded(haste),
        get(url, headers=headers, timeout=limits, verify=trusted, stream=True) as answer,
    ):
        _judge(answer)
        yield answer


def body_of(
    answer: requests.Response, haste: Haste, most: int | None = None, limit: int | None = None
) -> bytes:
    """Return the body of an answer.

    Parameters
    ----------
    answer
        One of `answered`, within its block.
    haste, most, limit
        As for `fetch`.

    Raises
    ------
    RefusedError
        Where it does not come in time, or whole, or is too much.
    """
    began = time.monotonic() - answer.elapsed.total_seconds()
    body = bytearray()
    told = answer.headers.get("Content-Length", "")
    while most is None or len(body) < most:
        piece = answer.raw.read1(_PIECE)  # what is there, so that drops do not add up unseen
        if not piece:
            break
        body += piece
        if limit is not None and len(body) > limit:
            raise RefusedError(f"sends more than {limit} bytes", "refused")
        if time.monotonic() - began > haste.whole:
            raise RefusedError(f"is not done after {haste.whole:g} s", "passing")
    if most is None and told.isdigit() and len(body) != int(told):
        raise RefusedError(f"sent {len(body)} of {told} bytes", "passing")
    return bytes(body)


def _judge(answer: requests.Response) -> None:
    status = answer.status_code
    if status not in (200, 206):
        kind: Kind = "refused"
        kind = "absent" if status in _ABSENT else "passing" if status in _PASSING else kind
        raise RefusedError(f"HTTP {status}", kind)


@contextmanager
def _worded(haste: Haste) -> Iterator[None]:
    """Turn what a network does into reasons; the libraries' own words tell URLs whole."""
    import requests
    import urllib3

    try:
        yield
    except requests.exceptions.ConnectTimeout:
        raise RefusedError(f"no connection within {haste.connect:g} s", "passing") from None
    except requests.exceptions.Timeout:
        raise RefusedError(f"nothing came for {haste.silence:g} s", "passing") from None
    except urllib3.exceptions.TimeoutError:
        raise RefusedError(f"nothing came for {haste.silence:g} s", "passing") from None
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
        raise RefusedError(_reason(error), "passing") from None


def _reason(error: BaseException) -> str:
    chain = list(_chain(error))
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({one.verify_message})"
        if type(one).__name__ == "ReadTimeoutError":
            return "nothing came in time"
        if str(one).startswith("Tunnel connection failed"):
            return f"the proxy lets nothing through ({one})"
    words = next((one.strerror for one in chain if isinstance(one, OSError) and one.strerror), None)
    return f"the connection failed ({words or type(chain[-1]).__name__})"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that it goes back to, outermost first."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            inner = (*one.args, getattr(one, "reason", None), one.__cause__, one.__context__)
            waiting += [item for item in inner if isinstance(item, BaseException)]


def _looks_like(start: bytes) -> str:
    text = start[:_LOOKED_AT].decode("latin-1").lstrip().lower()
    if text.startswith(("<!doctype html", "<html")):
        return "an HTML page"
    if found := re.search(r"<(?:\w+:)?(?:serviceexception|exceptiontext)\b[^>]*>\s*([^<]+)", text):
        return f"an error ('{' '.join(found[1].split())[:120]}')"
    if text.startswith("<"):
        return "XML"
    return f"{len(start)} bytes of something else" if start else "nothing"

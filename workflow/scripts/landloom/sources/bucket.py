"""Objects of a store that is not public, by the account and endpoint that GDAL has, too.

What lies in public buckets comes over the web, without an account: `landloom.sources.download`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from landloom.errors import LandloomError, NotThereError
from landloom.job.gdal import authorities, names_an_account
from landloom.sources.failures import AgainError
from landloom.sources.patience import Patience

_SCHEME = "s3://"
_CHUNK = 1 << 24
"""Bytes that are asked for at a time: each time is two requests, and all lie in memory."""
_REFUSED = re.compile(r"ACCESS_DENIED|INVALID_|SIGNATURE|UNRECOGNIZED_CLIENT|TOKEN|CREDENTIALS")
"""What the names of errors hold that another attempt would end with, too."""
_ACCOUNT = (
    "correct the address, or the account in the environment (some buckets answer so for files that "
    "do not exist)"
)


def has_own_endpoint(url: str) -> bool:
    """Return whether an object lies in a store that the environment names (`AWS_S3_ENDPOINT`)."""
    return url.startswith(_SCHEME) and bool(os.environ.get("AWS_S3_ENDPOINT"))


def has_account(url: str) -> bool:
    """Return whether there is an account for an object that is refused to who has none.

    So it is where the environment names one, or wants requests signed by what the machine itself
    has (`AWS_NO_SIGN_REQUEST=NO`).
    """
    signed = os.environ.get("AWS_NO_SIGN_REQUEST", "").upper() in ("NO", "FALSE", "0")
    return url.startswith(_SCHEME) and not _anonymous() and (names_an_account() or signed)


class StoredObject:
    """An object of a store, as it was when it was opened.

    Parameters
    ----------
    url
        ``s3://bucket/key``.
    name
        What messages call it.
    patience
        How long to wait for a connection, and for bytes.
    region
        The bucket's, in Amazon's store; as the environment says where left out.

    Attributes
    ----------
    size
        Bytes.
    validator
        What tells its versions apart; None where the store does not say.

    Raises
    ------
    NotThereError
        Where the store has no such object, though it has the bucket.
    AgainError
        Where the store does not answer.
    LandloomError
        Where it has no such bucket, or refuses the account.
    """

    def __init__(self, url: str, name: str, patience: Patience, region: str | None = None) -> None:
        self._name, self._path = name, url.removeprefix(_SCHEME)
        bucket, _, key = self._path.partition("/")
        if not (re.fullmatch(r"[\w.-]+", bucket) and key):
            raise LandloomError(f"{name}: no object has such an address; name it s3://bucket/key")
        with _told(name):
            store = _store(bucket, patience, region)
            # Asked before it is opened, because only so a wrong region is told as such.
            if store.get_file_info(self._path).type.name != "File":
                _refuse_bucket(store, bucket, name)
                raise FileNotFoundError(self._path)
            self._store, self._file = store, store.open_input_file(self._path)
            self.size: int = self._file.size()
            self._version = _version(self._file)
        self.validator = self._version[0]

    def chunks(self, start: int) -> Iterator[bytes]:
        """Yield its bytes from a place on; raise `AgainError` where the store does not answer."""
        while True:
            with _told(self._name):
                self._file.seek(start)
                chunk = self._file.read(_CHUNK)
            if not chunk:
                return
            start += len(chunk)
            yield chunk

    def has_changed(self) -> bool:
        """Return whether it was replaced, or removed, since it was opened."""
        with _told(self._name):
            try:
                return _version(self._store.open_input_file(self._path)) != self._version
            except FileNotFoundError:
                return True


def _version(file: Any) -> tuple[str | None, ...]:  # noqa: ANN401
    """Return an object's ETag, time and size."""
    told = file.metadata()
    found = (told.get(key) for key in ("ETag", "Last-Modified", "Content-Length"))
    return tuple(value.decode() if value else None for value in found)


def _anonymous() -> bool:
    return os.environ.get("AWS_NO_SIGN_REQUEST", "").upper() in ("YES", "TRUE", "1")


def _store(bucket: str, patience: Patience, region: str | None) -> Any:  # noqa: ANN401
    from pyarrow.fs import S3FileSystem

    environment = os.environ
    region = region or environment.get("AWS_REGION")
    options: dict[str, Any] = {"region": region} if region else {}
    address = f"https://{bucket}.s3.amazonaws.com"
    if endpoint := environment.get("AWS_S3_ENDPOINT"):
        scheme, _, host = endpoint.rpartition("://")
        plain = environment.get("AWS_HTTPS", "YES").upper() in ("NO", "FALSE", "OFF", "0")
        scheme, host = scheme or ("http" if plain else "https"), host.rstrip("/")
        options |= {"endpoint_override": host, "scheme": scheme}
        address = f"{scheme}://{host}"
    if proxy := _proxy(address):
        options |= {"proxy_options": proxy}
    if named := authorities():
        options |= {"tls_ca_file_path": named}
    return S3FileSystem(
        anonymous=_anonymous(),
        connect_timeout=patience.connect,
        request_timeout=patience.silence,
        **options,
    )


def _proxy(address: str) -> dict[str, Any]:
    """Return the proxy that the environment names for an address, which Arrow does not look for."""
    from requests.utils import get_environ_proxies, select_proxy

    proxy = select_proxy(address, get_environ_proxies(address))
    if not proxy:
        return {}
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    options = {"scheme": parts.scheme, "host": parts.hostname, "port": port}
    account = {"username": parts.username, "password": parts.password}
    return options | {key: unquote(value) for key, value in account.items() if value}


def _refuse_bucket(store: Any, bucket: str, name: str) -> None:  # noqa: ANN401
    """Raise where there is no such bucket: a tile that is not there is sea, a bucket a mistake."""
    from pyarrow.fs import FileType

    try:
        there = store.get_file_info(bucket).type != FileType.NotFound
    except OSError:  # not all who may read its objects may ask about a bucket
        return
    if not there:
        raise LandloomError(f"{name}: there is no such bucket; correct the address")


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Turn what the store's library says into our own errors."""
    try:
        yield
    except FileNotFoundError:
        raise NotThereError(f"{name}: there is no such file; correct the address") from None
    except ValueError as error:
        raise LandloomError(f"{name}: {error}; correct the variables AWS_* and *_proxy") from None
    except OSError as error:
        found = re.search(r"AWS Error (\w+)(?:.* operation)?:? ?(.*)", str(error), re.DOTALL)
        if found is None:
            raise AgainError(f"the store cannot be read ({error})") from None
        if there := re.search(r"bucket is located in '([\w-]+)'", found[2]):
            raise LandloomError(
                f"{name}: the bucket lies in another region; set AWS_REGION={there[1]}"
            ) from None
        words = f"{found[1]}: {found[2]}".strip().rstrip(".: ")
        if _REFUSED.search(found[1]):
            raise LandloomError(f"{name}: access is refused ({found[1]}); {_ACCOUNT}") from None
        raise AgainError(f"the store does not answer ({words})") from None

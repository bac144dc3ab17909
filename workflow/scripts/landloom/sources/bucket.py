"""Whole objects from a store that is not public, by the account and endpoint that GDAL has, too.

What lies in public buckets comes over the web, without an account: `landloom.sources.download`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from landloom.errors import LandloomError, NotThereError
from landloom.job.gdal import authorities, names_an_account
from landloom.sources.failures import AgainError
from landloom.sources.patience import Patience

_SCHEME = "s3://"
_REFUSED = re.compile(r"ACCESS_DENIED|INVALID_|SIGNATURE|UNRECOGNIZED_CLIENT|TOKEN|CREDENTIALS")
"""What the names of errors hold that another attempt would end with, too."""
_ACCOUNT = (
    "correct the address, or the account in the environment (some buckets answer so for files that "
    "do not exist)"
)


def is_of_own_store(url: str) -> bool:
    """Return whether an object is fetched as GDAL would read it, not as one of a public bucket.

    So it is where the environment names an account or an endpoint (`AWS_S3_ENDPOINT`), or wants
    requests signed by what the machine itself has (`AWS_NO_SIGN_REQUEST=NO`).
    """
    named = names_an_account() or "AWS_S3_ENDPOINT" in os.environ
    signed = os.environ.get("AWS_NO_SIGN_REQUEST", "").upper() in ("NO", "FALSE", "0")
    return url.startswith(_SCHEME) and (named or signed)


@contextmanager
def opened(url: str, name: str, patience: Patience) -> Iterator[tuple[int, BinaryIO]]:
    """Open an object for reading.

    Parameters
    ----------
    url
        ``s3://bucket/key``.
    name
        What messages call it.
    patience
        How long to wait for a connection, and for bytes.

    Yields
    ------
    tuple of (int, file)
        How many bytes the object has, and what gives them.

    Raises
    ------
    NotThereError
        Where the store has no such object, though it has the bucket.
    AgainError
        Where the store does not answer.
    LandloomError
        Where it has no such bucket, or refuses the account.
    """
    path = url.removeprefix(_SCHEME)
    with _told(name):
        from pyarrow.fs import FileType

        store = _store(path.partition("/")[0], patience)
        found = store.get_file_info(path)
        if found.type != FileType.File:
            _refuse_bucket(store, path.partition("/")[0], name)
            raise NotThereError(f"{name}: there is no such file; correct the address")
        # As it is: by itself it would unpack what has the name of something packed.
        with store.open_input_stream(path, compression=None) as stream:
            yield found.size, cast(BinaryIO, stream)


def _store(bucket: str, patience: Patience) -> Any:  # noqa: ANN401
    from pyarrow.fs import S3FileSystem, resolve_s3_region

    environment = os.environ
    options: dict[str, str] = {}
    if endpoint := environment.get("AWS_S3_ENDPOINT"):
        scheme, _, host = endpoint.rpartition("://")
        plain = environment.get("AWS_HTTPS", "YES").upper() in ("NO", "FALSE", "OFF", "0")
        options |= {"endpoint_override": host.rstrip("/")}
        options |= {"scheme": scheme or ("http" if plain else "https")}
    elif not {"AWS_REGION", "AWS_DEFAULT_REGION"} & environment.keys():
        options |= {"region": resolve_s3_region(bucket)}
    if region := environment.get("AWS_REGION"):
        options |= {"region": region}
    if named := authorities():
        options |= {"tls_ca_file_path": named}
    return S3FileSystem(
        anonymous=environment.get("AWS_NO_SIGN_REQUEST", "").upper() in ("YES", "TRUE", "1"),
        connect_timeout=patience.connect,
        request_timeout=patience.silence,
        **options,
    )


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
    except OSError as error:
        found = re.search(r"AWS Error (\w+)(?:.* operation)?:? ?(.*)", str(error), re.DOTALL)
        if found is None:  # a disk's
            raise
        words = f"{found[1]}: {found[2]}".strip().rstrip(".: ")
        if _REFUSED.search(found[1]):
            raise LandloomError(f"{name}: access is refused ({found[1]}); {_ACCOUNT}") from None
        raise AgainError(f"the store does not answer ({words})") from None

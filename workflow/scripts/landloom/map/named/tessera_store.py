"""Stores of Tessera's embeddings (Zarr format 3), at an address or in a folder: what lies in them.

What it means, and whether it is what was promised, is told by `landloom.map.named.tessera_zone`.
Nothing else imports zarr, and only jobs that read such a store import this.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr
from zarr.abc.buffer import Buffer, BufferPrototype
from zarr.abc.store import (
    ByteRequest,
    OffsetByteRequest,
    RangeByteRequest,
    Store,
    SuffixByteRequest,
)
from zarr.storage import LocalStore

from landloom.addresses import is_remote
from landloom.map.named.tessera_zone import StoredArray, StoredZone
from landloom.sources.asking import Haste, RefusedError
from landloom.sources.ranges import PATIENT, PAUSE, RemoteFiles

_ARRAYS = ("embeddings", "scales", "time")

_UNREADABLE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    RuntimeError,
    OSError,
)
"""What zarr and its codecs raise over bytes that are not what they should be."""


class TesseraStore:
    """A store of one release of the embeddings: a group for each UTM zone.

    Parameters
    ----------
    store : zarr.abc.store.Store
        Where its bytes are had.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def zone(self, name: str) -> StoredZone | None:
        """Return what is stored of a zone; None where there is no group of that name.

        Raises
        ------
        RefusedError
            Where it cannot be read.
        """
        with _worded(name):
            try:
                group = zarr.open_group(
                    self._store, path=name, mode="r", zarr_format=3, use_consolidated=False
                )
            except FileNotFoundError:  # of a group, or of the whole folder
                return None
            arrays = {key: found for key in _ARRAYS if (found := _array(group, key, name))}
            return StoredZone(name, dict(group.attrs), arrays)

    def is_there(self) -> bool:
        """Return whether there is a store at all, whatever zones it has.

        Raises
        ------
        RefusedError
            Where it cannot be told.
        """
        with _worded("the store"):
            try:
                zarr.open_group(self._store, mode="r", zarr_format=3, use_consolidated=False)
            except FileNotFoundError:
                return False
            return True


def open_store(place: str, haste: Haste = PATIENT, pause: float = PAUSE) -> TesseraStore:
    """Return the store at an address or in a folder; nothing is asked for yet.

    Parameters
    ----------
    place
        An address that begins with ``https://`` or ``http://``, or a folder's path.
    haste
        How long a server is waited for.
    pause
        Seconds before it is asked for the second time, where that may help; doubled each time.
    """
    if not is_remote(place):
        return TesseraStore(LocalStore(place, read_only=True))
    return TesseraStore(_WebStore(RemoteFiles(place.rstrip("/"), haste, pause)))


class _Array:
    """An array that names what is wrong where a part of it cannot be read."""

    def __init__(self, array: zarr.Array[Any], label: str) -> None:
        self._array, self._label = array, label
        self.shape: tuple[int, ...] = array.shape
        self.chunks: tuple[int, ...] = array.chunks
        self.dtype = np.dtype(array.dtype)
        self.attributes: dict[str, Any] = dict(array.attrs)

    def __getitem__(self, index: tuple[int | slice, ...]) -> npt.NDArray[Any]:
        with _worded(self._label):
            return np.asarray(self._array[index])


def _array(group: zarr.Group, key: str, zone: str) -> StoredArray | None:
    try:
        found = group[key]
    except KeyError:
        return None
    return _Array(found, f"{zone}/{key}") if isinstance(found, zarr.Array) else None


@contextmanager
def _worded(label: str) -> Iterator[None]:
    """Turn what zarr says of damaged bytes into a refusal: they may come whole a moment later."""
    try:
        yield
    except _UNREADABLE as error:
        told = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise RefusedError(f"{label} cannot be read ({told})", "passing") from None


class _WebStore(Store):
    """A store that is read over HTTP, in the project's own way: proxies, authorities, words.

    zarr takes the chunks of a shard one after the other; `RemoteFiles` makes few requests of them.
    """

    supports_writes = False
    supports_deletes = False
    supports_listing = False

    def __init__(self, files: RemoteFiles) -> None:
        super().__init__(read_only=True)
        self._files = files

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _WebStore) and self._files is other._files

    __hash__ = None  # type: ignore[assignment]

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return a file or a part of it; None where there is none."""
        try:
            body = await asyncio.to_thread(self._get, key, byte_range)
        except RefusedError as refusal:
            if refusal.kind == "absent":
                return None
            raise
        return prototype.buffer.from_bytes(body)

    def _get(self, key: str, wanted: ByteRequest | None) -> bytes:
        match wanted:
            case RangeByteRequest(start, end):
                return self._files.span(key, start, end)
            case SuffixByteRequest(suffix):
                return self._files.end(key, suffix)
            case OffsetByteRequest(offset):
                return self._files.since(key, offset)
            case _:
                return self._files.whole(key)

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        """Return parts of files."""
        return [await self.get(key, prototype, wanted) for key, wanted in key_ranges]

    async def exists(self, key: str) -> bool:
        """Return whether there is a file."""
        try:
            await asyncio.to_thread(self._files.whole, key)
        except RefusedError as refusal:
            if refusal.kind == "absent":
                return False
            raise
        return True

    async def set(self, key: str, value: Buffer) -> None:
        """Refuse to write: HTTP does not."""
        raise NotImplementedError

    async def delete(self, key: str) -> None:
        """Refuse to delete: HTTP does not."""
        raise NotImplementedError

    def list(self) -> AsyncIterator[str]:
        """Refuse to list: HTTP does not."""
        raise NotImplementedError

    def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        """Refuse to list: HTTP does not."""
        raise NotImplementedError

    def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """Refuse to list: HTTP does not."""
        raise NotImplementedError

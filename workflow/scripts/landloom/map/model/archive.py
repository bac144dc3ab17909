"""A file of plain arrays and a description, in which nothing can hide that runs.

It is a ZIP archive (PKWARE's APPNOTE, as `zipfile` reads it) with ``manifest.json`` and, for each
array, a ``.npy`` file (NEP 1), stored as they are. The manifest tells each array's type, shape and
SHA-256. Equal contents give equal bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from landloom.errors import LandloomError

Arrays = dict[str, npt.NDArray[Any]]

_MANIFEST = "manifest.json"
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time of all files in archives: the first that the format has."""

_LARGEST_MANIFEST = 64 * 2**20
_TYPES = ("float32", "float64", "int64", "uint32", "uint64")
_UNREADABLE = (
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    TypeError,
    ValueError,
    EOFError,
    RecursionError,
    RuntimeError,  # of what is encrypted
    NotImplementedError,  # of what later versions of the format pack
    SyntaxError,  # of an array's header
    tokenize.TokenError,
    struct.error,
)
"""What the libraries raise of files that are damaged, or made to be."""

_DAMAGED = "is damaged or cut short, or no model of Landloom; get it again from where it was made"


def write_archive(path: Path, about: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    """Write arrays and what is to be known of them.

    Parameters
    ----------
    path
        The file.
    about
        Plain data; ``arrays`` is added to it.
    arrays
        By name.
    """
    files = {f"{name}.npy": _npy(array) for name, array in sorted(arrays.items())}
    told = {
        name: {
            "dtype": array.dtype.name,
            "shape": list(array.shape),
            "sha256": hashlib.sha256(files[f"{name}.npy"]).hexdigest(),
        }
        for name, array in sorted(arrays.items())
    }
    manifest = json.dumps({**about, "arrays": told}, indent=1, ensure_ascii=False) + "\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in {_MANIFEST: manifest.encode(), **files}.items():
            archive.writestr(zipfile.ZipInfo(name, EARLIEST), content)


def _npy(array: npt.NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)
    return file.getvalue()


def read_archive(path: str | Path) -> tuple[dict[str, Any], Arrays]:
    """Read what `write_archive` wrote, and prove each array by its digest.

    Nothing is unpickled, and nothing larger than the file itself is unpacked.

    Raises
    ------
    LandloomError
        Where the file is none of these, or an array is not the one of the manifest.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            packed = [item.filename for item in archive.infolist() if item.compress_type]
            if packed:
                raise LandloomError(f"{path}: {packed[0]} in it is packed, models hold plain files")
            sizes = {item.filename: item.file_size for item in archive.infolist()}
            if not 0 < sizes.get(_MANIFEST, 0) <= _LARGEST_MANIFEST:
                raise LandloomError(f"{path}: {_DAMAGED}")
            about = json.loads(archive.read(_MANIFEST))
            if not isinstance(about, dict) or not isinstance(about.get("arrays"), dict):
                raise LandloomError(f"{path}: {_DAMAGED}")
            told = about.pop("arrays")
            if not all(isinstance(entry, dict) for entry in told.values()):
                raise LandloomError(f"{path}: {_DAMAGED}")
            arrays = {name: _array(path, archive, name, told[name]) for name in told}
    except _UNREADABLE as error:
        raise LandloomError(f"{path}: {_DAMAGED} ({_first_line(error)})") from None
    return about, arrays


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _array(
    path: str | Path,
    archive: zipfile.ZipFile,
    name: str,
    told: dict[str, Any],
) -> npt.NDArray[Any]:
    content = archive.read(f"{name}.npy")
    if hashlib.sha256(content).hexdigest() != told["sha256"]:
        raise LandloomError(
            f"{path}: {name} in it is not what was written (its SHA-256 differs); get the file "
            "again from where it was made"
        )
    dtype, shape = _header(content)
    if dtype.name not in _TYPES or [dtype.name, list(shape)] != [told["dtype"], told["shape"]]:
        raise LandloomError(
            f"{path}: {name} in it is {dtype.name} {shape}, where the manifest tells "
            f"{told['dtype']} {told['shape']}; get the file again from where it was made"
        )
    if dtype != np.dtype(told["dtype"]).newbyteorder("<"):
        raise LandloomError(
            f"{path}: {name} in it is big-endian, which models are not; get the file again from "
            "where it was made"
        )
    array: npt.NDArray[Any] = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    return array


def _header(content: bytes) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """Return the type and shape of an array, whose bytes have to be there: nothing is made yet.

    Raises
    ------
    ValueError
        It holds objects, or has more or fewer bytes than its header tells.
    """
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    if version != (1, 0):
        raise ValueError(f"an array of version {version}")
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.hasobject:
        raise ValueError("Object arrays cannot be loaded")
    if math.prod(shape) * dtype.itemsize != len(content) - file.tell():
        raise ValueError(f"an array's header tells {shape}, of which it has not the bytes")
    return dtype, shape

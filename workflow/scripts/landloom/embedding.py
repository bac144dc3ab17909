"""Embedding rasters: what they are, how their pixels are read, decoded and doubted.

An embedding is one raster or a list of tiles on one pixel grid. `inspect` reads the headers once
and puts all that later jobs need into an `EmbeddingInfo`; `Embedding` then reads windows of it.
Rows and columns count along the raster's own pixel axes and every place goes through the affine
transform, so bottom-up rasters (positive y step), sheared ones and geographic CRSs need no special
case.

The tiles are merged here rather than by a GDAL VRT: a VRT that skips nodata merges band by band, so
a pixel could mix the vectors of two tiles, and it reads pixel-interleaved files once per band.

Notes
-----
Two encodings are known:

``float``
    The stored numbers are the embedding.
``alphaearth``
    Signed bytes of the AlphaEarth Foundations Satellite Embedding. A byte v means
    ``sign(v) · (v / 127.5)²`` and -128 in every band marks nodata. The decoded vectors are of unit
    length (Brown et al. 2025, "AlphaEarth Foundations", arXiv:2507.22291, and the data set's
    description).
"""

from __future__ import annotations

import json
import math
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import numpy.typing as npt

from landloom.errors import LandloomError
from landloom.grid import blocks

if TYPE_CHECKING:
    from affine import Affine
    from rasterio.io import DatasetReader
    from rasterio.windows import Window

Encoding = Literal["float", "alphaearth"]
Mask = npt.NDArray[np.bool_]

#: What marks nodata in AlphaEarth's bytes, when it stands in every band.
ALPHAEARTH_NODATA = -128

_KEY = "map.embedding.raster"
_CACHE_MB = 128
_OPEN_TILES = 32
_READ_BYTES = 128 * 2**20
_ALIGNED = 0.01  # pixels: what rounding in a tile's header may amount to over its whole width


# -------------------------------------------------------------------------------------- inspect


@dataclass(frozen=True)
class Tile:
    """One file of an embedding: its path and its place, in pixels of the whole."""

    path: str
    row: int
    col: int
    height: int
    width: int


@dataclass(frozen=True)
class EmbeddingInfo:
    """All that is known of an embedding without reading its pixels.

    Attributes
    ----------
    tiles : tuple of Tile
        The files. Where they overlap, the first one that has data at a pixel gives its vector.
    crs : str
        The coordinate reference system as WKT.
    transform : tuple of float
        The affine coefficients a, b, c, d, e, f of the whole (x = a·col + b·row + c), CRS units.
    bounds : tuple of float
        West, south, east, north of the whole, in CRS units.
    width, height, bands : int
        The size of the whole.
    dtype : str
        The stored type of every band.
    encoding : {'float', 'alphaearth'}
        What the stored numbers mean, as declared by the user.
    nodata : float or None
        The stored number that marks nodata: the user's, else the file's.
    block_shape : tuple of int
        Rows and columns of the blocks in which the first file is stored.
    interleave : str
        ``pixel``, ``band`` or ``line``: how the first file stores its bands; ``pixel`` if untold.
    """

    tiles: tuple[Tile, ...]
    crs: str
    transform: tuple[float, float, float, float, float, float]
    bounds: tuple[float, float, float, float]
    width: int
    height: int
    bands: int
    dtype: str
    encoding: Encoding
    nodata: float | None
    block_shape: tuple[int, int]
    interleave: str

    def __post_init__(self) -> None:
        # One and the same NaN object, so that two infos with a NaN nodata compare equal.
        if self.nodata is not None and math.isnan(self.nodata):
            object.__setattr__(self, "nodata", math.nan)

    @property
    def affine(self) -> Affine:
        """The transform as rasterio has it."""
        from affine import Affine

        return Affine(*self.transform)

    @property
    def chunk(self) -> int:
        """The side, in pixels, of a square window that may be read whole: at most 128 MB."""
        pixels = _READ_BYTES // (self.bands * np.dtype(self.dtype).itemsize)
        return min(1024, 1 << max(4, pixels.bit_length() - 1 >> 1))

    def to_json(self) -> str:
        """Write the info as JSON text; `from_json` gives an equal one back."""
        fields = asdict(self)
        if self.nodata is not None and not math.isfinite(self.nodata):
            fields["nodata"] = str(self.nodata)  # JSON knows neither NaN nor infinity
        return json.dumps(fields, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> EmbeddingInfo:
        """Read what `to_json` wrote."""
        fields: dict[str, Any] = json.loads(text)
        fields["tiles"] = tuple(Tile(**tile) for tile in fields["tiles"])
        for key in ("transform", "bounds", "block_shape"):
            fields[key] = tuple(fields[key])
        if fields["nodata"] is not None:
            fields["nodata"] = float(fields["nodata"])
        return cls(**fields)


def inspect(
    paths: str | Path | Sequence[str | Path],
    encoding: Encoding = "float",
    nodata: float | None = None,
) -> EmbeddingInfo:
    """Read the headers of an embedding and check that its files belong together.

    Parameters
    ----------
    paths : path or sequence of paths
        One raster, or tiles on one pixel grid: anything that rasterio opens.
    encoding : {'float', 'alphaearth'}
        What the stored numbers mean (see the module's notes).
    nodata : float, optional
        The stored number that marks nodata, in place of the files' own.

    Returns
    -------
    EmbeddingInfo

    Raises
    ------
    LandloomError
        If a file cannot be opened, has no CRS, no geotransform or bands of complex or mixed
        types, or if two tiles differ in bands, type, nodata, CRS or pixel size, or do not lie a
        whole number of pixels apart.
    """
    names = [str(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
    if not names:
        raise LandloomError(f"{_KEY}: the list of tiles is empty; name at least one raster")
    headers = [_header(name, nodata) for name in names]
    offsets = [_offset(headers[0], header) for header in headers]
    top, left = (min(values) for values in zip(*offsets, strict=True))
    tiles = tuple(
        Tile(header.path, row - top, col - left, header.height, header.width)
        for header, (row, col) in zip(headers, offsets, strict=True)
    )
    first = headers[0]
    transform = first.transform @ type(first.transform).translation(left, top)
    height = max(tile.row + tile.height for tile in tiles)
    width = max(tile.col + tile.width for tile in tiles)
    corners = [transform @ corner for corner in ((0, 0), (width, 0), (0, height), (width, height))]
    xs, ys = zip(*corners, strict=True)
    return EmbeddingInfo(
        tiles=tiles,
        crs=first.crs.to_wkt(),
        transform=tuple(transform)[:6],
        bounds=(min(xs), min(ys), max(xs), max(ys)),
        width=width,
        height=height,
        bands=first.bands,
        dtype=first.dtype,
        encoding=encoding,
        nodata=first.nodata,
        block_shape=first.block_shape,
        interleave=first.interleave,
    )


@dataclass(frozen=True)
class _Header:
    path: str
    crs: Any
    transform: Affine
    width: int
    height: int
    bands: int
    dtype: str
    nodata: float | None
    block_shape: tuple[int, int]
    interleave: str


def _header(path: str, nodata: float | None) -> _Header:
    """Read one file's header and refuse what cannot be placed or computed with."""
    with _opened(path) as source:
        if len(set(source.dtypes)) > 1:
            raise LandloomError(
                f"{_KEY}: the bands of {path} are of different types "
                f"({', '.join(sorted(set(source.dtypes)))}); write them in one type"
            )
        if np.dtype(source.dtypes[0]).kind not in "iuf":
            raise LandloomError(f"{_KEY}: {path} holds {source.dtypes[0]}, not plain numbers")
        return _Header(
            path=path,
            crs=source.crs,
            transform=source.transform,
            width=source.width,
            height=source.height,
            bands=source.count,
            dtype=source.dtypes[0],
            nodata=source.nodata if nodata is None else float(nodata),
            block_shape=tuple(source.block_shapes[0]),
            interleave=source.interleaving.value.lower() if source.interleaving else "pixel",
        )


def _opened(path: str) -> DatasetReader:
    from landloom.raster import open_dataset

    return open_dataset(path, f"{_KEY}: {path}")


def _offset(first: _Header, other: _Header) -> tuple[int, int]:
    """Row and column of a tile's first pixel, counted from those of the first tile."""

    def differ(what: str, values: tuple[object, object], remedy: str) -> LandloomError:
        return LandloomError(
            f"{_KEY}: tiles of different {what}: {first.path} has {values[0]}, "
            f"{other.path} has {values[1]}; {remedy}"
        )

    same = "list tiles of one embedding only"

    if other.bands != first.bands:
        raise differ("band counts", (first.bands, other.bands), same)
    if other.dtype != first.dtype:
        raise differ("types", (first.dtype, other.dtype), same)
    if _marker(first.nodata, first.dtype) != _marker(other.nodata, other.dtype):
        raise differ("nodata", (first.nodata, other.nodata), "set map.embedding.nodata")
    if other.crs != first.crs:
        names = first.crs.to_string(), other.crs.to_string()
        raise differ("CRS", names, "reproject them to one CRS, or make a map of each")
    # The other tile's pixel axes and origin, in the first one's pixels: 1, 0, 0, 1 if they agree.
    axes = ~first.transform @ other.transform
    drift = max(abs(axes.a - 1), abs(axes.b), abs(axes.d), abs(axes.e - 1))
    if drift * max(other.width, other.height) > _ALIGNED:
        steps = _steps(first.transform), _steps(other.transform)
        raise differ("pixel steps (a, b, d, e)", steps, "resample them to one pixel grid")
    row, col = round(axes.f), round(axes.c)
    if max(abs(axes.f - row), abs(axes.c - col)) > _ALIGNED:
        raise LandloomError(
            f"{_KEY}: {other.path} lies {axes.c:.3f} columns and {axes.f:.3f} rows from "
            f"{first.path}, not a whole number of pixels; resample them to one pixel grid"
        )
    return row, col


def _steps(transform: Affine) -> tuple[float, ...]:
    """Give a transform's linear part: y steps of unlike sign are a bottom-up tile among others."""
    return transform.a, transform.b, transform.d, transform.e


# ------------------------------------------------------------------------------------- decoding


def decode(array: npt.NDArray[Any], encoding: Encoding) -> npt.NDArray[np.float32]:
    """Turn stored numbers into the embedding's.

    Parameters
    ----------
    array : ndarray of any shape
        Numbers as stored.
    encoding : {'float', 'alphaearth'}
        What they mean.

    Returns
    -------
    ndarray of float32, of the same shape
        For ``alphaearth`` ``sign(v) · (v / 127.5)²``, every step in float32. Nodata is decoded
        like a value: mask it first with `valid_mask`.
    """
    if encoding == "float":
        return array.astype(np.float32, copy=False)
    if array.dtype == np.int8:
        return _BYTE_VALUES[array.view(np.uint8)]
    return _signed_square(array)


def _signed_square(array: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    scaled: npt.NDArray[np.float32] = array.astype(np.float32) / np.float32(127.5)
    return scaled * np.abs(scaled)


_BYTE_VALUES = _signed_square(np.arange(256, dtype=np.uint8).view(np.int8))


def invalid(
    array: npt.NDArray[Any], encoding: Encoding, nodata: float | None
) -> dict[Literal["nan", "nodata", "zero"], Mask]:
    """Say which pixels hold no embedding, and why.

    Parameters
    ----------
    array : ndarray, shape (bands, ...)
        Numbers as stored, bands first.
    encoding : {'float', 'alphaearth'}
        What they mean.
    nodata : float or None
        The stored number that marks nodata.

    Returns
    -------
    dict of bool ndarrays, shape (...)
        ``nan``
            NaN or infinite in any band.
        ``nodata``
            ``float``: nodata in any band, since the rest of such a vector is not to be trusted.
            Only a nodata of 0 must fill every band, because 0 is an ordinary value of one band.
            ``alphaearth``: -128 in every band (or the given nodata in every band).
        ``zero``
            Zero in every band.
        A pixel is named once, by the first reason that holds.
    """
    flat = array.reshape(array.shape[0], -1)
    nothing = np.zeros(flat.shape[1], dtype=np.bool_)
    nan = nothing.copy()
    if array.dtype.kind == "f":
        for band in flat:
            nan |= ~np.isfinite(band)
    missing = nothing.copy()
    marker = _marker(nodata, array.dtype)
    if encoding == "alphaearth":
        missing |= _in_every_band(flat, ALPHAEARTH_NODATA)
        if marker is not None and marker != ALPHAEARTH_NODATA:
            missing |= _in_every_band(flat, marker)
    elif marker == 0:
        missing |= _in_every_band(flat, 0)
    elif marker is not None:
        for band in flat:
            missing |= band == marker
    zero = _in_every_band(flat, 0)
    missing &= ~nan
    zero &= ~(nan | missing)
    shape = array.shape[1:]
    return {
        "nan": nan.reshape(shape),
        "nodata": missing.reshape(shape),
        "zero": zero.reshape(shape),
    }


def valid_mask(array: npt.NDArray[Any], encoding: Encoding, nodata: float | None) -> Mask:
    """Say which pixels hold an embedding: those that `invalid` gives no reason against.

    Parameters
    ----------
    array : ndarray, shape (bands, ...)
        Numbers as stored, bands first.
    encoding, nodata
        As for `invalid`.

    Returns
    -------
    bool ndarray, shape (...)
    """
    reasons = invalid(array, encoding, nodata)
    return ~(reasons["nan"] | reasons["nodata"] | reasons["zero"])


def _in_every_band(bands: Iterable[npt.NDArray[Any]], value: float) -> Mask:
    """Find the pixels that hold a value in every band, looking no further than needed."""
    rest = iter(bands)
    found: Mask = next(rest) == value
    for band in rest:
        if not found.any():
            break
        found &= band == value
    return found


def _marker(nodata: float | None, dtype: npt.DTypeLike) -> float | None:
    """Give nodata as a number of the stored type; None if no pixel can equal it."""
    kind = np.dtype(dtype)
    if nodata is None or math.isnan(nodata):
        return None
    if kind.kind == "f":
        with np.errstate(over="ignore"):
            return float(np.asarray(nodata, dtype=kind))
    limits = np.iinfo(kind)
    whole = math.isfinite(nodata) and float(nodata).is_integer()
    return int(nodata) if whole and limits.min <= nodata <= limits.max else None


# -------------------------------------------------------------------------------------- reading


class Embedding:
    """An embedding opened for reading; a context manager.

    Memory is bounded by the windows asked for: GDAL's block cache is held at 128 MB and at most 32
    tiles are open at once.

    Parameters
    ----------
    info : EmbeddingInfo
        What `inspect` found.

    Examples
    --------
    >>> with Embedding(info) as embedding:  # doctest: +SKIP
    ...     stored = embedding.read(Window(0, 0, 512, 512))
    ...     valid = valid_mask(stored, info.encoding, info.nodata)
    """

    def __init__(self, info: EmbeddingInfo) -> None:
        self.info = info
        self._stack = ExitStack()
        self._open: OrderedDict[str, DatasetReader] = OrderedDict()

    def __enter__(self) -> Self:
        import rasterio

        # By default the block cache grows with the machine's memory.
        self._stack.enter_context(rasterio.Env(GDAL_CACHEMAX=_CACHE_MB))
        return self

    def __exit__(self, *_: object) -> None:
        while self._open:
            self._open.popitem()[1].close()
        self._stack.close()

    def read(self, window: Window) -> npt.NDArray[Any]:
        """Read a window as stored.

        Parameters
        ----------
        window : rasterio.windows.Window
            Whole pixels, inside the raster.

        Returns
        -------
        ndarray of `info.dtype`, shape (bands, height, width)
            Where no tile lies, and where several lie but none has data, the pixel is one that
            `valid_mask` refuses.
        """
        info = self.info
        shape = (info.bands, int(window.height), int(window.width))
        tiles = list(self._under(window))
        if len(tiles) == 1 and tiles[0][1] == (slice(0, shape[1]), slice(0, shape[2])):
            tile, _, part = tiles[0]
            whole: npt.NDArray[Any] = self._source(tile).read(window=part)
            return whole
        merged = np.full(shape, self._fill(), dtype=info.dtype)
        for tile, (rows, cols), part in reversed(tiles):  # so that the first tile comes out on top
            stored = self._source(tile).read(window=part)
            valid = valid_mask(stored, info.encoding, info.nodata)
            np.copyto(merged[:, rows, cols], stored, where=valid)
        return merged

    def valid(self, window: Window) -> Mask:
        """Say which pixels of a window have data, exactly as `valid_mask` of `read` would.

        Files that store band by band are read only as far as needed, often one band of all, if a
        pixel is invalid only by what stands in every band.

        Parameters
        ----------
        window : rasterio.windows.Window
            Whole pixels, inside the raster; not larger than `info.chunk` squared to bound memory.

        Returns
        -------
        bool ndarray, shape (height, width)
        """
        valid = np.zeros((int(window.height), int(window.width)), dtype=np.bool_)
        for tile, place, part in self._under(window):
            valid[place] |= self._valid_in(self._source(tile), part)
        return valid

    def _valid_in(self, source: DatasetReader, window: Window) -> Mask:
        info = self.info
        marker = _marker(info.nodata, info.dtype)
        values = {0.0} if marker is None else {0.0, marker}
        if info.encoding == "alphaearth":
            values.add(ALPHAEARTH_NODATA)
        one_band_tells = info.encoding == "float" and values != {0}
        if one_band_tells or info.interleave != "band" or np.dtype(info.dtype).kind == "f":
            return valid_mask(source.read(window=window), info.encoding, info.nodata)
        valid = np.ones((int(window.height), int(window.width)), dtype=np.bool_)
        for value in values:
            bands = (source.read(band + 1, window=window) for band in range(info.bands))
            valid &= ~_in_every_band(bands, value)
        return valid

    def _under(self, window: Window) -> Iterator[tuple[Tile, tuple[slice, slice], Window]]:
        """Find the tiles that a window touches, where in the window, and where in the tile."""
        from rasterio.windows import Window

        (top, bottom), (left, right) = window.toranges()
        for tile in self.info.tiles:
            row, col = max(top, tile.row), max(left, tile.col)
            height = min(bottom, tile.row + tile.height) - row
            width = min(right, tile.col + tile.width) - col
            if height > 0 and width > 0:
                rows = slice(row - top, row - top + height)
                cols = slice(col - left, col - left + width)
                yield tile, (rows, cols), Window(col - tile.col, row - tile.row, width, height)

    def _source(self, tile: Tile) -> DatasetReader:
        source = self._open.pop(tile.path, None)
        if source is None:
            if len(self._open) == _OPEN_TILES:
                self._open.popitem(last=False)[1].close()
            source = _opened(tile.path)
        self._open[tile.path] = source
        return source

    def _fill(self) -> float:
        """Give a number that `valid_mask` refuses when it fills a pixel."""
        if self.info.encoding == "alphaearth":
            return _marker(ALPHAEARTH_NODATA, self.info.dtype) or 0
        marker = _marker(self.info.nodata, self.info.dtype)
        if marker is not None:
            return marker
        return math.nan if np.dtype(self.info.dtype).kind == "f" else 0


# ---------------------------------------------------------------------------------------- guard

_SAMPLE_BLOCK = 256
_SAMPLE_BLOCKS = 32
_ENOUGH = 100
_UNIT = 0.05
_VECTOR = 4  # bands: with fewer, a pixel of one number throughout, or of length 1, is no wonder


def sample_pixels(info: EmbeddingInfo, n: int = 2048, seed: int = 0) -> npt.NDArray[Any]:
    """Read pixels from all over an embedding.

    Blocks of 256 by 256 pixels are read in random order, 32 of them, and on until 100 pixels with
    data were found or the raster has ended: that there is no data is known only at the end.

    Parameters
    ----------
    info : EmbeddingInfo
        The embedding.
    n : int
        How many pixels with data to take, and about as many without, if there are so many.
    seed : int
        Chooses blocks and pixels.

    Returns
    -------
    ndarray of `info.dtype`, shape (pixels, bands)
        Numbers as stored. The same for the same arguments.
    """
    from rasterio.windows import Window

    rng = np.random.default_rng(seed)
    cut = blocks(info.width, info.height, _SAMPLE_BLOCK)
    share = -(-n // min(_SAMPLE_BLOCKS, len(cut)))
    rows: list[npt.NDArray[Any]] = []
    found = 0
    with Embedding(info) as embedding:
        for seen, index in enumerate(rng.permutation(len(cut))):
            if seen >= _SAMPLE_BLOCKS and found >= _ENOUGH:
                break
            block = cut[index]
            stored = embedding.read(Window(block.col, block.row, block.width, block.height))
            valid = valid_mask(stored, info.encoding, info.nodata).ravel()
            for pixels in (np.flatnonzero(valid), np.flatnonzero(~valid)):
                chosen = rng.choice(pixels, min(share, pixels.size), replace=False)
                # An empty block need not be kept a thousand times to be known as empty.
                if seen < _SAMPLE_BLOCKS or valid.any():
                    rows.append(stored.reshape(info.bands, -1)[:, chosen].T)
            found += int(np.count_nonzero(valid))
    return np.concatenate(rows)


def check_encoding(values: npt.NDArray[Any], info: EmbeddingInfo) -> tuple[str, ...]:
    """Stop when stored numbers cannot be what the user declared them to be.

    Parameters
    ----------
    values : ndarray, shape (pixels, bands)
        Pixels as stored, from `sample_pixels`.
    info : EmbeddingInfo
        The embedding with its declared encoding and nodata.

    Returns
    -------
    tuple of str
        What is odd but not impossible, such as constant bands: a line each, for the log.

    Raises
    ------
    LandloomError
        If no pixel has data; if nodata would be taken as data; if ``alphaearth`` is declared for
        numbers that are not signed bytes or whose decoded vectors are not of unit length; if
        ``float`` is declared for AlphaEarth's bytes, plain or divided by 127, 127.5 or 128; if
        every band is constant.

    Notes
    -----
    Unit length is asked of the median vector, within 5 %: a byte's rounding changes a length by
    about 0.2 %, and resampling shortens the vectors at edges, but not the median's.
    """
    reasons = invalid(values.T, info.encoding, info.nodata)
    valid = ~np.logical_or.reduce(list(reasons.values()))
    if not valid.any():
        raise LandloomError(_no_data(reasons, info))
    pixels = values[valid]
    if info.encoding == "alphaearth":
        notes = _check_alphaearth(pixels, info)
    else:
        notes = _check_float(pixels, info)
    return notes + _check_constant(pixels, info)


def _no_data(reasons: dict[Literal["nan", "nodata", "zero"], Mask], info: EmbeddingInfo) -> str:
    words = {"nan": "NaN", "nodata": "nodata", "zero": "zero in every band"}
    found = [words[key] for key, mask in reasons.items() if mask.any()]
    return (
        f"{_KEY}: {_named(info)} has no pixel with data: every pixel read is {' or '.join(found)} "
        f"(encoding {info.encoding}, nodata {info.nodata}); check the file and map.embedding.nodata"
    )


def _check_alphaearth(pixels: npt.NDArray[Any], info: EmbeddingInfo) -> tuple[str, ...]:
    wrong = f"map.embedding.encoding: {_named(info)} cannot be AlphaEarth's signed bytes: "
    remedy = "; if the vectors are decoded already, set encoding: float"
    if not _whole(pixels):
        length = _median_length(pixels.astype(np.float32))
        raise LandloomError(
            f"{wrong}its values are not whole numbers (from {pixels.min()} to {pixels.max()}, "
            f"median vector length {length:.3f}){remedy}"
        )
    if pixels.min() < -128 or pixels.max() > 127:
        raise LandloomError(
            f"{wrong}its values go from {pixels.min()} to {pixels.max()}, not from -127 to 127; "
            "bytes whose sign was lost (uint8) must be read anew as int8"
        )
    length = _median_length(decode(pixels, "alphaearth"))
    if abs(length - 1) > _UNIT:
        linear = _median_length(pixels.astype(np.float32) / np.float32(127))
        hint = (
            "; divided by 127 they are of unit length, so they are linear: set encoding: float"
            if abs(linear - 1) <= _UNIT
            else "; all bands of the embedding are needed, unscaled, or encoding: float"
        )
        raise LandloomError(
            f"{wrong}decoded, the median vector of {info.bands} bands is {length:.3f} long, "
            f"and must be 1{hint}"
        )
    partly = np.count_nonzero((pixels == ALPHAEARTH_NODATA).any(axis=1))
    if partly:
        return (
            f"{partly} of {len(pixels)} sampled pixels hold -128 in some bands only, which "
            "AlphaEarth does not; they are taken as data",
        )
    return ()


def _check_float(pixels: npt.NDArray[Any], info: EmbeddingInfo) -> tuple[str, ...]:
    for value in _fill_values(pixels.dtype) if info.bands >= _VECTOR else ():
        filled = np.count_nonzero((pixels == value).all(axis=1))
        if filled:
            raise LandloomError(
                f"map.embedding.nodata: {filled} of {len(pixels)} sampled pixels of {_named(info)} "
                f"hold {value} in every band and would be taken as data; set nodata: {value}"
                + (", or encoding: alphaearth" if value == ALPHAEARTH_NODATA else "")
            )
    scale = _alphaearth_scale(pixels)
    if scale is None:
        return ()
    found = f"the values of {_named(info)} are AlphaEarth's bytes"
    if scale != 1:
        raise LandloomError(
            f"map.embedding.encoding: {found} divided by {scale:g}, which is not how they are "
            "decoded (a byte v means sign(v)·(v/127.5)²); give the bytes and encoding: alphaearth"
        )
    if _marker(info.nodata, info.dtype) != ALPHAEARTH_NODATA:
        raise LandloomError(
            f"map.embedding.encoding: {found}, undecoded, and -128 would be taken as data; "
            "set encoding: alphaearth"
        )
    return (f"{found}, used undecoded; encoding: alphaearth would decode them",)


def _check_constant(pixels: npt.NDArray[Any], info: EmbeddingInfo) -> tuple[str, ...]:
    constant = np.flatnonzero((pixels == pixels[0]).all(axis=0)) + 1
    if len(pixels) < 2 or not constant.size:
        return ()
    if constant.size == info.bands:
        raise LandloomError(
            f"{_KEY}: every band of {_named(info)} is constant ({len(pixels)} pixels read), "
            "so there is nothing to learn from; check the file and map.embedding.nodata"
        )
    names = ", ".join(str(band) for band in constant)
    return (f"constant in all {len(pixels)} sampled pixels, so of no use: band {names}",)


def _alphaearth_scale(pixels: npt.NDArray[Any]) -> float | None:
    """Find by what AlphaEarth's bytes were divided, if that is what the numbers are.

    Whole numbers alone prove nothing (other models store bytes too): the vectors must be of unit
    length by AlphaEarth's own decoding, nearly all of them.
    """
    if pixels.shape[1] < _VECTOR:
        return None
    for scale in (1.0, 127.0, 127.5, 128.0):
        levels = pixels.astype(np.float64) * scale
        if np.abs(levels).max() <= 128.5 and _whole(levels):
            lengths = np.linalg.norm(decode(np.rint(levels), "alphaearth"), axis=1)
            if np.mean(np.abs(lengths - 1) <= _UNIT) >= 0.95:
                return scale
    return None


def _fill_values(dtype: np.dtype[Any]) -> tuple[float, ...]:
    """Numbers that nobody measures, but many write where they have not measured."""
    low = float(np.finfo(dtype).min) if dtype.kind == "f" else int(np.iinfo(dtype).min)
    return tuple(sorted({v for v in (low, -9999, -32768, -128) if low <= v}))


def _whole(values: npt.NDArray[Any]) -> bool:
    return values.dtype.kind in "iu" or bool(np.all(np.abs(values - np.rint(values)) < 1e-3))


def _median_length(vectors: npt.NDArray[np.float32]) -> float:
    return float(np.median(np.linalg.norm(vectors, axis=1)))


def _named(info: EmbeddingInfo) -> str:
    more = len(info.tiles) - 1
    return info.tiles[0].path + (f" (and {more} more)" if more else "")

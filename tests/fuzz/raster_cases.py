"""Rasters as nobody should hand them in, and some that are only unusual."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from hypothesis import strategies as st
from rasterio.enums import ColorInterp
from rasterio.warp import transform_bounds

REGION = (9.0, 48.0, 9.2, 48.14)
"""West, south, east, north: some 15 x 15 km."""
MARGIN = 0.05

CODES = np.array([11, 42, 52, 71, 82, 24], np.uint8)
ENGINEERING = 'LOCAL_CS["site",UNIT["metre",1]]'


@dataclass(frozen=True)
class RasterCase:
    """What a raster is made of; the defaults are those of a good one.

    Attributes
    ----------
    dtype
        Of the pixels; None for what suits the raster's purpose.
    content
        A name in `CONTENTS`.
    nodata
        As the header declares it.
    crs, frame
        Its CRS, and a name in `FRAMES`.
    side
        Columns and rows.
    bands
        How many; None for what suits.
    mask
        What declares pixels void, besides nodata.
    layout
        Options of the format.
    damage
        A name in `DAMAGES`.
    dent
        Where the damage is, as a share of the file.
    """

    dtype: str | None = None
    content: str = "good"
    nodata: float | None = None
    crs: str | None = "EPSG:32632"
    frame: str = "fits"
    side: tuple[int, int] = (180, 180)
    bands: int | None = None
    mask: str = "none"
    layout: str = "plain"
    damage: str = "none"
    dent: float = 0.5


VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "dtype": st.sampled_from(
        ["uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64",
         "float32", "float64", "complex64", "complex_int16", "float16"]
    ),
    "content": st.sampled_from(
        ["zero", "constant", "random", "nan", "inf", "extreme", "specks", "half", "huge", "void",
         "voids", "tiny"]
    ),
    "nodata": st.sampled_from(
        [0.0, 255.0, -1.0, 11.0, 42.5, -32768.0, 65535.0, math.nan, math.inf, -math.inf,
         -3.4028234663852886e38, 1e300, 9.3e18, 1e-320]
    ),
    "crs": st.sampled_from(
        [None, "EPSG:4326", "EPSG:3857", "EPSG:3035", "EPSG:4979", "EPSG:4978", "EPSG:5773",
         "EPSG:2193", "EPSG:3413", "EPSG:32732", "EPSG:4277", "EPSG:2154", "ESRI:54009",
         "ESRI:54052", "EPSG:27700", "EPSG:5514", "EPSG:9518", ENGINEERING,
         "+proj=longlat +a=1737400 +b=1737400 +no_defs", "+proj=ortho +lat_0=-48 +lon_0=-171",
         "+proj=geos +h=35785831 +lon_0=9", "+proj=ob_tran +o_proj=longlat +o_lat_p=40 +lon_0=9",
         "+proj=longlat +datum=WGS84 +pm=paris", "+proj=utm +zone=32 +units=us-ft"]
    ),
    "frame": st.sampled_from(
        ["bottom-up", "mirrored", "rotated", "sheared", "nan", "inf", "none", "flat", "tiny",
         "huge", "endless", "far", "shifted", "nearby", "half", "coarse", "oblong", "wrapped"]
    ),
    "side": st.sampled_from([(1, 1), (1, 180), (180, 1), (2, 2), (15, 17), (16, 16), (33, 400)]),
    "bands": st.sampled_from([1, 2, 3, 4, 63, 64, 65]),
    "mask": st.sampled_from(["alpha", "clear", "inner", "beside", "all"]),
    "layout": st.sampled_from(
        ["tiled", "deflate", "sparse", "big", "vrt", "envi", "png", "scaled", "palette", "bits"]
    ),
    "damage": st.sampled_from(
        ["cut", "hole", "bits", "empty", "text", "html", "zip", "png", "folder", "gone", "twice",
         "header", "npy"]
    ),
    "dent": st.floats(0, 1),
}  # fmt: skip

_KNOBS = [name for name in VALUES if name != "dent"]


@st.composite
def rasters(draw: st.DrawFn, most: int = 3) -> RasterCase:
    """Draw a raster with one to a few oddities."""
    knobs = draw(st.lists(st.sampled_from(_KNOBS), min_size=1, max_size=most, unique=True))
    changed = {name: draw(VALUES[name]) for name in knobs}
    if "damage" in changed:
        changed["dent"] = draw(VALUES["dent"])
    return RasterCase(**changed)


def described(case: RasterCase) -> str:
    """Return just what is odd about a raster."""
    good = RasterCase()
    changed = {
        one.name: getattr(case, one.name)
        for one in fields(case)
        if getattr(case, one.name) != getattr(good, one.name)
    }
    return f"RasterCase({', '.join(f'{name}={value!r}' for name, value in changed.items())})"


def _waves(height: int, width: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[0:height, 0:width] / 30.0
    turns = rng.uniform(0.5, 2.0, (6, 2)), rng.uniform(0, 6, 6)
    parts = [np.sin(a * rows + b * cols + phase) for (a, b), phase in zip(*turns, strict=True)]
    return np.sum(parts, axis=0)


def landcover(height: int, width: int, seed: int) -> np.ndarray:
    """Codes that follow hills, speckled."""
    rng = np.random.default_rng(seed)
    waves = _waves(height, width, seed)
    bands = np.digitize(waves, [-2.0, -0.5, 0.5, 2.0])
    speckled = rng.random(waves.shape) < 0.2
    return CODES[np.where(speckled, rng.integers(1, len(CODES), waves.shape), bands)]


def heights(height: int, width: int, seed: int) -> np.ndarray:
    return (500.0 + 60.0 * _waves(height, width, seed)).astype(np.float32)


def numbers(height: int, width: int, seed: int) -> np.ndarray:
    return _waves(height, width, seed).astype(np.float32)


Content = Callable[[int, int, int], np.ndarray]


def _filled(content: str, pixels: np.ndarray, case: RasterCase) -> np.ndarray:
    """Return the pixels of a band with its oddity worked in."""
    kind, dtype = pixels.dtype.kind, pixels.dtype
    top = np.iinfo(dtype).max if kind in "iu" else np.finfo(dtype).max if kind == "f" else 1e30
    low = np.iinfo(dtype).min if kind in "iu" else np.finfo(dtype).min if kind == "f" else -1e30
    odd = {"nan": np.nan, "inf": np.inf, "tiny": 1e-310, "huge": 1e30}
    rng = np.random.default_rng(5)
    if content in odd:
        value = odd[content] if kind in "fc" else top
        return np.where(rng.random(pixels.shape) < 0.5, value, pixels).astype(dtype)
    void = dtype.type(low if case.nodata is None else _stored(case.nodata, dtype))
    made: dict[str, Callable[[], np.ndarray]] = {
        "zero": lambda: np.zeros_like(pixels),
        "constant": lambda: np.full_like(pixels, 42),
        "random": lambda: rng.integers(0, 100, pixels.shape).astype(dtype),
        "extreme": lambda: np.where(rng.random(pixels.shape) < 0.5, top, low).astype(dtype),
        "specks": lambda: np.where(rng.random(pixels.shape) < 0.01, void, pixels),
        "void": lambda: np.full_like(pixels, void),
        "voids": lambda: np.where(rng.random(pixels.shape) < 0.9, void, pixels),
        "half": lambda: np.where(np.arange(pixels.shape[1]) % 60 < 30, void, pixels),
    }
    return made.get(content, lambda: pixels)()


def _stored(value: float, dtype: np.dtype[Any]) -> float:
    """Return a number that a type can hold."""
    if dtype.kind not in "iu":
        return value
    limits = np.iinfo(dtype)
    return int(min(max(value, limits.min), limits.max)) if math.isfinite(value) else 0


def _frame(case: RasterCase) -> Affine:
    """Return where the pixels lie: over the region, unless that is the oddity."""
    west, south, east, north = REGION
    bounds = (west - MARGIN, south - MARGIN, east + MARGIN, north + MARGIN)
    try:
        box = transform_bounds("EPSG:4326", case.crs, *bounds) if case.crs else bounds
    except Exception:  # of a CRS that has no such place
        box = bounds
    if not all(map(math.isfinite, box)):
        box = bounds
    cols, rows = case.side
    fits = Affine(
        (box[2] - box[0]) / cols, 0.0, box[0], 0.0, (box[1] - box[3]) / rows, box[3]
    )  # fmt: skip
    middle = Affine.translation(cols / 2, rows / 2)
    across, down = Affine.translation(cols, 0), Affine.translation(0, rows)
    nan, inf = math.nan, math.inf
    frames: dict[str, Callable[[], Affine]] = {
        "bottom-up": lambda: fits @ down @ Affine.scale(1, -1),
        "mirrored": lambda: fits @ across @ Affine.scale(-1, 1),
        "rotated": lambda: fits @ middle @ Affine.rotation(30) @ ~middle,
        "sheared": lambda: fits @ middle @ Affine.shear(30, 10) @ ~middle,
        "nan": lambda: Affine(nan, 0, nan, 0, nan, nan),
        "inf": lambda: Affine(fits.a, 0, inf, 0, fits.e, -inf),
        "none": Affine.identity,
        "flat": lambda: Affine(fits.a, 0, fits.c, 0, 0.0, fits.f),
        "tiny": lambda: fits @ Affine.scale(1e-12),
        "huge": lambda: fits @ middle @ Affine.scale(1e5) @ ~middle,
        "endless": lambda: fits @ Affine.scale(1e290),
        "far": lambda: Affine.translation(1e12, -1e12) @ fits,
        "shifted": lambda: fits @ Affine.translation(0.37, 0.61),
        "nearby": lambda: fits @ Affine.translation(cols * 0.9, 0),
        "half": lambda: fits @ Affine.translation(cols * 0.5, rows * 0.5),
        "coarse": lambda: fits @ middle @ Affine.scale(8) @ ~middle,
        "oblong": lambda: fits @ middle @ Affine.scale(1, 7) @ ~middle,
        "wrapped": lambda: Affine.translation(360, 0) @ fits,
    }
    return frames.get(case.frame, lambda: fits)()


_DRIVERS = {"envi": "ENVI", "png": "PNG"}
_LAYOUTS: Mapping[str, Mapping[str, Any]] = {
    "tiled": {"tiled": True, "blockxsize": 64, "blockysize": 64},
    "deflate": {"compress": "deflate", "predictor": 2},
    "sparse": {"sparse_ok": True, "tiled": True, "blockxsize": 16, "blockysize": 16},
    "big": {"bigtiff": "yes", "interleave": "band"},
    "bits": {"nbits": 4},
}


def write(case: RasterCase, path: Path, content: Content, bands: int = 1) -> None:
    """Write a raster.

    Raises
    ------
    Exception
        Of GDAL's or numpy's, where there can be no such file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    cols, rows = case.side
    count = case.bands or bands
    stored = [content(rows, cols, band) for band in range(count)]
    gdal_type = case.dtype or str(stored[0].dtype)
    dtype = np.dtype("complex64" if gdal_type == "complex_int16" else gdal_type)
    with np.errstate(all="ignore"):
        stored = [_filled(case.content, one.astype(dtype), case) for one in stored]
    if case.mask in ("alpha", "clear"):
        alpha = np.full((rows, cols), 255 if case.mask == "alpha" else 0)
        stored.append(alpha.astype(dtype))
    driver = _DRIVERS.get(case.layout, "GTiff")
    profile = {
        "driver": driver, "width": cols, "height": rows, "count": len(stored), "dtype": gdal_type,
        "crs": case.crs, "transform": _frame(case), "nodata": case.nodata,
    } | _LAYOUTS.get(case.layout, {})  # fmt: skip
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=case.mask != "beside"),
        rasterio.open(path, "w", **profile) as target,
    ):
        target.write(np.stack(stored))
        _decorate(target, case)
    if case.layout == "vrt":
        _behind_vrt(path)
    DAMAGES.get(case.damage, lambda *_: None)(path, case.dent)


def _decorate(target: Any, case: RasterCase) -> None:
    """Give an open raster what stands beside its pixels."""
    rows, cols = target.shape
    if case.mask in ("alpha", "clear"):
        target.colorinterp = [*target.colorinterp[:-1], ColorInterp.alpha]
    if case.mask in ("inner", "beside"):
        target.write_mask(np.indices((rows, cols)).sum(axis=0) % 50 > 5)
    if case.mask == "all":
        target.write_mask(np.zeros((rows, cols), bool))
    if case.layout == "scaled":
        target.scales, target.offsets = (0.0,) * target.count, (math.nan,) * target.count
    if case.layout == "palette":
        target.write_colormap(1, {11: (0, 0, 255, 0), 42: (0, 99, 0, 255)})


def _behind_vrt(path: Path) -> None:
    from rasterio.shutil import copy

    hidden = path.with_name(f"{path.stem}-source.tif")
    path.rename(hidden)
    copy(str(hidden), str(path), driver="VRT")


def _changed(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


def _bits(path: Path, where: float) -> None:
    content = bytearray(path.read_bytes())
    rng = np.random.default_rng(int(where * 1e6))
    for place in rng.integers(0, len(content), 1 + int(20 * where)):
        content[place] ^= 1 << int(rng.integers(0, 8))
    path.write_bytes(bytes(content))


def _hole(path: Path, where: float) -> None:
    def punched(content: bytes) -> bytes:
        at = int(where * len(content))
        return content[:at] + bytes(min(300, len(content) - at)) + content[at + 300 :]

    _changed(path, punched)


def _header(path: Path, where: float) -> None:
    """Spoil the directory of a TIFF, wherever it lies."""
    content = bytearray(path.read_bytes())
    rng = np.random.default_rng(int(where * 1e6))
    start = int.from_bytes(content[4:8], "little") if len(content) > 8 else 0
    for place in rng.integers(start, start + 200, 4):
        if place < len(content):
            content[place] = int(rng.integers(0, 256))
    path.write_bytes(bytes(content))


def _folder(path: Path, _: float) -> None:
    path.unlink()
    path.mkdir()
    (path / "inner.tif").write_bytes(b"II*\0")


DAMAGES: Mapping[str, Callable[[Path, float], object]] = {
    "cut": lambda path, at: _changed(path, lambda whole: whole[: int(at * len(whole))]),
    "hole": _hole,
    "bits": _bits,
    "header": _header,
    "empty": lambda path, _: path.write_bytes(b""),
    "text": lambda path, _: path.write_text("no raster\n"),
    "html": lambda path, _: path.write_text("<!DOCTYPE html><html>404</html>"),
    "zip": lambda path, _: path.write_bytes(b"PK\x05\x06" + bytes(18)),
    "png": lambda path, _: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40)),
    "npy": lambda path, _: path.write_bytes(b"\x93NUMPY\x01\x00" + bytes(80)),
    "folder": _folder,
    "gone": lambda path, _: path.unlink(),
    "twice": lambda path, _: _changed(path, lambda whole: whole + whole),
}


def written(case: RasterCase, path: Path, content: Content, bands: int = 1) -> bool:
    """Write a raster and return whether there can be such a file."""
    try:
        write(case, path, content, bands)
    except Exception:  # whatever GDAL, PROJ or numpy refuse to write
        return False
    return True


def good() -> RasterCase:
    return replace(RasterCase())

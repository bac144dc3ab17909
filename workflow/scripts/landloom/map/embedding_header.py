"""The headers of an embedding's files: what they hold, and whether they belong together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import shapely
from pyproj.exceptions import ProjError
from rasterio.io import DatasetReader
from rasterio.windows import Window

from landloom.errors import LandloomError
from landloom.map.embedding import KEY, SAMPLE_BLOCK, EmbeddingInfo, Tile
from landloom.map.embedding_reader import alpha_of, bands_of
from landloom.map.encoding import Encoding, marker
from landloom.map.zones import Zone, ZonedEmbedding, utm_footprints, zone_names
from landloom.raster.bounds import Bounds
from landloom.raster.coordinates import LONLAT, to_lonlat
from landloom.raster.numbers import kind_of
from landloom.raster.opening import open_dataset, reading
from landloom.raster.pixel_grid import PixelGrid
from landloom.raster.placing import unkept
from landloom.raster.tiles_on_grid import difference_error, join_grids

_LARGEST_SCALE = 1e6


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
        What the stored numbers mean (see `landloom.map.encoding`).
    nodata : float, optional
        The stored number that marks nodata, in place of the files' own.

    Returns
    -------
    EmbeddingInfo

    Raises
    ------
    LandloomError
        If a file cannot be opened, has no CRS, no geotransform or bands of complex or mixed
        types, a scale or offset that is no usable number, or an alpha band that seems to hold
        data, or if two tiles differ in bands, type,
        nodata, scale or offset, CRS or pixel size, or do not lie a whole number of pixels
        apart; if the CRS has no place on the Earth; if `nodata` is no number of the type.
    """
    names = [str(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
    return _joined(_headers(names, nodata), encoding)


def inspect_zones(
    paths: Sequence[str],
    encoding: Encoding = "float",
    nodata: float | None = None,
    region: Bounds | None = None,
    footprints: Mapping[str, str] | None = None,
) -> ZonedEmbedding:
    """Read the headers of an embedding in one CRS or several, as `inspect` does.

    Parameters
    ----------
    paths, encoding, nodata
        As for `inspect`; tiles of one CRS lie on one pixel grid.
    region : Bounds, optional
        Lon/lat box to which the embedding is cropped: the pixels that it touches.
    footprints : mapping of str to str, optional
        The ground that each tile's zone speaks for, as WKT in longitude and latitude; without it,
        the six degrees of a zone of the Universal Transverse Mercator system.

    Returns
    -------
    ZonedEmbedding
        A zone for each CRS, in the order of the paths.

    Raises
    ------
    LandloomError
        As `inspect` does; if no tile lies in the region.
    """
    groups: list[list[_Header]] = []
    for header in _headers(paths, nodata):
        for group in groups:
            if group[0].grid.has_crs_of(header.grid):
                group.append(header)
                break
        else:
            groups.append([header])
    joined = [_joined(group, encoding) for group in groups]
    infos = [part for info in joined if (part := _cropped(info, region))]
    if not infos:
        raise LandloomError(_nothing_there(joined, region))
    if len(infos) == 1:
        return ZonedEmbedding.alone(infos[0])
    grids = [info.grid for info in infos]
    ground = utm_footprints(grids)
    if footprints:
        ground = [_united(info, footprints) or own for info, own in zip(infos, ground, strict=True)]
    zones = zip(zone_names(grids), infos, ground, strict=True)
    return ZonedEmbedding(tuple(Zone(*zone) for zone in zones))


def _cropped(info: EmbeddingInfo, region: Bounds | None) -> EmbeddingInfo | None:
    """Return the part of an embedding in a region; None where no tile lies there."""
    if region is None:
        return info
    part = info.crop(info.grid.touched_by(region))
    return part if part.tiles else None


def _nothing_there(infos: Sequence[EmbeddingInfo], region: Bounds | None) -> str:
    edges = ", ".join(f"{edge:g}" for edge in region or ())
    found = ["({:.4f}, {:.4f}, {:.4f}, {:.4f})".format(*i.grid.bounds(LONLAT)) for i in infos[:5]]
    return (
        f"map.region: no pixel of {infos[0].name} lies at {edges} (w, s, e, n); it covers "
        f"{', '.join(found)}; correct the region, or name other rasters"
    )


def _united(info: EmbeddingInfo, footprints: Mapping[str, str]) -> str:
    """Return the ground for which a zone speaks: that of its tiles; nothing if one tells none."""
    parts = [footprints[tile.path] for tile in info.tiles]
    if not all(parts):
        return ""
    united: str = shapely.union_all(shapely.from_wkt(parts)).wkt
    return united


def _headers(paths: Sequence[str], nodata: float | None) -> list[_Header]:
    """Read the headers of files that are to be alike."""
    if not paths:
        raise LandloomError(f"{KEY}: the list of tiles is empty; name at least one raster")
    headers = [_header(path, nodata) for path in paths]
    for header in headers[1:]:
        _check_alike(headers[0], header)
    return headers


def _joined(headers: Sequence[_Header], encoding: Encoding) -> EmbeddingInfo:
    """Put files together that lie on one pixel grid."""
    grid, places = join_grids({header.path: header.grid for header in headers}, KEY)
    tiles = tuple(
        Tile(header.path, *places[header.path], header.grid.height, header.grid.width)
        for header in headers
    )
    first = headers[0]
    return EmbeddingInfo(
        tiles=tiles,
        grid=grid,
        bands=first.bands,
        dtype=first.dtype,
        encoding=encoding,
        nodata=first.nodata,
        block_shape=first.block_shape,
        interleave=first.interleave,
        descriptions=first.descriptions,
    )


@dataclass(frozen=True)
class _Header:
    path: str
    grid: PixelGrid
    bands: int
    dtype: str
    nodata: float | None
    block_shape: tuple[int, int]
    interleave: str
    scales: tuple[tuple[float, float], ...]
    descriptions: tuple[str, ...]


def _header(path: str, nodata: float | None) -> _Header:
    """Read one file's header and refuse what cannot be placed or computed with."""
    with open_dataset(path, f"{KEY}: {path}") as source:
        bands = bands_of(source)
        if not bands:
            raise LandloomError(
                f"{KEY}: {path} has no band but alpha, so nothing to learn from; name an embedding"
            )
        types = {source.dtypes[band - 1] for band in bands}
        if len(types) > 1:
            raise LandloomError(
                f"{KEY}: the bands of {path} are of different types "
                f"({', '.join(sorted(types))}); write them in one type"
            )
        (dtype,) = types
        if kind_of(dtype) not in "iuf":
            raise LandloomError(
                f"{KEY}: {path} holds {dtype}, not plain numbers; name an embedding of real ones"
            )
        _check_nodata(nodata, dtype, path)
        _check_scales(source, path)
        _check_place(source, path)
        _check_alpha(source, path)
        return _Header(
            path=path,
            grid=PixelGrid.of(source),
            bands=len(bands),
            dtype=dtype,
            nodata=source.nodata if nodata is None else float(nodata),
            block_shape=tuple(source.block_shapes[0]),
            interleave=source.interleaving.value.lower() if source.interleaving else "pixel",
            scales=tuple((source.scales[band - 1], source.offsets[band - 1]) for band in bands),
            descriptions=tuple((source.descriptions[band - 1] or "").strip() for band in bands),
        )


def _check_nodata(nodata: float | None, dtype: str, path: str) -> None:
    """Refuse a nodata of the user's that no stored number can equal."""
    if nodata is None or np.dtype(dtype).kind == "f" or marker(nodata, dtype) is not None:
        return
    limits = np.iinfo(dtype)
    raise LandloomError(
        f"map.embedding.nodata: {nodata:g} cannot stand in {path}, which holds {dtype}: whole "
        f"numbers from {limits.min} to {limits.max}; set the number that marks nodata there, or "
        "leave the key out"
    )


def _check_scales(source: DatasetReader, path: str) -> None:
    """Refuse a scale or offset that nobody means: a header with such numbers is damaged."""
    for band in bands_of(source):
        scale, offset = source.scales[band - 1], source.offsets[band - 1]
        if not (0 < abs(scale) <= _LARGEST_SCALE and math.isfinite(offset)):
            raise LandloomError(
                f"{KEY}: the header of {path} gives band {band} the scale {scale:g} and the offset "
                f"{offset:g}, which no number can be reckoned with; fetch it anew, or, as numbers "
                f"are used as stored, reset both: 'gdal_edit.py -scale 1 -offset 0 {path}'"
            )


def _check_place(source: DatasetReader, path: str) -> None:
    """Refuse a CRS from which no longitude and latitude can be had, or that no map can keep."""
    if fault := unkept(source):
        raise LandloomError(f"{KEY}: {path} {fault}")
    try:
        to_lonlat(source.crs.to_wkt())
    except ProjError:
        raise LandloomError(
            f"{KEY}: the CRS of {path} ({source.crs.to_string()}) has no known place on the "
            "Earth; give it the one in which its coordinates are, for example with 'rio edit-info "
            f"--crs EPSG:32631 {path}'"
        ) from None


def _check_alpha(source: DatasetReader, path: str) -> None:
    """Refuse an alpha band that looks like data: GDAL calls the fourth of four bytes alpha."""
    width, height = (min(SAMPLE_BLOCK, side) for side in (source.width, source.height))
    for band in alpha_of(source):
        found: set[float] = set()
        for row, col in product(range(3), repeat=2):
            top, left = row * (source.height - height) // 2, col * (source.width - width) // 2
            with reading(f"{KEY}: {path}", path):
                part = source.read(band, window=Window(left, top, width, height))
            found |= set(np.unique(part).tolist()) - {0}
        if len(found) > 1:
            kinds = [kind.name for kind in source.colorinterp]
            kinds[band - 1] = "undefined"
            raise LandloomError(
                f"{KEY}: band {band} of {path} is declared to be alpha, which says where there "
                f"are data, but holds {len(found)} numbers besides 0, from {min(found)} to "
                f"{max(found)}; if it is a band like the others, declare it so: 'rio edit-info "
                f"--colorinterp {','.join(kinds)} {path}', else make it 0 and 255"
            )


def _check_alike(first: _Header, other: _Header) -> None:
    """Refuse a tile whose numbers are not of the first one's kind."""

    def differ(what: str, one: object, two: object, remedy: str) -> LandloomError:
        return difference_error(what, {first.path: one, other.path: two}, KEY, remedy)

    same = "list tiles of one embedding only"
    if other.bands != first.bands:
        raise differ("band counts", first.bands, other.bands, same)
    if other.dtype != first.dtype:
        raise differ("types", first.dtype, other.dtype, same)
    if marker(first.nodata, first.dtype) != marker(other.nodata, other.dtype):
        raise differ("nodata", first.nodata, other.nodata, "set map.embedding.nodata")
    names = ", ".join(first.descriptions), ", ".join(other.descriptions)
    if names[0] != names[1] and set(first.descriptions) == set(other.descriptions):
        raise differ("order of the bands", *names, "write the bands in one order")
    for one, two in zip(first.scales, other.scales, strict=True):
        if one != two:
            remedy = "write them with one scale and offset"
            raise differ("scale and offset", one, two, remedy)

"""Elevation that arrives by itself: one tile of a public product, checked before it counts."""

from __future__ import annotations

import gzip
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPException
from pathlib import Path

import rasterio

from landloom.addresses import restored, shown
from landloom.elevation.tiles import TileStats, make_tile
from landloom.errors import LandloomError, NotThereError, PassingError
from landloom.job.attempts import persist
from landloom.job.folders import temporary_folder
from landloom.raster.degree_tiles import TileTemplate, tile_bounds, tile_corner
from landloom.sources.catalogue import alternatives, named
from landloom.sources.copies import refused_by_all
from landloom.sources.download import download, is_url
from landloom.sources.patience import Patience

log = logging.getLogger(__name__)

_VOIDS = {"AW3D30": -9999.0}
"""Void values that a product's files need not name themselves."""

_COPERNICUS = (
    "https://copernicus-dem-{metres}m.s3.amazonaws.com/Copernicus_DSM_COG_{seconds}0_{place}_DEM/"
    "Copernicus_DSM_COG_{seconds}0_{place}_DEM.tif"
)

GDAL_TOOLS = ("gdal_translate", "gdalbuildvrt")

_GDAL_OPTIONS = {
    # By itself GDAL says 'no such file' to whatever fails in the network.
    "CPL_DEBUG": "VSICURL",
    # A packed tile is read twice: to learn its length, and its heights. In 64 MB it stays whole,
    # is fetched once, and what fails then fails before the first height is read.
    "CPL_VSIL_CURL_CACHE_SIZE": str(64 << 20),
}
"""Set while GDAL's tools run, where the user has not."""

_ATTEMPTS = 3

MOST_BYTES = 20 * 3601**2 * 4
"""What a tile can weigh, packed or unpacked: twenty times one of floats at 1 arc-second, so that
there is room for tiles at a third of that."""

_LEAST_PIXELS = 60
"""Pixels along a degree: the coarsest elevation in use has one for each arc-minute."""

_LASTING = re.compile(
    r"\b(401|403|407|410)\b|resolve (host|proxy)|not known|certificate|no alternative .*subject",
    re.IGNORECASE,
)
"""What GDAL hears of a network that will be the same a moment later."""

_Arrival = Callable[[Path], str | None]
"""Fetches a tile into a folder; gives its path, or None where the source has no such tile."""


def missing_gdal_tools() -> str | None:
    """Return what to do where the command-line tools are missing by which products are fetched."""
    missing = [tool for tool in GDAL_TOOLS if shutil.which(tool) is None]
    if not missing:
        return None
    return (
        f"GDAL's command-line tools are missing ({', '.join(missing)} not found); products of "
        "elevation are fetched by them. Install them: 'apt-get install gdal-bin' on Debian or "
        "Ubuntu, 'conda install -c conda-forge gdal', 'brew install gdal' on macOS"
    )


def fetch_tile(
    source: str,
    tile: str,
    target: Path,
    nodata: float | None = None,
    patience: Patience | None = None,
    attempts: int = _ATTEMPTS,
) -> TileStats:
    """Fetch one elevation tile, check it, and write it in the uniform form.

    Parameters
    ----------
    source
        A product of the `elevation` package (``SRTM1`` is now ``MAPZEN``), or a tile template
        whose paths are URLs (``https://…``, ``s3://…``; ``.gz`` and ``.zip`` are unpacked) or
        files.
    tile
        Name by the south-west corner.
    target
        GeoTIFF to write, as `landloom.elevation.tiles.make_tile` does.
    nodata
        The void value, where the files do not name it themselves.
    patience
        How long to bear with a server; for products, the pause between attempts alone (how long
        GDAL itself waits is set by its ``GDAL_HTTP_…`` options).
    attempts
        How often a tile is fetched at most, while what fails may pass.

    Returns
    -------
    TileStats
        ``exists`` is false for a tile that the source does not have, as at sea.

    Raises
    ------
    PassingError
        Where the network or the server failed in each attempt.
    LandloomError
        At once, where the tile cannot be had, or what arrives is not that tile; both name the
        tile, the source, the reason and the remedy.
    """
    patience = patience or Patience()
    public = named(source, "product")
    if public:
        product = public.name
        if remedy := missing_gdal_tools():
            raise LandloomError(remedy)
        return _fetch(
            lambda folder: _clip(product, tile, folder),
            f"tile {tile} of {product}",
            lambda path: replace(
                make_tile(tile, path, _VOIDS.get(product) if nodata is None else nodata, target),
                source=product,
            ),
            patience,
            attempts,
        )
    templates = alternatives(restored(source))
    paths = [TileTemplate(template).path(tile) for template in templates]
    if not is_url(paths[0]):
        return make_tile(tile, paths[0] if Path(paths[0]).exists() else None, nodata, target)

    def fetch(path: str) -> TileStats:
        bearing = patience if path == paths[-1] else patience.hurried()
        return _fetch(
            lambda folder: _download(path, folder, bearing),
            shown(path),
            lambda found: replace(
                _whole(make_tile(tile, found, nodata, target), shown(path), len(paths) > 1),
                source=shown(path),
            ),
            patience,
            attempts,
        )

    return _first_that_has_it(paths, fetch)


def _whole(stats: TileStats, name: str, promised: bool) -> TileStats:
    """Refuse a tile that answers for a degree with next to nothing: another address may do better.

    A tile that its maker declares void throughout counts, but for a public product, which has none.
    """
    if not stats.exists:
        return stats
    if min(stats.width, stats.height) < _LEAST_PIXELS:
        raise LandloomError(
            f"{name}: holds {stats.width} x {stats.height} pixels, too few for a tile of heights "
            f"(at least {_LEAST_PIXELS} x {_LEAST_PIXELS}); correct the address"
        )
    if promised and stats.void_share == 1.0:
        raise LandloomError(f"{name}: holds no height, all of it is void; correct the address")
    return stats


def _first_that_has_it(paths: Sequence[str], fetch: Callable[[str], TileStats]) -> TileStats:
    """Fetch a tile from the first address that has it; a tile that none has does not exist."""
    told: list[LandloomError] = []
    for path in paths:
        try:
            stats = fetch(path)
        except LandloomError as error:
            if len(paths) == 1:
                raise
            log.info("%s", error)
            told.append(error)
        else:
            if stats.exists:
                return stats
    if told:
        raise refused_by_all(told)
    return stats


def _fetch(
    arrival: _Arrival,
    name: str,
    check: Callable[[str | None], TileStats],
    patience: Patience,
    attempts: int,
) -> TileStats:
    """Fetch, each time into a new folder, which is removed, until a tile has arrived."""

    def fetch_once() -> TileStats:
        with temporary_folder() as folder:
            path = arrival(folder)
            try:
                return check(path)
            except LandloomError as error:
                # The temporary path means nothing to the reader.
                raise LandloomError(str(error).replace(str(path), name)) from None

    return persist(fetch_once, patience.pause, attempts)


def _download(url: str, folder: Path, patience: Patience) -> str | None:
    path = folder / Path(shown(url)).name
    try:
        download(url, path, patience, MOST_BYTES, lasting=False)
    except NotThereError:
        log.info("%s: there is no such tile", shown(url))
        return None
    if path.suffix == ".gz":
        return str(_unpacked(path, shown(url)))
    return f"/vsizip/{path}" if path.suffix == ".zip" else str(path)


def _unpacked(path: Path, name: str) -> Path:
    """Unpack by Python, which checks; GDAL's reader of heights goes on after errors."""
    plain = path.with_suffix("")
    try:
        with gzip.open(path) as packed, plain.open("wb") as unpacked:
            while chunk := packed.read(1 << 20):
                unpacked.write(chunk)
                if unpacked.tell() > MOST_BYTES:
                    raise LandloomError(
                        f"{name}: unpacks to more than a tile can hold; correct the address"
                    )
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise LandloomError(
            f"{name}: is not a whole gzip file ({error}), though all of it arrived; correct the "
            "address, or tell those who serve it"
        ) from None
    path.unlink()
    return plain


def _clip(product: str, tile: str, folder: Path) -> str | None:
    """Have the `elevation` package fetch a tile, into a cache that no other job waits for."""
    import elevation  # a tenth of a second that tiles by URL need not pay

    west, south = tile_corner(tile)
    output, cache = folder / f"{tile}.tif", folder / "cache"
    failure: Exception | None = None
    with _gdal_heard() as heard:
        try:
            elevation.clip(
                bounds=(west, south, west + 1, south + 1),  # whole degrees: one tile, no neighbour
                output=output,
                margin="0",
                product=product,
                cache_dir=cache,
            )
        except (subprocess.CalledProcessError, OSError, HTTPException) as error:
            failure = error
    told = heard()
    log.info("%s", told)
    files = list(cache.rglob("*.tif"))
    pieces = [path for path in files if path.stat().st_size]
    if not pieces and _had_nothing_to_join(failure):
        log.info("tile %s of %s: there is no such tile", tile, product)
        return None
    # GDAL's reader of SRTM's format gives wrong heights for what it could not read, tells so, and
    # goes on. (Where one of several files of a product is missing, it rightly tells so, too.)
    whole = len(pieces) == len(files)
    if failure is not None or (whole and "ERROR " in told):
        reason, passing = _reason(told, failure), not _stays(told, failure)
    elif _lie_elsewhere(pieces, tile, whole):
        reason, passing = (
            "what came lies elsewhere",
            False,
        )  # all of the tile would be void, and nobody know why
    else:
        return str(output)
    raise (PassingError if passing else LandloomError)(
        f"tile {tile} of {product}: did not arrive ({reason}); {_remedy(product)}"
    )


def _had_nothing_to_join(failure: Exception | None) -> bool:
    """Return whether the package failed since there is nothing to fetch.

    For a file that the server does not have, it keeps an empty one; it lists none beyond a
    product's latitudes. It then has nothing to join, which is an error to ``gdalbuildvrt``.
    """
    return isinstance(failure, subprocess.CalledProcessError) and failure.cmd[0] == "gdalbuildvrt"


def _lie_elsewhere(pieces: list[Path], tile: str, whole: bool) -> bool:
    """Return whether files are not those of a tile: one does not touch it, or they do not cover it.

    Where the source lacks one of them, the others need not cover the tile.
    """
    west, south, east, north = tile_bounds(tile)
    edges = []
    for path in pieces:
        with rasterio.open(path) as piece:
            left, bottom, right, top = piece.bounds
            slack = 1.5 * max(piece.res)
        across = left < east + slack and right > west - slack
        if not (across and bottom < north + slack and top > south - slack):
            return True
        edges.append((left - slack, bottom - slack, right + slack, top + slack))
    lefts, bottoms, rights, tops = zip(*edges, strict=True)
    covered = min(lefts) <= west and min(bottoms) <= south
    return whole and not (covered and max(rights) >= east and max(tops) >= north)


@contextmanager
def _gdal_heard() -> Iterator[Callable[[], str]]:
    """Catch what this process and its children write to standard output and error.

    Yields
    ------
    callable
        Gives the text, once the block is left.
    """
    ours = {name: value for name, value in _GDAL_OPTIONS.items() if name not in os.environ}
    os.environ |= ours
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(1), os.dup(2)]
    text = ""
    with tempfile.TemporaryFile() as caught:
        try:
            for number in (1, 2):
                os.dup2(caught.fileno(), number)
            yield lambda: text
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, former in zip((1, 2), kept, strict=True):
                os.dup2(former, number)
                os.close(former)
            for name in ours:
                del os.environ[name]
            caught.seek(0)
            text = caught.read().decode(errors="replace")


def _network(told: str) -> str:
    """Return the last that was heard of the network."""
    words = re.findall(r"msg=(.+)|(HTTP (?:error|response) code\b.*)", told)
    return " ".join(words[-1]).strip() if words else ""


def _stays(told: str, failure: Exception | None) -> bool:
    """Return whether another attempt would end the same way: a refusal, or what is no raster."""
    network = _network(told)
    if not network:
        return re.search(r"not recognized as (a supported file format|being in)", told) is not None
    return _LASTING.search(f"{network} {failure}") is not None


def _reason(told: str, failure: Exception | None) -> str:
    """Return the last that was heard of the network, and GDAL's first error."""
    network = _network(told)
    errors = re.findall(r"^ERROR \d+: (.+)", told, re.MULTILINE)
    words = [network] if network else []
    words += errors[:1]
    if not isinstance(failure, subprocess.CalledProcessError | None) or not words:
        words.append(str(failure))
    return "; ".join(words)


def _remedy(product: str) -> str:
    if product.startswith("GLO-"):
        metres = product.removeprefix("GLO-")
        template = _COPERNICUS.format(
            metres=metres, seconds=int(metres) // 30, place="{ns}{lat}_00_{ew}{lon}_00"
        )
        return (
            "the package's copy needs an account at Earth Data Hub and a recent GDAL; Copernicus' "
            f"own does not, and can be named as the source: {template}"
        )
    return "see to the network and start again, finished tiles are kept"

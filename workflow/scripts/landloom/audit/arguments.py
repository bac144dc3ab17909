"""The command line of the audit, for a program of its own or as one command among others."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from landloom.audit.audit import Audit, audit
from landloom.audit.chips import pixel_metres
from landloom.audit.footprints import Footprints
from landloom.audit.ground import Ground
from landloom.audit.listing import write_pairs
from landloom.audit.pixels import OnPixels
from landloom.audit.reading import read_sets
from landloom.audit.report import Means, report, text
from landloom.audit.request import SUFFIXES, Request, Size
from landloom.audit.sets import AuditSet, common_grid
from landloom.audit.sharing import OnGround
from landloom.errors import LandloomError
from landloom.job.gdal import set_gdal_options
from landloom.job.lacks import told
from landloom.raster.opening import open_dataset
from landloom.raster.pixel_grid import PixelGrid

SEPARATE, SHARED, UNUSABLE = 0, 1, 2
"""What the command ends with: no pixel or ground is shared; some is, or may be; bad input."""

DESCRIPTION = (
    "Prove that sets of samples share no pixel, or list what they share, and tell how far apart "
    "they lie. Sets are files of footprints (GeoPackage, GeoJSON, Shapefile, FlatGeobuf, "
    "GeoParquet), folders of rasters, or lists of these (.txt)."
)
EPILOG = (
    "ends with 0 where no pixel or ground is shared, 1 where some is or may be, 2 where the input "
    "cannot be used"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the audit to a parser."""
    parser.description, parser.epilog = DESCRIPTION, EPILOG
    add = parser.add_argument
    add("paths", nargs="+", metavar="SET", help="the sets, train first; or one file with --split")
    add("--raster", help="the raster that samples were cut from: its pixels are compared, exactly")
    add(
        "--rule",
        choices=("centre", "touched", "box"),
        default="centre",
        help="with --raster: the pixels of a footprint that is no box of whole ones: those whose "
        "centre lies in it (default), that it touches, or of the box round it",
    )
    add("--split", metavar="COLUMN", help="the column that tells the sets of one file")
    add("--name", nargs="+", default=[], help="names of the sets, in their order")
    add("--id", metavar="COLUMN", help="a column to call footprints by in the list")
    add("--layer", help="the layer, of files that have several")
    add("--crs", help="the CRS of files that tell none, such as EPSG:4326")
    add("--size", help="side of the square about each point: 2400 (metres), or 80px with --raster")
    add(
        "--tolerance",
        type=float,
        metavar="METRES",
        help="without --raster: how deep an overlap may be for rounding; by default 0.05 of a "
        "pixel where it is known (rasters), else 1/2000 of a footprint's side",
    )
    add(
        "--within",
        nargs="+",
        type=float,
        default=[],
        metavar="KM",
        help="tell which share of each set lies within so many kilometres of those before it",
    )
    add("--output", metavar="FILE", help="write the pairs that share something: .csv or .gpkg")
    add("--json", action="store_true", help="print the report as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Audit what the arguments name, print the report, and return what to end with."""
    set_gdal_options()
    try:
        return _run(arguments)
    except LandloomError as error:
        print(f"landloom audit: {error}", file=sys.stderr)
    except (OSError, MemoryError) as error:
        print(f"landloom audit: {told(error)}", file=sys.stderr)
    return UNUSABLE


def _run(arguments: argparse.Namespace) -> int:
    _check(arguments)
    request = Request(
        tuple(arguments.paths),
        tuple(arguments.name),
        arguments.split,
        arguments.id,
        arguments.layer,
        arguments.crs,
        None if arguments.size is None else Size.of(arguments.size),
    )
    grid = None
    if arguments.raster is not None:
        with open_dataset(arguments.raster, f"--raster: {arguments.raster}") as raster:
            grid = PixelGrid.of(raster)
    sets = read_sets(request, grid)
    if grid is None and all(one.grid is not None for one in sets):
        grid = common_grid([one.grid for one in sets if one.grid])
    found, means = compare(sets, grid, arguments)
    plain = report(sets, found, means)
    if arguments.output is not None:
        write_pairs(Path(arguments.output), sets, found.listed)
    _say(json.dumps(plain, indent=2, ensure_ascii=False) if arguments.json else text(plain))
    return SEPARATE if found.verdict in ("separate", "touching") else SHARED


def _say(words: str) -> None:
    """Print a report, to one who may read as much of it as they like."""
    try:
        print(words, flush=True)
    except BrokenPipeError:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115


def compare(
    sets: list[AuditSet], grid: PixelGrid | None, arguments: argparse.Namespace
) -> tuple[Audit, Means]:
    """Compare sets, by the pixels of a grid if there is one."""
    footprints = Footprints.joined([one.footprints for one in sets])
    if grid is not None:
        footprints = replace(
            footprints, pixel=np.full_like(footprints.pixel, pixel_metres(grid, grid.crs))
        )
    ground = Ground.of(footprints, arguments.tolerance)
    pixels = None if grid is None else OnPixels.of(footprints, grid, arguments.rule)
    bend = float(ground.doubt(footprints).max())
    means = Means(
        pixels, arguments.raster or "", ground, bend, tuple(arguments.within), arguments.tolerance
    )
    judge = OnGround(footprints, ground) if pixels is None else pixels
    return audit(footprints, ground, judge, len(sets)), means


def _check(arguments: argparse.Namespace) -> None:
    if arguments.tolerance is not None and not 0 < arguments.tolerance < float("inf"):
        raise LandloomError(f"--tolerance: {arguments.tolerance:g}; give metres, more than 0")
    if odd := [km for km in arguments.within if not 0 <= km < float("inf")]:
        raise LandloomError(f"--within: {odd[0]:g}; give kilometres, 0 or more")
    output = arguments.output
    if output is not None and Path(output).suffix.lower() not in SUFFIXES:
        raise LandloomError(f"--output: {output} is neither .csv nor .gpkg; name such a file")
    if output is not None and Path(output).resolve() in {
        Path(p).resolve() for p in arguments.paths
    }:
        raise LandloomError(f"--output: {output} is one of the sets; name another file")

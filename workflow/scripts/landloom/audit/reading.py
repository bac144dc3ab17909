"""Sets of footprints as they lie in files: vector layers, folders and lists of rasters."""

from __future__ import annotations

import difflib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely
from pyproj import CRS

from landloom.arrays import Int64s
from landloom.audit.chips import is_of_chips, read_chips
from landloom.audit.footprints import Footprints, Shapes
from landloom.audit.request import Request, Size, set_names
from landloom.audit.sets import AuditSet, sound
from landloom.audit.squares import squares
from landloom.errors import Faults, LandloomError
from landloom.map.row_checks import row_names
from landloom.map.table_files import READ, kind_of, needed_companions
from landloom.map.vector_file import LayerFacts, layer_facts, missing_columns, shapes_of
from landloom.raster.coordinates import known_crs, same_crs
from landloom.raster.pixel_grid import PixelGrid

_KINDS = READ.removeprefix("CSV, ")
_ORDER = ("train", "training", "val", "valid", "validation", "dev", "test", "testing")


def read_sets(request: Request, grid: PixelGrid | None) -> list[AuditSet]:
    """Read all sets.

    Parameters
    ----------
    request
        What is asked for.
    grid
        Of the raster, for sizes in pixels; None without one.

    Raises
    ------
    LandloomError
        Whatever cannot be read or used: all of it, a line each.
    """
    faults = Faults()
    if request.split is None and len(request.paths) < 2:
        raise LandloomError(
            f"{request.paths[0]} is one set; name two or more, or the column that tells them, such "
            "as --split split"
        )
    if request.split is not None and len(request.paths) > 1:
        raise LandloomError(
            f"--split: takes one file with a column that tells the sets, but {len(request.paths)} "
            "are given; leave it out, or name one file"
        )
    if twice := [p for p in request.paths if request.paths.count(p) > 1]:
        raise LandloomError(f"{twice[0]} is given twice; name another set")
    for path in request.paths:
        with faults.gathered():
            _check_there(path)
    faults.tell()
    sets: list[AuditSet] = []
    if request.split is not None:
        return _split(_read("", request.paths[0], request, grid), request)
    for name, path in zip(set_names(request.paths, request.names), request.paths, strict=True):
        with faults.gathered():
            sets.append(_read(name, path, request, grid)[0])
    faults.tell()
    return sets


def _check_there(path: str) -> None:
    """Refuse a path where nothing is, or what is of no kind that is read."""
    place = Path(path)
    if not place.exists():
        beside = [p.name for p in place.parent.iterdir()] if place.parent.is_dir() else []
        close = difflib.get_close_matches(place.name, beside, n=1)
        remedy = f"did you mean {place.parent / close[0]}?" if close else "correct the path"
        raise LandloomError(f"{path}: no such file (looked in {place.parent.resolve()}); {remedy}")
    if not is_of_chips(path) and kind_of(path) == "csv":
        raise LandloomError(
            f"{path} is of no kind that is read; give footprints as {_KINDS}, or rasters as a "
            "folder or a list (.txt)"
        )
    lacking = [Path(p).name for p in needed_companions(path) if not Path(p).exists()]
    if lacking:
        raise LandloomError(
            f"{path} lacks {', '.join(lacking)}, which belong to a Shapefile; put them beside it"
        )


def _read(
    name: str, path: str, request: Request, grid: PixelGrid | None
) -> tuple[AuditSet, npt.NDArray[np.object_]]:
    """Return the footprints of a file, and each one's value in the column of sets."""
    if is_of_chips(path):
        if request.columns:
            raise LandloomError(
                f"{path} is of rasters, which have no column {request.columns[0]}; leave "
                f"{'--split' if request.split else '--id'} out"
            )
        chips = read_chips(name, path)
        return chips, chips.labels
    file = request.file(path)
    facts = layer_facts(file)
    faults = Faults()
    if missing := missing_columns(facts, request.columns, path):
        faults.add(missing)
    crs = None
    with faults.gathered():
        crs = _crs(path, facts, request)
    faults.tell()
    assert crs is not None
    texts: dict[str, list[str]] = {name: [] for name in request.columns}
    ids, wkb = [np.empty(0, np.int64)], []
    for rows, shapes, columns in shapes_of(file, facts, request.columns):
        ids.append(rows)
        wkb.append(np.full(len(rows), None, np.object_) if shapes is None else shapes)
        for column, values in columns.items():
            texts[column] += _texts(values)
    rows = np.concatenate(ids)
    if not rows.size:
        raise LandloomError(f"{path} has no rows; give a footprint for each sample")
    shapes = shapely.from_wkb(np.concatenate(wkb), on_invalid="fix")
    shapes, exact_crs = _squared(path, shapes, rows, crs, request.size, grid)
    shapes, kept, found = sound(shapes, rows, exact_crs, path)
    footprints = Footprints.of(shapes, exact_crs)
    empty = np.full(len(rows), "", np.object_)
    labels, split = (
        np.array(texts[column], np.object_) if column else empty
        for column in (request.label, request.split)
    )
    return AuditSet(name, path, footprints, rows[kept], labels[kept], found), split[kept]


def _crs(path: str, facts: LayerFacts, request: Request) -> CRS:
    named = None if request.crs is None else known_crs(request.crs, "--crs")
    if not facts.has_shapes:
        raise LandloomError(f"{path} is a table without shapes; give one with footprints")
    if facts.crs is not None:
        is_other = named is not None and not same_crs(named, facts.crs)
        if is_other and not any(_lacks_crs(other, request) for other in request.paths):
            raise LandloomError(
                f"--crs: {request.crs!r} is given, but {path} is in {facts.crs.to_string()[:60]}; "
                "leave it out: it is for files that do not tell theirs"
            )
        return facts.crs
    if named is None:
        raise LandloomError(
            f"{path} has no CRS; assign one, as with `ogr2ogr -a_srs EPSG:4326`, or name it by "
            "--crs"
        )
    return named


def _lacks_crs(path: str, request: Request) -> bool:
    """Return whether a set does not tell its CRS, or anything else."""
    try:
        return not is_of_chips(path) and layer_facts(request.file(path)).crs is None
    except LandloomError:  # told where the set itself is read
        return True


def _texts(values: pa.Array) -> list[str]:
    return ["" if value is None else str(value).strip() for value in values.to_pylist()]


def _squared(
    path: str, shapes: Shapes, rows: Int64s, crs: CRS, size: Size | None, grid: PixelGrid | None
) -> tuple[Shapes, CRS]:
    """Return shapes in which squares stand for points, and their CRS."""
    points = shapely.get_type_id(shapes) == 0
    points &= ~shapely.is_empty(shapes)
    if not points.any():
        return shapes, crs
    if size is None:
        raise LandloomError(
            f"{path} holds points ({row_names(rows[points])}); tell what square each stands for, "
            "by --size 2400 (metres), or by --size 80px with --raster"
        )
    if size.in_pixels and grid is None:
        raise LandloomError("--size: is in pixels, so their raster is needed; name it as --raster")
    others = ~points & ~shapely.is_missing(shapes)
    if size.in_pixels and others.any():
        raise LandloomError(
            f"{path} holds points and other shapes ({row_names(rows[others])}); give a file with "
            "one kind of them"
        )
    shapes = shapes.copy()
    shapes[points], target = squares(shapely.get_coordinates(shapes[points]), crs, size, grid)
    return shapes, target


def _split(read: tuple[AuditSet, npt.NDArray[np.object_]], request: Request) -> list[AuditSet]:
    """Cut a file by the values of a column."""
    whole, values = read
    path, column = whole.path, request.split
    if (empty := whole.rows[values == ""]).size:
        raise LandloomError(
            f"{path}: {empty.size} rows have no {column} ({row_names(empty)}); fill it in"
        )
    names = sorted(set(values.tolist()))
    if len(names) < 2:
        raise LandloomError(
            f"{path}: its column {column} has one value, {names[0]!r}; name a column that tells "
            "the sets"
        )
    if len(names) > 20:
        raise LandloomError(
            f"{path}: its column {column} has {len(names)} values ({', '.join(names[:3])}, …), "
            "more than sets; name the column that tells them"
        )
    if request.names:
        if set(request.names) - set(names):
            odd = sorted(set(request.names) - set(names))[0]
            raise LandloomError(
                f"--name: {odd!r} is no value of {column}; its values are {', '.join(names)}"
            )
        names = list(request.names)
        if len(names) < 2:
            raise LandloomError("--name: one set is no split; name two or more values")
    else:
        known = {name: place for place, name in enumerate(_ORDER)}
        names.sort(key=lambda name: (known.get(name.lower(), len(known)), name))
    sets = []
    for name in names:
        own = values == name
        some = whole.footprints.take(own)
        sets.append(AuditSet(name, path, some, whole.rows[own], whole.labels[own]))
    sets[0].faults.update(whole.faults)
    return sets

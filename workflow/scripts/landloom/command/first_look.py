"""What the first jobs of a run would refuse: looked at by their own functions before it begins.

Files that are here are looked into as far as that takes seconds. Nothing is fetched, and nothing is
written but to a folder that goes again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from landloom.addresses import is_remote, shown
from landloom.config.dataset import DatasetConfig
from landloom.config.file_lookup import is_there
from landloom.config.map import MapConfig, ReferenceConfig
from landloom.config.whole import Config
from landloom.dataset.landcover import coarser_note, inspect_landcover
from landloom.dataset.landcover_tiles import join_landcover
from landloom.elevation.mosaic import check_raster
from landloom.elevation.rasters import join_rasters
from landloom.elevation.tiles import check_tile
from landloom.errors import Faults, LandloomError
from landloom.job.gdal import set_gdal_options
from landloom.job.lacks import told
from landloom.legend.classes import class_table
from landloom.legend.legends import BUILT_IN
from landloom.map.conflicts import without_conflicts
from landloom.map.embedding_header import inspect_zones
from landloom.map.label_table import ReferenceTable
from landloom.map.model.fit import fit_of
from landloom.map.model.imported import read_model
from landloom.map.orientation import check_orientations
from landloom.map.points import Points
from landloom.map.reference_raster import ReferenceRaster, check_place, points_from_raster
from landloom.map.reference_table import points_from_table
from landloom.map.region_share import told_of_region
from landloom.map.samples import check_folds, extract
from landloom.map.shares import Shares
from landloom.map.years.choosing import select_places
from landloom.map.years.places import one_of_each
from landloom.map.years.reading import check_alike, extract_years
from landloom.map.zone_check import check_zones
from landloom.map.zones import ZonedEmbedding
from landloom.raster.opening import open_dataset, open_raster
from landloom.sources.catalogue import is_local

_OF_THE_MAP = {"inspect_embedding", "reference_points", "samples", "import_model"}
"""Rules that read the embedding first."""

_NO_YEAR = 0
"""Stands for the year of an embedding that has none."""

_MOST_BYTES = 1.5e9
"""Bytes of vectors that are read, uncompressed: a few seconds."""

_LARGEST_TABLE = 32e6
"""Bytes of a table that is read whole: half a million points, a few seconds."""


@dataclass
class FirstLook:
    """What was seen.

    Attributes
    ----------
    faults
        What the first jobs would refuse.
    notes
        What they would note besides, where they would go on.
    aside
        What was not looked into, and why, a line each.
    """

    faults: Faults = field(default_factory=Faults)
    notes: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)

    @contextmanager
    def at(self) -> Iterator[None]:
        """Keep what ends the block as a fault, and go on after it."""
        with self.faults.gathered():
            try:
                yield
            except (OSError, MemoryError) as error:
                raise LandloomError(told(error)) from None

    def leaves_out(self, key: str, paths: Iterable[str]) -> bool:
        """Return whether some rasters of a key are no files that are here, and take note of it."""
        for path in paths:
            if why := _not_here(path):
                self.aside.append(f"{key}: {shown(path)}: {why}")
                return True
        return False


def look(config: Config, rules: Collection[str], refused: Collection[str] = ()) -> FirstLook:
    """Look at the files of a configuration as the first jobs of a run would.

    Parameters
    ----------
    config
        With sound keys.
    rules
        Names of the rules that are to run: what none of them reads is not looked at.
    refused
        What would end the run before its first job: of what is told already no more is.
    """
    set_gdal_options()
    seen = FirstLook()
    if config.dataset and not {"inspect_landcover", "extract_cells"}.isdisjoint(rules):
        _look_at_landcover(config.dataset, config.results, seen)
    if config.dataset and not {"relief_cells", "elevation_mosaic", "elevation_tile"}.isdisjoint(
        rules
    ):
        _look_at_elevation(config.dataset, seen)
    if config.map:
        _look_at_map(config.map, rules, refused, seen)
    return seen


def _not_here(path: str) -> str:
    """Return why a raster is not looked into; an empty text where it lies here as a file."""
    if not is_local(path):
        return "is not read before the run, which fetches it"
    if not is_there(path):
        return "is made by the run, and not looked into"
    try:
        with open_dataset(path) as raster:
            behind = [file for file in raster.files if is_remote(file)]
    except LandloomError:
        return ""  # that is told where it is looked into
    return f"leads to {shown(behind[0])}, which is not fetched before the run" if behind else ""


def _look_at_landcover(dataset: DatasetConfig, results: str, seen: FirstLook) -> None:
    landcover = dataset.landcover
    if seen.leaves_out("dataset.landcover.raster", landcover.rasters):
        return
    with seen.at(), tempfile.TemporaryDirectory(prefix="landloom-") as folder:
        source, named = landcover.rasters[0], {}
        if landcover.joined:
            file = Path(folder, "landcover.vrt")
            whole = [str(Path(path).absolute()) for path in landcover.joined]
            file.write_text(join_landcover(whole), encoding="utf-8")
            source = str(file)
            named = {source: f"{results}/landcover/landcover.vrt", f"{Path.cwd()}/": ""}
        patches = dataset.patches
        try:
            with open_raster(source) as raster:
                info = inspect_landcover(
                    raster,
                    dataset.cells,
                    patches.size,
                    patches.downsample,
                    [*landcover.classes, *landcover.unknown_codes],
                    dataset.reach if dataset.elevation.tiled else None,
                )
        except LandloomError as error:
            raise LandloomError(_renamed(str(error), named)) from None
        across = patches.size * patches.downsample
        if note := coarser_note(info, across, landcover.resolution):
            seen.notes.append(_renamed(note, named))


def _renamed(text: str, names: Mapping[str, str]) -> str:
    """Return a text with other names for some files, as the run has them."""
    for name, other in names.items():
        text = text.replace(name, other)
    return text


def _look_at_elevation(dataset: DatasetConfig, seen: FirstLook) -> None:
    elevation = dataset.elevation
    if elevation.fetched:
        seen.aside.append("dataset.elevation.source: tiles that are fetched by the run")
    elif elevation.template:
        for tile in dataset.tiles:
            path = elevation.template.path(tile)
            if is_there(path) and not _not_here(path):
                with seen.at():
                    check_tile(path, tile)
    elif not seen.leaves_out("dataset.elevation.source", elevation.rasters):
        several = len(elevation.rasters) > 1
        with seen.at():
            source = (
                join_rasters(elevation.rasters, elevation.nodata)
                if several
                else elevation.rasters[0]
            )
            check_raster(source, dataset.region.bounds)


def _look_at_map(
    section: MapConfig, rules: Collection[str], refused: Collection[str], seen: FirstLook
) -> None:
    """Look at the embedding, and then at the model, or at the labels and their samples."""
    main = not _OF_THE_MAP.isdisjoint(rules)
    embeddings: dict[int, ZonedEmbedding] = {}
    rasters = section.embedding.by_year or {_NO_YEAR: section.embedding.rasters}
    first = section.embedding.main_year or _NO_YEAR
    for year in sorted(rasters, key=lambda year: year != first):
        if not main and f"year_{year}_inspect_embedding" not in rules:
            continue
        if not seen.leaves_out("map.embedding.raster", rasters[year]):
            with seen.at():
                embeddings[year] = _embedding(section, rasters[year], seen)
    if not main or first not in embeddings:
        return
    with seen.at():
        check_alike(embeddings)
    key = "map.model" if section.model_file else "map.reference"
    if any(line.startswith(key) for line in refused):
        return
    with seen.at():
        if section.model_file and is_there(section.model_file):
            model = read_model(section.model_file, compares=section.applicability is not None)
            seen.notes += fit_of(model, embeddings[first], section.model_file).notes
        elif section.reference:
            points = _points(section, section.reference, embeddings[first], seen)
            if points is not None:
                _samples(section, points, embeddings, seen)


def _embedding(section: MapConfig, rasters: list[str], seen: FirstLook) -> ZonedEmbedding:
    about, region = section.embedding, section.region.bounds if section.region else None
    embedding, notes = check_zones(inspect_zones(rasters, about.encoding, about.nodata, region))
    notes = [*notes, *(told_of_region(embedding, region) if region else [])]
    seen.notes += [note for note in notes if note not in seen.notes]  # of years that lie alike
    return embedding


def _points(
    section: MapConfig, reference: ReferenceConfig, embedding: ZonedEmbedding, seen: FirstLook
) -> Points | None:
    """Return the labelled points; None where they are not there before the run, or too many."""
    legend = BUILT_IN.get(reference.classes_table or "")
    files = [] if legend or not reference.classes_table else [reference.classes_table]
    if not all(map(is_there, [*files, *filter(None, [reference.table])])):
        seen.aside.append("map.reference: labels that are made by the run")
        return None
    rows = [(code, entry.name, entry.color) for code, entry in (legend or {}).items()]
    table = class_table(rows, files)
    if reference.table:
        if Path(reference.table).stat().st_size > _LARGEST_TABLE:
            seen.aside.append(f"map.reference.table: {reference.table}: large, and read by the run")
            return None
        labels = ReferenceTable(reference.table, **section.table_columns)
        points = points_from_table(labels, embedding, table)
        return without_conflicts(points, embedding, reference.conflicts)[0]
    if seen.leaves_out("map.reference.raster", reference.rasters):
        return None
    shares = Shares(section.points_per_class, reference.allocation)
    raster = ReferenceRaster(reference.rasters, reference.band, shares)
    check_place(raster, embedding)
    if _bytes(embedding) > _MOST_BYTES:
        seen.aside.append("map.reference.raster: labels of a large embedding, drawn by the run")
        return None
    return points_from_raster(raster, embedding, reference.n_points, reference.seed, table=table)


def _samples(
    section: MapConfig,
    points: Points,
    embeddings: Mapping[int, ZonedEmbedding],
    seen: FirstLook,
) -> None:
    """Choose the samples as the run will, and note what it will."""
    about = section.samples
    years = section.training_years or [_NO_YEAR]
    read = {year: embeddings[year] for year in years if year in embeddings}
    if len(read) < len(years):
        return
    if sum(_bytes(each, len(points.frame)) for each in read.values()) > _MOST_BYTES:
        seen.aside.append("map.samples: vectors of a large embedding, read by the run")
        return
    if section.training_years:
        samples, doubts = extract_years(read, points)
    else:
        (embedding,) = read.values()
        samples = extract(embedding, points)
        doubts = check_orientations(embedding, samples.frame)
    shares = Shares(about.per_class_min, about.allocation)
    samples = select_places(
        samples, about.n, about.min_share, about.test_fraction, about.seed, shares
    )
    training = samples.frame[samples.frame["split"] == "train"]
    folds = None if section.tuning_scheme else section.tuning_folds
    key = "map.crossval.n" if section.tuning.folds == "random" else "map.tuning.folds"
    told_of_folds = check_folds(one_of_each(training)[0]["label"], folds, samples.classes, key)
    seen.notes += [*doubts, *samples.notes, *told_of_folds]


def _bytes(embedding: ZonedEmbedding, points: int | None = None) -> float:
    """Return the bytes of all vectors, or at most of the blocks in which so many points lie."""
    pixel = embedding.common.bands * np.dtype(embedding.common.dtype).itemsize
    total = 0.0
    for zone in embedding.zones:
        pixels = float(zone.info.grid.width * zone.info.grid.height)
        if points is not None:
            pixels = min(pixels, points * float(np.prod(zone.info.block_shape)))
        total += pixels * pixel
    return total

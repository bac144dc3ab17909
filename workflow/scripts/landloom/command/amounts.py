"""About how much a run puts on the disk: from the region, the sizes of pixels and the header of an
embedding, before anything is made. Measured runs lie within a factor of two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from landloom.config.dataset import DatasetConfig
from landloom.config.map import MapConfig, ReferenceConfig
from landloom.config.model import ModelConfig
from landloom.config.whole import Config
from landloom.dataset.cells import CellGrid
from landloom.errors import LandloomError
from landloom.raster.bounds import METRES_PER_DEGREE
from landloom.sources.catalogue import PublicSource

_TILE = 28e6
"""Bytes of a tile of 1 degree and 1 arc-second, compressed."""
_COARSE = ("SRTM3", "GLO-90")
"""Products of 3 arc-seconds."""
_ARC_SECONDS = 3600
_PICTURES = 8e6
"""Bytes of a dataset's pictures."""
_PAGES = 4e6
"""Bytes of a map's pictures and pages."""
_SAMPLE = 12.0
"""Bytes of an array's number: its 4, what its cells' files hold of it, class and height alike."""
_MAP_PIXEL = 2.0
"""Bytes of a pixel of a map in classes and confidence: of its block, and of the map."""
_LAYER = 4.0
"""Bytes of a pixel of another layer, likewise."""
_CLASSES = 8
_NODE = 30.0
"""Bytes of a forest's file for each tree and sample."""
_USUAL_BANDS = 64
_VALUE = 12.0
"""Bytes of a band of a sample of nearest neighbours: 4 for the blocks, 8 as it was fitted."""


@dataclass(frozen=True)
class Disk:
    """Bytes on the disk.

    Attributes
    ----------
    results
        Below the folder of results.
    kept
        Of what is fetched and kept for other runs as well, below ``resources``.
    """

    results: float
    kept: float


def disk_of(config: Config) -> Disk:
    """Return about how many bytes a run puts on the disk, finished files included."""
    results, kept = 0.0, 0.0
    if config.dataset:
        results += _PICTURES + _dataset(config.dataset)
        if config.dataset.elevation.fetched:
            kept += len(config.dataset.tiles) * _tile(config.dataset)
    if config.map:
        results += _map(config.map)
    return Disk(results, kept)


def _dataset(dataset: DatasetConfig) -> float:
    area = CellGrid(dataset.region.bounds, 1).cell_area()
    side = dataset.patches.size * dataset.patches.downsample * _metres(dataset)
    patches = area / side**2
    tiles = _tiles(dataset) if dataset.elevation.tiled else 0.0
    west, south, east, north = dataset.region.bounds
    mosaic = 4 * (east - west) * (north - south) * _per_degree(dataset) ** 2
    return patches * dataset.patches.size**2 * _SAMPLE + tiles + mosaic


def _metres(dataset: DatasetConfig) -> float:
    """Return the size of a pixel of land cover on the ground, in metres."""
    public = next(iter(dataset.landcover.public), None)
    if public and public.promise.pixel:
        in_degrees = public.promise.crs == "EPSG:4326"
        return public.promise.pixel * (METRES_PER_DEGREE if in_degrees else 1.0)
    return dataset.landcover.resolution


def _per_degree(dataset: DatasetConfig) -> int:
    product = dataset.elevation.public
    return _ARC_SECONDS // 3 if product and product.name in _COARSE else _ARC_SECONDS


def _tile(dataset: DatasetConfig) -> float:
    return _TILE * (_per_degree(dataset) / _ARC_SECONDS) ** 2


def _tiles(dataset: DatasetConfig) -> float:
    """Return the bytes of the uniform tiles: of one's own, about those that they are made from."""
    if dataset.elevation.template is None or dataset.elevation.fetched:
        return len(dataset.tiles) * _tile(dataset)
    return math.fsum(
        path.stat().st_size
        for tile in dataset.tiles
        if (path := Path(dataset.elevation.template.path(tile))).is_file()
    )


def tiles_to_fetch(dataset: DatasetConfig) -> int:
    """Return how many elevation tiles are not kept yet from an earlier run."""
    if not dataset.elevation.fetched:
        return 0
    store = Path(dataset.elevation.store)
    return sum(not (store / f"{tile}.json").exists() for tile in dataset.tiles)


def _map(section: MapConfig) -> float:
    total = _PAGES + _learned(section)
    # Each further year has a map of its own, of the same size.
    pixels = (map_pixels(section) or 0.0) * (1 + len(section.embedding.further_years))
    layers = _CLASSES if section.predict.probabilities or section.calibration else 0
    layers += 3 if section.applicability else 0
    total += pixels * (_MAP_PIXEL + _LAYER * layers)
    public = section.embedding.public
    return total + (pixels * bytes_of_vector(public) if public else 0.0)


def _learned(section: MapConfig) -> float:
    """Return the bytes of what was learned: of a finished model, or of the one to be fitted."""
    if section.reference is None:
        model = Path(section.model_file or "")
        return model.stat().st_size if model.is_file() else 0.0
    samples = _samples(section, section.reference)
    kind = section.model.kind if isinstance(section.model, ModelConfig) else "forest"
    if kind == "logistic":  # a few numbers for each class
        return 0.0
    if kind == "knn":
        return _VALUE * _bands(section) * samples
    return _NODE * fmean(section.tuning.stage2.n_estimators) * samples


def _samples(section: MapConfig, reference: ReferenceConfig) -> int:
    """Return how many samples there are at most: of a table's points no more than there are.

    A place may have one in each year that is trained on; a row of a year has one in this alone.
    """
    years = max(1, len(section.training_years))
    points = reference.n_points if reference.table is None else _points(section, reference.table)
    rows = math.inf if points is None else points * (1 if reference.year else years)
    return int(min(rows, section.samples.n * years))


def _points(section: MapConfig, table: str) -> int | None:
    from landloom.map.label_check import points_at_most
    from landloom.map.label_table import ReferenceTable

    try:
        return points_at_most(ReferenceTable(table, **section.table_columns))
    except (LandloomError, OSError):  # what is wrong with it is told elsewhere
        return None


def _bands(section: MapConfig) -> int:
    """Return the bands of an embedding: as its name or its encoding tells, else as most have."""
    public = section.embedding.public
    return (public.promise.bands if public else None) or _USUAL_BANDS


def bytes_of_vector(source: PublicSource) -> float:
    """Return the bytes of one pixel of a public embedding."""
    bits = "".join(filter(str.isdigit, source.promise.dtype or "")) or "8"
    return (source.promise.bands or 0) * int(bits) / 8


def map_pixels(section: MapConfig) -> float | None:
    """Return about how many pixels a map has; None where nothing tells yet.

    Of an embedding by name they follow from the region; of files, from their headers.
    """
    public = section.embedding.public
    if public and section.region and public.promise.pixel:
        return CellGrid(section.region.bounds, 1).cell_area() / public.promise.pixel**2
    sizes = [size for path in section.embedding.rasters if (size := _pixels_of(path))]
    if len(sizes) < len(section.embedding.rasters):
        return None
    return float(math.fsum(sizes))


def _pixels_of(path: str) -> int | None:
    if not Path(path).is_file():
        return None
    try:
        import rasterio

        with rasterio.open(path) as raster:
            return int(raster.width) * int(raster.height)
    except (ImportError, OSError, ValueError):  # rasterio's errors are OSErrors
        return None

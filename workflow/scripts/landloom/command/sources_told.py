"""What a run is made from, in a line each: what it is, and what of it is fetched."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from landloom.command.amounts import bytes_of_vector, map_pixels, tiles_to_fetch
from landloom.config.file_lookup import made_by_a_rule
from landloom.config.whole import Config
from landloom.legend.decimals import in_bytes
from landloom.sources.catalogue import PublicSource, is_local, named

_SHOWN = 3
"""Rasters of a list that are told."""


def sources_told(config: Config) -> list[tuple[str, str]]:
    """Return the key of each source of a run, and what is told of it; of many, of the first."""
    lines = []
    for key, group in groupby(config.uses, key=lambda use: use[0]):
        uses = list(group)
        lines += [(key, _told(config, *use)) for use in uses[:_SHOWN]]
        if len(uses) > _SHOWN:
            lines.append((key, f"and {len(uses) - _SHOWN} more"))
    return lines


def needs_network(config: Config) -> bool:
    """Return whether some source of a run is not a file that is here."""
    remote = any(public or not is_local(path) for _, path, public in config.uses)
    return remote or any(not Path(path).is_file() for path in config.downloads)


def _told(config: Config, key: str, path: str, public: str | None) -> str:
    source = named(public, "landcover", "embedding", "elevation", "product") if public else None
    if path in config.downloads:
        fetched = "a copy that is here" if Path(path).is_file() else "a copy is fetched, whole"
        return f"{path}: {fetched}{_titled(source)}"
    if source:
        return f"{source.name}{_titled(source)}: {_fetched(config, key, source)}{_licence(source)}"
    if made_by_a_rule(path, config.model_dump()):
        return f"{path}: made by the demo"
    if key == "dataset.elevation.source" and config.dataset and config.dataset.elevation.tiled:
        return f"{path}: {_tiles(config)}"
    if not is_local(path):
        return f"{path}: read over the network, in windows"
    size = Path(path).stat().st_size if Path(path).is_file() else 0
    return f"{path}: your own, {in_bytes(size)}"


def _titled(source: PublicSource | None) -> str:
    return f" ({source.title})" if source and source.title else ""


def _licence(source: PublicSource) -> str:
    return f"; {source.licence.split(' (')[0]}" if source.licence else ""


def _fetched(config: Config, key: str, source: PublicSource) -> str:
    if key == "dataset.elevation.source":
        return _tiles(config)
    if key == "map.embedding.raster" and config.map:
        pixels = map_pixels(config.map) or 0.0
        size = in_bytes(pixels * bytes_of_vector(source))
        return f"what the region needs is fetched, about {size} in all"
    return "read over the network, in windows"


def _tiles(config: Config) -> str:
    if not config.dataset:
        return ""
    count, elevation = len(config.dataset.tiles), config.dataset.elevation
    tiles = "1 tile" if count == 1 else f"{count} tiles"
    if elevation.template and not elevation.fetched:
        paths = map(elevation.template.path, config.dataset.tiles)
        there = sum(Path(path).is_file() for path in paths)
        made = made_by_a_rule(elevation.template.path(config.dataset.tiles[0]), config.model_dump())
        return f"made by the demo, {tiles}" if made else f"your own, {there} of {tiles} are there"
    fetched = tiles_to_fetch(config.dataset)
    return f"{tiles} of 1 degree" + (
        ", all here" if not fetched else ", fetched" if fetched == count else f", {fetched} fetched"
    )

"""Public embeddings by name: each in its own way, which its addresses tell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from landloom.map.named import alphaearth, alphaearth_index
from landloom.map.named.window_fetch import Record
from landloom.map.named.windows import NamedWindow
from landloom.raster.bounds import Bounds
from landloom.sources.catalogue import PublicSource


def windows_of(
    source: PublicSource, region: Bounds, index: Sequence[str], pause: float
) -> list[NamedWindow]:
    """Return the windows of a dataset that a region needs.

    Parameters
    ----------
    source
        The dataset.
    region
        Lon/lat box.
    index
        The index of its tiles, where it has one.
    pause
        Seconds before addresses are asked once more.

    Raises
    ------
    LandloomError
        Where it has nothing there, or cannot be asked.
    """
    if not source.is_indexed:
        from landloom.map.named import tessera_fetch  # which alone imports zarr

        return tessera_fetch.windows_of(source, region, pause)
    return alphaearth_index.windows_of(Path(index[0]), source, region)


def fetch(source: PublicSource, window: NamedWindow, target: Path, pause: float) -> Record:
    """Fetch a window of a dataset as a file: see `landloom.map.named.window_fetch.fetch_window`."""
    if not source.is_indexed:
        from landloom.map.named import tessera_fetch

        return tessera_fetch.fetch(source, window, target, pause)
    return alphaearth.fetch(source, window, target, pause)

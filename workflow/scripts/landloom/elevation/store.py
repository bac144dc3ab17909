"""Elevation tiles that were fetched once, kept for whatever region or run needs them next."""

from __future__ import annotations

import logging
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from landloom.elevation.fetch import fetch_tile
from landloom.elevation.tiles import TileStats
from landloom.job import integrity
from landloom.job.files import read_json, sha256_of, whole_file, write_json

log = logging.getLogger(__name__)

_FORM = 1
"""The form of the tiles kept; one that differs is fetched anew."""


@dataclass(frozen=True)
class TileStore:
    """A folder of tiles of one source, each with a record of what it is.

    Attributes
    ----------
    folder
        Where tiles are kept: to have them fetched anew, delete it, or some of its files.
    address
        A product of the elevation package, or a template of URLs.
    nodata
        The void value, where the source does not name it itself.
    """

    folder: str
    address: str
    nodata: float | None

    def take(self, tile: str, target: Path) -> TileStats:
        """Write a copy of a tile, which is fetched if it is not kept, or not what it was.

        Raises
        ------
        LandloomError
            As `fetch_tile` does.
        """
        kept, record = (Path(self.folder) / f"{tile}{suffix}" for suffix in (".tif", ".json"))
        stats = self._recorded(kept, record)
        if stats is None:
            with whole_file(kept) as draft:
                stats = fetch_tile(self.address, tile, draft, self.nodata, attempts=1)
            write_json(record, {**self._label(), "stats": asdict(stats)})
            integrity.record(record)
        else:
            log.info("%s is kept in %s", tile, self.folder)
        shutil.copyfile(kept, target)
        return stats

    def _recorded(self, kept: Path, record: Path) -> TileStats | None:
        """Return what is known of a tile; None where it is not there, or another one."""
        if integrity.is_damaged(record):
            return None
        try:
            known = read_json(record)
            stats = TileStats(**known.pop("stats"))
            same = known == self._label() and sha256_of(kept) == stats.sha256
        except (OSError, ValueError, LookupError, TypeError):
            return None
        return stats if same else None

    def _label(self) -> dict[str, Any]:
        return {"form": _FORM, "address": self.address, "nodata": self.nodata}

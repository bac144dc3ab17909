"""Copies of whole files that are had at several addresses."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from landloom.errors import LandloomError
from landloom.sources.download import Downloaded, download

log = logging.getLogger(__name__)


def download_first(addresses: Sequence[str], target: str | Path) -> Downloaded:
    """Fetch a file from the first of its addresses that gives it.

    Parameters
    ----------
    addresses
        Of the same file, at least one.
    target
        Where it belongs.

    Raises
    ------
    LandloomError
        Where none gives it: what was said of each.
    """
    told: list[str] = []
    for address in addresses:
        try:
            return download(address, target)
        except LandloomError as error:
            log.info("%s", error)
            told.append(str(error))
    raise LandloomError("; ".join(told))

"""Copies of whole files that are had at several addresses."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from landloom.errors import LandloomError, PassingError
from landloom.sources.download import download
from landloom.sources.part import Downloaded
from landloom.sources.patience import Patience

log = logging.getLogger(__name__)


def download_first(
    addresses: Sequence[str],
    target: str | Path,
    patience: Patience | None = None,
    check: Callable[[Path], None] | None = None,
) -> Downloaded:
    """Fetch a file from the first of its addresses that gives it.

    Parameters
    ----------
    addresses
        Of the same file, at least one.
    target
        Where it belongs.
    patience
        How long to bear with each address.
    check
        Raises `LandloomError` where what has arrived is not what it should be: then it is removed,
        and the next address is tried.

    Raises
    ------
    PassingError
        Where none gives it, and one may a moment later: what was said of each.
    LandloomError
        Where none gives it, nor will.
    """
    told: list[LandloomError] = []
    for address in addresses:
        try:
            done = download(address, target, patience)
            if check:
                _checked(Path(target), done.url, check)
            return done
        except LandloomError as error:
            log.info("%s", error)
            told.append(error)
    raise refused_by_all(told)


def _checked(target: Path, url: str, check: Callable[[Path], None]) -> None:
    try:
        check(target)
    except LandloomError as error:
        target.unlink()
        raise LandloomError(f"{url}: {error}") from None


def refused_by_all(told: Sequence[LandloomError]) -> LandloomError:
    """Return one error of what each address said; it may pass if that of any may."""
    passing = any(isinstance(error, PassingError) for error in told)
    return (PassingError if passing else LandloomError)("; ".join(map(str, told)))


_FROM = "# from "


def digest_text(done: Downloaded, name: str) -> str:
    """Return what lies beside a copy: its digest, for ``sha256sum -c``, and its origin."""
    return f"{done.sha256}  {name}\n{_FROM}{done.url}\n"


def origin_of(digest: str | Path) -> str | None:
    """Return the address that a copy came from, as it may be told; None where that is not known."""
    lines = Path(digest).read_text(encoding="utf-8").splitlines()
    return next((line.removeprefix(_FROM) for line in lines if line.startswith(_FROM)), None)

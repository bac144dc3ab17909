"""Trying the addresses of a public dataset in order, until one serves."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from landloom.addresses import shown
from landloom.sources.asking import RefusedError
from landloom.sources.catalogue import Address

log = logging.getLogger(__name__)

T = TypeVar("T")

_ONCE_MORE_WITHIN = 10.0
"""Seconds of refusals after which all addresses are asked once more, were it but for a moment."""

PAUSE = 2.0
"""Seconds before that."""


class NoneServesError(Exception):
    """No address serves.

    Attributes
    ----------
    refusals
        URL, as it may be told, to what the address said last.
    """

    def __init__(self, refusals: dict[str, RefusedError]) -> None:
        super().__init__("; ".join(f"{url}: {said}" for url, said in refusals.items()))
        self.refusals = refusals

    @property
    def kinds(self) -> set[str]:
        """The kinds of refusals there were."""
        return {refusal.kind for refusal in self.refusals.values()}


def first_that_serves(
    addresses: Sequence[Address],
    url_of: Callable[[Address], str],
    serve: Callable[[Address], T],
    label: str,
    pause: float = PAUSE,
) -> tuple[Address, T]:
    """Return the first address that serves, and what it serves.

    What passes is asked for once more, if all have refused soon.

    Parameters
    ----------
    addresses
        In the order in which they are tried.
    url_of
        What is asked for at an address.
    serve
        Looks at an address and returns what it serves, or raises `RefusedError`.
    label
        What is wanted, for the log.
    pause
        Seconds before all are asked once more.

    Raises
    ------
    NoneServesError
        Where none does.
    """
    began = time.monotonic()
    refusals: dict[str, RefusedError] = {}
    for attempt in (1, 2):
        for address in addresses:
            try:
                return address, serve(address)
            except RefusedError as refusal:
                url = shown(url_of(address))
                log.info("%s: %s: %s", label, url, refusal)
                refusals[url] = refusal
        none = NoneServesError(refusals)
        soon = time.monotonic() - began < _ONCE_MORE_WITHIN
        if attempt == 1 and soon and "passing" in none.kinds:
            time.sleep(pause)
        else:
            break
    raise none

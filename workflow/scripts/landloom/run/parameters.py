"""Parameters of jobs: which changes of them leave files what they have to be."""

from __future__ import annotations

from collections.abc import Collection

from landloom.map.blocks import PREDICTED


def is_enough(rule: str, before: Collection[str], now: Collection[str]) -> bool:
    """Return whether files that were made with some parameters hold all that others ask for.

    Parameters
    ----------
    rule
        Of a job, by its name.
    before, now
        Its parameters that are not the same: the place of each among all, and its value as Python
        shows it, ``"2: 'labels'"``.

    Returns
    -------
    bool
        True where one parameter of a block alone changed, from what it holds to less of it: whoever
        reads blocks takes the bands that it needs.
    """
    if rule != "predict_block" or len(before) != 1 or len(now) != 1:
        return False
    (had,), (wanted,) = before, now
    place = had.partition(":")[0]
    texts = [f"{place}: {layers!r}" for layers in PREDICTED]
    return had in texts and wanted in texts[: texts.index(had)]

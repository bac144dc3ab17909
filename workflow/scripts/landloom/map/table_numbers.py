"""Numbers in the tables that users write."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from landloom.arrays import Float64s


def numbers_in(column: Sequence[str], separator: str) -> Float64s:
    """Return the numbers of a column of a CSV file, float64; NaN where there is none.

    Parameters
    ----------
    column
        Its texts.
    separator
        What separates the file's fields: between semicolons, a comma is the decimal sign, as
        spreadsheets write it.
    """
    texts = pd.Series(column, dtype="str")
    if separator == ";":
        texts = texts.str.replace(",", ".")
    numbers: Float64s = pd.to_numeric(texts, errors="coerce").to_numpy(np.float64)
    return numbers

"""Shares: what the splits are made of and what the buffer leaves, which nothing is promised of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from landloom.arrays import Int64s
from landloom.dataset.proof.findings import Findings
from landloom.dataset.proof.promises import Promises
from landloom.dataset.proof.split_files import SplitFiles


def measure_shares(pixels: Mapping[str, Int64s], classes: pd.DataFrame, findings: Findings) -> None:
    """Set the class shares of region, train and test side by side, in percent.

    Parameters
    ----------
    pixels
        Of each split, by name, the samples' pixels of each class, (classes,).
    classes
        The class distribution: that of the region.
    findings
        Where the measures go.
    """
    shares = {"region": classes["percentage"].to_numpy()}
    for name, counts in pixels.items():
        total = counts.sum()
        shares[name] = 100.0 * counts / total if total else counts * 0.0
    findings.measured["class_shares_percent"] = {
        f"{code} {name}": {key: round(float(share[i]), 4) for key, share in shares.items()}
        for i, (code, name) in enumerate(zip(classes["code"], classes["name"], strict=True))
    }


def measure_buffer(splits: Sequence[SplitFiles], promises: Promises, findings: Findings) -> None:
    """Measure the share of the fit patches that the buffer leaves.

    Where that is little, the job that left them out has noted it, and what to do.

    Parameters
    ----------
    splits
        Train and test.
    promises
        What is promised: without a buffer, nothing is measured.
    findings
        Where the measures go.
    """
    if not promises.buffer_km:
        return
    shares = {
        files.name: files.counts["samples"]
        / max(1, files.counts["samples"] + files.counts["buffered"])
        for files in splits
    }
    findings.measured["share_left_by_buffer"] = {n: round(s, 6) for n, s in shares.items()}

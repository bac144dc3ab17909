"""What a reader should know of a dataset, though nothing is promised of it: where it has gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas

from landloom.dataset.proof.findings import Findings
from landloom.dataset.proof.split_files import SplitFiles
from landloom.legend.decimals import percent


def tell_region(share: float, findings: Findings) -> None:
    """Tell which share of the region lies on the land cover's raster.

    Parameters
    ----------
    share
        Of the region's area, 0 to 1.
    findings
        Where the measure goes, and a note where it is less than all.
    """
    findings.measured["region_share_on_raster"] = share
    if share < 1.0:
        off = 1.0 - share
        shown = percent(off).replace("<", "less than")
        findings.notes.append(f"{shown} of the region lies off the land-cover raster")


def tell_cells(
    coverage: Mapping[str, Any], cells: geopandas.GeoDataFrame, findings: Findings
) -> None:
    """Tell how many cells can have patches, and see that test cells are drawn among these alone.

    Parameters
    ----------
    coverage
        The content of ``cells.json``.
    cells
        The cells with their split (``split.gpkg``).
    findings
        Where faults, notes and measures go.
    """
    off, bare = coverage["without_patch"], coverage["without_land_cover"]
    test = set(cells.loc[cells["split"] == "test", "cell"])
    eligible = coverage["cells"] - len(off) - len(bare)
    findings.measured["cells"] = {
        "all": coverage["cells"],
        "without_patch": len(off),
        "without_land_cover": len(bare),
        "eligible": eligible,
        "test": len(test),
    }
    wrong = sorted(test.intersection([*off, *bare]))
    findings.expect(not wrong, f"test cells without land cover: {', '.join(wrong[:5])}")
    if eligible < coverage["cells"]:
        findings.notes.append(
            f"of {coverage['cells']} cells {len(off)} have no patch (they lie off the land-cover "
            f"raster) and {len(bare)} none whose land cover is known throughout; the {len(test)} "
            f"test cells were drawn among the other {eligible}"
        )


def tell_filled(splits: Sequence[SplitFiles], findings: Findings) -> None:
    """Tell how many samples have elevation that was filled in.

    Parameters
    ----------
    splits
        Train and test.
    findings
        Where the notes go; the numbers stand among the counts of patches.
    """
    for files in splits:
        patches, pixels = files.counts["filled"], files.counts["filled_pixels"]
        if patches:
            findings.notes.append(
                f"{files.name}: {patches} of {files.counts['samples']} samples have void elevation "
                f"that was filled in, {pixels} pixels in all"
            )

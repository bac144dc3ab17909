"""The hosts that a run needs are those of all rules that read rasters wherever these lie."""

from __future__ import annotations

import re
from pathlib import Path

RULES = Path(__file__).parents[2] / "workflow" / "rules"
REACHES_OUT = r"\b(opened|opened_all)\(|\bopened_elevation,|file_inputs\(REFERENCE_RASTERS"
REACHES_OUT += r"|\bEMBEDDING_(RASTERS|OPENED)\b"


def rules() -> dict[str, str]:
    """Return the text of each rule by its name."""
    found = {}
    for path in RULES.rglob("*.smk"):
        parts = re.split(r"^ *(?:rule|checkpoint) (\w+):$", path.read_text(), flags=re.MULTILINE)
        found |= dict(zip(parts[1::2], parts[2::2], strict=True))
    return found


def test_every_rule_that_may_read_over_a_network_is_listed():
    listed = (RULES / "run/network.smk").read_text()
    of_their_own = {"download", "elevation_tile", "embedding_index", "embedding_windows"}
    of_their_own |= {"embedding_window"}
    names = set(re.findall(r'"(\w+)"', listed)) & rules().keys() - of_their_own
    assert names == {name for name, text in rules().items() if re.search(REACHES_OUT, text)}

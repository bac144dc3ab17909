"""Which changes of parameters leave files what they have to be."""

from __future__ import annotations

from itertools import product

import pytest

from landloom.map.blocks import PREDICTED
from landloom.run.parameters import is_enough


@pytest.mark.parametrize(("had", "wanted"), list(product(range(3), repeat=2)))
def test_blocks_that_hold_more_serve(had: int, wanted: int) -> None:
    before, now = {f"2: {PREDICTED[had]!r}"}, {f"2: {PREDICTED[wanted]!r}"}
    assert is_enough("predict_block", before, now) is (had > wanted)


def test_any_other_change_counts() -> None:
    more, less = repr(PREDICTED[2]), repr(PREDICTED[0])
    assert not is_enough("predict_block", {"2: 'a'"}, {"2: 'b'"})
    assert not is_enough("plan_map", {f"2: {more}"}, {f"2: {less}"})
    assert not is_enough("predict_block", {f"2: {more}"}, {f"3: {less}"})
    assert not is_enough("predict_block", {f"2: {more}", "0: 1"}, {f"2: {less}", "0: 2"})
    assert not is_enough("predict_block", {f"2: {more}", "3: 1"}, {f"2: {less}"})
    assert not is_enough("predict_block", set(), {f"2: {less}"})
    assert not is_enough("predict_block", set(), set())

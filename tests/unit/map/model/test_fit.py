"""A model is refused where the raster is another thing than what it learned from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from rasters import write
from small_models import INFO, X, card, model

from landloom.errors import LandloomError
from landloom.map.embedding_header import inspect_zones
from landloom.map.model.fit import fit_of, refuse_unfit

CARD = card()


def test_the_same_bands_and_values_fit() -> None:
    assert refuse_unfit(CARD, INFO, X, "m.zip") == ()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"bands": 4}, "has 4 bands, the model learned from 3"),
        ({"encoding": "alphaearth"}, "encoding is alphaearth, the model learned from float"),
        ({"descriptions": ("red", "nir", "blue")}, "; band 2 is nir, the model's is green"),
        (
            {"descriptions": ("red", "blue", "green")},
            "its bands are in another order: band 2 is blue, the model's is green",
        ),
        ({"bands": 4, "encoding": "alphaearth"}, "4 bands.*; its encoding is alphaearth"),
    ],
)
def test_others_are_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(LandloomError, match=message.removeprefix("; ")) as raised:
        refuse_unfit(CARD, replace(INFO, **changed), X, "m.zip")
    assert str(raised.value).startswith("map.model: m.zip does not suit the embedding a.tif: ")


def test_all_faults_are_told_at_once() -> None:
    other = replace(INFO, encoding="alphaearth", descriptions=("blue", "green", "red"))
    with pytest.raises(LandloomError) as raised:
        refuse_unfit(CARD, other, X * 100, "m.zip")
    told = str(raised.value)
    assert told.index("encoding") < told.index("another order") < told.index("of its values")


@pytest.mark.parametrize("names", [(), ("", "", ""), ("x", "x", "x"), ("red", "", "blue")])
def test_bands_that_are_not_named_each_are_taken_by_number_and_told_of(
    names: tuple[str, ...],
) -> None:
    told = refuse_unfit(CARD, replace(INFO, descriptions=names), X, "m.zip")
    assert told == (
        "bands are compared with those of the model by their number: not both have names",
    )


def test_where_neither_has_names_there_is_nothing_to_tell() -> None:
    bands = [band.model_dump() | {"name": f"b0{n}"} for n, band in enumerate(CARD.bands, 1)]
    nameless = card(named_bands=False, bands=bands)
    assert refuse_unfit(nameless, replace(INFO, descriptions=()), X, "m.zip") == ()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (X * 100, r"9\d% of its values lie far .*: band \d \(\w+\) has -?\d.*, the samples had"),
        (X + 50, "100% of its values lie far"),
        (X / 127, "another scale than those"),
    ],
)
def test_values_of_another_kind_are_refused(values: np.ndarray, message: str) -> None:
    with pytest.raises(LandloomError, match=message):
        refuse_unfit(CARD, INFO, values, "m.zip")


@given(scale=st.floats(0.1, 1.5), shift=st.floats(-1.0, 1.0), seed=st.integers(0, 9))
def test_another_region_of_the_same_numbers_fits(scale: float, shift: float, seed: int) -> None:
    values = np.random.default_rng(seed).normal(shift, scale, (200, 3)).astype(np.float32)
    refuse_unfit(CARD, INFO, values, "m.zip")


def test_a_region_that_is_all_one_thing_fits() -> None:
    refuse_unfit(CARD, INFO, np.repeat(X[3:4], 100, axis=0), "m.zip")


def test_bands_that_never_varied_do_not_count_as_another_scale() -> None:
    bands = [band.model_dump() for band in CARD.bands]
    flat = card(bands=[{**bands[0]}, *({**band, "low": 0.0, "high": 0.0} for band in bands[1:])])
    values = X * np.array([1, 0, 0], np.float32)
    assert refuse_unfit(flat, INFO, values, "m.zip") == ()


@pytest.mark.parametrize("compares", [True, False])
def test_a_raster_is_looked_at(tmp_path: Path, compares: bool) -> None:
    pixels = np.concatenate([X, X, X + 2.5 * np.ptp(X, axis=0)]).T.reshape(3, 18, 10)
    path = write(tmp_path / "e.tif", pixels, Affine(10, 0, 0, 0, -10, 0))
    embedding = inspect_zones([str(path)], "float", None)
    found = fit_of(model(compares=compares, named_bands=False), embedding, "m.zip")
    assert found.pixels == 180
    assert found.within == pytest.approx(2 / 3)
    assert found.compared == (180 if compares else 0)
    assert [note[:6] for note in found.notes] == ["33.3 %"]
    # The samples themselves lie inside; what is far from all of them does not.
    assert found.outside == (pytest.approx(1 / 3) if compares else None)
    assert found.plain()["values_within"] == found.within

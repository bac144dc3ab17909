"""A model is refused where the raster is another thing than what it learned from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from affine import Affine

from landloom.errors import LandloomError
from landloom.map.embedding import EmbeddingInfo, Tile
from landloom.map.model.card import BandCard, ClassCard, ModelCard, SamplesCard
from landloom.map.model.fit import check_bands, check_values
from landloom.raster.pixel_grid import PixelGrid

INFO = EmbeddingInfo(
    tiles=(Tile("a.tif", 0, 0, 5, 5),),
    grid=PixelGrid("", Affine(1, 0, 0, 0, -1, 0), 5, 5),
    bands=3,
    dtype="float32",
    encoding="float",
    nodata=None,
    block_shape=(5, 5),
    interleave="band",
    descriptions=("red", "green", "blue"),
)
CARD = ModelCard(
    classes=[ClassCard(value=1, name="a"), ClassCard(value=2, name="b")],
    bands=[BandCard(name=name, low=0.0, high=1.0) for name in INFO.descriptions],
    encoding="float",
    named_bands=True,
    samples=SamplesCard(number=2, per_class={}, sha256="0" * 64),
    parameters={},
    seed=0,
    agreement={},
    labels=[],
    versions={},
)


def test_the_same_bands_fit() -> None:
    assert check_bands(CARD, INFO, "m.zip") == ()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"bands": 4}, "has 4 bands, the model learned from 3"),
        ({"encoding": "alphaearth"}, "encoding is alphaearth, the model learned from float"),
        ({"descriptions": ("red", "blue", "green")}, "band 2 is blue, the model's is green"),
        ({"bands": 4, "encoding": "alphaearth"}, "4 bands.*; its encoding is alphaearth"),
    ],
)
def test_others_are_refused(changed: dict[str, object], message: str) -> None:
    with pytest.raises(LandloomError, match=message) as raised:
        check_bands(CARD, replace(INFO, **changed), "m.zip")  # type: ignore[arg-type]
    assert "m.zip does not suit the embedding a.tif" in str(raised.value)


def test_bands_without_names_are_taken_and_told_of() -> None:
    told = check_bands(CARD, replace(INFO, descriptions=()), "m.zip")
    assert "cannot be compared by name" in told[0]


def test_values_of_the_same_kind_fit() -> None:
    values = np.random.default_rng(0).uniform(-0.2, 1.2, (1000, 3)).astype(np.float32)
    (told,) = check_values(CARD, values, "m.zip")
    assert told.startswith("71.") or told.startswith("70.") or told.startswith("72.")


@pytest.mark.parametrize("scale", [100.0, -1.0])
def test_values_of_another_scale_are_refused(scale: float) -> None:
    values = np.random.default_rng(0).uniform(0.5, 1, (1000, 3)).astype(np.float32)
    with pytest.raises(LandloomError, match=r"does not suit the values.*100% of them lie far"):
        check_values(CARD, values * np.float32(scale) - np.float32(scale < 0), "m.zip")


def test_without_pixels_nothing_is_claimed() -> None:
    assert "no pixel" in check_values(CARD, np.empty((0, 3), np.float32), "m.zip")[0]

"""The section `figures`: how much the pictures show."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from landloom.config.checks import Section


class AnimationConfig(Section):
    """Training patches as surfaces that turn, in a grid: `figures/terrain.gif`."""

    rows: Annotated[int, Field(ge=1, le=12)] = 2
    """Rows of patches in the picture."""
    columns: Annotated[int, Field(ge=1, le=16)] = 4
    """Columns of patches in the picture."""
    frames: Annotated[int, Field(ge=2, le=360)] = 72
    """Pictures of one full turn; more turn more smoothly and make a larger file."""
    fps: Annotated[int, Field(ge=1, le=50)] = 12
    """Pictures per second; a GIF cannot show more than 50."""


class FiguresConfig(Section):
    """The pictures of the dataset."""

    samples: Annotated[int, Field(ge=1, le=8)] = 3
    """Patches along each side of the neighbourhoods that are shown, and patches that are shown in
    pairs of land cover and relief."""
    animation: AnimationConfig = AnimationConfig()
    """The animation of patches as surfaces."""

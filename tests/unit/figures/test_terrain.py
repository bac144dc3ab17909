"""The animation: every picture whole, in one palette, and a turn without a jump."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from landloom.figures.patches import Palette, Sheet
from landloom.figures.terrain import (
    Shades,
    Stage,
    Surfaces,
    Turn,
    frame,
    surfaces,
    write_animation,
)

PALETTE = Palette(
    ["1 water", "2 forest", "3 fields"],
    np.array([[70, 107, 159], [28, 95, 44], [220, 217, 57]], np.uint8),
)
METRES = (2400.0, 2400.0)


def hills(count: int, size: int = 12) -> Sheet:
    y, x = np.mgrid[:size, :size] / size
    heights = np.stack([300 * np.sin(3 * x + n) * np.cos(4 * y) for n in range(count)])
    heights -= heights.min(axis=(1, 2), keepdims=True)
    classes = np.minimum(heights // 150, 2).astype(np.int32)
    places = np.zeros((1, count, 2), np.int64)
    return Sheet(classes[None], heights[None].astype(np.float32), places, False)


def pictures(path: Path) -> list[np.ndarray]:
    with Image.open(path) as animation:
        found = []
        for number in range(animation.n_frames):
            animation.seek(number)
            found.append(np.asarray(animation.convert("RGB")))
    return found


@pytest.fixture(scope="module")
def animation(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("terrain") / "terrain.gif"
    write_animation(path, hills(5), PALETTE, METRES, columns=4, turn=Turn(24, fps=30))
    return path


def test_there_are_as_many_pictures_as_asked_for_and_none_is_blank(animation):
    found = pictures(animation)
    assert len(found) == 24
    shares = [(picture != 255).any(axis=-1).mean() for picture in found]
    assert min(shares) > 0.6 * max(shares) > 0.1
    black = [(picture == 0).all(axis=-1).mean() for picture in found]
    assert max(black) < 0.02  # letters of the legend


def test_the_turn_has_no_jump(animation):
    found = [picture.astype(int) for picture in pictures(animation)]
    steps = [np.abs(a - b).mean() for a, b in zip(found, found[1:] + found[:1], strict=True)]
    assert min(steps) > 0
    assert steps[-1] < 1.5 * np.median(steps)


def test_all_pictures_share_one_small_palette(animation):
    packed = [picture.astype(np.int32) @ [65536, 256, 1] for picture in pictures(animation)]
    colors = set(np.unique(packed).tolist())
    assert len(colors) <= 256
    with Image.open(animation) as first:
        palette = np.array(first.getpalette()).reshape(-1, 3)
    assert colors <= set((palette @ [65536, 256, 1]).tolist())


def test_it_runs_for_ever_at_the_speed_asked_for(animation):
    with Image.open(animation) as opened:
        assert opened.info["loop"] == 0
        total = 0
        for number in range(opened.n_frames):
            opened.seek(number)
            total += opened.info["duration"]
    assert total == 800


def test_the_bytes_are_the_same_again(animation, tmp_path):
    write_animation(tmp_path / "t.gif", hills(5), PALETTE, METRES, columns=4, turn=Turn(24, fps=30))
    assert (tmp_path / "t.gif").read_bytes() == animation.read_bytes()


@given(st.integers(2, 360), st.integers(1, 50))
def test_pictures_last_as_long_as_a_gif_can_say(frames, fps):
    lengths = Turn(frames, fps).durations()
    assert len(lengths) == frames
    assert sum(lengths) == pytest.approx(1000 * frames / fps, abs=5)
    assert max(lengths) - min(lengths) in (0, 10)
    assert min(lengths) >= 20


@pytest.mark.parametrize("classes", [1, 2, 20, 124, 125, 300])
def test_a_palette_has_room_for_any_legend(classes):
    colors = np.random.default_rng(1).integers(0, 256, (classes, 3)).astype(np.uint8)
    present = np.arange(classes)
    shades = Shades.of(colors, present)
    assert len(shades.colors) <= 256
    dark, light = (shades.indices(present, np.full(classes, lit)) for lit in (0.0, 1.0))
    brightness = shades.colors.astype(int).sum(axis=1)
    assert (brightness[light] >= brightness[dark]).all()


def test_level_ground_has_the_legends_colour():
    shades = Shades.of(PALETTE.colors, np.arange(3))
    level = Sheet(
        np.full((1, 1, 4, 4), 2), np.zeros((1, 1, 4, 4), np.float32), np.zeros((1, 1, 2)), False
    )
    scene = surfaces(level, shades, METRES)
    color = shades.colors[np.unique(scene.colors)].astype(int)
    assert np.abs(color - PALETTE.colors[2]).max() <= 8


def test_surfaces_stay_in_their_places():
    """Whatever side one looks from, no surface reaches into another's place."""
    scene = surfaces(hills(4), Shades.of(PALETTE.colors, np.arange(3)), METRES)
    stage = Stage.of(2, 2)
    for turn in np.linspace(0, 1, 9):
        alone = []
        for number in range(4):
            heights = np.full_like(scene.heights, 0.0)
            heights[number] = scene.heights[number]
            colors = np.zeros_like(scene.colors)
            colors[number] = 200
            alone.append(frame(Surfaces(heights, colors, 1.0), stage, float(turn)) == 200)
        high, wide = stage.tile[1], stage.tile[0]
        for number, drawn in enumerate(alone):
            row, col = divmod(number, 2)
            drawn[row * high : (row + 1) * high, col * wide : (col + 1) * wide] = False
            assert not drawn.any()


def test_what_is_near_hides_what_is_behind():
    """Seen from the front, a wall across the middle hides the squares right behind it."""
    heights = np.zeros((1, 13, 13))
    heights[:, 6:8] = 0.45
    colors = np.full((1, 12, 12), 10, np.uint8)
    colors[:, 5] = 50  # the slope that faces away
    colors[:, 7] = 60  # the slope that faces the viewer
    scene, stage = Surfaces(heights, colors, 1.0), Stage.of(1, 1)
    front, back = frame(scene, stage, 0.0), frame(scene, stage, 0.5)
    assert (front == 60).any()
    assert not (front == 50).any()
    assert (back == 50).any()
    assert not (back == 60).any()


def test_large_patches_are_thinned_out():
    scene = surfaces(hills(1, size=256), Shades.of(PALETTE.colors, np.arange(3)), METRES)
    assert scene.squares <= 48
    assert scene.heights.max() == pytest.approx(0.45, abs=0.03)

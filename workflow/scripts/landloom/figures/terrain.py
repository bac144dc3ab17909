"""Samples as surfaces that turn: an animated GIF.

The surfaces are meshes of small squares. Each picture projects their corners in parallel, and
fills the squares from back to front, which is right for a height field seen in parallel: no
square lies both before and behind another one. All pictures share one palette of at most 256
colours, the classes' in several shades.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from landloom.arrays import Float64s, UInt8s
from landloom.figures.patches import Palette, Sheet
from landloom.figures.shading import LEVEL, shade
from landloom.figures.style import class_legend, new_figure, styled

_MOST_SQUARES = 48
"""Squares along a side of a surface: a smaller one would be less than two pixels."""

_TILT = math.radians(32)
"""How far above the horizon one looks from."""

_HIGH = 0.45
"""Height of the highest surface, in widths of a patch; all are exaggerated alike."""

_MOST_EXAGGERATED = 50.0

_MOST_WIDE, _MOST_HIGH = 840, 760
"""Pixels of a picture, at most."""

_SHIFT = 4
"""Binary digits behind the point in what OpenCV fills: edges move by parts of a pixel."""

_GREYS = 8
"""Colours at the palette's start: white to black, for the legend's letters, walls and ground."""

_WALLS = (2, 3)
"""The greys of walls along rows and along columns."""


@dataclass(frozen=True)
class Shades:
    """A palette: some greys, then each class in several shades from dark to light.

    Attributes
    ----------
    colors
        (n, 3) uint8, n <= 256.
    first
        Index of the darkest shade of each class, by class index.
    count
        Shades of a class.
    """

    colors: UInt8s
    first: npt.NDArray[np.intp]
    count: int

    @classmethod
    def of(cls, classes: UInt8s, present: npt.NDArray[np.integer]) -> Shades:
        """Share 256 colours out among the classes that are present.

        Parameters
        ----------
        classes
            (n, 3) colours by class index.
        present
            Indices of the classes that occur.
        """
        own = classes[present]
        distinct, which = np.unique(own, axis=0, return_inverse=True)
        if len(distinct) > (256 - _GREYS) // 2:  # too many to be told apart: at most 64 are left
            distinct, which = np.unique(own // 64 * 64 + 32, axis=0, return_inverse=True)
        count = min(16, (256 - _GREYS) // len(distinct))
        light = (np.arange(count) + 0.5) / count
        factor = np.interp(light, [0.0, LEVEL, 1.0], [0.4, 1.0, 1.25])[None, :, None]
        shades = np.clip(distinct[:, None, :] * factor, 0, 255).reshape(-1, 3)
        grey = np.linspace(255, 0, _GREYS)[:, None].repeat(3, axis=1)
        first = np.zeros(len(classes), np.intp)
        first[present] = _GREYS + which.ravel() * count
        return cls(np.concatenate([grey, shades]).round().astype(np.uint8), first, count)

    def indices(self, classes: npt.NDArray[np.int32], light: npt.NDArray[np.float32]) -> UInt8s:
        """Return the palette's index for classes in the light (0 to 1)."""
        shade_number = np.minimum((light * self.count).astype(np.intp), self.count - 1)
        index: UInt8s = (self.first[classes] + shade_number).astype(np.uint8)
        return index

    def nearest(self, image: UInt8s) -> UInt8s:
        """Return the index of the nearest colour for each pixel of an (h, w, 3) image."""
        flat, which = np.unique(image.reshape(-1, 3), axis=0, return_inverse=True)
        apart = flat[:, None, :].astype(np.int32) - self.colors[None].astype(np.int32)
        index: UInt8s = np.argmin((apart**2).sum(axis=-1), axis=1).astype(np.uint8)[which.ravel()]
        return index.reshape(image.shape[:2])


@dataclass(frozen=True)
class Surfaces:
    """Meshes, ready to be drawn from any side.

    Attributes
    ----------
    heights
        (n, m + 1, m + 1): z of the corners, in widths of a patch.
    colors
        (n, m, m): palette index of each square.
    exaggeration
        What heights were multiplied by.
    """

    heights: Float64s
    colors: UInt8s
    exaggeration: float

    @property
    def squares(self) -> int:
        """Squares along a side."""
        return int(self.colors.shape[-1])


def surfaces(sheet: Sheet, shades: Shades, patch_metres: tuple[float, float]) -> Surfaces:
    """Make meshes of samples.

    Parameters
    ----------
    sheet
        The samples, laid out in any way.
    shades
        The palette.
    patch_metres
        Width and height of a patch on the ground.
    """
    step = math.ceil(sheet.size / _MOST_SQUARES)
    size = sheet.size
    heights = sheet.heights.reshape(-1, size, size)[:, ::step, ::step]
    classes = sheet.classes.reshape(-1, size, size)[:, ::step, ::step]
    metres = (patch_metres[0] / heights.shape[-1], patch_metres[1] / heights.shape[-1])
    light = shade(heights, metres)
    width = float(np.mean(patch_metres))
    high = max(float(heights.max()), 1e-3)
    exaggeration = min(_HIGH * width / high, _MOST_EXAGGERATED)
    corners = _corner_heights(heights.astype(np.float64)) * exaggeration / width
    return Surfaces(corners, shades.indices(classes, light), exaggeration)


def _corner_heights(heights: Float64s) -> Float64s:
    """Return heights where pixels meet: the mean of the pixels round each corner."""
    padded = np.pad(heights, ((0, 0), (1, 1), (1, 1)), mode="edge")
    return (padded[:, :-1, :-1] + padded[:, 1:, :-1] + padded[:, :-1, 1:] + padded[:, 1:, 1:]) / 4.0


@dataclass(frozen=True)
class Stage:
    """How the surfaces are laid out in a picture.

    Attributes
    ----------
    rows, columns
        Of surfaces.
    tile
        Width and height of the place of one, in pixels.
    """

    rows: int
    columns: int
    tile: tuple[int, int]

    @classmethod
    def of(cls, rows: int, columns: int) -> Stage:
        """Choose the largest tiles that a picture has room for."""
        width = min(_MOST_WIDE // columns, int(_MOST_HIGH // rows / 0.82), 420)
        return cls(rows, columns, (width, round(0.82 * width)))

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the picture."""
        return self.rows * self.tile[1], self.columns * self.tile[0]

    def centres(self, count: int) -> Float64s:
        """Return x and y of the middle of the ground of each surface, (count, 2)."""
        row, column = np.divmod(np.arange(count), self.columns)
        return np.stack([(column + 0.5) * self.tile[0], (row + 0.645) * self.tile[1]], axis=1)


def frame(scene: Surfaces, stage: Stage, turn: float) -> UInt8s:
    """Draw all surfaces, turned.

    Parameters
    ----------
    scene
        The surfaces.
    stage
        Their layout.
    turn
        By how much, 0 to 1 for a full turn.

    Returns
    -------
    numpy.ndarray
        (height, width) palette indices.
    """
    image = np.zeros(stage.shape, np.uint8)
    angle = 2 * math.pi * turn
    count, squares = len(scene.colors), scene.squares
    scale = stage.tile[0] / (math.sqrt(2) * 1.04)
    x, y, depth = _ground(squares + 1, angle)
    centres = stage.centres(count)[:, :, None, None]
    across = centres[:, 0] + scale * x
    down = centres[:, 1] + scale * (y * math.sin(_TILT) - scene.heights * math.cos(_TILT))
    points = np.rint(np.stack([across, down], axis=-1) * (1 << _SHIFT)).astype(np.int32)
    quads = np.stack(
        [points[:, :-1, :-1], points[:, :-1, 1:], points[:, 1:, 1:], points[:, 1:, :-1]], axis=-2
    ).reshape(count, squares**2, 4, 2)
    order = np.argsort(_square_depth(depth), kind="stable")
    quads, colors = quads[:, order], scene.colors.reshape(count, -1)[:, order]
    fill = cv2.fillConvexPoly
    for some, paints in zip(quads, colors.tolist(), strict=True):
        for quad, paint in zip(some, paints, strict=True):
            fill(image, quad, paint, cv2.LINE_8, _SHIFT)
    base = np.rint((centres[:, 1] + scale * (y * math.sin(_TILT) + 0.05)) * (1 << _SHIFT))
    for axis, end, grey in _walls_in_front(angle):
        edge = np.asarray(points.take(end, axis=axis))
        foot = np.stack([edge[..., 0], base.astype(np.int32).take(end, axis=axis)], axis=-1)
        for wall in np.concatenate([edge, foot[:, ::-1]], axis=1):
            cv2.fillPoly(image, [wall], grey, cv2.LINE_8, _SHIFT)
    return image


def _ground(corners: int, angle: float) -> tuple[Float64s, Float64s, Float64s]:
    """Return turned x (right), y (towards the viewer) of a mesh's corners, and y again as depth."""
    along = np.linspace(-0.5, 0.5, corners)
    v, u = np.meshgrid(along, along, indexing="ij")
    x = u * math.cos(angle) - v * math.sin(angle)
    y = u * math.sin(angle) + v * math.cos(angle)
    return x, y, y


def _square_depth(depth: Float64s) -> Float64s:
    """Return how near each square's middle lies to the viewer, rounded so that ties are ties."""
    middle = (depth[:-1, :-1] + depth[1:, 1:]) / 2
    return middle.ravel().round(9)


def _walls_in_front(angle: float) -> list[tuple[int, int, int]]:
    """Return the sides of (n, rows, columns) corners that face the viewer: axis, end and grey."""
    east, south = math.sin(angle), math.cos(angle)
    sides = [(2, -1, east), (2, 0, -east), (1, -1, south), (1, 0, -south)]
    return [(axis, end, _WALLS[axis - 1]) for axis, end, facing in sides if facing > 1e-9]


@styled()
def legend_image(palette: Palette, present: list[int], note: str, width: int) -> UInt8s:
    """Return the legend of some classes as an RGB image of a width in pixels."""
    figure = new_figure(width / 100, 1.2 + 0.25 * len(present))
    figure.set_dpi(100)
    class_legend(
        figure,
        [palette.names[index] for index in present],
        [tuple(palette.colors[index] / 255.0) for index in present],
    )
    legend = figure.legends[0]
    legend.set_title(note)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels: UInt8s = np.asarray(canvas.buffer_rgba())[..., :3]  # type: ignore[no-untyped-call]
    inked = np.flatnonzero((pixels < 250).any(axis=(1, 2)))
    return np.pad(pixels[inked[0] : inked[-1] + 1], ((14, 8), (0, 0), (0, 0)), constant_values=255)


@dataclass(frozen=True)
class Turn:
    """A full turn.

    Attributes
    ----------
    frames
        Its pictures.
    fps
        Pictures per second.
    world
        What the legend says first, of a world that is not the Earth's.
    """

    frames: int
    fps: int
    world: str = ""

    def durations(self) -> list[int]:
        """Return how long each picture is shown, in milliseconds.

        A GIF counts in hundredths of a second, so that at 30 per second some last 30 and some 40.
        """
        ends = np.rint(100.0 * np.arange(self.frames + 1) / self.fps).astype(int)
        return [10 * length for length in np.diff(ends).tolist()]


def write_animation(
    path: Path,
    sheet: Sheet,
    palette: Palette,
    patch_metres: tuple[float, float],
    columns: int,
    turn: Turn,
) -> None:
    """Write the turning surfaces as a GIF that runs for ever.

    Parameters
    ----------
    path
        Where to.
    sheet
        The samples, in one row.
    palette
        Names and colours of the classes.
    patch_metres
        Width and height of a patch on the ground.
    columns
        How many stand side by side, at most.
    turn
        In how many pictures, and how fast.
    """
    present = np.unique(sheet.classes)
    shades = Shades.of(palette.colors, present)
    scene = surfaces(sheet, shades, patch_metres)
    columns = min(columns, sheet.shape[1])
    stage = Stage.of(math.ceil(sheet.shape[1] / columns), columns)
    wide, high = (f"{length / 1000:.3g}" for length in patch_metres)
    size = f"{wide} km wide" if wide == high else f"{wide} by {high} km"
    note = f"Training samples as surfaces, each {size}; heights times {scene.exaggeration:.2g}"
    note = "\n".join(filter(None, [turn.world, note]))
    legend = shades.nearest(legend_image(palette, present.tolist(), note, stage.shape[1]))

    def pictures() -> Iterator[Image.Image]:
        for number in range(turn.frames):
            pixels = np.concatenate([frame(scene, stage, number / turn.frames), legend])
            picture = Image.fromarray(pixels)
            picture.putpalette(shades.colors.tobytes())
            yield picture

    drawn = pictures()
    next(drawn).save(
        path,
        format="GIF",
        save_all=True,
        append_images=drawn,
        duration=turn.durations(),
        loop=0,
        optimize=False,
        disposal=1,
    )

"""Legends: what the codes of a land-cover raster mean, and their colours."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from colorsys import hsv_to_rgb
from dataclasses import dataclass
from itertools import count, repeat
from pathlib import Path

from landloom.errors import LandloomError
from landloom.legend.csv_table import hex_color, read_csv, told, whole_number
from landloom.legend.known_names import known_color


@dataclass(frozen=True)
class Entry:
    """One class of a legend: its name and its colour as ``RRGGBB``, if it has one."""

    name: str
    color: str | None = None

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green and blue, 0..255.

        Raises
        ------
        ValueError
            Where the entry has no colour; `colored` gives it one.
        """
        if self.color is None:
            raise ValueError(
                f"class {self.name!r} has no colour; see landloom.legend.legends.colored"
            )
        red, green, blue = bytes.fromhex(self.color)
        return red, green, blue


Legend = dict[int, Entry]
"""Class code to its entry, in order of the codes."""

_NAMED = 10
"""Codes that a message names."""

_MANY, _MOST_CODES = 60, 1024
"""Different codes below which a raster is taken for one of classes, and above which for none."""


def _legend(rows: str) -> Legend:
    fields = (row.split(maxsplit=2) for row in rows.strip().splitlines())
    return {int(code): Entry(name, color) for code, color, name in fields}


# Anderson-derived classes and colours of the National Land Cover Database (mrlc.gov);
# 51 and 72..74 occur in Alaska only.
NLCD = _legend("""
11 466B9F Open water
12 D1DEF8 Perennial ice/snow
21 DEC5C5 Developed, open space
22 D99282 Developed, low intensity
23 EB0000 Developed, medium intensity
24 AB0000 Developed, high intensity
31 B3AC9F Barren land
41 68AB5F Deciduous forest
42 1C5F2C Evergreen forest
43 B5C58F Mixed forest
51 AF963C Dwarf scrub
52 CCB879 Shrub/scrub
71 DFDFC2 Grassland/herbaceous
72 D1D182 Sedge/herbaceous
73 A3CC51 Lichens
74 82BA9E Moss
81 DCD939 Pasture/hay
82 AB6C28 Cultivated crops
90 B8D9EB Woody wetlands
95 6C9FB8 Emergent herbaceous wetlands
""")

# ESA WorldCover product user manual v2.0, table 4.
WORLDCOVER = _legend("""
10 006400 Tree cover
20 FFBB22 Shrubland
30 FFFF4C Grassland
40 F096FF Cropland
50 FA0000 Built-up
60 B4B4B4 Bare/sparse vegetation
70 F0F0F0 Snow and ice
80 0064C8 Permanent water bodies
90 0096A0 Herbaceous wetland
95 00CF75 Mangroves
100 FAE6A0 Moss and lichen
""")

BUILT_IN = {"nlcd": NLCD, "worldcover": WORLDCOVER}

WATER = {"nlcd": 11, "worldcover": 80}
"""The open-water code of each built-in legend."""


# Okabe and Ito (2008), "Color Universal Design": their eight without black, and the grey that R
# adds to them.
_COLORS = ["E69F00", "56B4E9", "009E73", "F0E442", "0072B2", "D55E00", "CC79A7", "999999"]


def colored(legend: Legend) -> Legend:
    """Return a legend in which each entry has a colour, distinct from all others of a map.

    Parameters
    ----------
    legend
        The legend; colours that it has stay.

    Returns
    -------
    Legend
        The colours are never black or white, and depend on the names and the order of the entries
        alone. A class whose name is well known, such as `forest` or `Wasser`, gets the colour that
        is expected of it. For others come those of Okabe and Ito, which the colour-blind tell
        apart, then evenly spaced hues, light and dark by turns.
    """
    legend, taken = dict(legend), {e.color.upper() for e in legend.values() if e.color is not None}
    for code, entry in legend.items():
        if entry.color is None and (color := known_color(entry.name, taken)):
            legend[code] = Entry(entry.name, color)
            taken.add(color)
    return _filled(legend, taken)


def for_the_colour_blind(legend: Legend) -> Legend:
    """Return a legend with other colours, which the colour-blind tell apart.

    They are those of Okabe and Ito, whatever the classes are called; from the ninth class on there
    are none that all people tell apart, and hues follow.
    """
    return _filled({code: Entry(entry.name) for code, entry in legend.items()}, set())


def _filled(legend: Legend, taken: set[str]) -> Legend:
    missing = sum(entry.color is None for entry in legend.values())
    colors = iter(_free_colors(missing, taken))
    return {
        code: entry if entry.color is not None else Entry(entry.name, next(colors))
        for code, entry in legend.items()
    }


def _free_colors(number: int, taken: set[str]) -> list[str]:
    colors = [color for color in _COLORS if color not in taken][:number]
    missing = number - len(colors)
    taken = taken.union(_COLORS)
    wheels = (
        [color for color in map(_hue, range(hues), repeat(hues)) if color not in taken]
        for hues in count(missing)  # one more for each that is taken
    )
    return colors + next(wheel for wheel in wheels if len(wheel) >= missing)[:missing]


def _hue(index: int, number: int) -> str:
    red, green, blue = hsv_to_rgb(index / number, 0.65, 0.6 if index % 2 else 0.9)
    return "".join(f"{round(255 * part):02X}" for part in (red, green, blue))


def _is_file(name: str) -> bool:
    """Return whether there is such a file; what cannot be the name of one is none."""
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False


def load_legend(source: str) -> Legend:
    """Return the legend that a name or a CSV file stands for.

    Parameters
    ----------
    source
        ``nlcd``, ``worldcover``, or the path of a CSV with the columns ``code``, ``name`` and
        ``color`` (``RRGGBB``, with or without ``#``), as `read_csv` reads them.

    Raises
    ------
    LandloomError
        Where the file or one of its rows is not a legend; every bad row is named.
    """
    if source in BUILT_IN:
        return BUILT_IN[source]
    if not _is_file(source):
        names = ", ".join(BUILT_IN)
        raise LandloomError(f"no such legend; use {names} or an existing CSV (code,name,color)")
    legend: Legend = {}
    problems = []
    for line, row in read_csv(source, ("code", "name", "color")).rows():
        try:
            code, entry = _entry(row)
            if code in legend:
                raise LandloomError(f"the code {code} is given twice; keep one of the lines")
            legend[code] = entry
        except LandloomError as problem:
            problems.append(f"line {line}: {problem}")
    if problems:
        raise LandloomError(told(problems))
    if not legend:
        raise LandloomError("the file has no rows; give it one for each class")
    return dict(sorted(legend.items()))


def _entry(row: dict[str, str]) -> tuple[int, Entry]:
    """Return the class that a legend's row names."""
    try:
        code = whole_number(row["code"])
    except ValueError:
        raise LandloomError(f"the code {row['code']!r} is not a whole number; correct it") from None
    color = hex_color(row["color"])
    if color is None:
        raise LandloomError("the colour is empty; give it, such as 1A2B3C")
    return code, Entry(row["name"] or f"class {code}", color)


def refuse_unlisted(name: str, pixels: Mapping[int, int], listed: Collection[int]) -> None:
    """Refuse codes of a land-cover raster that the configuration does not list.

    Parameters
    ----------
    name
        The raster's.
    pixels
        Code to the number of its pixels.
    listed
        The codes of the legend, and those that mean 'not known'.

    Raises
    ------
    LandloomError
        Where one of the codes is not listed.
    """
    strange = sorted(set(pixels) - set(listed))
    if not strange:
        return
    found = set(pixels) - {0}
    fitting = [other for other, legend in BUILT_IN.items() if found and found <= legend.keys()]
    hint = f"did you mean {fitting[0]}? Else " if fitting else ""
    remedy = f"{hint}list them under dataset.landcover.unknown, or give a legend that names them"
    if looks_continuous(pixels):
        remedy = (
            "it looks like heights or other measured numbers, not classes: see whether the paths "
            "of dataset.landcover.raster and dataset.elevation.source are exchanged, or name a "
            "raster of classes"
        )
    raise LandloomError(
        f"config: dataset.landcover.legend: {name}: {sum(pixels[code] for code in strange)} pixels "
        f"have codes {few_codes(strange)}, which are not in the legend; {remedy}"
    )


def few_codes(codes: Collection[int]) -> str:
    """Return codes as a message names them: in order, ten at most, and of more their number."""
    first = ", ".join(map(str, sorted(codes)[:_NAMED]))
    return first if len(codes) <= _NAMED else f"{first}, ... ({len(codes):,} in all)"


def looks_continuous(codes: Collection[int]) -> bool:
    """Return whether whole numbers are more like measured ones than like codes of classes.

    Measured ones fill their range; legends are short, and those that are long have gaps.
    """
    if len(codes) < _MANY:
        return False
    return len(codes) > _MOST_CODES or len(codes) >= (max(codes) - min(codes) + 1) / 2

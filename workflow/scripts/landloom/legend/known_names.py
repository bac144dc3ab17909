"""Colours that people expect of classes by their names: forest is green, water blue, a town red.

Colours are those of ESA WorldCover. Words are stems in English, German, French, Spanish,
Portuguese, Italian and Dutch, without accents: one of four letters or more may begin a word, and
one of a language that joins words, marked by a hyphen, may end it, as in `Stadtwald`. A shorter
one has to be the word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from itertools import pairwise
from math import dist

_KINDS = """
00CF75 mangrov mangle mangue
0096A0 wetland marsh swamp bog fen peat -sumpf feucht -moor -schilf humide marais tourb humedal
       pantano umida palude -moeras veen reedbed rietland banhado
F0F0F0 snow ice glacier -schnee eis -gletscher neige glace nieve hielo glaciar neve gelo ghiacc
       -sneeuw ijs -gletsjer icefield
0064C8 water river lake sea ocean pond reservoir -wasser -gewasser -fluss see -meer -teich -stausee
       eau riviere lac mer etang agua rio lago mar oceano acqua fiume mare rivier canal -kanal
       freshwater seawater
00A884 orchard vineyard plantation olive -weinberg -rebland -obst verger vigne vignoble vinedo
       olivar pomar vinha frutteto vigneto oliveto -boomgaard -wijngaard palm
1C5F2C conifer evergreen needlelea nadel pine spruce -kiefer -fichte resineu conifere pinar pinheir
       naald
68AB5F deciduous broadlea laub beech oak -buche -eiche feuillu caduc frondos latifogl loof
006400 forest rainforest tree wood -wald -walder -baum -baume -gehol foret bois arbre bosque arbol
       arbor floresta arvore bosco -bosch albero alberi bos -bossen -boom -bomen
FFBB22 shrub scrub bush heath savanna -strauch -busch -gebusch -heide arbust buisson lande maquis
       matorral cespugli -struik
FFFF4C grass meadow pasture lawn steppe prairie -wiese -wiesen -weide -weiden -rasen -grunland
       pelouse herbe pature paturage pastizal prado pasto pastagem campestre prato pascolo -weiland
F096FF crop arable farm field agricult cultiv -acker feld landwirt -getreide -mais -weizen culture
       champ labour lavoura agricol coltiv seminativ -akker -bouwland rice maize wheat corn soy soja
FA0000 urban built building city town village settle house residential industr road street
       impervious developed artificial -stadt -siedlung -gebaude bebau -haus -hauser -strasse
       versiegel ville bati route construi ciudad edific cidade citta stad bebouw weg
B4B4B4 bare barren soil sand rock desert beach gravel quarry -boden -fels -wuste -strand -kies nu
       nue roche sable desnud suelo roca arena desierto solo rocha areia suolo roccia sabbia kaal
       -rots -zand
FAE6A0 moss lichen tundra -moos flecht mousse musgo muschio mos -korstmos
"""

_NEGATIONS = {
    *("non", "no", "not", "without", "kein", "keine", "nicht", "ohne"),
    *("sans", "sin", "sem", "senza", "geen", "niet"),
}
_NEGATED = re.compile(
    r"(?:non|nicht|un)(?P<rest>.+)|(?P<head>.+)(?:less|(?:frei|los)(?:e[mnrs]?)?)"
)
"""Words that tell what is not there, such as `Nichtwald` or `treeless`."""

_NOT_FARMED = {
    *("air", "boulder", "fish", "gas", "ice", "landing", "lava", "oil", "playing", "snow", "solar"),
    *("sport", "sports", "wind"),
}
"""What makes a field or a farm of its own."""

_FARMED = ("field", "farm")
_SHORTEST = 4
"""Letters of a stem that may be a part of a word."""

_BLENDS = ((255, 0.4), (0, 0.35), (255, 0.65), (0, 0.6))
_DARKER = ((0, 0.15), (0, 0.3), (0, 0.45), (0, 0.6))
"""Towards white or black, and how far: what further classes of a kind get; of a light one, such as
snow, which white would wash out, only darker ones."""

_LIGHT = 200
"""All parts of a light colour are above it."""

_LEAST = 9.0
"""How far shades lie from colours that others have, in CIELAB: what is told apart side by side."""


def _kinds() -> Iterator[tuple[str, list[str]]]:
    for row in re.split(r"\n(?=\S)", _KINDS.strip()):
        color, *stems = row.split()
        yield color, stems


_STEMS = [(stem.lstrip("-"), stem[0] == "-", color) for color, stems in _kinds() for stem in stems]


def known_color(name: str, taken: Collection[str]) -> str | None:
    """Return the colour that a class of a name is expected to have, or a shade of it.

    Parameters
    ----------
    name
        The class's name, in any case.
    taken
        Colours that other classes have, as ``RRGGBB``. Those nearby are not given.

    Returns
    -------
    str or None
        None where the name tells nothing, or says what the class is not; or all shades are taken.
    """
    words = _words(name)
    if _NEGATIONS.intersection(words):
        return None
    told = [
        word
        for word, following in pairwise([*words, ""])
        if following not in ("free", "frei") and not _is_negated(word)
    ]
    if _NOT_FARMED.intersection(words):
        told = [word for word in told if not word.startswith(_FARMED)]
    color = next((c for stem, ends, c in _STEMS if any(_fits(stem, ends, w) for w in told)), None)
    if color is None:
        return None
    others = [_lab(other) for other in taken]
    return next((c for c in _shades(color) if _is_apart(_lab(c), others)), None)


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return re.findall(r"[a-z]+", "".join(c for c in plain if not unicodedata.combining(c)))


def _fits(stem: str, may_end: bool, word: str) -> bool:
    if len(stem) < _SHORTEST:
        return word == stem
    return word.startswith(stem) or (may_end and word.endswith(stem))


def _is_negated(word: str) -> bool:
    """Return whether a word says that what it names is not there."""
    found = _NEGATED.fullmatch(word)
    part = found and (found["rest"] or found["head"])
    return bool(part) and any(_fits(stem, ends, str(part)) for stem, ends, _ in _STEMS)


def _shades(color: str) -> Iterator[str]:
    yield color
    own = bytes.fromhex(color)
    for towards, share in _DARKER if min(own) > _LIGHT else _BLENDS:
        yield "".join(f"{round(part + (towards - part) * share):02X}" for part in own)


_Lab = tuple[float, float, float]


def _lab(color: str) -> _Lab:
    """Return a colour in CIELAB (CIE 15:2004), of sRGB (IEC 61966-2-1) in the light D65."""
    red, green, blue = (_linear(part / 255) for part in bytes.fromhex(color))
    x, y, z = (
        _cube_root((a * red + b * green + c * blue) / white)
        for a, b, c, white in (
            (0.4124, 0.3576, 0.1805, 0.9505),
            (0.2126, 0.7152, 0.0722, 1.0),
            (0.0193, 0.1192, 0.9505, 1.089),
        )
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _linear(part: float) -> float:
    return float(((part + 0.055) / 1.055) ** 2.4) if part > 0.04045 else part / 12.92


def _cube_root(part: float) -> float:
    return float(part ** (1 / 3)) if part > 216 / 24389 else part * 841 / 108 + 4 / 29


def _is_apart(color: _Lab, others: Collection[_Lab]) -> bool:
    return all(dist(color, other) >= _LEAST for other in others)

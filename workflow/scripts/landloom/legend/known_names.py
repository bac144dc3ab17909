"""Colours that people expect of classes by their names: forest is green, water blue, a town red.

Colours are those of ESA WorldCover. Words are stems in English, German, French, Spanish,
Portuguese, Italian and Dutch, without accents: one of four letters or more may begin or end a word,
as in `Laubwald`, a shorter one has to be the word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator

_KINDS = """
00CF75 mangrov mangle mangue
0096A0 wetland marsh swamp bog fen peat sumpf feucht moor schilf humide marais tourb humedal pantano
       umida palude moeras veen reedbed rietland banhado
F0F0F0 snow ice glacier schnee eis gletscher neige glace nieve hielo glaciar neve gelo ghiacc sneeuw
       ijs gletsjer
0064C8 water river lake sea ocean pond reservoir wasser gewasser fluss see meer teich stausee eau
       riviere lac mer etang agua rio lago mar oceano acqua fiume mare rivier canal kanal
00A884 orchard vineyard plantation olive weinberg rebland obst verger vigne vignoble vinedo olivar
       pomar vinha frutteto vigneto oliveto boomgaard wijngaard palm
1C5F2C conifer evergreen needlelea nadel pine spruce kiefer fichte resineu conifere pinar pinheir
       naald
68AB5F deciduous broadlea laub beech oak buche eiche feuillu caduc frondos latifogl loof
006400 forest tree wood wald walder baum baume gehol foret bois arbre bosque arbol arbor floresta
       arvore bosco bosch albero alberi bos bossen boom bomen
FFBB22 shrub scrub bush heath savanna strauch busch gebusch heide arbust buisson lande maquis
       matorral cespugli struik
FFFF4C grass meadow pasture lawn steppe prairie wiese weide rasen grunland pelouse herbe pature
       paturage pastizal prado pasto pastagem campestre prato pascolo weiland
F096FF crop arable farm field agricult cultiv acker feld landwirt getreide mais weizen culture
       champ labour lavoura agricol coltiv seminativ akker bouwland rice maize wheat corn soy soja
FA0000 urban built building city town village settle house residential industr road street
       impervious developed artificial stadt siedlung gebaude bebau haus hauser strasse versiegel
       ville bati route construi ciudad edific cidade citta stad bebouw weg
B4B4B4 bare barren soil sand rock desert beach gravel quarry boden fels wuste strand kies nu nue
       roche sable desnud suelo roca arena desierto solo rocha areia suolo roccia sabbia kaal rots
       zand
FAE6A0 moss lichen tundra moos flecht mousse musgo muschio mos korstmos
"""

_NEGATIONS = {
    *("non", "no", "not", "without", "kein", "keine", "nicht", "ohne"),
    *("sans", "sin", "sem", "senza", "geen", "niet"),
}
_SHORTEST = 4
"""Letters of a stem that may be a part of a word."""

_BLENDS = ((255, 0.4), (0, 0.35), (255, 0.65), (0, 0.6))
"""Towards white or black, and how far: what further classes of a kind get."""


def _kinds() -> Iterator[tuple[str, list[str]]]:
    for row in re.split(r"\n(?=\S)", _KINDS.strip()):
        color, *stems = row.split()
        yield color, stems


_STEMS = [(stem, color) for color, stems in _kinds() for stem in stems]


def known_color(name: str, taken: Collection[str]) -> str | None:
    """Return the colour that a class of a name is expected to have, or a shade of it.

    Parameters
    ----------
    name
        The class's name, in any case.
    taken
        Colours that other classes have, as ``RRGGBB``.

    Returns
    -------
    str or None
        None where the name tells nothing, or says what the class is not; or all shades are taken.
    """
    words = _words(name)
    if _NEGATIONS.intersection(words):
        return None
    color = next((color for stem, color in _STEMS if any(_fits(stem, w) for w in words)), None)
    return color and next((shade for shade in _shades(color) if shade not in taken), None)


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return re.findall(r"[a-z]+", "".join(c for c in plain if not unicodedata.combining(c)))


def _fits(stem: str, word: str) -> bool:
    if len(stem) < _SHORTEST:
        return word == stem
    return word.startswith(stem) or word.endswith(stem)


def _shades(color: str) -> Iterator[str]:
    yield color
    for towards, share in _BLENDS:
        parts = (round(part + (towards - part) * share) for part in bytes.fromhex(color))
        yield "".join(f"{part:02X}" for part in parts)

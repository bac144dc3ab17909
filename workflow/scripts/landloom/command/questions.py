"""What a new configuration needs to know, asked one after the other on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from landloom.command.parsing import UsageError, nearest
from landloom.command.region import parse_region
from landloom.command.template import is_table
from landloom.raster.bounds import Bounds
from landloom.sources.catalogue import named

Answers = Mapping[str, str]
"""Name of a question to its answer; what is not asked is not there."""

_CONTERMINOUS = (-125.0, 24.0, -66.0, 50.0)
"""A box round the United States that the NLCD covers."""

PRODUCTS = ("dataset", "map", "demo")


@dataclass(frozen=True)
class Question:
    """Something to ask.

    Attributes
    ----------
    name
        Of its flag, without the dashes.
    text
        The question.
    needed
        Tells by the answers so far whether it is to be asked.
    usual
        Returns the usual answer; None where there is none, an empty one for 'nothing'.
    """

    name: str
    text: str
    needed: Callable[[Answers], bool]
    usual: Callable[[Answers], str | None]


def _of(*products: str) -> Callable[[Answers], bool]:
    return lambda answers: answers.get("product") in products


def _own_landcover(answers: Answers) -> bool:
    source = named(answers.get("landcover", ""), "landcover")
    return answers.get("product") == "dataset" and (source is None or source.legend is None)


def _own_embedding(answers: Answers) -> bool:
    return answers.get("product") == "map" and not named(answers.get("embedding", ""), "embedding")


def _table(answers: Answers) -> bool:
    return answers.get("product") == "map" and is_table(answers.get("reference", ""))


def _usual_landcover(answers: Answers) -> str:
    box = _box(answers.get("region", ""))
    west, south, east, north = _CONTERMINOUS
    inside = box and west <= box[0] and south <= box[1] and box[2] <= east and box[3] <= north
    return "nlcd-2021" if inside else "worldcover-2021"


def _box(text: str) -> Bounds | None:
    try:
        return parse_region(text)
    except UsageError:
        return None


def _always(answer: str | None) -> Callable[[Answers], str | None]:
    return lambda _: answer


QUESTIONS = (
    Question(
        "product",
        "What do you want: a 'dataset' of patches for machine learning, a land-cover 'map', or the "
        "'demo' of both?",
        lambda _: True,
        _always(None),
    ),
    Question(
        "embedding",
        "The embedding to map: alphaearth-2017 to alphaearth-2025, tessera-2017 to tessera-2024, "
        "or a raster of your own",
        _of("map"),
        _always("alphaearth-2021"),
    ),
    Question(
        "encoding",
        "How its numbers are stored: 'float' (as they are), or 'alphaearth' (its files)",
        _own_embedding,
        _always("float"),
    ),
    Question(
        "region",
        "The region: west,south,east,north in degrees, or a GeoJSON file",
        lambda answers: (
            answers.get("product") == "dataset"
            or (answers.get("product") == "map" and not _own_embedding(answers))
        ),
        _always(None),
    ),
    Question(
        "landcover",
        "Land cover: nlcd-YEAR (United States), worldcover-2020, worldcover-2021, or a raster of "
        "your own",
        _of("dataset"),
        _usual_landcover,
    ),
    Question(
        "legend",
        "What its codes mean: nlcd, worldcover, or a CSV file with the columns code,name,color",
        _own_landcover,
        _always("nlcd"),
    ),
    Question(
        "elevation",
        'Elevation: COP30, MAPZEN, ..., tiles such as "dem/{ns}{lat}{ew}{lon}.tif", or a raster',
        _of("dataset"),
        _always("COP30"),
    ),
    Question(
        "reference",
        "Labels to learn from: worldcover-2021, nlcd-YEAR, a raster of classes, or a table of "
        "points or polygons",
        _of("map"),
        _always("worldcover-2021"),
    ),
    Question("label", "The table's column with the classes", _table, _always("class")),
)
"""In the order in which they are asked; the answers before decide which are needed."""


def ask(
    given: Answers,
    before: Answers,
    read: Callable[[str], str] = input,
    tell: Callable[[str], None] = print,
) -> dict[str, str]:
    """Return the answers, those that were given besides.

    Parameters
    ----------
    given
        What options tell, and is not asked.
    before
        What was answered before, and is not asked again unless it has become of no use.
    read, tell
        How a line is read, with its prompt, and told.

    Raises
    ------
    UsageError
        Nobody answers.
    """
    answers = {**before, **given}
    for question in QUESTIONS:
        while question.name not in answers and question.needed(answers):
            answer = _answer(question, question.usual(answers), read)
            if fault := _fault(question.name, answer):
                tell(f"  {fault}")
            else:
                answers[question.name] = answer
    # One that was answered before may be of no use to what is answered now.
    unneeded = {q.name for q in QUESTIONS if q.name not in given and not q.needed(answers)}
    return {name: answer for name, answer in answers.items() if name not in unneeded}


def fill_in(given: Answers) -> tuple[dict[str, str], list[str]]:
    """Return the answers with the usual ones, and the names of those that have none."""
    answers, lacking = dict(given), []
    for question in QUESTIONS:
        if question.name not in answers and question.needed(answers):
            usual = question.usual(answers)
            if usual is None:
                lacking.append(question.name)
            else:
                answers[question.name] = usual
    return answers, lacking


def _answer(question: Question, usual: str | None, read: Callable[[str], str]) -> str:
    shown = f" [{usual}]" if usual else ""
    end = " " if question.text.endswith("?") else ": "
    try:
        answer = read(f"{question.text}{shown}{end}").strip()
    except EOFError:
        raise UsageError(
            "landloom init: nobody answers; give flags: landloom init --help"
        ) from None
    return answer or usual or ""


def _fault(name: str, answer: str) -> str | None:
    """Return what is wrong with an answer by itself."""
    if not answer:
        return "there is no usual answer to this; please give one"
    if name == "product" and answer not in PRODUCTS:
        near = nearest(answer, PRODUCTS)
        return f"{answer}: did you mean '{near}'?" if near else "one of dataset, map, demo"
    if name == "encoding" and answer not in ("float", "alphaearth"):
        return f"{answer}: one of float, alphaearth"
    if name == "region":
        try:
            parse_region(answer)
        except UsageError as error:
            return str(error).removeprefix("--region ")
    return None

"""``landloom init mine.yaml``: writes a configuration that runs, with comments."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from landloom.command.engine import home
from landloom.command.parsing import Parser, UsageError
from landloom.command.questions import PRODUCTS, QUESTIONS, Answers, ask, fill_in
from landloom.command.region import parse_region
from landloom.command.template import Choices, config_text, head, is_table
from landloom.config.file_lookup import FileLookup, made_by_a_rule
from landloom.config.whole import load_config
from landloom.errors import ConfigError, LandloomError
from landloom.job.files import whole_file

SUMMARY = "write a configuration: it asks what you want"

_ABOUT = """\
Writes a configuration with comments that runs as it is. On a terminal it asks for what no option
tells; elsewhere options have to, and the usual is taken for all others.

  landloom init mine.yaml
  landloom init mine.yaml --product dataset --region=-113.2,37.16,-112.88,37.48
  landloom init mine.yaml --product map --region area.geojson --reference labels.gpkg
"""

KEYS = {
    "region": ("dataset.region", "map.region"),
    "landcover": ("dataset.landcover.raster",),
    "legend": ("dataset.landcover.legend",),
    "elevation": ("dataset.elevation.source",),
    "embedding": ("map.embedding.raster",),
    "encoding": ("map.embedding.encoding",),
    "reference": ("map.reference.raster", "map.reference.table"),
    "label": ("map.reference.label",),
    "results": ("results",),
}
"""Options, and the keys of a configuration that they become."""


def parser() -> Parser:
    """Return the parser of the command."""
    made = Parser("init", _ABOUT)
    made.add_argument("file", metavar="FILE", nargs="?", default="mine.yaml", help="mine.yaml")
    made.add_argument("--product", choices=PRODUCTS, help="what to make")
    made.add_argument(
        "--region", metavar="W,S,E,N", help="a box in degrees, or a GeoJSON file that it encloses"
    )
    made.add_argument("--landcover", metavar="RASTER", help="of a dataset: a name or a raster")
    made.add_argument("--legend", metavar="LEGEND", help="nlcd, worldcover or a CSV file")
    made.add_argument("--elevation", metavar="SOURCE", help="a name, tiles or a raster")
    made.add_argument("--embedding", metavar="RASTER", help="of a map: a name or a raster")
    made.add_argument("--encoding", choices=("float", "alphaearth"), help="of a raster's numbers")
    made.add_argument("--reference", metavar="LABELS", help="a name, a raster or a table")
    made.add_argument("--label", metavar="COLUMN", help="of a table: the column with the classes")
    made.add_argument("--results", metavar="FOLDER", help="where everything is made")
    made.add_argument("--force", action="store_true", help="replace a file that is there")
    return made


def main(arguments: Sequence[str]) -> int:
    """Write a configuration.

    Raises
    ------
    LandloomError
        The file is there already, an answer is missing, or what was chosen does not run.
    """
    given = parser().read(_joined(arguments))
    file = Path(given.file)
    _check_file(file, force=given.force)
    flags = {name: getattr(given, name) for name in (*KEYS, "product")}
    known = {name: value for name, value in flags.items() if value is not None}
    answers = _asked(known) if sys.stdin.isatty() else _filled_in(known)
    text = text_of(answers, file)
    refuse_faults(text)
    with whole_file(file) as draft:
        draft.write_text(text, encoding="utf-8")
    print(
        f"Wrote {file}. Next:\n"
        f"  landloom check {file}     what would run, and what that takes\n"
        f"  landloom run {file}       build it"
    )
    return 0


def _joined(arguments: Sequence[str]) -> list[str]:
    """Return a command line in which a region that begins with a minus is no option."""
    words: list[str] = []
    for word in arguments:
        if words and words[-1] == "--region" and re.match(r"-[\d.]", word):
            words[-1] = f"--region={word}"
        else:
            words.append(word)
    return words


def _check_file(file: Path, *, force: bool) -> None:
    if file.suffix not in (".yaml", ".yml"):
        raise UsageError(f"landloom init: {file}: name it with .yaml at its end")
    if not file.parent.is_dir():
        raise UsageError(f"landloom init: {file}: there is no folder {file.parent}; make it first")
    if file.is_dir():
        raise UsageError(f"landloom init: {file}: is a folder; choose another name")
    if file.exists() and not force:
        raise UsageError(
            f"landloom init: {file}: is there already; choose another name, or replace it with "
            "--force"
        )


def _asked(known: Answers) -> dict[str, str]:
    """Return the answers of whoever sits at the terminal, asked again where they do not run."""
    answers = ask(known, {})
    while True:
        try:
            refuse_faults(text_of(answers, Path("mine.yaml")))
        except LandloomError as error:
            wrong = [name for name in KEYS if f"--{name}" in str(error) and name not in known]
            if not wrong:
                raise
            print(f"\n{error}\n")
            right = {name: answer for name, answer in answers.items() if name not in wrong}
            answers = ask(known, right)
        else:
            return answers


def _filled_in(known: Answers) -> dict[str, str]:
    answers, lacking = fill_in(known)
    if lacking:
        texts = {question.name: question.text for question in QUESTIONS}
        told = "\n".join(f"  --{name}: {texts[name]}" for name in lacking)
        raise UsageError(f"landloom init: say besides (on a terminal it asks):\n{told}")
    return answers


def text_of(answers: Answers, file: Path) -> str:
    """Return the text of a configuration.

    Parameters
    ----------
    answers
        By the names of options.
    file
        Where it is to lie.

    Raises
    ------
    UsageError
        An option is of no use for the product, or the region is no box.
    """
    product = answers["product"]
    schema = _schema(file)
    results = answers.get("results", f"results/{file.stem}")
    if product == "demo":
        _refuse_useless(answers, {"product", "results"})
        return _demo(str(file), schema, results)
    _refuse_useless(answers, _useful(answers))
    region = answers.get("region")
    choices = Choices(
        product=product,
        region=parse_region(region) if region else None,
        results=results,
        **{name: answers[name] for name in _TEXTS if name in answers},
    )
    return config_text(choices, str(file), schema)


_TEXTS = ("landcover", "legend", "elevation", "embedding", "encoding", "reference", "label")


def _useful(answers: Answers) -> set[str]:
    if answers["product"] == "dataset":
        return {"product", "results", "region", "landcover", "legend", "elevation"}
    table = is_table(answers.get("reference", ""))
    label = {"label"} if table else set()
    return {"product", "results", "region", "embedding", "encoding", "reference"} | label


def _refuse_useless(answers: Answers, useful: set[str]) -> None:
    useless = [f"--{name}" for name in answers if name not in useful]
    if useless:
        raise UsageError(
            f"landloom init: {', '.join(useless)}: of no use for the {answers['product']} that was "
            "chosen; leave it out"
        )


def _schema(file: Path) -> str:
    """Return the path of the schema, from the configuration's folder where both lie in a clone."""
    schema, folder = home() / "config/schema.json", file.absolute().parent
    beside = folder.is_relative_to(home())
    return os.path.relpath(schema, folder) if beside else str(schema)


def _demo(file: str, schema: str, results: str) -> str:
    """Return the demo's configuration, with a comment and a folder of its own."""
    text = (home() / "config/config.yaml").read_text(encoding="utf-8")
    body = text[text.index("\nresults:") + 1 :]
    body = re.sub(r"^results: .*", f"results: {results}", body)
    return f"{head('The demo: a small synthetic world.', file, schema)}\n{body}"


def refuse_faults(text: str) -> None:
    """Refuse a configuration that would not run.

    Raises
    ------
    LandloomError
        All that is wrong with it, by the options that it comes from.
    """
    raw = yaml.safe_load(text)
    try:
        config = load_config(raw, FileLookup(lambda name: made_by_a_rule(name, raw)))
    except ConfigError as error:
        raise LandloomError("\n".join(map(_by_option, str(error).splitlines()))) from None
    reference = config.map and config.map.reference
    if reference and reference.table and Path(reference.table).is_file():
        from landloom.map.label_check import check_column

        check_column(reference.table, reference.label, f"--label: {reference.table}")


def _by_option(line: str) -> str:
    """Return a fault of a key as one of the option that it comes from."""
    for option, keys in KEYS.items():
        for key in keys:
            if re.match(rf"config: {re.escape(key)}\b", line):
                rest = line.removeprefix(f"config: {key}")
                return f"--{option}{rest}"
    return line

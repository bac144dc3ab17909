"""The first page of a run: it leads to all that the run made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import quote

from landloom.dataset.likeness import likeness
from landloom.legend.decimals import decimal
from landloom.legend.text import first_up
from landloom.map.left_out import LeftOut, headline
from landloom.map.report.text import estimates_table
from landloom.pages.contents import PAGES, PICTURES, door, of_year, titled, what_it_holds
from landloom.pages.look import Table, document, of_a_world, paragraphs

Told = Mapping[str, Any]

_TITLE = "What this run made"

_NAMES = {
    "dataset": "The dataset",
    "map": "The map",
    "sources": "Configuration and sources",
    "more": "More files",
}
"""The parts of the page, in their order."""

_OF_THE_RUN = ("config.yaml", "SOURCES.md", "notes.json", "tables/run.html")

_STYLE = """
header { border-bottom: 1px solid var(--line); margin-bottom: 1rem }
nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.3rem; list-style: none; padding: 0 }
nav a, .doors a { display: inline-block; padding: .2rem 0; min-height: 1.5rem }
.doors { display: flex; flex-wrap: wrap; gap: .7rem; list-style: none; padding: 0;
  max-width: none }
.doors a { border: 1px solid var(--edge); border-radius: .4rem; padding: .5rem .9rem;
  background: var(--wash) }
.pictures { display: grid; gap: 1.3rem; list-style: none; padding: 0; max-width: none;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)) }
figure { margin: 0 }
figure > a { display: block; background: #fff; border: 1px solid var(--line);
  border-radius: .4rem; padding: .5rem }
figure img { display: block; width: 100%; aspect-ratio: 4 / 3; object-fit: contain }
figure img.moving { aspect-ratio: auto }
figcaption { margin-top: .4rem } figcaption strong { display: block }
summary { cursor: pointer; padding: .4rem 0; color: var(--link) }
details figure { max-width: 70rem }
"""


@dataclass(frozen=True)
class Run:
    """What a run made.

    Attributes
    ----------
    files
        Each file below the folder of results, with slashes, to its size in bytes.
    certificate
        The content of ``dataset/certificate.json``, if there is one.
    likeness
        The content of ``dataset/autocorrelation.json``, if there is one.
    report
        The content of ``map/report.json``, if there is one.
    notes
        What was noted while it ran: the content of ``notes.json``.
    world
        What to say of a world that is not the Earth's; empty of the Earth's.
    """

    files: Mapping[str, int]
    certificate: Told | None = None
    likeness: Told | None = None
    report: Told | None = None
    notes: Sequence[Told] = field(default_factory=tuple)
    world: str = ""

    @property
    def kind(self) -> str:
        """The kind of the model that made the map: a forest, unless the report says otherwise."""
        report = self.report or {}
        return str(report.get("kind") or report.get("model", {}).get("kind", "forest"))


def index_page(run: Run) -> str:
    """Return the page, as HTML with links relative to the folder of results."""
    names = _names(run.files)
    parts: dict[str, dict[str, int]] = {name: {} for name in names}
    for path, size in run.files.items():
        parts[_part_of(path)][path] = size
    shown = [
        (name, names[name], _section(run, name, files)) for name, files in parts.items() if files
    ]
    links = "".join(f"<li><a href='#{name}'>{title}</a></li>" for name, title, _ in shown)
    body = "\n".join(
        f"<section id='{name}' aria-labelledby='{name}-title'>\n"
        f"<h2 id='{name}-title'>{title}</h2>\n{text}\n</section>"
        for name, title, text in shown
    )
    return document(
        _TITLE,
        f"<div class='page'>\n<header>\n<h1>{_TITLE}</h1>{of_a_world(run.world)}\n"
        f"<nav aria-label='Parts of this page'><ul>{links}</ul></nav>\n</header>\n"
        f"<main>\n{_notes(run.notes)}{body}\n</main>\n</div>",
        _STYLE,
    )


def _names(files: Mapping[str, int]) -> dict[str, str]:
    """Return the parts of the page, one for each further year behind that of the map."""
    years = sorted({year for year, _ in map(of_year, files) if year}, key=int)
    names = {}
    for part, name in _NAMES.items():
        names[part] = name
        if part == "map":
            names |= {f"year-{year}": f"The map of {year}" for year in years}
    return names


def _part_of(path: str) -> str:
    """Return in which part of the page a file belongs."""
    year, _ = of_year(path)
    if year:
        return f"year-{year}"
    if path.startswith(("map/", "years/", "figures/map_", "tables/map", "tables/classifiers")):
        return "map"
    if path.startswith(("dataset/", "elevation/", "landcover/", "figures/", "tables/dataset")):
        return "dataset"
    return "sources" if path in _OF_THE_RUN else "more"


def _notes(notes: Sequence[Told]) -> str:
    if not notes:
        return ""
    told = "".join(
        f"<li>{escape(about['note'])} <span class='of'>({escape(about['file'])})</span></li>"
        for about in notes
    )
    return (
        "<section class='note' aria-labelledby='notes-title'>\n"
        f"<h2 id='notes-title'>Noted while it ran</h2>\n<ul>{told}</ul>\n</section>\n"
    )


def _section(run: Run, name: str, files: Mapping[str, int]) -> str:
    facts = ""
    if name == "dataset" and run.certificate:
        facts = _dataset_facts(run.certificate, run.likeness)
    if name == "map" and run.report:
        facts = _map_facts(run.report)
    own = {path: of_year(path)[1] for path in files}
    pages = _in_order([path for path in files if own[path] in PAGES], list(PAGES))
    pictures = _in_order(
        [path for path in files if own[path].startswith("figures/")], list(PICTURES)
    )
    rest = {path: size for path, size in files.items() if path not in {*pages, *pictures}}
    of = _names(files)[name]
    parts = [facts, _doors(pages), _pictures(pictures, files, run.kind), _files(rest, of, run.kind)]
    return "\n".join(part for part in parts if part)


def _in_order(paths: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return paths, of whatever year, in the order of those that are known; others come last."""
    places = {path: place for place, path in enumerate(known)}
    return sorted(paths, key=lambda path: places.get(of_year(path)[1], len(places)))


def _dataset_facts(certificate: Told, alike: Told | None) -> str:
    counts, nearest = certificate["patches"], certificate["nearest_train_test_km"]
    told = (
        f"{counts['train']['samples']:,} training and {counts['test']['samples']:,} test samples "
        "that share no pixel, as the certificate proves."
    )
    if nearest:
        told += f" The nearest of train and test lie {decimal(nearest, 2)} km apart."
    return paragraphs([told, *([f"{first_up(likeness(alike))}."] if alike else [])])


def _map_facts(report: Told) -> str:
    number = len(report["map_classes"])
    told = [f"{number} classes. How well the map agrees, by what it is compared with:"]
    if report["left_out"]:
        told.insert(0, f"{headline(LeftOut.of(report['left_out']))}.")
    table = Table(*estimates_table(report))
    return f"{paragraphs(told)}\n{table.html('How well the map agrees')}"


def _doors(pages: Sequence[str]) -> str:
    if not pages:
        return ""
    links = "".join(f"<li><a href='{_link(path)}'>{escape(door(path))}</a></li>" for path in pages)
    return f"<ul class='doors'>{links}</ul>"


def _pictures(paths: Sequence[str], files: Mapping[str, int], kind: str) -> str:
    if not paths:
        return ""
    still = [path for path in paths if not path.endswith(".gif")]
    cards = "\n".join(f"<li>{_card(path, kind)}</li>" for path in still)
    # What moves by itself has to wait until it is asked for (WCAG 2.2.2).
    moving = "\n".join(
        f"<details>\n<summary>Play: {escape(titled(path)[0])} ({_size(files[path])})</summary>\n"
        f"{_card(path, kind)}\n</details>"
        for path in paths
        if path.endswith(".gif")
    )
    return f"<h3>Pictures</h3>\n<ul class='pictures'>\n{cards}\n</ul>\n{moving}"


def _card(path: str, kind: str) -> str:
    title, seen = titled(path, kind)
    moves = " class='moving'" if path.endswith(".gif") else ""
    alt = f"{title}. {seen}" if seen else title
    return (
        f"<figure><a href='{_link(path)}'><img{moves} src='{_link(path)}' loading='lazy' "
        f"alt='{escape(alt)}'></a>"
        f"<figcaption><strong>{escape(title)}</strong> <span class='soft'>{escape(seen)}</span>"
        "</figcaption></figure>"
    )


def _files(files: Mapping[str, int], of: str, kind: str) -> str:
    if not files:
        return ""
    rows = "\n".join(
        f"<tr><th scope='row'><a href='{_link(path)}'>{escape(path)}</a></th>"
        f"<td>{escape(what_it_holds(path, kind))}</td><td class='number'>{_size(size)}</td></tr>"
        for path, size in files.items()
    )
    return (
        "<h3>Files</h3>\n<div class='wide' role='region' tabindex='0' "
        f"aria-label='Files: {escape(of)}'>\n"
        "<table>\n<thead><tr><th scope='col'>file</th><th scope='col'>holds</th>"
        f"<th scope='col' class='number'>size</th></tr></thead>\n<tbody>\n{rows}\n</tbody>\n"
        "</table>\n</div>"
    )


def _size(size: int) -> str:
    """Write bytes in the largest unit of which there is one."""
    for unit, bytes_ in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= bytes_:
            return f"{decimal(size / bytes_, 1)} {unit}"
    return f"{size} bytes"


def _link(path: str) -> str:
    return escape(quote(path))

"""What a run was made from, and what whoever publishes with it has to say of that."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import elevation
import yaml

from landloom.sources.catalogue import Kind, PublicSource, named

_SYNTHETIC = "none needed: the synthetic demo world, which the run made, and no place on Earth"

_FIELDS = ("licence", "attribution", "citation", "page")


@dataclass(frozen=True)
class Use:
    """One input of a run.

    Attributes
    ----------
    role
        What it serves as, by its key in the configuration.
    source
        The path, address or name that the configuration gives.
    public
        Name of the public dataset that it is; None for a source of the user's own.
    made
        Whether the run made it: the demo's synthetic world.
    """

    role: str
    source: str
    public: str | None
    made: bool = False


def sources_text(
    uses: Sequence[Use],
    served: Mapping[str, Sequence[str]],
    indexes: Mapping[str, str] | None = None,
    models: Mapping[str, Mapping[str, Any]] | None = None,
) -> str:
    """Return the list of sources with their licences and citations, as Markdown.

    Parameters
    ----------
    uses
        The inputs.
    served
        Name of a public dataset to the addresses that served it in this run.
    indexes
        Family of a public dataset to what is told of the index of its tiles.
    models
        Path of a finished model to what it tells of itself: ``sha256``, ``labels``, ``samples``.
    """
    parts = ["# Sources", "What this run was made from. Cite them with what you make of it."]
    sections = [
        _model_section(use, models[use.source])
        if models and use.source in models
        else _section(use, served.get(use.public or use.source, []), indexes or {})
        for use in uses
    ]
    return "\n\n".join([*parts, *sections]) + "\n"


def served_tiles(names: Sequence[str], table: str | Path) -> dict[str, list[str]]:
    """Return the addresses that served the elevation tiles of a run.

    Parameters
    ----------
    names
        Public datasets, or anything else.
    table
        CSV with the columns ``tile`` and ``source``, the address of each.

    Returns
    -------
    dict of str to list of str
        Name of each dataset that has addresses to the templates of those that served.
    """
    with Path(table).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for source in filter(None, (named(name, "elevation") for name in names)):
        found[source.name] = [
            address.url
            for address in source.addresses
            if any(address.of(row["tile"]) == row["source"] for row in rows)
        ]
    return found


def facts_of(use: Use, served: Sequence[str] = ()) -> dict[str, str] | None:
    """Return what is to be told of an input that is a public dataset; None of one's own.

    Parameters
    ----------
    use
        The input.
    served
        The addresses that served it.

    Returns
    -------
    dict of str to str or None
        ``title``, ``licence``, ``attribution``, ``citation``, ``page``, where it was had; what is
        not known is left out.
    """
    source = _public(use)
    return _facts(source, served) if source else None


def _public(use: Use) -> PublicSource | None:
    kinds: tuple[Kind, ...] = ("landcover", "embedding", "elevation", "product")
    return named(use.public, *kinds) if use.public else None


def _section(use: Use, served: Sequence[str], indexes: Mapping[str, str]) -> str:
    source = _public(use)
    own = _SYNTHETIC if use.made else "your own source: Landloom knows no licence"
    facts = facts_of(use, served) or {"licence": own}
    if source and source.family in indexes:
        facts["index"] = indexes[source.family]
    title = facts.pop("title", use.source)
    lines = [f"- configured: `{use.source}`", *(f"- {key}: {text}" for key, text in facts.items())]
    return "\n".join([f"## `{use.role}`: {title}", "", *lines])


def _model_section(use: Use, model: Mapping[str, Any]) -> str:
    """Return what a model tells of what it learned from, whose licences hold for the map, too."""
    lines = [
        f"- configured: `{use.source}`",
        f"- SHA-256: {model['sha256']}",
        f"- samples: {model['samples']['number']}, SHA-256 {model['samples']['sha256']}",
        *(
            f"- labels that it learned from, and their licence: {label}"
            for label in model["labels"]
        ),
    ]
    return "\n".join([f"## `{use.role}`: {use.source}", "", *lines])


def _facts(source: PublicSource, served: Sequence[str]) -> dict[str, str]:
    if source.kind == "product":
        return _product_facts(source.name)
    facts = {field: getattr(source, field) for field in ("title", *_FIELDS)}
    place = {"served by": ", ".join(served)} if served else {"address": source.url}
    return {key: text for key, text in facts.items() if text} | place


def _product_facts(name: str) -> dict[str, str]:
    """Return what the elevation package knows of its product (a STAC collection)."""
    known = yaml.safe_load(elevation.dataset(name))
    links = {link["rel"]: link for link in known["links"]}
    makers = (provider["name"] for provider in known["providers"])
    facts = {
        "title": known["title"],
        "licence": f"{links['license']['title']} ({links['license']['href']})",
        "attribution": "; ".join(makers),
        "citation": known.get("sci:citation", ""),
        "page": links["describedby"]["href"],
        "fetched by": f"elevation {elevation.__version__}, product {name}",
    }
    return {key: text for key, text in facts.items() if text}

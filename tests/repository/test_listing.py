"""What catalogues and citations read at the top of the repository is valid and true."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).parents[2]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]

CFF_KEYS = {
    "abstract", "authors", "cff-version", "commit", "contact", "date-released", "doi",
    "identifiers", "keywords", "license", "license-url", "message", "preferred-citation",
    "references", "repository", "repository-artifact", "repository-code", "title", "type", "url",
    "version",
}  # fmt: skip
"""The keys of the Citation File Format 1.2.0."""


def read(name: str) -> Any:
    return yaml.safe_load((REPOSITORY / name).read_text())


def test_the_citation_is_valid_and_that_of_the_package() -> None:
    citation = read("CITATION.cff")
    assert {"authors", "cff-version", "message", "title"} <= citation.keys() <= CFF_KEYS
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]
    assert citation["type"] == "software"
    assert all(author.keys() & {"name", "family-names"} for author in citation["authors"])
    words = citation["keywords"]
    assert len(set(words)) == len(words)


def test_the_workflow_catalogue_finds_what_it_asks_for() -> None:
    usage = read(".snakemake-workflow-catalog.yml")["usage"]
    assert usage.keys() == {"mandatory-flags", "software-stack-deployment", "report"}
    assert usage["mandatory-flags"] == {"desc": None, "flags": None}
    assert usage["software-stack-deployment"] == {"conda": True}
    assert usage["report"] is True
    for name in ("workflow/Snakefile", "config/README.md", "config/config.yaml", "LICENSE"):
        assert (REPOSITORY / name).is_file()
    words = (REPOSITORY / "README.md").read_text().lower()
    assert "snakemake" in words
    assert "workflow" in words


def test_both_snakefiles_are_the_same_workflow() -> None:
    top, catalogued = (
        [line for line in (REPOSITORY / name).read_text().splitlines() if not line.startswith("#")]
        for name in ("Snakefile", "workflow/Snakefile")
    )
    assert [line.replace('"workflow/', '"') for line in top] == catalogued

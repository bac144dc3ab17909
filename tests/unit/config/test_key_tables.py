"""The tables of keys that people read."""

from __future__ import annotations

import re

import pytest

from landloom.config.key_tables import key_tables
from landloom.config.schema import schema

SCHEMA = schema()
TABLES = key_tables(SCHEMA)


def row(field: dict, required: bool = False) -> list[str]:
    """Return the cells of the one row of a section with one key."""
    section = {
        "description": "A section.",
        "properties": {"key": {"description": "A meaning.", **field}},
        "required": ["key"] if required else [],
        "$defs": {},
    }
    line = key_tables(section).splitlines()[-1]
    return line.removeprefix("| ").removesuffix(" |").split(" | ")


NULL = {"type": "null"}
COUNT = {"type": "integer", "minimum": 1}


@pytest.mark.parametrize(
    ("field", "kind", "default"),
    [
        ({"type": "string", "default": "EPSG:4326"}, "text", "`EPSG:4326`"),
        ({"type": "boolean", "default": True}, "true or false", "`true`"),
        ({**COUNT, "maximum": 8, "default": 3}, "whole number ≥ 1 and ≤ 8", "`3`"),
        (
            {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1, "default": 0.5},
            "number > 0 and < 1",
            "`0.5`",
        ),
        ({"enum": ["a", "b", "c"], "default": "a"}, "`a`, `b` or `c`", "`a`"),
        ({"anyOf": [{"type": "number"}, NULL], "default": None}, "number", "left out"),
        (
            {"anyOf": [{"type": "string"}, COUNT, NULL], "default": None},
            "text or whole number ≥ 1",
            "left out",
        ),
        (
            {"type": "array", "items": {"anyOf": [COUNT, NULL]}, "default": [None, 20]},
            "list of whole numbers ≥ 1 or null",
            "`[null, 20]`",
        ),
        (
            {"type": "object", "additionalProperties": {"type": "string"}, "default": {}},
            "lines `key: value` with text",
            "`{}`",
        ),
    ],
)
def test_type_and_default_are_told_in_simple_words(field, kind, default):
    assert row(field) == ["`key`", kind, default, "A meaning."]


def test_a_key_without_a_default_is_required():
    assert row({"type": "string"}, required=True)[2] == "**required**"


def test_every_key_of_every_section_has_a_row_of_four_cells():
    sections = re.split(r"^##+ ", TABLES, flags=re.MULTILINE)[1:]
    found = {}
    for section in sections:
        title, *lines = section.splitlines()
        rows = [line for line in lines if line.startswith("| ")][1:]
        assert all(line.count("|") == 5 for line in rows)
        found[title.strip("`")] = re.findall(r"^\| \[?`(\w+)`", section, re.MULTILINE)
    assert found["The whole file"] == list(SCHEMA["properties"])
    assert found["dataset.grid"] == ["n", "test_fraction", "buffer_km", "seed"]
    regions = [found[f"{section}.region"] for section in ("demo", "dataset", "map")]
    assert regions == [["west", "south", "east", "north"]] * 3
    keys = [name for part in SCHEMA["$defs"].values() for name in part["properties"]]
    in_sections = sum(map(len, found.values())) - len(found["The whole file"])
    assert in_sections == len(keys) + 2 * 4  # a region is in three places


def test_a_section_leads_to_its_table():
    headings = {
        re.sub(r"[`.]", "", title)
        for title in re.findall(r"^##+ (.+)$", TABLES, re.MULTILINE)
        if title != "The whole file"
    }
    assert set(re.findall(r"\]\(#(\w+)\)", TABLES)) == headings

"""The tables of keys that people read, made from the JSON schema that editors read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

Schema = Mapping[str, Any]
"""A part of a JSON schema."""

_WORDS = {
    "string": ("text", "text"),
    "integer": ("whole number", "whole numbers"),
    "number": ("number", "numbers"),
    "boolean": ("true or false", "true or false"),
    "null": ("null", "null"),
}
"""A type in the words of a reader, and several of them."""

_LIMITS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


def key_tables(schema: Schema) -> str:
    """Return a table of keys for each section of a JSON schema, as Markdown.

    Parameters
    ----------
    schema
        The schema of the whole configuration, with its sections in ``$defs``.
    """
    return "\n".join(_tables(schema, [], schema["$defs"]))


def _tables(section: Schema, path: list[str], sections: Schema) -> Iterator[str]:
    """Yield the table of a section, and those of the sections in it."""
    title = f"`{'.'.join(path)}`" if path else "The whole file"
    yield f"{'##' if len(path) < 2 else '###'} {title}\n\n{section['description']}\n"
    rows = "\n".join(_row(section, name, path) for name in section["properties"])
    yield f"| key | type | default | meaning |\n|---|---|---|---|\n{rows}\n"
    for name, field in section["properties"].items():
        if inner := _section_name(field):
            yield from _tables(sections[inner], [*path, name], sections)


def _row(section: Schema, name: str, path: list[str]) -> str:
    field = section["properties"][name]
    key, kind = f"`{name}`", _type_words(_without_null(field))
    if _section_name(field):
        key = f"[{key}](#{''.join([*path, name])})"
    default = _default_words(field) if name not in section.get("required", ()) else "**required**"
    return f"| {key} | {kind} | {default} | {field['description']} |"


def _section_name(field: Schema) -> str | None:
    """Return the name of the section that a key opens; None for any other key."""
    kind = _without_null(field)
    references = [option["$ref"] for option in kind.get("oneOf", [kind]) if "$ref" in option]
    return references[0].removeprefix("#/$defs/") if references else None


def _without_null(field: Schema) -> Schema:
    """Return a key's type without the null that stands for leaving it out."""
    if "default" not in field or field["default"] is not None:
        return field
    options: list[Schema] = [kind for kind in field["anyOf"] if kind.get("type") != "null"]
    return {"anyOf": options} if len(options) > 1 else options[0]


def _default_words(field: Schema) -> str:
    if field["default"] is None:
        return "left out"
    if _section_name(field):
        return "its defaults"
    text = yaml.safe_dump(field["default"], default_flow_style=True, width=1000)
    return f"`{text.splitlines()[0]}`"  # a lone value is followed by the document's end, `...`


def _type_words(field: Schema, several: bool = False) -> str:
    """Return what kind of value a key takes, in simple words."""
    *most, last = _kinds(field, several)
    return f"{', '.join(most)} or {last}" if most else last


def _kinds(field: Schema, several: bool) -> list[str]:
    """Return the kinds of values that a key takes, one or several of each."""
    if options := field.get("anyOf", field.get("oneOf")):
        return [kind for option in options for kind in _kinds(option, several)]
    if "$ref" in field:
        return ["section"]
    if "enum" in field:
        return [f"`{value}`" for value in field["enum"]]
    if "items" in field:
        return [f"list of {_type_words(field['items'], several=True)}"]
    if "additionalProperties" in field:
        return [f"lines `key: value` with {_type_words(field['additionalProperties'], True)}"]
    limits = " and ".join(
        f"{sign} {field[word]}" for word, sign in _LIMITS.items() if word in field
    )
    return [f"{_WORDS[field['type']][several]} {limits}".strip()]

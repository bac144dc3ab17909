"""How the errors of pydantic become lines that a user understands."""

from __future__ import annotations

import difflib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from landloom.addresses import shown
from landloom.config.checks import AtKeyError, AtKeysError, SecretError
from landloom.config.years import BY_YEAR

_KINDS = {
    "string_type": "text",
    "list_type": "a list",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "model_type": "a section with keys of its own",
    "model_attributes_type": "a section with keys of its own",
    "dict_type": "a section of 'key: value' lines",
    "mapping_type": "a section of 'key: value' lines",
}
"""What a key takes, where it was given something of another kind."""

_MESSAGES = {
    "missing": "is missing; add it",
    "finite_number": "must be a number, and finite",
    "literal_error": "must be one of {expected}",
    "greater_than": "must be greater than {gt:.12g}",
    "greater_than_equal": "must be at least {ge:.12g}",
    "less_than_equal": "must be at most {le:.12g}",
    "less_than": "must be less than {lt:.12g}",
    "string_too_short": "must not be empty",
    "string_unicode": "must be text of whole characters",
    "recursion_loop": "must not hold itself",
}

_LONGEST = 200
"""Characters of a value, or of a key, that are shown."""

_PLACES = 3
"""Sections that are told of a key which is known there."""

Item = Mapping[str, Any]
"""One of pydantic's errors."""


def error_lines(error: ValidationError, model: type[BaseModel], raw: object) -> list[str]:
    """Return the errors of a configuration, one line each.

    Parameters
    ----------
    error
        All that pydantic found.
    model
        The model of the whole configuration, whose keys are suggested for unknown ones.
    raw
        What was checked: its keys tell those parts of an error's place that are keys from those
        that name a branch of a type.
    """
    at: dict[tuple[str, ...], list[Item]] = defaultdict(list)
    for item in error.errors(include_url=False):
        at[_path(item, raw)].append(item)
    lines = []
    for path, items in at.items():
        if several := next(filter(None, map(_several, items)), None):
            lines += [_line(path, [one], model) for one in several]
            continue
        deeper = any(other[: len(path)] == path and other != path for other in at)
        if not (deeper and all(_is_other_branch(item) for item in items)):
            lines.append(_line(path, items, model))
    return [_printable(line) for line in dict.fromkeys(lines)]


def _path(item: Item, raw: object) -> tuple[str, ...]:
    """Return the keys of an error's place: what leads into the values, or lacks at its end."""
    path: list[str] = []
    place: tuple[int | str, ...] = item["loc"]
    for part in place:
        if item["type"] in _KINDS and isinstance(raw, Mapping) and raw is item["input"]:
            break  # it is the section that is of a wrong kind: what follows names a branch
        if part == BY_YEAR and not isinstance(raw, Mapping):  # a path with a field for them
            raw = {year: raw for year in place if isinstance(year, int)}
        if isinstance(raw, Mapping):
            if "[" in str(part) and part not in raw:  # pydantic's name of a branch
                continue
            raw = next((value for key, value in raw.items() if str(key) == str(part)), None)
        elif isinstance(raw, list) and isinstance(part, int):
            raw = raw[part]
        else:
            continue
        path.append(str(part))
    return tuple(path)


def _is_other_branch(item: Item) -> bool:
    """Return whether an error is that of a text-or-list's branch that was not meant."""
    return item["type"] == "string_type" and isinstance(item["input"], list)


def _several(item: Item) -> list[Item]:
    """Return the errors of one that stands for several keys, each as one of its own."""
    error = item.get("ctx", {}).get("error")
    faults = error.faults if isinstance(error, AtKeysError) else []
    return [{**item, "ctx": {"error": fault}} for fault in faults]


def _line(path: tuple[str, ...], items: list[Item], model: type[BaseModel]) -> str:
    """Return the errors of one place in our words."""
    item = next((item for item in items if item["type"] not in _KINDS), items[0])
    kind, found = item["type"], item["input"]
    context = item.get("ctx", {})
    error = context.get("error")
    key = ".".join(map(_named, path)) or "the file"
    if kind in ("extra_forbidden", "invalid_key"):
        return f"config: {key}: unknown key{_suggestion(path, model)}"
    if isinstance(error, AtKeyError):
        return f"config: {key}.{error.key}: {error}" if path else f"config: {error.key}: {error}"
    if kind in _KINDS:
        message = f"must be {_kinds(items)}{_way_out(items)}"
    elif kind in _MESSAGES:
        message = _MESSAGES[kind].format(**context)
    else:
        message = str(error) if error else "is not what this key takes; see config/README.md"
    if isinstance(error, SecretError):
        return f"config: {key}: {message}"
    told = "" if kind == "missing" or isinstance(found, Mapping) else f"{_yaml(found)}: "
    return f"config: {key}: {told}{message}"


def _kinds(items: list[Item]) -> str:
    """Return all that a key takes."""
    return " or ".join(dict.fromkeys(_KINDS[item["type"]] for item in items))


def _way_out(items: list[Item]) -> str:
    """Return what to do about a value that YAML takes for one of another kind."""
    kinds, found = {_KINDS[item["type"]] for item in items}, items[0]["input"]
    if isinstance(found, bool) and "text" in kinds:
        return "; put it in quotes: without them, yes, no, on and off are true or false"
    if isinstance(found, list) and "a list" not in kinds:
        return "; give one value, without brackets"
    if found is None:
        return "; give it a value, or leave it out"
    if "text" in kinds and not isinstance(found, list | Mapping):
        return "; put it in quotes"
    if isinstance(found, str) and kinds & {"a whole number", "a number"}:
        if re.fullmatch(r"[-+]?\d+(\.\d*)?", found):
            return "; leave out the quotes"
        if re.fullmatch(r"[-+]?[\d.]+[eE][-+]?\d+", found):
            return "; YAML takes it for text: write it without 'e'"
    return ""


def _yaml(value: object) -> str:
    """Return a value as YAML has it: not all of a long one, and of addresses what is shown."""
    if isinstance(value, str):
        value = shown(value)
    if isinstance(value, list):
        value = [shown(one) if isinstance(one, str) else one for one in value]
    if value and isinstance(value, str):
        return _shortened(value)
    try:
        return _shortened(json.dumps(value, default=str, skipkeys=True, ensure_ascii=False))
    except (ValueError, RecursionError):  # it holds itself
        return "[...]"


def _named(key: str) -> str:
    """Return a key as a part of its path."""
    return _shortened(key) if key.strip() and ": " not in key else f"'{_shortened(key)}'"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _printable(line: str) -> str:
    """Return a line without what would break it, or could not be written."""
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in line)


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")


def _suggestion(path: tuple[str, ...], model: type[BaseModel]) -> str:
    """Name the nearest known key of the section that a path lies in, or all of them.

    And where a key of this name would be known, unless that is in too many places.
    """
    section = model
    for part in path[:-1]:
        section = next(_sections_of(section.model_fields[part].annotation))
    known = list(section.model_fields)
    close = difflib.get_close_matches(path[-1], known, n=1)
    places = sorted(set(_places_of(path[-1], model, ())))
    below = " or ".join(f"'{place}'" for place in places if len(places) <= _PLACES)
    if close:
        return f" (did you mean '{close[0]}'?{f' Else it belongs below {below}' * bool(below)})"
    return f"{f'; it belongs below {below}' * bool(below)}; known here: {', '.join(known)}"


def _places_of(key: str, section: type[BaseModel], path: tuple[str, ...]) -> Iterator[str]:
    """Yield the sections within a section that have a key of some name, as paths."""
    for name, field in section.model_fields.items():
        if name == key and path:
            yield ".".join(path)
        for within in _sections_of(field.annotation):
            yield from _places_of(key, within, (*path, name))


def _sections_of(annotation: object) -> Iterator[type[BaseModel]]:
    """Yield the sections that a field may hold, through unions and annotations."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for option in get_args(annotation):
        yield from _sections_of(option)

"""How the errors of pydantic become lines that a user understands."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from landloom.addresses import shown
from landloom.config.checks import AtKeyError, SecretError

_PYDANTIC_PART = re.compile(r"\[key\]|str|int|float|list\[.*")
"""Parts of an error's place that are no keys: the branches of a union, a dictionary's keys."""

_MESSAGES = {
    "missing": "is missing; add it",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a number, and finite",
    "string_type": "must be text; put it in quotes",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "model_type": "must be a section with keys of its own",
    "dict_type": "must be a section of 'code: share' lines",
    "literal_error": "must be one of {expected}",
    "greater_than": "must be greater than {gt:.12g}",
    "greater_than_equal": "must be at least {ge:.12g}",
    "less_than_equal": "must be at most {le:.12g}",
    "less_than": "must be less than {lt:.12g}",
    "string_too_short": "must not be empty",
}


def error_lines(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Return the errors of a configuration, one line each.

    Parameters
    ----------
    error
        All that pydantic found.
    model
        The model of the whole configuration, whose keys are suggested for unknown ones.
    """
    items = error.errors()
    return [_line(item, model) for item in items if not _is_other_branch(item, items)]


def _is_other_branch(item: Any, items: Sequence[Any]) -> bool:  # noqa: ANN401
    """Return whether an error is that of a text-or-list's branch that was not meant."""
    key = item["loc"][:-1]
    if item["type"] == "string_type":
        return isinstance(item["input"], list)
    return item["type"] == "list_type" and any(
        other["type"] == "string_type" and other["loc"] == (*key, "str") for other in items
    )


def _line(item: Any, model: type[BaseModel]) -> str:  # noqa: ANN401
    """Return one of pydantic's errors in our words."""
    path = [str(part) for part in item["loc"] if not _PYDANTIC_PART.fullmatch(str(part))]
    kind, found = item["type"], item["input"]
    context = item.get("ctx", {})
    error = context.get("error")
    if kind in ("extra_forbidden", "invalid_key"):
        return f"config: {'.'.join(path)}: unknown key{_suggestion(path, model)}"
    if isinstance(error, AtKeyError):
        return f"config: {'.'.join([*path, error.key])}: {error}"
    message = _MESSAGES[kind].format(**context) if kind in _MESSAGES else str(error or item["msg"])
    if isinstance(error, SecretError):
        return f"config: {'.'.join(path)}: {message}"
    told = "" if kind == "missing" or isinstance(found, dict) else f"{_yaml(found)}: "
    return f"config: {'.'.join(path)}: {told}{message}"


def _yaml(value: object) -> str:
    """Return a value as a user would write it in YAML, of addresses what is shown."""
    if isinstance(value, str):
        value = shown(value)
    if isinstance(value, list):
        value = [shown(one) if isinstance(one, str) else one for one in value]
    return value if value and isinstance(value, str) else json.dumps(value, default=str)


def _suggestion(path: list[str], model: type[BaseModel]) -> str:
    """Name the nearest known key of the section that a path lies in, or all of them."""
    section = model
    for part in path[:-1]:
        annotation = section.model_fields[part].annotation
        options = [annotation, *get_args(annotation)]
        section = next(x for x in options if isinstance(x, type) and issubclass(x, BaseModel))
    known = list(section.model_fields)
    close = difflib.get_close_matches(path[-1], known, n=1)
    return f" (did you mean '{close[0]}'?)" if close else f"; known here: {', '.join(known)}"

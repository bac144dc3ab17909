"""Whatever stands in a configuration: it is taken, or refused in lines that a user understands."""

from __future__ import annotations

import copy
from typing import Any, get_args

from configurations import JARGON, MAP, NO_RULE, VALID, changed
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from landloom.config.file_lookup import FileLookup
from landloom.config.whole import Config, load_config
from landloom.errors import ConfigError


def keys_of(model: type[BaseModel], path: str = "") -> list[str]:
    """Return every key of the model, with those of the sections in it."""
    found = []
    for name, field in model.model_fields.items():
        key = f"{path}{name}"
        found.append(key)
        for option in (field.annotation, *get_args(field.annotation)):
            if isinstance(option, type) and issubclass(option, BaseModel):
                found += keys_of(option, f"{key}.")
    return found


KEYS = keys_of(Config)
BOTH: dict[str, Any] = copy.deepcopy(VALID) | copy.deepcopy(MAP)

YAML_WORDS = ("", " ", "yes", "1e3", "012", "~", "/", "{", "}", "{0}", "{tile.x}", "a\0b", "a\nb")
OWN_WORDS = (
    "nlcd",
    "nlcd-2021",
    "COP30",
    "str",
    "[key]",
    "n/4",
    "{tile}",
    "s3://a:b@c",
    "/vsicurl/x",
)
words = st.sampled_from([*YAML_WORDS, *OWN_WORDS, "x" * 300])
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**9, 10**12, 10**400, -(10**400)])
    | st.floats()
    | st.text(max_size=20)
    | words
    | st.dates()
    | st.binary(max_size=3)
)
yaml_keys = st.text(max_size=5) | st.integers() | st.booleans() | st.none() | words | st.floats()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(yaml_keys, inner, max_size=3),
    max_leaves=8,
)


def check(raw: dict[Any, Any], section: str = "", files: FileLookup | None = None) -> None:
    """Have a configuration taken, or refused as it should be: with the key, and in plain words."""
    try:
        assert isinstance(load_config(raw, files), Config)
    except ConfigError as error:
        told = str(error).split("\n")
    else:
        return
    for line in told:
        key, _, rest = line.removeprefix("config: ").partition(": ")
        assert line.startswith("config: ")
        assert key.strip()
        assert rest.strip()
        assert line.isprintable()
        assert not any(word in line for word in JARGON if word not in str(raw))
    assert any(line.startswith(f"config: {section}") for line in told)


@settings(max_examples=400, deadline=None)
@given(key=st.sampled_from(KEYS), value=values)
def test_any_value_at_any_key(key: str, value: object) -> None:
    raw = changed(key, value, BOTH)
    check(raw, key.rpartition(".")[0])
    check(raw, files=NO_RULE)


@settings(max_examples=100, deadline=None)
@given(section=st.sampled_from(["", *KEYS]), name=yaml_keys, value=values)
def test_any_key_in_any_section(section: str, name: object, value: object) -> None:
    raw = copy.deepcopy(BOTH)
    inner: Any = raw
    for part in section.split(".") if section else []:
        inner = inner.setdefault(part, {})
        if not isinstance(inner, dict):
            return
    inner[name] = value
    check(raw)


@settings(max_examples=100, deadline=None)
@given(raw=st.dictionaries(st.sampled_from([*Config.model_fields]) | yaml_keys, values))
def test_any_sections(raw: dict[Any, Any]) -> None:
    check(raw)

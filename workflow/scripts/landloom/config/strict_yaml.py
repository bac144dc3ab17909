"""The YAML of a configuration, read so that nothing in it is taken for something else in silence.

Snakemake reads it before, and leaves what is doubtful as it falls: of two equal keys the last one
counts, ``1:30`` is 90, ``012`` is 10. Here each of these is a fault, told with its line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    NodeEvent,
)
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from landloom.errors import ConfigError

_DEEPEST = 20
"""Levels of brackets and indentation; keys lie 4 deep at most."""

_MOST_VALUES = 100_000
"""Values of a file, those that are repeated by name (`*name`) counted each time."""

_BASE_60 = re.compile(r"[-+]?\d[\d_]*(:[0-5]?\d)+(\.[\d_]*)?")
_OCTAL = re.compile(r"[-+]?0[0-7_]+")
_BASE_2_OR_16 = re.compile(r"[-+]?0([bx])[\da-fA-F_]*")
_KEYS = "begin with keys, such as 'dataset:' and 'map:'"

_REMEDIES = {
    r"cannot start any token": "put a value that begins with it in quotes",
    r"mapping values are not allowed": "put a value that holds ': ' in quotes, or indent the line "
    "as those beside it",
    r"could not find expected ':'": "write the key, a colon, a space and the value",
    r"expected <block end>|did not find expected": "indent it as the lines beside it",
    r"expected ',' or": "close the bracket, or part its values by commas",
    r"undefined alias": "put a value that begins with '*' in quotes",
    r"quoted scalar": "close the quotes",
    r"expected the node content": "write a value, or put it in quotes",
    r"alias|anchor": "put a value that begins with '*' or '&' in quotes",
}
"""What to do about what the parser says."""


def check_file(path: Path, text: bytes) -> list[str]:
    """Return the faults of a configuration file, one line each, with the lines where they stand.

    Parameters
    ----------
    path
        What to call it.
    text
        What it holds.
    """
    try:
        _read(_decoded(text))
    except _FaultsError as error:
        return [f"config: {path}{place}: {fault}" for place, fault in error.faults]
    return []


def read_values(given: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return what the command line says within braces: numbers as such, and not as text.

    Parameters
    ----------
    given
        Keys and what they are given, as written: ``("figures", "{samples: 2}")``.

    Raises
    ------
    ConfigError
        One has a fault, or a key is given two values.
    """
    faults: list[str] = []
    values: dict[str, Any] = {}
    for key, text in given:
        if key in values:
            faults.append(f"config: --config {key}: is given twice; keep one")
        values[key] = text
        if text.lstrip().startswith("{"):
            try:
                values[key] = _read(text)
            except _FaultsError as error:
                faults += [f"config: --config {key}: {fault}" for _, fault in error.faults]
    if faults:
        raise ConfigError("\n".join(faults))
    return {key: value for key, value in values.items() if isinstance(value, dict)}


class _FaultsError(ValueError):
    """Faults: where, as words that follow a file's name, and what."""

    def __init__(self, *faults: tuple[str, str]) -> None:
        super().__init__(faults)
        self.faults = faults


def _at(mark: Any) -> str:  # noqa: ANN401
    return f", line {mark.line + 1}" if mark else ""


def _decoded(content: bytes) -> str:
    """Return the text of a file in UTF-8.

    Raises
    ------
    _FaultsError
        It is in another encoding, or no text.
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _FaultsError(("", "is in UTF-16; save it as UTF-8"))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        if b"\0" in content:
            raise _FaultsError(("", "is no text; name a YAML file")) from None
        byte = f"0x{content[error.start]:02x}"
        raise _FaultsError(
            (f", line {line}", f"the byte {byte} is not UTF-8; save the file as UTF-8")
        ) from None


def _read(text: str) -> dict[Any, Any]:
    """Return what a text holds, unless it has faults."""
    if (found := _sound_json(text)) is not None:
        return found
    try:
        _check_events(yaml.parse(text, Loader=yaml.SafeLoader))
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        fault = f"holds the character U+{ord(text[error.position]):04X}; remove it"
        raise _FaultsError((f", line {line}", fault)) from None
    except yaml.MarkedYAMLError as error:
        raise _FaultsError(_syntax_fault(error, text)) from None
    if not isinstance(root, MappingNode):
        raise _FaultsError(("", _no_keys(root)))
    if faults := list(_faults(root)):
        raise _FaultsError(*faults)
    try:
        values: dict[Any, Any] = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        raise _FaultsError(_syntax_fault(error, text)) from None
    except ValueError as error:
        raise _FaultsError(("", f"holds what cannot be read ({error}); put it in quotes")) from None
    return values


def _no_keys(root: Node | None) -> str:
    """Return what is said of a file without keys."""
    if root is None:
        return f"is empty; {_KEYS}"
    what = "a list" if isinstance(root, SequenceNode) else "one value"
    return f"holds {what} and no keys; {_KEYS}"


def _sound_json(text: str) -> dict[str, Any] | None:
    """Return what JSON holds, which may be indented with tabs; None for what is no sound JSON.

    A key that is given twice is refused.
    """

    def refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise _FaultsError(*(("", f"'{name}' is given twice; keep one") for name in twice))
        return dict(pairs)

    if not text.lstrip().startswith("{"):
        return None
    try:
        found: dict[str, Any] = json.loads(text, object_pairs_hook=refuse_twice)
    except _FaultsError:
        raise
    except (ValueError, RecursionError):  # of a number with too many digits, too
        return None
    return found


def _syntax_fault(error: yaml.MarkedYAMLError, text: str) -> tuple[str, str]:
    """Return where a text is no YAML, and what to do."""
    mark = error.problem_mark or error.context_mark
    said = f"{error.context or ''} {error.problem or ''}".strip()
    lines = text.splitlines()
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())] or r"'\t'" in said:
        return _at(mark), "is indented with a tab; indent with spaces"
    remedy = next((then for words, then in _REMEDIES.items() if re.search(words, said)), "")
    if re.search(r":\s+\{.*\}.*\S$", line) and "block end" in said:
        remedy = "put a value that begins with '{' in quotes"
    line = "".join(letter for letter in line if letter.isprintable()).strip()
    found = f"'{line[:60]}': " if line else ""
    return _at(mark), f"{found}{error.problem or said}; {remedy or 'correct it there'}"


def _check_events(events: Iterator[Event]) -> None:
    """Refuse what cannot be made a tree of: what holds itself, what is too deep, two documents."""
    open_names: list[str | None] = []
    documents = 0
    for event in events:
        place = _at(event.start_mark)
        documents += isinstance(event, DocumentStartEvent)
        if documents > 1:
            raise _FaultsError((place, "a second document begins ('---'); give it as another file"))
        if isinstance(event, AliasEvent) and event.anchor in open_names:
            raise _FaultsError(
                (
                    place,
                    f"*{event.anchor} stands within &{event.anchor}, which would hold itself; "
                    "write what is meant in its place",
                )
            )
        if tag := getattr(event, "tag", None):
            raise _FaultsError((place, f"{tag[:60]}: tags are not used here; leave it out"))
        if isinstance(event, NodeEvent) and len(open_names) > _DEEPEST:
            raise _FaultsError((place, f"is nested more than {_DEEPEST} deep; close brackets"))
        if isinstance(event, CollectionStartEvent):
            open_names.append(event.anchor)
        elif isinstance(event, CollectionEndEvent):
            open_names.pop()


def _faults(root: Node) -> Iterator[tuple[str, str]]:
    """Yield what a tree holds that would be taken for something else."""
    sizes: dict[int, int] = {}
    yield from sorted(_faults_below(root, sizes), key=_line_of)
    if sizes[id(root)] > _MOST_VALUES:
        yield (
            "",
            f"holds over {_MOST_VALUES:,} values, repetitions (*name) included; leave some out",
        )


def _line_of(fault: tuple[str, str]) -> int:
    return int(re.sub(r"\D", "", fault[0]) or 0)


def _faults_below(node: Node, sizes: dict[int, int]) -> Iterator[tuple[str, str]]:
    """Yield the faults of a node and of those in it, each once; fill in how much each holds."""
    if id(node) in sizes:
        return
    if isinstance(node, ScalarNode):
        sizes[id(node)] = 1
        yield from _scalar_faults(node)
        return
    inner = node.value
    if isinstance(node, MappingNode):
        yield from _doubled_keys(node)
        yield from _odd_merges(node)
        inner = [part for pair in node.value for part in pair[_is_merge(pair[0]) :]]
    for part in inner:
        yield from _faults_below(part, sizes)
    sizes[id(node)] = 1 + sum(sizes[id(part)] for part in inner)


def _doubled_keys(node: MappingNode) -> Iterator[tuple[str, str]]:
    """Yield the keys that stand in a section twice, and those that are no single value."""
    first: dict[str, Node] = {}  # whether in quotes or not: 10 and "10" are one
    for key, _ in node.value:
        if not isinstance(key, ScalarNode):
            yield _at(key.start_mark), "a key is a section or a list; put it in quotes"
            continue
        other = first.setdefault(key.value, key)
        if other is not key:
            before = f"(before in{_at(other.start_mark).removeprefix(',')})"
            yield _at(key.start_mark), f"'{key.value[:60]}' is given twice {before}; keep one"


def _is_merge(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.tag == "tag:yaml.org,2002:merge"


def _odd_merges(node: MappingNode) -> Iterator[tuple[str, str]]:
    """Yield where what is to be merged into a section is none itself."""
    for key, value in node.value:
        parts = value.value if isinstance(value, SequenceNode) else [value]
        if _is_merge(key) and not all(isinstance(part, MappingNode) for part in parts):
            yield (
                _at(key.start_mark),
                "'<<' takes in another section, and none follows; name one (*name), or put it in "
                "quotes",
            )


def _scalar_faults(node: ScalarNode) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a single value."""
    kind = node.tag.removeprefix("tag:yaml.org,2002:")
    place, value = _at(node.start_mark), node.value[:60]
    if kind == "timestamp":
        yield place, f"{value}: YAML takes it for a date; put it in quotes"
    elif kind in ("merge", "value"):
        yield place, f"'{value}' has a meaning of its own in YAML; put it in quotes"
    elif kind in ("int", "float"):
        if _BASE_60.fullmatch(node.value):
            yield place, f"{value}: YAML takes it for a number of base 60; put it in quotes"
        elif _OCTAL.fullmatch(node.value) and node.value.strip("+-0_"):
            plain = node.value.replace("_", "").lstrip("+-0")[:60]
            yield place, f"{value}: YAML takes it for octal; write {plain}, or quotes round it"
        elif found := _BASE_2_OR_16.fullmatch(node.value):
            base = {"b": 2, "x": 16}[found[1]]
            yield place, f"{value}: YAML takes it for a number of base {base}; write it in decimal"
        elif "_" in node.value and node.value.strip("+-0_"):
            plain = node.value.replace("_", "")[:60]
            yield place, f"{value}: YAML takes it for {plain}; write that, or quotes round it"
        elif len(value) == 60:
            yield place, f"{value}…: a number of {len(node.value)} characters; write a shorter one"


def check_files(paths: Sequence[Path]) -> list[str]:
    """Return the faults of configuration files; of pipes, which are read once, nothing is said."""
    faults: list[str] = []
    for path in paths:
        if path.is_file():
            inside = path.is_relative_to(Path.cwd())
            name = path.relative_to(Path.cwd()) if inside else path
            try:
                faults += check_file(name, path.read_bytes())
            except OSError as error:
                faults.append(f"config: {name}: cannot be read ({error.strerror}); allow that")
    return faults

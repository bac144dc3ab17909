"""What is kept of parsed code is what parsing it gives, whatever lies in the cache."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from landloom.run import parsed_code
from landloom.run.parsed_code import FILE, ParsedCode, parse

ONE = "from landloom.arrays import Mask\nimport numpy as np\n\nx = 1\n"
OTHER = ONE.replace("1", "2")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where it is kept, in a cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "landloom" / FILE


def parsings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that gets each text that is parsed from now on."""
    texts: list[str] = []

    def counted(text: str) -> parsed_code.Code:
        texts.append(text)
        return parse(text)

    monkeypatch.setattr(parsed_code, "parse", counted)
    return texts


def test_imports_are_named_with_what_is_taken() -> None:
    assert parse(ONE).imports == ("landloom.arrays.Mask", "numpy")
    assert parse(ONE).digest != parse(OTHER).digest


def test_a_text_is_parsed_once_for_all_starts(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = parsings(monkeypatch)
    for _ in range(2):
        known = ParsedCode()
        assert [known.of(text) for text in (ONE, ONE, OTHER)] == [*[parse(ONE)] * 2, parse(OTHER)]
        known.save()
    assert texts == [ONE, OTHER]
    assert file.exists()


def test_what_other_starts_know_stays(file: Path) -> None:
    for text in (ONE, OTHER):
        known = ParsedCode()
        known.of(text)
        known.save()
    assert len(json.loads(file.read_text())) == 2


def test_of_very_much_only_what_is_in_use_stays(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parsed_code, "_MOST", 1)
    for number in range(3):
        known = ParsedCode()
        known.of(f"x = {number}")
        known.save()
    assert len(json.loads(file.read_text())) == 1


@pytest.mark.parametrize("spoilt", ["", "[]", "{", '{"KEY": 3}', '{"KEY": ["a", [1]]}', "\udcff"])
def test_what_is_spoilt_is_parsed_anew(file: Path, spoilt: str) -> None:
    known = ParsedCode()
    known.of(ONE)
    known.save()
    (key,) = json.loads(file.read_text())
    file.write_text(spoilt.replace("KEY", key), errors="surrogateescape")
    again = ParsedCode()
    assert again.of(ONE) == parse(ONE)
    again.save()


def test_other_code_that_parses_knows_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = ParsedCode()
    known.of(ONE)
    known.save()
    texts = parsings(monkeypatch)
    other = ParsedCode()
    other._salt = b"another version"
    other.of(ONE)
    assert texts == [ONE]
    assert file.exists()

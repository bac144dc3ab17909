"""Text in lines: what none that users give may hold, how wide it is, and how a sentence begins.

Whatever passes here is shown as it is; each edge escapes it in its own way.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

LONGEST = 200
"""Letters of a field of a table: more are no name."""


def unfit(text: str) -> str | None:
    """Return why a text cannot be shown in a line, and what to do; None where it can.

    Line ends and control characters have no place in a name, and XML 1.0 has none for them either.
    """
    strange = next((letter for letter in text if _is_control(letter)), None)
    if strange is not None:
        called = "a line end" if strange in "\n\r\u2028\u2029\x85" else "a control character"
        return f"holds {called} (U+{ord(strange):04X}); take it out"
    if len(text) > LONGEST:
        return f"has {len(text)} letters, more than {LONGEST}; shorten it"
    return None


def _is_control(letter: str) -> bool:
    code = ord(letter)
    never = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF  # not characters, to Unicode
    return never or unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")


def first_up(text: str) -> str:
    """Return a text with a capital letter first, as a sentence begins; the rest is as it was."""
    return text[:1].upper() + text[1:]


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(_columns(letter) for letter in text)


def _columns(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def isolated(text: str) -> str:
    """Return a text that leaves the order of what stands beside it alone, if it runs leftwards."""
    turns = any(
        unicodedata.bidirectional(letter) in ("R", "AL", "AN", "RLE", "RLO", "LRE", "LRO", "RLI")
        for letter in text
    )
    return f"\u2068{text}\u2069" if turns else text


def shortened(text: str, most: int) -> str:
    """Return a text of so many columns at most, those in the middle left out."""
    if columns(text) <= most:
        return text
    start, end = most * 3 // 5, most - 1 - most * 3 // 5
    return f"{_first(text, start)}…{_first(text[::-1], end)[::-1]}"


def _first(text: str, most: int) -> str:
    wide = 0
    for place, letter in enumerate(text):
        wide += _columns(letter)
        if wide > most:
            return text[:place]
    return text


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return lines in which columns stand below each other, the first to the left."""
    wide = [max(columns(row[place]) for row in [head, *rows]) for place in range(len(head))]
    lines = []
    for row in [head, *rows]:
        blanks = [" " * (most - columns(text)) for text, most in zip(row, wide, strict=True)]
        first = isolated(row[0]) + blanks[0]
        rest = [blank + text for blank, text in zip(blanks[1:], row[1:], strict=True)]
        lines.append("  ".join([first, *rest]).rstrip())
    return lines


def class_called(value: int, name: str) -> str:
    """Return what to call a class in a message: by its value, and its name if it has one."""
    return f"class {value}" if name == str(value) else f"class {value} ({name})"

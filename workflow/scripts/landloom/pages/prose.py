"""Short texts with a little markup as HTML: captions of pictures, and the list of sources.

Of reStructuredText and Markdown just what these use: paragraphs, headings (``#``), lists (``-``),
``code``, **strong** and addresses.
"""

from __future__ import annotations

import re
from html import escape

_MARKS = re.compile(
    r"``(?P<literal>[^`]+)``|`(?P<code>[^`]+)`|\*\*(?P<strong>[^*]+)\*\*"
    r"|(?P<link>https?://[^\s<>\"'`]*[^\s<>\"'`.,;:)])"
)


def prose(text: str, below: int = 1) -> str:
    """Return a text as HTML.

    Parameters
    ----------
    text
        With the markup named above; whatever else stands in it is shown as it is.
    below
        The level of the heading that it stands under: its own ones are below that.
    """
    return "\n".join(_block(block.splitlines(), below) for block in _blocks(text))


def _blocks(text: str) -> list[str]:
    return [block for block in re.split(r"\n\s*\n", text.strip()) if block.strip()]


def _block(lines: list[str], below: int) -> str:
    if heading := re.match(r"(#+) +(.*)", lines[0]):
        level = min(6, below + len(heading[1]) - 1)
        rest = f"\n{_block(lines[1:], below)}" if lines[1:] else ""
        shown = f"<h{level}>{_inline(heading[2])}</h{level}>" if level > below else ""
        return f"{shown}{rest}"
    if lines[0].startswith("- "):
        entries: list[str] = []
        for line in lines:
            if line.startswith("- "):
                entries.append(line[2:])
            else:
                entries[-1] += f" {line.strip()}"
        return "<ul>" + "".join(f"<li>{_inline(entry)}</li>" for entry in entries) + "</ul>"
    return f"<p>{_inline(' '.join(line.strip() for line in lines))}</p>"


def _inline(text: str) -> str:
    shown, end = "", 0
    for found in _MARKS.finditer(text):
        shown += escape(text[end : found.start()]) + _marked(found)
        end = found.end()
    return shown + escape(text[end:])


def _marked(found: re.Match[str]) -> str:
    if link := found["link"]:
        return f"<a href='{escape(link)}'>{escape(link)}</a>"
    if strong := found["strong"]:
        return f"<strong>{escape(strong)}</strong>"
    return f"<code>{escape(found['literal'] or found['code'])}</code>"

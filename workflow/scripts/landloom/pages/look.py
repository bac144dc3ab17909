"""What all pages share: one document, light or dark, for any screen, that needs nothing else.

Each is a single file: no script, style or font is fetched. Colours are chosen so that text has a
contrast of 4.5 or more on what it stands on, in both themes (WCAG 2.2, 1.4.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

LIGHT = {
    "paper": "#ffffff",
    "wash": "#f2f4f6",
    "ink": "#1b1d1f",
    "soft": "#565c62",
    "line": "#c9ced3",
    "edge": "#767c82",
    "link": "#0b5aa2",
    "note": "#fff4d6",
    "void": "#e4e4e4",
}
"""Colours by what they are for; `edge` is that of controls, `line` of mere rules."""

DARK = {
    "paper": "#15181b",
    "wash": "#20252a",
    "ink": "#e9ecef",
    "soft": "#b3bac1",
    "line": "#3b4249",
    "edge": "#8a929a",
    "link": "#8fc1ff",
    "note": "#3a3115",
    "void": "#4a5057",
}
"""The same where the reader prefers dark pages."""


def _variables(colors: dict[str, str]) -> str:
    return " ".join(f"--{name}: {color};" for name, color in colors.items())


_STYLE = f"""
:root {{ color-scheme: light dark; {_variables(LIGHT)} }}
@media (prefers-color-scheme: dark) {{ :root {{ {_variables(DARK)} }} }}
*, ::before, ::after {{ box-sizing: border-box }}
html {{ -webkit-text-size-adjust: 100%; text-size-adjust: 100% }}
body {{ margin: 0; font: 1rem/1.55 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); overflow-wrap: anywhere }}
.page {{ max-width: 100rem; margin: 0 auto; padding: 1rem clamp(1rem, 4vw, 3rem) 3rem }}
h1 {{ font-size: 1.55rem; line-height: 1.25; margin: .5rem 0 }}
h2 {{ font-size: 1.2rem; line-height: 1.3; margin: 2.2rem 0 .6rem }}
h3 {{ font-size: 1rem; margin: 1.4rem 0 .4rem }}
p, ul {{ max-width: 46rem; margin: .5rem 0 }} ul {{ padding-left: 1.2rem }}
a {{ color: var(--link); text-underline-offset: .15em }}
:focus-visible {{ outline: 3px solid var(--link); outline-offset: 2px }}
code {{ font: .92em ui-monospace, monospace }}
.soft {{ color: var(--soft) }}
.note {{ background: var(--note); border-left: 4px solid var(--edge); padding: .6rem .9rem;
  margin: .8rem 0; max-width: 60rem }} .note > :first-child {{ margin-top: 0 }}
.note > :last-child {{ margin-bottom: 0 }}
.wide {{ overflow-x: auto; max-width: 100%; margin: .6rem 0 }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .95rem }}
th, td {{ padding: .28rem .75rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; overflow-wrap: normal }}
th {{ font-weight: 600 }} tbody th {{ font-weight: 400; min-width: 9rem; max-width: 26rem;
  overflow-wrap: break-word }}
thead th {{ background: var(--wash); vertical-align: bottom }}
.number {{ text-align: right; white-space: nowrap }} thead .number {{ white-space: normal }}
pre {{ background: var(--wash); padding: 1rem; overflow-x: auto; white-space: pre-wrap;
  font: .88rem/1.5 ui-monospace, monospace; margin: .6rem 0; max-width: 80rem }}
@media print {{ .wide {{ overflow: visible }} }}
"""


def document(title: str, body: str, style: str = "", head: str = "") -> str:
    """Return a page.

    Parameters
    ----------
    title
        What the browser calls it, as text.
    body
        What stands in its body, as HTML.
    style
        Rules of its own, after those that all pages share.
    head
        More of its head, as HTML.
    """
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}{style}</style>\n{head}</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


@dataclass(frozen=True)
class Table:
    """A table of texts, ready to be shown.

    Attributes
    ----------
    head
        The columns' names, with units.
    rows
        The cells of each row; the first of each names it.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def html(self, name: str) -> str:
        """Return it as HTML, in a frame of a name that a narrow screen scrolls, by keys too."""
        kinds = [" class='number'" if self._is_number(at) else "" for at in range(len(self.head))]
        head = "".join(
            f"<th scope='col'{kind}>{escape(text)}</th>"
            for kind, text in zip(kinds, self.head, strict=True)
        )
        rows = "\n".join(self._row(row, kinds) for row in self.rows)
        return (
            f"<div class='wide' role='region' tabindex='0' aria-label='{escape(name)}'>\n<table>\n"
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
        )

    def _is_number(self, place: int) -> bool:
        """Return whether a column holds numbers, with whatever stands behind them."""
        texts = [row[place] for row in self.rows if row[place] not in ("", "-", "\N{EN DASH}")]
        return place > 0 and bool(texts) and all(text.lstrip("< -")[:1].isdigit() for text in texts)

    @staticmethod
    def _row(row: Sequence[str], kinds: Sequence[str]) -> str:
        cells = [f"<th scope='row'>{escape(row[0])}</th>"]
        cells += [
            f"<td{kind}>{escape(text)}</td>" for kind, text in zip(kinds[1:], row[1:], strict=True)
        ]
        return f"<tr>{''.join(cells)}</tr>"


Part = tuple[str, "Table | str"]
"""A heading, and what stands below it: a table, or HTML."""


def page_of_parts(title: str, parts: Sequence[Part], world: str = "") -> str:
    """Return a page of headings with a table or a text below each.

    Parameters
    ----------
    title
        Of the page.
    parts
        What stands on it.
    world
        What to say of a world that is not the Earth's; empty of the Earth's.
    """
    body = "\n".join(f"<h2>{escape(name)}</h2>\n{_shown(name, part)}" for name, part in parts)
    heading = f"<h1>{escape(title)}</h1>{of_a_world(world)}"
    return document(title, f"<main class='page'>\n{heading}\n{body}\n</main>")


def of_a_world(world: str) -> str:
    """Return what a page says of a world that is not the Earth's, below its heading."""
    return f"\n<p class='note'><strong>{escape(world)}</strong></p>" if world else ""


def _shown(name: str, part: Table | str) -> str:
    return part.html(name) if isinstance(part, Table) else part


def paragraphs(texts: Sequence[str]) -> str:
    """Return texts as paragraphs."""
    return "\n".join(f"<p>{escape(text)}</p>" for text in texts)


def items(texts: Sequence[str], empty: str = "None.") -> str:
    """Return texts as a list; a sentence where there are none."""
    if not texts:
        return paragraphs([empty])
    return "<ul>\n" + "\n".join(f"<li>{escape(text)}</li>" for text in texts) + "\n</ul>"


def verbatim(text: str, name: str) -> str:
    """Return a text as it is written, such as YAML, in a frame of a name that keys can scroll."""
    return f"<pre role='region' tabindex='0' aria-label='{escape(name)}'>{escape(text)}</pre>"

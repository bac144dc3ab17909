"""What all pages share: colours that can be read, tables that tell what they hold."""

from __future__ import annotations

from itertools import product

import pytest

from landloom.pages.look import DARK, LIGHT, Table, document, page_of_parts, verbatim
from landloom.pages.prose import prose

TEXT, CONTROL = 4.5, 3.0
"""The least contrasts of WCAG 2.2: of text (1.4.3), of what can be used (1.4.11)."""


def luminance(color: str) -> float:
    """Return the relative luminance of a colour, as WCAG 2.2 defines it."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_the_measure_of_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_controls_stand_out_in_both_themes(theme: dict[str, str]) -> None:
    for text, ground in product(("ink", "soft", "link"), ("paper", "wash", "note")):
        if (text, ground) != ("soft", "note"):  # no page has it
            assert contrast(theme[text], theme[ground]) >= TEXT, (text, ground)
    for ground in ("paper", "wash"):
        assert contrast(theme["edge"], theme[ground]) >= CONTROL, ground


def test_both_themes_have_the_same_colours() -> None:
    assert LIGHT.keys() == DARK.keys()


def test_a_page_fits_a_phone_and_names_its_language() -> None:
    page = document("A & b", "<main></main>")
    assert '<html lang="en">' in page
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
    assert "<title>A &amp; b</title>" in page


def test_a_table_names_its_rows_and_columns_and_aligns_numbers() -> None:
    table = Table(
        ["class", "share", "from"], [["Bog", "5.0 %", "a.tif"], ["Fen", "\N{EN DASH}", "2.tif"]]
    ).html("Classes <all>")
    assert "aria-label='Classes &lt;all&gt;'" in table
    assert "<th scope='col'>class</th><th scope='col' class='number'>share</th>" in table
    assert "<tr><th scope='row'>Bog</th><td class='number'>5.0 %</td><td>a.tif</td></tr>" in table


def test_a_table_without_rows_is_one() -> None:
    assert "<th scope='col'>class</th>" in Table(["class", "n"], []).html("none")


def test_a_world_that_is_none_is_named_below_the_title() -> None:
    page = page_of_parts("T", [("One", "")], "Synthetic <demo> world")
    assert page.index("<h1>T") < page.index("Synthetic &lt;demo&gt; world") < page.index("<h2>One")
    assert "note" not in page_of_parts("T", [("One", "")]).split("</style>")[1]


def test_parts_stand_below_their_headings() -> None:
    page = page_of_parts("T", [("One", Table(["a"], [["1"]])), ("Two", verbatim("x: <y>", "Two"))])
    assert page.index("<h1>T</h1>") < page.index("<h2>One</h2>") < page.index("<h2>Two</h2>")
    assert "x: &lt;y&gt;" in page


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("two\nlines", "<p>two lines</p>"),
        (
            "a **b** ``c`` `d` <e>",
            "<p>a <strong>b</strong> <code>c</code> <code>d</code> &lt;e&gt;</p>",
        ),
        ("- one\n  more\n- two", "<ul><li>one more</li><li>two</li></ul>"),
        ("# Top\n\n## Next\n\nText", "\n<h3>Next</h3>\n<p>Text</p>"),
        ("(https://a.org/b_c).", "<p>(<a href='https://a.org/b_c'>https://a.org/b_c</a>).</p>"),
        ("`open", "<p>`open</p>"),
        ("", ""),
    ],
)
def test_prose_keeps_its_marks_and_nothing_else(text: str, html: str) -> None:
    assert prose(text, below=2) == html

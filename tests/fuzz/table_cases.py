"""CSV files as spreadsheets, scripts and accidents leave them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

Row = tuple[str, ...]


@dataclass(frozen=True)
class TableCase:
    """A table and how it is written.

    Attributes
    ----------
    header, rows
        Its fields.
    separator, newline, encoding
        As the names say.
    quoted
        Whether every field stands in quotes.
    spoilt
        Names in `SPOILS`, worked in one after another.
    """

    header: Row
    rows: tuple[Row, ...]
    separator: str = ","
    newline: str = "\n"
    encoding: str = "utf-8"
    quoted: bool = False
    spoilt: tuple[str, ...] = ()

    def content(self) -> bytes:
        lines = [self._line(row) for row in (self.header, *self.rows)]
        text = self.newline.join([*lines, ""])
        content = text.encode(self.encoding, errors="replace")
        for name in self.spoilt:
            content = SPOILS[name](content)
        return content

    def _line(self, row: Row) -> str:
        if self.quoted:
            row = tuple('"' + field.replace('"', '""') + '"' for field in row)
        return self.separator.join(row)

    def __repr__(self) -> str:
        content = self.content()
        return f"{content[:600]!r}{f'... ({len(content)} bytes)' if len(content) > 600 else ''}"


SPOILS: Mapping[str, Callable[[bytes], bytes]] = {
    "bom": lambda text: b"\xef\xbb\xbf" + text,
    "two boms": lambda text: b"\xef\xbb\xbf\xef\xbb\xbf" + text,
    "nul": lambda text: text.replace(b"\n", b"\0\n", 2),
    "nul at end": lambda text: text + b"\0" * 512,
    "cut": lambda text: text[: len(text) * 2 // 3],
    "open quote": lambda text: text.replace(b"\n", b'\n"', 2),
    "inner quote": lambda text: text.replace(b",", b'"x",', 3),
    "huge field": lambda text: text + b"1," + b"9" * 200_000 + b",3,4\n",
    "huge line": lambda text: text + b"," * 50_000 + b"\n",
    "blank first": lambda text: b"\n\n \n" + text,
    "blank last": lambda text: text + b"\n \n,,,\n\n",
    "comment": lambda text: b"# made by hand\n" + text,
    "sep line": lambda text: b"sep=;\n" + text,
    "no header": lambda text: text.partition(b"\n")[2],
    "header only": lambda text: text.partition(b"\n")[0],
    "header twice": lambda text: text.partition(b"\n")[0] + b"\n" + text,
    "empty": lambda _: b"",
    "blank": lambda _: b" \n\t\n",
    "old mac": lambda text: text.replace(b"\r\n", b"\n").replace(b"\n", b"\r"),
    "latin": lambda text: text + "5,Wälder,1,1A2B3C\n".encode("latin-1"),
    "line separator": lambda text: text.replace(b",", ",\u2028".encode(), 3),
    "controls": lambda text: text.replace(b",", b",\x1b[31m\x07", 3),
    "no break space": lambda text: text.replace(b",", ",\u00a0".encode(), 3),
    "right to left": lambda text: text.replace(b",", ",\u202e".encode(), 3),
    "surrogate": lambda text: text + b"\xed\xa0\x80,1,2\n",
    "zip": lambda _: b"PK\x03\x04" + bytes(60),
    "gzip": lambda _: b"\x1f\x8b\x08" + bytes(60),
    "json": lambda _: b'{"code": 1}',
    "html": lambda _: b"<html><body>404</body></html>",
    "repeated": lambda text: text * 40,
}

NUMBERS = (
    "0", "1", "-1", "254", "255", "256", "65535", "65536", "1.0", "1.", ".5", "1e2", "1E400",
    "-0", "+7", "007", "1_000", "1,5", "1 000", "nan", "NaN", "inf", "-inf", "Infinity", "NA",
    "", " ", "null", "None", "0x10", "\u0661\u0662", "\u00bd", "\u00b2", "9" * 30, "9" * 400,
    "-" + "9" * 5000, "1" + "0" * 320, "0." + "0" * 400 + "1", "--1", "1-", "1/0", "true", "=1+1",
    "\u22121", "1\u202f000",
)  # fmt: skip
COLORS = (
    "1A2B3C", "#1a2b3c", "", "red", "FFF", "1A2B3C4D", "0x1A2B3C", "GGGGGG", "000000", "123456",
    "1E2345", " #FFFFFF ", "##1A2B3C", "\uff11\uff12\uff13\uff14\uff15\uff16",
)  # fmt: skip
NAMES = (
    "water", "a,b", "a;b", 'say "no"', "", " ", "NA", "nan", "x" * 200, "x" * 201, "x" * 9000,
    "Wälder", "森林", "😀", "\u0301", "a\nb", "a\tb", "{0}", "%s", "<b>", "$x^2$", "\\", "../..",
    "'", "{", "null", "a / b", "$\\frac", "_", "&amp;", "[b]", "\u202eabc",
)  # fmt: skip

numbers = st.sampled_from(NUMBERS) | st.integers(-(10**6), 10**6).map(str) | st.floats().map(str)
names = st.sampled_from(NAMES) | st.text(max_size=8)
colors = st.sampled_from(COLORS)


@st.composite
def tables(
    draw: st.DrawFn, header: Row, good: Sequence[Row], odd: Sequence[st.SearchStrategy[str]]
) -> TableCase:
    """Draw a table: some good rows, some with one odd field, and some oddity of the file."""
    rows = [list(row) for row in good]
    for _ in range(draw(st.integers(0, 3))):
        column = draw(st.integers(0, len(header) - 1))
        rows[draw(st.integers(0, len(rows) - 1))][column] = draw(odd[column])
    shape = draw(st.sampled_from(["as it is"] * 6 + ["ragged", "doubled", "wide", "shuffled"]))
    if shape == "ragged":
        rows[draw(st.integers(0, len(rows) - 1))].pop()
    if shape == "doubled":
        rows.append(list(rows[0]))
    if shape == "wide":
        rows[draw(st.integers(0, len(rows) - 1))].append("more")
    names_of_columns = list(header)
    if draw(st.integers(0, 9)) == 0:
        place = draw(st.integers(0, len(header) - 1))
        spelt = [*header, "", " ", header[place].upper(), f" {header[place]} ", "x" * 300, "colour"]
        names_of_columns[place] = draw(st.sampled_from(spelt))
    if shape == "shuffled":
        names_of_columns, *rows = ([*row[1:], row[0]] for row in [names_of_columns, *rows])
    content = tuple(names_of_columns), tuple(map(tuple, rows))
    form = draw(st.sampled_from(["plain", "plain", "file", "spoilt"]))
    if form == "file":
        return TableCase(*content, **draw(_forms))
    spoils = st.lists(st.sampled_from(sorted(SPOILS)), min_size=1, max_size=2)
    return TableCase(*content, spoilt=tuple(draw(spoils)) if form == "spoilt" else ())


_forms = st.fixed_dictionaries(
    {
        "separator": st.sampled_from([",", ",", ";", "\t", "|", " ", ",,", ", "]),
        "newline": st.sampled_from(["\n", "\n", "\r\n", "\r", "\n\n", "\r\r\n"]),
        "encoding": st.sampled_from(["utf-8"] * 4 + ["utf-16", "utf-32", "latin-1", "utf-16-le"]),
        "quoted": st.booleans(),
    }
)

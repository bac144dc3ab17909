"""The text of a configuration: what YAML leaves as it falls is refused, with its line."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from configurations import VALID
from hypothesis import given
from hypothesis import strategies as st

from landloom.config.strict_yaml import check_file, check_files, read_values
from landloom.config.validate import faults_of, main
from landloom.errors import ConfigError

MINE = Path("mine.yaml")
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


def faults(text: str | bytes) -> list[str]:
    return check_file(MINE, text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "results: out\nmap: {a: 1}\n",
        "\ufeffresults: out\n",
        "a: &a {n: 1}\nb: {<<: *a, n: 2}\nc: *a\n",
        "a: [0, 00, -5, 0.5, .5, 08, _1, 0xy, +_]\n",
        "a: ['1:30', \"012\", 12:30:x, no, 'no']\n",
        '{"a": 1,\n\t"b": [1]}',
        "%YAML 1.1\n---\na: 1\n",
    ],
)
def test_what_is_clear_is_taken(text):
    assert faults(text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", ", line 3: 'a' is given twice (before in line 1); keep one"),
        ("a: {n: 1,\n 'n': 2}\n", ", line 2: 'n' is given twice (before in line 1); keep one"),
        ('{"a": 1, "a": 2}', ": 'a' is given twice; keep one"),
        ("a: 1:30\n", ", line 1: 1:30: YAML takes it for a number of base 60; put it in quotes"),
        ("a: 1:30.5\n", ", line 1: 1:30.5: YAML takes it for a number of base 60; put"),
        ("a: {012: 1}\n", ", line 1: 012: YAML takes it for octal; write 12, or quotes round it"),
        ("a: 0x1F\n", ", line 1: 0x1F: YAML takes it for a number of base 16; write it in decimal"),
        ("a: -0x1_F\n", ", line 1: -0x1_F: YAML takes it for a number of base 16; write it in dec"),
        ("a: [0x_]\n", ", line 1: 0x_: YAML takes it for a number of base 16; write it in decimal"),
        ("a: 0b11\n", ", line 1: 0b11: YAML takes it for a number of base 2; write it in decimal"),
        ("a: 1_000\n", ", line 1: 1_000: YAML takes it for 1000; write that, or quotes round it"),
        ("a: {1_0.5: 1}\n", ", line 1: 1_0.5: YAML takes it for 10.5; write that, or quotes round"),
        ('10: x\n"10": y\n', ", line 2: '10' is given twice (before in line 1); keep one"),
        ("a: =\n", ", line 1: '=' has a meaning of its own in YAML; put it in quotes"),
        ("a: [<<]\n", ", line 1: '<<' has a meaning of its own in YAML; put it in quotes"),
        ("a: 1\n<<: 1\n", ", line 2: '<<' takes in another section, and none follows; name one"),
        ("<<: [{a: 1}, 2]\n", ", line 1: '<<' takes in another section, and none follows; name"),
        ('{"a": ' + "9" * 5000 + "}", ", line 1: " + "9" * 60 + "…: a number of 5000 characters"),
        ("a: 2021-01-01\n", ", line 1: 2021-01-01: YAML takes it for a date; put it in quotes"),
        ("a: &a [*a]\n", ", line 1: *a stands within &a, which would hold itself"),
        ("a: &a {b: [*a]}\n", ", line 1: *a stands within &a"),
        (BOMB, ": holds over 100,000 values, repetitions (*name) included; leave some out"),
        ("a: *b\n", ", line 1: 'a: *b': found undefined alias 'b'; put a value that begins"),
        ("a: " + "[" * 5000, ", line 1: is nested more than 20 deep; close brackets"),
        ("a: b\0c\n", ", line 1: holds the character U+0000; remove it"),
        ("a:\n\tb: 1\n", ", line 2: is indented with a tab; indent with spaces"),
        ("a: {b\ufeff: [1\n", ", line 2: expected ',' or ']', but got '<stream end>'; close"),
        ("a: 1\n  \ufeffb: 2\n", ", line 2: 'b: 2': mapping values are not allowed here; put"),
        ("a: [1\nb: 2\n", ", line 2: 'b: 2': expected ',' or ']', but got ':'; close the bracket"),
        ("a: b: c\n", ", line 1: 'a: b: c': mapping values are not allowed here; put a value"),
        ("a: {ns}{lat}.tif\n", ", line 1: 'a: {ns}{lat}.tif': expected <block end>"),
        ("a: {ns}{lat}.tif\n", "put a value that begins with '{' in quotes"),
        ("a: 'b\n", "; close the quotes"),
        ("a: @b\n", "put a value that begins with it in quotes"),
        ("a: !!int 5\n", ", line 1: tag:yaml.org,2002:int: tags are not used here; leave it out"),
        ("a: !x 5\n", ", line 1: !x: tags are not used here; leave it out"),
        ("{a: 1}: 2\n", ", line 1: a key is a section or a list; put it in quotes"),
        ("a: 1\n---\nb: 2\n", ", line 2: a second document begins ('---'); give it as another"),
        ("a: " + "9" * 5000, "…: a number of 5000 characters; write a shorter one"),
        ("", ": is empty; begin with keys, such as 'dataset:' and 'map:'"),
        ("# nothing\n", ": is empty; begin with keys"),
        ("- a\n", ": holds a list and no keys; begin with keys"),
        ("a\n", ": holds one value and no keys; begin with keys"),
        ("a: b\n".encode("utf-16"), ": is in UTF-16; save it as UTF-8"),
        (b"a: 1\nb: \xe9\n", ", line 2: the byte 0xe9 is not UTF-8; save the file as UTF-8"),
        (bytes(range(256)), ": is no text; name a YAML file"),
    ],
)
def test_what_is_not_is_told_with_line_and_remedy(text, said):
    (line,) = faults(text)
    assert line.startswith("config: mine.yaml")
    assert said in line
    assert line.isprintable()


def test_all_faults_at_once_in_their_order():
    told = faults("b: 012\na: {x: 1:30,\n x: 1}\nb: 2\n")
    assert [line.split(": ")[1] for line in told] == [
        f"mine.yaml, line {number}" for number in (1, 2, 3, 4)
    ]


def test_files_in_order_and_pipes_left_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("x: 1\nx: 2\n")
    told = check_files([tmp_path / "a.yaml", Path("/dev/stdin"), tmp_path / "b.yaml"])
    assert [line.split(",")[0] for line in told] == ["config: a.yaml", "config: b.yaml"]


class TestCommandLine:
    def test_numbers_within_braces_are_numbers(self):
        given = [["figures", "{samples: 2, animation: {rows: 1}}"], ["results", "out"]]
        assert read_values(given) == {"figures": {"samples": 2, "animation": {"rows": 1}}}

    def test_json_is_read_as_such(self):
        given = [["a", '{"b":\t1e5, "c": [0.5, true, null, "1"]}']]
        assert read_values(given) == {"a": {"b": 1e5, "c": [0.5, True, None, "1"]}}
        assert read_values([["a", "{b: 1, <<: {c: 2}}"]]) == {"a": {"b": 1, "c": 2}}

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
            ),
            max_leaves=8,
        )
    )
    def test_whatever_json_can_say(self, value):
        assert read_values([["a", json.dumps({"b": value})]]) == {"a": {"b": value}}

    @given(st.text("{}[]:,=<>*&!?|'\"\\\t\n -_0123xbeE.~#%@a", max_size=30))
    def test_no_text_is_a_defect(self, text):
        with suppress(ConfigError):
            read_values([["a", f"{{{text}}}"]])

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ([["a", "{n: 1, n: 2}"]], "config: --config a: 'n' is given twice"),
            ([["a", "{n: 1:30}"]], "config: --config a: 1:30: YAML takes it for"),
            ([["a", "{n: 1"]], "config: --config a: "),
            ([["a", "{b: =}"]], "config: --config a: '=' has a meaning of its own in YAML"),
            ([["a", "{<<: 1}"]], "config: --config a: '<<' takes in another section"),
            ([["a", '{"b": ' + "1" * 5000 + "}"]], "config: --config a: " + "1" * 60 + "…: a num"),
            ([["a", "1"], ["a", "2"]], "config: --config a: is given twice; keep one"),
        ],
    )
    def test_faults(self, given, said):
        with pytest.raises(ConfigError) as caught:
            read_values(given)
        assert str(caught.value).startswith(said)


class TestValidate:
    def test_faults_of_text_and_of_keys(self, tmp_path, capsys):
        path = tmp_path / "mine.yaml"
        assert "no such file" in faults_of(path)[0]
        path.write_text("dataset: &a [*a]\n")
        assert "would hold itself" in faults_of(path)[0]
        path.write_text(json.dumps(VALID, indent="\t"))
        assert [line.split(": ")[1] for line in faults_of(path)] == [
            "dataset.landcover.raster",
            "dataset.elevation.source",
        ]
        assert main([str(path)]) == 1
        assert capsys.readouterr().out.count("config: ") == 2

    def test_nothing_wrong(self, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        for name in ("landcover.tif", "dem.tif"):
            (tmp_path / name).touch()
        (tmp_path / "mine.yaml").write_text(yaml.safe_dump(VALID))
        assert main(["mine.yaml"]) == 0
        assert capsys.readouterr().out == "mine.yaml: nothing wrong\n"

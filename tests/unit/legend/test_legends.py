"""Legends: the built-in ones are the agencies', a user's CSV is read or told to be wrong."""

from __future__ import annotations

import pytest

from landloom.errors import LandloomError
from landloom.legend.legends import (
    BUILT_IN,
    NLCD,
    WATER,
    WORLDCOVER,
    Entry,
    few_codes,
    load_legend,
    looks_continuous,
)


class TestBuiltIn:
    def test_nlcd_has_its_classes(self):
        codes = "11 12 21 22 23 24 31 41 42 43 51 52 71 72 73 74 81 82 90 95"
        assert " ".join(map(str, NLCD)) == codes
        assert NLCD[42] == Entry("Evergreen forest", "1C5F2C")

    def test_worldcover_has_its_classes(self):
        assert list(WORLDCOVER) == [10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100]
        assert WORLDCOVER[80] == Entry("Permanent water bodies", "0064C8")

    @pytest.mark.parametrize("name", BUILT_IN)
    def test_names_and_colours_are_distinct_and_whole(self, name):
        legend = load_legend(name)
        assert len({entry.name for entry in legend.values()}) == len(legend)
        assert len({entry.rgb for entry in legend.values()}) == len(legend)
        assert "water" in legend[WATER[name]].name.lower()

    def test_rgb_by_hand(self):
        assert Entry("x", "1C5F2C").rgb == (28, 95, 44)


class TestCsv:
    @pytest.fixture
    def legend(self, tmp_path):
        def load(content: str | bytes):
            path = tmp_path / "legend.csv"
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            return load_legend(str(path))

        return load

    def test_is_read_in_order_of_the_codes(self, legend):
        found = legend('code,name,color\n7,Reed,#00ff7f\n3,"Field, ploughed",AABBCC\n')
        assert list(found.items()) == [
            (3, Entry("Field, ploughed", "AABBCC")),
            (7, Entry("Reed", "00FF7F")),
        ]

    @pytest.mark.parametrize(
        "content",
        [
            "\ufeffcode,name,color\n3,Field,AABBCC\n",
            "code,name,color\r\n3,Field,AABBCC\r\n",
            " code , name , color \n 3 , Field , AABBCC \n",
            "color,remark,code,name\nAABBCC,none,3,Field\n",
            "code,name,color\n\n3,Field,AABBCC\n\n",
            "code;name;color\n3;Field;#aabbcc\n",
            "code\tname\tcolour\n3\tField\tAABBCC\n",
            "code,name,color,,\n3.0,Field,AABBCC,,\n",
            'code,name,color\n"3","Field",AABBCC',
        ],
        ids=[
            *("byte-order mark", "windows", "blanks", "other columns", "empty lines"),
            *("semicolons", "tabs, British", "trailing separators", "quoted"),
        ],
    )
    def test_forms_that_spreadsheets_give_it(self, legend, content):
        assert legend(content) == {3: Entry("Field", "AABBCC")}

    def test_umlauts(self, legend):
        assert legend("code,name,color\n3,Äcker,AABBCC\n")[3].name == "Äcker"

    def test_a_class_without_a_name_is_called_by_its_code(self, legend):
        assert legend("code,name,color\n3,,AABBCC\n")[3].name == "class 3"

    def test_every_bad_row_is_told_with_its_line_in_the_file(self, legend):
        with pytest.raises(LandloomError) as caught:
            legend(
                "code,name,color\n3,Field,AABBCC\n\nx,Reed,AABBCC\n4,Sea,blue\n3,M,AABBCC\n5,,\n"
            )
        assert str(caught.value).split("; line") == [
            "line 4: the code 'x' is not a whole number; correct it",
            " 5: the colour 'blue' is not six hexadecimal digits, such as 1A2B3C; correct it",
            " 6: the code 3 is given twice; keep one of the lines",
            " 7: the colour is empty; give it, such as 1A2B3C",
        ]

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("", "the file is empty; give it a header line with code, name, color, and rows"),
            (
                "code|name|color\n",
                "no column code or name or color; its columns are code|name|color",
            ),
            ("code,name\n3,Field\n", "the file has no column color; its columns are code, name"),
            ("code,name,color,name\n", "has the column name twice; rename one of them"),
            ("code,name,color\n", "the file has no rows; give it one for each class"),
            ("code,name,color\n1.5,Field,AABBCC\n", "the code '1.5' is not a whole number"),
            ("code,name,color\n3,Field\n4,a,b,c\n", "has 3 fields, but line 2 has 2, line 3 has 4"),
            (
                b"code,name,color\n3,\xc4cker,AABBCC\n",
                "the file is no text in UTF-8 (line 2); save",
            ),
            (
                "code,name,color\n3,Field,AABBCC\n".encode("utf-16-le"),
                "the file is no text in UTF-8 (line 1); save",
            ),
            (
                "code,\x1b[31mname,colour\u202e\n",
                r"its columns are code, \x1b[31mname, colour\u202e; did you mean '\x1b[31mname'",
            ),
            (f"{'n' * 300},a\n", f"its columns are {'n' * 36}…{'n' * 23}, a; add it"),
            ("code,name," + ",".join(map(str, range(30))), "16, 17 and 12 more; add it"),
            (f"code,name,{'n' * 200_000}\n", "line 1: is no CSV (field larger than field limit"),
        ],
    )
    def test_what_is_no_legend_is_told(self, legend, content, message):
        with pytest.raises(LandloomError) as caught:
            legend(content)
        assert message in str(caught.value)

    @pytest.mark.parametrize("source", ["NLCD", "nowhere.csv", "."])
    def test_what_is_not_there_is_told_with_what_there_is(self, source):
        with pytest.raises(LandloomError, match="no such legend; use nlcd, worldcover or an exist"):
            load_legend(source)


def test_of_many_codes_ten_are_named():
    assert few_codes([3, 1]) == "1, 3"
    assert few_codes(range(10)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert few_codes(range(1800)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ... (1,800 in all)"


@pytest.mark.parametrize("name", BUILT_IN)
def test_legends_look_like_classes(name):
    assert not looks_continuous(load_legend(name))


def test_numbers_that_fill_their_range_look_measured():
    assert looks_continuous(range(-20, 40))
    assert not looks_continuous(range(59))
    assert not looks_continuous(range(0, 240, 3))
    assert looks_continuous(range(0, 1025 * 3, 3))
    assert not looks_continuous([])

"""Legends: the built-in ones are the agencies', a user's CSV is read or told to be wrong."""

from __future__ import annotations

import pytest

from landloom.errors import LandloomError
from landloom.legend.legends import BUILT_IN, NLCD, WATER, WORLDCOVER, Entry, load_legend


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
        ],
        ids=["byte-order mark", "windows", "blanks", "other columns", "empty lines"],
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
                "code,name,color\n3,Field,AABBCC\n\nx,Reed,AABBCC\n4,Sea,blue\n3,Moor,AABBCC\n5\n"
            )
        assert str(caught.value).split("; ") == [
            "line 4: code 'x' is not a whole number",
            "line 5: color 'blue' is not RRGGBB",
            "line 6: code 3 is given twice",
            "line 7: color '' is not RRGGBB",
        ]

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("", "columns ['code', 'name', 'color'] are missing (found [])"),
            ("code;name;color\n", "are missing (found ['code;name;color'])"),
            ("code,name\n3,Field\n", "columns ['color'] are missing"),
            ("code,name,color\n", "has no rows"),
            ("code,name,color\n1.5,Field,AABBCC\n", "code '1.5' is not a whole number"),
            (b"code,name,color\n3,\xc4cker,AABBCC\n", "cannot be read as a CSV in UTF-8"),
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

"""Classes tables: what codes become, what values are called, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rasters import classes_table

from landloom.errors import LandloomError
from landloom.legend.classes import classes_of, read_classes
from landloom.legend.legends import NLCD, WORLDCOVER, Entry, Legend


def test_a_classes_table(tmp_path: Path) -> None:
    classes = classes_table(
        tmp_path,
        "\ufeffcode, value,name,color\n10,1,Trees,#006400\n 95.0,1,Mangroves,00cf75\n"
        "20,2,,\n030,3,Grass,\nwater,0,Water,0064C8\n20b,2,,ffbb22\n10x,2,,\n96,1,Trees,\n",
    )
    assert classes.values == {
        "10": 1,
        "95": 1,
        "20": 2,
        "30": 3,
        "water": 0,
        "20b": 2,
        "10x": 2,
        "96": 1,
    }
    assert classes.classes == {
        0: Entry("Water", "0064C8"),
        1: Entry("Trees / Mangroves", "006400"),
        2: Entry("2", "FFBB22"),
        3: Entry("Grass", None),
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code,value\n10,1\n10.0,2\n", "line 3: the code 10 is given twice"),
        ("code,name\n10,1\n", "no column value; its columns are code, name"),
        ("code|value\n10|1\n", "no column code or value; its columns are code|value"),
        ("code,value\n10,1\n20,2,3\n", "line 3 has 3"),
        ("code,value\n\n10,one\n", "line 3: the value 'one'"),
        ("code,value\n10,one\n", "line 2: the value 'one' is not a whole number"),
        (
            "code,value\n10,255\n",
            "line 2: the value 255 does not fit into the map, which holds 0 to 254",
        ),
        ("code,value\n10,-1\n", "line 2: the value -1 does not fit"),
        ("code,value\n,1\n", "line 2: the code is empty"),
        ("code,value,color\n10,1,red\n", "line 2: the colour 'red'"),
        ("code,value\n", "has no rows"),
        ("", "is empty; give it a header line with code, value"),
    ],
)
def test_a_faulty_classes_table(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(LandloomError) as caught:
        classes_table(tmp_path, text)
    assert said in str(caught.value)
    assert "classes.csv" in str(caught.value)


def test_all_faults_of_a_classes_table_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(LandloomError) as caught:
        classes_table(
            tmp_path, "code,value,colour\n10,one,\n20,2,AABBCC\n20,3,\n30,3,red\n10,300,x\n"
        )
    assert re.findall(r"line (\d+): the (\w+)", str(caught.value)) == [
        *(("2", "value"), ("4", "code"), ("5", "colour")),
        *(("6", "code"), ("6", "value"), ("6", "colour")),
    ]


def test_of_a_thousand_faults_the_first_are_told(tmp_path: Path) -> None:
    rows = "".join(f"{code},x\n" for code in range(1000))
    with pytest.raises(LandloomError, match=r"line 21: the value 'x'.*; and 980 more$"):
        classes_table(tmp_path, f"code,value\n{rows}")


@pytest.mark.parametrize("value", ["1_0", "\u0661", "1e1", "0x1", "1.5", "+", "--1"])
def test_what_only_python_takes_for_a_whole_number(tmp_path: Path, value: str) -> None:
    with pytest.raises(LandloomError, match="is not a whole number"):
        classes_table(tmp_path, f"code,value\n10,{value}\n")


def test_no_classes_table(tmp_path: Path) -> None:
    with pytest.raises(LandloomError, match=r"map\.reference\.classes: .*none\.csv cannot be read"):
        read_classes(tmp_path / "none.csv")


@pytest.mark.parametrize("legend", [NLCD, WORLDCOVER])
def test_a_legend_is_a_table_whose_codes_are_the_values(legend: Legend) -> None:
    classes = classes_of(legend)
    assert classes.values == {str(code): code for code in legend}
    assert classes.classes == legend


@pytest.mark.parametrize("code", [-1, 255])
def test_a_legend_that_does_not_fit_into_the_map(code: int) -> None:
    with pytest.raises(LandloomError, match=rf"classes: the codes \[{code}\] do not fit"):
        classes_of({7: Entry("a"), code: Entry("b")})


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_classes_table_of_a_spreadsheet(tmp_path: Path, separator: str) -> None:
    text = "code,value,name\n10,1,Trees\n20,2,Shrubs\n"
    expected = classes_table(tmp_path, text)
    assert classes_table(tmp_path, text.replace(",", separator)) == expected

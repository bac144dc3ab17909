"""A configuration that `landloom init` writes is one that runs, whatever is chosen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from landloom.addresses import is_remote
from landloom.command import init
from landloom.command.init import main, refuse_faults, text_of
from landloom.command.parsing import UsageError, options_of
from landloom.command.questions import QUESTIONS, fill_in
from landloom.command.template import Choices, config_text
from landloom.config.strict_yaml import check_file
from landloom.config.whole import Config, load_config
from landloom.errors import LandloomError
from landloom.sources.catalogue import names

FOLDERS = st.text("abcxyzABC0123456789_-. '\"#:&*!%@,[]äßø語", min_size=1, max_size=20).filter(
    lambda name: name.strip(" ./") == name and not name.startswith("-") and not is_remote(name)
)
COLUMNS = st.text(min_size=1, max_size=10).filter(str.isprintable)


@st.composite
def boxes(draw: st.DrawFn) -> tuple[float, float, float, float]:
    west = draw(st.floats(-170, 160).map(lambda x: round(x, 4)))
    south = draw(st.floats(-70, 65).map(lambda y: round(y, 4)))
    wide, high = (draw(st.floats(0.2, 3).map(lambda d: round(d, 3))) for _ in "xy")
    return west, south, west + wide, south + high


def optional(flags: dict[str, st.SearchStrategy[str]]) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries({}, optional=flags)


REGIONS = boxes().map(lambda box: ",".join(map(str, box)))
LANDCOVER = st.sampled_from([name for name in names("landcover") if "mapbiomas" not in name])
DATASETS = st.builds(
    dict.__or__,
    st.fixed_dictionaries({"product": st.just("dataset"), "region": REGIONS}),
    optional(
        {
            "results": FOLDERS,
            "landcover": LANDCOVER | FOLDERS.map("data/{}.tif".format),
            "legend": st.sampled_from(["nlcd", "worldcover"]),
            "elevation": st.sampled_from(names("elevation", "product"))
            | st.just("dem/{ns}{lat}{ew}{lon}.tif")
            | FOLDERS.map("{}/dem.tif".format),
        }
    ),
)
TABLES = FOLDERS.flatmap(
    lambda name: st.sampled_from([".csv", ".gpkg", ".geojson", ".shp", ".fgb", ".parquet"]).map(
        lambda ending: f"in/{name}{ending}"
    )
)
MAPS = st.one_of(
    st.builds(
        dict.__or__,
        st.fixed_dictionaries({"product": st.just("map"), "region": REGIONS}),
        optional(
            {
                "results": FOLDERS,
                "embedding": st.sampled_from(names("embedding")),
                "reference": LANDCOVER | FOLDERS.map("in/{}.tif".format) | TABLES,
            }
        ),
    ),
    st.builds(
        dict.__or__,
        st.fixed_dictionaries(
            {"product": st.just("map"), "embedding": FOLDERS.map("in/{}.tif".format)}
        ),
        optional(
            {
                "results": FOLDERS,
                "region": REGIONS,
                "encoding": st.sampled_from(["float", "alphaearth"]),
                "reference": LANDCOVER | TABLES,
            }
        ),
    ),
)


def read(text: str) -> Config:
    """Read a configuration as a run does, but for the files that it names."""
    assert check_file(Path("mine.yaml"), text.encode()) == []
    return load_config(yaml.safe_load(text))


@given(DATASETS)
def test_a_dataset_is_what_was_chosen(answers: dict[str, str]) -> None:
    answers, lacking = fill_in(answers)
    assert lacking == []
    config = read(text_of(answers, Path("mine.yaml")))
    assert config.map is None
    assert config.dataset
    sides = [float(side) for side in answers["region"].split(",")]
    assert config.dataset.region.bounds == pytest.approx(sides, abs=1e-9)
    assert config.dataset.landcover.raster == answers["landcover"]
    assert config.dataset.elevation.source == answers["elevation"]
    assert config.dataset.landcover.legend == answers.get("legend")
    assert 4 <= config.dataset.grid.n <= 50


@given(MAPS, COLUMNS)
def test_a_map_is_what_was_chosen(answers: dict[str, str], column: str) -> None:
    answers, lacking = fill_in(answers)
    assert lacking == []
    if "label" in answers:
        answers["label"] = column
    config = read(text_of(answers, Path("mine.yaml")))
    assert config.dataset is None
    assert config.map
    assert config.map.embedding.raster == answers["embedding"]
    reference = config.map.reference
    assert (reference.raster or reference.table) == answers["reference"]
    assert reference.label == answers.get("label", "class")
    assert (config.map.region is not None) == ("region" in answers)
    if "results" in answers:
        assert config.results == answers["results"]


def test_the_usual_answers_hold_what_the_documents_begin_with() -> None:
    answers, _ = fill_in({"product": "map", "region": "5.05,52.05,5.25,52.15"})
    assert answers["embedding"] == "alphaearth-2021"
    assert answers["reference"] == "worldcover-2021"
    inside, _ = fill_in({"product": "dataset", "region": "-113.2,37.16,-112.88,37.48"})
    outside, _ = fill_in({"product": "dataset", "region": "6,0,7,1"})
    assert (inside["landcover"], outside["landcover"]) == ("nlcd-2021", "worldcover-2021")


def test_it_writes_a_file_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.yaml"
    words = [str(file), "--product", "map", "--region", "-5.3,52.05,-5.1,52.15"]
    assert main(words) == 0
    assert f"landloom run {file}" in capsys.readouterr().out
    first = file.read_text()
    with pytest.raises(UsageError, match="is there already; choose another name, or replace"):
        main([*words, "--results", "elsewhere"])
    assert file.read_text() == first
    assert main([*words, "--results", "elsewhere", "--force"]) == 0
    assert read(file.read_text()).results == "elsewhere"


def test_the_demo_is_that_of_the_workflow(tmp_path: Path) -> None:
    file = tmp_path / "demo.yaml"
    assert main([str(file), "--product", "demo"]) == 0
    shipped = yaml.safe_load((init.home() / "config/config.yaml").read_text())
    assert yaml.safe_load(file.read_text()) == shipped | {"results": "results/demo"}


def test_what_lacks_is_told_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as told:
        main(["--product", "dataset"])
    assert "--region: The region: west,south,east,north" in str(told.value)
    with pytest.raises(UsageError, match="--product: What do you want"):
        main([])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--landcover", "nlcd-2031"], "--landcover: nlcd-2031: no such file .*nlcd-1985"),
        (["--landcover", "no.tif"], "--landcover: no.tif: no such file"),
        (["--elevation", "COP3O"], "--elevation: COP3O: "),
        (["--landcover", "mapbiomas-2020", "--legend", "no.csv"], "--legend: no.csv"),
        (["--embedding", "alphaearth-2021"], "--embedding: of no use for the dataset"),
        (["--results", "."], r"--results: \.: is the folder of the run itself"),
    ],
)
def test_what_would_not_run_is_told_by_its_option(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    region = ["--product", "dataset", "--region", "-113.2,37.16,-112.88,37.48"]
    with pytest.raises(LandloomError, match=told):
        main([*region, *words])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ["csv", "geojson"])
def test_a_column_that_the_table_lacks_is_told_with_those_that_there_are(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "e.tif").touch()
    (tmp_path / "t.csv").write_text("lon,lat,klass,plot\n5,52,a,1\n")
    feature = {
        "type": "Feature",
        "properties": {"klass": "a", "plot": 1},
        "geometry": {"type": "Point", "coordinates": [5, 52]},
    }
    content = {"type": "FeatureCollection", "features": [feature]}
    (tmp_path / "t.geojson").write_text(json.dumps(content))
    words = ["--product", "map", "--embedding", "e.tif", "--reference", f"t.{ending}"]
    with pytest.raises(LandloomError) as told:
        main([*words, "--label", "clas"])
    assert f"--label: t.{ending}" in str(told.value)
    assert "has no column clas; its columns are " in str(told.value)
    assert "did you mean 'klass'?" in str(told.value)
    assert "Traceback" not in str(told.value)
    assert not Path("mine.yaml").exists()
    assert main([*words, "--label", "klass"]) == 0


@pytest.mark.parametrize("name", ["mine.txt", "mine", "no/mine.yaml"])
def test_a_file_that_cannot_be_one_is_told(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=name):
        main([name, "--product", "demo"])


class Terminal:
    """Somebody who answers."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, prompt: str) -> str:
        self.asked.append(prompt)
        return self.answers.pop(0)

    def isatty(self) -> bool:
        return True


def sit_at(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", terminal)
    monkeypatch.setattr(
        init, "ask", lambda known, before: init_ask(known, before, terminal, lambda _: None)
    )


init_ask = init.ask


def test_on_a_terminal_it_asks_for_what_no_option_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    terminal = Terminal("mpa", "map", "", "5.05,52.05,5.25,52.15", "")
    sit_at(terminal, monkeypatch)
    assert main(["--results", "made"]) == 0
    config = read(Path("mine.yaml").read_text())
    assert config.results == "made"
    assert config.map
    assert config.map.embedding.raster == "alphaearth-2021"
    assert len(terminal.asked) == 5
    assert terminal.asked[-1].endswith("[worldcover-2021]: ")


def test_an_answer_that_does_not_run_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    box = "-113.2,37.16,-112.88,37.48"
    terminal = Terminal("dataset", "here", box, "nlcd_2021", "worldcover", "COP30", "nlcd-2021")
    sit_at(terminal, monkeypatch)
    assert main([]) == 0
    config = read(Path("mine.yaml").read_text())
    assert config.dataset
    assert config.dataset.landcover.raster == "nlcd-2021"
    assert (
        config.dataset.landcover.legend is None
    )  # it was asked for a file, which there is none of
    assert terminal.answers == []


def test_a_fault_that_no_question_mends_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sit_at(Terminal(), monkeypatch)
    with pytest.raises(LandloomError, match=r"--landcover: no\.tif: no such file"):
        main(["--product", "dataset", "--region", "1,2,3,4", "--landcover", "no.tif",
              "--legend", "nlcd", "--elevation", "COP30"])  # fmt: skip


def test_each_question_is_an_option_and_each_option_a_key() -> None:
    options = set(options_of(init.parser()))
    assert {f"--{question.name}" for question in QUESTIONS} <= options
    assert {f"--{name}" for name in init.KEYS} <= options
    schema: dict[str, Any] = Config.model_json_schema()
    for keys in init.KEYS.values():
        for key in keys:
            assert all(f'"{part}"' in str(schema).replace("'", '"') for part in key.split("."))


@given(st.text(max_size=30).filter(str.isprintable))
def test_any_text_is_written_so_that_it_is_read_again(text: str) -> None:
    chosen = Choices("map", None, "x", embedding="e.tif", reference="t.csv", label=text or "c")
    raw = yaml.safe_load(config_text(chosen, "mine.yaml", "schema.json"))
    assert raw["map"]["reference"]["label"] == (text or "c")


def test_a_sound_text_has_no_faults() -> None:
    answers, _ = fill_in({"product": "map", "region": "5.05,52.05,5.25,52.15"})
    refuse_faults(text_of(answers, Path("mine.yaml")))

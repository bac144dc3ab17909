"""Landloom inside another workflow: as modules of it, from a folder and from a repository."""

from __future__ import annotations

import copy
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from conftest import CONFIG, REPOSITORY, Place, Run

pytestmark = pytest.mark.full

TAG = "v1"

MODULES = """
module one:
    snakefile: "{repository}/Snakefile"
    config: {one}

use rule * from one as one_*

module two:
    snakefile: "{repository}/workflow/Snakefile"
    config: {two}
    prefix: "below"

use rule * from two as two_*

module hosted:
    snakefile: github("owner/landloom", path="workflow/Snakefile", tag="{tag}")
    config: {hosted}

use rule * from hosted as hosted_*

# An input of a module, made by another rule.
rule embedding:
    input: "in/embedding.tif"
    output: "made/embedding.tif"
    shell: "cp {{input}} {{output}}"

# A product of a module, taken by another rule.
rule shares:
    input: "elsewhere/one/dataset/class_distribution.parquet"
    output: "shares.csv"
    run:
        import pandas

        pandas.read_parquet(input[0]).to_csv(output[0])

rule everything:
    default_target: True
    input:
        "shares.csv",
        rules.one_dataset.input,
        [f"below/elsewhere/two/{{name}}" for name in {stacks}],
        rules.hosted_map.input,
"""

STACKS = [f"dataset/{split}.{end}" for split in ("train", "test") for end in ("npy", "gpkg")]

TELL_PATHS = {"embedding", "inputs", "reference"}
"""Files that say where inputs lie, and so differ; their digests too."""


def another(config: dict) -> dict:
    """Another configuration of the same product."""
    config = copy.deepcopy(config)
    config["dataset"]["grid"] |= {"test_fraction": 0.5, "seed": 3}
    return config


def with_inputs_in(folder: str, config: dict) -> dict:
    """The same configuration of inputs that lie in another folder."""
    for section, key in (("landcover", "raster"), ("elevation", "source")):
        path = config["dataset"][section][key]
        config["dataset"][section][key] = path.replace("in/", f"{folder}/", 1)
    return config


def products(folder: Path) -> dict[str, bytes]:
    """Return what the files of a product hold.

    Scores are kept by their code, too; of a module, versions of packages do not count in that.
    """
    return {
        re.sub(r"(tuning/scores/\w+)-\w+", r"\1", str(path.relative_to(folder))): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name.split(".")[0] not in TELL_PATHS
    }


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that holds the workflow as it is now, and nothing beside."""
    folder = tmp_path_factory.mktemp("hosted") / "repository"
    for name in ("workflow", "config", "envs"):
        unmade = shutil.ignore_patterns("__pycache__")
        shutil.copytree(REPOSITORY / name, folder / name, ignore=unmade)
    shutil.copy(REPOSITORY / "Snakefile", folder)
    author = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.org"]
    for words in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "all"], ["tag", TAG]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


Make = Callable[[Path, str], Place]


@pytest.fixture(scope="module")
def make(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Make a workflow of somebody's own, for which the repository lies on github.com."""
    environment = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{repository}.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/owner/landloom",
        "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache")),
    }

    def make(folder: Path, snakefile: str) -> Place:
        (folder / "Snakefile").write_text(snakefile)
        return Place(folder, folder, environment=environment)

    return make


def run(place: Place, *arguments: str) -> Run:
    done = place.snakemake("--cores", "2", "--scheduler", "greedy", *arguments)
    assert done.code == 0, done.output
    return done


@pytest.fixture(scope="module")
def outer(
    inputs: Path, mapped: Place, make: Make, tmp_path_factory: pytest.TempPathFactory
) -> Place:
    """A finished workflow that Landloom is part of three times."""
    folder = tmp_path_factory.mktemp("outer")
    shutil.copytree(inputs / "in", folder / "in")
    shutil.copytree(mapped.folder / "in", folder / "in", dirs_exist_ok=True)
    shutil.copytree(inputs / "in", folder / "below/own")  # where none but the prefix leads
    hosted = copy.deepcopy(mapped.config) | {"results": "elsewhere/map"}
    hosted["map"]["embedding"]["raster"] = "made/embedding.tif"
    text = MODULES.format(
        repository=REPOSITORY,
        tag=TAG,
        stacks=STACKS,
        one=CONFIG | {"results": "elsewhere/one"},
        two=with_inputs_in("own", another(CONFIG)) | {"results": "elsewhere/two"},
        hosted=hosted,
    )
    place = make(folder, text)
    run(place)
    return place


def test_a_module_makes_what_a_run_by_itself_makes(
    outer: Place, finished: Place, mapped: Place
) -> None:
    results = outer.folder / "elsewhere"
    assert products(results / "one/dataset") == products(finished.results / "dataset")
    assert products(results / "map/map") == products(mapped.results / "map")


def test_two_modules_do_not_meet(outer: Place, finished: Place, tmp_path: Path) -> None:
    """The second has another configuration, and a prefix that moves inputs and outputs."""
    place = finished.copy(tmp_path / "place")
    place.config = another(place.config)
    assert place.run(*(f"results/{name}" for name in STACKS)).code == 0
    for name in STACKS:
        ours = (outer.folder / "below/elsewhere/two" / name).read_bytes()
        assert ours == (place.results / name).read_bytes()
        assert ours != (finished.results / name).read_bytes()


def test_everything_lies_where_the_configurations_say(outer: Place) -> None:
    ours = {".snakemake", "Snakefile", "shares.csv", "in", "made"}
    assert {path.name for path in outer.folder.iterdir()} - ours == {"elsewhere", "below"}
    assert {path.name for path in (outer.folder / "elsewhere").iterdir()} == {"one", "map"}
    assert {path.name for path in (outer.folder / "below").iterdir()} == {"own", "elsewhere"}


def test_rules_of_others_take_products(outer: Place) -> None:
    assert pd.read_csv(outer.folder / "shares.csv")["percentage"].sum() == pytest.approx(100)


def test_a_second_run_has_nothing_to_do(outer: Place) -> None:
    assert run(outer, "-n").jobs == {}


def test_the_captions_come_along_from_a_repository(outer: Place, tmp_path: Path) -> None:
    run(outer, "--report", str(tmp_path / "report.html"), "--", "hosted_map")
    assert "How well it agrees (file)" in (tmp_path / "report.html").read_text()


def test_sources_are_verified_where_a_prefix_has_put_them(outer: Place) -> None:
    table = "below/elsewhere/two/elevation/elevation_tiles.csv"
    run(outer, table)
    assert "every file is what it was" in run(outer, "two_verify_sources").output
    tile = outer.folder / "below/elsewhere/two/elevation/tiles/N42W117.tif"
    whole = tile.read_bytes()
    tile.write_bytes(whole[:-1])
    done = outer.snakemake("--cores", "1", "two_verify_sources")
    tile.write_bytes(whole)
    assert "N42W117.tif: is not what it was" in done.output


DEPLOYED = """
configfile: "config/config.yaml"

module landloom:
    snakefile: {source}
    config: config

use rule * from landloom
"""
"""What Snakedeploy writes for a workflow of the catalogue, beside a copy of its `config/`."""


@pytest.mark.parametrize(
    "source",
    [
        'github("owner/landloom", path="workflow/Snakefile", tag="v1")',
        '"gh:owner/landloom@v1"',
    ],
    ids=["github", "shorthand"],
)
def test_it_is_deployed_from_a_repository(
    source: str, repository: Path, make: Make, tmp_path: Path
) -> None:
    shutil.copytree(repository / "config", tmp_path / "config")
    text = DEPLOYED.format(source=source)
    jobs = run(make(tmp_path, text), "-n").jobs
    assert jobs["demo_landcover"] == 1
    assert jobs["all"] == 1


def test_a_local_repository_is_named_by_its_path(
    repository: Path, make: Make, tmp_path: Path
) -> None:
    text = DEPLOYED.format(source=f'gitfile("{repository}", path="workflow/Snakefile", ref="v1")')
    shutil.copytree(repository / "config", tmp_path / "config")
    done = make(tmp_path, text).snakemake("-n")
    assert done.code != 0
    assert "name the path of the clone's Snakefile" in done.output
    assert "Traceback" not in done.output


def test_a_mistake_in_a_modules_configuration_is_told(make: Make, tmp_path: Path) -> None:
    text = f'module landloom:\n    snakefile: "{REPOSITORY}/Snakefile"\n    config: {{"maps": 1}}\n'
    place = make(tmp_path, text + "\nuse rule * from landloom\n")
    done = place.snakemake("-n")
    assert done.code != 0
    assert "config: maps: unknown key (did you mean 'map'?)" in done.output
    assert "Traceback" not in done.output


def test_two_versions_in_one_workflow_are_refused(
    repository: Path, make: Make, tmp_path: Path
) -> None:
    """Jobs of one would run the code of the other."""
    newer = tmp_path / "newer"
    shutil.copytree(repository, newer)
    with (newer / "workflow/scripts/landloom/dataset/split.py").open("a") as module:
        module.write("\nedited = True\n")
    text = "".join(
        f'module {name}:\n    snakefile: "{folder}/Snakefile"\n    config: {CONFIG}\n\n'
        f"use rule * from {name} as {name}_*\n\n"
        for name, folder in (("old", repository), ("new", newer))
    )
    place = make(tmp_path, text)
    shutil.copytree(REPOSITORY / "config", tmp_path / "in")  # any file stands for a tile
    (tmp_path / "in/dem").mkdir()
    (tmp_path / "in/dem/N42W117.tif").touch()
    done = place.snakemake("-n")
    assert done.code != 0
    assert "give all modules of one workflow the same version" in done.output


YEARS = """
module mine:
    snakefile: github("owner/landloom", path="workflow/Snakefile", tag="v1")
    config: {config}
    prefix: "below"

use rule * from mine as mine_*

rule embedding:
    input: "below/in/embedding.tif"
    output: "below/made/2024.tif"
    shell: "cp {{input}} {{output}}"

rule everything:
    default_target: True
    input:
        rules.mine_year_2024_map.input,
        "below/far/years/areas.csv",
"""


def test_further_years_are_modules_within_a_module(
    mapped: Place, make: Make, tmp_path: Path
) -> None:
    """Of the same vectors the later year has the same map; a rule of the workflow's makes them."""
    shutil.copytree(mapped.folder / "in", tmp_path / "below/in")
    config = copy.deepcopy(mapped.config) | {"results": "far"}
    rasters = {2018: "in/embedding.tif", 2024: "made/2024.tif"}
    config["map"]["embedding"] = {"raster": rasters, "encoding": "alphaearth"}
    place = make(tmp_path, YEARS.format(config=config))
    done = run(place)
    assert done.jobs["mine_year_2024_import_model"] == 1
    later = tmp_path / "below/far/years/2024/map"
    for name in ("landcover.tif", "confidence.tif", "landcover.tif.aux.xml"):
        assert (later / name).read_bytes() == (mapped.results / "map" / name).read_bytes()
    areas = pd.read_csv(tmp_path / "below/far/years/areas.csv")
    one, other = (areas[areas["year"] == year]["pixels"].tolist() for year in rasters)
    assert one == other
    assert {path.name for path in (tmp_path / "below").iterdir()} == {"in", "made", "far"}
    assert run(place, "-n").jobs == {}

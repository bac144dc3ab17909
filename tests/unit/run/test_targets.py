"""Targets that are none are told with the one that was meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landloom.run.targets import GATHERING, SECTIONS, TARGETS, Targets

RULES = Path(__file__).parents[3] / "workflow/rules"

KNOWN = Targets(
    {"all": False, "dataset": False, "figures": False, "sources": False, "extract_cells": True},
    ["out/dataset/split.gpkg", "out/SOURCES.md"],
    "out",
)
MADE = {"out/dataset/split.gpkg", "out/SOURCES.md", "out/dataset/train.npy", "/abs/out/a.tif"}


def fault(target: str) -> str:
    """Return what is said of a target; nothing of one that is right."""
    return "\n".join(KNOWN.faults([target], MADE.__contains__))


@pytest.mark.parametrize(
    "target",
    ["dataset", "sources", "out/SOURCES.md", "./out//dataset/train.npy", "/abs/out/a.tif"],
)
def test_what_is_a_target_has_no_fault(target: str) -> None:
    assert fault(target) == ""


def test_a_file_that_is_there_has_none(tmp_path: Path) -> None:
    (tmp_path / "here.txt").touch()
    assert fault(str(tmp_path / "here.txt")) == ""


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("dataste", "did you mean 'dataset'?"),
        ("figure", "did you mean 'figures'?"),
        ("out/SOURCE.md", "did you mean 'out/SOURCES.md'?"),
        ("dataset/train.npy", "did you mean 'out/dataset/train.npy'?"),
        ("map", "has no section 'map', which it is made from; add it"),
        ("crossval", "has no section 'map.crossval'"),
        ("publish", "has no section 'dataset', which it is made from; add it"),
        ("dataset_chips", "has no section 'dataset'"),
        ("maps", "is no target; did you mean 'map' (the configuration has no section 'map', which "
         "it is made from; add it)?"),
        ("year_area", "did you mean 'year_areas' (is made of several years, which"),
        ("year_areas", "is made of several years, which the configuration does not have; name them "
         "as 'map.embedding.years'"),
        ("extract_cells", "makes a file for each of many names; ask for one of its files, or for "
         "what is made of them: all, dataset, figures"),
        ("qwertz", "is no target; there are all, dataset, figures, and every file below out/"),
        ("elsewhere/x.tif", "is no file that a run makes; docs/contracts.md lists these, below "
         "out/, and targets are all, dataset, figures"),
    ],
)  # fmt: skip
def test_what_is_none_is_told(target: str, told: str) -> None:
    assert fault(target).startswith(f"target {target}: ")
    assert told in fault(target)


def rules_in(pattern: str) -> set[str]:
    """Return the rules that some files of the workflow hold."""
    texts = [path.read_text() for path in RULES.glob(pattern)]
    return {name for text in texts for name in re.findall(r"^ *rule (\w+):$", text, re.MULTILINE)}


def test_what_is_named_to_users_is_a_rule() -> None:
    assert {*TARGETS, *SECTIONS} - {"all"} <= rules_in("**/*.smk")
    assert {*GATHERING} <= {*TARGETS}


def test_what_is_made_only_when_asked_for_is_named_to_users() -> None:
    exports = rules_in("dataset/exports.smk")
    assert "publish" in exports
    assert exports <= {*TARGETS}
    assert exports <= {name for name, section in SECTIONS.items() if section == "dataset"}


def test_all_faults_are_told_at_once() -> None:
    assert len(KNOWN.faults(["dataste", "dataset", "mpa"], MADE.__contains__)) == 2


@given(st.text(min_size=1, max_size=40).filter(lambda text: "\0" not in text))
def test_any_word_has_one_fault_at_most(target: str) -> None:
    assert len(KNOWN.faults([target], MADE.__contains__)) <= 1

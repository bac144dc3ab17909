"""Jobs ask for so many megabytes, also where this machine sees no file that would tell.

Where jobs run on machines that share nothing with this one, what they read lies in an object store
and is never fetched here. An amount that is none would be handed to the cluster as ``<TBD>M``.
"""

from __future__ import annotations

import ast
import json
import math
import re
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from landloom.map.blocks import blocks_aside
from landloom.map.sheets import side_of_pieces

INPUTS = Path(__file__).parents[3] / "workflow/rules/map/inputs.smk"
SAMPLES = 2000
BLOCK = SimpleNamespace(block="r000-c000x4")


class Rules:
    """The functions of the rules, in a run of our making."""

    def __init__(self, told: tuple[int, str] | None, *, model: bool, store: bool) -> None:
        self.opened: list[str] = []

        def bands_and_dtype(path: str) -> tuple[int, str] | None:
            self.opened.append(path)
            return told

        predict = SimpleNamespace(block=1024)
        embedding = SimpleNamespace(encoding="float", rasters=["s3://b/embedding.tif"])
        self.names: dict[str, Any] = {
            "MODEL": ["model.zip"] if model else [],
            "KIND": None if model else "forest", "MOST_SAMPLES": SAMPLES, "NAMED_EMBEDDING": None,
            "FILES": SimpleNamespace(moved=str), "Path": Path, "cache": cache, "json": json,
            "math": math, "re": re, "bands_and_dtype": bands_and_dtype,
            "blocks_aside": blocks_aside, "side_of_pieces": side_of_pieces,
            "cfg": SimpleNamespace(map=SimpleNamespace(predict=predict, embedding=embedding)),
            "copies": SimpleNamespace(lies_at=str), "results": lambda path: f"none/{path}",
            "folder_of_copies": lambda: ".snakemake/storage" if store else None,
            "refuse_damaged": lambda _: None,
            "memory": lambda amount: lambda _, attempt: math.ceil(attempt * amount),
        }  # fmt: skip
        defined = [
            node
            for node in ast.parse(INPUTS.read_text(encoding="utf-8")).body
            if isinstance(node, ast.FunctionDef)
            or (isinstance(node, ast.Assign) and ast.unparse(node).startswith("UNSEEN_"))
        ]
        exec(compile(ast.Module(defined, []), INPUTS, "exec"), self.names)

    def asked(self, of: str, attempt: int = 1, **files: Path) -> int:
        """Return the megabytes that a job asks for."""
        amount = self.names[of](BLOCK, SimpleNamespace(**files), attempt)
        assert isinstance(amount, int)
        return amount


def test_what_lies_in_a_store_only_has_a_number_of_megabytes(tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("embedding", "samples", "model")}
    for model in (False, True):
        unseen = Rules(None, model=model, store=True)
        block, again = (unseen.asked("block_memory", n, **files) for n in (1, 2))
        # 64 bands of float32, of 1024 x 1024 pixels: 268 MB, and half as much again or more.
        assert 330 + 1.5 * 268 < block < 330 + 3 * 268
        assert again == pytest.approx(2 * block, abs=1)
        assert unseen.asked("applicability_memory", **files) > block
        assert unseen.asked("model_memory", **files) == 450 + 600  # of a model of 100 MB


def test_a_raster_that_tells_counts_and_is_opened_once_for_all_blocks(tmp_path: Path) -> None:
    unseen, few = Rules(None, model=False, store=True), Rules((3, "int8"), model=False, store=True)
    file = tmp_path / "embedding"
    amounts = {few.asked("block_memory", embedding=file) for _ in range(100)}
    assert amounts < set(range(380, unseen.asked("block_memory", embedding=file)))
    assert few.opened == ["s3://b/embedding.tif"]


def test_a_file_that_is_here_tells(tmp_path: Path) -> None:
    file = tmp_path / "embedding"
    file.write_text('{"bands": 24, "dtype": "int16"}')
    found = [
        Rules(None, model=False, store=store).asked("block_memory", embedding=file)
        for store in (False, True)
    ]
    assert found == [math.ceil(330 + 2.2e-6 * 48 * 1024**2)] * 2


def test_what_is_made_later_on_this_machine_has_none_yet(tmp_path: Path) -> None:
    """Snakemake asks again once it is there."""
    here = Rules(None, model=False, store=False)
    with pytest.raises(FileNotFoundError):
        here.asked("block_memory", embedding=tmp_path / "none")
    with pytest.raises(FileNotFoundError):
        here.asked("model_memory", model=tmp_path / "none")

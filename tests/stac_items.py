"""Whether an item for catalogues is valid: by pystac's schema of STAC, and by its extensions'."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

import pytest

from landloom.raster.stac import Node


def check(described: Mapping[str, Any]) -> None:
    """Check the fields of extensions by what their schemas ask for, which no package has."""
    named = set()
    for address in described["stac_extensions"]:
        found = re.fullmatch(
            r"https://stac-extensions\.github\.io/(\w+)/v\d+\.\d+\.\d+/schema\.json", address
        )
        assert found
        named.add(found[1])
    prefixes: set[str] = set()

    def look(node: Any) -> None:
        if isinstance(node, dict):
            for key, held in node.items():
                prefixes.add(key.partition(":")[0] if ":" in key else "")
                if key == "classification:classes":
                    check_classes(held)
                if key == "classification:bitfields":
                    for bit in held:
                        assert bit["offset"] >= 0
                        assert bit["length"] >= 1
                        check_classes(bit["classes"])
                look(held)
        elif isinstance(node, list):
            for each in node:
                look(each)

    look(described)
    used = {"projection" if prefix == "proj" else prefix for prefix in prefixes - {""}}
    assert used == named
    for asset in described["assets"].values():
        assert re.fullmatch(r"\./[^/]+", asset["href"])
        assert re.fullmatch("1220[0-9a-f]{64}", asset["file:checksum"])
        assert asset.get("raster:sampling", "area") in ("area", "point")
    if "mlm" in named:
        check_model(described)


def check_model(described: Mapping[str, Any]) -> None:
    """Check what the schema of MLM 1.4 asks for."""
    told = described["properties"]
    assert re.fullmatch("[a-zA-Z][a-zA-Z0-9_.-]+[a-zA-Z0-9]", told["mlm:name"])
    assert told["mlm:architecture"]
    assert told["mlm:hyperparameters"]
    assert all(re.fullmatch("[0-9a-zA-Z_.-]+", key) for key in told["mlm:hyperparameters"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", told["mlm:framework_version"])
    assert told["mlm:pretrained"] or told["mlm:pretrained_source"] is None
    (model,) = (each for each in described["assets"].values() if "mlm:model" in each["roles"])
    assert model["mlm:artifact_type"]
    bands = {band["name"] for band in model["bands"]}
    for given in told["mlm:input"]:
        assert given["name"]
        assert set(given["bands"]) <= bands
        check_structure(given["input"])
    for result in told["mlm:output"]:
        assert result["name"]
        assert set(result["tasks"]) <= set(told["mlm:tasks"]) <= {"classification"}
        check_structure(result["result"])


def check_structure(told: Mapping[str, Any]) -> None:
    assert len(told["shape"]) == len(told["dim_order"]) >= 1
    assert all(isinstance(size, int) and size >= -1 for size in told["shape"])
    assert all(re.fullmatch("[a-z_-]+", name) for name in told["dim_order"])
    assert told["data_type"] in ("uint8", "float32")


def check_classes(classes: list[Node]) -> None:
    assert classes
    assert len({each["value"] for each in classes}) == len(classes)
    for each in classes:
        assert isinstance(each["value"], int)
        assert re.fullmatch(r"[0-9A-Za-z_-]+", each["name"])
        assert re.fullmatch("[0-9A-F]{6}", each.get("color_hint", "000000"))


def check_core(described: Node) -> None:
    """Check an item by pystac and its copy of the schema of STAC; skip where that is not there."""
    pystac = pytest.importorskip("pystac", reason="pystac is not installed")
    from pystac.validation import validate_dict

    assert pystac.Item.from_dict(copy.deepcopy(described)).id == described["id"]
    core = {**copy.deepcopy(described), "stac_extensions": []}  # schemas of these are on the web
    assert len(validate_dict(core)) == 1

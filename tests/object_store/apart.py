"""Jobs on machines that have nothing of the run, and rasters that they read from a store."""

from __future__ import annotations

import copy
import importlib.util
import os
from pathlib import Path
from typing import Any

import pytest
from conftest import WORLD, Place
from tiny_map import MAP_CONFIG

from landloom.demo.rasters import embedding_grid, write_embedding, write_worldcover

from .store import Store

NODE = """\
#!/bin/bash
# A machine that has nothing of the run: copies of what the job reads go to a folder of its own.
export NODE=$(mktemp -d)
bash "$1" > "$NODE.log" 2>&1 < /dev/null &
echo $!
"""


elsewhere = pytest.mark.skipif(
    importlib.util.find_spec("snakemake_executor_plugin_cluster_generic") is None,
    reason="not installed: pip install -r profiles/pbs/requirements.txt",
)
APART = [
    *("--executor", "cluster-generic", "--jobs", "2", "--seconds-between-status-checks", "1"),
    *("--shared-fs-usage", "sources", "source-cache", "software-deployment"),
    *("--remote-job-local-storage-prefix", "$NODE"),
]


def with_rasters_in_bucket(store: Store, folder: Path) -> dict[str, Any]:
    """Return the configuration of a tiny map whose rasters lie in a bucket."""
    address = f"{store.scheme}://landloom-inputs"
    folder.mkdir()
    write_embedding(WORLD, folder / "embedding.tif", 96)
    bounds = embedding_grid(WORLD, 96).lonlat_bounds(0.002)
    write_worldcover(WORLD, folder / "worldcover.tif", bounds)
    store.put(folder, "landloom-inputs")
    config = copy.deepcopy(MAP_CONFIG)
    config["map"]["embedding"]["raster"] = f"{address}/embedding.tif"
    config["map"]["reference"]["raster"] = f"{address}/worldcover.tif"
    config["map"]["tuning"]["stage1"] |= {"max_features": ["sqrt"], "max_depth": [None]}
    config["map"]["tuning"]["stage2"] |= {"n_estimators": [10], "class_weight": [None]}
    return config


def on_empty_nodes(place: Place, nodes: Path) -> None:
    """Have each job of a place find nothing but its inputs, and leave its name in `nodes`."""
    path = [str(Path(__file__).parent / "empty_node"), *filter(None, [os.getenv("PYTHONPATH")])]
    place.environment |= {"LANDLOOM_NODES": str(nodes), "PYTHONPATH": os.pathsep.join(path)}


def on_nodes(folder: Path) -> list[str]:
    """Return the options that have each job run as if on a machine of its own."""
    submit = folder / "submit"
    submit.write_text(NODE)
    submit.chmod(0o755)
    return [*APART, "--cluster-generic-submit-cmd", str(submit)]

"""A finished run laid out as a dataset of the Hugging Face Hub: a card, and Parquet files.

::

    snakemake publish --cores 1
    python examples/hugging_face.py results/dataset hub

writes the folder ``hub``, which `huggingface-cli upload NAME hub . --repo-type dataset` publishes
and `datasets.load_dataset("hub")` reads. It needs nothing that Landloom does not.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

PER_FILE = 2000
"""Samples of a file: some ten megabytes, at 40 x 40 pixels."""

PER_GROUP = 100
"""Samples that are packed, and can be read, at once: what the Hub's viewer likes."""

PLACES = {"cell": "string", "row": "int32", "col": "int32"}
PLACES |= dict.fromkeys(["lon", "lat", "weight"], "float64")
"""Columns of the index that come along, with their types."""


def features(size: int, names: list[str]) -> dict[str, object]:
    """Return the columns as the library ``datasets`` describes them."""
    return {
        "landcover": {"shape": [size, size], "dtype": "uint16", "_type": "Array2D"},
        "elevation": {"shape": [size, size], "dtype": "float32", "_type": "Array2D"},
        "majority": {"names": names, "_type": "ClassLabel"},
        **{name: {"dtype": kind, "_type": "Value"} for name, kind in PLACES.items()},
    }


def tables(folder: Path, split: str, classes: pd.DataFrame) -> Iterator[pa.Table]:
    """Yield the samples of a split as tables of `PER_FILE` rows."""
    codes = classes["code"].tolist()
    names = [f"{code} {name}" for code, name in zip(codes, classes["name"], strict=True)]
    array = np.load(folder / f"{split}.npy", mmap_mode="r")
    index = geopandas.read_parquet(folder / "index.parquet").drop(columns="geometry")
    index = index[index["split"] == split].reset_index(drop=True)
    size = array.shape[-1]
    told = json.dumps({"info": {"features": features(size, names)}})
    for start in range(0, len(array), PER_FILE):
        some, rows = array[start : start + PER_FILE], index.iloc[start : start + PER_FILE]
        columns = {
            "landcover": nested(some[:, 0].astype(np.uint16)),
            "elevation": nested(some[:, 1]),
            "majority": pa.array([codes.index(code) for code in rows["majority"]], pa.int64()),
            **{name: pa.array(rows[name].tolist(), kind) for name, kind in PLACES.items()},
        }
        yield pa.table(columns).replace_schema_metadata({"huggingface": told})


def nested(pixels: np.ndarray) -> pa.Array:
    """Return images, (n, height, width), as lists of rows of pixels."""
    n, height, width = pixels.shape
    flat = pa.array(np.ascontiguousarray(pixels).ravel())
    rows = pa.ListArray.from_arrays(np.arange(n * height + 1, dtype=np.int32) * width, flat)
    return pa.ListArray.from_arrays(np.arange(n + 1, dtype=np.int32) * height, rows)


def card(folder: Path) -> str:
    """Return the page of the dataset: what the Hub looks for at its head, then the datasheet."""
    told = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
    head = {
        "pretty_name": told["name"],
        # The Hub has a list of licences of its own; any other is called so.
        "license": str(told.get("license", "unknown")).lower(),
        "task_categories": ["image-segmentation"],
        "tags": ["land cover", "elevation", "geospatial"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [
                    {"split": split, "path": f"data/{split}-*.parquet"}
                    for split in ("train", "test")
                ],
            }
        ],
    }
    # JSON is YAML, too.
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in head.items()]
    sheet = (folder / "datasheet.md").read_text(encoding="utf-8")
    return "\n".join(["---", *lines, "---", "", sheet])


def write(folder: Path, hub: Path) -> None:
    """Lay a dataset out for the Hub.

    Parameters
    ----------
    folder
        The folder ``results/dataset`` of a run, with what `snakemake publish` makes.
    hub
        Where it goes.
    """
    (hub / "data").mkdir(parents=True, exist_ok=True)
    classes = pd.read_parquet(folder / "class_distribution.parquet").sort_values("index")
    for split in ("train", "test"):
        total = -(-len(np.load(folder / f"{split}.npy", mmap_mode="r")) // PER_FILE)
        for number, table in enumerate(tables(folder, split, classes)):
            name = f"{split}-{number:05d}-of-{total:05d}.parquet"
            pq.write_table(table, hub / "data" / name, row_group_size=PER_GROUP)
            print(f"{name}: {len(table)} samples")
    (hub / "README.md").write_text(card(folder), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))

"""Patches of a finished run as a `NonGeoDataset` of TorchGeo, with a sampler that balances classes.

::

    snakemake dataset_index --cores 1
    python examples/torchgeo_dataset.py results/dataset

tells what it finds there, and takes a batch in which all classes have their turn. It needs PyTorch
and TorchGeo, which Landloom itself does not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import torch
from torch.utils.data import DataLoader, WeightedRandomSampler
from torchgeo.datasets import NonGeoDataset

Sample = dict[str, Any]


class LandCoverPatches(NonGeoDataset):
    """The samples of one split, by the index of all samples.

    A sample is a dictionary as TorchGeo's have it: ``image`` (float32, ``(1, H, W)``, metres above
    the patch's lowest pixel), ``mask`` (int64, ``(H, W)``, class indices), and besides ``index``,
    its row in the split's array.

    Parameters
    ----------
    root
        The folder ``results/dataset`` of a run.
    split
        ``train`` or ``test``.
    transforms
        Takes a sample and returns one, such as Kornia's augmentations.
    """

    all_splits = ("train", "test")

    def __init__(
        self,
        root: str | Path = "results/dataset",
        split: str = "train",
        transforms: Callable[[Sample], Sample] | None = None,
    ) -> None:
        if split not in self.all_splits:
            raise ValueError(f"split: {split}: must be one of {', '.join(self.all_splits)}")
        self.root, self.split, self.transforms = Path(root), split, transforms
        index = geopandas.read_parquet(self.root / "index.parquet")
        self.index = index[index["split"] == split].set_index("sample")
        classes = pd.read_parquet(self.root / "class_distribution.parquet").sort_values("index")
        self.classes = classes["name"].tolist()
        self.array: np.ndarray | None = None

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.index)

    def __getitem__(self, index: int) -> Sample:
        """Return a sample; its tensors are copies, and may be changed."""
        if self.array is None:  # each worker opens it for itself
            self.array = np.load(self.root / f"{self.split}.npy", mmap_mode="r")
        patch = np.array(self.array[index])
        sample: Sample = {
            "image": torch.from_numpy(patch[1:].copy()),
            "mask": torch.from_numpy(patch[0].astype(np.int64)),
            "index": int(index),
        }
        return self.transforms(sample) if self.transforms else sample

    def __getstate__(self) -> dict[str, Any]:
        """Send workers the path, and not the samples."""
        return self.__dict__ | {"array": None}

    def sampler(self, count: int | None = None) -> WeightedRandomSampler:
        """Return a sampler that draws with replacement, by weights that treat the classes alike.

        Parameters
        ----------
        count
            Samples of an epoch; if None, as many as there are.
        """
        weights = torch.from_numpy(self.index["weight"].to_numpy().copy())
        return WeightedRandomSampler(weights, count or len(self), replacement=True)


def main(folder: str) -> None:
    """Tell what a run holds, and take a batch."""
    for split in LandCoverPatches.all_splits:
        patches = LandCoverPatches(folder, split)
        print(f"{split}: {len(patches)} samples of {len(patches.classes)} classes")
        batch = next(iter(DataLoader(patches, batch_size=8, sampler=patches.sampler())))
        print(f"  image {tuple(batch['image'].shape)}, mask {tuple(batch['mask'].shape)}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "results/dataset")

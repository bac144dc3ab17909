"""Patches of a finished run as a PyTorch `Dataset`; copy it and change what you like.

::

    python examples/pytorch_dataset.py results/dataset

tells what it finds there, and takes one batch. It needs PyTorch, which Landloom itself does not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import DataLoader, Dataset

Sample = dict[str, Any]


class Patches(Dataset[Sample]):
    """The samples of one split, read from the memory-mapped array as they are asked for.

    A sample is a dictionary: ``image`` (float32), ``mask`` (int64 class indices, ``(H, W)``),
    ``lon`` and ``lat`` (degrees, EPSG:4326), ``cell``, and ``index``, its row in array and
    GeoPackage.

    Parameters
    ----------
    folder
        The folder ``results/dataset`` of a run.
    split
        ``train`` or ``test``.
    image
        ``elevation``: the image is ``(1, H, W)``, metres above the patch's lowest pixel, and the
        mask is what is to be predicted from it. ``both``: ``(2, H, W)``, classes and elevation,
        for models that learn without labels.
    transform
        Takes a sample and returns one, such as augmentations. Image and mask have to be turned
        and mirrored together.
    """

    def __init__(
        self,
        folder: str | Path,
        split: str = "train",
        image: str = "elevation",
        transform: Callable[[Sample], Sample] | None = None,
    ) -> None:
        if image not in ("elevation", "both"):
            raise ValueError(f"image: {image}: must be elevation or both")
        self.path = Path(folder) / f"{split}.npy"
        self.channels = slice(1, 2) if image == "elevation" else slice(0, 2)
        self.transform = transform
        places = geopandas.read_file(Path(folder) / f"{split}.gpkg", ignore_geometry=True)
        self.lon, self.lat = places["lon"].to_numpy(), places["lat"].to_numpy()
        self.cell = places["cell"].tolist()
        self._opened: npt.NDArray[np.float32] | None = None
        if len(self._array) != len(places):
            raise ValueError(f"{self.path}: {len(self._array)} samples, {len(places)} places")

    @property
    def _array(self) -> npt.NDArray[np.float32]:
        """The array, opened by each worker for itself."""
        if self._opened is None:
            self._opened = np.load(self.path, mmap_mode="r")
        return self._opened

    def __getstate__(self) -> dict[str, Any]:
        """Send workers the path, and not the samples."""
        return self.__dict__ | {"_opened": None}

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.cell)

    def __getitem__(self, index: int) -> Sample:
        """Return a sample; its tensors are copies, and may be changed."""
        patch = np.array(self._array[index])
        sample: Sample = {
            "image": torch.from_numpy(patch[self.channels].copy()),
            "mask": torch.from_numpy(patch[0].astype(np.int64)),
            "lon": float(self.lon[index]),
            "lat": float(self.lat[index]),
            "cell": self.cell[index],
            "index": int(index),
        }
        return self.transform(sample) if self.transform else sample


def flip(sample: Sample) -> Sample:
    """Mirror image and mask together, left to right, half the time."""
    if torch.rand(()) < 0.5:
        sample["image"] = sample["image"].flip(-1)
        sample["mask"] = sample["mask"].flip(-1)
    return sample


def main(folder: str) -> None:
    """Tell what a run holds, and take a batch."""
    for split in ("train", "test"):
        patches = Patches(folder, split, transform=flip if split == "train" else None)
        print(f"{split}: {len(patches)} samples in {len(set(patches.cell))} cells")
        batch = next(iter(DataLoader(patches, batch_size=8, shuffle=True, num_workers=2)))
        print(f"  image {tuple(batch['image'].shape)}, mask {tuple(batch['mask'].shape)}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "results/dataset")

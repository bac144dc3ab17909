"""The loaders among the examples, on a finished run; each where its library is installed."""

from __future__ import annotations

import importlib.util
import pickle
import sys
from pathlib import Path
from types import ModuleType

import geopandas
import numpy as np
import pytest
from affine import Affine
from conftest import REPOSITORY, Place
from rasters import write

pytestmark = pytest.mark.full


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, REPOSITORY / f"examples/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Workers that are spawned, and not forked, find the class by the name of its module.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


class TestPyTorch:
    """`examples/pytorch_dataset.py`."""

    @pytest.fixture
    def loader(self) -> ModuleType:
        pytest.importorskip("torch")
        return load("pytorch_dataset")

    @pytest.mark.parametrize("split", ["train", "test"])
    def test_samples_are_those_of_the_files(
        self, loader: ModuleType, finished: Place, split: str
    ) -> None:
        folder = finished.results / "dataset"
        array = np.load(folder / f"{split}.npy")
        places = geopandas.read_file(folder / f"{split}.gpkg")
        patches = loader.Patches(folder, split)
        assert len(patches) == len(array)
        for index in (0, len(array) - 1):
            sample = patches[index]
            np.testing.assert_array_equal(sample["image"].numpy(), array[index, 1:])
            np.testing.assert_array_equal(sample["mask"].numpy(), array[index, 0])
            assert sample["lon"] == places["lon"][index]
            assert sample["cell"] == places["cell"][index]
        both = loader.Patches(folder, split, image="both")[0]
        np.testing.assert_array_equal(both["image"].numpy(), array[0])

    @pytest.mark.parametrize("context", ["fork", "spawn"])
    def test_workers_bring_every_sample_once(
        self, loader: ModuleType, finished: Place, context: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from torch.utils.data import DataLoader

        monkeypatch.syspath_prepend(REPOSITORY / "examples")
        monkeypatch.setenv("PYTHONPATH", str(REPOSITORY / "examples"))
        folder = finished.results / "dataset"
        patches = loader.Patches(folder)
        batches = DataLoader(patches, 4, num_workers=2, multiprocessing_context=context)
        seen = {}
        for batch in batches:
            seen |= dict(zip(batch["index"].tolist(), batch["image"].numpy(), strict=True))
        array = np.load(folder / "train.npy")
        assert sorted(seen) == list(range(len(array)))
        for index, image in seen.items():
            np.testing.assert_array_equal(image, array[index, 1:])

    def test_workers_are_sent_no_samples(self, loader: ModuleType, finished: Place) -> None:
        patches = loader.Patches(finished.results / "dataset")
        assert len(pickle.dumps(patches)) < (finished.results / "dataset/train.npy").stat().st_size

    def test_a_transform_sees_image_and_mask_and_leaves_the_file(
        self, loader: ModuleType, finished: Place
    ) -> None:
        folder = finished.results / "dataset"
        before = (folder / "train.npy").read_bytes()

        def wipe(sample: dict) -> dict:
            sample["image"].zero_()
            sample["mask"] += 1
            return sample

        sample = loader.Patches(folder, transform=wipe)[0]
        assert not sample["image"].any()
        assert (sample["mask"] > 0).all()
        assert (folder / "train.npy").read_bytes() == before

    def test_it_runs_as_told(
        self, loader: ModuleType, finished: Place, capsys: pytest.CaptureFixture[str]
    ) -> None:
        loader.main(str(finished.results / "dataset"))
        assert "image (" in capsys.readouterr().out


class TestXarray:
    """`examples/xarray_patches.py`."""

    @pytest.fixture
    def loader(self) -> ModuleType:
        pytest.importorskip("xarray")
        return load("xarray_patches")

    def test_samples_carry_their_places(self, loader: ModuleType, finished: Place) -> None:
        folder = finished.results / "dataset"
        array = np.load(folder / "test.npy")
        places = geopandas.read_file(folder / "test.gpkg")
        patches = loader.open_patches(folder, "test")
        np.testing.assert_array_equal(patches["landcover"], array[:, 0])
        np.testing.assert_array_equal(patches["elevation"], array[:, 1])
        np.testing.assert_array_equal(patches["lat"], places["lat"])
        cell = places["cell"][0]
        assert patches.sel(sample=patches["cell"] == cell).sizes["sample"] == (
            (places["cell"] == cell).sum()
        )
        assert patches["elevation"].attrs["units"] == "m"

    def test_samples_are_read_when_used(self, loader: ModuleType, finished: Place) -> None:
        patches = loader.open_patches(finished.results / "dataset")
        assert isinstance(patches["elevation"].variable._data, np.memmap)

    def test_a_map_has_coordinates_of_its_pixels(self, loader: ModuleType, tmp_path: Path) -> None:
        pixels = np.array([[1, 2], [3, 255], [5, 6]], np.uint8)
        # Bottom up, as AlphaEarth's files are.
        path = write(tmp_path / "a.tif", pixels, Affine(10, 0, 500, 0, 10, 900), nodata=255)
        shown = loader.open_map(path)
        assert shown.sel(x=515, y=905).item() == 2
        assert shown.sel(x=505, y=925).item() == 5
        assert shown.attrs["nodata"] == 255

    def test_it_runs_as_told(
        self, loader: ModuleType, finished: Place, capsys: pytest.CaptureFixture[str]
    ) -> None:
        loader.main(str(finished.results))
        assert "mean relief by cell" in capsys.readouterr().out

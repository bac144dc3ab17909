"""The loaders among the examples, on a finished run; each where its library is installed."""

from __future__ import annotations

import importlib.util
import json
import pickle
import sys
from pathlib import Path
from types import ModuleType

import geopandas
import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
import yaml
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


class TestHuggingFace:
    """`examples/hugging_face.py`; it runs without the Hub's libraries, which are not needed."""

    @pytest.fixture(scope="class")
    @classmethod
    def hub(cls, published: Place, tmp_path_factory: pytest.TempPathFactory) -> Path:
        hub = tmp_path_factory.mktemp("hub")
        load("hugging_face").write(published.results / "dataset", hub)
        return hub

    @pytest.mark.parametrize("split", ["train", "test"])
    def test_its_rows_are_the_samples(self, published: Place, hub: Path, split: str) -> None:
        array = np.load(published.results / f"dataset/{split}.npy")
        places = geopandas.read_file(published.results / f"dataset/{split}.gpkg")
        (path,) = (hub / "data").glob(f"{split}-*.parquet")
        assert path.name == f"{split}-00000-of-00001.parquet"
        table = pd.read_parquet(path)
        assert len(table) == len(array)
        pixels = [np.stack(list(map(np.stack, table[name]))) for name in ("landcover", "elevation")]
        np.testing.assert_array_equal(pixels[0], array[:, 0])
        np.testing.assert_array_equal(pixels[1], array[:, 1])
        assert pixels[1].dtype == np.float32
        for name in ("cell", "row", "col", "lon", "lat"):
            assert table[name].tolist() == places[name].tolist()
        codes = pd.read_parquet(published.results / "dataset/class_distribution.parquet")["code"]
        index = pd.read_parquet(published.results / "dataset/index.parquet")
        wanted = index.loc[index["split"] == split, "majority"].tolist()
        assert codes.iloc[table["majority"]].tolist() == wanted

    def test_more_samples_than_a_file_holds_go_into_several(
        self, published: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        module = load("hugging_face")
        monkeypatch.setattr(module, "PER_FILE", 5)
        module.write(published.results / "dataset", tmp_path)
        array = np.load(published.results / "dataset/train.npy")
        paths = sorted((tmp_path / "data").glob("train-*"))
        total = -(-len(array) // 5)
        assert [path.name for path in paths] == [
            f"train-{i:05d}-of-{total:05d}.parquet" for i in range(total)
        ]
        tables = pd.concat(map(pd.read_parquet, paths))
        rows = np.stack(list(map(np.stack, tables["elevation"])))
        np.testing.assert_array_equal(rows, array[:, 1])

    def test_the_hub_finds_what_it_looks_for(self, published: Place, hub: Path) -> None:
        _, head, sheet = (hub / "README.md").read_text().split("---\n", 2)
        told = yaml.safe_load(head)
        assert told["license"] == "cc-by-4.0"
        assert [one["split"] for one in told["configs"][0]["data_files"]] == ["train", "test"]
        for one in told["configs"][0]["data_files"]:
            assert list(hub.glob(one["path"]))
        assert sheet.strip() == (published.results / "dataset/datasheet.md").read_text().strip()
        table = pyarrow.parquet.read_schema(next((hub / "data").iterdir()))
        features = json.loads(table.metadata[b"huggingface"])["info"]["features"]
        assert list(features) == table.names
        assert features["landcover"]["shape"] == [8, 8]

    def test_the_library_reads_it(self, published: Place, hub: Path, tmp_path: Path) -> None:
        datasets = pytest.importorskip("datasets")
        read = datasets.load_dataset(str(hub), cache_dir=str(tmp_path)).with_format("numpy")
        array = np.load(published.results / "dataset/test.npy")
        np.testing.assert_array_equal(read["test"][1]["elevation"], array[1, 1])


class Tensor(np.ndarray):
    """As much of a tensor as the examples use."""

    def numpy(self) -> np.ndarray:
        return self.view(np.ndarray)


def stand_in_for_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the examples be imported where PyTorch and TorchGeo are not: the arrays are the same."""
    modules = {
        name: ModuleType(name)
        for name in ("torch", "torch.utils", "torch.utils.data", "torchgeo", "torchgeo.datasets")
    }
    modules["torch"].from_numpy = lambda array: array.view(Tensor)  # type: ignore[attr-defined]
    data = modules["torch.utils.data"]
    data.DataLoader = None  # type: ignore[attr-defined]
    data.WeightedRandomSampler = (  # type: ignore[attr-defined]
        lambda weights, count, replacement: (weights, count, replacement)
    )
    modules["torchgeo.datasets"].NonGeoDataset = object  # type: ignore[attr-defined]
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)


class TestTorchGeo:
    """`examples/torchgeo_dataset.py`, with TorchGeo where it is installed, or a stand-in."""

    @pytest.fixture
    def loader(self, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
        if not importlib.util.find_spec("torchgeo"):
            stand_in_for_torch(monkeypatch)
        return load("torchgeo_dataset")

    @pytest.mark.parametrize("split", ["train", "test"])
    def test_samples_are_those_of_the_files(
        self, loader: ModuleType, published: Place, split: str
    ) -> None:
        folder = published.results / "dataset"
        array = np.load(folder / f"{split}.npy")
        patches = loader.LandCoverPatches(folder, split)
        assert len(patches) == len(array)
        for index in range(len(array)):
            sample = patches[index]
            np.testing.assert_array_equal(sample["image"].numpy(), array[index, 1:])
            np.testing.assert_array_equal(sample["mask"].numpy(), array[index, 0])
            assert sample["mask"].numpy().dtype == np.int64
            assert sample["index"] == index
        classes = pd.read_parquet(folder / "class_distribution.parquet")
        assert patches.classes == classes["name"].tolist()

    def test_its_sampler_treats_the_classes_alike(
        self, loader: ModuleType, published: Place
    ) -> None:
        folder = published.results / "dataset"
        weights, count, replacement = loader.LandCoverPatches(folder).sampler(30)
        labels = np.load(folder / "train.npy")[:, 0]
        chance = np.zeros(len(labels))
        for value in np.unique(labels):
            pixels = (labels == value).sum(axis=(1, 2))
            chance += pixels / pixels.sum() / len(np.unique(labels))
        np.testing.assert_allclose(weights, chance)
        assert (count, replacement) == (30, True)

    def test_workers_are_sent_no_samples(self, loader: ModuleType, published: Place) -> None:
        patches = loader.LandCoverPatches(published.results / "dataset")
        _ = patches[0]
        assert patches.__getstate__()["array"] is None

    def test_a_transform_sees_the_sample_and_leaves_the_file(
        self, loader: ModuleType, published: Place
    ) -> None:
        folder = published.results / "dataset"
        before = (folder / "train.npy").read_bytes()

        def wipe(sample: dict) -> dict:
            sample["image"][:] = 0
            return sample

        assert not loader.LandCoverPatches(folder, transforms=wipe)[0]["image"].any()
        assert (folder / "train.npy").read_bytes() == before

    def test_another_split_is_refused(self, loader: ModuleType, published: Place) -> None:
        with pytest.raises(ValueError, match="split: val: must be one of train, test"):
            loader.LandCoverPatches(published.results / "dataset", "val")

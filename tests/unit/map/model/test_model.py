"""A model's file gives the same forest back; one that was tampered with is refused in a message."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from affine import Affine
from sklearn.ensemble import RandomForestClassifier

from landloom.errors import LandloomError
from landloom.legend.legends import Entry
from landloom.map.embedding import EmbeddingInfo
from landloom.map.forest.forest import FlatForest
from landloom.map.model.archive import write_archive
from landloom.map.model.card import BandCard, ClassCard, ModelCard, SamplesCard
from landloom.map.model.model import Model, Origin, card_of, digest_of_samples
from landloom.map.points import Points
from landloom.raster.pixel_grid import PixelGrid

RNG = np.random.default_rng(5)
X = RNG.normal(size=(300, 4)).astype(np.float32)
Y = np.array([3, 7, 20])[RNG.integers(0, 3, 300)]


@pytest.fixture(scope="module")
def model() -> Model:
    forest = RandomForestClassifier(12, min_samples_leaf=3, random_state=1).fit(X, Y)
    card = ModelCard(
        classes=[
            ClassCard(value=3, name="Wäld", color="006400"),
            ClassCard(value=7, name="x"),
            ClassCard(value=20, name="y", color="FF0000"),
        ],
        bands=[
            BandCard(name=f"A0{band}", low=float(X[:, band].min()), high=float(X[:, band].max()))
            for band in range(4)
        ],
        encoding="float",
        named_bands=True,
        samples=SamplesCard(
            number=300, per_class={"3": 100, "7": 100, "20": 100}, sha256=digest_of_samples(X, Y)
        ),
        parameters={"n_estimators": 12, "max_features": "sqrt", "max_depth": None},
        seed=1,
        agreement={"samples": 60, "accuracy": 0.5, "macro_f1": 0.4},
        labels=["the user's own"],
        versions={"scikit-learn": "1.9.0", "numpy": "2.0"},
    )
    return Model(card, FlatForest.from_model(forest))


@pytest.fixture
def path(model: Model, tmp_path: Path) -> Path:
    model.write(tmp_path / "model.zip")
    return tmp_path / "model.zip"


def test_it_comes_back_as_it_was(model: Model, path: Path) -> None:
    found = Model.read(path)
    assert found.card == model.card
    rows = RNG.normal(size=(500, 4)).astype(np.float32)
    one, other = (
        forest.predict(rows, probabilities=True) for forest in (model.classifier, found.classifier)
    )
    np.testing.assert_array_equal(one.labels, other.labels)
    np.testing.assert_array_equal(one.probabilities, other.probabilities)


def test_equal_models_are_equal_files(model: Model, path: Path, tmp_path: Path) -> None:
    model.write(tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == path.read_bytes()
    Model.read(path).write(tmp_path / "third.zip")
    assert (tmp_path / "third.zip").read_bytes() == path.read_bytes()


def test_others_can_read_it(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        nodes = np.load(io.BytesIO(archive.read("nodes.npy")), allow_pickle=False)
    assert manifest["kind"] == "forest"
    assert manifest["arrays"]["nodes"]["shape"] == list(nodes.shape)


class Trap:
    """Whoever unpickles this is told of in a file."""

    def __init__(self, flag: Path) -> None:
        self.flag = flag

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.flag,))


def repack(path: Path, changed: dict[str, bytes | None], packed: bool = False) -> None:
    """Write the archive anew with other files in it."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files |= {name: content for name, content in changed.items() if content is not None}
    for name in (name for name, content in changed.items() if content is None):
        del files[name]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if packed else 0) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def one_bit_else(content: bytes) -> bytes:
    """Flip a bit of the first leaf."""
    return content.replace(b"\xff" * 4, b"\xff\xff\xff\xfe", 1)


def manifest(path: Path, **changed: Any) -> bytes:
    with zipfile.ZipFile(path) as archive:
        told = json.loads(archive.read("manifest.json")) | changed
    return json.dumps(told).encode()


def with_forest(change: Callable[[FlatForest], dict[str, Any]]) -> Callable[[Path, Model], None]:
    """Return what writes a model of other arrays, whose digests are right."""

    def tamper(path: Path, model: Model) -> None:
        forest = replace(model.classifier, **change(model.classifier))
        arrays = {n: getattr(forest, n) for n in ("classes", "nodes", "roots", "fractions")}
        write_archive(path, model.card.model_dump(), arrays)

    return tamper


def words(change: Callable[[np.ndarray], None]) -> Callable[[Path, Model], None]:
    def changed(forest: FlatForest) -> dict[str, Any]:
        nodes = forest.nodes.copy()
        change(nodes)
        return {"nodes": nodes}

    return with_forest(changed)


def first_leaf(nodes: np.ndarray) -> tuple[int, int]:
    """Return pair and side of a leaf that is no root's idle sibling."""
    own = (4 * np.arange(len(nodes)))[:, None] + np.arange(2)
    pair, side = np.argwhere((nodes[:, 1:4:2] == own)[1:])[0]
    return int(pair) + 1, int(side)


def far_feature(nodes: np.ndarray) -> None:
    nodes[0, 4] = 1_000_000


def endless(nodes: np.ndarray) -> None:
    nodes[1, 1] = 0


def out_of_bounds(nodes: np.ndarray) -> None:
    nodes[0, 1] = 4 * len(nodes) + 400


def other_tree(nodes: np.ndarray) -> None:
    nodes[0, 1] = 4 * (len(nodes) - 1)


def half_pair(nodes: np.ndarray) -> None:
    nodes[0, 1] += 2


def unknown_class(nodes: np.ndarray) -> None:
    pair, side = first_leaf(nodes)
    nodes[pair, 5 + 2 * side] = 17


def unknown_row(nodes: np.ndarray) -> None:
    pair, side = first_leaf(nodes)
    nodes[pair, 5 + 2 * side] = np.array(~100_000, np.int32).view(np.uint32)


def leaky_leaf(nodes: np.ndarray) -> None:
    pair, side = first_leaf(nodes)
    nodes[pair, 2 * side] = 5


def with_nodes(content: bytes, **told: Any) -> Callable[[Path, Model], None]:
    """Return what puts another file for the nodes, whose digest is right."""

    def tamper(path: Path, _: Model) -> None:
        with zipfile.ZipFile(path) as archive:
            arrays = json.loads(archive.read("manifest.json"))["arrays"]
        arrays["nodes"] |= {"sha256": hashlib.sha256(content).hexdigest(), **told}
        changed = {"nodes.npy": content, "manifest.json": manifest(path, arrays=arrays)}
        repack(path, dict(changed))

    return tamper


def header(shape: str, kind: str = "<u4") -> bytes:
    """Return an array's file of 64 bytes, whatever its header tells."""
    told = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    text = told.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(64)


def flagged(place: int, bits: int) -> Callable[[Path, Model], None]:
    """Return what sets bits of each file's entry in the directory of the archive."""

    def tamper(path: Path, _: Model) -> None:
        content = bytearray(path.read_bytes())
        at = content.find(b"PK\x01\x02")
        while at >= 0:
            content[at + place] |= bits
            at = content.find(b"PK\x01\x02", at + 1)
        path.write_bytes(content)

    return tamper


def told(**changed: Any) -> Callable[[Path, Model], None]:
    return lambda path, _: repack(path, {"manifest.json": manifest(path, **changed)})


SAMPLES = {"number": 300, "per_class": {"3": 100, "7": 100, "20": 100}, "sha256": "0" * 64}
BANDS = [{"name": f"A0{band}", "low": -9.0, "high": 9.0} for band in range(4)]
NAMED = [{"value": 3, "name": "Wald"}, {"value": 7, "name": "x"}]


TAMPERED: dict[str, tuple[Callable[[Path, Model], Any], str]] = {
    "cut short": (lambda path, _: path.write_bytes(path.read_bytes()[:-500]), "damaged or cut"),
    "empty": (lambda path, _: path.write_bytes(b""), "damaged or cut short"),
    "a pickle": (lambda path, _: path.write_bytes(pickle.dumps(Trap(path.with_name("ran")))),
                 "damaged or cut short"),
    "no archive of ours": (lambda path, _: repack(path, {"manifest.json": None}), "damaged or cut"),
    "packed": (lambda path, _: repack(path, {}, packed=True), "packed"),
    "an array gone": (lambda path, _: repack(path, {"nodes.npy": None}), "damaged or cut short"),
    "another manifest": (lambda path, _: repack(path, {"manifest.json": b"[]"}), "damaged or cut"),
    "no json": (lambda path, _: repack(path, {"manifest.json": b"{" * 9}), "damaged or cut short"),
    "deep json": (lambda path, _: repack(path, {"manifest.json": b"[" * 10**6}), "damaged or cut"),
    "a later version": (
        lambda path, _: repack(path, {"manifest.json": manifest(path, version=2)}),
        "version 2, of which this Landloom knows 1"),
    "an unknown key": (
        lambda path, _: repack(path, {"manifest.json": manifest(path, run="rm")}), "run: Extra"),
    "classes that descend": (
        lambda path, _: repack(path, {"manifest.json": manifest(
            path, classes=[{"value": 9, "name": "a"}, {"value": 3, "name": "b"}])}),
        "must ascend"),
    "other classes": (
        lambda path, _: repack(path, {"manifest.json": manifest(
            path, classes=[{"value": v, "name": "a"} for v in (3, 7, 21)],
            samples=SAMPLES | {"per_class": {"3": 300}})}),
        "names \\[3, 7, 21\\]"),
    "fewer bands": (
        lambda path, _: repack(path, {"manifest.json": manifest(
            path, bands=[{"name": "A", "low": 0.0, "high": 1.0}])}),
        "asks for a band that there is not"),
    "a flipped bit": (
        lambda path, _: path.write_bytes(one_bit_else(path.read_bytes())),
        "SHA-256 differs|damaged or cut short"),
    "a feature that is none": (words(far_feature), "node 0 .* asks for a band that there is not"),
    "an endless walk": (words(endless), "leads back, or out of its tree"),
    "a node beyond all": (words(out_of_bounds), "leads back, or out of its tree"),
    "a node of another tree": (words(other_tree), "leads back, or out of its tree"),
    "half a pair": (words(half_pair), "leads back, or out of its tree"),
    "a class that is none": (words(unknown_class), "says a class that there is not"),
    "a row that is none": (words(unknown_row), "says a class that there is not"),
    "a leaf that leaks": (words(leaky_leaf), "is a leaf that a row may leave"),
    "roots out of order": (
        with_forest(lambda forest: {"roots": forest.roots[::-1]}), "not those of its trees"),
    "no roots": (with_forest(lambda forest: {"roots": forest.roots[:0]}), "not those of its trees"),
    "shares above 1": (with_forest(lambda f: {"fractions": f.fractions * 2}), "do not add up to 1"),
    "shares of none": (
        with_forest(lambda forest: {"fractions": forest.fractions[:, :2]}), "of other classes"),
    "nodes of another shape": (
        with_forest(lambda forest: {"nodes": forest.nodes.reshape(-1, 4)}), "no pairs of eight"),
    "nodes of another type": (
        with_forest(lambda forest: {"nodes": forest.nodes.astype(np.int64)}), "where a forest has"),
    "a header of a petabyte": (with_nodes(header(f"({2**50},)"),
                                          shape=[2**50]), "has not the bytes"),
    "a header that is shorter": (with_nodes(header("(3,)"), shape=[3]), "has not the bytes"),
    "a header of no shape": (with_nodes(header("'x'")), "damaged or cut short"),
    "a header of no type": (with_nodes(header("(16,)", "?!")), "damaged or cut short"),
    "a header that does not end": (with_nodes(header("(((")), "damaged or cut short"),
    "big-endian nodes": (with_nodes(header("(2, 8)", ">u4"), shape=[2, 8]), "is big-endian"),
    "an entry that is a list": (told(arrays={"nodes": []}), "damaged or cut short"),
    "an entry that is a text": (told(arrays={"nodes": "nodes"}), "damaged or cut short"),
    "a shape that is none": (with_nodes(header("(16,)"), shape={"a": 1}), "manifest tells"),
    "a digest that is none": (with_nodes(header("(16,)"), sha256=[1]), "SHA-256 differs"),
    "encrypted": (flagged(8, 0x01), "damaged or cut short.*encrypted"),
    "a patch": (flagged(8, 0x20), "damaged or cut short.*patched"),
    "of a version to come": (flagged(6, 0x40), "damaged or cut short.*version"),
    "a name of two lines": (
        told(classes=[*NAMED, {"value": 20, "name": "a\u2028b"}]),
        r"classes\.2\.name: .* line end"),
    "a bell for a name": (
        told(classes=[*NAMED, {"value": 20, "name": "\a"}]), "a control character"),
    "a range upside down": (
        told(bands=[{"name": "A00", "low": 2.0, "high": 1.0}, *BANDS[1:]]), "above its highest"),
    "samples below none": (
        told(samples=SAMPLES | {"per_class": {"3": -1, "7": 301}}), "greater than or equal"),
    "samples of a word": (
        told(samples=SAMPLES | {"per_class": {"a": 300}}), "should match pattern"),
    "samples of no class": (
        told(samples=SAMPLES | {"per_class": {"4": 300}}), "none of the classes"),
    "samples that are not all": (
        told(samples=SAMPLES | {"per_class": {"3": 299}}), "as many as there are"),
    "classes beyond 254": (
        with_forest(lambda _: {"classes": np.array([3, 7, 300])}), "0 to 254"),
}  # fmt: skip


@pytest.mark.parametrize("case", TAMPERED)
def test_a_tampered_file_is_refused_and_runs_nothing(path: Path, model: Model, case: str) -> None:
    tamper, message = TAMPERED[case]
    tamper(path, model)
    with pytest.raises(LandloomError, match=message) as raised:
        Model.read(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert not path.with_name("ran").exists()


def test_an_array_of_objects_is_not_unpickled(path: Path) -> None:
    file = io.BytesIO()
    np.save(file, np.array([Trap(path.with_name("ran"))], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(path) as archive:
        told = json.loads(archive.read("manifest.json"))
    from hashlib import sha256

    told["arrays"]["nodes"] |= {"dtype": "object", "sha256": sha256(file.getvalue()).hexdigest()}
    changed = {"nodes.npy": file.getvalue(), "manifest.json": json.dumps(told).encode()}
    repack(path, changed)
    with pytest.raises(LandloomError, match="Object arrays cannot be loaded"):
        Model.read(path)
    assert not path.with_name("ran").exists()


def test_its_card_tells_of_the_samples() -> None:
    frame = pd.DataFrame(X, columns=["A01", "A02", "A03", "A04"])
    frame.insert(0, "label", Y)
    samples = Points(frame, {3: Entry("Wood"), 7: Entry("water"), 20: Entry("y", "FF0000")})
    info = EmbeddingInfo(
        tiles=(), grid=PixelGrid("", Affine.identity(), 1, 1), bands=4, dtype="float32",
        encoding="float", nodata=None, block_shape=(1, 1), interleave="band",
        descriptions=("A01", "A02", "A03", "A04"),
    )  # fmt: skip
    held_out = {"samples": {"train": 240, "test": 60}, "accuracy": 0.5, "macro": {"f1": 0.4}}
    card = card_of(samples, info, Origin({"max_depth": None}, 1, held_out, ["mine"]))
    assert [(kind.value, kind.name, kind.color) for kind in card.classes] == [
        (3, "Wood", "006400"), (7, "water", "0064C8"), (20, "y", "FF0000"),
    ]  # fmt: skip
    assert [band.name for band in card.bands] == ["A01", "A02", "A03", "A04"]
    assert card.bands[2].low == pytest.approx(X[:, 2].min())
    assert card.bands[2].high == pytest.approx(X[:, 2].max())
    assert card.named_bands
    assert card.samples.sha256 == digest_of_samples(X, Y)
    assert sum(card.samples.per_class.values()) == card.samples.number == 300
    assert card.agreement.model_dump() == {"samples": 60, "accuracy": 0.5, "macro_f1": 0.4}
    assert ModelCard.from_plain(card.model_dump(), "x") == card

"""The model in the formats of others, each compared with the model before it is given away.

ONNX goes by the Open Neural Network Exchange's `TreeEnsembleClassifier` with doubles throughout:
with single precision some thresholds fall on the other side of a value. skops is scikit-learn's own
safe format: what loads it is asked to trust the trees alone.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from landloom.arrays import Float32s
from landloom.errors import LandloomError
from landloom.map.classifiers.knn import FlatNeighbours
from landloom.map.classifiers.logistic import FlatLogistic
from landloom.map.classifiers.prediction import Classifier
from landloom.map.embedding import EmbeddingInfo
from landloom.map.model.archive import EARLIEST
from landloom.map.model.parts import PARTS
from landloom.map.prediction import for_stored_values

_OPSETS = {"": 18, "ai.onnx.ml": 3}
"""Operators of 2022, which runtimes of all kinds know."""

_SCHEMA = "schema.json"
_PLACES = re.compile(r'(?<="__id__": )\d+|(?<=")\d+(?=\.npy")')
"""What skops calls objects by: where they lay in memory."""

_TREES = ["sklearn.tree._tree.Tree"]


def onnx(model: Any, X: Float32s, stand_in: Any = None) -> bytes:  # noqa: ANN401
    """Return a model as ONNX.

    Parameters
    ----------
    model
        scikit-learn's, fitted.
    X
        Vectors on which both have to agree, (samples, bands).
    stand_in
        What is written in its place, if ONNX has not what the model is made of.

    Returns
    -------
    bytes
        Input ``X``, float64 (pixels, bands); outputs ``label``, int64, and ``probabilities``.
        Equal models give equal bytes.

    Raises
    ------
    LandloomError
        Where a package is missing, or a label differs.
    """
    try:
        from onnxruntime import InferenceSession
        from skl2onnx import to_onnx
        from skl2onnx.common.data_types import DoubleTensorType
    except ModuleNotFoundError as error:
        raise _missing("ONNX", "skl2onnx onnxruntime", error) from None
    graph = to_onnx(
        model if stand_in is None else stand_in,
        name="landloom",
        initial_types=[("X", DoubleTensorType([None, X.shape[1]]))],
        options={"zipmap": False},
        target_opset=_OPSETS,
    )
    content: bytes = graph.SerializeToString()
    session = InferenceSession(content, providers=["CPUExecutionProvider"])
    refuse_other_labels(
        "ONNX", model, X, lambda rows: session.run(None, {"X": rows.astype(np.float64)})[0]
    )
    return content


def skops(model: Any, X: Float32s) -> bytes:  # noqa: ANN401
    """Return a model as skops keeps it.

    Parameters
    ----------
    model
        scikit-learn's, fitted.
    X
        Vectors on which both have to agree, (samples, bands).

    Returns
    -------
    bytes
        Equal models give equal bytes.

    Raises
    ------
    LandloomError
        Where the package is missing, or a label differs.
    """
    try:
        from skops.io import dumps, loads
    except ModuleNotFoundError as error:
        raise _missing("skops", "skops", error) from None
    content = _reproducible(dumps(model))
    refuse_other_labels("skops", model, X, loads(content, trusted=_TREES).predict)
    return content


def classifier_of_map(
    kind: str, fitted: Classifier, made: Classifier, info: EmbeddingInfo
) -> Classifier:
    """Return the very classifier that made the map, for decoded values.

    The last bits of a regression's fit depend on the processor, and a model is fitted anew for what
    scikit-learn's estimator is needed for, perhaps on another machine.

    Parameters
    ----------
    kind
        What to call the form. What a ``zip`` holds is taken from the map's where that has it.
    fitted
        The one that was fitted anew, for decoded values.
    made
        The map's, for values as the embedding stores them.
    info
        Of the embedding.

    Raises
    ------
    LandloomError
        Where another is to be given away than the map's.
    """
    if kind == "zip" and isinstance(made, FlatLogistic | FlatNeighbours):
        return replace(made, table=None)
    again = for_stored_values(fitted, info)
    if again.kind != made.kind or not all(
        np.array_equal(getattr(again, name), getattr(made, name)) for name in PARTS[made.kind].types
    ):
        raise LandloomError(
            f"the model cannot be given away as {kind}: fitted anew, on this processor or with "
            "these packages, it is another than the map's; fit both on one machine: snakemake "
            f"--forcerun model -- results/map/model.{kind.lower()}, with your folder of results"
        )
    return fitted


def rows_to_check(X: Float32s) -> Float32s:
    """Return samples, and the places midway between each and the next: where classes meet.

    A sample alone may tell little: it is its own nearest neighbour.
    """
    return np.concatenate([X, (X[1:] + X[:-1]) / np.float32(2)])


def _missing(kind: str, packages: str, error: ModuleNotFoundError) -> LandloomError:
    return LandloomError(
        f"the model cannot be written as {kind}: the package {error.name} is missing; install it "
        f"where the workflow is installed: .venv/bin/pip install {packages}"
    )


def refuse_other_labels(
    kind: str,
    model: Any,  # noqa: ANN401
    X: Float32s,
    predict: Callable[[Float32s], Any],
) -> None:
    """Refuse to give a model away in a form that labels some sample otherwise.

    Parameters
    ----------
    kind
        What to call the form.
    model
        scikit-learn's, fitted.
    X
        The samples, (samples, bands).
    predict
        What returns the labels of rows in the other form.

    Raises
    ------
    LandloomError
        Where a label differs, and of how many samples.
    """
    differ = int(np.count_nonzero(predict(X) != model.predict(X.astype(np.float64))))
    if differ:
        raise LandloomError(
            f"the model cannot be given away as {kind}: it labels {differ} of {len(X)} samples "
            "otherwise than the model; take another form of map/model, or map/model.joblib"
        )


def _reproducible(content: bytes) -> bytes:
    """Return an archive of skops without times, and with small numbers for places in memory."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        schema = source.read(_SCHEMA).decode()
        numbers = {old: str(new) for new, old in enumerate(dict.fromkeys(_PLACES.findall(schema)))}
        schema = _PLACES.sub(lambda found: numbers[found[0]], schema)
        names = {f"{old}.npy": f"{new}.npy" for old, new in numbers.items()}
        files = {names.get(name, name): source.read(name) for name in source.namelist()}
        for name in sorted(files):
            told = zipfile.ZipInfo(name, EARLIEST)
            told.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(told, schema if name == _SCHEMA else _without_padding(files[name]))
    return target.getvalue()


def _without_padding(content: bytes) -> bytes:
    """Return the file of an array whose records have zeros between their fields, not leftovers."""
    array = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    if not array.dtype.names:
        return content
    clean = np.zeros(array.shape, array.dtype)
    for name in array.dtype.names:
        clean[name] = array[name]
    target = io.BytesIO()
    np.lib.format.write_array(target, clean, allow_pickle=False)
    return target.getvalue()

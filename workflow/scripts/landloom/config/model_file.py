"""A model that comes as a file: its path, and what of the configuration it leaves no room for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

from pydantic import AfterValidator, Field, ValidationInfo

from landloom.config.model import Kind
from landloom.config.paths import lookup, refuse_credentials, refuse_odd
from landloom.job.local_files import odd_kind
from landloom.sources.catalogue import is_local

_OTHERS = {".joblib", ".pkl", ".pickle", ".onnx", ".skops"}

_MAKES = "says how a model is made, but that of 'map.model' is made already"
_NEEDS = "is judged by samples, which a model does not bring along"
SECTIONS = {
    "reference": _MAKES,
    "samples": _MAKES,
    "tuning": _MAKES,
    "crossval": _NEEDS,
    "calibration": _NEEDS,
}
"""Sections that do not go with a finished model, and why."""


def _check_model(path: str, info: ValidationInfo) -> str:
    """Return the path of a model, unless it is remote, of another format, or no file."""
    refuse_credentials(path)
    if not is_local(path):
        raise ValueError("models are read from files; fetch it, or list it under 'downloads'")
    refuse_odd(path)
    if path in get_args(Kind):
        raise ValueError(f"is a kind of model, not a file; write model: {{kind: {path}}}")
    if Path(path).suffix.lower() in _OTHERS:
        raise ValueError(
            "is a model for other programs, which is not opened here; give the map/model.zip that "
            "is made of it by name"
        )
    files = lookup(info)
    if files and (kind := odd_kind(files.moved(path))):
        raise ValueError(f"is {kind}, not a model; name a file")
    if files and not files.may_have(path):
        raise ValueError(f"no such file (looked in {Path.cwd()}); {files.remedy(path)}")
    return path


ModelPath = Annotated[str, Field(min_length=1), AfterValidator(_check_model)]

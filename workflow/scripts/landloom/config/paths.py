"""The paths and addresses that a configuration may hold, and what is refused of them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from landloom.addresses import is_remote, shown, stand_in
from landloom.config.checks import SecretError
from landloom.config.file_lookup import FileLookup, is_there, nearest_file
from landloom.errors import LandloomError
from landloom.job.local_files import odd_kind, odd_raster
from landloom.map.table_files import (
    READ,
    is_of_another_kind,
    is_raster,
    needed_companions,
    unsaved_edits,
)
from landloom.raster.behind import files_behind
from landloom.raster.remote import has_credentials
from landloom.sources.catalogue import Kind, is_local, meant, named

_LONGEST_NAME = 240
"""Bytes of one name: file systems take 255, of which a draft's name and endings take some."""

_LONGEST_PATH = 2000
"""Bytes of a path: systems take 4096 in all, with the folder where the workflow runs."""

_LISTED_FAULTS = 3
"""Files of a list that are told."""


def listed(paths: str | list[str]) -> list[str]:
    """Return paths as a list, where one alone may be given as text."""
    return [paths] if isinstance(paths, str) else paths


def shared_raster(rasters: list[str], others: list[str]) -> str | None:
    """Return the first raster that is one of some others too, by whichever path; None if none is.

    Parameters
    ----------
    rasters, others
        Paths, addresses and names of public datasets.
    """
    known = set(map(_resolved, others))
    return next((path for path in rasters if _resolved(path) in known), None)


def _resolved(path: str) -> str:
    return os.path.realpath(path) if is_local(path) else path


def lookup(info: ValidationInfo) -> FileLookup | None:
    """Return what is known about files; None where none is to be looked for."""
    return (info.context or {}).get("files")


def refuse_credentials(path: str) -> None:
    """Refuse an address that carries a secret.

    Raises
    ------
    SecretError
        The address has a password, a key or a signature.
    """
    if has_credentials(path):
        raise SecretError(
            "carries a password or a signature, which do not belong in a configuration; give "
            "them through GDAL's environment variables (AWS_ACCESS_KEY_ID, GDAL_HTTP_USERPWD, ...)"
        )


def refuse_odd(path: str) -> None:
    """Refuse a file's name that no file can have, or that Snakemake takes for a pattern.

    Raises
    ------
    ValueError
        It is blank or too long, or has brackets or what cannot be printed.
    """
    if not path.strip():
        raise ValueError("must not be empty")
    if odd := next((letter for letter in path if not letter.isprintable()), None):
        raise ValueError(f"holds the character U+{ord(odd):04X}; leave it out")
    if set(path) & set("{}<>"):
        raise ValueError(
            "holds braces or angle brackets, which Snakemake takes for parts of a name; choose one "
            "without them"
        )
    if path.startswith("~"):
        raise ValueError("begins with '~', which is not replaced here; write the folder in full")
    longest = max(len(os.fsencode(part)) for part in path.split("/"))
    if longest > _LONGEST_NAME:
        raise ValueError(f"has a name of {longest} bytes; {_LONGEST_NAME} are the most, shorten it")
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise ValueError(f"is longer than {_LONGEST_PATH} bytes; shorten it")


def _check_name(path: str) -> str:
    refuse_odd(path)
    return path


def check_raster(
    path: str, info: ValidationInfo, public: tuple[Kind, ...] = ("landcover", "embedding")
) -> str:
    """Return a raster's path, unless a local file is neither there nor made by a rule.

    Of an address, what stands for it where not all of it may be shown. A message offers public
    datasets of some kinds that the path may stand for.

    Raises
    ------
    SecretError
        It is an address that carries a secret.
    ValueError
        There is no such file, but a folder that is no raster to GDAL, a pipe or a device.
    """
    refuse_credentials(path)
    if is_local(path):
        refuse_odd(path)
    files = lookup(info)
    if files and is_remote(path):
        check_behind(path, path, files)
    if files is None or not is_local(path):
        return stand_in(path)
    if kind := odd_raster(files.moved(path)):
        raise ValueError(f"is {kind}, which cannot be read as a raster; name a file")
    if files.may_have(path):
        check_behind(path, files.moved(path), files)
        return path
    question = meant(path, *public)
    asked = f", or {question}" if question else ""
    raise ValueError(f"no such file (looked in {Path.cwd()}); {files.remedy(path)}{asked}")


def check_behind(path: str, opened: str, files: FileLookup) -> None:
    """Refuse a raster that leads to a file which is not there, or which no job can depend on.

    Parameters
    ----------
    path
        As a configuration names it.
    opened
        As a job is to open it.
    files
        What is known about files.

    Raises
    ------
    ValueError
        There is no such file, Snakemake takes its name for a pattern, or there are too many.
    """
    try:
        behind = files_behind(opened)
    except LandloomError as error:
        raise ValueError(str(error)) from None
    for file in behind:
        try:
            refuse_odd(file)
        except ValueError as error:
            raise ValueError(f"leads to {file}, which {error}") from None
        if kind := odd_kind(file):
            raise ValueError(f"leads to {file}, which is {kind}; name files")
        if not (files.shared or files.made(file) or is_there(file)):
            raise ValueError(
                f"leads to {file}, where no file is (looked in {Path.cwd()}); correct the path "
                f"{'in it' if is_local(path) else 'there'}{_meant(file)}"
            )


def _meant(file: str) -> str:
    near = nearest_file(file)
    return f" (did you mean '{near}'?)" if near else ""


def check_table(path: str, info: ValidationInfo) -> str:
    """Return a table's path, unless it is remote, or no file.

    Raises
    ------
    ValueError
        The path is an address or the name of a dataset, or no file lies there.
    """
    if not is_local(path):
        raise ValueError("tables are read from files; fetch it, or list it under 'downloads'")
    files = lookup(info)
    if files and (kind := odd_kind(files.moved(path))):
        raise ValueError(f"is {kind}, not a table; name a file")
    return check_raster(path, info, public=())


def check_labels(path: str, info: ValidationInfo) -> str:
    """Return the path of a table of points or polygons, unless it lacks what belongs to it.

    Raises
    ------
    ValueError
        As `check_table`; or it is a raster or of another kind, a Shapefile without its other files,
        or being edited.
    """
    if is_raster(path):
        raise ValueError("is a raster; name it as map.reference.raster instead")
    if is_of_another_kind(path):
        raise ValueError(f"is no table that is read; export it as {READ}")
    check_table(path, info)
    files = lookup(info)
    if files and (lacking := [p for p in needed_companions(path) if not files.may_have(p)]):
        names = ", ".join(Path(name).name for name in lacking)
        raise ValueError(f"lacks {names}, which belong to a Shapefile; put them beside it")
    if files and (unsaved := unsaved_edits(files.moved(path))):
        raise ValueError(unsaved)
    return path


def check_rasters(paths: str | list[str], info: ValidationInfo) -> str | list[str]:
    """Refuse a list that is empty or names files that are not there."""
    problems, checked = [], []
    for path in listed(paths):
        try:
            checked.append(check_raster(path, info))
        except SecretError:
            raise
        except ValueError as error:
            problems.append(
                f"{shown(path)}: {error}" if isinstance(paths, list) and path else str(error)
            )
    if not listed(paths):
        raise ValueError("must not be empty")
    if twice := sorted({path for path in listed(paths) if listed(paths).count(path) > 1}):
        problems.append(f"{shown(twice[0])} is given twice; name it once")
    if problems:
        more = len(problems) - _LISTED_FAULTS
        told = [*problems[:_LISTED_FAULTS], *([f"and {more} more"] if more > 0 else [])]
        raise ValueError("; ".join(told))
    return checked if isinstance(paths, list) else checked[0]


def _check_writable(path: str, info: ValidationInfo) -> str:
    """Refuse a folder that cannot be made or written."""
    refuse_odd(path)
    if is_remote(path):
        raise ValueError("is an address; name a folder on a disk")
    here, wanted = Path.cwd(), Path(os.path.normpath(Path(path).absolute()))
    if here.is_relative_to(wanted):
        raise ValueError("is the folder of the run itself, or one round it; name one within it")
    files = lookup(info)
    if files:
        folder = Path(files.moved(path)).absolute()
        there = next(place for place in (folder, *folder.parents) if is_there(str(place)))
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            raise ValueError(f"{there} is not a folder that can be written; choose another")
    return os.path.normpath(path)


def _check_address(address: str) -> str:
    """Refuse what is neither an address nor a public dataset in one file."""
    refuse_credentials(address)
    source = named(address, "landcover")
    if source and source.degrees:
        raise ValueError("comes in tiles; give the address of one of them")
    if source or re.match(r"(https?|s3)://.", address):
        return stand_in(address)
    raise ValueError("must be an address (https://, http://, s3://) or a public dataset's name")


RasterPaths = Annotated[
    str | list[str],
    AfterValidator(check_rasters),
    Field(json_schema_extra={"minLength": 1, "minItems": 1}),
]
TablePath = Annotated[str, Field(min_length=1), AfterValidator(check_labels)]
WritableFolder = Annotated[str, Field(min_length=1), AfterValidator(_check_writable)]
FileName = Annotated[str, AfterValidator(_check_name)]
Address = Annotated[str, AfterValidator(_check_address)]

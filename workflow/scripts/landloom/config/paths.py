"""The paths and addresses that a configuration may hold, and what is refused of them."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from landloom.addresses import shown, stand_in
from landloom.config.checks import SecretError
from landloom.config.file_lookup import FileLookup
from landloom.job.local_files import odd_kind, odd_raster
from landloom.raster.remote import has_credentials
from landloom.sources.catalogue import is_local, named, names


def listed(paths: str | list[str]) -> list[str]:
    """Return paths as a list, where one alone may be given as text."""
    return [paths] if isinstance(paths, str) else paths


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


def check_raster(path: str, info: ValidationInfo) -> str:
    """Return a raster's path, unless a local file is neither there nor made by a rule.

    Of an address, what stands for it where not all of it may be shown.

    Raises
    ------
    SecretError
        It is an address that carries a secret.
    ValueError
        There is no such file, but a folder that is no raster to GDAL, a pipe or a device.
    """
    refuse_credentials(path)
    files = lookup(info)
    if files is None or not is_local(path):
        return stand_in(path)
    if kind := odd_raster(files.moved(path)):
        raise ValueError(f"is {kind}, which cannot be read as a raster; name a file")
    if re.search("[{<]", path):
        raise ValueError(
            "has a brace or an angle bracket, which Snakemake takes for a wildcard; rename the file"
        )
    if files.may_have(path):
        return path
    close = difflib.get_close_matches(path, names("landcover", "embedding"), n=1, cutoff=0.8)
    meant = f", or did you mean the public dataset '{close[0]}'?" if close else ""
    raise ValueError(f"no such file (looked in {Path.cwd()}); correct the path{meant}")


def check_table(path: str, info: ValidationInfo) -> str:
    """Return a table's path, unless it is remote, or no file.

    Raises
    ------
    ValueError
        The path is an address or a dataset's name, or there is no such file, but a folder or a pipe.
    """
    if not is_local(path):
        raise ValueError("tables are read from files; fetch it, or list it under 'downloads'")
    files = lookup(info)
    if files and (kind := odd_kind(files.moved(path))):
        raise ValueError(f"is {kind}, not a table; name a CSV file")
    return check_raster(path, info)


def _check_rasters(paths: str | list[str], info: ValidationInfo) -> str | list[str]:
    """Refuse a list that is empty or names files that are not there."""
    problems, checked = [], []
    for path in listed(paths):
        try:
            checked.append(check_raster(path, info))
        except SecretError:
            raise
        except ValueError as error:
            problems.append(f"{shown(path)}: {error}" if isinstance(paths, list) else str(error))
    if problems or "" in (listed(paths) or [""]):
        raise ValueError("; ".join(problems) or "must not be empty")
    return checked if isinstance(paths, list) else checked[0]


def _check_writable(path: str, info: ValidationInfo) -> str:
    """Refuse a folder that cannot be made or written."""
    files = lookup(info)
    if files:
        folder = Path(files.moved(path)).absolute()
        there = next(place for place in (folder, *folder.parents) if place.exists())
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
    AfterValidator(_check_rasters),
    Field(json_schema_extra={"minLength": 1, "minItems": 1}),
]
TablePath = Annotated[str, Field(min_length=1), AfterValidator(check_table)]
WritableFolder = Annotated[str, Field(min_length=1), AfterValidator(_check_writable)]
Address = Annotated[str, AfterValidator(_check_address)]

"""An embedding of several years: its raster for each, and what is refused of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from landloom.addresses import shown
from landloom.config.checks import AtKeyError, AtKeysError
from landloom.sources.catalogue import named, names

FIELD = "{year}"
"""Stands in a raster's path for each of the years."""

BY_YEAR = "[by year]"
"""How pydantic calls the branch of a raster for each year."""

Year = Annotated[int, Field(ge=1, le=9999)]


def _years(given: Any) -> Any:  # noqa: ANN401
    """Return years as a list, where one alone may be given; None where none is."""
    return given if given is None or isinstance(given, list) else [given]


YearOrYears = Annotated[
    Annotated[list[Year], Field(min_length=1)],
    BeforeValidator(
        _years, json_schema_input_type=Year | Annotated[list[Year], Field(min_length=1)]
    ),
]


def with_rasters_by_year(section: Mapping[str, Any]) -> dict[str, Any]:
    """Return the section of an embedding with a raster for each year, where it has several.

    Parameters
    ----------
    section
        As it was given: `raster` with ``{year}`` and `years`, or with a line for each year.

    Raises
    ------
    AtKeysError
        What does not fit: years that are given twice or have no raster, rasters of no year or of
        several, a path that says nothing of years, or something of a key that has to be refused
        with it.
    """
    raster, years = section.get("raster"), _years(section.get("years"))
    faults: list[AtKeyError] = []
    if isinstance(raster, Mapping):
        faults += _of_lines(raster)
        raster = {_number(year): paths for year, paths in raster.items()}
        years = [*raster] if years is None else years
    faults += list(_of_years(years, _years(section.get("train"))))
    if all(map(_is_year, years or [])):
        faults += _of_raster(raster, years)
    if faults:
        raise AtKeysError(faults)
    if years is None or not isinstance(raster, Mapping | str | list):
        return dict(section)
    by_year = raster if isinstance(raster, Mapping) else {y: _of_year(raster, y) for y in years}
    return {**section, "raster": {year: by_year[year] for year in years}, "years": years}


def _number(year: Any) -> Any:  # noqa: ANN401
    """Return a year as a number: keys of JSON are text."""
    return int(year) if isinstance(year, str) and year.isdecimal() else year


def _is_year(given: Any) -> bool:  # noqa: ANN401
    return type(given) is int and 0 < given < 10_000


def _of_year(raster: str | list[Any], year: int) -> str | list[str]:
    if isinstance(raster, str):
        return raster.replace(FIELD, str(year))
    return [str(path).replace(FIELD, str(year)) for path in raster]


def _of_years(years: list[Any] | None, train: list[Any] | None) -> Iterator[AtKeyError]:
    """Yield what is wrong with the keys that name years."""
    for key, given in (("years", years), ("train", train)):
        odd = [year for year in given or [] if not _is_year(year)]
        if odd or given == []:
            said = f"{odd[0]}: is no year" if odd else "is empty"
            yield AtKeyError(key, f"{said}; give years, such as [2018, 2024]")
        elif given and (twice := [year for year in given if given.count(year) > 1]):
            yield AtKeyError(key, f"{twice[0]} is given twice; name it once")
    if train is None:
        return
    if years is None:
        yield AtKeyError(
            "train", "says which of 'years' the samples are of, but there are none; leave it out"
        )
    elif others := [year for year in train if _is_year(year) and year not in years]:
        yield AtKeyError(
            "train",
            f"{_listed(others)} is none of the years, which are {_listed(years)}; give some of "
            "these",
        )


def _of_lines(raster: Mapping[Any, Any]) -> Iterator[AtKeyError]:
    """Yield the years that have two lines, and the paths that stand in those of two years."""
    given = [_number(year) for year in raster]
    for year in dict.fromkeys(year for year in given if given.count(year) > 1):
        yield AtKeyError("raster", f"has two lines for {year}, as a number and as text; keep one")
    years: dict[str, dict[Any, None]] = {}
    for year, paths in raster.items():
        for path in paths if isinstance(paths, list) else [paths]:
            if isinstance(path, str):
                years.setdefault(path, {})[_number(year)] = None
    for path, those in years.items():
        if len(those) > 1:
            yield AtKeyError(
                "raster",
                f"{shown(path)} is given for {_listed([*those])}; give each year its own raster",
            )


def _of_raster(raster: Any, years: list[Any] | None) -> Iterator[AtKeyError]:  # noqa: ANN401
    """Yield what is wrong with the raster's path, or with its lines."""
    if isinstance(raster, Mapping):
        if lacking := [year for year in years or [] if year not in raster]:
            yield AtKeyError(
                "raster", f"has none for {_listed(lacking)}, of 'years'; add a line '{lacking[0]}:'"
            )
        if others := [year for year in raster if year not in (years or [])]:
            yield AtKeyError(
                "raster",
                f"has a line for {_listed(others)}, none of 'years', which are "
                f"{_listed(years or [])}; add it to these, or leave the line out",
            )
        return
    given = raster if isinstance(raster, list) else [raster]
    paths = [path for path in given if isinstance(path, str)]
    without = [path for path in paths if FIELD not in path]
    if years is None and len(without) < len(paths):
        yield AtKeyError(
            "years", f"is missing, but 'raster' has {FIELD}; give them, such as [2018, 2024]"
        )
    elif years is not None and without:
        yield AtKeyError(
            "raster",
            f"{shown(without[0])} is the same for all of 'years'; write {FIELD} where they differ, "
            "or give a raster for each, as {2018: a.tif, 2024: b.tif}",
        )
    else:
        yield from _of_datasets(paths, years or [])


def _of_datasets(paths: list[str], years: list[Any]) -> Iterator[AtKeyError]:
    """Yield the years that a public dataset does not have."""
    for path in paths:
        has = [name for name in names("embedding") if path == _template(name)]
        lacking = [year for year in years if not named(path.replace(FIELD, str(year)), "embedding")]
        if has and lacking:
            served = [name.rpartition("-")[2] for name in has]
            yield AtKeyError(
                "years",
                f"{path} has no {_listed(lacking)}; its years are {served[0]} to {served[-1]}",
            )


def _template(name: str) -> str:
    """Return the name of a public dataset for any year."""
    return f"{name.rpartition('-')[0]}-{FIELD}"


def _listed(years: list[Any]) -> str:
    return ", ".join(map(str, years))

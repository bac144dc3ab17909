"""The section `dataset.publication`: what is told of a dataset that no run can know."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field

from landloom.config.checks import Section
from landloom.legend.text import unfit

_LONGEST_PROSE = 10_000


def _check_line(text: str) -> str:
    """Refuse what cannot stand in a line of its own."""
    if not text.strip():
        raise ValueError("must not be empty; leave the key out where there is nothing to tell")
    if why := unfit(text):
        raise ValueError(why)
    return text


def _check_prose(text: str) -> str:
    """Refuse what no page can show; paragraphs may be as many as one likes."""
    if not text.strip():
        raise ValueError("must not be empty; leave the key out where there is nothing to tell")
    if why := next(filter(None, (unfit(letter) for letter in text if letter != "\n")), None):
        raise ValueError(why)
    return text.strip()


def _check_url(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s{}<>\"]+", text):
        raise ValueError("must be an address on the web, https://... without spaces")
    return text


def _check_date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("must be a day in quotes, such as '2026-11-26'") from None


def _check_version(text: str) -> str:
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}(-[\w.-]+)?", text, re.ASCII):
        raise ValueError("must be three numbers with dots between them, such as 1.0.0")
    return text


_Line = Annotated[str, AfterValidator(_check_line)]
_Prose = Annotated[str, Field(max_length=_LONGEST_PROSE), AfterValidator(_check_prose)]


class PublicationConfig(Section):
    """What `dataset/croissant.json` and `dataset/datasheet.md` tell that no run can know. What is
    left out is not made up: the datasheet marks it as open."""

    title: _Line | None = None
    """Name of the dataset. If left out: one that tells what is in it."""
    description: _Prose | None = None
    """What the dataset is, in a few sentences. If left out: what the run knows of it."""
    purpose: _Prose | None = None
    """What the dataset was made for. If left out: it is marked as open."""
    creators: Annotated[list[_Line], Field(max_length=1000)] = []
    """Persons or organisations who made it."""
    funding: _Prose | None = None
    """Who paid for it. If left out: it is marked as open."""
    licence: _Line | None = None
    """Licence of the dataset: its address, or its name in the SPDX list, such as `CC-BY-4.0`. It
    has to fit those of the sources. If left out: it is marked as open."""
    url: Annotated[str, AfterValidator(_check_url)] | None = None
    """Address of the page where it is published. If left out: it is marked as open."""
    version: Annotated[str, AfterValidator(_check_version)] | None = None
    """Version of the dataset, such as `1.0.0`. If left out: it is marked as open."""
    date: Annotated[str, AfterValidator(_check_date)] | None = None
    """Day of publication, such as `'2026-11-26'`. If left out: it is marked as open."""
    citation: _Prose | None = None
    """How to cite it: text, or BibTeX. If left out: it is marked as open."""
    contact: _Line | None = None
    """Who answers questions, and how. If left out: it is marked as open."""

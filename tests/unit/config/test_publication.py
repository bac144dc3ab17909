"""The section `dataset.publication`."""

from __future__ import annotations

import pytest
import yaml
from configurations import VALID, changed

from landloom.config.resolved import config_text
from landloom.config.whole import load_config
from landloom.errors import ConfigError


def section(**keys: object) -> dict[str, object]:
    return changed("dataset.publication", keys, VALID)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("title", " ", "title:  : must not be empty; leave the key out"),
        ("title", "a\nb", "holds a line end"),
        ("title", "x" * 201, "has 201 letters"),
        ("description", "", "must not be empty; leave the key out"),
        ("description", "a\x07b", "holds a control character (U+0007)"),
        ("creators", ["A", ""], "creators.1"),
        ("url", "example.org", "must be an address on the web, https://..."),
        ("url", "https://a.org/a b", "must be an address on the web"),
        ("date", "26.11.2026", "must be a day in quotes, such as '2026-11-26'"),
        ("date", "2026-02-30", "must be a day in quotes"),
        ("version", "1", "must be three numbers with dots between them, such as 1.0.0"),
        ("version", "1.0.01", "must be three numbers"),
        ("author", "A", "author"),
    ],
)
def test_what_is_refused(key: str, value: object, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(section(**{key: value}))
    assert message in str(caught.value)
    assert "dataset.publication" in str(caught.value)


def test_paragraphs_are_taken_as_they_are() -> None:
    publication = load_config(section(description=" One.\n\nTwo.\n")).dataset.publication  # type: ignore[union-attr]
    assert publication is not None
    assert publication.description == "One.\n\nTwo."


def test_a_run_without_it_has_the_configuration_that_it_had() -> None:
    text = config_text(load_config(VALID))
    assert "publication" not in yaml.safe_load(text)["dataset"]


def test_the_resolved_configuration_gives_it_again() -> None:
    keys = {"title": "Höhen: {a}", "creators": ["A", "B"], "date": "2026-11-26", "version": "1.0.0"}
    config = load_config(section(**keys))
    again = load_config(yaml.safe_load(config_text(config)))
    assert again.dataset.publication == config.dataset.publication  # type: ignore[union-attr]
    assert config_text(again) == config_text(config)

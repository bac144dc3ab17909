"""Scores that are kept from one run to the next."""

import pytest

from landloom.map.forest.score_store import ScoreStore


def test_what_is_kept_is_known_to_the_last_bit(tmp_path):
    store = ScoreStore(tmp_path / "new", 3)
    store.keep("a=1", [0.1 + 0.2, 1 / 3, 0.0])
    store.keep("a=2", [0.5, 0.5, 0.5])
    assert store.known(["a=1", "a=3"]) == {"a=1": [0.1 + 0.2, 1 / 3, 0.0]}


@pytest.mark.parametrize(
    "damage", ["", "[0.5, 0.2", "[0.5]", '{"a": 1}', "[1, null, 2]", "\x00", "[0.1, 0.2, 0.7]"]
)
def test_a_damaged_file_is_as_good_as_none(tmp_path, damage):
    store = ScoreStore(tmp_path, 3)
    store.keep("key", [0.1, 0.2, 0.3])
    (tmp_path / "key.json").write_text(damage)
    assert store.known(["key"]) == {}
    store.keep("key", [0.1, 0.2, 0.3])
    assert store.known(["key"]) == {"key": [0.1, 0.2, 0.3]}


def test_drafts_of_other_jobs_are_not_read(tmp_path):
    (tmp_path / ".key.123.json").write_text("[0.1")
    assert ScoreStore(tmp_path, 3).known(["key"]) == {}

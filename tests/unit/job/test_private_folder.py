"""A folder for what runs when it is loaded: the user's own, or none."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from landloom.job.private_folder import private_folder


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The user's cache, with no home and an empty folder of temporary files beside it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return tmp_path / "cache" / "landloom"


def test_it_lies_in_the_users_cache_and_shuts_others_out(cache):
    assert private_folder() == cache
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert private_folder() == cache


@pytest.mark.usefixtures("cache")
def test_without_such_a_variable_in_the_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    for value in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        assert private_folder() == tmp_path / ".cache" / "landloom"


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o755])
def test_one_that_others_may_enter_is_not_used(cache, mode, tmp_path):
    cache.mkdir(parents=True)
    cache.chmod(mode)
    found = private_folder()
    assert found is not None
    assert found.parent == tmp_path / "tmp"


def test_nor_is_one_that_leads_elsewhere(cache, tmp_path):
    (tmp_path / "theirs").mkdir(mode=0o700)
    cache.parent.mkdir()
    cache.symlink_to(tmp_path / "theirs")
    assert private_folder() != cache


def test_nor_one_of_another_user(cache, monkeypatch):
    cache.mkdir(mode=0o700, parents=True)
    monkeypatch.setattr("os.getuid", lambda: cache.stat().st_uid + 1)
    assert private_folder() is None


def test_nor_one_that_others_could_put_another_in_place_of(cache):
    cache.parent.mkdir()
    cache.parent.chmod(0o777)
    assert private_folder() != cache
    cache.parent.chmod(0o1777)
    assert private_folder() == cache


@pytest.mark.parametrize(
    ("group", "members", "own"),
    [
        ("me", [], True),
        ("me", ["me"], True),
        ("me", ["me", "she"], False),
        ("staff", [], False),
        ("staff", ["me"], False),
        (None, [], False),
    ],
)
def test_nor_one_that_a_group_could(cache, monkeypatch, group, members, own):
    user = SimpleNamespace(pw_name="me", pw_gid=os.getgid())

    def of_group(gid):
        if group is None:
            raise KeyError(gid)
        return SimpleNamespace(gr_name=group, gr_gid=gid, gr_mem=members)

    monkeypatch.setattr("pwd.getpwuid", lambda _: user)
    monkeypatch.setattr("grp.getgrgid", of_group)
    cache.parent.mkdir()
    cache.parent.chmod(0o775)
    assert (private_folder() == cache) == own
    cache.parent.chmod(0o1775)
    assert private_folder() == cache


def test_nor_one_in_a_folder_of_another_user(cache, monkeypatch):
    cache.parent.mkdir()
    plain = Path.stat

    def of_another(path, **options):
        found = plain(path, **options)
        owner = (*found[:4], found.st_uid + 1, *found[5:])
        return os.stat_result(owner) if path == cache.parent else found

    monkeypatch.setattr(Path, "stat", of_another)
    assert private_folder() != cache


def test_where_nothing_can_be_written_there_is_none(cache, monkeypatch):
    cache.parent.write_text("no folder")
    monkeypatch.setattr(tempfile, "tempdir", str(cache.parent))
    assert private_folder() is None

"""An object store is asked once for what it answered before."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from landloom.run.stored import Stored

ASKED: Counter[str] = Counter()
STORE: dict[str, float] = {}


def plugin(plain: str = "none") -> tuple[type[Any], Stored]:
    """Return the class of files of a storage plug-in, attached to a memory of its own."""
    ASKED.clear()
    STORE.clear()

    class File:
        def __init__(self, query: str, folder: Path = Path()) -> None:
            self.query, self.folder = query, folder
            self._is_dir: bool | None = None  # as the plug-in for S3 has it

        def local_path(self) -> Path:
            return self.folder

        def s3obj(self, *_: str) -> object:
            return object()

        def bucket_exists(self) -> bool:
            ASKED["bucket"] += 1
            return bool(STORE)

        def exists(self) -> bool:
            ASKED["exists"] += 1
            return self.query in STORE

        def is_dir(self) -> bool:
            if self._is_dir is None:
                ASKED["is_dir"] += 1
                self._is_dir = any(key.startswith(f"{self.query}/") for key in STORE)
            return self._is_dir

        def mtime(self) -> float:
            ASKED["mtime"] += 1
            return STORE[self.query]

        def size(self) -> int:
            ASKED["size"] += 1
            return int(STORE[self.query])

        def store_object(self) -> None:
            STORE[self.query] = STORE.get(self.query, 0.0) + 1

        def remove(self) -> None:
            del STORE[self.query]

    stored = Stored(lambda path: path.endswith(plain))
    stored.attach(File)
    return File, stored


def test_each_question_about_a_file_is_asked_once() -> None:
    kind, _ = plugin()
    STORE["s3://b/a"] = 7
    for _ in range(3):  # Snakemake makes objects anew for the same file
        file = kind("s3://b/a")
        assert (file.exists(), file.mtime(), file.size(), file.is_dir()) == (True, 7, 7, False)
    assert ASKED == {"exists": 1, "mtime": 1, "size": 1, "is_dir": 1}


def test_what_is_not_there_is_asked_for_once_until_it_is_stored(tmp_path: Path) -> None:
    kind, _ = plugin()
    file = kind("s3://b/a", tmp_path / "a")
    assert [file.exists(), file.exists()] == [False, False]
    file.store_object()
    assert file.mtime() == 1
    assert file.exists()
    assert ASKED == {"exists": 1, "mtime": 1}, "what has a time exists"
    file.store_object()
    assert file.mtime() == 2


def test_whether_it_is_a_folder_is_known_of_what_was_stored(tmp_path: Path) -> None:
    kind, _ = plugin()
    kind("s3://b/folder", tmp_path).store_object()
    assert kind("s3://b/folder").is_dir()
    kind("s3://b/file", tmp_path / "file").store_object()
    assert not kind("s3://b/file").is_dir()
    assert ASKED == {}


def test_what_is_removed_is_gone(tmp_path: Path) -> None:
    kind, _ = plugin()
    file = kind("s3://b/a", tmp_path / "a")
    file.store_object()
    assert file.exists()
    assert file.bucket_exists()
    file.remove()
    assert not file.exists()
    assert not file.bucket_exists(), "a plug-in removes the bucket with the last file"


def test_what_a_job_elsewhere_has_made_is_asked_for_anew() -> None:
    kind, stored = plugin()
    file = kind("s3://b/a")
    assert not file.exists()
    STORE["s3://b/a"] = 1
    assert not file.exists()
    stored.forget("s3://b/a")
    assert file.exists()


def test_a_folder_that_a_job_elsewhere_has_made_is_found() -> None:
    kind, stored = plugin()
    file = kind("s3://b/folder")
    assert not file.is_dir()
    STORE["s3://b/folder/a"] = 1
    stored.forget("s3://b/folder")
    assert file.is_dir()


def test_a_failure_is_no_answer() -> None:
    kind, _ = plugin()
    file = kind("s3://b/a")
    with pytest.raises(KeyError):
        file.mtime()
    STORE["s3://b/a"] = 3
    assert file.mtime() == 3


def test_of_what_is_no_folder_the_store_is_not_asked(tmp_path: Path) -> None:
    kind, _ = plugin(plain="a.txt")
    assert not kind("s3://b/a.txt", tmp_path / "a.txt").is_dir()
    assert ASKED == {}


def test_what_keeps_time_and_size_is_kept_until_the_file_is_stored(tmp_path: Path) -> None:
    """Each would be asked for by a request of its own; of what a folder holds, each is."""
    kind, _ = plugin()
    first = kind("s3://b/a", tmp_path / "a").s3obj()
    assert kind("s3://b/a").s3obj() is first
    assert kind("s3://b/b").s3obj() is not first
    assert kind("s3://b/a").s3obj("c") is not kind("s3://b/a").s3obj("c")
    kind("s3://b/a", tmp_path / "a").store_object()
    assert kind("s3://b/a").s3obj() is not first


class NotFoundError(Exception):
    """As the plug-in for GCS has it."""

    code = 404


def googles(plain: str = "none", bucket: bool = True) -> type[Any]:
    """Return the class of files of a plug-in that asks as the one for GCS does."""
    ASKED.clear()
    STORE.clear()
    there = [bucket]

    class File:
        def __init__(self, query: str) -> None:
            self.query = query

        def local_path(self) -> Path:
            return Path(self.query.removeprefix("gs://"))

        def ensure_bucket_exists(self) -> None:
            ASKED["bucket"] += 1
            there[:] = [True]

        async def inventory(self, cache: list[str]) -> None:
            ASKED["inventory"] += 1
            cache += STORE

        def exists(self) -> bool:
            ASKED["exists"] += 3
            if not there[0]:
                raise PermissionError(self.query)
            return self.query in STORE

        def is_directory(self) -> bool:
            ASKED["is_dir"] += 1
            return any(key.startswith(f"{self.query}/") for key in STORE)

        def mtime(self) -> float:
            ASKED["mtime"] += 1
            if not there[0]:
                raise PermissionError(self.query)
            if self.query not in STORE:
                raise NotFoundError(self.query)
            return STORE[self.query]

        def size(self) -> int:
            return int(STORE[self.query])

        def store_object(self) -> None:
            self.ensure_bucket_exists()
            STORE[self.query] = 1

        def remove(self) -> None:
            del STORE[self.query]

    Stored(lambda path: path.endswith(plain)).attach(File)
    return File


def test_of_what_is_no_folder_its_time_tells_whether_it_exists() -> None:
    kind = googles(plain=".txt")
    STORE["gs://b/a.txt"] = 7
    assert [kind(f"gs://b/{name}.txt").exists() for name in ("a", "b", "a", "b")] == [1, 0, 1, 0]
    assert kind("gs://b/a.txt").mtime() == 7
    assert not kind("gs://b/a.txt").is_directory()
    assert ASKED == {"mtime": 2}
    kind("gs://b/b.txt").store_object()
    assert kind("gs://b/b.txt").exists()


def test_a_refusal_is_no_word_on_whether_it_exists() -> None:
    with pytest.raises(PermissionError):
        googles(plain=".txt", bucket=False)("gs://b/a.txt").exists()


def test_what_may_be_a_folder_is_asked_for_as_such() -> None:
    kind = googles()
    STORE["gs://b/folder"] = 1
    assert kind("gs://b/folder").exists()
    assert not kind("gs://b/folder").is_directory()
    assert ASKED == {"exists": 3, "is_dir": 1}


def test_a_bucket_is_seen_to_once() -> None:
    kind = googles()
    for query in ("gs://b/a", "gs://b/b", "gs://other/a", "gs://b/c"):
        kind(query).store_object()
    assert ASKED == {"bucket": 2}


def test_a_folder_is_looked_at_once() -> None:
    kind = googles()
    STORE["gs://b/x/a"] = 1
    cache: list[str] = []
    for query in ("gs://b/x/a", "gs://b/x/b", "gs://b/y/a", "gs://b/x/c"):
        asyncio.run(kind(query).inventory(cache))
    assert ASKED == {"inventory": 2}
    assert cache == ["gs://b/x/a"] * 2

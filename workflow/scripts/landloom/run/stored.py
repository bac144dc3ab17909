"""What is known of files in an object store, so that it is asked once.

Snakemake asks its storage whether a file exists, and how large and how old it is, at each step of
each job that has to do with the file. On a disk that costs nothing; a store counts each question as
a request, and takes its time. As long as a run lasts, files change only by its own jobs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

Question = Callable[[Any], Any]

QUESTIONS = {
    "exists": "exists",
    "mtime": "mtime",
    "size": "size",
    "is_dir": "is_dir",
    "is_directory": "is_dir",
}
"""Methods of a storage plug-in's files that ask the store, by the names that plug-ins give them;
what each asks."""
CHANGES = ("store_object", "remove")
"""Methods that change what is stored."""
OF_THE_WHOLE = ("bucket_exists", "ensure_bucket_exists")
"""Methods that ask about what holds all files, or see to it that it is there."""
OF_GOOGLE = "is_directory"
"""A method by which the plug-in for GCS is known. It asks thrice whether a file exists (for its
bucket, for the file, and for a folder of that name), and once for its time."""
OF_FOLDERS = ("inventory",)
"""Methods of that plug-in which look at all that lies beside a file, for each file anew."""
HANDLES = ("s3obj",)
"""Methods that give what keeps a file's time and size, once it was asked for one of them."""


class Stored:
    """Answers of an object store.

    Files are known by their queries, as ``s3://bucket/results/index.html``.

    Parameters
    ----------
    is_plain
        Tells by the path of its copy that a file is no folder, whatever the store may say.
    """

    def __init__(self, is_plain: Callable[[str], bool] = lambda _: False) -> None:
        self._is_plain = is_plain
        self._known: dict[str, dict[str, Any]] = {}
        self._of_the_whole: dict[tuple[str, str], Any] = {}
        self._seen: set[str] = set()

    def forget(self, query: str) -> None:
        """Forget a file: a job has made it, or is about to."""
        self._known.pop(query, None)

    def attach(self, kind: type) -> None:
        """Have the files of a storage plug-in answered from here, where the answer is known.

        Parameters
        ----------
        kind
            The plug-in's class of files, which have a ``query``; what it lacks is left out.
        """
        for name, asks in QUESTIONS.items():
            if callable(getattr(kind, name, None)):
                setattr(kind, name, self._asked_once(asks, getattr(kind, name)))
        for name in HANDLES:
            if callable(getattr(kind, name, None)):
                setattr(kind, name, self._given_once(name, getattr(kind, name)))
        for name in CHANGES:
            setattr(kind, name, self._changing(getattr(kind, name)))
        for name in OF_THE_WHOLE:
            if callable(getattr(kind, name, None)):
                setattr(kind, name, self._found_once(name, getattr(kind, name)))
        for name in OF_FOLDERS if hasattr(kind, OF_GOOGLE) else ():
            setattr(kind, name, self._seen_once(getattr(kind, name)))

    def _asked_once(self, name: str, ask: Question) -> Question:
        @wraps(ask)
        def answer(file: Any) -> Any:  # noqa: ANN401
            known = self._known.setdefault(file.query, {})
            if name not in known and self._is_no(name, file):
                known[name] = False
            if name not in known:
                if name == "is_dir" and hasattr(file, "_is_dir"):
                    file._is_dir = None  # the plug-in for S3 would never ask this object again
                known[name] = ask(file)
                if name in ("mtime", "size"):  # nothing else has any
                    known["exists"] = True
            return known[name]

        return answer

    def _is_no(self, name: str, file: Any) -> bool:  # noqa: ANN401
        """Return whether the answer is no, at the cost of at most one question to the store."""
        if name == "exists" and hasattr(file, OF_GOOGLE):
            return self._is_plain(str(file.local_path())) and _is_missing(file)
        return name == "is_dir" and self._is_plain(str(file.local_path()))

    def _given_once(self, name: str, make: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(make)
        def given(file: Any, *parts: Any, **named: Any) -> Any:  # noqa: ANN401
            if parts or named:  # of something within a folder
                return make(file, *parts, **named)
            known = self._known.setdefault(file.query, {})
            if name not in known:
                known[name] = make(file)
            return known[name]

        return given

    def _found_once(self, name: str, ask: Question) -> Question:
        @wraps(ask)
        def answer(file: Any) -> Any:  # noqa: ANN401
            key = name, urlsplit(file.query).netloc
            if self._of_the_whole.get(key, False) is False:  # it may be made meanwhile
                self._of_the_whole[key] = ask(file)
            return self._of_the_whole[key]

        return answer

    def _seen_once(self, look: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(look)
        async def seen(file: Any, cache: Any) -> None:  # noqa: ANN401
            folder = file.query.rpartition("/")[0]
            if folder not in self._seen:
                self._seen.add(folder)
                await look(file, cache)

        return seen

    def _changing(self, change: Question) -> Question:
        @wraps(change)
        def changed(file: Any) -> Any:  # noqa: ANN401
            try:
                return change(file)
            finally:  # what fails half-way has changed something
                self.forget(file.query)
                if change.__name__ == "store_object":
                    self._known[file.query] = {"is_dir": file.local_path().is_dir()}
                else:  # a plug-in may remove the bucket with the last file
                    self._of_the_whole.clear()

        return changed


def _is_missing(file: Any) -> bool:  # noqa: ANN401
    """Return whether a file is not there, by asking for its time; what fails tells nothing."""
    try:
        file.mtime()
    except Exception as error:  # of the plug-in's own kinds
        return getattr(error, "code", None) == HTTPStatus.NOT_FOUND
    return False

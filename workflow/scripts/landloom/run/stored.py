"""What is known of files in an object store, so that it is asked once.

Snakemake asks its storage whether a file exists, and how large and how old it is, at each step of
each job that has to do with the file. On a disk that costs nothing; a store counts each question as
a request, and takes its time. As long as a run lasts, files change only by its own jobs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

Question = Callable[[Any], Any]

QUESTIONS = ("exists", "mtime", "size", "is_dir")
"""Methods of a storage plug-in's files that ask the store, by the names that plug-ins give them."""
CHANGES = ("store_object", "remove")
"""Methods that change what is stored."""
OF_THE_WHOLE = ("bucket_exists",)
"""Methods that ask about what holds all files."""
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
        self._of_the_whole: dict[str, Any] = {}

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
        for name in QUESTIONS:
            if callable(getattr(kind, name, None)):
                setattr(kind, name, self._asked_once(name, getattr(kind, name)))
        for name in HANDLES:
            if callable(getattr(kind, name, None)):
                setattr(kind, name, self._given_once(name, getattr(kind, name)))
        for name in CHANGES:
            setattr(kind, name, self._changing(getattr(kind, name)))
        for name in OF_THE_WHOLE:
            if callable(getattr(kind, name, None)):
                setattr(kind, name, self._found_once(name, getattr(kind, name)))

    def _asked_once(self, name: str, ask: Question) -> Question:
        @wraps(ask)
        def answer(file: Any) -> Any:  # noqa: ANN401
            known = self._known.setdefault(file.query, {})
            if name not in known and name == "is_dir" and self._is_plain(str(file.local_path())):
                known[name] = False
            if name not in known:
                if name == "is_dir" and hasattr(file, "_is_dir"):
                    file._is_dir = None  # the plug-in for S3 would never ask this object again
                known[name] = ask(file)
                if name in ("mtime", "size"):  # nothing else has any
                    known["exists"] = True
            return known[name]

        return answer

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
            if not self._of_the_whole.get(name):  # a bucket that is not there yet may be made
                self._of_the_whole[name] = ask(file)
            return self._of_the_whole[name]

        return answer

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

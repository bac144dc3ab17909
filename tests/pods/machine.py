"""One machine that stands for a cluster's nodes: containers are processes in empty folders.

What a container gets of this machine is its programs. Its folder, its home and its folder for
temporary files are empty, and its environment holds what the image sets and what it was given. The
machine's other files it sees, unless they are hidden from it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Message = dict[str, Any]
Answer = Callable[[str, str, Message], Message | str]
"""Answers a request by its method, its path with the query, and its body."""

UNSEEN = """\
until [ "$1" = -- ]; do mount -t tmpfs none "$1" || exit; shift; done
shift
exec "$@"
"""
"""Runs a command in a process that has its own mounts: empty folders where others are."""


class RefusedError(Exception):
    """What an API refuses.

    Parameters
    ----------
    code
        The status of HTTP.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Container:
    """A process that stands for a container."""

    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def exit_code(self) -> int | None:
        """None while it is at work."""
        return self.process.poll()

    @property
    def told(self) -> str:
        """What it has written so far."""
        return (self.folder / "log").read_text(errors="replace")

    def stop(self) -> None:
        self.process.terminate()


@dataclass
class Machine:
    """Starts containers.

    Attributes
    ----------
    folder
        Where containers have their folders.
    image
        The environment that the image sets.
    hidden
        Folders of the machine that are empty to containers; takes the right to mount.
    """

    folder: Path
    image: dict[str, str]
    hidden: tuple[Path, ...] = ()
    containers: list[Container] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the folder."""
        self.folder.mkdir(parents=True)

    def start(self, name: str, command: Sequence[str], variables: dict[str, str]) -> Container:
        folder = self.folder / name
        for part in ("workdir", "home", "tmp"):
            (folder / part).mkdir(parents=True)
        own = {"HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp")}
        if self.hidden:
            hide = ["unshare", "--mount", "sh", "-c", UNSEEN, "sh", *map(str, self.hidden), "--"]
            command = [*hide, *command]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=folder / "workdir",
                env=self.image | variables | own,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.containers.append(Container(folder, process))
        return self.containers[-1]

    @property
    def failures(self) -> str:
        """What those wrote that failed."""
        return "\n".join(one.told for one in self.containers if one.exit_code)


def image_of(containerfile: Path, wheels: Path) -> dict[str, str]:
    """Return the environment that an image sets, with its programs as they are found here.

    Parameters
    ----------
    containerfile
        Whose `ENV` instructions count.
    wheels
        A folder that stands for the image's own.
    """
    text = containerfile.read_text().replace("\\\n", " ")
    pairs = re.findall(r"(\w+)=(\S+)", " ".join(re.findall(r"^ENV (.*)$", text, re.MULTILINE)))
    return dict(pairs) | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "PIP_FIND_LINKS": str(wheels),
    }


class Handler(BaseHTTPRequestHandler):
    """Passes requests on."""

    protocol_version = "HTTP/1.1"
    answer: Answer

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        code = 201 if self.command == "POST" else 200
        try:
            answer = type(self).answer(self.command, self.path, json.loads(body or "{}"))
        except RefusedError as error:
            code = error.code
            answer = {"kind": "Status", "status": "Failure", "message": str(error), "code": code}
        text = answer if isinstance(answer, str) else json.dumps(answer)
        self.send_response(code)
        self.send_header("Content-Type", "text/plain" if answer is text else "application/json")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = do_DELETE = _handle  # noqa: N815 -- names that the server looks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """Answer requests meanwhile; yields the address."""
    handler = type("Bound", (Handler,), {"answer": staticmethod(answer)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()

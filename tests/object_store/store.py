"""An object store on this machine that counts requests: `moto`, in a process of its own.

Another kind of store is a class of its own: `google_store`.
"""

from __future__ import annotations

import importlib.util
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from conftest import Place, digests

STAYS = re.compile(r"(^|/)\.(digests|notes)/|^map/tuning/scores/|\.snakemake_timestamp$")
"""What lies beside results on one machine only, or the other way round."""

SERVER = """
import sys
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

application, requests = DomainDispatcherApplication(create_backend_app), open(sys.argv[2], "a")

def counted(environ, start_response):
    print(environ["REQUEST_METHOD"], environ["PATH_INFO"], file=requests, flush=True)
    return application(environ, start_response)

make_server("127.0.0.1", int(sys.argv[1]), counted, threaded=True).serve_forever()
"""


@dataclass(frozen=True)
class Store:
    """A store that runs."""

    server: ClassVar[str] = SERVER
    """The code that serves it, given its port and the file where it is to note each request."""
    scheme: ClassVar[str] = "s3"

    port: int
    requests_file: Path

    @property
    def environment(self) -> dict[str, str]:
        """What leads Snakemake's plug-in and GDAL to it."""
        return {
            "AWS_ACCESS_KEY_ID": "landloom",
            "AWS_SECRET_ACCESS_KEY": "landloom",
            "AWS_DEFAULT_REGION": "us-east-1",
            "SNAKEMAKE_STORAGE_S3_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_S3_ENDPOINT": f"127.0.0.1:{self.port}",
            "AWS_HTTPS": "NO",
            "AWS_VIRTUAL_HOSTING": "FALSE",
        }

    def requests(self) -> list[str]:
        """Return method and path of each request so far."""
        return self.requests_file.read_text().splitlines()

    def bucket(self, name: str) -> Any:
        import boto3

        store = boto3.resource(
            "s3",
            endpoint_url=self.environment["SNAKEMAKE_STORAGE_S3_ENDPOINT_URL"],
            aws_access_key_id="landloom",
            aws_secret_access_key="landloom",
            region_name="us-east-1",
        )
        return store.create_bucket(Bucket=name)

    def put(self, folder: Path, name: str) -> None:
        """Copy the files of a folder into a bucket."""
        for path in folder.iterdir():
            self.bucket(name).upload_file(str(path), path.name)

    def fetch(self, name: str, folder: Path) -> None:
        """Copy all that a bucket holds into a folder."""
        for item in self.bucket(name).objects.all():
            (folder / item.key).parent.mkdir(parents=True, exist_ok=True)
            item.Object().download_file(str(folder / item.key))


def skip_without(needed: Mapping[str, str]) -> None:
    """Skip a test, or a module of them, where a module that it needs is not installed.

    Parameters
    ----------
    needed
        By their names, the files of requirements that they stand in.
    """
    for module, file in needed.items():
        if importlib.util.find_spec(module) is None:
            reason = f"{module} is not installed: pip install -r {file}"
            pytest.skip(reason, allow_module_level=True)


def products(place: Place) -> dict[str, str]:
    """Digest what is the same in a store and on one machine."""
    return {name: digest for name, digest in digests(place).items() if not STAYS.search(name)}


Kind = TypeVar("Kind", bound=Store)


@contextmanager
def running(folder: Path, kind: type[Kind] = Store) -> Iterator[Kind]:
    """Run a store whose requests are kept in a folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        store = kind(free.getsockname()[1], folder / "requests")
    call = [sys.executable, "-c", store.server, str(store.port), str(store.requests_file)]
    quiet = subprocess.DEVNULL  # the server tells each request
    with subprocess.Popen(call, env=os.environ | store.environment, stderr=quiet) as process:
        try:
            for _ in range(600):
                with socket.socket() as client:
                    if client.connect_ex(("127.0.0.1", store.port)) == 0:
                        break
                time.sleep(0.1)
            yield store
        finally:
            process.terminate()

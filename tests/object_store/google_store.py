"""Google's object store on this machine: `gcp-storage-emulator`, in a process of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from .store import Store

SERVER = """
import sys
from functools import partial
from http.server import HTTPServer
from gcp_storage_emulator.server import RequestHandler
from gcp_storage_emulator.storage import Storage

requests = open(sys.argv[2], "a")

class Counted(RequestHandler):
    def log_request(self, code="-", size="-"):
        print(self.command, self.path, file=requests, flush=True)

handler = partial(Counted, Storage(use_memory_fs=True))
HTTPServer(("127.0.0.1", int(sys.argv[1])), handler).serve_forever()
"""


@dataclass(frozen=True)
class GoogleStore(Store):
    """A store that runs, and answers as Google's does."""

    server: ClassVar[str] = SERVER
    scheme: ClassVar[str] = "gs"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What leads Snakemake's plug-in and GDAL to it."""
        return {
            "STORAGE_EMULATOR_HOST": self.address,
            "SNAKEMAKE_STORAGE_GCS_PROJECT": "landloom",
            "CPL_GS_ENDPOINT": f"{self.address}/",
        }

    def bucket(self, name: str) -> Any:
        from google.auth.credentials import AnonymousCredentials
        from google.cloud.storage import Client

        account = {"project": "landloom", "credentials": AnonymousCredentials()}
        bucket = Client(**account, client_options={"api_endpoint": self.address}).bucket(name)
        if not bucket.exists():
            bucket.create()
        return bucket

    def put(self, folder: Path, name: str) -> None:
        """Copy the files of a folder into a bucket."""
        for path in folder.iterdir():
            self.bucket(name).blob(path.name).upload_from_filename(str(path))

    def fetch(self, name: str, folder: Path) -> None:
        """Copy all that a bucket holds into a folder."""
        for item in self.bucket(name).list_blobs():
            (folder / item.name).parent.mkdir(parents=True, exist_ok=True)
            item.download_to_filename(str(folder / item.name))

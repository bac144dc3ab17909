"""Code of the package in a process of its own, for GDAL would keep a server's threads waiting."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).parents[1] / "workflow/scripts"


def answer(code: str, given: Any, environment: Mapping[str, str]) -> tuple[Any, str]:
    """Run code that takes JSON as its argument and prints JSON; return that, and what it logged."""
    # rasterio, once imported, tells its own certificates to all programs that are started.
    inherited = {name: value for name, value in os.environ.items() if "CURL_CA" not in name}
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(given)],
        env=inherited | environment | {"PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr

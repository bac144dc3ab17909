"""What files hold: JSON, and digests. Written so that they appear whole or not at all."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

# How a file is put in place does not change its bytes, and lies in a module that no digest of code
# counts (`landloom.run.code_digest`).
from landloom.job.whole import whole_file as whole_file


def write_json(path: str | Path, content: Any) -> None:  # noqa: ANN401
    """Write JSON with a stable layout; numbers keep every digit."""
    with whole_file(path) as draft:
        draft.write_text(
            json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n",
            encoding="utf-8",
        )


def read_json(path: str | Path) -> Any:  # noqa: ANN401
    """Read JSON."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

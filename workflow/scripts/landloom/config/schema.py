"""What is written from the model: the JSON schema for editors, and the tables of keys.

`make schema` runs it for the folder that holds ``schema.json`` and ``README.md``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from landloom.config.key_tables import key_tables
from landloom.config.whole import Config

BEGIN = "<!-- The tables of keys: written by `make schema` from the model. -->"
END = "<!-- The end of the tables of keys. -->"


def schema() -> dict[str, Any]:
    """Return the JSON schema of the configuration."""
    whole = Config.model_json_schema()
    for section in [whole, *whole["$defs"].values()]:
        for field in section["properties"].values():
            if "description" in field:  # an editor would show each line as a paragraph
                field["description"] = " ".join(field["description"].split())
    return whole


def schema_text() -> str:
    """Return the JSON schema as the file ``config/schema.json`` holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def with_tables(document: str) -> str:
    """Return a document with the tables of keys between its two markers written anew.

    Raises
    ------
    ValueError
        A marker is missing, or there several times.
    """
    before, rest = document.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{key_tables(schema())}\n{END}{after}"


def write(folder: Path) -> None:
    """Write the schema, and the tables of the document beside it."""
    readme = folder / "README.md"
    document = with_tables(readme.read_text(encoding="utf-8"))
    readme.write_text(document, encoding="utf-8")
    (folder / "schema.json").write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))

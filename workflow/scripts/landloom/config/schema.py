"""The JSON schema of the configuration, for editors; `make schema` writes it anew."""

from __future__ import annotations

import json
from typing import Any

from landloom.config.whole import Config


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


if __name__ == "__main__":
    print(schema_text(), end="")

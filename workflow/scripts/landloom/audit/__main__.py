"""Run the audit: ``python -m landloom.audit train.gpkg test.gpkg``."""

from __future__ import annotations

import argparse
import sys

from landloom.audit.arguments import add_arguments, run


def main(words: list[str] | None = None) -> int:
    """Audit what the words of a command line name, and return what to end with."""
    parser = argparse.ArgumentParser(prog="landloom audit")
    add_arguments(parser)
    return run(parser.parse_args(words))


if __name__ == "__main__":
    sys.exit(main())

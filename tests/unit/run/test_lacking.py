"""Where Snakemake itself lacks something, it is told in words, and its traceback is not shown."""

from __future__ import annotations

import logging

import pytest

from landloom.run.lacking import Lacking

FULL = """RuleException:
OSError in file "stack.smk", line 28:
[Errno 28] No space left on device
  File "tempfile.py", line 483, in func_wrapper"""
RECORDS = "Error recording metadata for finished job ([Errno 28] No space left on device). Please"
OPEN = """Traceback (most recent call last):

OSError: [Errno 24] Too many open files: '.snakemake/locks'
"""


def record(text: str, level: int = logging.ERROR) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": text, "levelno": level})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (FULL, "No space left on device; free some"),
        (RECORDS, "No space left on device; free some"),
        (OPEN, ".snakemake/locks: Too many open files; raise the limit"),
        ("Traceback:\nMemoryError", "Cannot allocate memory"),
    ],
)
def test_it_is_told_with_a_remedy(text: str, words: str) -> None:
    lacking = Lacking()
    assert lacking.take(record(text))
    assert lacking.words.startswith(words)


@pytest.mark.parametrize(
    "message",
    [
        record("CalledProcessError in file: returned non-zero exit status 1"),
        record("FileNotFoundError: [Errno 2] No such file or directory: 'a'"),
        record(FULL, logging.INFO),
    ],
)
def test_all_else_is_left_to_snakemake(message: logging.LogRecord) -> None:
    lacking = Lacking()
    assert not lacking.take(message)
    assert lacking.words == ""


def test_the_first_counts() -> None:
    lacking = Lacking()
    for text in (OPEN, FULL):
        lacking.take(record(text))
    assert "open files" in lacking.words

"""What may befall finished files: cut, altered, emptied, swapped, gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

Damage = Callable[[Path, Path, float], object]
"""Spoils a file; there is another one, and a share of the file that tells where."""


@dataclass(frozen=True)
class DamageCase:
    """Which of some files is damaged, how, and where; and which other one may take its place."""

    file: int
    other: int
    how: str
    where: float


damages = st.builds(
    DamageCase,
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.deferred(lambda: st.sampled_from(sorted(DAMAGES))),
    st.floats(0, 0.999),
)


def _flip(path: Path, _: Path, where: float) -> None:
    content = bytearray(path.read_bytes()) or bytearray(b"x")
    content[int(where * len(content))] ^= 1 << int(where * 1000) % 8
    path.write_bytes(bytes(content))


def _folder(path: Path, _: Path, __: float) -> None:
    path.unlink()
    path.mkdir()


def _record(path: Path) -> Path:
    return path.parent / ".digests" / f"{path.name}.sha256"


def _spoil_record(path: Path, text: bytes) -> None:
    if _record(path).exists():
        _record(path).write_bytes(text)


def _record_folder(path: Path) -> None:
    if _record(path).is_file():
        _record(path).unlink()
        _record(path).mkdir()


DAMAGES: Mapping[str, Damage] = {
    "flip": _flip,
    "cut": lambda path, _, at: path.write_bytes(path.read_bytes()[: int(at * path.stat().st_size)]),
    "longer": lambda path, _, __: path.write_bytes(path.read_bytes() + b"\0"),
    "empty": lambda path, _, __: path.write_bytes(b""),
    "text": lambda path, _, __: path.write_bytes(b"no such thing\n"),
    "swapped": lambda path, other, _: path.write_bytes(other.read_bytes()),
    "folder": _folder,
    "record emptied": lambda path, _, __: _spoil_record(path, b""),
    "record of bytes": lambda path, _, __: _spoil_record(path, b"\xff\xfe\0\0"),
    "record of another": lambda path, _, __: _spoil_record(path, b"0" * 64 + b"  x\n"),
    "record a folder": lambda path, _, __: _record_folder(path),
}

"""The compiled kernel: kept where only its user writes, and compiled again where it is damaged."""

from __future__ import annotations

import ast
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numba
import pytest
from numba.core.caching import _CacheLocator

from landloom.map import kernel_cache
from landloom.map.forest import forest
from landloom.map.forest.compiled import PREDICTION
from landloom.map.forest.compiled import VECTORS as VECTORS_KERNEL
from landloom.map.forest.vectors import lacking

pytestmark = pytest.mark.slow

LOAD = """
import logging, os
logging.basicConfig(level="INFO", format="%(message)s")
from landloom.map.forest.compiled import PREDICTION
from landloom.map.kernel_cache import load_kernel
folder = load_kernel(PREDICTION)
from landloom.map.forest.forest import compile_kernel
from landloom.map.forest import kernel
compile_kernel()
assert kernel.__file__ == str(folder / "kernel.py")
print(folder)
"""


class Crafted:
    """What runs a command when it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ("ran",)


def load(cwd: Path, script: str = LOAD, **environment: str) -> tuple[Path, bool]:
    """Load the kernel in a process of its own; return its folder, and whether it was compiled."""
    base = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    environment = base | {"PYTHONPATH": str(Path(forest.__file__).parents[3])} | environment
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip()), "compiling" in done.stderr


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def kept(cache):
    folder, compiled = load(cache, XDG_CACHE_HOME=str(cache))
    assert compiled
    return folder


def of_numba(kept: Path) -> list[Path]:
    return sorted(path for path in (kept / "__pycache__").iterdir() if path.suffix[:3] == ".nb")


def test_it_is_compiled_once(cache, kept):
    before = {path: path.stat().st_mtime_ns for path in of_numba(kept)}
    assert len(before) >= 10
    assert load(cache, XDG_CACHE_HOME=str(cache)) == (kept, False)
    assert {path: path.stat().st_mtime_ns for path in of_numba(kept)} == before
    assert {path.stat().st_uid for path in kept.parents[:1]} == {os.getuid()}


def cut_index(kept: Path) -> None:
    index = next(path for path in of_numba(kept) if path.suffix == ".nbi")
    index.write_bytes(index.read_bytes()[:-9])


def empty_code(kept: Path) -> None:
    for path in of_numba(kept):
        path.write_bytes(b"")


def flip_code(kept: Path) -> None:
    code = max(of_numba(kept), key=lambda path: path.stat().st_size)
    body = bytearray(code.read_bytes())
    body[len(body) // 2] ^= 1
    code.write_bytes(body)


def remove_one(kept: Path) -> None:
    of_numba(kept)[0].unlink()


def edit_source(kept: Path) -> None:
    with (kept / "kernel.py").open("a") as source:
        source.write("\nraise SystemExit('edited')\n")


def remove_all_but_folders(kept: Path) -> None:
    for path in kept.rglob("*"):
        if path.is_file():
            path.unlink()


DAMAGES = [cut_index, empty_code, flip_code, remove_one, edit_source, remove_all_but_folders]


@pytest.mark.parametrize("spoil", DAMAGES, ids=lambda spoil: spoil.__name__)
def test_it_heals(cache, kept, spoil):
    spoil(kept)
    assert load(cache, XDG_CACHE_HOME=str(cache)) == (kept, True)
    assert load(cache, XDG_CACHE_HOME=str(cache)) == (kept, False)


def test_what_lies_beside_results_is_not_run(cache, kept, tmp_path):
    beside = tmp_path / "results/map/kernel"
    crafted = pickle.dumps(numba.__version__) + pickle.dumps(Crafted())
    # Where Numba looks that is told of the folder, for a source in the cache and one in the folder.
    sources = (kept / "kernel.py", beside / "kernel.py")
    subpath = _CacheLocator.get_suitable_cache_subpath
    for folder in (beside / "__pycache__", *(beside / subpath(str(path)) for path in sources)):
        folder.mkdir(parents=True)
        for path in of_numba(kept):
            (folder / path.name).write_bytes(crafted)
    found = load(tmp_path, XDG_CACHE_HOME=str(cache), NUMBA_CACHE_DIR=str(beside))
    assert found == (kept, False)
    assert not (tmp_path / "ran").exists()


def test_an_open_cache_is_not_used(tmp_path):
    open_to_all = tmp_path / "cache" / "landloom"
    open_to_all.mkdir(parents=True)
    open_to_all.chmod(0o777)
    (tmp_path / "tmp").mkdir()
    tmp = str(tmp_path / "tmp")
    folder, _ = load(tmp_path, XDG_CACHE_HOME=str(open_to_all.parent), TMPDIR=tmp)
    assert folder.parent == Path(tmp, f"landloom-{os.getuid()}")
    assert list(open_to_all.iterdir()) == []


def test_without_a_folder_each_process_compiles_and_leaves_nothing(tmp_path):
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp" / f"landloom-{os.getuid()}").touch()
    folder, _ = load(tmp_path, XDG_CACHE_HOME="/dev/null", TMPDIR=str(tmp_path / "tmp"))
    assert folder.parent == tmp_path / "tmp"
    assert not folder.exists()


VECTORS = """
import logging
logging.basicConfig(level="INFO", format="%(message)s")
from landloom.map.classifiers.kinds import load_kernels
*_, folder = load_kernels("forest")
from landloom.map.forest.forest import compile_vectors
compile_vectors()
from landloom.map.forest import vector_kernel
assert vector_kernel.__file__ == str(folder / "vector_kernel.py")
print(folder)
"""


@pytest.mark.skipif(lacking() is not None, reason=str(lacking()))
def test_vectors_are_compiled_once_too(cache):
    folder, compiled = load(cache, VECTORS, XDG_CACHE_HOME=str(cache))
    assert compiled
    before = {path: path.stat().st_mtime_ns for path in of_numba(folder)}
    assert load(cache, VECTORS, XDG_CACHE_HOME=str(cache)) == (folder, False)
    assert {path: path.stat().st_mtime_ns for path in of_numba(folder)} == before


def test_what_the_processor_lacks_is_not_compiled(tmp_path):
    script = """
from landloom.map.classifiers.kinds import load_kernels
(folder,) = load_kernels("forest")
print(folder)
"""
    folder, _ = load(tmp_path, script, XDG_CACHE_HOME=str(tmp_path), NUMBA_CPU_NAME="generic")
    assert [path.name for path in folder.glob("*.py")] == ["kernel.py"]


def test_all_that_a_kernel_is_written_in_is_its_key(monkeypatch, tmp_path):
    known = kernel_cache._file_of
    one = (kernel_cache._key(VECTORS_KERNEL), VECTORS_KERNEL.digest)
    edited = tmp_path / "edited.py"
    for name in (VECTORS_KERNEL.module, *VECTORS_KERNEL.written_in):
        edited.write_text(known(name).read_text() + "\nEDITED = True\n")
        monkeypatch.setattr(
            kernel_cache,
            "_file_of",
            lambda module, name=name: edited if module == name else known(module),
        )
        other = (kernel_cache._key(VECTORS_KERNEL), VECTORS_KERNEL.digest)
        assert not set(one) & set(other)


def test_a_kernel_imports_nothing_that_is_not_in_its_key():
    for kernel in (PREDICTION, VECTORS_KERNEL):
        for name in (kernel.module, *kernel.written_in):
            tree = ast.parse(kernel_cache._file_of(name).read_text())
            own = [
                f"{node.module}.{alias.name}"
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and str(node.module).startswith("landloom")
                for alias in node.names
            ]
            assert all(imported.startswith(kernel.written_in) for imported in own)
            assert not own or kernel.written_in


def test_each_kernel_has_a_folder_of_its_own(cache, kept):
    script = """
import logging
logging.basicConfig(level="INFO", format="%(message)s")
from landloom.map.applicability.search import SEARCH, compile_search
from landloom.map.kernel_cache import load_kernel
folder = load_kernel(SEARCH)
compile_search()
from landloom.map.applicability import kernel
assert kernel.__file__ == str(folder / "kernel.py")
print(folder)
"""
    found, compiled = load(cache, script, XDG_CACHE_HOME=str(cache))
    assert compiled
    assert found.parent == kept.parent
    assert found != kept
    assert load(cache, script, XDG_CACHE_HOME=str(cache)) == (found, False)
    assert load(cache, XDG_CACHE_HOME=str(cache)) == (kept, False)

"""Compiled kernels, kept for all jobs of a user: one takes half a minute to compile.

Numba keeps compiled code as pickles, which may run anything when they are loaded. So it is kept in
a folder that only the user writes to, never beside results; its key is all that it depends on. What
is damaged there, or of another making, is compiled again.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import importlib.util
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landloom.job.files import machine
from landloom.job.integrity import RECORDS, damages, record
from landloom.job.private_folder import private_folder

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kernel:
    """A module that numba compiles.

    Parameters
    ----------
    module
        Its dotted name. It may import nothing but numba, numpy, and those in `written_in`.
    what
        What it does, in a word for the log.
    compiled
        Compiles all that will be called, by calling it.
    written_in
        Dotted names of other modules whose text is compiled with it.
    lacking
        Returns why this process cannot run it, and will not ask for it; None where it can.
    """

    module: str
    what: str
    compiled: Callable[[], None]
    written_in: tuple[str, ...] = ()
    lacking: Callable[[], str | None] = lambda: None

    @property
    def source(self) -> Path:
        """The file of the module, in the package."""
        return _file_of(self.module)

    @property
    def texts(self) -> list[str]:
        """All that is compiled."""
        return [
            _file_of(name).read_text(encoding="utf-8") for name in (self.module, *self.written_in)
        ]

    @property
    def digest(self) -> str:
        """SHA-256 of the texts, as Snakemake's copies from a repository have them, too."""
        # They lack the last line's end.
        text = "\n".join(text.rstrip() for text in self.texts)
        return hashlib.sha256(text.encode()).hexdigest()


def _file_of(module: str) -> Path:
    _, *folders, name = module.split(".")
    return Path(__file__).parents[1].joinpath(*folders, f"{name}.py")


def load_kernel(kernel: Kernel) -> Path:
    """Load a kernel for this process, compiled before if it can be, and return its folder.

    Where several jobs need it that is not there yet, one compiles it and the others wait. A user
    without a folder to keep it in has it compiled by each job.

    Takes effect for a process that has not used it yet.
    """
    source, home = kernel.source, private_folder()
    if home is None:
        log.info("the compiled %s cannot be kept: no folder of the user's own", kernel.what)
        folder = Path(tempfile.mkdtemp(prefix=f"landloom.{machine()}.{os.getpid()}."))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _compile_in(folder, kernel)
        return folder
    folder = home / f"kernel-{_key(kernel)}"
    if not _is_whole(folder):
        with _alone(home / f"{folder.name}.lock"):
            if not _is_whole(folder):
                _make(folder, kernel)
    _import_from(folder / source.name, kernel)
    return folder


def _key(kernel: Kernel) -> str:
    """Return a digest of what compiled code depends on."""
    import llvmlite
    import numba
    from llvmlite import binding

    facts = (
        *kernel.texts,
        sys.version,
        numba.__version__,
        llvmlite.__version__,
        binding.get_process_triple(),
        binding.get_host_cpu_name(),
        binding.get_host_cpu_features().flatten(),
        # What Numba can be told, as another processor; where it keeps code does not matter.
        *sorted(f"{name}={value}" for name, value in os.environ.items() if _tells_numba(name)),
    )
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:24]


def _tells_numba(name: str) -> bool:
    return name.startswith("NUMBA_") and not name.startswith(("NUMBA_CACHE", "NUMBA_NUM_THREADS"))


def _is_whole(folder: Path) -> bool:
    """Return whether a folder holds what was compiled, as it was."""
    recorded = [path.name for path in folder.rglob(f"{RECORDS}/*.sha256")]
    # Who cleans a cache up may leave folders, and no files in them.
    for kind in (".py", ".nbi", ".nbc"):
        if not any(name.endswith(f"{kind}.sha256") for name in recorded):
            return False
    return not any(damages(folder))


def _make(folder: Path, kernel: Kernel) -> None:
    """Compile into a folder, which appears when it is whole."""
    log.info("compiling the %s, to be kept in %s", kernel.what, folder)
    shutil.rmtree(folder, ignore_errors=True)
    draft = folder.with_name(f".{folder.name}.{machine()}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir()
        _compile_in(draft, kernel)
        record(draft)
        with suppress(OSError):  # without locks, another may have been faster
            draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _compile_in(folder: Path, kernel: Kernel) -> None:
    source = kernel.source
    shutil.copyfile(source, folder / source.name)
    _import_from(folder / source.name, kernel)
    kernel.compiled()


def _import_from(path: Path, kernel: Kernel) -> None:
    """Take a kernel from a file; Numba looks for compiled code in the ``__pycache__`` beside it."""
    import numba

    options: Any = numba.config
    options.CACHE_DIR = options.CACHE_LOCATOR_CLASSES = ""  # or they would go before
    spec = importlib.util.spec_from_file_location(kernel.module, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[kernel.module] = module
    spec.loader.exec_module(module)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait until no other process is in such a block; where files cannot be locked, go on."""
    with path.open("w", encoding="utf-8") as lock:
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield

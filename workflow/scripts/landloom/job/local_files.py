"""What lies at a path of this machine, told before it is opened: a pipe would be waited for."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}
_RASTER_FOLDERS = {".zarr", ".gdb", ".safe"}


def odd_kind(path: str | Path) -> str:
    """Return what a path leads to, where that is no file; nothing for a file, or where none is."""
    try:
        mode = Path(path).stat().st_mode
    except OSError as error:
        return "a link that leads back to itself" if error.errno == errno.ELOOP else ""
    except ValueError:  # a NUL, of which no path has one
        return ""
    return "" if stat.S_ISREG(mode) else _KINDS.get(stat.S_IFMT(mode), "no file")


def odd_raster(path: str | Path) -> str:
    """Return the same for a raster, of which some are folders to GDAL."""
    kind, folder = odd_kind(path), Path(path)
    if kind == _KINDS[stat.S_IFDIR] and (
        folder.suffix.lower() in _RASTER_FOLDERS or (folder / "hdr.adf").exists()
    ):
        return ""
    return kind

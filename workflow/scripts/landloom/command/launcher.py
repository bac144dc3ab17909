"""The file ``landloom`` of a clone's environment: ``python -m landloom.command.launcher FILE``.

`make demo` writes it: the environment is installed from a lock file of hashes, which a clone has
none of, and what is edited in the clone takes effect at once.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

_TEXT = """\
#!/bin/sh
# Written by make: the command of the clone that this environment lies in.
exec {python} -P -c {code} "$@"
"""
_CODE = (
    "import sys; sys.path.insert(0, {scripts!r}); from landloom.command.main import main; "
    "sys.exit(main())"
)


def write_launcher(file: Path, python: Path, scripts: Path) -> None:
    """Write the command.

    Parameters
    ----------
    file
        What to write.
    python
        The interpreter of the environment.
    scripts
        The folder that the package lies in.
    """
    code = _CODE.format(scripts=str(scripts))
    text = _TEXT.format(python=shlex.quote(str(python)), code=shlex.quote(code))
    file.write_text(text, encoding="utf-8")
    file.chmod(0o755)


if __name__ == "__main__":
    target = Path(sys.argv[1]).absolute()
    write_launcher(target, target.with_name("python"), Path(__file__).parents[2])

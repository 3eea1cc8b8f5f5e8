"""Writing a file so that it is either the old one or the new one, whatever happens in between."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from pathlib import Path


def _write_in_place(target: Path, text: str) -> None:
    with target.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def write_text(path: Path, text: str, *, mode: int | None = None) -> None:
    """Replace a file's text (UTF-8, line ends as they are); its mode is kept, or `mode` for a new one.

    A symbolic link stays one: its target is replaced. A file with several names (hard links) is written in place, so that
    all of them keep naming it. Raises OSError when the file cannot be written, or nobody is meant to write it.
    """
    target = path.resolve()
    if target.exists():
        if not target.stat().st_mode & 0o222 or not os.access(target, os.W_OK):
            # Replacing it would ask the folder alone.
            raise PermissionError(errno.EACCES, "it is read-only")
        if target.stat().st_nlink > 1:
            _write_in_place(target, text)
            return
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, name)
        elif mode is not None:
            Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise

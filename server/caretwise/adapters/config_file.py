"""The user's `config.toml`: where it is, its bytes, and the one setting that is needed before all others.

What `initialize` answers rests on `completion`, and editors wait for that answer: this file imports nothing of the settings.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

APP = "caretwise"

NOT_THERE = "not there"
"""Why a file was not read that does not exist."""

MOST_BYTES = 1 << 20
"""A configuration file larger than this is not read."""

COMPLETION = ("auto", "on", "off")
"""What `completion` may be; the first is the default."""


def config_path(environ: Mapping[str, str]) -> Path:
    """Where the user's configuration is looked for."""
    if named := environ.get("CARETWISE_CONFIG"):
        return Path(named)
    import platformdirs  # noqa: PLC0415 - not needed where the variable is set

    return Path(platformdirs.user_config_dir(APP, appauthor=False)) / "config.toml"


def read_config(path: Path) -> tuple[bytes, str]:
    """The file's content, and why there is none: `NOT_THERE`, or what is wrong with the file ("" when it was read)."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            return b"", "it is a folder"
        if not stat.S_ISREG(found.st_mode):  # nobody may ever write to a pipe, and a device has no end
            return b"", "it is not a plain file"
        if found.st_size > MOST_BYTES:
            return b"", "it is larger than 1 MiB; a configuration is a few lines"
        return path.read_bytes(), ""
    except FileNotFoundError:
        return b"", NOT_THERE
    except OSError as error:
        return b"", error.strerror or type(error).__name__


def completion_choice(environ: Mapping[str, str] | None = None) -> str:
    """The setting `completion`, one of `COMPLETION`; the default where it is not set, or set wrongly (`load` tells that)."""
    content, _ = read_config(config_path(os.environ if environ is None else environ))
    if b"completion" not in content:
        return COMPLETION[0]
    import tomllib  # noqa: PLC0415 - seldom needed here

    try:
        chosen = tomllib.loads(content.decode("utf-8-sig")).get("completion")
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return COMPLETION[0]
    return chosen if isinstance(chosen, str) and chosen in COMPLETION else COMPLETION[0]

"""Where benchmarks keep their tables: one file, one dated section for each benchmark."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import os
import platform
import re
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")

_HEAD = """# Measurements

One section for each benchmark, with its date. The command is in the section.
"""


def keep(title: str, command: str, body: str, *, packages: tuple[str, ...] = (), path: Path = RESULTS) -> None:
    """Put `body` under the heading `title`, in place of what stood there, with the command, date, versions and machine."""
    text = path.read_text(encoding="utf-8") if path.exists() else _HEAD
    section = f"## {title}\n\n{setting(*packages)}\n\n`{command}`\n\n{body.strip()}\n"
    found = re.search(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    if found is None:
        text = text.rstrip("\n") + "\n\n" + section
    else:
        text = text[: found.start()] + section + ("\n" if found.end() < len(text) else "") + text[found.end() :]
    path.write_text(text, encoding="utf-8")


def setting(*packages: str) -> str:
    """The day, the versions and the machine, in one sentence."""
    versions = [f"Python {platform.python_version()}"]
    versions += [f"{name} {importlib.metadata.version(name)}" for name in packages]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB"
    today = dt.datetime.now(dt.UTC).date()
    return f"Measured on {today}: {', '.join(versions)}; {machine}; other work shared the machine."

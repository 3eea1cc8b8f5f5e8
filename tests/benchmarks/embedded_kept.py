"""Where tables of measurements are kept: a section of `RESULTS.md`, and a part of the README between two marks."""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
RESULTS = Path(__file__).parent / "RESULTS.md"


def keep_section(title: str, body: str) -> None:
    """Replace (or add) one section of `RESULTS.md`; the others stay as they are."""
    text = RESULTS.read_text("utf-8") if RESULTS.exists() else "# Measurements\n"
    machine = f"{platform.system()}, Python {platform.python_version()}, {os.cpu_count()} cores"
    section = f"## {title}\n\n{dt.datetime.now(dt.UTC).date()}, {machine}.\n\n{body.strip()}\n"
    found = re.search(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    text = text[: found.start()] + section + "\n" + text[found.end() :] if found else f"{text.rstrip()}\n\n{section}"
    RESULTS.write_text(text.rstrip() + "\n", "utf-8")


def keep_in_readme(mark: str, body: str) -> None:
    """Replace what stands in the README between `<!-- mark -->` and `<!-- end of mark -->`."""
    path = ROOT / "README.md"
    text = path.read_text("utf-8")
    start, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    if start not in text or end not in text:
        sys.exit(f"README.md lacks the marks {start} and {end}")
    before, after = text.split(start)[0], text.split(end)[1]
    path.write_text(f"{before}{start}\n{body.strip()}\n{end}{after}", "utf-8")

"""Whether output is coloured: on a terminal that takes it, unless the user says no (NO_COLOR)."""

from __future__ import annotations

import os
import sys


def refused() -> bool:
    """Whether the user or the terminal wants no colour, wherever the output goes."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"


def coloured() -> bool:
    """Whether standard output is a terminal that takes colour. Where it is not, marks stand in its place."""
    return sys.stdout.isatty() and not refused()

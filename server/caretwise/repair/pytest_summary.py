"""pytest's short summary, which is all that `--tb=no` leaves: a failing test's file and name, and a few words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from caretwise.repair.test_output import Failure, Frame, joined

_TEST = r"(?P<file>\S.*?\.pyi?)::(?P<path>(?:\w+::)*)(?P<name>\w+)(?:\[.*?\])?"
_HOW = r"(?P<how>FAILED|ERROR|SUBFAILED(?:\(.*?\)|\[.*?\])*)"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"{_HOW} {_TEST}(?: - (?P<words>.*))?",
        # `-v` says it of each test, by itself or by one of several workers.
        rf"{_TEST} {_HOW}(?P<words>)(?: +\[ *\d+%\])?\s*",
        rf"\[gw\d+\] \[ *\d+%\] {_HOW} {_TEST}(?P<words>)\s*",
    )
)
_FILE = re.compile(r"ERROR (?P<file>\S.*?\.pyi?)(?: - (?P<words>.*))?")
"""A file of tests that could not be loaded."""


def read_summary(lines: Sequence[str]) -> list[Failure]:
    """Every test that failed, then those with an error before or behind them, then files that could not be loaded."""
    found: dict[tuple[str, str, str], Failure] = {}
    for form in _FORMS:
        matches = [match for line in lines if (match := form.fullmatch(line))]
        for one in sorted(matches, key=lambda match: match["how"] == "ERROR"):
            found.setdefault((one["file"], one["path"], one["name"]), _failure(one))
        if found:
            break
    files = [match for line in lines if (match := _FILE.fullmatch(line))]
    return [*found.values(), *(_not_loaded(one) for one in files)]


def _not_loaded(match: re.Match[str]) -> Failure:
    return Failure((Frame(match["file"], -1),), joined([match["words"] or f"{match['file']} cannot be loaded"]))


def _failure(match: re.Match[str]) -> Failure:
    words = (match["words"] or "").strip() or f"{match['name']} has failed"
    test = f"{match['path']}{match['name']}".replace("::", ".")
    return Failure((Frame(match["file"], -1, match["name"]),), joined([words]), test)

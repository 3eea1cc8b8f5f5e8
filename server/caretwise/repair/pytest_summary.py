"""pytest's short summary, which is all that `--tb=no` leaves: a failing test's file and name, and a few words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from caretwise.repair.test_output import MOST_MESSAGE, Failure, Frame

_TEST = r"(?P<file>\S.*?\.py)::(?:\w+::)*(?P<name>\w+)(?:\[.*?\])?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"(?P<how>FAILED|ERROR) {_TEST}(?: - (?P<words>.*))?",
        # `-v` says it of each test, by itself or by one of several workers.
        rf"{_TEST} (?P<how>FAILED|ERROR)(?P<words>)(?: +\[ *\d+%\])?\s*",
        rf"\[gw\d+\] \[ *\d+%\] (?P<how>FAILED|ERROR) {_TEST}(?P<words>)\s*",
    )
)


def read_summary(lines: Sequence[str]) -> Failure | None:
    """The last test that failed, else the last one with an error before it or behind it; None without any."""
    last: dict[str, re.Match[str]] = {}
    for form in _FORMS:
        for line in lines:
            if match := form.fullmatch(line):
                last[match["how"]] = match
        found = last.get("FAILED") or last.get("ERROR")
        if found is not None:
            words = (found["words"] or "").strip() or f"{found['name']} has failed"
            return Failure((Frame(found["file"], -1, found["name"]),), words[:MOST_MESSAGE])
    return None

"""The layer "parses": after a fix a text parses no worse than before it; a long one is looked at around the fix only."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass

from caretwise.repair.verification import PARSES, Layer
from caretwise.syntax.grammar import Parsed, parse, parse_text
from caretwise.syntax.health import faults
from caretwise.text.language import Language
from caretwise.text.position import Range
from caretwise.text.snapshot import Snapshot

_MOST_CHARACTERS = 100_000
"""Python's parser holds the interpreter for 40 ms with a text of this size; of a longer one it gets the fix's part."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A text before and after a fix, parsed alike. `whole`: all of it is, not only the part around the fix."""

    before: Parsed
    after: Parsed
    whole: bool


def pair(snapshot: Snapshot, after: Snapshot, region: Range, language: Language) -> Pair | None:
    """Both texts parsed: all of them, or as many lines around the region as one parse may cover; None when neither can be."""
    old, new = parse_text(snapshot.text, language), parse_text(after.text, language)
    if old is not None and new is not None:
        return Pair(old, new, whole=True)
    around = parse(snapshot, language, region.start)
    if around is None or around.last_line <= region.end.line:
        return None
    first, last = around.first_line, around.last_line
    old = parse_text(_lines(snapshot, first, last), language)
    new = parse_text(_lines(after, first, last + _grown(snapshot, after)), language)
    return Pair(old, new, whole=False) if old is not None and new is not None else None


def parses(snapshot: Snapshot, after: Snapshot, region: Range, parsed: Pair | None, language: Language) -> Layer:
    """The layer for a fix inside `region`."""
    if parsed is None:
        why = "its lines are too long to parse" if language.grammar else "there is no grammar for it here"
        return Layer(PARSES, "not run", why)
    if faults(parsed.after) > faults(parsed.before):
        return Layer(PARSES, "failed", "the file would parse worse than before")
    if language.id == "python":
        # The grammar is more lenient than Python: it lets `print "x"` pass.
        fault = _new_python_fault(snapshot, after, region)
        if fault:
            return Layer(PARSES, "failed", f"the file would parse worse than before: {fault}")
    return Layer(PARSES, "passed", "" if parsed.whole else "the part around the fix; the file is long")


def _new_python_fault(snapshot: Snapshot, after: Snapshot, region: Range) -> str:
    """What Python's own parser says of the fix, when it has nothing to say of the text before it."""
    if max(len(snapshot.text), len(after.text)) <= _MOST_CHARACTERS:
        return "" if _python_fault(snapshot.text, 0) else _python_fault(after.text, 0)
    first, last = _at_margin(snapshot, region)
    before, now = _lines(snapshot, first, last), _lines(after, first, last + _grown(snapshot, after))
    if max(len(before), len(now)) > _MOST_CHARACTERS or _python_fault(before, first):
        return ""
    return _python_fault(now, first)


def _at_margin(snapshot: Snapshot, region: Range) -> tuple[int, int]:
    """The lines (the last not included) from the statement at the margin that holds the region to the next one."""
    first, last = region.start.line, region.end.line + 1
    while first > 0 and not snapshot.lines[first][:1].isalpha():
        first -= 1
    while first > 0 and snapshot.lines[first - 1].startswith("@"):
        first -= 1
    while last < len(snapshot.lines) and not (snapshot.lines[last][:1].isalpha() or snapshot.lines[last][:1] == "@"):
        last += 1
    return first, last


def _python_fault(text: str, first: int) -> str:
    """What Python's parser says, with the line of the document; "" when it has nothing to say."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        return f"SyntaxError: {error.msg} (line {first + (error.lineno or 1)})"
    except (ValueError, RecursionError, MemoryError):
        return ""
    return ""


def _lines(snapshot: Snapshot, first: int, last: int) -> str:
    return "".join(snapshot.lines[first:last])


def _grown(snapshot: Snapshot, after: Snapshot) -> int:
    return len(after.lines) - len(snapshot.lines)

"""Checkers that find problems in a text without running it: Python's own parser, and the grammars for other languages."""

from __future__ import annotations

import ast
import warnings

from caretwise.repair.finding import Finding
from caretwise.syntax.grammar import parse_text
from caretwise.text.language import Language
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot

_MOST_CHARACTERS = 500_000


def syntax_findings(snapshot: Snapshot, language: Language) -> list[Finding]:
    """What does not parse; empty when everything does, or when there is nobody to ask."""
    if language.id == "python":
        return _python(snapshot)
    parsed = parse_text(snapshot.text, language)
    found: list[Finding] = []
    left = [parsed.root] if parsed is not None else []
    while left and len(found) < 20:
        node = left.pop()
        if node.is_error or node.is_missing:
            line = node.start_point.row
            whole = Range(Position(line, 0), Position(line, len(snapshot.line(line))))
            what = f"missing {node.type!r}" if node.is_missing else "syntax error"
            found.append(Finding(whole, what, source="tree-sitter"))
        elif node.has_error:
            left.extend(reversed(node.children))
    return found


def _python(snapshot: Snapshot) -> list[Finding]:
    if len(snapshot.text) > _MOST_CHARACTERS:
        return []
    try:
        with warnings.catch_warnings():
            # A warning about somebody's string literal is not what was asked for.
            warnings.simplefilter("ignore")
            ast.parse(snapshot.text)
    except SyntaxError as error:
        line = max(0, (error.lineno or 1) - 1)
        start = Position(line, max(0, (error.offset or 1) - 1))
        end = Position(max(line, (error.end_lineno or line + 1) - 1), max(0, (error.end_offset or 1) - 1))
        span = Range(snapshot.clamp(start), max(snapshot.clamp(start), snapshot.clamp(end)))
        return [Finding(span, f"SyntaxError: {error.msg}", code="syntax", source="python")]
    except (ValueError, RecursionError, MemoryError):
        return []
    return []

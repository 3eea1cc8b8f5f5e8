"""Evidence: the code that a model needs to see to mend a finding, beside the part that it may change.

In the order of their worth: the definitions of the names at the problem, the class around the part, the file's imports
and declarations, the places that call the function, then whatever looks related. All texts come in masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from caretwise.context.snippet import CHARACTERS_PER_TOKEN, Snippet, Source, identifiers
from caretwise.syntax.functions import Definition, definitions
from caretwise.syntax.grammar import Parsed
from caretwise.syntax.outline import declarations
from caretwise.text.indent import is_blank, leading
from caretwise.text.position import Range
from caretwise.text.snapshot import Snapshot

_HEAD_LINES = 40
_DEFINITION_LINES = 30
"""A definition of this file longer than this is shown by its first lines."""
_ELSEWHERE_LINES = 12
_MOST_DEFINITIONS = 8
_MOST_CALLS = 4
_DECLARING = r"(?:def|class|function|func|fn|interface|type|struct|enum|trait|const|let|var|record)"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is shown beside the region: pieces of code with a sentence about each, and snippets of other files."""

    pieces: tuple[tuple[str, str], ...]
    snippets: tuple[Snippet, ...]

    def as_text(self) -> str:
        """For a prompt; empty when there is nothing to show."""
        parts = [f"<file path={snippet.path!r}>\n{snippet.text}\n</file>" for snippet in self.snippets]
        parts += [f"{words}:\n{text}" for words, text in self.pieces]
        return "\n".join(parts) + "\n" if parts else ""


class _Budget:
    """Characters that are left."""

    def __init__(self, characters: int) -> None:
        self.left = characters

    def take(self, text: str, share: int | None = None) -> str:
        """As many whole lines of the text as fit, at most `share` characters."""
        room = self.left if share is None else min(self.left, share)
        if len(text) > room:
            text = text[: max(0, room)].rpartition("\n")[0]
        self.left -= len(text)
        return text


def gather(
    snapshot: Snapshot,
    region: Range,
    parsed: Parsed | None,
    snippets: Sequence[Snippet],
    sources: Sequence[Source] = (),
    *,
    budget: int,
    spans: Sequence[Range] = (),
) -> Evidence:
    """Collect the evidence for a region, at most `budget` tokens. `spans` are the problems' own places in it."""
    room = _Budget(budget * CHARACTERS_PER_TOKEN)
    third = room.left // 3
    found = definitions(parsed) if parsed is not None else ()
    wanted = _wanted(snapshot, region, spans)
    pieces = [
        (
            "The names used there are defined like this",
            room.take(_defined(snapshot, region, found, sources, wanted), third),
        ),
        ("It stands in", room.take(_heads(snapshot, region, found), third // 3)),
        ("The file begins", room.take(_head(snapshot, _first_line(found, region)), third // 2)),
        ("The file declares", room.take(_outline(parsed, region), third // 2)),
        ("It is called like this", room.take(_calls(snapshot, region, found, sources), third // 2)),
    ]
    chosen: list[Snippet] = []
    for snippet in snippets:
        if any(snippet.path == one.path and snippet.text.strip() in one.text for one in chosen):
            continue
        size = len(snippet.text) + len(snippet.path) + 16
        if size > room.left:
            break
        room.left -= size
        chosen.append(snippet)
    return Evidence(tuple((words, text) for words, text in pieces if text), tuple(chosen))


def _wanted(snapshot: Snapshot, region: Range, spans: Sequence[Range]) -> list[str]:
    """The names to define, those on the problems' lines first."""
    near = [
        snapshot.line(line)
        for span in spans
        for line in range(span.start.line, min(span.end.line, span.start.line + 5) + 1)
    ]
    names: dict[str, None] = {}
    for text in (*near, snapshot.slice(region)):
        names.update(dict.fromkeys(sorted(identifiers(text))))
    return list(names)[:300]


def _defined(
    snapshot: Snapshot, region: Range, found: Sequence[Definition], sources: Sequence[Source], wanted: Sequence[str]
) -> str:
    here = {one.name: one for one in reversed(found) if one.name and not _overlaps(one.span, region)}
    shown: list[str] = []
    for name in wanted:
        if len(shown) >= _MOST_DEFINITIONS:
            break
        if name in here:
            one = here[name].span
            last = min(one.end.line, one.start.line + _DEFINITION_LINES)
            shown.append(_lines(snapshot.line(number) for number in range(one.start.line, last + 1)))
        else:
            shown += _elsewhere(name, sources)
    return "\n".join(shown)


def _elsewhere(name: str, sources: Sequence[Source]) -> list[str]:
    """The first lines of a definition in another file."""
    head = re.compile(rf"^[ \t]*(?:[\w]+ ){{0,3}}{_DECLARING} (?:\([^)\n]*\) )?{re.escape(name)}\b", re.MULTILINE)
    for source in sources:
        if name not in source.text:
            continue
        match = head.search(source.text)
        if match:
            lines = source.text[match.start() :].split("\n")[:_ELSEWHERE_LINES]
            base = len(leading(lines[0]))
            body = [
                line for line in lines[1:] if is_blank(line) or len(leading(line)) > base or line.strip() in {"}", ")"}
            ]
            return [f"{lines[0]}\n{_lines(body)}  ({source.path})".replace("\n  (", "  (")]
    return []


def _overlaps(span: Range, region: Range) -> bool:
    return span.start <= region.end and region.start <= span.end


def _heads(snapshot: Snapshot, region: Range, found: Sequence[Definition]) -> str:
    """The first lines of what stands around the region, outermost first: classes, and a function that is longer than it."""
    around = [one for one in found if one.span.start < region.start and region.end <= one.span.end]
    return _lines(
        snapshot.line(number)
        for one in around
        for number in range(one.span.start.line, min(one.span.start.line + 6, region.start.line))
    )


def _first_line(found: Sequence[Definition], region: Range) -> int:
    """Where the first function or class begins: what stands before it is the file's head."""
    return min((one.span.start.line for one in found), default=region.start.line)


def _head(snapshot: Snapshot, before: int) -> str:
    lines: list[str] = []
    for number in range(min(before, _HEAD_LINES)):
        line = snapshot.line(number)
        if leading(line) and not lines:
            continue
        lines.append(line)
    return _lines(lines)


def _outline(parsed: Parsed | None, region: Range) -> str:
    if parsed is None:
        return ""
    return "\n".join(
        "    " * one.depth + one.signature
        for one in declarations(parsed)
        if not region.start.line <= one.line <= region.end.line
    )


def _calls(snapshot: Snapshot, region: Range, found: Sequence[Definition], sources: Sequence[Source]) -> str:
    """Lines that call the region's function, in this file and in others."""
    own = next(
        (one.name for one in found if one.span.start.line == region.start.line and one.kind == "function" and one.name),
        "",
    )
    if not own:
        return ""
    call = re.compile(rf"(?<!def )(?<!func )(?<!fn )(?<!function )\b{re.escape(own)}\s*\(")
    outside = (
        snapshot.line(number)
        for number in range(len(snapshot.lines))
        if not region.start.line <= number <= region.end.line and own in snapshot.lines[number]
    )
    shown = [line.strip()[:200] for line in outside if call.search(line)][:_MOST_CALLS]
    for source in sources:
        if own in source.text and len(shown) < _MOST_CALLS:
            hits = [line.strip()[:200] for line in source.text.split("\n") if own in line and call.search(line)]
            shown += [f"{line}  ({source.path})" for line in hits[: _MOST_CALLS - len(shown)]]
    return "\n".join(shown)


def _lines(lines: Iterable[str]) -> str:
    kept = list(lines)
    while kept and is_blank(kept[-1]):
        kept.pop()
    return "\n".join(kept)

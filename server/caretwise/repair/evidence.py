"""Evidence: the code that a model needs to see to mend a finding, beside the part that it may change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caretwise.context.snippet import CHARACTERS_PER_TOKEN, Snippet
from caretwise.syntax.grammar import Parsed
from caretwise.syntax.outline import declarations
from caretwise.text.indent import is_blank, leading
from caretwise.text.position import Range
from caretwise.text.snapshot import Snapshot

_HEAD_LINES = 40


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is shown beside the region: the file's head, its outline, and snippets of other files."""

    head: str
    outline: str
    snippets: tuple[Snippet, ...]

    def as_text(self) -> str:
        """For a prompt; empty when there is nothing to show."""
        parts = [f"<file path={snippet.path!r}>\n{snippet.text}\n</file>" for snippet in self.snippets]
        if self.head:
            parts.append(f"The file begins:\n{self.head}")
        if self.outline:
            parts.append(f"The file declares:\n{self.outline}")
        return "\n".join(parts) + "\n" if parts else ""


def gather(
    snapshot: Snapshot, region: Range, parsed: Parsed | None, snippets: Sequence[Snippet], *, budget: int
) -> Evidence:
    """Collect the evidence for a region, at most `budget` tokens."""
    left = budget * CHARACTERS_PER_TOKEN
    head = _head(snapshot, region.start.line)[: left // 3]
    outline = _outline(parsed, region)[: left // 3]
    left -= len(head) + len(outline)
    chosen: list[Snippet] = []
    for snippet in snippets:
        left -= len(snippet.text) + len(snippet.path) + 16
        if left < 0:
            break
        chosen.append(snippet)
    return Evidence(head, outline, tuple(chosen))


def _head(snapshot: Snapshot, before: int) -> str:
    lines: list[str] = []
    for number in range(min(before, _HEAD_LINES)):
        line = snapshot.line(number)
        if leading(line) and not lines:
            continue
        lines.append(line)
    while lines and is_blank(lines[-1]):
        lines.pop()
    return "\n".join(lines)


def _outline(parsed: Parsed | None, region: Range) -> str:
    if parsed is None:
        return ""
    return "\n".join(
        "    " * one.depth + one.signature
        for one in declarations(parsed)
        if not region.start.line <= one.line <= region.end.line
    )

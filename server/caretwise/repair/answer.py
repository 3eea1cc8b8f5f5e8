"""Reading a model's answer to a fix request: whatever form it has, edits come out, or a refusal with its reason.

Search/replace blocks come first, then a unified diff, then code: the whole file, the whole function or the whole part, in
fences or bare, with or without talk around it. Nothing is guessed: a block counts only when its search text occurs exactly
once in the part that may be changed. White space at the ends of lines, an indentation that is off by the same amount
everywhere, and tabs for blanks are forgiven.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from caretwise.repair.blocks import Block, Part, apply_blocks, parse_blocks
from caretwise.repair.imports import needed, only_imports
from caretwise.repair.unified import has_diff, other_file, parse_hunks
from caretwise.repair.unwanted import elided, hidden_character
from caretwise.repair.verification import Refusal
from caretwise.repair.whole import apply_code
from caretwise.text.edit import TextEdit, difference, runs
from caretwise.text.language import PLAIN, Language
from caretwise.text.position import Position, Range
from caretwise.text.snapshot import Snapshot, split_lines

__all__ = ["Block", "Refusal", "edits_within", "parse_blocks", "read"]

MOST_CHARACTERS = 200_000
"""An answer longer than this is not read."""

MOST_GROWTH = 20
"""A fix that makes its region this many times larger is refused."""

_FEW_CHARACTERS = 50
"""A region of fewer characters counts as one of this many."""

_THINKING = ("think", "thinking", "thought", "reasoning", "scratchpad")
_TAGGED = re.compile(r"\s*<([a-z][\w-]*)(?: [^<>\n]*)?>[ \t]*\n(.*)\n[ \t]*</\1>\s*", re.DOTALL | re.IGNORECASE)

_QUOTED = re.compile(r" {0,3}>(?![>=])(?: |$)?")
_CODE_BEGINS = re.compile(r" {0,3}(?:`{3,}|~{3,}|<{5,9} ?(?:SEARCH|ORIGINAL)\b|@@ -\d)", re.IGNORECASE)


def read(
    answer: str, snapshot: Snapshot, region: Range, language: Language = PLAIN, path: str = ""
) -> list[TextEdit] | Refusal:
    """The edits that an answer asks for, inside `region` (whole lines) but for imports above it; or why there are none.

    `path` is the document's, as the model was shown it: a diff of another file is refused.
    """
    if len(answer) > MOST_CHARACTERS:
        return Refusal("too_large", "the answer is far too long for a fix")
    answer = _untagged(answer.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff"), snapshot)
    lines = tuple(snapshot.line(number) for number in range(len(snapshot.lines)))
    part = Part(lines, region.start.line, region.end.line, language)
    found = _applied(part, answer, language, path)
    if isinstance(found, Refusal):
        return found
    if part.inside == found.inside and part.lines == found.lines:
        return Refusal("unchanged", "the fix changes nothing")
    brought = only_imports(part.lines, part.first, found.lines, found.first, language)
    if brought and not needed(brought, found.inside):
        return Refusal(
            "outside_region", f"the fix brings {min(brought)}, which the part that may be changed does not use"
        )
    edits: list[TextEdit] = []
    above = Range(Position(0, 0), Position(part.first - 1, len(lines[part.first - 1]))) if part.first else region
    for span, before, after in (
        (above, part.lines[: part.first], found.lines[: found.first]),
        (region, part.inside, found.inside),
    ):
        made = _edits(snapshot, span, before, after) if before != after else []
        if isinstance(made, Refusal):
            return made
        edits += made
    return edits


def _untagged(answer: str, snapshot: Snapshot) -> str:
    """The answer without what the model thought before it, and without a tag around all of it that the file has not."""
    for name in _THINKING:
        end, start = answer.find(f"</{name}>"), answer.find(f"<{name}>")
        # Some servers swallow the tag that opens it.
        if end >= 0 and (0 <= start < end or (start < 0 and name == "think")):
            answer = answer[: max(0, start)] + answer[end + len(name) + 3 :]
    tagged = _TAGGED.fullmatch(answer)
    answer = tagged.group(2) if tagged and f"<{tagged.group(1)}" not in snapshot.text else answer
    return _unquoted(answer)


def _unquoted(answer: str) -> str:
    """The answer without the signs of a quotation, as mails have them, when all code in it is quoted."""
    lines = [line for line in answer.split("\n") if line.strip()]
    quoted = [line for line in lines if _QUOTED.match(line)]
    begins = any(_CODE_BEGINS.match(_QUOTED.sub("", line, count=1)) for line in quoted)
    if any(_CODE_BEGINS.match(line) for line in lines) or not (begins or len(quoted) == len(lines)):
        # Where code begins without a sign, the signs are part of it.
        return answer
    return "\n".join(_QUOTED.sub("", line, count=1) for line in answer.split("\n"))


def _applied(part: Part, answer: str, language: Language, path: str) -> Part | Refusal:
    if answer.strip().strip("`*. \n").upper() == "NOTHING":
        return Refusal("declined", "the model says that it cannot fix this")
    other = other_file(answer, path)
    if other:
        return Refusal("other_file", f"the answer changes {other[:80]}, another file")
    blocks = parse_blocks(answer)
    if not blocks and has_diff(answer):
        # Its lines are never read as code, whatever becomes of it.
        blocks = parse_hunks(answer, path, part.lines)
        if not blocks:
            return Refusal("unchanged", "the diff changes nothing")
    if isinstance(blocks, Refusal):
        return blocks
    if blocks:
        return apply_blocks(part, blocks)
    return apply_code(part, answer, language)


def _edits(snapshot: Snapshot, region: Range, before: Sequence[str], lines: Sequence[str]) -> list[TextEdit] | Refusal:
    old = snapshot.slice(region)
    # Lines keep their own ends where they stay; a new one gets the document's.
    new = _with_ends(snapshot, region, before, lines)
    hidden = hidden_character(old, new)
    if hidden:
        return Refusal("bad_characters", f"the fix would insert {hidden}")
    if len(new) >= MOST_GROWTH * max(len(old), _FEW_CHARACTERS):
        return Refusal("too_large", f"the fix is {MOST_GROWTH} times the size of what it replaces, or more")
    left_out = elided(before, lines)
    if left_out:
        return Refusal("elided", f"the answer leaves code out: {left_out[:60]!r} stands in its place")
    return edits_within(snapshot, region, new)


def _with_ends(snapshot: Snapshot, region: Range, before: Sequence[str], lines: Sequence[str]) -> str:
    """The lines as one text. A file with mixed line ends keeps each line's own."""
    first = region.start.line
    ends = [snapshot.lines[first + number][len(line) :] for number, line in enumerate(before)]
    usual = snapshot.line_end
    if all(end in {usual, ""} for end in ends):
        return usual.join(lines)
    own: list[str] = []
    matching = _ends_of(before, ends, lines, usual)
    for line, end in zip(lines, matching, strict=True):
        own += (line, end)
    return "".join(own[:-1])


def _ends_of(before: Sequence[str], ends: Sequence[str], lines: Sequence[str], usual: str) -> list[str]:
    found = [usual] * len(lines)
    for run in runs(before, lines):
        if run.equal:
            found[run.new_low : run.new_high] = [end or usual for end in ends[run.low : run.high]]
    return found


def edits_within(snapshot: Snapshot, region: Range, new: str) -> list[TextEdit]:
    """The smallest edits that turn the text of `region` into `new`; lines that stay the same are not touched."""
    part = Snapshot(snapshot.uri, snapshot.language_id, snapshot.version, tuple(split_lines(snapshot.slice(region))))
    base = region.start.line
    return [
        TextEdit(Range(_moved(edit.range.start, base), _moved(edit.range.end, base)), edit.new_text)
        for edit in difference(part, new)
    ]


def _moved(position: Position, lines: int) -> Position:
    return Position(position.line + lines, position.character)

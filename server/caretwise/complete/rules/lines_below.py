"""The lines below the cursor. Without it users see the next lines, or the block's closing bracket, twice."""

from __future__ import annotations

from caretwise.complete.draft import Draft, Place
from caretwise.complete.rules import _surroundings
from caretwise.complete.rules._brackets import CLOSERS, scan
from caretwise.complete.rules._settle import settled
from caretwise.complete.rules._surroundings import code_before, is_prose, is_telling, statement_line
from caretwise.text.indent import leading

_TELLING = 10
"""A next line of fewer characters may well be the end of another one."""


@settled
def lines_below(draft: Draft, place: Place) -> Draft:
    """Cut the draft where it begins to repeat what follows: whole lines, or a closer that closes the same block."""
    below = [line for line in _surroundings.lines_below(place) if line.strip()]
    if not below or not draft.text.strip():
        return draft
    end = _closer(draft.text, below[0], place)
    if end is None:
        end = _repeated(draft.text, below, place)
    if end is None:
        end = _on_one_line(draft.text, below[0], place)
    if end is None:
        return draft
    return Draft(draft.text[:end].rstrip(), draft.replaces)


def _repeated(text: str, below: list[str], place: Place) -> int | None:
    """Where lines of the draft begin that equal the lines below up to the draft's end, or three of them at least."""
    text = text.rstrip()
    lines = text.split("\n")
    wanted = [line.rstrip() for line in below]
    if lines[-1].rstrip() == wanted[0] and len(lines) > 1 and not is_prose(place.language):
        # Two equal lines in a row at the same depth, and be they brackets, are hardly ever meant.
        return len(text) - len(lines[-1])
    start = len(lines[0]) + 1
    for index in range(1, len(lines)):
        if lines[index].rstrip() == wanted[0] and _agree(lines[index : index + 2 * len(wanted)], wanted):
            return start - 1
        start += len(lines[index]) + 1
    return None


def _on_one_line(text: str, below: str, place: Place) -> int | None:
    """Where the draft's last line goes on with the next line, written behind it: `o.id = u.id WHERE o.total > 10`."""
    wanted, last = below.strip(), text.rstrip().rpartition("\n")[2]
    if len(wanted) < _TELLING or is_prose(place.language) or not last.endswith(wanted):
        return None
    left = last[: len(last) - len(wanted)]
    if not left.strip() or left[-1] not in " \t" or scan(left, place.language).quote:
        return None
    return len(text.rstrip()) - len(wanted)


def _agree(lines: list[str], wanted: list[str]) -> bool:
    """Whether the lines repeat `wanted`; the last line of a draft may have been cut off in its middle."""
    mine = [line.rstrip() for line in lines if line.strip()]
    count = 0
    for one, two in zip(mine, wanted, strict=False):
        last = count and count == len(mine) - 1
        if one != two and not (last and two.startswith(one)):
            break
        count += 1
    # Two lines of brackets as deep as those below are no accident either, when the draft ends with them.
    telling = any(is_telling(line) for line in mine[:count]) or (count > 1 and count == len(mine))
    return telling and (count == len(mine) or count == len(wanted) or count >= 3)


def _closer(text: str, below: str, place: Place) -> int | None:
    """Where the draft closes what the line below closes: a bracket, or the comment or string that the cursor is in."""
    before = code_before(place)
    opened = scan(before, place.language)
    found = scan(text, place.language, opened.quote).unmatched
    ending = "*/" if opened.quote == "/*" else opened.quote
    if len(ending) > 1 and below.lstrip().startswith(ending):
        return next((at for at, closer in found if closer == ending and _as_deep(text, at, below)), None)
    if not _surroundings.closes_block(below):
        return None
    closers = [entry for entry in found if entry[1] in CLOSERS]
    for (at, closer), (opener, _) in zip(closers, reversed(opened.open), strict=False):
        on_one_line = "\n" not in before[opener:] + text[:at] and before[opener + 1 :].strip()
        if closer != below.strip()[0] or on_one_line:
            continue
        # The closer is as deep as the opener's line, or as where the statement began: `    b) {`.
        line = before[before.rfind("\n", 0, opener) + 1 :][:400]
        begun = statement_line(before[: opener + 1], place.language)
        if leading(below) in {leading(line), leading(begun)}:
            return at
    return None


def _as_deep(text: str, at: int, below: str) -> bool:
    """Whether the draft's line around `at` is indented like the line below; its first line counts in any case."""
    start = text.rfind("\n", 0, at) + 1
    return not start or leading(text[start : start + 400]) == leading(below)
